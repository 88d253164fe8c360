//! Tokens and hooks of chat, payment, mail and other services, which their own form gives away.

use super::encode::{base64_unpadded, base64_url_unpadded};
use super::random::{BASE36, UPPER};
use super::tables::Token;

pub(crate) const TOKENS: &[(&str, Token)] = &[
    ("slack-bot-token", |r| format!("xoxb-{}-{}-{}", r.digits(12), r.digits(13), r.base62(24))),
    ("slack-user-token", |r| format!("xoxp-{}-{}-{}-{}", r.digits(12), r.digits(12), r.digits(12), r.hex(32))),
    ("slack-app-token", |r| {
        format!("xapp-1-A{}-{}-{}", r.chars("ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789", 10), r.digits(13), r.hex(64))
    }),
    ("slack-refresh-token", |r| format!("xoxe-1-{}", r.base62(146))),
    ("slack-webhook", |r| {
        format!("https://hooks.slack.com/services/T{}/B{}/{}", r.chars(UPPER, 10), r.chars(UPPER, 10), r.base62(24))
    }),
    ("slack-workflow-webhook", |r| {
        format!("https://hooks.slack.com/triggers/T{}/{}/{}", r.chars(UPPER, 10), r.digits(13), r.hex(32))
    }),
    ("discord-webhook", |r| format!("https://discord.com/api/webhooks/{}/{}", r.digits(19), r.urlsafe(68))),
    ("discord-bot-token", |r| format!("{}.{}.{}", base64_unpadded(r.digits(18)), r.base62(6), r.urlsafe(38))),
    ("teams-webhook", |r| {
        format!(
            "https://acme.webhook.office.com/webhookb2/{}@{}/IncomingWebhook/{}/{}",
            r.uuid(),
            r.uuid(),
            r.hex(32),
            r.uuid()
        )
    }),
    ("teams-workflow-webhook", |r| {
        format!(
            "https://prod-{}.westeurope.logic.azure.com:443/workflows/{}/triggers/manual/paths/invoke?api-version=2016-06-01&sp=%2Ftriggers%2Fmanual%2Frun&sv=1.0&sig={}",
            r.number(10, 99),
            r.hex(32),
            r.urlsafe(43)
        )
    }),
    ("google-chat-webhook", |r| {
        format!(
            "https://chat.googleapis.com/v1/spaces/{}/messages?key=AIzaSy{}&token={}%3D",
            r.base62(11),
            r.urlsafe(33),
            r.urlsafe(43)
        )
    }),
    ("telegram-bot-token", |r| format!("{}:AA{}", r.digits(10), r.urlsafe(33))),
    ("mattermost-hook", |r| format!("https://mattermost.acme.io/hooks/{}", r.chars(BASE36, 26))),
    ("zapier-hook", |r| format!("https://hooks.zapier.com/hooks/catch/{}/{}/", r.digits(8), r.chars(BASE36, 7))),
    ("stripe-live-key", |r| format!("sk_live_51{}{}", r.base62(14), r.base62(83))),
    ("stripe-restricted-key", |r| format!("rk_live_51{}{}", r.base62(14), r.base62(83))),
    ("stripe-webhook-secret", |r| format!("whsec_{}", r.base62(32))),
    ("square-access-token", |r| format!("EAAA{}", r.urlsafe(60))),
    ("square-oauth-secret", |r| format!("sq0csp-{}", r.urlsafe(43))),
    ("square-legacy-token", |r| format!("sq0atp-{}", r.urlsafe(22))),
    ("shopify-access-token", |r| format!("shpat_{}", r.hex(32))),
    ("shopify-shared-secret", |r| format!("shpss_{}", r.hex(32))),
    ("shopify-custom-app-token", |r| format!("shpca_{}", r.hex(32))),
    ("shopify-private-app-token", |r| format!("shppa_{}", r.hex(32))),
    ("paypal-braintree-token", |r| format!("access_token$production${}${}", r.chars(BASE36, 16), r.hex(32))),
    ("plaid-access-token", |r| format!("access-production-{}", r.uuid())),
    ("flutterwave-key", |r| format!("FLWSECK-{}-X", r.hex(32))),
    ("easypost-key", |r| format!("EZAK{}", r.base62(54))),
    ("shippo-token", |r| format!("shippo_live_{}", r.hex(40))),
    ("duffel-token", |r| format!("duffel_live_{}", r.urlsafe(43))),
    ("sendgrid-key", |r| format!("SG.{}.{}", r.urlsafe(22), r.urlsafe(43))),
    ("mailgun-key", |r| format!("key-{}", r.hex(32))),
    ("mailchimp-key", |r| format!("{}-us{}", r.hex(32), r.number(1, 22))),
    ("brevo-key", |r| format!("xkeysib-{}-{}", r.hex(64), r.base62(16))),
    ("resend-key", |r| format!("re_{}_{}", r.base62(8), r.base62(24))),
    ("hubspot-token", |r| format!("pat-na1-{}", r.uuid())),
    ("frameio-token", |r| format!("fio-u-{}", r.urlsafe(64))),
    ("mapbox-secret-token", |r| {
        let claims = format!(r#"{{"u":"{}","a":"{}"}}"#, r.service(), r.chars(BASE36, 25));
        format!("sk.{}.{}", base64_url_unpadded(claims), r.urlsafe(22))
    }),
    ("facebook-page-token", |r| format!("EAAG{}ZD", r.base62(160))),
    ("twitter-bearer", |r| format!("AAAAAAAAAAAAAAAAAAAAA{}%3D{}", r.base62(30), r.base62(50))),
    ("dropbox-token", |r| format!("sl.{}", r.urlsafe(135))),
    ("intra42-secret", |r| format!("s-s4t2af-{}", r.hex(64))),
    ("sendinblue-smtp-key", |r| format!("xsmtpsib-{}-{}", r.hex(64), r.base62(16))),
    ("http-bearer-header-line", |r| format!("Authorization: Bearer {}", super::key_material::jwt(r))),
    ("cloudinary-url", |r| format!("cloudinary://{}:{}@{}", r.digits(15), r.urlsafe(27), r.service())),
    ("sumologic-collector-url", |r| {
        format!("https://endpoint4.collection.eu.sumologic.com/receiver/v1/http/{}==", r.base64(86))
    }),
    ("opsgenie-header-line", |r| format!("Authorization: GenieKey {}", r.uuid())),
    ("okta-header-line", |r| format!("Authorization: SSWS 00{}", r.urlsafe(40))),
];
