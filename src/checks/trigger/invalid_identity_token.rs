//! `invalid-identity-token`.

use crate::analysis::identity::Identity;
use crate::checks::api::{Context, Control, Enforced, Fact, Family, Need, Report, Severity, declare_check};
use crate::checks::shared::start::{production_start, report_start};

declare_check! {
    /// # What it checks
    /// A webhook or an API trigger can carry an identity token (JWT) of the CI job or workload that sends it: in a parameter
    /// (`triggers.identity.parameter`) or in the payload (`triggers.identity.payload`). Where the execution at the root of the chain
    /// carries one, all of this must hold:
    ///
    /// - The issuer (`iss`) is one of `triggers.identity.issuers`, its key (`kid`) proves the signature, and the algorithm is one that the
    ///   policy accepts for it: `RS256`, `PS256`, `ES256` or `EdDSA`. A key inside the token (`jwk`, `jku`, `x5u`, `x5c`), an extension
    ///   (`crit`), a key twice in one object, base64 that is not canonical, and a token over 16 KiB are refused.
    /// - The audience (`aud`) is that of the policy.
    /// - The token was valid when the release was started (`exp`, `nbf`, `iat`, all required), and not older than `maxAge` then. What
    ///   counts is when Orca received the request (`buildTime`), not when the gate judges: a release may wait in a queue or for other stages.
    ///   Clocks may differ by a minute. A running release is judged within `maxWait` of its start, so that an old one that is started
    ///   again proves nothing.
    /// - Every claim of `claims` has a value that the policy accepts.
    /// - Where `commitClaim` is set, the commit it names is the one that is released: that of the git trigger, of the artifacts of the
    ///   trigger and its manifests, or in the tag of the images. Something must name it, and nothing may name another one; an image with a
    ///   digest names no commit. Where `imageClaim` is set, each image it names is deployed with that digest, and none of its
    ///   name with another.
    ///
    /// A start of a type in `triggers.identity.required` must carry a token. The keys come from the issuer over HTTPS, or from the file in
    /// `jwks`. No other server is asked, and an issuer that does not answer makes the check inconclusive.
    ///
    /// # Why it matters
    /// Everything else in an API trigger or a webhook is what the caller wrote. A token that the CI system signed for this job proves
    /// which repository, branch and workflow asked for the release, without a shared secret that leaks or is never rotated.
    ///
    /// # Remedy
    /// Let the job ask its CI system for a new token right before it starts the release, with the audience of the policy, and pass it on
    /// unchanged. See "Identity of the trigger" in `docs/identity.md`.
    id: "invalid-identity-token",
    summary: "the identity token of the trigger is missing or proves nothing about this release",
    family: Family::Trigger,
    severity: Severity::High,
    enforced: Enforced::FROM_PRODUCTION,
    facts: [Fact::Production, Fact::Start, Fact::Identity],
    evidence: [],
    detectors: [],
    controls: [Control::PciDss8_3_1, Control::NistIa3, Control::NistSi7, Control::SoxChangeManagement],
    since: "0.1.0",
}

const MISSING: &str = "let the CI job ask for an identity token, and pass it in the parameter or payload key that triggers.identity of the policy names";

fn run<'d>(context: &Context<'_, 'd>, report: &mut Report<'d>) {
    if context.policy.triggers.identity.issuers.is_empty() {
        return report.not_applicable("the policy accepts no identity tokens (triggers.identity.issuers)");
    }
    let Some(started) = production_start(context, report) else { return };
    let kind = started.kind();
    match context.identity() {
        Identity::NotAccepted | Identity::Proven => {}
        Identity::Absent => {
            if context.policy.triggers.identity.requires(&kind) {
                let shown = crate::base::sanitize::quoted(&kind, 40);
                let message = format!(
                    "this production release was started{} by a trigger of type {shown} without an identity token",
                    started.through
                );
                report_start(context, report, message, MISSING.to_owned());
            }
        }
        Identity::Refused(refusal) => {
            let message = format!(
                "the identity token of this production release{} is refused: {}",
                started.through, refusal.reason
            );
            report_start(context, report, message, refusal.help.to_owned());
        }
        Identity::Unknown(why) => report.inconclusive(format!("the identity token cannot be verified: {why}")),
        Identity::NotConfigured => report.not_configured(
            context,
            format!("needs the keys of the issuer of the identity token; {}", Need::IssuerKeys.source()),
        ),
    }
}

