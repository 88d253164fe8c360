//! Monitoring, logs, errors, code quality, feature flags, product analytics.

use super::checksum;

rules! {
    // New Relic: "API keys"; browser keys (NRJS) are public.
    "new-relic-key", "a New Relic key", ["NRAK-", "NRAA-", "NRSP-"], r"NR(?:AK|AA|SP)-(?:[A-Z0-9]{27}|[a-f0-9]{27})",
        good: ["NRAK-<B36:27>", "NRAK-Z<B36:26>"],
        near: ["NRAK-<B36:26>", "NRAK-<B36:28>", "NRJS-<hex:19>"];
    "new-relic-insert-key", "a New Relic insert key", ["NRII-", "NRIQ-"], r"NRI[IQ]-[A-Za-z0-9_\-]{25,32}",
        good: ["NRII-<b64url:32>", "NRIQ-<b62:32>"],
        near: ["NRII-<b62:24>", "NRII-<b62:33>"];
    "new-relic-rest-key", "a New Relic REST API key", ["NRRA-"], r"NRRA-[a-f0-9]{42}",
        good: ["NRRA-<hex:42>", "NRRA-f<hex:41>"],
        near: ["NRRA-<hex:41>", "NRRA-<hex:43>"];
    "new-relic-license-key", "a New Relic license key", ["NRAL"],
        r"(?:(?:eu01xx[a-f0-9]{26}|[a-f0-9]{32})(?:[a-f0-9]{4}|FFFF))NRAL", back: 36,
        good: ["<hex:36>NRAL", "eu01xx<hex:30>NRAL", "<hex:32>FFFFNRAL"],
        near: ["<hex:35>NRAL", "<hex:37>NRAL"];
    // Grafana: service account tokens carry a checksum; access policy tokens and the old keys are base64 of JSON.
    "grafana-service-account-token", "a Grafana service account token", ["glsa_"],
        r"glsa_[A-Za-z0-9]{32}_[A-Fa-f0-9]{8}",
        good: ["glsa_<b62:32>_<hex:8>", "GRAFANA_TOKEN=«glsa_<b62:32>_<hex:8>»"],
        near: ["glsa_<b62:32>_<hex:7>", "glsa_<b62:31>_<hex:8>"];
    "grafana-cloud-token", "a Grafana Cloud access policy token", ["glc_eyJ"],
        r"glc_(?:eyJ[A-Za-z0-9+/]{40,}={0,3})", check: checksum::grafana_cloud,
        good: ["glc_<glc:24>", "glc_<glc:32>"],
        near: ["glc_eyJ<b62:20>", "glc_<b62:64>"];
    "grafana-key", "a Grafana API key", ["eyJrIjoi"], r"eyJrIjoi[A-Za-z0-9+/]{60,}={0,3}", check: checksum::grafana_key,
        good: ["<glk:32>", "Bearer «<glk:32>»"],
        near: ["eyJrIjoi<b62:20>", "eyJrIjox<b62:80>"];
    // Sentry: organization and user tokens; an address with two numbers carries the secret one.
    "sentry-organization-token", "a Sentry organization token", ["sntrys_eyJ"], r"sntrys_eyJ[A-Za-z0-9+/=_\-]{80,}",
        good: ["sntrys_eyJ<b62:120>=_<b64:43>", "sntrys_eyJ<b62:140>_<b64:43>"],
        near: ["sntrys_eyJ<b62:40>", "sntrys_<b62:20>"];
    "sentry-user-token", "a Sentry user token", ["sntryu_", "sntrya_", "sntryi_"], r"sntry[uai]_[a-f0-9]{64}",
        good: ["sntryu_<hex:64>", "sntryi_<hex:64>"],
        near: ["sntryu_<hex:63>", "sntryu_<hex:65>"];
    "sentry-dsn", "a Sentry address with its secret",
        [".ingest.sentry.io", ".ingest.us.sentry.io", ".ingest.de.sentry.io", "@sentry.io/", "@sentry."],
        r"[0-9a-f]{32}:([0-9a-f]{32})@(?:o[0-9]{1,12}\.ingest\.(?:us\.|de\.)?)?sentry\.",
        back: 80, over: |byte| byte.is_ascii_hexdigit() || b":@o".contains(&byte),
        good: [
            "https://<hex:32>:«<hex:32>»@sentry.io/12345", "https://<hex:32>:«<hex:32>»@o4507.ingest.sentry.io/12345",
        ],
        near: ["https://<hex:32>@sentry.io/12345", "https://<hex:32>@o4507.ingest.us.sentry.io/12345"];
    "dynatrace-token", "a Dynatrace token",
        [
            "dt0c01.", "dt0s01.", "dt0s02.", "dt0s03.", "dt0s04.", "dt0s08.", "dt0s16.", "dt0e01.", "dt0a01.",
            "dt0d01.", "dt0g02.", "dt0l01.", "dt0m01.", "dt0p01.",
        ],
        r"dt0[a-z][0-9]{2}\.[A-Z0-9]{8,24}\.[A-Z0-9]{64}",
        good: ["dt0c01.<B36:24>.<B36:64>", "dt0s02.<B36:8>.<B36:64>"],
        near: ["dt0c01.<B36:24>.<B36:63>", "dt0c01.<B36:24>", "dt0x99.<B36:24>.<B36:64>"];
    "honeycomb-key", "a Honeycomb key", ["hcaik_", "hcbik_", "hcxik_", "hcaic_", "hcalk_", "hcamk_", "hcblk_"],
        r"hc[abx](?:ik|lk|ic|mk)_[a-z0-9]{58}",
        good: ["hcaik_<b36:58>", "hcbik_01<b36:56>"],
        near: ["hcaik_<b36:57>", "hcaik_<b36:59>"];
    "pagerduty-token", "a PagerDuty token", ["Token token="], r"Token token=([A-Za-z0-9_+\-]{20})", free: true,
        good: ["Authorization: Token token=«u+<b62:18>»", "Token token=«y_<b62:18>»"],
        near: ["Token token=<b62:19>", "Token token=<b62:21>", "Token token=$PAGERDUTY_TOKEN"];
    "splunk-hec-token", "a Splunk event collector token", ["Splunk "], r"Splunk (<uuid>)",
        good: ["Authorization: Splunk «<uuid>»", "-H 'Authorization: Splunk «<uuid>»'"],
        near: ["Authorization: Splunk <hex:32>", "Splunk index"];
    "sumo-logic-access-id", "a Sumo Logic access id, the name half of a pair",
        ["accessId", "ACCESSID", "ACCESS_ID", "access_id", "accessid"],
        r"(?i:access_?id)[\\\x22' \t:=>]{1,8}(su[A-Za-z0-9]{12})", free: true,
        good: ["SUMO_ACCESS_ID=«su<b62:12>»", "sumologic.accessId = \"«su<b62:12>»\""],
        near: ["SUMO_ACCESS_ID=su<b62:11>", "SUMO_ACCESS_ID=su<b62:13>"];
    "thingsboard-token", "a ThingsBoard device token", ["thingsboard."],
        r"thingsboard\.[a-z.]{2,40}/api/v1/([A-Za-z0-9]{20})/", free: true,
        good: ["https://thingsboard.cloud/api/v1/«<b36:20>»/telemetry", "coap://coap.thingsboard.cloud/api/v1/«<b62:20>»/attributes"],
        near: ["https://thingsboard.cloud/api/v1/<b36:19>/telemetry", "https://thingsboard.cloud/api/v1/telemetry"];
    "sumo-logic-collector", "a Sumo Logic collector address", [".sumologic.com/receiver/"],
        r"\.sumologic\.com/receiver/v1/(?:http|trace|rum)/([A-Za-z0-9_\-]{60,200}={0,2})", free: true,
        good: [
            "https://endpoint4.collection.eu.sumologic.com/receiver/v1/http/«ZaVnC4dhaV<b64url:110>==»",
            "https://collectors.sumologic.com/receiver/v1/http/«<b62:100>»",
        ],
        near: ["https://collectors.sumologic.com/receiver/v1/http/<b62:20>", "https://service.sumologic.com/ui"];
    "checkly-key", "a Checkly key", ["cu_"], r"cu_[a-f0-9]{32}",
        good: ["cu_<hex:32>", "cu_f<hex:31>"],
        near: ["cu_<hex:31>", "cu_<hex:33>"];
    "sonarqube-token", "a SonarQube token", ["squ_", "sqp_", "sqa_"], r"sq[upa]_[a-f0-9]{40}",
        good: ["squ_<hex:40>", "sqp_<hex:40>"],
        near: ["squ_<hex:39>", "squ_<hex:41>", "sqx_<hex:40>"];
    "snyk-token", "a Snyk token", ["snyk_uat.", "snyk_sat.", "snyk_iat."],
        r"snyk_[usi]at\.[a-f0-9]{8}\.[A-Za-z0-9_\-.]{40,200}",
        good: ["snyk_uat.<hex:8>.<b62:80>", "snyk_sat.<hex:8>.<b64url:90>"],
        near: ["snyk_uat.<hex:8>.<b62:20>", "snyk_uat.<hex:7>.<b62:80>"];
    "launchdarkly-key", "a LaunchDarkly server-side key", ["sdk-"], r"sdk-[0-9a-z]{8}-[0-9a-z]{4}-[0-9a-z]{4}-[0-9a-z]{4}-[0-9a-z]{12}",
        good: ["sdk-<uuid>", "LD_SDK_KEY=«sdk-<uuid>»"],
        near: ["mob-<uuid>", "sdk-<hex:32>", "sdk-version"];
    "configcat-key", "a ConfigCat key", ["configcat-sdk-1/"], r"configcat-sdk-1/[A-Za-z0-9_\-]{22}/[A-Za-z0-9_\-]{22}",
        good: ["configcat-sdk-1/<b64url:22>/<b64url:22>", "configcat-sdk-1/<b62:22>/<b62:22>"],
        near: ["configcat-sdk-1/<b62:22>", "configcat-sdk-1/<b62:22>/<b62:21>"];
    "flagsmith-key", "a Flagsmith server-side key", ["ser."], r"ser\.[A-Za-z0-9]{22}", check: super::allowlist::is_random,
        good: ["ser.<b62:22>", "ser.Q<b62:21>"],
        near: ["ser.<b62:21>", "ser.<b62:23>", "user.name"];
    "unleash-token", "an Unleash token", [":production.", ":development.", ":staging."],
        r"(?:\*|[a-z0-9_\-]{1,30}):(?:production|development|staging)\.[a-f0-9]{56,64}",
        back: 30, over: |byte| byte.is_ascii_alphanumeric() || b"_-*".contains(&byte),
        good: ["default:production.<hex:56>", "*:development.<hex:64>"],
        near: ["default:production.<hex:55>", "default:production.svc"];
    "posthog-key", "a PostHog personal or secret key", ["phx_", "phs_", "phr_", "pha_"],
        r"ph[xsra]_[A-Za-z0-9_]{43,64}",
        good: ["phx_<b62:43>", "phs_<b62:47>"],
        near: ["phc_<b62:43>", "phx_<b62:42>", "phx_<b62:65>"];
    "segment-token", "a Segment token", ["sgp_"], r"sgp_[A-Za-z0-9]{64}",
        good: ["sgp_<b62:64>", "sgp_Q<b62:63>"],
        near: ["sgp_<b62:63>", "sgp_<b62:65>"];
    "axiom-token", "an Axiom token", ["xaat-", "xapt-"], r"xa(?:at|pt)-<uuid>",
        good: ["xaat-<uuid>", "xapt-<uuid>"],
        near: ["xaat-<hex:32>", "xaxt-<uuid>"];
    "logfire-token", "a Logfire token", ["pylf_v"], r"pylf_v[0-9]_(?:(?:us|eu)_)?[A-Za-z0-9]{43}",
        good: ["pylf_v1_us_<b62:43>", "pylf_v1_<b62:43>"],
        near: ["pylf_v1_us_<b62:42>", "pylf_v1_us_<b62:44>"];
    "coralogix-key", "a Coralogix key", ["cxtp_", "cxup_", "cxop_"], r"cx[tuo]p_[A-Za-z0-9]{30}",
        good: ["cxtp_<b62:30>", "cxup_<b62:30>"],
        near: ["cxtp_<b62:29>", "cxtp_<b62:31>"];
    "loggly-address", "a Loggly input", [".loggly.com/"], r"\.loggly\.com/(?:inputs|bulk)/(<uuid>)", free: true,
        good: ["https://logs-01.loggly.com/inputs/«<uuid>»/tag/http/", "https://logs-01.loggly.com/bulk/«<uuid>»"],
        near: ["https://acme.loggly.com/search", "https://logs-01.loggly.com/inputs/<hex:32>"];
    "datadog-webhook", "a Datadog key in an address", [".datadoghq.com/", ".datadoghq.eu/"],
        r"\.datadoghq\.(?:com|eu)/[A-Za-z0-9_/.\-]{1,80}\?(?:[a-z_=0-9&]{0,40}&)?(?:api_key|dd-api-key|application_key)=([0-9a-f]{32}(?:[0-9a-f]{8})?)",
        free: true,
        good: [
            "https://api.datadoghq.com/api/v1/events?api_key=«<hex:32>»",
            "https://api.datadoghq.eu/api/v1/query?application_key=«<hex:40>»",
        ],
        near: [
            "https://app.datadoghq.com/dashboard/<b36:3>", "https://api.datadoghq.com/api/v1/events?api_key=<hex:31>",
        ];
    "firehydrant-token", "a FireHydrant bot token", ["fhb-"], r"fhb-[a-f0-9]{32}",
        good: ["fhb-<hex:32>", "fhb-f<hex:31>"],
        near: ["fhb-<hex:31>", "fhb-<hex:33>"];
    "rootly-key", "a Rootly key", ["rootly_"], r"rootly_[a-f0-9]{64}",
        good: ["rootly_<hex:64>", "rootly_f<hex:63>"],
        near: ["rootly_<hex:63>", "rootly_alerts"];
    "deepsource-token", "a DeepSource token", ["dsp_"], r"dsp_[a-f0-9]{40}",
        good: ["dsp_<hex:40>", "dsp_f<hex:39>"],
        near: ["dsp_<hex:39>", "dsp_<hex:41>"];
    "healthchecks-ping", "a Healthchecks ping key", ["hc-ping.com/"], r"hc-ping\.com/([A-Za-z0-9_\-]{22})/",
        good: ["https://hc-ping.com/«<b64url:22>»/nightly", "curl hc-ping.com/«<b62:22>»/deploy"],
        near: ["https://hc-ping.com/<uuid>", "https://hc-ping.com/docs"];
}
