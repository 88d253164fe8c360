//! Chat, mail, telephony, support, marketing.

rules! {
    // Slack: "Token types" and "Sending messages using incoming webhooks".
    "slack-token", "a Slack token", ["xoxb-", "xoxp-", "xoxa-", "xoxr-", "xoxs-", "xoxo-", "xoxc-", "xoxe-"],
        r"xox[bparsoce]-(?:[0-9]-)?[A-Za-z0-9\-]{20,260}", check: super::allowlist::has_numbers,
        good: ["xoxb-<d:12>-<d:13>-<b62:24>", "xoxp-<d:12>-<d:12>-<d:13>-<hex:32>", "xoxe-1-<b62:140>"],
        near: [
            "xoxb-<d:10>", "xoxz-<d:12>-<d:12>-<b62:24>", concat!("xoxb-", "not-a-real-token-this-will-not-work-your"),
        ];
    "slack-rotated-token", "a Slack token", ["xoxe.xoxb-", "xoxe.xoxp-"], r"xoxe\.xox[bp]-[0-9]-[A-Za-z0-9]{140,200}",
        good: ["xoxe.xoxb-1-<b62:163>", "xoxe.xoxp-1-<b62:166>"],
        near: ["xoxe.xoxb-1-<b62:10>", "xoxe.xoxz-1-<b62:163>"];
    "slack-app-token", "a Slack app-level token", ["xapp-"], r"xapp-[0-9]-[A-Z0-9]{9,13}-[0-9]{10,16}-[a-z0-9]{56,64}",
        good: ["xapp-1-A<B36:10>-<d:13>-<hex:64>", "xapp-1-A<B36:8>-<d:12>-<hex:64>"],
        near: ["xapp-1-A<B36:10>-<d:13>-<hex:55>", "xapp-config"];
    "slack-cookie", "a Slack session cookie", ["xoxd-"], r"xoxd-(?:[A-Za-z0-9_\-+/=]|%2[BbFf]|%3[Dd]){40,}",
        good: ["xoxd-<b62:80>%2F<b62:60>%3D", "xoxd-<b64:120>"],
        near: ["xoxd-<b62:20>", "xoxd-"];
    "slack-webhook", "a Slack webhook", ["hooks.slack.com"],
        r"hooks\.slack(?:-gov)?\.com(?:\\?/|%2F)(?:services|workflows|triggers)(?:\\?/|%2F)([A-Z0-9]{8,13}(?:\\?/|%2F)[A-Za-z0-9]{8,20}(?:\\?/|%2F)[A-Za-z0-9/]{20,60}|[A-Za-z0-9]{40,60})",
        good: [
            "https://hooks.slack.com/services/«T<B36:10>/B<B36:10>/<b62:24>»",
            "https://hooks.slack.com/triggers/«T<B36:8>/<d:13>/<hex:32>»",
            "https:\\/\\/hooks.slack.com\\/services\\/«T<B36:8>\\/B<B36:10>\\/<b62:24>»",
        ],
        near: [
            "https://hooks.slack.com/services/T<B36:10>/B<B36:10>",
            concat!("https://hooks.slack.com/services/T00000000/B00000000/", "XXXXXXXXXXXXXXXXXXXXXXXX"),
        ];
    // Discord: "Webhook resource"; a bot's token begins with its number in base64.
    "discord-webhook", "a Discord webhook", ["discord.com/api/", "discordapp.com/api/"],
        r"discord(?:app)?\.com/api/(?:v[0-9]{1,2}/)?webhooks/([0-9]{17,20}/[A-Za-z0-9_\-]{60,90})", free: true,
        good: [
            "https://discord.com/api/webhooks/«<d:19>/<b64url:68>»",
            "https://ptb.discord.com/api/v10/webhooks/«<d:18>/<b64url:68>»",
        ],
        near: ["https://discord.com/api/webhooks/<d:19>", "https://discord.com/api/channels/<d:19>/messages"];
    "discord-token", "a Discord token",
        // The number of the account, in base64.
        [
            "MTA", "MTE", "MTI", "MTM", "MTQ", "MTU", "MTY", "MTc", "MTg", "MTk",
            "MjA", "MjE", "MjI", "MjM", "MjQ", "MjU", "MjY", "Mjc", "Mjg", "Mjk",
            "MzA", "MzE", "MzI", "MzM", "MzQ", "MzU", "MzY", "Mzc", "Mzg", "Mzk",
            "NDA", "NDE", "NDI", "NDM", "NDQ", "NDU", "NDY", "NDc", "NDg", "NDk",
            "NTA", "NTE", "NTI", "NTM", "NTQ", "NTU", "NTY", "NTc", "NTg", "NTk",
            "NjA", "NjE", "NjI", "NjM", "NjQ", "NjU", "NjY", "Njc", "Njg", "Njk",
            "NzA", "NzE", "NzI", "NzM", "NzQ", "NzU", "NzY", "Nzc", "Nzg", "Nzk",
            "ODA", "ODE", "ODI", "ODM", "ODQ", "ODU", "ODY", "ODc", "ODg", "ODk",
            "OTA", "OTE", "OTI", "OTM", "OTQ", "OTU", "OTY", "OTc", "OTg", "OTk",
        ],
        r"[MNO][A-Za-z0-9]{17,27}={0,2}\.[A-Za-z0-9_\-]{6}\.[A-Za-z0-9_\-]{27,40}",
        run: 18, check: super::checksum::names_an_account,
        good: ["<discord>.<b62:6>.<b64url:27>", "<discord>.<b62:6>.<b64url:38>"],
        near: ["<b62:24>.<b62:6>.<b64url:20>", "<discord>.<b62:5>.<b64url:38>"];
    "discord-bot-token", "a Discord bot token",
        [
            "Bot MT", "Bot Mj", "Bot Mz", "Bot ND", "Bot NT", "Bot Nj", "Bot Nz", "Bot OD", "Bot OT", "DISCORD_TOKEN",
            "DISCORD_BOT_TOKEN", "discord_token", "discordToken",
        ],
        r#"(?:Bot |(?:DISCORD|discord)_?(?:BOT_|bot_|Bot)?(?:TOKEN|[Tt]oken)\\?["']?\s*[:=]\s*\\?["']?)([MNO][A-Za-z0-9_\-]{23,27}\.[A-Za-z0-9_\-]{6}\.[A-Za-z0-9_\-]{27,38})"#,
        free: true,
        good: [
            "Authorization: Bot «MTk<b62:23>.<b62:6>.<b64url:38>»", "DISCORD_TOKEN=«ODk<b62:21>.<b62:6>.<b64url:27>»",
        ],
        near: ["Authorization: Bot MTk<b62:23>.<b62:5>.<b64url:38>", "DISCORD_TOKEN=<b62:24>"];
    "teams-webhook", "a Microsoft Teams webhook", ["webhook.office.com/webhookb2/", "outlook.office.com/webhook/"],
        r"(?:webhook\.office\.com/webhookb2|outlook\.office\.com/webhook)/([0-9a-f\-]{36}@[0-9a-f\-]{36}/IncomingWebhook/[0-9a-f]{32}/[0-9a-f\-]{36}(?:/[A-Za-z0-9_\-]{20,80})?)",
        free: true,
        good: [
            "https://acme.webhook.office.com/webhookb2/«<uuid>@<uuid>/IncomingWebhook/<hex:32>/<uuid>»",
            "https://outlook.office.com/webhook/«<uuid>@<uuid>/IncomingWebhook/<hex:32>/<uuid>»",
            "https://acme.webhook.office.com/webhookb2/«<uuid>@<uuid>/IncomingWebhook/<hex:32>/<uuid>/V2<b64url:40>»",
        ],
        near: [
            "https://acme.webhook.office.com/webhookb2/<uuid>@<uuid>",
            "https://acme.webhook.office.com/webhookb2/<uuid>@<uuid>/IncomingWebhook/<hex:31>/<uuid>",
        ];
    "logic-apps-webhook", "a Power Automate or Logic Apps webhook", [".logic.azure.com", ".powerplatform.com"],
        r"\.(?:logic\.azure|powerplatform)\.com(?::443)?/[A-Za-z0-9_/\-.%?=&]{20,}sig=([A-Za-z0-9_\-]{43})", free: true,
        good: [
            "https://prod-12.westeurope.logic.azure.com:443/workflows/<hex:32>/triggers/manual/paths/invoke?api-version=2016-06-01&sp=%2Ftriggers%2Fmanual%2Frun&sv=1.0&sig=«<b64url:43>»",
            "https://default<hex:32>.07.environment.api.powerplatform.com:443/powerautomate/automations/direct/workflows/<hex:32>/triggers/manual/paths/invoke?api-version=1&sp=%2Ftriggers%2Fmanual%2Frun&sv=1.0&sig=«<b64url:43>»",
        ],
        near: [
            "https://prod-12.westeurope.logic.azure.com:443/workflows/<hex:32>/triggers/manual/paths/invoke?api-version=2016-06-01",
            "https://acme.logic.azure.com/x?sig=<b62:43>",
        ];
    "google-chat-webhook", "a Google Chat webhook", ["chat.googleapis.com/v1/spaces/"],
        r"chat\.googleapis\.com/v1/spaces/([A-Za-z0-9_\-]{8,24}/messages\?key=[A-Za-z0-9_\-]{39}&(?:amp;)?token=[A-Za-z0-9_\-%]{36,80})",
        good: [
            "https://chat.googleapis.com/v1/spaces/«<b62:11>/messages?key=AIza<b64url:35>&token=<b64url:43>%3D»",
            "https://chat.googleapis.com/v1/spaces/«<b62:11>/messages?key=AIza<b64url:35>&token=<b64url:43>»",
        ],
        near: [
            "https://chat.googleapis.com/v1/spaces/<b62:11>/messages",
            "https://chat.googleapis.com/v1/spaces/<b62:11>/messages?key=$KEY",
        ];
    // Telegram: "Bot API", authorizing your bot.
    "telegram-token", "a Telegram bot token", [":AA"],
        r"[0-9]{8,10}:AA[A-Za-z0-9_\-]{33}", back: 10, over: |byte| byte.is_ascii_digit(), free: true,
        good: ["<d:10>:AA<b64url:33>", "https://api.telegram.org/bot«<d:9>:AA<b64url:33>»/sendMessage"],
        near: ["<d:7>:AA<b64url:33>", "<d:11>:AA<b64url:33>", "<d:10>:AA<b64url:32>", "<d:10>:AA<b64url:34>"];
    "telegram-named-token", "a Telegram bot token", ["telegram", "Telegram", "TELEGRAM"],
        r"(?i:telegram)[^\n]{0,60}?[^0-9]([0-9]{5,16}:A[A-Za-z0-9_\-]{33,35})", free: true,
        good: ["telegram bot: «<d:8>:A<b62:34>»", "TELEGRAM_TOKEN=«<d:9>:Ab<b62:33>»"],
        near: ["telegram bot: <d:8>:A<b62:20>", "telegram: 12:30 Aug"];
    "pubnub-secret-key", "a PubNub secret key", ["sec-c-"], r"sec-c-[A-Za-z0-9+/]{44,52}={0,2}",
        good: ["sec-c-<b64:48>", "secretKey: \"«sec-c-<b64:48>»\""],
        near: ["sec-c-<b62:30>", "sec-c-"];
    "pubnub-key", "a PubNub publish or subscribe key", ["pub-c-", "sub-c-"],
        r"(?:pub|sub)-c-[0-9a-z]{8}-[0-9a-z]{4}-[0-9a-z]{4}-[0-9a-z]{4}-[0-9a-z]{12}",
        good: ["pub-c-<uuid>", "subscribeKey: \"«sub-c-<uuid>»\""],
        near: ["pub-c-<hex:20>", "sub-c-"];
    // Twilio: "API keys"; an account's number (AC) is not secret.
    "twilio-key", "a Twilio API key",
        [
            "SK0", "SK1", "SK2", "SK3", "SK4", "SK5", "SK6", "SK7", "SK8", "SK9", "SKa", "SKb", "SKc", "SKd", "SKe",
            "SKf", "SKA", "SKB", "SKC", "SKD", "SKE", "SKF",
        ],
        r"SK(?:[0-9a-f]{32}|[0-9A-F]{32})",
        good: ["SK<hex:32>", "SKa<hex:31>"],
        near: ["SK<hex:31>", "SK<hex:33>", "AC<hex:32>", "SK<HEX:32>Z"];
    "sendgrid-key", "a SendGrid key", ["SG."], r"SG\.[A-Za-z0-9_\-]{22}\.[A-Za-z0-9_\-]{43}",
        good: ["SG.<b64url:22>.<b64url:43>", "SG.<b62:22>.<b62:43>"],
        near: ["SG.<b64url:21>.<b64url:43>", "SG.<b64url:22>.<b64url:44>", "sg.<b64url:22>.<b64url:43>"];
    "mailgun-key", "a Mailgun key", ["key-"], r"key-[0-9a-f]{32}",
        good: ["key-<hex:32>", "api:«key-<hex:32>»"],
        near: ["key-<hex:31>", "key-<hex:33>", "pubkey-<hex:32>"];
    "mailchimp-key", "a Mailchimp key", ["-us"],
        r"[0-9a-f]{32}-us[0-9]{1,2}", back: 32, over: |byte| byte.is_ascii_digit() || (b'a'..=b'f').contains(&byte),
        good: ["<hex:32>-us12", "<hex:32>-us6"],
        near: ["<hex:31>-us12", "<hex:33>-us12", "<hex:32>-us-east-1", "us-east-1-us2"];
    "mandrill-key", "a Mailchimp Transactional key", ["md-"], r"md-[A-Za-z0-9_\-]{22}", check: super::allowlist::is_random,
        good: ["md-<b62:22>", "md-<b62:21>9"],
        near: ["md-<b62:21>", "md-<b62:23>"];
    "brevo-key", "a Brevo key", ["xkeysib-", "xsmtpsib-"], r"x(?:key|smtp)sib-[a-f0-9]{64}-[A-Za-z0-9]{16}",
        good: ["xkeysib-<hex:64>-<b62:16>", "xsmtpsib-<hex:64>-<b62:16>"],
        near: ["xkeysib-<hex:63>-<b62:16>", "xkeysib-<hex:64>-<b62:15>"];
    "resend-key", "a Resend key", ["re_"], r"re_[A-Za-z0-9]{8,9}_[A-Za-z0-9]{24}",
        good: ["re_<b62:8>_<b62:24>", "re_<b62:9>_<b62:24>"],
        near: ["re_<b62:8>_<b62:23>", "re_release_pipeline"];
    "mailersend-token", "a MailerSend token", ["mlsn."], r"mlsn\.[a-f0-9]{64}",
        good: ["mlsn.<hex:64>", "mlsn.f<hex:63>"],
        near: ["mlsn.<hex:63>", "mlsn.<hex:65>"];
    "mailjet-credentials", "a Mailjet key with its secret", ["in-v3.mailjet.com"],
        r"in-v3\.mailjet\.com[^\n]{0,80}?\b([0-9a-f]{32}:[0-9a-f]{32})\b",
        good: ["smtp://in-v3.mailjet.com:587 user «<hex:32>:<hex:32>»", "in-v3.mailjet.com,«<hex:32>:<hex:32>»"],
        near: ["in-v3.mailjet.com:587", "in-v3.mailjet.com <hex:32>"];
    "smtp-address", "an SMTP address with its password", ["smtp://", "smtps://"],
        r"smtps?://[A-Za-z0-9_.%+\-]{1,80}:([^\s:@/\x22'<>\\${}]{6,120})@[A-Za-z0-9]", free: true,
        good: ["smtp://alerts%40acme.io:«<b62:16>»@mail.acme.io:587", "smtps://alerts:«<b62:12>!x»@mail.acme.io"],
        near: ["smtp://mail.acme.io:587", "smtp://alerts:${PASSWORD}@mail.acme.io"];
    "onesignal-key", "a OneSignal key", ["os_v2_"], r"os_v2_(?:app|org)_[a-z2-7]{103}",
        good: ["os_v2_app_<b32:103>", "os_v2_org_<b32:103>"],
        near: ["os_v2_app_<b32:102>", "os_v2_app_<b32:104>"];
    "intercom-token", "an Intercom access token", ["dG9rO"], r"dG9rO[A-Za-z0-9+/]{50,70}=",
        good: ["dG9rO<b64:54>=", "dG9rO<b62:58>="],
        near: ["dG9rO<b64:40>=", "dG9rO<b64:54>"];
    // HubSpot: private app tokens name their region; the developer's keys too.
    "hubspot-token", "a HubSpot private app token", ["pat-na", "pat-eu", "pat-ap"], r"pat-(?:na|eu|ap)[0-9]-<uuid>",
        good: ["pat-na1-<uuid>", "pat-eu1-<uuid>"],
        near: ["pat-na1-<hex:32>", "pat-xx1-<uuid>"];
    "courier-key", "a Courier key", ["pk_prod_", "pk_test_"], r"pk_(?:prod|test)_[A-Z0-9]{28}",
        good: ["pk_prod_<B36:28>", "pk_test_<B36:28>"],
        near: ["pk_prod_<B36:27>", "pk_prod_<B36:29>"];
    "svix-token", "a Svix token", ["testsk_"], r"testsk_[A-Za-z0-9_\-]{32,40}(?:\.[a-z]{2,4})?",
        good: ["testsk_<b62:32>.eu", "testsk_<b62:32>"],
        near: ["testsk_<b62:31>", "testsk_"];
    "mattermost-webhook", "a Mattermost or Rocket.Chat webhook", ["/hooks/"],
        r"/hooks/([a-z0-9]{26}|[A-Za-z0-9]{17,24}/[A-Za-z0-9]{40,70})", free: true,
        good: ["https://chat.acme.io/hooks/«<b36:26>»", "https://chat.acme.io/hooks/«<hex:24>/<b62:60>»"],
        near: ["https://chat.acme.io/hooks/<b36:25>", "https://chat.acme.io/hooks/<b36:27>", ".git/hooks/pre-commit"];
    "webex-webhook", "a Webex webhook", ["webexapis.com/v1/webhooks/incoming/"],
        r"webexapis\.com/v1/webhooks/incoming/([A-Za-z0-9_\-]{60,100})", free: true,
        good: [
            "https://webexapis.com/v1/webhooks/incoming/«<b64url:76>»",
            "https://webexapis.com/v1/webhooks/incoming/«<b62:80>»",
        ],
        near: ["https://webexapis.com/v1/webhooks/incoming/<b62:20>", "https://webexapis.com/v1/webhooks"];
    "webex-bot-token", "a Webex access token", ["_PF84_", "_PE93_", "_PC75_"],
        r"[A-Za-z0-9]{64}_P[A-F][0-9]{2}_<uuid>", back: 64,
        good: ["<b62:64>_PF84_<uuid>", "<b62:64>_PE93_<uuid>"],
        near: ["<b62:63>_PF84_<uuid>", "<b62:64>_PF84_<hex:32>"];
    "lark-webhook", "a Lark webhook", ["/open-apis/bot/"],
        r"/open-apis/bot/(?:v2/)?hook/(<uuid>|[0-9a-f]{32})", free: true,
        good: [
            "https://open.feishu.cn/open-apis/bot/v2/hook/«<uuid>»",
            "https://open.larksuite.com/open-apis/bot/hook/«<hex:32>»",
        ],
        near: [
            "https://open.feishu.cn/open-apis/bot/v2/hook/", "https://open.feishu.cn/open-apis/bot/v2/hook/<hex:31>",
        ];
    "dingtalk-webhook", "a DingTalk webhook", ["oapi.dingtalk.com/robot/send"],
        r"oapi\.dingtalk\.com/robot/send\?access_token=([0-9a-f]{64})",
        good: [
            "https://oapi.dingtalk.com/robot/send?access_token=«<hex:64>»",
            "oapi.dingtalk.com/robot/send?access_token=«<hex:64>»",
        ],
        near: ["https://oapi.dingtalk.com/robot/send?access_token=<hex:63>", "https://oapi.dingtalk.com/robot/send"];
    "wecom-webhook", "a WeCom webhook", ["qyapi.weixin.qq.com/cgi-bin/webhook/send"],
        r"qyapi\.weixin\.qq\.com/cgi-bin/webhook/send\?key=(<uuid>)",
        good: [
            "https://qyapi.weixin.qq.com/cgi-bin/webhook/send?key=«<uuid>»",
            "qyapi.weixin.qq.com/cgi-bin/webhook/send?key=«<uuid>»",
        ],
        near: [
            "https://qyapi.weixin.qq.com/cgi-bin/webhook/send?key=<hex:32>",
            "https://qyapi.weixin.qq.com/cgi-bin/webhook/send",
        ];
    "zapier-webhook", "a Zapier webhook", ["hooks.zapier.com/hooks/catch/"],
        r"hooks\.zapier\.com/hooks/catch/([0-9]{5,10}/[a-z0-9]{6,10})",
        good: [
            "https://hooks.zapier.com/hooks/catch/«<d:8>/<b36:7>»/",
            "https://hooks.zapier.com/hooks/catch/«<d:7>/<b36:8>»",
        ],
        near: ["https://hooks.zapier.com/hooks/catch/<d:8>", "https://hooks.zapier.com/hooks/"];
    "ifttt-webhook", "an IFTTT webhook", ["maker.ifttt.com/trigger/"],
        r"maker\.ifttt\.com/trigger/[A-Za-z0-9_\-]{1,60}/(?:json/)?with/key/([A-Za-z0-9_\-]{20,64})",
        good: [
            "https://maker.ifttt.com/trigger/deployed/with/key/«<b64url:43>»",
            "https://maker.ifttt.com/trigger/deployed/json/with/key/«<b62:22>»",
        ],
        near: [
            "https://maker.ifttt.com/trigger/deployed/with/key/<b62:10>", "https://maker.ifttt.com/trigger/deployed",
        ];
    "make-webhook", "a Make webhook", [".make.com/", ".integromat.com/"],
        r"hooks?\.(?:[a-z0-9]{2,4}\.)?(?:make|integromat)\.com/([a-z0-9]{32})",
        back: 9, over: |byte| byte.is_ascii_alphanumeric() || byte == b'.',
        good: ["https://hook.eu1.make.com/«<b36:32>»", "https://hook.us1.make.com/«<b36:32>»"],
        near: ["https://hook.eu1.make.com/<b36:31>", "https://www.make.com/en/integrations"];
}