#[cfg(test)]
pub(crate) mod tests {
    use jiff::Timestamp;
    use serde_json::{Value as Json, json};

    use super::*;
    use crate::checks::testing::executions::{SERVICE, execution, git, with_parent};
    use crate::checks::testing::identity::{
        COMMIT, ISSUER, KEY, OTHER, STARTED, api, claims, header, issuer, issuer_keys, raw, token, under, webhook, with,
    };
    use crate::checks::testing::{Cases, CheckOutcome, run};
    use crate::evidence::Lookup;
    use crate::policy::identity::SatisfiedCheck;

    const PERSON: &str = "ci@example.com";

    /// Why the token `text` of an API trigger is refused.
    fn refused(text: &str) -> String {
        let reported = run(&check(), under(issuer(), api(SERVICE, text)));
        assert_eq!(reported.outcome, CheckOutcome::Failed, "{text}");
        assert!(!reported.messages[0].contains(text), "the token is in the message");
        reported.messages[0].clone()
    }

    fn is_proven(text: &str) -> bool {
        run(&check(), under(issuer(), api(SERVICE, text))).outcome == CheckOutcome::Passed
    }

    #[test]
    fn what_a_token_brings_itself_is_never_trusted() {
        let signed = |header: Json| raw(&KEY, &header.to_string(), &claims().to_string());
        let with_header = |name: &str, value: Json| {
            let mut header = header();
            header[name] = value;
            signed(header)
        };
        assert!(is_proven(&signed(header())));
        // What brings no key and demands nothing is ignored, as Azure's x5t.
        assert!(is_proven(&signed(json!({"alg": "EdDSA", "kid": "k1"}))));
        assert!(is_proven(&with_header("x5t#S256", "aGVsbG8".into())));
        for name in ["jwk", "jku", "x5u", "x5c"] {
            let own = KEY.public().to_jwk();
            assert!(refused(&with_header(name, own)).contains("brings its own key"), "{name}");
        }
        for name in ["crit", "b64", "zip", "cty", "enc"] {
            assert!(refused(&with_header(name, json!(["exp"]))).contains("not supported"), "{name}");
        }
        for algorithm in ["none", "None", "nOnE", "HS256", "RS512", "ES384", "ES256K", "", "EDDSA"] {
            assert!(refused(&with_header("alg", algorithm.into())).contains("algorithm"), "{algorithm}");
        }
        // Algorithms that another issuer may use.
        for algorithm in ["RS256", "PS256", "ES256"] {
            assert!(refused(&with_header("alg", algorithm.into())).contains("does not accept"), "{algorithm}");
        }
        for kind in [json!("at+jwt"), json!(crate::jose::jws::TYPE), json!(["JWT"]), json!("")] {
            assert!(refused(&with_header("typ", kind.clone())).contains("another kind"), "{kind}");
        }
        for id in ["", "../../etc/passwd", "k1\u{0}", "K1", "x' or 1=1"] {
            assert!(refused(&with_header("kid", id.into())).contains("does not hold the key"), "{id:?}");
        }
        assert!(refused(&with_header("kid", json!(["k1"]))).contains("names no key"));
        assert!(refused(&signed(json!({"alg": "EdDSA"}))).contains("names no key"));
    }

