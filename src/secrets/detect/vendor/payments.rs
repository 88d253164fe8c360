//! Payments, shops, banks, shipping.

rules! {
    // Stripe: "API keys"; publishable keys are public.
    "stripe-key", "a Stripe key", ["sk_live_", "rk_live_", "sk_test_", "rk_test_", "sk_org_", "sk_prod_", "rk_prod_"],
        r"[sr]k_(?:live|test|prod|org_live|org_test)_[A-Za-z0-9]{20,250}",
        good: ["sk_live_<b62:24>", "rk_live_51<b62:97>", "sk_test_51<b62:97>", "sk_org_live_<b62:60>"],
        near: [
            "pk_live_<b62:24>", "pk_test_<b62:24>", "sk_live_<b62:19>", concat!("sk_test_4eC39HqLyj", "WDarjtT1zdp7dc"),
            "sk_live_your_key_here",
        ];
    "stripe-webhook-secret", "a Stripe webhook secret", ["whsec_"], r"whsec_[A-Za-z0-9+/]{24,90}={0,2}",
        good: ["whsec_<b62:32>", "whsec_<b64:43>="],
        near: ["whsec_<b62:23>", "whsec_xxxxxxxxxxxxxxxxxxxxxxxxxxxx"];
    "square-token", "a Square token", ["sq0atp-", "sq0csp-", "sq0ref-"],
        r"sq0(?:atp-[A-Za-z0-9_\-]{22}|csp-[A-Za-z0-9_\-]{43}|ref-[A-Za-z0-9_\-]{40})",
        good: ["sq0atp-<b64url:22>", "sq0csp-<b64url:43>"],
        near: ["sq0atp-<b64url:21>", "sq0idp-<b64url:22>"];
    "square-access-token", "a Square access token", ["EAAA"], r"EAAA[A-Za-z0-9_\-]{60}",
        good: ["EAAA<b64url:60>", "EAAAE<b62:59>"],
        near: ["EAAA<b64url:59>", "EAAA<b64url:61>"];
    "shopify-token", "a Shopify token", ["shpat_", "shpss_", "shpca_", "shppa_", "shptka_", "shprt_", "shpua_"],
        r"shp(?:at|ss|ca|pa|tka|rt|ua)_[0-9A-Za-z]{32}",
        good: ["shpat_<hex:32>", "shpss_<hex:32>", "shpca_<HEX:32>"],
        near: ["shpat_<hex:31>", "shpat_<hex:33>", "shpxx_<hex:32>"];
    "shopify-partner-token", "a Shopify partner token", ["prtapi_", "atkn_"],
        r"(?:prtapi_[0-9a-f]{32}|atkn_[0-9a-f]{64})",
        good: ["prtapi_<hex:32>", "atkn_<hex:64>"],
        near: ["prtapi_<hex:31>", "atkn_<hex:63>"];
    "braintree-token", "a Braintree or PayPal access token", ["access_token$"],
        r"access_token\$(?:production|sandbox)\$[0-9a-z]{16}\$[0-9a-f]{32}",
        good: ["access_token$production$<b36:16>$<hex:32>", "access_token$sandbox$<b36:16>$<hex:32>"],
        near: ["access_token$production$<b36:16>$<hex:31>", "access_token$production$<b36:15>$<hex:32>"];
    "adyen-key", "an Adyen API key", ["AQE"],
        r"AQE[A-Za-z0-9]{5}[A-Za-z0-9+/]{80,}={0,2}-[A-Za-z0-9+/]{40,50}={0,2}-[^\x00-\x20\x22'\\<>()\[\],;&%{}]{10,40}",
        good: ["AQE<b62:5><b64:130>-<b64:43>=-<b62:16>", "AQE<b62:5><b64:150>-<b64:43>=-<b62:14>"],
        near: ["AQE<b62:5><b62:40>", "AQE<b62:5><b64:130>-<b64:20>"];
    "plaid-token", "a Plaid access token", ["access-sandbox-", "access-development-", "access-production-"],
        r"access-(?:sandbox|development|production)-<uuid>",
        good: ["access-production-<uuid>", "access-sandbox-<uuid>"],
        near: ["access-production-<hex:32>", "public-production-<uuid>"];
    "razorpay-key", "a Razorpay key with its secret", ["rzp_live_", "rzp_test_"],
        r"rzp_(?:live|test)_[A-Za-z0-9]{14}:([A-Za-z0-9]{24})",
        good: ["rzp_live_<b62:14>:«<b62:24>»", "curl -u rzp_test_<b62:14>:«<b62:24>»"],
        near: ["rzp_live_<b62:14>", "rzp_live_<b62:14>:<b62:23>"];
    "flutterwave-key", "a Flutterwave secret key", ["FLWSECK-", "FLWSECK_TEST-"],
        r"FLWSECK(?:_TEST)?-[0-9a-zA-Z]{32}-X",
        good: ["FLWSECK-<hex:32>-X", "FLWSECK_TEST-<b62:32>-X"],
        near: ["FLWPUBK-<hex:32>-X", "FLWSECK-<hex:31>-X", "FLWSECK_TEST-<hex:32>"];
    "mollie-key", "a Mollie API key", ["live_"], r"live_[A-Za-z0-9]{30}",
        good: ["live_<b62:30>", "live_a<b62:29>"],
        near: ["live_<b62:29>", "live_<b62:31>", "live_migration_of_the_whole_cluster"];
    "gocardless-token", "a GoCardless token", ["live_", "sandbox_"], r"(?:live|sandbox)_[A-Za-z0-9_\-]{40}",
        good: ["live_<b62:40>", "sandbox_<b64url:40>"],
        near: ["live_<b62:39>", "live_<b62:41>"];
    "duffel-token", "a Duffel token", ["duffel_test_", "duffel_live_"], r"duffel_(?:test|live)_[A-Za-z0-9_\-]{43}",
        good: ["duffel_live_<b64url:43>", "duffel_test_<b64url:43>"],
        near: ["duffel_live_<b64url:42>", "duffel_live_<b64url:44>"];
    "paddle-key", "a Paddle API key", ["pdl_live_apikey_", "pdl_sdbx_apikey_", "pdl_ntfset_"],
        r"(?:pdl_(?:live|sdbx)_apikey_[a-z0-9]{26}_[A-Za-z0-9]{22}_[A-Za-z0-9]{3}|pdl_ntfset_[a-z0-9]{26}_[A-Za-z0-9+/]{32})",
        good: ["pdl_live_apikey_<b36:26>_<b62:22>_<b62:3>", "pdl_ntfset_<b36:26>_<b64:32>"],
        near: ["pdl_live_apikey_<b36:26>_<b62:22>", "pdl_live_apikey_<b36:25>_<b62:22>_<b62:3>"];
    "easypost-key", "an EasyPost key", ["EZAK", "EZTK"], r"EZ[AT]K[A-Za-z0-9]{54}",
        good: ["EZAK<b62:54>", "EZTK<b62:54>"],
        near: ["EZAK<b62:53>", "EZAK<b62:55>"];
    "shippo-token", "a Shippo token", ["shippo_live_", "shippo_test_"], r"shippo_(?:live|test)_[a-fA-F0-9]{40}",
        good: ["shippo_live_<hex:40>", "shippo_test_<hex:40>"],
        near: ["shippo_live_<hex:39>", "shippo_live_<hex:41>"];
    "coinbase-key", "a Coinbase API key file", ["organizations/"],
        r#"organizations/[0-9a-f\-]{36}/apiKeys/[0-9a-f\-]{36}\\?["'],\s*\\?["']privateKey\\?["']:\s*\\?["'](-----BEGIN EC [A-Z]{7} KEY-----[A-Za-z0-9+/=\\\s]{100,}-----END EC [A-Z]{7} KEY-----)"#,
        reach: 1024,
        good: [
            "{\"name\":\"organizations/<uuid>/apiKeys/<uuid>\",\"privateKey\":\"«-----BEGIN\u{20}EC PRIVATE KEY-----\\n<b64:160>\\n-----END EC PRIVATE KEY-----»\"}",
            "{\"name\": \"organizations/<uuid>/apiKeys/<uuid>\", \"privateKey\": \"«-----BEGIN\u{20}EC PRIVATE KEY-----\\n<b62:160>==\\n-----END EC PRIVATE KEY-----»\"}",
        ],
        near: ["organizations/<uuid>/apiKeys/<uuid>", "organizations/acme/teams"];
    "checkout-key", "a Checkout.com secret key", ["sk_sbox_"], r"sk_sbox_[a-z0-9]{26}[a-z0-9*#$=]",
        good: ["sk_sbox_<b36:27>", "sk_sbox_<b36:27>"],
        near: ["sk_sbox_<b36:25>", "pk_sbox_<b36:27>"];
    "xendit-key", "a Xendit secret key", ["xnd_production_", "xnd_development_"],
        r"xnd_(?:production|development)_[A-Za-z0-9]{40,80}",
        good: ["xnd_production_<b62:58>", "xnd_development_<b62:60>"],
        near: ["xnd_production_<b62:39>", "xnd_public_production_<b62:58>"];
    "midtrans-key", "a Midtrans server key", ["Mid-server-"], r"Mid-server-[A-Za-z0-9_\-]{20,40}", free: true,
        good: ["Mid-server-<b62:24>", "SB-«Mid-server-<b62:24>»"],
        near: ["Mid-client-<b62:24>", "Mid-server-<b62:19>"];
    "mercadopago-token", "a Mercado Pago token", ["APP_USR-"],
        r"APP_USR-[0-9]{12,18}-[0-9]{6}-[0-9a-f]{32}-[0-9]{6,12}",
        good: ["APP_USR-<d:16>-<d:6>-<hex:32>-<d:9>", "APP_USR-<d:16>-<d:6>-<hex:32>-<d:10>"],
        near: ["APP_USR-<uuid>", "APP_USR-<d:16>-<d:6>-<hex:31>-<d:9>"];
    "asaas-key", "an Asaas key", ["$aact_"], r"\$aact_(?:prod_|hmlg_)?[A-Za-z0-9+/:=]{80,220}",
        good: ["$aact_prod_<b64:166>", "$aact_<b64:120>"],
        near: ["$aact_<b64:40>", "$aact_token"];
    "polar-token", "a Polar token", ["polar_oat_", "polar_pat_", "polar_whs_"],
        r"polar_(?:oat|pat|whs|at_u|at_o|rt|cst|ci|cs)_[A-Za-z0-9]{32,64}",
        good: ["polar_oat_<b62:43>", "polar_pat_<b62:43>"],
        near: ["polar_oat_<b62:31>", "polar_pub_<b62:43>"];
    "rapyd-key", "a Rapyd secret key", ["rsk_"], r"rsk_[a-f0-9]{80,100}",
        good: ["rsk_<hex:90>", "rsk_<hex:96>"],
        near: ["rsk_<hex:60>", "rak_<hex:20>"];
    "wallet-key", "an extended private key of a wallet", ["xprv9", "tprv8"],
        r"(?:xprv9|tprv8)[1-9A-HJ-NP-Za-km-z]{106,107}",
        good: ["xprv9<b58:106>", "tprv8<b58:106>"],
        near: ["xprv9<b58:105>", "xpub6<b58:106>"];
}
