//! Software as a service: issues, documents, design, forms, social networks, identity, and others.

rules! {
    "teamwork-token", "a Teamwork token", ["tkn.v1_"], r"tkn\.v1_[A-Za-z0-9+/]{70,75}=",
        good: ["tkn.v1_<b62:71>=", "Bearer «tkn.v1_<b62:73>=»"],
        near: ["tkn.v1_<b62:40>=", "tkn.v1_"];
    "pagarme-key", "a Pagar.me key", ["ak_live_", "ak_test_"], r"ak_(?:live|test)_[A-Za-z0-9]{30}",
        good: ["ak_live_<b62:30>", "ak_test_<b62:30>"],
        near: ["ak_live_<b62:29>", "ak_live_<b62:31>"];
    "tableau-token", "the secret of a Tableau token", ["==:"], r"[A-Za-z0-9+/]{22}==:[A-Za-z0-9]{32}", back: 22,
        over: |byte| byte.is_ascii_alphanumeric() || byte == b'+' || byte == b'/',
        good: ["<b64:22>==:<b62:32>", "token: «<b62:22>==:<b62:32>»"],
        near: ["<b64:22>==:<b62:31>", "<b64:21>==:<b62:32>"];
    "zoho-token", "a Zoho token", ["1000."], r"1000\.[0-9a-f]{32}\.[0-9a-f]{32}",
        good: ["1000.<hex:32>.<hex:32>", "refresh_token=«1000.<hex:32>.<hex:32>»"],
        near: ["1000.<hex:31>.<hex:32>", "1000.00"];
    "airtable-personal-token", "an Airtable personal access token", ["pat"], r"pat[A-Za-z0-9]{14}\.[0-9a-f]{64}", run: 17,
        good: ["pat<b62:14>.<hex:64>", "Bearer «pat<b62:14>.<hex:64>»"],
        near: ["pat<b62:13>.<hex:64>", "pat<b62:14>.<hex:63>"];
    "intra42-secret", "a 42 intra secret", ["s-s4t2"], r"s-s4t2(?:ud|af)-[0-9a-f]{64}",
        good: ["s-s4t2ud-<hex:64>", "s-s4t2af-<hex:64>"],
        near: ["s-s4t2ud-<hex:63>", "s-s4t2xx-<hex:64>"];
    "scalingo-token", "a Scalingo token", ["tk-us-"], r"tk-us-[A-Za-z0-9_\-]{48}",
        good: ["tk-us-<b64url:48>", "SCALINGO=«tk-us-<b64url:48>»"],
        near: ["tk-us-<b64url:47>", "tk-us-east"];
    // Atlassian: tokens of users, and of services.
    "atlassian-token", "an Atlassian token", ["ATATT3xFfG", "ATSTT3xFfG"],
        r"AT[AS]TT3xFfG[A-Za-z0-9_\-=]{100,260}(?:=|%3[Dd]|\\u003[dD])[A-F0-9]{8}",
        good: ["ATATT3xFfGF0<b64url:171>=<HEX:8>", "ATSTT3xFfGF0<b64url:160>=<HEX:8>"],
        near: ["ATATT3xFfGF0<b64url:60>=<HEX:8>", "ATXTT3xFfGF0<b64url:171>=<HEX:8>"];
    "linear-key", "a Linear key", ["lin_api_", "lin_oauth_", "lin_wh_"],
        r"lin_(?:api_[A-Za-z0-9]{40}|oauth_[a-f0-9]{64}|wh_[A-Za-z0-9]{40})",
        good: ["lin_api_<b62:40>", "lin_oauth_<hex:64>"],
        near: ["lin_api_<b62:39>", "lin_api_<b62:41>"];
    "notion-internal-token", "a Notion token", ["secret_"], r"secret_[A-Za-z0-9]{43}",
        good: ["secret_<b62:43>", "NOTION=«secret_<b62:43>»", "Bearer «secret_<b62:43>»"],
        near: ["secret_<b62:42>", "secret_<b62:44>", "secret_access_key", "secret_key_of_the_whole_system_of_production"];
    "notion-token", "a Notion token", ["ntn_"], r"ntn_[A-Za-z0-9]{46}",
        good: ["ntn_<d:11><b62:35>", "ntn_<b62:46>"],
        near: ["ntn_<b62:45>", "ntn_<b62:47>"];
    "adafruit-key", "an Adafruit IO key", ["aio_"], r"aio_[A-Za-z0-9]{28}",
        good: ["aio_<b62:28>", "X-AIO-Key: «aio_<b62:28>»"],
        near: ["aio_<b62:27>", "aio_<b62:29>"];
    "facebook-page-token", "a Facebook access token", ["EAACEdEose0cBA"], r"EAACEdEose0cBA[A-Za-z0-9]{20,220}",
        good: ["EAACEdEose0cBA<b62:60>", "access_token=«EAACEdEose0cBA<b62:120>»"],
        near: ["EAACEdEose0cBA<b62:12>", "EAACEdEose0<b62:60>"];
    "asana-token", "an Asana token", ["0/12", "1/12", "2/12", "1/11"],
        r"[0-2]/1[12][0-9]{10,16}(?:/1[12][0-9]{10,16})?:[a-f0-9]{32}",
        good: ["1/12<d:14>:<hex:32>", "2/12<d:14>/12<d:14>:<hex:32>"],
        near: ["1/12<d:14>:<hex:31>", "11/12/2025 10:00"];
    "figma-token", "a Figma token", ["figd_", "figo_", "figr_", "figu_"], r"fig[doru]_[A-Za-z0-9_\-]{40,60}",
        good: ["figd_<b64url:40>", "figo_<b64url:43>"],
        near: ["figd_<b62:39>", "figx_<b62:40>"];
    "typeform-token", "a Typeform token", ["tfp_"], r"tfp_[A-Za-z0-9_\-.=]{40,64}",
        good: ["tfp_<b62:44>_<b62:14>", "tfp_<b62:43>"],
        near: ["tfp_<b62:30>", "tfp_"];
    "contentful-token", "a Contentful token", ["CFPAT-"], r"CFPAT-[A-Za-z0-9_\-]{43}",
        good: ["CFPAT-<b64url:43>", "CFPAT-<b62:43>"],
        near: ["CFPAT-<b62:42>", "CFPAT-<b62:44>"];
    "clickup-token", "a ClickUp token", ["pk_"], r"pk_[0-9]{6,9}_[A-Z0-9]{32}",
        good: ["pk_<d:8>_<B36:32>", "pk_<d:7>_<B36:32>"],
        near: ["pk_<d:8>_<B36:31>", "pk_live_<b62:32>"];
    "trello-token", "a Trello token", ["ATTA"], r"ATTA[a-f0-9]{64}[A-F0-9]{8}",
        good: ["ATTA<hex:64><HEX:8>", "ATTAa<hex:63><HEX:8>"],
        near: ["ATTA<hex:63><HEX:8>", "ATTACHMENTS"];
    "dropbox-token", "a Dropbox token", ["sl."], r"sl\.(?:u\.)?[A-Za-z0-9_\-]{130,}", reach: 1600,
        good: ["sl.<b64url:136>", "sl.u.<b64url:900>"],
        near: ["sl.<b64url:80>", "ssl.certificate"];
    "postman-key", "a Postman key", ["PMAK-", "PMAT-"], r"PMA(?:K-[0-9a-f]{24}-[0-9a-f]{34}|T-[A-Z0-9]{26})",
        good: ["PMAK-<hex:24>-<hex:34>", "PMAT-<B36:26>"],
        near: ["PMAK-<hex:24>-<hex:33>", "PMAT-<B36:25>"];
    "readme-key", "a ReadMe key", ["rdme_"], r"rdme_[a-z0-9]{70}",
        good: ["rdme_<b36:70>", "rdme_xn8s9h<b36:64>"],
        near: ["rdme_<b36:69>", "rdme_<b36:71>"];
    "gitbook-token", "a GitBook token", ["gb_api_"], r"gb_api_[A-Za-z0-9]{40}",
        good: ["gb_api_<b62:40>", "gb_api_Q<b62:39>"],
        near: ["gb_api_<b62:39>", "gb_api_<b62:41>"];
    "twitter-bearer", "an X bearer token", ["AAAAAAAAAAAAAAAAAAAA"],
        r"AAAAAAAAAAAAAAAAAAAA[A-Za-z0-9]{2,10}(?:[A-Za-z0-9]|%2[BbFf]|%3[Dd]){50,100}",
        good: ["AAAAAAAAAAAAAAAAAAAAA<b62:15>%2B<b62:20>%3D<b62:40>", "AAAAAAAAAAAAAAAAAAAA<b62:84>"],
        near: [
            "AAAAAAAAAAAAAAAAAAAA<b62:40>",
            "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA",
        ];
    "facebook-token", "a Meta access token",
        [
            "EAAA", "EAAB", "EAAC", "EAAD", "EAAE", "EAAF", "EAAG", "EAAH", "EAAI", "EAAJ", "EAAK", "EAAL", "EAAM",
            "EAAN", "EAAO", "EAAP", "EAAQ", "EAAR", "EAAS", "EAAT", "EAAU", "EAAV", "EAAW", "EAAX", "EAAY", "EAAZ",
        ],
        r"EAA[A-Z][A-Za-z0-9]{96,}",
        good: ["EAAC<b62:180>", "EAAG<b62:150>"],
        near: ["EAAC<b62:95>", "EABC<b62:180>"];
    "facebook-named-app-token", "a Meta app token", ["facebook", "Facebook", "FACEBOOK"],
        r"(?i:facebook)[^\n]{0,60}?[^0-9]([0-9]{15,17}(?:\||%7[Cc])[A-Za-z0-9_\-]{27,40})", free: true,
        good: ["facebook «<d:16>|<b64url:27>»", "FACEBOOK_APP_TOKEN=«<d:15>|<b62:27>»"],
        near: ["facebook <d:16>|<b62:20>", "facebook <d:12>|<b62:27>"];
    "alchemy-notify-token", "an Alchemy token", ["alcht_"], r"alcht_[A-Za-z0-9]{30}",
        good: ["alcht_<b62:30>", "X-Alchemy-Token: «alcht_<b62:30>»"],
        near: ["alcht_<b62:29>", "alcht_<b62:31>"];
    "voiceflow-key", "a Voiceflow key", ["VF."], r"VF\.(?:(?:DM|WS)\.)?[0-9a-f]{24}\.[A-Za-z0-9]{16}",
        good: ["VF.DM.<hex:24>.<b62:16>", "VF.<hex:24>.<b62:16>"],
        near: ["VF.DM.<hex:24>.<b62:15>", "VF.DM.<hex:23>.<b62:16>"];
    "nightfall-key", "a Nightfall key", ["NF-"], r"NF-[A-Za-z0-9]{32}",
        good: ["NF-<b62:32>", "NIGHTFALL=«NF-<b62:32>»"],
        near: ["NF-<b62:31>", "NF-<b62:33>"];
    "fleetbase-key", "a Fleetbase key", ["flb_live_", "flb_test_"], r"flb_(?:live|test)_[A-Za-z0-9]{20}",
        good: ["flb_live_<b62:20>", "flb_test_<b62:20>"],
        near: ["flb_live_<b62:19>", "flb_live_<b62:21>"];
    "flexport-key", "a Flexport key", ["shltm_"], r"shltm_[A-Za-z0-9_\-]{40}",
        good: ["shltm_<b64url:40>", "Bearer «shltm_<b62:40>»"],
        near: ["shltm_<b62:39>", "shltm_<b62:41>"];
    "ionic-token", "an Ionic token", ["ion_"], r"ion_[A-Za-z0-9]{42}",
        good: ["ion_<b62:42>", "IONIC_TOKEN=«ion_<b62:42>»"],
        near: ["ion_<b62:41>", "ion_<b62:43>"];
    "photoroom-key", "a Photoroom key", ["sk_pr_"], r"sk_pr_[a-z0-9_]{1,40}_[0-9a-f]{40}",
        good: ["sk_pr_web_<hex:40>", "x-api-key: «sk_pr_default_<hex:40>»"],
        near: ["sk_pr_web_<hex:39>", "sk_pr_web"];
    "salesforce-session", "a Salesforce session", ["00D"],
        r"00D[A-Za-z0-9]{12,15}![A-Za-z0-9._]{80,260}", run: 15,
        good: ["00D<b62:12>!AQ<b62:92>", "Bearer «00D<b62:15>!AR<b62:100>»"],
        near: ["00D<b62:12>!AQ<b62:40>", "00X<b62:12>!AQ<b62:92>"];
    "salesforce-consumer-key", "a Salesforce consumer key", ["3MVG9"], r"3MVG9[A-Za-z0-9._]{80,90}",
        good: ["3MVG9<b62:80>", "client_id=«3MVG9<b62:38>.<b62:42>»"],
        near: ["3MVG9<b62:60>", "3MVG9"];
    "facebook-app-token", "a Meta app token", ["access_token="],
        r"access_token=([0-9]{14,17}(?:\||%7[Cc])[A-Za-z0-9_\-]{27})", free: true,
        good: ["access_token=«<d:16>|<b64url:27>»", "https://graph.facebook.com/me?access_token=«<d:15>%7C<b62:27>»"],
        near: ["access_token=<d:16>|<b62:26>", "access_token=<d:16>"];
    "instagram-token", "an Instagram token", ["IGQV", "IGQW", "IGAA"], r"IG(?:QV|QW|AA)[A-Za-z0-9_\-]{80,240}",
        good: ["IGQV<b62:160>", "IGAA<b64url:160>"],
        near: ["IGQV<b62:79>", "IGZZ<b62:160>"];
    "linkedin-secret", "a LinkedIn client secret", ["WPL_AP0.", "WPL_AP1."],
        r"WPL_AP[01]\.[A-Za-z0-9]{14,18}\.[A-Za-z0-9+/]{6}==",
        good: ["WPL_AP1.<b62:16>.<b64:6>==", "WPL_AP0.<b62:16>.<b62:6>=="],
        near: ["WPL_AP1.<b62:16>.<b64:5>==", "WPL_AP1.<b62:10>.<b64:6>=="];
    // Mapbox: public tokens begin with pk.
    "mapbox-token", "a secret Mapbox token", ["sk.eyJ1"], r"sk\.eyJ1[A-Za-z0-9_\-]{40,200}\.[A-Za-z0-9_\-]{22}",
        good: ["sk.eyJ1<b62:70>.<b64url:22>", "sk.eyJ1<b62:80>.<b62:22>"],
        near: ["pk.eyJ1<b62:70>.<b64url:22>", "sk.eyJ1<b62:70>.<b62:21>"];
    "stytch-secret", "a Stytch secret", ["secret-live-", "secret-test-"], r"secret-(?:live|test)-[A-Za-z0-9_\-]{36}=",
        good: ["secret-live-<b64url:36>=", "secret-test-<b62:36>="],
        near: ["secret-live-<b62:35>=", "secret-test-environment-production", "public-token-live-<uuid>"];
    "frameio-token", "a Frame.io token", ["fio-u-"], r"fio-u-[A-Za-z0-9_\-=]{64}",
        good: ["fio-u-<b64url:64>", "fio-u-<b62:64>"],
        near: ["fio-u-<b62:63>", "fio-u-<b62:65>"];
    "cal-key", "a Cal.com key", ["cal_live_", "cal_test_"], r"cal_(?:live|test)_[a-f0-9]{32}",
        good: ["cal_live_<hex:32>", "cal_test_<hex:32>"],
        near: ["cal_live_<hex:31>", "cal_live_<hex:33>"];
    "persona-key", "a Persona key", ["persona_production_", "persona_sandbox_"],
        r"persona_(?:production|sandbox)_<uuid>",
        good: ["persona_production_<uuid>", "persona_sandbox_<uuid>"],
        near: ["persona_production_<hex:32>", "persona_production_cluster"];
    "brex-token", "a Brex token", ["bxt_"], r"bxt_[A-Za-z0-9]{40,70}",
        good: ["bxt_<b62:48>", "bxt_<b62:64>"],
        near: ["bxt_<b62:39>", "bxt_<b62:71>"];
    "ramp-secret", "a Ramp secret", ["ramp_sec_", "ramp_business_tok_"],
        r"ramp_(?:sec|business_tok)_[A-Za-z0-9]{40,60}",
        good: ["ramp_sec_<b62:48>", "ramp_business_tok_<b62:48>"],
        near: ["ramp_id_<b62:48>", "ramp_sec_<b62:39>"];
    "zuplo-key", "a Zuplo key", ["zpka_"], r"zpka_[a-z0-9]{32}_[a-f0-9]{8}",
        good: ["zpka_<b36:32>_<hex:8>", "zpka_<hex:32>_<hex:8>"],
        near: ["zpka_<b36:31>_<hex:8>", "zpka_<b36:32>_<hex:7>"];
    "unkey-key", "an Unkey root key", ["unkey_"], r"unkey_[A-Za-z0-9]{20,40}", check: super::allowlist::is_random,
        good: ["unkey_<b62:24>", "unkey_3<b62:22>"],
        near: ["unkey_<b62:19>", "unkey_api_id_of_production"];
    "rapidapi-key", "a RapidAPI key", ["msh"], r"[a-z0-9]{10}msh[a-z0-9]{15}p1[a-z0-9]{6}jsn[a-z0-9]{12}", back: 10,
        good: ["<hex:10>msh<hex:15>p1<hex:6>jsn<hex:12>", "X-RapidAPI-Key: «<hex:10>msh<hex:15>p1<hex:6>jsn<hex:12>»"],
        near: ["<hex:9>msh<hex:15>p1<hex:6>jsn<hex:12>", "<hex:10>msh<hex:15>p1<hex:6>jsn<hex:13>"];
    "brightdata-address", "a Bright Data proxy password", ["brd-customer-"],
        r"brd-customer-[A-Za-z0-9_]{4,20}-zone-[A-Za-z0-9_\-]{1,60}:([A-Za-z0-9]{12})",
        good: [
            "brd-customer-hl_<hex:8>-zone-scrape:«<b36:12>»@brd.superproxy.io:22225",
            "http://brd-customer-hl_<hex:8>-zone-res1-country-us:«<b36:12>»@brd.superproxy.io:33335",
        ],
        near: ["brd-customer-hl_<hex:8>-zone-scrape", "brd-customer-hl_<hex:8>-zone-scrape:<b36:11>"];
    "appwrite-key", "an Appwrite key", ["standard_"], r"standard_[a-f0-9]{256}", reach: 640,
        good: ["standard_<hex:256>", "standard_f<hex:255>"],
        near: ["standard_<hex:255>", "standard_deployment_strategy"];
    "retool-token", "a Retool token", ["retool_"], r"retool_[a-z0-9]{26,40}", check: super::allowlist::is_random,
        good: ["retool_01<b36:24>", "retool_01<b36:26>"],
        near: ["retool_<b36:25>", "retool_production_workflow_run_id"];
    "gitpod-token", "a Gitpod token", ["gitpod_pat_"], r"gitpod_pat_[A-Za-z0-9_\-.]{60,160}",
        good: ["gitpod_pat_<b64url:43>.<b62:40>", "gitpod_pat_<b62:80>"],
        near: ["gitpod_pat_<b62:50>", "gitpod_pat_"];
    "totp-secret", "the secret of one-time passwords", ["otpauth://"],
        r"otpauth://[th]otp/[A-Za-z0-9%:@._\-]{1,160}\?(?:[A-Za-z0-9%=.]{1,80}&){0,4}secret=([A-Z2-7]{16,64})",
        good: [
            "otpauth://totp/Acme:ci@acme.io?secret=«<B32:32>»&issuer=Acme",
            "otpauth://totp/Acme?issuer=Acme&secret=«<B32:16>»",
        ],
        near: ["otpauth://totp/Acme:ci@acme.io?secret=<B32:15>", "otpauth://totp/Acme?issuer=Acme"];
    "chromatic-token", "a Chromatic project token", ["chpt_"], r"chpt_[a-f0-9]{12,16}",
        good: ["chpt_<hex:15>", "chpt_<hex:12>"],
        near: ["chpt_<hex:11>", "chpt_<hex:17>"];
    "devcycle-key", "a DevCycle server key", ["dvc_server_"],
        r"dvc_server_[a-f0-9]{8}_[a-f0-9]{4}_[a-f0-9]{4}_[a-f0-9]{4}_[a-f0-9]{12}_[a-f0-9]{7}",
        good: [
            "dvc_server_<hex:8>_<hex:4>_<hex:4>_<hex:4>_<hex:12>_<hex:7>",
            "dvc_server_f<hex:7>_<hex:4>_<hex:4>_<hex:4>_<hex:12>_<hex:7>",
        ],
        near: [
            "dvc_server_<hex:8>_<hex:4>_<hex:4>_<hex:4>_<hex:12>",
            "dvc_client_<hex:8>_<hex:4>_<hex:4>_<hex:4>_<hex:12>_<hex:7>",
        ];
    "adobe-oauth-secret", "an Adobe client secret", ["p8e-"], r"p8e-[A-Za-z0-9_\-]{32}",
        good: ["p8e-<b64url:32>", "p8e-<b62:32>"],
        near: ["p8e-<b62:31>", "p8e-<b62:33>"];
    "settlemint-token", "a SettleMint token", ["sm_aat_", "sm_pat_", "sm_sat_"], r"sm_[aps]at_[A-Za-z0-9]{16}",
        check: super::allowlist::is_random,
        good: ["sm_aat_<b62:16>", "sm_sat_<b62:16>"],
        near: ["sm_aat_<b62:15>", "sm_aat_<b62:17>"];
    "authress-key", "an Authress service client key", [".acc_", ".acc-"],
        r"(?:sc|ext|scauth|authress)_[a-z0-9]{5,30}\.[a-z0-9]{4,6}\.acc[_\-][a-z0-9\-]{10,32}\.[A-Za-z0-9+/_=\-]{30,120}",
        back: 46, over: |byte| byte.is_ascii_alphanumeric() || b"_.".contains(&byte),
        good: ["sc_<b36:24>.<b36:4>.acc_<b36:12>.<b64:60>", "authress_<b36:20>.<b36:6>.acc-<b36:20>.<b62:64>"],
        near: ["sc_<b36:24>.<b36:4>.acc_<b36:12>.<b62:20>", "sc_<b36:24>"];
    "maxmind-key", "a MaxMind license key", ["_mmk"], r"[A-Za-z0-9]{6}_[A-Za-z0-9]{29}_mmk",
        back: 36, over: |byte| byte.is_ascii_alphanumeric() || byte == b'_',
        good: ["<b62:6>_<b62:29>_mmk", "MAXMIND_LICENSE_KEY=«<b62:6>_<b62:29>_mmk»"],
        near: ["<b62:6>_<b62:28>_mmk", "<b62:36>"];
    "godaddy-key", "a GoDaddy key with its secret", ["sso-key "], r"sso-key [A-Za-z0-9_]{10,60}:([A-Za-z0-9]{20,24})",
        good: ["Authorization: sso-key <b62:16>_<b62:22>:«<b62:22>»", "sso-key <b62:12>_<b62:20>:«<b62:22>»"],
        near: ["sso-key <b62:16>_<b62:22>", "sso-key <b62:16>:<b62:10>"];
    "wakatime-key", "a WakaTime key", ["waka_"], r"waka_(?:tok_[A-Za-z0-9]{60,90}|sec_[A-Za-z0-9]{60,90}|<uuid>)",
        good: ["waka_<uuid>", "waka_tok_<b62:80>"],
        near: ["waka_<hex:32>", "waka_time_spent"];
    "hcaptcha-secret", "an hCaptcha secret", ["ES_"], r"ES_[a-f0-9]{32}",
        good: ["ES_<hex:32>", "ES_f<hex:31>"],
        near: ["ES_<hex:31>", "ES_<hex:33>", "ES_JAVA_OPTS"];
    "apple-password", "an Apple app-specific password", ["APPLICATION_SPECIFIC_PASSWORD", "APPLE_APP_PASSWORD"],
        r#"APPL(?:ICATION_SPECIFIC|E_APP)_PASSWORD[\\"']{0,4}\s{0,4}[:=]\s{0,4}[\\"']{0,4}([a-z]{4}-[a-z]{4}-[a-z]{4}-[a-z]{4})"#,
        free: true,
        good: [
            "FASTLANE_APPLE_APPLICATION_SPECIFIC_PASSWORD=«<a:4>-<a:4>-<a:4>-<a:4>»",
            "\"APPLE_APP_PASSWORD\": \"«<a:4>-<a:4>-<a:4>-<a:4>»\"",
        ],
        near: ["APPLE_APP_PASSWORD=<a:4>-<a:4>-<a:4>", "APPLE_APP_PASSWORD=$PASSWORD"];
}