    #[test]
    fn a_public_key_is_no_shared_secret_and_another_key_proves_nothing() {
        use aws_lc_rs::hmac;
        use base64::Engine as _;
        use base64::engine::general_purpose::URL_SAFE_NO_PAD;

        let public = KEY.public().to_jwk().to_string();
        for algorithm in ["HS256", "EdDSA"] {
            let header = json!({"alg": algorithm, "kid": "k1", "typ": "JWT"}).to_string();
            let input = format!("{}.{}", URL_SAFE_NO_PAD.encode(header), URL_SAFE_NO_PAD.encode(claims().to_string()));
            let tag = hmac::sign(&hmac::Key::new(hmac::HMAC_SHA256, public.as_bytes()), input.as_bytes());
            let forged = format!("{input}.{}", URL_SAFE_NO_PAD.encode(tag.as_ref()));
            assert!(!refused(&forged).is_empty(), "{algorithm}");
        }
        let forged = raw(&OTHER, &header().to_string(), &claims().to_string());
        assert!(refused(&forged).contains("signature does not hold"));
        let (rest, _) = forged.rsplit_once('.').unwrap();
        assert!(refused(&format!("{rest}.")).contains("signature does not hold"));
        assert!(refused(&format!("{rest}.{}", "A".repeat(86))).contains("signature does not hold"));
    }

    #[test]
    fn every_changed_byte_and_every_cut_is_refused() {
        let good = token(&claims());
        for at in 0..good.len() {
            let mut bytes = good.clone().into_bytes();
            bytes[at] = if bytes[at] == b'A' { b'B' } else { b'A' };
            assert!(!is_proven(&String::from_utf8(bytes).unwrap()), "byte {at}");
        }
        for end in (0..good.len()).step_by(7) {
            assert!(!is_proven(&good[..end]) || end == 0, "cut at {end}");
        }
        let header = header().to_string();
        for text in ["x", "a.b", "..", "a.b.c.d", &format!("{good}="), &format!("{good}.x"), &good.replace('.', " .")] {
            refused(text);
        }
        assert!(refused(&raw(&KEY, &header, &format!("{}{}", claims(), " ".repeat(17 << 10)))).contains("16 KiB"));
        for twice in [
            format!("{{\"aud\": \"plimsoll\", {}", &claims().to_string()[1..]),
            format!("{{\"a\\u0075d\": \"plimsoll\", {}", &claims().to_string()[1..]),
            "[]".to_owned(),
            "\"text\"".to_owned(),
        ] {
            assert!(refused(&raw(&KEY, &header, &twice)).contains("distinct keys"), "{twice}");
        }
        let twice = format!("{{\"kid\": \"k2\", {}", &header[1..]);
        assert!(refused(&raw(&KEY, &twice, &claims().to_string())).contains("distinct keys"));
    }

    #[test]
    fn each_claim_that_does_not_hold_is_named() {
        let gone = Json::Null;
        for (name, value, said) in [
            ("iss", json!("https://evil.example"), "not accepted (iss)"),
            ("iss", json!(format!("{ISSUER}/")), "not accepted (iss)"),
            ("iss", gone.clone(), "not accepted (iss)"),
            ("aud", json!("other"), "not \"plimsoll\" (aud)"),
            ("aud", json!("Plimsoll"), "(aud)"),
            ("aud", json!(["other", "more"]), "(aud)"),
            ("aud", json!(["plimsoll", 1]), "no audience"),
            ("aud", json!({"plimsoll": true}), "no audience"),
            ("aud", gone.clone(), "no audience"),
            ("exp", json!(STARTED - 61), "expired"),
            ("exp", gone.clone(), "no valid time exp"),
            ("exp", json!("9999999999"), "no valid time exp"),
            ("exp", json!(-1), "no valid time exp"),
            ("nbf", json!(STARTED + 61), "not valid yet"),
            ("nbf", gone.clone(), "no valid time nbf"),
            ("iat", json!(STARTED + 61), "issued after the release was started"),
            ("iat", json!(STARTED - 661), "older than 10m"),
            ("iat", gone.clone(), "no valid time iat"),
            ("repository", json!("evil/shop"), "claim \"repository\""),
            ("repository", gone.clone(), "missing"),
            ("repository", json!({"acme/shop": 1}), "missing"),
            ("ref", json!("refs/heads/feature"), "claim \"ref\""),
            ("ref", json!("refs/heads/main2"), "claim \"ref\""),
        ] {
            let message = refused(&token(&with(name, value.clone())));
            assert!(message.contains(said), "{name} {value}: {message}");
        }
        for (name, value) in [
            ("aud", json!(["other", "plimsoll"])),
            ("exp", json!(STARTED - 59)),
            ("nbf", json!(STARTED + 59)),
            ("iat", json!(STARTED - 659)),
            ("exp", json!(1_795_000_000.5)),
            ("ref", json!("refs/tags/v1.2")),
        ] {
            assert!(is_proven(&token(&with(name, value.clone()))), "{name} {value}");
        }
    }

