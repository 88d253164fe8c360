//! Code, builds, registries and secret stores whose tokens are recognised only by name.

keyword_rules! {
    "github-client-secret", "a GitHub secret", ["github_", "github-", "githubclient", "gh_token"], r"[0-9a-f]{40}",
        good: [
            "GITHUB_CLIENT_SECRET=«<hex:40>»", "\"githubClientSecret\": \"«<hex:40>»\"",
            "export GITHUB_CLIENT_SECRET='«<hex:40>»'",
        ],
        near: [
            "GITHUB_CLIENT_SECRET=<hex:39>", "GITHUB_CLIENT_SECRET=<hex:41>",
            "GITHUB_CLIENT_SECRET=$GITHUB_CLIENT_SECRET", "github_token_sha: <hex:40>", "GITHUB_SHA=<hex:40>",
        ];
    "gitea-token", "a Gitea token", ["gitea", "forgejo", "codeberg"], r"[0-9a-f]{40}",
        good: ["GITEA_TOKEN=«<hex:40>»", "\"forgejoToken\": \"«<hex:40>»\"", "export GITEA_TOKEN='«<hex:40>»'"],
        near: [
            "GITEA_TOKEN=<hex:39>", "GITEA_TOKEN=<hex:41>", "GITEA_TOKEN=$GITEA_TOKEN", "gitea_token_digest=<hex:40>",
        ];
    "bitbucket-secret", "a Bitbucket client secret", ["bitbucket"], r"[A-Za-z0-9]{32}",
        good: [
            "BITBUCKET_CLIENT_SECRET=«<b62:32>»", "\"bitbucketClientSecret\": \"«<b62:32>»\"",
            "export BITBUCKET_CLIENT_SECRET='«<b62:32>»'",
        ],
        near: [
            "BITBUCKET_CLIENT_SECRET=<b62:31>", "BITBUCKET_CLIENT_SECRET=<b62:33>",
            "BITBUCKET_CLIENT_SECRET=$BITBUCKET_CLIENT_SECRET",
        ];
    "circleci-legacy-token", "a CircleCI token", ["circleci", "circle_token", "circle-token", "circle_ci"],
        r"[0-9a-f]{40}",
        good: ["CIRCLECI_TOKEN=«<hex:40>»", "\"Circle-Token\": \"«<hex:40>»\"", "export CIRCLECI_TOKEN='«<hex:40>»'"],
        near: [
            "CIRCLECI_TOKEN=<hex:39>", "CIRCLECI_TOKEN=<hex:41>", "CIRCLECI_TOKEN=$CIRCLECI_TOKEN",
            "CIRCLECI_COMMIT=<hex:40>",
        ];
    "travis-token", "a Travis CI token", ["travis_token", "travis_api", "travis-token", "travisci"],
        r"[A-Za-z0-9_\-]{22}",
        good: [
            "TRAVIS_API_TOKEN=«<b64url:22>»", "\"travisciToken\": \"«<b64url:22>»\"",
            "export TRAVIS_API_TOKEN='«<b64url:22>»'",
        ],
        near: ["TRAVIS_API_TOKEN=<b64url:21>", "TRAVIS_API_TOKEN=<b64url:23>", "TRAVIS_API_TOKEN=$TRAVIS_API_TOKEN"];
    "drone-token", "a Drone token", ["drone_token", "drone_rpc_secret", "drone_secret", "drone_server_token"],
        r"[A-Za-z0-9]{32}",
        good: ["DRONE_TOKEN=«<b62:32>»", "\"drone_rpc_secret\": \"«<b62:32>»\"", "export DRONE_TOKEN='«<b62:32>»'"],
        near: ["DRONE_TOKEN=<b62:31>", "DRONE_TOKEN=<b62:33>", "DRONE_TOKEN=$DRONE_TOKEN"];
    "buildkite-legacy-token", "a Buildkite agent token", ["buildkite"], r"[0-9a-f]{50}|[0-9a-f]{40}",
        good: [
            "BUILDKITE_AGENT_TOKEN=«<hex:50>»", "\"buildkiteAgentToken\": \"«<hex:40>»\"",
            "export BUILDKITE_AGENT_TOKEN='«<hex:50>»'", "BUILDKITE_AGENT_TOKEN: «<hex:40>»",
        ],
        near: [
            "BUILDKITE_AGENT_TOKEN=<hex:49>", "BUILDKITE_AGENT_TOKEN=<hex:51>",
            "BUILDKITE_AGENT_TOKEN=$BUILDKITE_AGENT_TOKEN", "BUILDKITE_COMMIT=<hex:40>",
        ];
    "sonar-token", "a Sonar token",
        ["sonar_token", "sonar.login", "sonar.token", "sonarqube", "sonarcloud", "sonar_login"],
        r"[0-9a-f]{40}",
        good: ["SONAR_TOKEN=«<hex:40>»", "\"sonar.login\": \"«<hex:40>»\"", "export SONAR_TOKEN='«<hex:40>»'"],
        near: ["SONAR_TOKEN=<hex:39>", "SONAR_TOKEN=<hex:41>", "SONAR_TOKEN=$SONAR_TOKEN"];
    "codecov-token", "a Codecov token", ["codecov"], r"<uuid>",
        good: ["CODECOV_TOKEN=«<uuid>»", "\"codecovToken\": \"«<uuid>»\"", "export CODECOV_TOKEN='«<uuid>»'"],
        near: ["CODECOV_TOKEN=<hex:31>", "CODECOV_TOKEN=$CODECOV_TOKEN"];
    "codacy-token", "a Codacy token", ["codacy"], r"[0-9a-f]{32}",
        good: [
            "CODACY_PROJECT_TOKEN=«<hex:32>»", "\"codacyProjectToken\": \"«<hex:32>»\"",
            "export CODACY_PROJECT_TOKEN='«<hex:32>»'",
        ],
        near: [
            "CODACY_PROJECT_TOKEN=<hex:31>", "CODACY_PROJECT_TOKEN=<hex:33>",
            "CODACY_PROJECT_TOKEN=$CODACY_PROJECT_TOKEN",
        ];
    "codeclimate-token", "a Code Climate reporter token", ["cc_test_reporter", "codeclimate"], r"[0-9a-f]{64}",
        good: [
            "CODECLIMATE_TOKEN=«<hex:64>»", "\"codeclimateToken\": \"«<hex:64>»\"",
            "export CODECLIMATE_TOKEN='«<hex:64>»'",
        ],
        near: ["CODECLIMATE_TOKEN=<hex:63>", "CODECLIMATE_TOKEN=<hex:65>", "CODECLIMATE_TOKEN=$CODECLIMATE_TOKEN"];
    "snyk-legacy-token", "a Snyk token", ["snyk"], r"<uuid>",
        good: ["SNYK_TOKEN=«<uuid>»", "\"snykToken\": \"«<uuid>»\"", "export SNYK_TOKEN='«<uuid>»'"],
        near: ["SNYK_TOKEN=<hex:31>", "SNYK_TOKEN=$SNYK_TOKEN", "SNYK_ORG_ID=<uuid>"];
    "semgrep-token", "a Semgrep token", ["semgrep"], r"[0-9a-f]{64}",
        good: [
            "SEMGREP_APP_TOKEN=«<hex:64>»", "\"semgrepAppToken\": \"«<hex:64>»\"",
            "export SEMGREP_APP_TOKEN='«<hex:64>»'",
        ],
        near: ["SEMGREP_APP_TOKEN=<hex:63>", "SEMGREP_APP_TOKEN=<hex:65>", "SEMGREP_APP_TOKEN=$SEMGREP_APP_TOKEN"];
    "fossa-key", "a FOSSA key", ["fossa"], r"[0-9a-f]{32}",
        good: ["FOSSA_API_KEY=«<hex:32>»", "\"fossaApiKey\": \"«<hex:32>»\"", "export FOSSA_API_KEY='«<hex:32>»'"],
        near: ["FOSSA_API_KEY=<hex:31>", "FOSSA_API_KEY=<hex:33>", "FOSSA_API_KEY=$FOSSA_API_KEY"];
    "percy-token", "a Percy token", ["percy"], r"(?:web_|app_|auto_|ss_)?[0-9a-f]{64}",
        good: [
            "PERCY_TOKEN=«<hex:64>»", "\"percyToken\": \"«web_<hex:64>»\"", "export PERCY_TOKEN='«<hex:64>»'",
            "PERCY_TOKEN: «web_<hex:64>»",
        ],
        near: ["PERCY_TOKEN=<hex:63>", "PERCY_TOKEN=<hex:65>", "PERCY_TOKEN=$PERCY_TOKEN"];
    "browserstack-key", "a BrowserStack access key", ["browserstack"], r"[A-Za-z0-9]{20}",
        good: [
            "BROWSERSTACK_ACCESS_KEY=«<b62:20>»", "\"browserstackAccessKey\": \"«<b62:20>»\"",
            "export BROWSERSTACK_ACCESS_KEY='«<b62:20>»'",
        ],
        near: [
            "BROWSERSTACK_ACCESS_KEY=<b62:19>", "BROWSERSTACK_ACCESS_KEY=<b62:21>",
            "BROWSERSTACK_ACCESS_KEY=$BROWSERSTACK_ACCESS_KEY",
        ];
    "sauce-key", "a Sauce Labs access key", ["sauce_access", "saucelabs", "sauce_api"], r"<uuid>",
        good: [
            "SAUCE_ACCESS_KEY=«<uuid>»", "\"saucelabsAccessKey\": \"«<uuid>»\"", "export SAUCE_ACCESS_KEY='«<uuid>»'",
        ],
        near: ["SAUCE_ACCESS_KEY=<hex:31>", "SAUCE_ACCESS_KEY=$SAUCE_ACCESS_KEY"];
    "cypress-key", "a Cypress record key", ["cypress_record", "cypressrecord", "cypress_project_key"], r"<uuid>",
        good: [
            "CYPRESS_RECORD_KEY=«<uuid>»", "\"cypressRecordKey\": \"«<uuid>»\"", "export CYPRESS_RECORD_KEY='«<uuid>»'",
        ],
        near: ["CYPRESS_RECORD_KEY=<hex:31>", "CYPRESS_RECORD_KEY=$CYPRESS_RECORD_KEY"];
    "bitrise-token", "a Bitrise token", ["bitrise"], r"[A-Za-z0-9_\-]{86}",
        good: [
            "BITRISE_TOKEN=«<b64url:86>»", "\"bitriseToken\": \"«<b64url:86>»\"",
            "export BITRISE_TOKEN='«<b64url:86>»'",
        ],
        near: ["BITRISE_TOKEN=<b64url:85>", "BITRISE_TOKEN=<b64url:87>", "BITRISE_TOKEN=$BITRISE_TOKEN"];
    "appcenter-token", "an App Center token", ["appcenter", "app_center"], r"[0-9a-f]{40}",
        good: [
            "APPCENTER_ACCESS_TOKEN=«<hex:40>»", "\"appcenterToken\": \"«<hex:40>»\"",
            "export APPCENTER_ACCESS_TOKEN='«<hex:40>»'",
        ],
        near: [
            "APPCENTER_ACCESS_TOKEN=<hex:39>", "APPCENTER_ACCESS_TOKEN=<hex:41>",
            "APPCENTER_ACCESS_TOKEN=$APPCENTER_ACCESS_TOKEN",
        ];
    "expo-token", "an Expo token", ["expo_token", "expo_access", "expotoken"], r"[A-Za-z0-9_\-]{40}",
        good: ["EXPO_TOKEN=«<b64url:40>»", "\"expoToken\": \"«<b64url:40>»\"", "export EXPO_TOKEN='«<b64url:40>»'"],
        near: ["EXPO_TOKEN=<b64url:39>", "EXPO_TOKEN=<b64url:41>", "EXPO_TOKEN=$EXPO_TOKEN"];
    "dockerhub-token", "a Docker Hub token", ["dockerhub", "docker_hub"], r"<uuid>",
        good: ["DOCKERHUB_TOKEN=«<uuid>»", "\"dockerhubToken\": \"«<uuid>»\"", "export DOCKERHUB_TOKEN='«<uuid>»'"],
        near: ["DOCKERHUB_TOKEN=<hex:31>", "DOCKERHUB_TOKEN=$DOCKERHUB_TOKEN"];
    "hex-pm-key", "a Hex.pm key", ["hex_api_key", "hexapikey"], r"[0-9a-f]{32}",
        good: ["HEX_API_KEY=«<hex:32>»", "\"hexApiKey\": \"«<hex:32>»\"", "export HEX_API_KEY='«<hex:32>»'"],
        near: ["HEX_API_KEY=<hex:31>", "HEX_API_KEY=<hex:33>", "HEX_API_KEY=$HEX_API_KEY"];
    "cloudsmith-key", "a Cloudsmith key", ["cloudsmith"], r"[0-9a-f]{40}",
        good: [
            "CLOUDSMITH_API_KEY=«<hex:40>»", "\"cloudsmithApiKey\": \"«<hex:40>»\"",
            "export CLOUDSMITH_API_KEY='«<hex:40>»'",
        ],
        near: ["CLOUDSMITH_API_KEY=<hex:39>", "CLOUDSMITH_API_KEY=<hex:41>", "CLOUDSMITH_API_KEY=$CLOUDSMITH_API_KEY"];
    "jfrog-legacy-key", "a JFrog key", ["artifactory", "jfrog"], r"[A-Za-z0-9]{73}",
        good: [
            "ARTIFACTORY_API_KEY=«<b62:73>»", "\"jfrogApiKey\": \"«<b62:73>»\"",
            "export ARTIFACTORY_API_KEY='«<b62:73>»'",
        ],
        near: [
            "ARTIFACTORY_API_KEY=<b62:72>", "ARTIFACTORY_API_KEY=<b62:74>", "ARTIFACTORY_API_KEY=$ARTIFACTORY_API_KEY",
        ];
    "vault-legacy-token", "a Vault token", ["vault_token", "x-vault-token", "vaulttoken", "vault_dev_root_token"],
        r"[sbr]\.[A-Za-z0-9]{24}(?:\.[A-Za-z0-9]{5})?|<uuid>",
        good: [
            "VAULT_TOKEN=«s.<b62:24>»", "\"X-Vault-Token\": \"«<uuid>»\"", "export VAULT_TOKEN='«s.<b62:24>»'",
            "VAULT_TOKEN: «<uuid>»",
        ],
        near: [
            "VAULT_TOKEN=s.<b62:23>", "VAULT_TOKEN=s.<b62:25>", "VAULT_TOKEN=$VAULT_TOKEN", "VAULT_TOKEN=s.<b62:20>",
        ];
    "consul-nomad-token", "a Consul or Nomad token",
        ["consul_http_token", "consul_token", "x-consul-token", "nomad_token", "x-nomad-token"],
        r"<uuid>",
        good: ["CONSUL_HTTP_TOKEN=«<uuid>»", "\"X-Nomad-Token\": \"«<uuid>»\"", "export CONSUL_HTTP_TOKEN='«<uuid>»'"],
        near: ["CONSUL_HTTP_TOKEN=<hex:31>", "CONSUL_HTTP_TOKEN=$CONSUL_HTTP_TOKEN"];
    "akeyless-key", "an Akeyless access key", ["akeyless"], r"[A-Za-z0-9+/]{43}=",
        good: [
            "AKEYLESS_ACCESS_KEY=«<b64:43>=»", "\"akeylessAccessKey\": \"«<b64:43>=»\"",
            "export AKEYLESS_ACCESS_KEY='«<b64:43>=»'",
        ],
        near: [
            "AKEYLESS_ACCESS_KEY=<b64:42>=", "AKEYLESS_ACCESS_KEY=<b64:44>=",
            "AKEYLESS_ACCESS_KEY=$AKEYLESS_ACCESS_KEY",
        ];
    "bitwarden-token", "a Bitwarden Secrets Manager token", ["bws_access_token", "bwsaccesstoken", "bitwarden"],
        r"0\.<uuid>\.[A-Za-z0-9]{30}:[A-Za-z0-9+/]{22}==",
        good: [
            "BWS_ACCESS_TOKEN=«0.<uuid>.<b62:30>:<b64:22>==»", "\"bwsAccessToken\": \"«0.<uuid>.<b62:30>:<b64:22>==»\"",
            "export BWS_ACCESS_TOKEN='«0.<uuid>.<b62:30>:<b64:22>==»'",
        ],
        near: [
            "BWS_ACCESS_TOKEN=0.<uuid>.<b62:30>:<b64:21>==", "BWS_ACCESS_TOKEN=0.<uuid>.<b62:30>:<b64:23>==",
            "BWS_ACCESS_TOKEN=$BWS_ACCESS_TOKEN",
        ];
    "spacelift-key", "a Spacelift API secret", ["spacelift"], r"[0-9a-f]{64}",
        good: [
            "SPACELIFT_API_KEY_SECRET=«<hex:64>»", "\"spaceliftApiKeySecret\": \"«<hex:64>»\"",
            "export SPACELIFT_API_KEY_SECRET='«<hex:64>»'",
        ],
        near: [
            "SPACELIFT_API_KEY_SECRET=<hex:63>", "SPACELIFT_API_KEY_SECRET=<hex:65>",
            "SPACELIFT_API_KEY_SECRET=$SPACELIFT_API_KEY_SECRET",
        ];
    "codefresh-key", "a Codefresh API key", ["codefresh", "cf_api_key"], r"[0-9a-f]{24}\.[0-9a-f]{32}",
        good: [
            "CODEFRESH_API_KEY=«<hex:24>.<hex:32>»", "\"codefreshApiKey\": \"«<hex:24>.<hex:32>»\"",
            "export CODEFRESH_API_KEY='«<hex:24>.<hex:32>»'",
        ],
        near: [
            "CODEFRESH_API_KEY=<hex:24>.<hex:31>", "CODEFRESH_API_KEY=<hex:24>.<hex:33>",
            "CODEFRESH_API_KEY=$CODEFRESH_API_KEY",
        ];
    "sidekiq-credentials", "the credentials of Sidekiq Pro or Enterprise", ["contribsys__com", "contribsys.com"],
        r"[0-9a-f]{8}:[0-9a-f]{8}",
        good: [
            "BUNDLE_AUTH_GEMS__CONTRIBSYS__COM=«<hex:8>:<hex:8>»",
            "\"bundle_auth_enterprise__contribsys__com\": \"«<hex:8>:<hex:8>»\"",
            "export BUNDLE_AUTH_GEMS__CONTRIBSYS__COM='«<hex:8>:<hex:8>»'",
        ],
        near: [
            "BUNDLE_AUTH_GEMS__CONTRIBSYS__COM=<hex:8>:<hex:7>", "BUNDLE_AUTH_GEMS__CONTRIBSYS__COM=<hex:8>:<hex:9>",
            "BUNDLE_AUTH_GEMS__CONTRIBSYS__COM=$BUNDLE_AUTH_GEMS__CONTRIBSYS__COM",
        ];
    "quay-token", "a Quay robot token", ["quay"], r"[A-Z0-9]{64}",
        good: ["QUAY_ROBOT_TOKEN=«<B36:64>»", "\"quayPassword\": \"«<B36:64>»\""],
        near: ["QUAY_ROBOT_TOKEN=<B36:63>", "QUAY_ROBOT_TOKEN=<B36:65>"];
}
