//! Chat, mail, telephony and support whose tokens are recognised only by name.

keyword_rules! {
    "twilio-token", "a Twilio auth token", ["twilio"], r"[0-9a-f]{32}",
        good: [
            "TWILIO_AUTH_TOKEN=«<hex:32>»", "\"twilioAuthToken\": \"«<hex:32>»\"",
            "export TWILIO_AUTH_TOKEN='«<hex:32>»'",
        ],
        near: [
            "TWILIO_AUTH_TOKEN=<hex:31>", "TWILIO_AUTH_TOKEN=<hex:33>", "TWILIO_AUTH_TOKEN=$TWILIO_AUTH_TOKEN",
            "TWILIO_ACCOUNT_SID=AC<hex:32>",
        ];
    "mailgun-legacy-key", "a Mailgun key", ["mailgun"], r"[0-9a-f]{32}-[0-9a-f]{8}-[0-9a-f]{8}|[0-9a-f]{32}",
        good: [
            "MAILGUN_API_KEY=«<hex:32>»", "\"mailgunApiKey\": \"«<hex:32>-<hex:8>-<hex:8>»\"",
            "export MAILGUN_API_KEY='«<hex:32>»'", "MAILGUN_API_KEY: «<hex:32>-<hex:8>-<hex:8>»",
        ],
        near: ["MAILGUN_API_KEY=<hex:31>", "MAILGUN_API_KEY=<hex:33>", "MAILGUN_API_KEY=$MAILGUN_API_KEY"];
    "postmark-token", "a Postmark token", ["postmark"], r"<uuid>",
        good: [
            "POSTMARK_SERVER_TOKEN=«<uuid>»", "\"X-Postmark-Server-Token\": \"«<uuid>»\"",
            "export POSTMARK_SERVER_TOKEN='«<uuid>»'",
        ],
        near: ["POSTMARK_SERVER_TOKEN=<hex:31>", "POSTMARK_SERVER_TOKEN=$POSTMARK_SERVER_TOKEN"];
    "sparkpost-key", "a SparkPost key", ["sparkpost"], r"[0-9a-f]{40}",
        good: [
            "SPARKPOST_API_KEY=«<hex:40>»", "\"sparkpostApiKey\": \"«<hex:40>»\"",
            "export SPARKPOST_API_KEY='«<hex:40>»'",
        ],
        near: ["SPARKPOST_API_KEY=<hex:39>", "SPARKPOST_API_KEY=<hex:41>", "SPARKPOST_API_KEY=$SPARKPOST_API_KEY"];
    "vonage-secret", "a Vonage secret", ["vonage", "nexmo"], r"[A-Za-z0-9]{16}",
        good: [
            "VONAGE_API_SECRET=«<b62:16>»", "\"nexmoApiSecret\": \"«<b62:16>»\"",
            "export VONAGE_API_SECRET='«<b62:16>»'",
        ],
        near: ["VONAGE_API_SECRET=<b62:15>", "VONAGE_API_SECRET=<b62:17>", "VONAGE_API_SECRET=$VONAGE_API_SECRET"];
    "messagebird-client-key", "the id or secret of a MessageBird OAuth client",
        ["messagebirdclientid", "messagebird_client_id", "messagebird-client-id", "messagebirdclientsecret", "messagebird_client_secret"],
        r"<uuid>",
        good: ["MESSAGEBIRD_CLIENT_ID=«<uuid>»", "MESSAGEBIRD_CLIENT_SECRET=«<uuid>»", "messagebirdClientId: '«<uuid>»'"],
        near: ["MESSAGEBIRD_CLIENT_SECRET=<hex:31>", "MESSAGEBIRD_CLIENT_SECRET=$SECRET"];
    "messagebird-key", "a MessageBird key", ["messagebird", "message_bird"], r"[A-Za-z0-9]{25}",
        good: [
            "MESSAGEBIRD_ACCESS_KEY=«<b62:25>»", "\"messagebirdApiKey\": \"«<b62:25>»\"",
            "export MESSAGEBIRD_ACCESS_KEY='«<b62:25>»'",
        ],
        near: [
            "MESSAGEBIRD_ACCESS_KEY=<b62:24>", "MESSAGEBIRD_ACCESS_KEY=<b62:26>",
            "MESSAGEBIRD_ACCESS_KEY=$MESSAGEBIRD_ACCESS_KEY",
        ];
    "plivo-token", "a Plivo auth token", ["plivo"], r"[A-Za-z0-9]{40}",
        good: [
            "PLIVO_AUTH_TOKEN=«<b62:40>»", "\"plivoAuthToken\": \"«<b62:40>»\"", "export PLIVO_AUTH_TOKEN='«<b62:40>»'",
        ],
        near: ["PLIVO_AUTH_TOKEN=<b62:39>", "PLIVO_AUTH_TOKEN=<b62:41>", "PLIVO_AUTH_TOKEN=$PLIVO_AUTH_TOKEN"];
    "pushover-token", "a Pushover token", ["pushover"], r"[a-z0-9]{30}",
        good: ["PUSHOVER_TOKEN=«<b36:30>»", "\"pushoverToken\": \"«<b36:30>»\"", "export PUSHOVER_TOKEN='«<b36:30>»'"],
        near: ["PUSHOVER_TOKEN=<b36:29>", "PUSHOVER_TOKEN=<b36:31>", "PUSHOVER_TOKEN=$PUSHOVER_TOKEN"];
    "line-token", "a LINE Notify token", ["line_notify", "linenotify"], r"[A-Za-z0-9]{43}",
        good: [
            "LINE_NOTIFY_TOKEN=«<b62:43>»", "\"lineNotifyToken\": \"«<b62:43>»\"",
            "export LINE_NOTIFY_TOKEN='«<b62:43>»'",
        ],
        near: ["LINE_NOTIFY_TOKEN=<b62:42>", "LINE_NOTIFY_TOKEN=<b62:44>", "LINE_NOTIFY_TOKEN=$LINE_NOTIFY_TOKEN"];
    "viber-token", "a Viber bot token", ["viber"], r"[0-9a-f]{16}-[0-9a-f]{16}-[0-9a-f]{16}",
        good: [
            "VIBER_AUTH_TOKEN=«<hex:16>-<hex:16>-<hex:16>»", "\"X-Viber-Auth-Token\": \"«<hex:16>-<hex:16>-<hex:16>»\"",
            "export VIBER_AUTH_TOKEN='«<hex:16>-<hex:16>-<hex:16>»'",
        ],
        near: [
            "VIBER_AUTH_TOKEN=<hex:16>-<hex:16>-<hex:15>", "VIBER_AUTH_TOKEN=<hex:16>-<hex:16>-<hex:17>",
            "VIBER_AUTH_TOKEN=$VIBER_AUTH_TOKEN",
        ];
    "zoom-secret", "a Zoom secret", ["zoom_client_secret", "zoom_api_secret", "zoomclientsecret", "zoom_secret"],
        r"[A-Za-z0-9]{32}",
        good: [
            "ZOOM_CLIENT_SECRET=«<b62:32>»", "\"zoomClientSecret\": \"«<b62:32>»\"",
            "export ZOOM_CLIENT_SECRET='«<b62:32>»'",
        ],
        near: ["ZOOM_CLIENT_SECRET=<b62:31>", "ZOOM_CLIENT_SECRET=<b62:33>", "ZOOM_CLIENT_SECRET=$ZOOM_CLIENT_SECRET"];
    "mattermost-token", "a Mattermost token", ["mattermost"], r"[a-z0-9]{26}",
        good: [
            "MATTERMOST_TOKEN=«<b36:26>»", "\"mattermostToken\": \"«<b36:26>»\"",
            "export MATTERMOST_TOKEN='«<b36:26>»'",
        ],
        near: ["MATTERMOST_TOKEN=<b36:25>", "MATTERMOST_TOKEN=<b36:27>", "MATTERMOST_TOKEN=$MATTERMOST_TOKEN"];
    "rocketchat-token", "a Rocket.Chat token", ["rocketchat", "rocket_chat"], r"[A-Za-z0-9_\-]{43}",
        good: [
            "ROCKETCHAT_TOKEN=«<b64url:43>»", "\"rocketchatAuthToken\": \"«<b64url:43>»\"",
            "export ROCKETCHAT_TOKEN='«<b64url:43>»'",
        ],
        near: ["ROCKETCHAT_TOKEN=<b64url:42>", "ROCKETCHAT_TOKEN=<b64url:44>", "ROCKETCHAT_TOKEN=$ROCKETCHAT_TOKEN"];
    "discord-client-secret", "a Discord client secret", ["discord"], r"[A-Za-z0-9_\-]{32}",
        good: [
            "DISCORD_CLIENT_SECRET=«<b64url:32>»", "\"discordClientSecret\": \"«<b64url:32>»\"",
            "export DISCORD_CLIENT_SECRET='«<b64url:32>»'",
        ],
        near: [
            "DISCORD_CLIENT_SECRET=<b64url:31>", "DISCORD_CLIENT_SECRET=<b64url:33>",
            "DISCORD_CLIENT_SECRET=$DISCORD_CLIENT_SECRET",
        ];
    "slack-signing-secret", "a Slack signing or client secret", ["slack"], r"[0-9a-f]{32}",
        good: [
            "SLACK_SIGNING_SECRET=«<hex:32>»", "\"slackClientSecret\": \"«<hex:32>»\"",
            "export SLACK_SIGNING_SECRET='«<hex:32>»'",
        ],
        near: [
            "SLACK_SIGNING_SECRET=<hex:31>", "SLACK_SIGNING_SECRET=<hex:33>",
            "SLACK_SIGNING_SECRET=$SLACK_SIGNING_SECRET",
        ];
    "zendesk-token", "a Zendesk token", ["zendesk"], r"[A-Za-z0-9]{40}",
        good: [
            "ZENDESK_API_TOKEN=«<b62:40>»", "\"zendeskApiToken\": \"«<b62:40>»\"",
            "export ZENDESK_API_TOKEN='«<b62:40>»'",
        ],
        near: ["ZENDESK_API_TOKEN=<b62:39>", "ZENDESK_API_TOKEN=<b62:41>", "ZENDESK_API_TOKEN=$ZENDESK_API_TOKEN"];
    "freshdesk-key", "a Freshdesk key", ["freshdesk"], r"[A-Za-z0-9]{20}",
        good: [
            "FRESHDESK_API_KEY=«<b62:20>»", "\"freshdeskApiKey\": \"«<b62:20>»\"",
            "export FRESHDESK_API_KEY='«<b62:20>»'",
        ],
        near: ["FRESHDESK_API_KEY=<b62:19>", "FRESHDESK_API_KEY=<b62:21>", "FRESHDESK_API_KEY=$FRESHDESK_API_KEY"];
    "customerio-key", "a Customer.io key", ["customerio", "customer_io"], r"[a-z0-9]{20}",
        good: [
            "CUSTOMERIO_API_KEY=«<b36:20>»", "\"customerioApiKey\": \"«<b36:20>»\"",
            "export CUSTOMERIO_API_KEY='«<b36:20>»'",
        ],
        near: ["CUSTOMERIO_API_KEY=<b36:19>", "CUSTOMERIO_API_KEY=<b36:21>", "CUSTOMERIO_API_KEY=$CUSTOMERIO_API_KEY"];
    "sendbird-token", "a Sendbird token", ["sendbird"], r"[0-9a-f]{40}",
        good: [
            "SENDBIRD_API_TOKEN=«<hex:40>»", "\"sendbirdApiToken\": \"«<hex:40>»\"",
            "export SENDBIRD_API_TOKEN='«<hex:40>»'",
        ],
        near: ["SENDBIRD_API_TOKEN=<hex:39>", "SENDBIRD_API_TOKEN=<hex:41>", "SENDBIRD_API_TOKEN=$SENDBIRD_API_TOKEN"];
    "pusher-secret", "a Pusher secret", ["pusher"], r"[0-9a-f]{20}",
        good: [
            "PUSHER_APP_SECRET=«<hex:20>»", "\"pusherAppSecret\": \"«<hex:20>»\"",
            "export PUSHER_APP_SECRET='«<hex:20>»'",
        ],
        near: ["PUSHER_APP_SECRET=<hex:19>", "PUSHER_APP_SECRET=<hex:21>", "PUSHER_APP_SECRET=$PUSHER_APP_SECRET"];
    "gitter-token", "a Gitter token", ["gitter"], r"[0-9a-f]{40}",
        good: ["GITTER_TOKEN=«<hex:40>»", "\"gitterToken\": \"«<hex:40>»\"", "export GITTER_TOKEN='«<hex:40>»'"],
        near: ["GITTER_TOKEN=<hex:39>", "GITTER_TOKEN=<hex:41>", "GITTER_TOKEN=$GITTER_TOKEN"];
}