    /// Documents on which it fires, and near misses.
    pub(crate) fn cases() -> Cases {
        let mut cases = Cases::default();
        let good = token(&claims());
        cases.about("a token that is proven and accepted passes, as parameter or in a payload");
        cases.quiet(under(issuer(), api(PERSON, &good)));
        cases.quiet(under(issuer(), webhook(&good)));
        cases.quiet(api(PERSON, "no token is accepted"));
        let mut root = with_parent(api(SERVICE, &good));
        root.policy.triggers.identity = under(issuer(), json!({})).policy.triggers.identity;
        root.now = Timestamp::from_second(STARTED + 30).unwrap();
        cases.quiet(root);

        cases.about("no token is a finding only where the policy requires one");
        let required = |kinds: &[&str], document: Json| {
            let mut case = under(issuer(), document);
            case.policy.triggers.identity.required = kinds.iter().map(|&kind| kind.to_owned()).collect();
            case
        };
        cases.quiet(under(issuer(), execution(SERVICE, json!({"type": "manual"}))));
        cases.quiet(required(&["webhook"], execution(SERVICE, json!({"type": "manual"}))));
        cases.quiet(required(&["manual", "webhook"], execution(SERVICE, git("git"))));
        cases.quiet(required(&["manual"], api(SERVICE, &good)));
        cases.fires(required(&["manual"], execution(SERVICE, json!({"type": "manual"}))), &["/trigger"]);
        cases.fires(required(&["manual"], execution(SERVICE, json!({"type": "none"}))), &["/trigger"]);
        cases.fires(required(&["web*"], execution(SERVICE, json!({"type": "Webhook"}))), &["/trigger"]);
        cases.fires(required(&["*"], execution(SERVICE, git("git"))), &["/trigger"]);
        cases.fires(required(&["manual"], api(SERVICE, " ")), &["/trigger"]);

        cases.about("anything but one token fires");
        cases.fires(under(issuer(), api(SERVICE, "${parameters.token}")), &["/trigger"]);
        let mut several = api(SERVICE, &good);
        several["trigger"]["payload"] = json!({"identityToken": token(&with("jti", json!("2")))});
        cases.fires(under(issuer(), several), &["/trigger"]);
        let mut same = api(SERVICE, &good);
        same["trigger"]["payload"] = json!({"identityToken": good});
        cases.quiet(under(issuer(), same));
        let mut number = api(SERVICE, &good);
        number["trigger"]["parameters"]["identityToken"] = json!(1);
        cases.fires(under(issuer(), number), &["/trigger"]);

        the_time(&mut cases);
        the_release(&mut cases);
        the_keys(&mut cases);
        cases
    }

