//! Whether a signed verdict is what its reader expects: the signature first, then each expectation by itself.

use std::time::Duration;

use jiff::Timestamp;
use serde_json::{Map, Value};

use crate::base::duration;
use crate::base::sanitize::quoted;
use crate::signature::jws::{TYPE, Token};
use crate::signature::key::PublicKey;
use crate::signature::statement::{Claims, Statement};
use crate::signature::{Refusal, dsse};

/// How far the clocks of signer and reader may differ.
const SKEW: Duration = Duration::from_mins(1);

/// What a verdict must say. What is `None`, or empty, may be anything.
#[derive(Clone, Debug, Default)]
pub struct Expectations {
    pub issuer: Option<String>,
    pub audience: Option<String>,
    pub max_age: Duration,
    pub policy_sha256: Option<String>,
    pub application: Option<String>,
    pub pipeline: Option<String>,
    pub execution: Option<String>,
    /// The digests of documents, of which each must be the judged one.
    pub documents: Vec<String>,
    /// Digests of images that the verdict must name.
    pub images: Vec<String>,
}

/// A verdict that is proven.
#[derive(Debug)]
pub struct Proven {
    pub statement: Statement,
    /// The key that signed it.
    pub key_id: String,
    /// The claims as they were signed.
    pub claims: Map<String, Value>,
}

/// Proves the verdict in `text`, a token, an envelope or a bundle, by one of `keys`. The result is the reader's to judge.
///
/// # Errors
/// The first rule that does not hold.
pub fn prove(text: &str, keys: &[PublicKey], expected: &Expectations, now: Timestamp) -> Result<Proven, Refusal> {
    let text = text.trim();
    if text.starts_with('{') {
        let (claims, key_id) = dsse::verified(text, keys)?;
        let statement = parsed::<Statement>(&claims)?;
        let issuer = statement.predicate.verifier.id.clone();
        // An envelope has no audience: whoever requires one gets a token.
        parties(&issuer, None, expected)?;
        age(&statement.predicate.time_verified, expected.max_age, now)?;
        content(&statement, expected)?;
        return Ok(Proven { statement, key_id, claims });
    }
    let token = Token::parse(text)?;
    if token.header("typ") != Some(TYPE) {
        let help = "pass the verdict that gate or check signed; a token of another kind proves nothing about a release";
        return Err(Refusal::new("the token is not a signed verdict (typ)", help));
    }
    let (claims, key_id) = token.verified(keys)?;
    let Claims { iss, aud, iat, statement } = parsed(&claims)?;
    parties(&iss, aud.as_deref(), expected)?;
    let issued = Timestamp::from_second(iat).map(|at| at.to_string()).unwrap_or_default();
    age(&issued, expected.max_age, now)?;
    age(&statement.predicate.time_verified, expected.max_age, now)?;
    content(&statement, expected)?;
    Ok(Proven { key_id: key_id.to_owned(), statement, claims })
}

fn parsed<T: serde::de::DeserializeOwned>(claims: &Map<String, Value>) -> Result<T, Refusal> {
    serde_json::from_value(Value::Object(claims.clone())).map_err(|error| {
        let help = "verify with the version of Plimsoll that signed it, or a later one";
        Refusal::new(format!("the payload is not a verification summary: {error}"), help)
    })
}

fn parties(issuer: &str, audience: Option<&str>, expected: &Expectations) -> Result<(), Refusal> {
    if let Some(wanted) = expected.issuer.as_deref().filter(|wanted| *wanted != issuer) {
        let reason = format!("the issuer is {}, not {}", quoted(issuer, 200), quoted(wanted, 200));
        return Err(Refusal::new(reason, "use a verdict of this issuer, or correct --issuer"));
    }
    match (expected.audience.as_deref(), audience) {
        (Some(wanted), found) if found != Some(wanted) => {
            let found = found.map_or_else(|| "missing".to_owned(), |found| quoted(found, 200));
            let reason = format!("the audience is {found}, not {}", quoted(wanted, 200));
            Err(Refusal::new(reason, "sign with --sign-audience for this reader, or correct --audience"))
        }
        (None, Some(found)) => {
            let reason = format!("the verdict is for the audience {}", quoted(found, 200));
            Err(Refusal::new(reason, "name it with --audience, if this is the reader it was signed for"))
        }
        _ => Ok(()),
    }
}

fn age(at: &str, most: Duration, now: Timestamp) -> Result<(), Refusal> {
    let Ok(at) = at.parse::<Timestamp>() else {
        return Err(Refusal::new("the time of the verdict is invalid", "get a new verdict"));
    };
    let ahead = Duration::try_from(at.duration_since(now)).unwrap_or_default();
    if ahead > SKEW {
        let help = "set the clocks of both machines by NTP";
        return Err(Refusal::new(format!("the verdict is from the future: {at}"), help));
    }
    let old = Duration::try_from(now.duration_since(at)).unwrap_or_default();
    if old > most.saturating_add(SKEW) {
        let reason = format!("the verdict is too old: it is of {at}, and --max-age is {}", duration::format(most));
        return Err(Refusal::new(reason, "judge the release again, or raise --max-age"));
    }
    Ok(())
}

fn content(statement: &Statement, expected: &Expectations) -> Result<(), Refusal> {
    let predicate = &statement.predicate;
    let details = &predicate.plimsoll;
    let named = [
        ("application", &expected.application, &details.application),
        ("pipeline", &expected.pipeline, &details.pipeline),
        ("execution", &expected.execution, &details.execution),
    ];
    for (what, wanted, found) in named {
        if wanted.is_some() && wanted != found {
            let found = found.as_deref().map_or_else(|| "missing".to_owned(), |found| quoted(found, 200));
            let wanted = quoted(wanted.as_deref().unwrap_or_default(), 200);
            let reason = format!("the {what} of the verdict is {found}, not {wanted}");
            return Err(Refusal::new(reason, "use the verdict of the release that is meant"));
        }
    }
    let is_same = |wanted: &str, found: &str| !found.is_empty() && wanted.eq_ignore_ascii_case(found);
    if let Some(wanted) = expected.policy_sha256.as_deref()
        && !is_same(wanted, &predicate.policy.digest.sha256)
    {
        let reason =
            format!("another policy was applied: its SHA-256 is {}", quoted(&predicate.policy.digest.sha256, 80));
        return Err(Refusal::new(reason, "judge the release under the required policy"));
    }
    let judged = statement.subject.first().map(|judged| judged.digest.sha256.as_str()).unwrap_or_default();
    if let Some(other) = expected.documents.iter().find(|wanted| !is_same(wanted, judged)) {
        let reason = format!("another document was judged: {}, not {}", quoted(judged, 80), quoted(other, 80));
        return Err(Refusal::new(reason, "judge this document, and verify its own verdict"));
    }
    let images = || statement.subject.iter().skip(1).map(|image| image.digest.sha256.as_str());
    if let Some(missing) = expected.images.iter().find(|wanted| !images().any(|found| is_same(wanted, found))) {
        let help = match details.images_omitted {
            0 => "the release that was judged does not deploy this image by digest",
            _ => "the short form of the verdict names no images: verify the file that --sign-output wrote",
        };
        return Err(Refusal::new(format!("the verdict does not name the image sha256:{}", quoted(missing, 80)), help));
    }
    Ok(())
}
