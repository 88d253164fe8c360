//! Identity, content, social and model services whose keys are recognised only by name.

keyword_rules! {
    "okta-token", "an Okta token", ["okta"], r"00[A-Za-z0-9_\-]{40}",
        good: [
            "OKTA_API_TOKEN=«00<b64url:40>»", "\"oktaApiToken\": \"«00<b64url:40>»\"",
            "export OKTA_API_TOKEN='«00<b64url:40>»'",
        ],
        near: ["OKTA_API_TOKEN=00<b64url:39>", "OKTA_API_TOKEN=00<b64url:41>", "OKTA_API_TOKEN=$OKTA_API_TOKEN"];
    "auth0-secret", "an Auth0 client secret", ["auth0"], r"[A-Za-z0-9_\-]{64}",
        good: [
            "AUTH0_CLIENT_SECRET=«<b64url:64>»", "\"auth0ClientSecret\": \"«<b64url:64>»\"",
            "export AUTH0_CLIENT_SECRET='«<b64url:64>»'",
        ],
        near: [
            "AUTH0_CLIENT_SECRET=<b64url:63>", "AUTH0_CLIENT_SECRET=<b64url:65>",
            "AUTH0_CLIENT_SECRET=$AUTH0_CLIENT_SECRET",
        ];
    "duo-secret", "a Duo secret key", ["duo_skey", "duo_secret", "duosecret", "duo_s_key"], r"[A-Za-z0-9]{40}",
        good: ["DUO_SECRET_KEY=«<b62:40>»", "\"duoSecretKey\": \"«<b62:40>»\"", "export DUO_SECRET_KEY='«<b62:40>»'"],
        near: ["DUO_SECRET_KEY=<b62:39>", "DUO_SECRET_KEY=<b62:41>", "DUO_SECRET_KEY=$DUO_SECRET_KEY"];
    "jumpcloud-key", "a JumpCloud key", ["jumpcloud"], r"[0-9a-f]{40}",
        good: [
            "JUMPCLOUD_API_KEY=«<hex:40>»", "\"jumpcloudApiKey\": \"«<hex:40>»\"",
            "export JUMPCLOUD_API_KEY='«<hex:40>»'",
        ],
        near: ["JUMPCLOUD_API_KEY=<hex:39>", "JUMPCLOUD_API_KEY=<hex:41>", "JUMPCLOUD_API_KEY=$JUMPCLOUD_API_KEY"];
    "meraki-key", "a Cisco Meraki key", ["meraki"], r"[0-9a-f]{40}",
        good: [
            "MERAKI_DASHBOARD_API_KEY=«<hex:40>»", "\"X-Cisco-Meraki-API-Key\": \"«<hex:40>»\"",
            "export MERAKI_DASHBOARD_API_KEY='«<hex:40>»'",
        ],
        near: [
            "MERAKI_DASHBOARD_API_KEY=<hex:39>", "MERAKI_DASHBOARD_API_KEY=<hex:41>",
            "MERAKI_DASHBOARD_API_KEY=$MERAKI_DASHBOARD_API_KEY",
        ];
    "facebook-secret", "a Meta app secret", ["facebook", "fb_app", "fb_secret", "instagram"], r"[0-9a-f]{32}",
        good: [
            "FACEBOOK_APP_SECRET=«<hex:32>»", "\"facebookAppSecret\": \"«<hex:32>»\"",
            "export FACEBOOK_APP_SECRET='«<hex:32>»'",
        ],
        near: [
            "FACEBOOK_APP_SECRET=<hex:31>", "FACEBOOK_APP_SECRET=<hex:33>", "FACEBOOK_APP_SECRET=$FACEBOOK_APP_SECRET",
        ];
    "twitter-secret", "an X secret", ["twitter"], r"[A-Za-z0-9]{50}|[A-Za-z0-9]{45}",
        good: [
            "TWITTER_CONSUMER_SECRET=«<b62:50>»", "\"twitterAccessTokenSecret\": \"«<b62:45>»\"",
            "export TWITTER_CONSUMER_SECRET='«<b62:50>»'", "TWITTER_CONSUMER_SECRET: «<b62:45>»",
        ],
        near: [
            "TWITTER_CONSUMER_SECRET=<b62:49>", "TWITTER_CONSUMER_SECRET=<b62:51>",
            "TWITTER_CONSUMER_SECRET=$TWITTER_CONSUMER_SECRET",
        ];
    "linkedin-client-secret", "a LinkedIn client secret", ["linkedin"], r"[A-Za-z0-9]{16}",
        good: [
            "LINKEDIN_CLIENT_SECRET=«<b62:16>»", "\"linkedinClientSecret\": \"«<b62:16>»\"",
            "export LINKEDIN_CLIENT_SECRET='«<b62:16>»'",
        ],
        near: [
            "LINKEDIN_CLIENT_SECRET=<b62:15>", "LINKEDIN_CLIENT_SECRET=<b62:17>",
            "LINKEDIN_CLIENT_SECRET=$LINKEDIN_CLIENT_SECRET",
        ];
    "adobe-secret", "an Adobe client secret", ["adobe"], r"p8e-[A-Za-z0-9_\-]{32}|[0-9a-f]{32}",
        good: [
            "ADOBE_CLIENT_SECRET=«<hex:32>»", "\"adobeClientSecret\": \"«p8e-<b62:32>»\"",
            "export ADOBE_CLIENT_SECRET='«<hex:32>»'", "ADOBE_CLIENT_SECRET: «p8e-<b62:32>»",
        ],
        near: [
            "ADOBE_CLIENT_SECRET=<hex:31>", "ADOBE_CLIENT_SECRET=<hex:33>", "ADOBE_CLIENT_SECRET=$ADOBE_CLIENT_SECRET",
        ];
    "dropbox-secret", "a Dropbox app secret", ["dropbox"], r"[a-z0-9]{15}",
        good: [
            "DROPBOX_APP_SECRET=«<b36:15>»", "\"dropboxAppSecret\": \"«<b36:15>»\"",
            "export DROPBOX_APP_SECRET='«<b36:15>»'",
        ],
        near: ["DROPBOX_APP_SECRET=<b36:14>", "DROPBOX_APP_SECRET=<b36:16>", "DROPBOX_APP_SECRET=$DROPBOX_APP_SECRET"];
    "airtable-token", "an Airtable token", ["airtable"], r"pat[A-Za-z0-9]{14}\.[0-9a-f]{64}|key[A-Za-z0-9]{14}",
        good: [
            "AIRTABLE_API_KEY=«pat<b62:14>.<hex:64>»", "\"airtableApiKey\": \"«key<b62:14>»\"",
            "export AIRTABLE_API_KEY='«pat<b62:14>.<hex:64>»'", "AIRTABLE_API_KEY: «key<b62:14>»",
        ],
        near: [
            "AIRTABLE_API_KEY=pat<b62:14>.<hex:63>", "AIRTABLE_API_KEY=pat<b62:14>.<hex:65>",
            "AIRTABLE_API_KEY=$AIRTABLE_API_KEY",
        ];
    "notion-legacy-token", "a Notion token", ["notion"], r"secret_[A-Za-z0-9]{43}",
        good: [
            "NOTION_TOKEN=«secret_<b62:43>»", "\"notionApiToken\": \"«secret_<b62:43>»\"",
            "export NOTION_TOKEN='«secret_<b62:43>»'",
        ],
        near: ["NOTION_TOKEN=secret_<b62:42>", "NOTION_TOKEN=secret_<b62:44>", "NOTION_TOKEN=$NOTION_TOKEN"];
    "trello-key", "a Trello key or token", ["trello"], r"[0-9a-f]{64}|[0-9a-f]{32}",
        good: [
            "TRELLO_TOKEN=«<hex:64>»", "\"trelloApiKey\": \"«<hex:32>»\"", "export TRELLO_TOKEN='«<hex:64>»'",
            "TRELLO_TOKEN: «<hex:32>»",
        ],
        near: ["TRELLO_TOKEN=<hex:63>", "TRELLO_TOKEN=<hex:65>", "TRELLO_TOKEN=$TRELLO_TOKEN"];
    "asana-secret", "an Asana client secret", ["asana"], r"[0-9a-f]{32}",
        good: [
            "ASANA_CLIENT_SECRET=«<hex:32>»", "\"asanaClientSecret\": \"«<hex:32>»\"",
            "export ASANA_CLIENT_SECRET='«<hex:32>»'",
        ],
        near: [
            "ASANA_CLIENT_SECRET=<hex:31>", "ASANA_CLIENT_SECRET=<hex:33>", "ASANA_CLIENT_SECRET=$ASANA_CLIENT_SECRET",
        ];
    "contentful-key", "a Contentful token", ["contentful"], r"[A-Za-z0-9_\-]{43}",
        good: [
            "CONTENTFUL_DELIVERY_TOKEN=«<b64url:43>»", "\"contentfulAccessToken\": \"«<b64url:43>»\"",
            "export CONTENTFUL_DELIVERY_TOKEN='«<b64url:43>»'",
        ],
        near: [
            "CONTENTFUL_DELIVERY_TOKEN=<b64url:42>", "CONTENTFUL_DELIVERY_TOKEN=<b64url:44>",
            "CONTENTFUL_DELIVERY_TOKEN=$CONTENTFUL_DELIVERY_TOKEN",
        ];
    "datocms-token", "a DatoCMS token", ["datocms", "dato_api"], r"[0-9a-f]{30}",
        good: [
            "DATOCMS_API_TOKEN=«<hex:30>»", "\"datocmsApiToken\": \"«<hex:30>»\"",
            "export DATOCMS_API_TOKEN='«<hex:30>»'",
        ],
        near: ["DATOCMS_API_TOKEN=<hex:29>", "DATOCMS_API_TOKEN=<hex:31>", "DATOCMS_API_TOKEN=$DATOCMS_API_TOKEN"];
    "storyblok-token", "a Storyblok token", ["storyblok"], r"[A-Za-z0-9]{22}tt|[A-Za-z0-9]{24}",
        good: [
            "STORYBLOK_TOKEN=«<b62:22>tt»", "\"storyblokAccessToken\": \"«<b62:22>tt»\"",
            "export STORYBLOK_TOKEN='«<b62:22>tt»'",
        ],
        near: ["STORYBLOK_TOKEN=<b62:21>tt", "STORYBLOK_TOKEN=<b62:23>tt", "STORYBLOK_TOKEN=$STORYBLOK_TOKEN"];
    "beamer-key", "a Beamer key", ["beamer"], r"b_[A-Za-z0-9_=\-]{44}",
        good: [
            "BEAMER_API_KEY=«b_<b64url:44>»", "\"beamerApiKey\": \"«b_<b64url:44>»\"",
            "export BEAMER_API_KEY='«b_<b64url:44>»'",
        ],
        near: ["BEAMER_API_KEY=b_<b64url:43>", "BEAMER_API_KEY=b_<b64url:45>", "BEAMER_API_KEY=$BEAMER_API_KEY"];
    "looker-secret", "a Looker client secret", ["looker"], r"[A-Za-z0-9]{24}",
        good: [
            "LOOKERSDK_CLIENT_SECRET=«<b62:24>»", "\"lookerClientSecret\": \"«<b62:24>»\"",
            "export LOOKERSDK_CLIENT_SECRET='«<b62:24>»'",
        ],
        near: [
            "LOOKERSDK_CLIENT_SECRET=<b62:23>", "LOOKERSDK_CLIENT_SECRET=<b62:25>",
            "LOOKERSDK_CLIENT_SECRET=$LOOKERSDK_CLIENT_SECRET",
        ];
    "squarespace-key", "a Squarespace key", ["squarespace"], r"<uuid>",
        good: [
            "SQUARESPACE_API_KEY=«<uuid>»", "\"squarespaceApiKey\": \"«<uuid>»\"",
            "export SQUARESPACE_API_KEY='«<uuid>»'",
        ],
        near: ["SQUARESPACE_API_KEY=<hex:31>", "SQUARESPACE_API_KEY=$SQUARESPACE_API_KEY"];
    "etsy-key", "an Etsy key", ["etsy"], r"[a-z0-9]{24}",
        good: ["ETSY_API_KEY=«<b36:24>»", "\"etsyApiKey\": \"«<b36:24>»\"", "export ETSY_API_KEY='«<b36:24>»'"],
        near: ["ETSY_API_KEY=<b36:23>", "ETSY_API_KEY=<b36:25>", "ETSY_API_KEY=$ETSY_API_KEY"];
    "nytimes-key", "a New York Times key", ["nytimes", "nyt_api", "newyorktimes", "new-york-times"], r"[A-Za-z0-9]{32}",
        good: [
            "NYTIMES_API_KEY=«<b62:32>»", "\"nytimesApiKey\": \"«<b62:32>»\"", "export NYTIMES_API_KEY='«<b62:32>»'",
        ],
        near: ["NYTIMES_API_KEY=<b62:31>", "NYTIMES_API_KEY=<b62:33>", "NYTIMES_API_KEY=$NYTIMES_API_KEY"];
    "lokalise-token", "a Lokalise token", ["lokalise"], r"[0-9a-f]{40}",
        good: [
            "LOKALISE_API_TOKEN=«<hex:40>»", "\"lokaliseApiToken\": \"«<hex:40>»\"",
            "export LOKALISE_API_TOKEN='«<hex:40>»'",
        ],
        near: ["LOKALISE_API_TOKEN=<hex:39>", "LOKALISE_API_TOKEN=<hex:41>", "LOKALISE_API_TOKEN=$LOKALISE_API_TOKEN"];
    "crowdin-token", "a Crowdin token", ["crowdin"], r"[0-9a-f]{80}",
        good: [
            "CROWDIN_PERSONAL_TOKEN=«<hex:80>»", "\"crowdinApiToken\": \"«<hex:80>»\"",
            "export CROWDIN_PERSONAL_TOKEN='«<hex:80>»'",
        ],
        near: [
            "CROWDIN_PERSONAL_TOKEN=<hex:79>", "CROWDIN_PERSONAL_TOKEN=<hex:81>",
            "CROWDIN_PERSONAL_TOKEN=$CROWDIN_PERSONAL_TOKEN",
        ];
    "phrase-token", "a Phrase token", ["phraseapp", "phrase_access", "phrase_api"], r"[0-9a-f]{64}",
        good: [
            "PHRASE_ACCESS_TOKEN=«<hex:64>»", "\"phraseappAccessToken\": \"«<hex:64>»\"",
            "export PHRASE_ACCESS_TOKEN='«<hex:64>»'",
        ],
        near: [
            "PHRASE_ACCESS_TOKEN=<hex:63>", "PHRASE_ACCESS_TOKEN=<hex:65>", "PHRASE_ACCESS_TOKEN=$PHRASE_ACCESS_TOKEN",
        ];
    "shortcut-token", "a Shortcut token", ["shortcut_api", "shortcut-token", "clubhouse_api", "shortcuttoken"],
        r"<uuid>",
        good: [
            "SHORTCUT_API_TOKEN=«<uuid>»", "\"shortcutToken\": \"«<uuid>»\"", "export SHORTCUT_API_TOKEN='«<uuid>»'",
        ],
        near: ["SHORTCUT_API_TOKEN=<hex:31>", "SHORTCUT_API_TOKEN=$SHORTCUT_API_TOKEN"];
    "webflow-token", "a Webflow token", ["webflow"], r"[0-9a-f]{64}",
        good: [
            "WEBFLOW_API_TOKEN=«<hex:64>»", "\"webflowApiToken\": \"«<hex:64>»\"",
            "export WEBFLOW_API_TOKEN='«<hex:64>»'",
        ],
        near: ["WEBFLOW_API_TOKEN=<hex:63>", "WEBFLOW_API_TOKEN=<hex:65>", "WEBFLOW_API_TOKEN=$WEBFLOW_API_TOKEN"];
    "privateai-key", "a Private AI key", ["privateai", "private_ai"], r"[a-z0-9]{32}",
        good: [
            "PRIVATEAI_API_KEY=«<b36:32>»", "\"privateaiApiKey\": \"«<b36:32>»\"",
            "export PRIVATEAI_API_KEY='«<b36:32>»'",
        ],
        near: ["PRIVATEAI_API_KEY=<b36:31>", "PRIVATEAI_API_KEY=<b36:33>", "PRIVATEAI_API_KEY=$PRIVATEAI_API_KEY"];
    "deepgram-key", "a Deepgram key", ["deepgram"], r"[0-9a-f]{40}",
        good: [
            "DEEPGRAM_API_KEY=«<hex:40>»", "\"deepgramApiKey\": \"«<hex:40>»\"", "export DEEPGRAM_API_KEY='«<hex:40>»'",
        ],
        near: ["DEEPGRAM_API_KEY=<hex:39>", "DEEPGRAM_API_KEY=<hex:41>", "DEEPGRAM_API_KEY=$DEEPGRAM_API_KEY"];
    "assemblyai-key", "an AssemblyAI key", ["assemblyai", "assembly_ai"], r"[0-9a-f]{32}",
        good: [
            "ASSEMBLYAI_API_KEY=«<hex:32>»", "\"assemblyaiApiKey\": \"«<hex:32>»\"",
            "export ASSEMBLYAI_API_KEY='«<hex:32>»'",
        ],
        near: ["ASSEMBLYAI_API_KEY=<hex:31>", "ASSEMBLYAI_API_KEY=<hex:33>", "ASSEMBLYAI_API_KEY=$ASSEMBLYAI_API_KEY"];
    "mistral-key", "a Mistral key", ["mistral"], r"[A-Za-z0-9]{32}",
        good: [
            "MISTRAL_API_KEY=«<b62:32>»", "\"mistralApiKey\": \"«<b62:32>»\"", "export MISTRAL_API_KEY='«<b62:32>»'",
        ],
        near: ["MISTRAL_API_KEY=<b62:31>", "MISTRAL_API_KEY=<b62:33>", "MISTRAL_API_KEY=$MISTRAL_API_KEY"];
    "cohere-key", "a Cohere key", ["cohere", "co_api_key"], r"[A-Za-z0-9]{40}",
        good: ["COHERE_API_KEY=«<b62:40>»", "\"cohereApiKey\": \"«<b62:40>»\"", "export COHERE_API_KEY='«<b62:40>»'"],
        near: ["COHERE_API_KEY=<b62:39>", "COHERE_API_KEY=<b62:41>", "COHERE_API_KEY=$COHERE_API_KEY"];
    "deepseek-key", "a DeepSeek key", ["deepseek"], r"sk-[0-9a-f]{32}",
        good: [
            "DEEPSEEK_API_KEY=«sk-<hex:32>»", "\"deepseekApiKey\": \"«sk-<hex:32>»\"",
            "export DEEPSEEK_API_KEY='«sk-<hex:32>»'",
        ],
        near: ["DEEPSEEK_API_KEY=sk-<hex:31>", "DEEPSEEK_API_KEY=sk-<hex:33>", "DEEPSEEK_API_KEY=$DEEPSEEK_API_KEY"];
    "dashscope-key", "a DashScope or Moonshot key", ["dashscope", "moonshot", "qwen_api"],
        r"sk-(?:[0-9a-f]{32}|[A-Za-z0-9]{48})",
        good: [
            "DASHSCOPE_API_KEY=«sk-<hex:32>»", "\"moonshotApiKey\": \"«sk-<b62:48>»\"",
            "export DASHSCOPE_API_KEY='«sk-<hex:32>»'", "DASHSCOPE_API_KEY: «sk-<b62:48>»",
        ],
        near: [
            "DASHSCOPE_API_KEY=sk-<hex:31>", "DASHSCOPE_API_KEY=sk-<hex:33>", "DASHSCOPE_API_KEY=$DASHSCOPE_API_KEY",
        ];
    "wandb-legacy-key", "a Weights & Biases key", ["wandb"], r"[0-9a-f]{40}",
        good: ["WANDB_API_KEY=«<hex:40>»", "\"wandbApiKey\": \"«<hex:40>»\"", "export WANDB_API_KEY='«<hex:40>»'"],
        near: ["WANDB_API_KEY=<hex:39>", "WANDB_API_KEY=<hex:41>", "WANDB_API_KEY=$WANDB_API_KEY"];
    "stability-key", "a Stability AI key", ["stability_api", "stabilityai", "stability_key"], r"sk-[A-Za-z0-9]{48}",
        good: [
            "STABILITY_API_KEY=«sk-<b62:48>»", "\"stabilityaiApiKey\": \"«sk-<b62:48>»\"",
            "export STABILITY_API_KEY='«sk-<b62:48>»'",
        ],
        near: [
            "STABILITY_API_KEY=sk-<b62:47>", "STABILITY_API_KEY=sk-<b62:49>", "STABILITY_API_KEY=$STABILITY_API_KEY",
        ];
    "box-secret", "a Box client secret", ["box_client", "boxclient", "box_app_secret", "box_developer"], r"[A-Za-z0-9]{32}",
        good: ["BOX_CLIENT_SECRET=«<b62:32>»", "\"boxClientSecret\": \"«<b62:32>»\""],
        near: ["BOX_CLIENT_SECRET=<b62:31>", "BOX_CLIENT_ID=<b62:32>"];
    "twitch-secret", "a Twitch secret", ["twitch"], r"[a-z0-9]{30}",
        good: ["TWITCH_CLIENT_SECRET=«<b36:30>»", "\"twitchOauthToken\": \"«<b36:30>»\""],
        near: ["TWITCH_CLIENT_SECRET=<b36:29>", "TWITCH_CLIENT_ID=<b36:30>"];
    "scrapingbee-key", "a ScrapingBee key", ["scrapingbee", "scraping_bee"], r"[A-Z0-9]{80}",
        good: ["SCRAPINGBEE_API_KEY=«<B36:80>»", "\"scrapingbeeApiKey\": \"«<B36:80>»\""],
        near: ["SCRAPINGBEE_API_KEY=<B36:79>", "SCRAPINGBEE_API_KEY=<B36:81>"];
    "docusign-secret", "a DocuSign secret key", ["docusign"], r"<uuid>",
        good: ["DOCUSIGN_SECRET_KEY=«<uuid>»", "\"docusignClientSecret\": \"«<uuid>»\""],
        near: ["DOCUSIGN_INTEGRATION_ID=<uuid>", "DOCUSIGN_SECRET_KEY=<hex:32>"];
    "spotify-secret", "a Spotify client secret", ["spotify"], r"[0-9a-f]{32}",
        good: ["SPOTIFY_CLIENT_SECRET=«<hex:32>»", "\"spotifyClientSecret\": \"«<hex:32>»\""],
        near: ["SPOTIFY_CLIENT_SECRET=<hex:31>", "SPOTIFY_CLIENT_ID=<hex:32>"];
}