    fn the_time(cases: &mut Cases) {
        let good = token(&claims());
        let later = |hours: i64, status: &str| {
            let mut document = api(SERVICE, &good);
            document["status"] = json!(status);
            let mut case = under(issuer(), document);
            case.now = Timestamp::from_second(STARTED + hours * 3600).unwrap();
            case
        };
        cases.about("what counts is the start of the release, not its judgment");
        cases.quiet(later(1, "RUNNING"));
        cases.quiet(later(72, "RUNNING"));
        cases.about("an execution of long ago that runs again proves nothing, one that has ended is only looked at");
        cases.fires(later(74, "RUNNING"), &["/trigger"]);
        cases.quiet(later(2000, "SUCCEEDED"));
        cases.about("a new start with the token of an earlier one fails, however it is queued");
        let mut replayed = api(SERVICE, &good);
        replayed["buildTime"] = json!((STARTED + 3600) * 1000);
        let mut replayed = under(issuer(), replayed);
        replayed.now = Timestamp::from_second(STARTED + 3700).unwrap();
        cases.fires(replayed, &["/trigger"]);
        let mut queued = api(SERVICE, &good);
        queued["startTime"] = json!((STARTED + 7200) * 1000);
        let mut queued = under(issuer(), queued);
        queued.now = Timestamp::from_second(STARTED + 7300).unwrap();
        cases.quiet(queued);
        cases.about("without a time of its start, or with one in the future, it is inconclusive");
        let mut unknown = api(SERVICE, &good);
        unknown["buildTime"] = Json::Null;
        cases.inconclusive(under(issuer(), unknown));
        let mut future = under(issuer(), api(SERVICE, &good));
        future.now = Timestamp::from_second(STARTED - 90).unwrap();
        cases.inconclusive(future);
        cases.about("tokens without nbf are accepted only from issuers that leave it out");
        let google = token(&with("nbf", Json::Null));
        let mut without = issuer();
        without["withoutNbf"] = json!(true);
        cases.quiet(under(without, api(SERVICE, &google)));
        cases.fires(under(issuer(), api(SERVICE, &google)), &["/trigger"]);
    }

