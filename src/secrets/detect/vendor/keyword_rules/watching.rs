//! Monitoring, analytics and security services whose keys are recognised only by name.

keyword_rules! {
    "datadog-key", "a Datadog key",
        ["datadog", "dd_api_key", "dd-api-key", "dd_app_key", "dd-application-key", "dd_application_key"],
        r"[0-9a-f]{40}|[0-9a-f]{32}",
        good: [
            "DD_API_KEY=«<hex:32>»", "- name: DD_API_KEY\n              value: «<hex:32>»",
            "{\"name\": \"DD_API_KEY\", \"value\": \"«<hex:32>»\"}", "${DD_API_KEY:-«<hex:32>»}",
            "helm upgrade agent datadog/datadog --set datadog.apiKey=«<hex:32>»",
            "os.environ[\"DD_API_KEY\"] = \"«<hex:32>»\"", "<property name=\"datadog.api.key\" value=\"«<hex:32>»\"/>",
            "DD_API_KEY%3D«<hex:32>»", "\"DD-APPLICATION-KEY\": \"«<hex:40>»\"", "export DD_API_KEY='«<hex:32>»'",
            "DD_API_KEY: «<hex:40>»",
        ],
        near: [
            "DD_API_KEY=<hex:31>", "DD_API_KEY=<hex:33>", "DD_API_KEY=$DD_API_KEY",
            "datadog_agent_commit_token: <hex:39>", "datadog/agent@sha256:<hex:64>", "datadog_version: 7.45.0",
            "datadog_api_key_digest: <hex:32>",
        ];
    "pagerduty-key", "a PagerDuty key", ["pagerduty", "pager_duty", "pd_routing_key"],
        r"[0-9a-f]{32}|[A-Za-z0-9_+\-]{20}",
        good: [
            "PAGERDUTY_ROUTING_KEY=«<hex:32>»", "\"pagerdutyServiceKey\": \"«<b62:20>»\"",
            "export PAGERDUTY_ROUTING_KEY='«<hex:32>»'", "PAGERDUTY_ROUTING_KEY: «<b62:20>»",
        ],
        near: [
            "PAGERDUTY_ROUTING_KEY=<hex:31>", "PAGERDUTY_ROUTING_KEY=<hex:33>",
            "PAGERDUTY_ROUTING_KEY=$PAGERDUTY_ROUTING_KEY",
        ];
    "opsgenie-key", "an Opsgenie key", ["opsgenie", "geniekey"], r"<uuid>",
        good: ["OPSGENIE_API_KEY=«<uuid>»", "\"opsgenieApiKey\": \"«<uuid>»\"", "export OPSGENIE_API_KEY='«<uuid>»'"],
        near: ["OPSGENIE_API_KEY=<hex:31>", "OPSGENIE_API_KEY=$OPSGENIE_API_KEY"];
    "rollbar-token", "a Rollbar token", ["rollbar"], r"[0-9a-f]{32}",
        good: [
            "ROLLBAR_ACCESS_TOKEN=«<hex:32>»", "\"rollbarAccessToken\": \"«<hex:32>»\"",
            "export ROLLBAR_ACCESS_TOKEN='«<hex:32>»'",
        ],
        near: [
            "ROLLBAR_ACCESS_TOKEN=<hex:31>", "ROLLBAR_ACCESS_TOKEN=<hex:33>",
            "ROLLBAR_ACCESS_TOKEN=$ROLLBAR_ACCESS_TOKEN",
        ];
    "bugsnag-key", "a Bugsnag key", ["bugsnag"], r"[0-9a-f]{32}",
        good: [
            "BUGSNAG_API_KEY=«<hex:32>»", "\"bugsnagApiKey\": \"«<hex:32>»\"", "export BUGSNAG_API_KEY='«<hex:32>»'",
        ],
        near: ["BUGSNAG_API_KEY=<hex:31>", "BUGSNAG_API_KEY=<hex:33>", "BUGSNAG_API_KEY=$BUGSNAG_API_KEY"];
    "sentry-legacy-token", "a Sentry token", ["sentry_auth", "sentry_token", "sentryauth"], r"[0-9a-f]{64}",
        good: [
            "SENTRY_AUTH_TOKEN=«<hex:64>»", "\"sentryAuthToken\": \"«<hex:64>»\"",
            "export SENTRY_AUTH_TOKEN='«<hex:64>»'",
        ],
        near: ["SENTRY_AUTH_TOKEN=<hex:63>", "SENTRY_AUTH_TOKEN=<hex:65>", "SENTRY_AUTH_TOKEN=$SENTRY_AUTH_TOKEN"];
    "splunk-token", "a Splunk token", ["splunk"], r"<uuid>",
        good: ["SPLUNK_HEC_TOKEN=«<uuid>»", "\"splunkHecToken\": \"«<uuid>»\"", "export SPLUNK_HEC_TOKEN='«<uuid>»'"],
        near: ["SPLUNK_HEC_TOKEN=<hex:31>", "SPLUNK_HEC_TOKEN=$SPLUNK_HEC_TOKEN"];
    "sumo-logic-key", "a Sumo Logic access key", ["sumologic", "sumo_"], r"[A-Za-z0-9]{64}",
        good: [
            "SUMOLOGIC_ACCESS_KEY=«<b62:64>»", "\"sumologicAccessKey\": \"«<b62:64>»\"",
            "export SUMOLOGIC_ACCESS_KEY='«<b62:64>»'",
        ],
        near: [
            "SUMOLOGIC_ACCESS_KEY=<b62:63>", "SUMOLOGIC_ACCESS_KEY=<b62:65>",
            "SUMOLOGIC_ACCESS_KEY=$SUMOLOGIC_ACCESS_KEY",
        ];
    "logzio-token", "a Logz.io token", ["logzio", "logz_io"], r"[A-Za-z]{32}",
        good: ["LOGZIO_TOKEN=«<aA:32>»", "\"logzioShippingToken\": \"«<aA:32>»\"", "export LOGZIO_TOKEN='«<aA:32>»'"],
        near: ["LOGZIO_TOKEN=<aA:31>", "LOGZIO_TOKEN=<aA:33>", "LOGZIO_TOKEN=$LOGZIO_TOKEN"];
    "honeycomb-legacy-key", "a Honeycomb key", ["honeycomb", "x-honeycomb-team"], r"[0-9a-f]{32}|[A-Za-z0-9]{22}",
        good: [
            "HONEYCOMB_API_KEY=«<hex:32>»", "\"honeycombApiKey\": \"«<b62:22>»\"",
            "export HONEYCOMB_API_KEY='«<hex:32>»'", "HONEYCOMB_API_KEY: «<b62:22>»",
        ],
        near: ["HONEYCOMB_API_KEY=<hex:31>", "HONEYCOMB_API_KEY=<hex:33>", "HONEYCOMB_API_KEY=$HONEYCOMB_API_KEY"];
    "lightstep-token", "a Lightstep token", ["lightstep"], r"[A-Za-z0-9/+]{104}|[A-Za-z0-9/+]{84}",
        good: [
            "LIGHTSTEP_ACCESS_TOKEN=«<b64:84>»", "\"lightstepAccessToken\": \"«<b64:104>»\"",
            "export LIGHTSTEP_ACCESS_TOKEN='«<b64:84>»'", "LIGHTSTEP_ACCESS_TOKEN: «<b64:104>»",
        ],
        near: [
            "LIGHTSTEP_ACCESS_TOKEN=<b64:83>", "LIGHTSTEP_ACCESS_TOKEN=<b64:85>",
            "LIGHTSTEP_ACCESS_TOKEN=$LIGHTSTEP_ACCESS_TOKEN",
        ];
    "statuspage-key", "a Statuspage key", ["statuspage"], r"[0-9a-f]{64}|<uuid>",
        good: [
            "STATUSPAGE_API_KEY=«<hex:64>»", "\"statuspageApiKey\": \"«<uuid>»\"",
            "export STATUSPAGE_API_KEY='«<hex:64>»'", "STATUSPAGE_API_KEY: «<uuid>»",
        ],
        near: ["STATUSPAGE_API_KEY=<hex:63>", "STATUSPAGE_API_KEY=<hex:65>", "STATUSPAGE_API_KEY=$STATUSPAGE_API_KEY"];
    "launchdarkly-token", "a LaunchDarkly access token", ["launchdarkly", "launch_darkly", "ld_access"], r"api-<uuid>",
        good: [
            "LAUNCHDARKLY_ACCESS_TOKEN=«api-<uuid>»", "\"launchdarklyAccessToken\": \"«api-<uuid>»\"",
            "export LAUNCHDARKLY_ACCESS_TOKEN='«api-<uuid>»'",
        ],
        near: ["LAUNCHDARKLY_ACCESS_TOKEN=<hex:31>", "LAUNCHDARKLY_ACCESS_TOKEN=$LAUNCHDARKLY_ACCESS_TOKEN"];
    "mixpanel-secret", "a Mixpanel secret", ["mixpanel"], r"[A-Za-z0-9]{32}",
        good: [
            "MIXPANEL_SECRET=«<b62:32>»", "\"mixpanelServiceSecret\": \"«<b62:32>»\"",
            "export MIXPANEL_SECRET='«<b62:32>»'",
        ],
        near: ["MIXPANEL_SECRET=<b62:31>", "MIXPANEL_SECRET=<b62:33>", "MIXPANEL_SECRET=$MIXPANEL_SECRET"];
    "amplitude-secret", "an Amplitude secret key", ["amplitude_secret", "amplitudesecret"], r"[0-9a-f]{32}",
        good: [
            "AMPLITUDE_SECRET_KEY=«<hex:32>»", "\"amplitudeSecretKey\": \"«<hex:32>»\"",
            "export AMPLITUDE_SECRET_KEY='«<hex:32>»'",
        ],
        near: [
            "AMPLITUDE_SECRET_KEY=<hex:31>", "AMPLITUDE_SECRET_KEY=<hex:33>",
            "AMPLITUDE_SECRET_KEY=$AMPLITUDE_SECRET_KEY",
        ];
    "algolia-key", "an Algolia admin key", ["algolia"], r"[0-9a-f]{32}",
        good: [
            "ALGOLIA_ADMIN_KEY=«<hex:32>»", "\"algoliaAdminApiKey\": \"«<hex:32>»\"",
            "export ALGOLIA_ADMIN_KEY='«<hex:32>»'",
        ],
        near: ["ALGOLIA_ADMIN_KEY=<hex:31>", "ALGOLIA_ADMIN_KEY=<hex:33>", "ALGOLIA_ADMIN_KEY=$ALGOLIA_ADMIN_KEY"];
    "elastic-key", "an Elastic API key", ["elastic_api", "elasticsearch_api", "elasticapikey"], r"[A-Za-z0-9_\-]{58}==",
        good: [
            "ELASTIC_API_KEY=«<b64url:58>==»", "\"elasticApiKey\": \"«<b64url:58>==»\"",
            "export ELASTIC_API_KEY='«<b64url:58>==»'",
        ],
        near: ["ELASTIC_API_KEY=<b64url:57>==", "ELASTIC_API_KEY=<b64url:59>==", "ELASTIC_API_KEY=$ELASTIC_API_KEY"];
    "virustotal-key", "a VirusTotal key", ["virustotal", "vt_api"], r"[0-9a-f]{64}",
        good: [
            "VIRUSTOTAL_API_KEY=«<hex:64>»", "\"virustotalApiKey\": \"«<hex:64>»\"",
            "export VIRUSTOTAL_API_KEY='«<hex:64>»'",
        ],
        near: [
            "VIRUSTOTAL_API_KEY=<hex:63>", "VIRUSTOTAL_API_KEY=<hex:65>", "VIRUSTOTAL_API_KEY=$VIRUSTOTAL_API_KEY",
            "virustotal_api_sha256=<hex:64>",
        ];
    "shodan-key", "a Shodan key", ["shodan"], r"[A-Za-z0-9]{32}",
        good: ["SHODAN_API_KEY=«<b62:32>»", "\"shodanApiKey\": \"«<b62:32>»\"", "export SHODAN_API_KEY='«<b62:32>»'"],
        near: ["SHODAN_API_KEY=<b62:31>", "SHODAN_API_KEY=<b62:33>", "SHODAN_API_KEY=$SHODAN_API_KEY"];
    "gremlin-key", "a Gremlin key", ["gremlin"], r"[0-9a-f]{64}|<uuid>",
        good: [
            "GREMLIN_API_KEY=«<hex:64>»", "\"gremlinTeamSecret\": \"«<uuid>»\"", "export GREMLIN_API_KEY='«<hex:64>»'",
            "GREMLIN_API_KEY: «<uuid>»",
        ],
        near: ["GREMLIN_API_KEY=<hex:63>", "GREMLIN_API_KEY=<hex:65>", "GREMLIN_API_KEY=$GREMLIN_API_KEY"];
    "steadybit-token", "a Steadybit token", ["steadybit"], r"[A-Za-z0-9]{8}\.[A-Za-z0-9_\-]{43}",
        good: [
            "STEADYBIT_API_TOKEN=«<b62:8>.<b62:43>»", "\"steadybitApiToken\": \"«<b62:8>.<b64url:43>»\"",
            "export STEADYBIT_API_TOKEN='«<b62:8>.<b62:43>»'", "STEADYBIT_API_TOKEN: «<b62:8>.<b64url:43>»",
        ],
        near: [
            "STEADYBIT_API_TOKEN=<b62:8>.<b62:42>", "STEADYBIT_API_TOKEN=<b62:8>.<b62:44>",
            "STEADYBIT_API_TOKEN=$STEADYBIT_API_TOKEN",
        ];
    "logtail-token", "a Better Stack token", ["logtail", "betterstack", "better_stack"], r"[A-Za-z0-9]{24}",
        good: ["LOGTAIL_SOURCE_TOKEN=«<b62:24>»", "\"betterstackApiToken\": \"«<b62:24>»\""],
        near: ["LOGTAIL_SOURCE_TOKEN=<b62:23>", "LOGTAIL_SOURCE_TOKEN=<b62:25>"];
    "optimizely-token", "an Optimizely token", ["optimizely"], r"2:[A-Za-z0-9_\-]{40,60}",
        good: ["OPTIMIZELY_API_TOKEN=«2:<b64url:43>»", "\"optimizelyToken\": \"«2:<b64url:43>»\""],
        near: ["OPTIMIZELY_API_TOKEN=2:<b62:20>", "OPTIMIZELY_PROJECT_ID=<d:11>"];
    "statsig-secret", "a Statsig secret", ["statsig"], r"(?:secret|console)-[A-Za-z0-9]{40,50}",
        good: ["STATSIG_SECRET_KEY=«secret-<b62:43>»", "\"statsigServerSecret\": \"«secret-<b62:43>»\""],
        near: ["STATSIG_CLIENT_KEY=client-<b62:43>", "STATSIG_SECRET_KEY=secret-<b62:20>"];
    "split-key", "a Split key", ["split_io", "splitio", "split_api_key", "split_sdk"], r"[a-z0-9]{36,53}",
        good: ["SPLIT_API_KEY=«<b36:52>»", "\"splitioSdkKey\": \"«<b36:52>»\""],
        near: ["SPLIT_API_KEY=<b36:30>", "SPLIT_API_KEY=$KEY"];
}
