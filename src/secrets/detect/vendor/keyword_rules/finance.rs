//! Payments, banks, exchanges and data feeds whose keys are recognised only by name.

keyword_rules! {
    "plaid-secret", "a Plaid secret", ["plaid"], r"[0-9a-f]{30}",
        good: ["PLAID_SECRET=«<hex:30>»", "\"plaidSecret\": \"«<hex:30>»\"", "export PLAID_SECRET='«<hex:30>»'"],
        near: ["PLAID_SECRET=<hex:29>", "PLAID_SECRET=<hex:31>", "PLAID_SECRET=$PLAID_SECRET"];
    "paypal-secret", "a PayPal secret", ["paypal"], r"E[A-Za-z0-9_\-]{79}",
        good: [
            "PAYPAL_CLIENT_SECRET=«E<b64url:79>»", "\"paypalClientSecret\": \"«E<b64url:79>»\"",
            "export PAYPAL_CLIENT_SECRET='«E<b64url:79>»'",
        ],
        near: [
            "PAYPAL_CLIENT_SECRET=E<b64url:78>", "PAYPAL_CLIENT_SECRET=E<b64url:80>",
            "PAYPAL_CLIENT_SECRET=$PAYPAL_CLIENT_SECRET",
        ];
    "razorpay-secret", "a Razorpay secret", ["razorpay"], r"[A-Za-z0-9]{24}",
        good: [
            "RAZORPAY_KEY_SECRET=«<b62:24>»", "\"razorpayKeySecret\": \"«<b62:24>»\"",
            "export RAZORPAY_KEY_SECRET='«<b62:24>»'",
        ],
        near: [
            "RAZORPAY_KEY_SECRET=<b62:23>", "RAZORPAY_KEY_SECRET=<b62:25>", "RAZORPAY_KEY_SECRET=$RAZORPAY_KEY_SECRET",
        ];
    "braintree-key", "a Braintree private key", ["braintree"], r"[0-9a-f]{32}",
        good: [
            "BRAINTREE_PRIVATE_KEY=«<hex:32>»", "\"braintreePrivateKey\": \"«<hex:32>»\"",
            "export BRAINTREE_PRIVATE_KEY='«<hex:32>»'",
        ],
        near: [
            "BRAINTREE_PRIVATE_KEY=<hex:31>", "BRAINTREE_PRIVATE_KEY=<hex:33>",
            "BRAINTREE_PRIVATE_KEY=$BRAINTREE_PRIVATE_KEY",
        ];
    "lob-key", "a Lob key", ["lob_api", "lob-api", "lobapi", "lob_key"], r"(?:live|test)_[0-9a-f]{35}",
        good: [
            "LOB_API_KEY=«live_<hex:35>»", "\"lobApiKey\": \"«live_<hex:35>»\"", "export LOB_API_KEY='«live_<hex:35>»'",
        ],
        near: [
            "LOB_API_KEY=live_<hex:34>", "LOB_API_KEY=live_<hex:36>", "LOB_API_KEY=$LOB_API_KEY",
            "LOB_API_KEY=live_pub_<hex:31>",
        ];
    "finicity-secret", "a Finicity secret", ["finicity"], r"[0-9a-f]{32}|[A-Za-z0-9]{20}",
        good: [
            "FINICITY_APP_KEY=«<hex:32>»", "\"finicityPartnerSecret\": \"«<b62:20>»\"",
            "export FINICITY_APP_KEY='«<hex:32>»'", "FINICITY_APP_KEY: «<b62:20>»",
        ],
        near: ["FINICITY_APP_KEY=<hex:31>", "FINICITY_APP_KEY=<hex:33>", "FINICITY_APP_KEY=$FINICITY_APP_KEY"];
    "finnhub-key", "a Finnhub key", ["finnhub"], r"[a-z0-9]{20}",
        good: [
            "FINNHUB_API_KEY=«<b36:20>»", "\"finnhubApiKey\": \"«<b36:20>»\"", "export FINNHUB_API_KEY='«<b36:20>»'",
        ],
        near: ["FINNHUB_API_KEY=<b36:19>", "FINNHUB_API_KEY=<b36:21>", "FINNHUB_API_KEY=$FINNHUB_API_KEY"];
    "freshbooks-token", "a FreshBooks token", ["freshbooks"], r"[0-9a-f]{64}",
        good: [
            "FRESHBOOKS_ACCESS_TOKEN=«<hex:64>»", "\"freshbooksClientSecret\": \"«<hex:64>»\"",
            "export FRESHBOOKS_ACCESS_TOKEN='«<hex:64>»'",
        ],
        near: [
            "FRESHBOOKS_ACCESS_TOKEN=<hex:63>", "FRESHBOOKS_ACCESS_TOKEN=<hex:65>",
            "FRESHBOOKS_ACCESS_TOKEN=$FRESHBOOKS_ACCESS_TOKEN",
        ];
    "coinbase-legacy-key", "a Coinbase secret", ["coinbase"], r"[A-Za-z0-9_\-]{64}",
        good: [
            "COINBASE_API_SECRET=«<b64url:64>»", "\"coinbaseApiSecret\": \"«<b64url:64>»\"",
            "export COINBASE_API_SECRET='«<b64url:64>»'",
        ],
        near: [
            "COINBASE_API_SECRET=<b64url:63>", "COINBASE_API_SECRET=<b64url:65>",
            "COINBASE_API_SECRET=$COINBASE_API_SECRET",
        ];
    "kraken-key", "a Kraken private key", ["kraken"], r"[A-Za-z0-9/+]{86}==",
        good: [
            "KRAKEN_API_SECRET=«<b64:86>==»", "\"krakenPrivateKey\": \"«<b64:86>==»\"",
            "export KRAKEN_API_SECRET='«<b64:86>==»'",
        ],
        near: ["KRAKEN_API_SECRET=<b64:85>==", "KRAKEN_API_SECRET=<b64:87>==", "KRAKEN_API_SECRET=$KRAKEN_API_SECRET"];
    "kucoin-secret", "a KuCoin secret", ["kucoin"], r"[0-9a-f]{24}|<uuid>",
        good: [
            "KUCOIN_API_SECRET=«<uuid>»", "\"kucoinApiSecret\": \"«<hex:24>»\"", "export KUCOIN_API_SECRET='«<uuid>»'",
            "KUCOIN_API_SECRET: «<hex:24>»",
        ],
        near: ["KUCOIN_API_SECRET=<hex:31>", "KUCOIN_API_SECRET=$KUCOIN_API_SECRET"];
    "bittrex-secret", "a Bittrex secret", ["bittrex"], r"[0-9a-f]{32}",
        good: [
            "BITTREX_API_SECRET=«<hex:32>»", "\"bittrexApiSecret\": \"«<hex:32>»\"",
            "export BITTREX_API_SECRET='«<hex:32>»'",
        ],
        near: ["BITTREX_API_SECRET=<hex:31>", "BITTREX_API_SECRET=<hex:33>", "BITTREX_API_SECRET=$BITTREX_API_SECRET"];
    "binance-secret", "a Binance secret", ["binance"], r"[A-Za-z0-9]{64}",
        good: [
            "BINANCE_API_SECRET=«<b62:64>»", "\"binanceApiSecret\": \"«<b62:64>»\"",
            "export BINANCE_API_SECRET='«<b62:64>»'",
        ],
        near: ["BINANCE_API_SECRET=<b62:63>", "BINANCE_API_SECRET=<b62:65>", "BINANCE_API_SECRET=$BINANCE_API_SECRET"];
    "infura-secret", "an Infura secret", ["infura"], r"[0-9a-f]{32}",
        good: [
            "INFURA_API_KEY_SECRET=«<hex:32>»", "\"infuraApiSecret\": \"«<hex:32>»\"",
            "export INFURA_API_KEY_SECRET='«<hex:32>»'",
        ],
        near: [
            "INFURA_API_KEY_SECRET=<hex:31>", "INFURA_API_KEY_SECRET=<hex:33>",
            "INFURA_API_KEY_SECRET=$INFURA_API_KEY_SECRET",
        ];
    "alchemy-key", "an Alchemy key", ["alchemy_api", "alchemy_auth", "alchemyapi", "alchemy_key"],
        r"[A-Za-z0-9_\-]{32}",
        good: [
            "ALCHEMY_API_KEY=«<b64url:32>»", "\"alchemyApiKey\": \"«<b64url:32>»\"",
            "export ALCHEMY_API_KEY='«<b64url:32>»'",
        ],
        near: ["ALCHEMY_API_KEY=<b64url:31>", "ALCHEMY_API_KEY=<b64url:33>", "ALCHEMY_API_KEY=$ALCHEMY_API_KEY"];
    "etherscan-key", "an Etherscan key", ["etherscan", "bscscan", "polygonscan"], r"[A-Z0-9]{34}",
        good: [
            "ETHERSCAN_API_KEY=«<B36:34>»", "\"etherscanApiKey\": \"«<B36:34>»\"",
            "export ETHERSCAN_API_KEY='«<B36:34>»'",
        ],
        near: ["ETHERSCAN_API_KEY=<B36:33>", "ETHERSCAN_API_KEY=<B36:35>", "ETHERSCAN_API_KEY=$ETHERSCAN_API_KEY"];
    "openweather-key", "an OpenWeather key", ["openweather", "owm_api"], r"[0-9a-f]{32}",
        good: [
            "OPENWEATHER_API_KEY=«<hex:32>»", "\"openweathermapApiKey\": \"«<hex:32>»\"",
            "export OPENWEATHER_API_KEY='«<hex:32>»'",
        ],
        near: [
            "OPENWEATHER_API_KEY=<hex:31>", "OPENWEATHER_API_KEY=<hex:33>", "OPENWEATHER_API_KEY=$OPENWEATHER_API_KEY",
        ];
}