    fn the_release(cases: &mut Cases) {
        let digest = format!("sha256:{}", "ab".repeat(32));
        let other = format!("sha256:{}", "cd".repeat(32));
        let by = |key: &str, claim: &str| {
            let mut issuer = issuer();
            issuer[key] = json!(claim);
            issuer
        };
        let deploying = |claims: &Json, images: &[&str]| {
            let mut document = api(SERVICE, &token(claims));
            let containers: Vec<Json> =
                images.iter().enumerate().map(|(n, image)| json!({"name": format!("c{n}"), "image": image})).collect();
            document["stages"] = json!([{"refId": "1", "type": "deployManifest", "name": "d", "context": {"account": "prod", "manifests": [
                {"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "web"}, "spec": {"containers": containers}}]}}]);
            document
        };
        let commit = || by("commitClaim", "sha");
        cases.about("the commit of the token must be the one that is released");
        let mut pushed = api(SERVICE, &token(&claims()));
        pushed["trigger"]["artifacts"] =
            json!([{"type": "git/repo", "reference": "https://g.example/acme/shop", "version": COMMIT}]);
        cases.quiet(under(commit(), pushed.clone()));
        pushed["trigger"]["artifacts"][0]["version"] = json!("0123456789012345678901234567890123456789");
        cases.fires(under(commit(), pushed), &["/trigger"]);
        cases.quiet(under(commit(), deploying(&claims(), &["r.example/shop:9f2c41d", "r.example/proxy:1.29"])));
        cases.quiet(under(commit(), deploying(&claims(), &["r.example/shop:main-9f2c41d07b6e-20261130"])));
        cases.fires(under(commit(), deploying(&claims(), &["r.example/shop:8e1b30c"])), &["/trigger"]);
        cases.fires(
            under(commit(), deploying(&claims(), &["r.example/shop:9f2c41d", "r.example/pay:8e1b30c"])),
            &["/trigger"],
        );
        cases.fires(
            under(commit(), deploying(&claims(), &["r.example/shop:1.29", "r.example/pay:20261130"])),
            &["/trigger"],
        );
        cases.fires(
            under(commit(), deploying(&claims(), &[&format!("r.example/shop:9f2c41d@{digest}")])),
            &["/trigger"],
        );
        cases.fires(under(commit(), deploying(&with("sha", Json::Null), &["r.example/shop:9f2c41d"])), &["/trigger"]);
        cases.fires(
            under(commit(), deploying(&with("sha", json!("9f2c41d")), &["r.example/shop:9f2c41d"])),
            &["/trigger"],
        );
        cases.fires(under(commit(), api(SERVICE, &token(&claims()))), &["/trigger"]);
        cases.inconclusive(under(commit(), deploying(&claims(), &["r.example/shop:${ #root.tag }"])));

        cases.about("so must the images");
        let image = || by("imageClaim", "image");
        let named = |image: Json| with("image", image);
        let shop = format!("r.example/shop@{digest}");
        cases.quiet(under(image(), deploying(&named(json!(digest)), &[&shop, "r.example/proxy:1"])));
        cases.quiet(under(image(), deploying(&named(json!([shop])), &[&shop])));
        cases.fires(
            under(image(), deploying(&named(json!(digest)), &[&format!("r.example/shop@{other}")])),
            &["/trigger"],
        );
        cases.fires(under(image(), deploying(&named(json!(digest)), &["r.example/shop:1"])), &["/trigger"]);
        cases.fires(under(image(), deploying(&named(json!(digest)), &[&shop, "r.example/shop:1"])), &["/trigger"]);
        cases.fires(
            under(image(), deploying(&named(json!([shop])), &[&format!("evil.example/shop@{digest}")])),
            &["/trigger"],
        );
        cases.fires(under(image(), deploying(&named(json!("shop:1")), &[&shop])), &["/trigger"]);
        cases.fires(under(image(), deploying(&claims(), &[&shop])), &["/trigger"]);
    }

    fn the_keys(cases: &mut Cases) {
        let good = token(&claims());
        let asking = |keys: Lookup<Vec<crate::jose::key::PublicKey>>| {
            let mut issuer = issuer();
            issuer.as_object_mut().unwrap().remove("jwks");
            let mut case = under(issuer, api(SERVICE, &good));
            case.evidence.issuer_keys = keys;
            case
        };
        cases.about("without the keys of the issuer nothing is proven");
        cases.quiet(asking(Lookup::Found(issuer_keys())));
        cases.fires(asking(Lookup::Found(Vec::new())), &["/trigger"]);
        cases.inconclusive(asking(Lookup::Unavailable("it answers 500".into())));
        cases.inconclusive(asking(Lookup::Missing));
    }

    #[test]
    fn a_proven_identity_satisfies_what_the_policy_says() {
        use crate::checks::trigger::{manual_trigger, unauthenticated_webhook, untrusted_principal};

        let good = token(&claims());
        let bad = token(&with("aud", json!("other")));
        let outcome =
            |check: &std::sync::Arc<dyn crate::checks::api::Check>, document: Json, satisfies: &[SatisfiedCheck]| {
                let mut case = under(issuer(), document);
                case.policy.triggers.identity.satisfies = satisfies.to_vec();
                run(check, case).outcome
            };
        let (passed, failed) = (CheckOutcome::Passed, CheckOutcome::Failed);
        let (manual, webhooks, principal) =
            (SatisfiedCheck::ManualTrigger, SatisfiedCheck::UnauthenticatedWebhook, SatisfiedCheck::UntrustedPrincipal);
        assert_eq!(outcome(&manual_trigger::check(), api(PERSON, &good), &[manual]), passed);
        assert_eq!(outcome(&manual_trigger::check(), api(PERSON, &bad), &[manual]), failed);
        assert_eq!(outcome(&manual_trigger::check(), api(PERSON, &good), &[webhooks]), failed);
        assert_eq!(outcome(&unauthenticated_webhook::check(), webhook(&good), &[webhooks]), passed);
        assert_eq!(outcome(&unauthenticated_webhook::check(), webhook(&bad), &[webhooks]), failed);
        assert_eq!(outcome(&untrusted_principal::check(), webhook(&good), &[manual, webhooks]), failed);
        assert_eq!(outcome(&untrusted_principal::check(), webhook(&good), &[principal]), passed);
        assert_eq!(outcome(&untrusted_principal::check(), webhook(&bad), &[principal]), failed);
    }
}
