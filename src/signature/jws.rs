//! JSON Web Signatures in their compact form (RFC 7515), read strictly: what a lenient reader would let pass is refused.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jsonwebtoken::Algorithm;
use serde_json::{Map, Value, json};

use crate::document::{Document, Syntax};
use crate::signature::Refusal;
use crate::signature::key::{PublicKey, SignatureForm};

/// The most bytes of a token.
pub const LONGEST: usize = 64 << 10;

/// `typ` of a signed verdict.
pub const TYPE: &str = "plimsoll-verdict+jwt";

const HELP: &str = "pass the signed verdict as it was written: three parts of base64url with dots between them";

/// What a key signs: header and payload, encoded.
pub fn signing_input(algorithm: Algorithm, key_id: &str, payload: &[u8]) -> String {
    let header = json!({"alg": format!("{algorithm:?}"), "kid": key_id, "typ": TYPE});
    format!("{}.{}", URL_SAFE_NO_PAD.encode(header.to_string()), URL_SAFE_NO_PAD.encode(payload))
}

/// The token of `input` and its signature.
pub fn compact(input: &str, signature: &[u8]) -> String {
    format!("{input}.{}", URL_SAFE_NO_PAD.encode(signature))
}

/// A token whose form is right. Nothing of it is proven before [`Token::verified`].
#[derive(Debug)]
pub struct Token<'t> {
    input: &'t str,
    signature: Vec<u8>,
    payload: Vec<u8>,
    header: Map<String, Value>,
    algorithm: Algorithm,
}

impl<'t> Token<'t> {
    /// Reads the form of `text`.
    ///
    /// # Errors
    /// When it is not a token, is not canonical, or its header asks for what must not be trusted: `none`, a key of its own, an extension.
    pub fn parse(text: &'t str) -> Result<Self, Refusal> {
        let refused = |reason: &str| Refusal::new(reason, HELP);
        if text.len() > LONGEST {
            return Err(refused("the token is longer than 64 KiB"));
        }
        let (input, signature) = text.rsplit_once('.').ok_or_else(|| refused("the token has no signature"))?;
        let (header, payload) = input.split_once('.').ok_or_else(|| refused("the token does not have three parts"))?;
        // The decoder refuses padding, other alphabets and bits that are left over, so each token has one form.
        let decode = |part: &str| {
            URL_SAFE_NO_PAD.decode(part).map_err(|_| refused("a part of the token is not canonical base64url"))
        };
        let (header, payload, signature) = (decode(header)?, decode(payload)?, decode(signature)?);
        let header = object(&header).ok_or_else(|| refused("the header is not a JSON object with distinct keys"))?;
        for key in header.keys() {
            match key.as_str() {
                "alg" | "kid" | "typ" => {}
                "jwk" | "jku" | "x5u" | "x5c" | "x5t" | "x5t#S256" => {
                    let reason = format!("the header brings its own key ({key}); only the given keys are trusted");
                    return Err(Refusal::new(reason, "sign without this header"));
                }
                _ => return Err(Refusal::new("the header has a parameter that is not supported", HELP)),
            }
        }
        let algorithm = match header.get("alg").and_then(Value::as_str) {
            Some("EdDSA") => Algorithm::EdDSA,
            Some("ES256") => Algorithm::ES256,
            Some("PS256") => Algorithm::PS256,
            Some("RS256") => Algorithm::RS256,
            _ => {
                let help = "sign with EdDSA, ES256, PS256 or RS256; none and symmetric algorithms prove nothing";
                return Err(Refusal::new("the algorithm of the header (alg) is not accepted", help));
            }
        };
        Ok(Self { input, signature, payload, header, algorithm })
    }

    /// The header parameter `name`, unproven.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.header.get(name).and_then(Value::as_str)
    }

    /// The claims, once one of `keys` proves them: the key that the header names, for an algorithm for which it is trusted.
    ///
    /// # Errors
    /// When the key is not among `keys`, or the signature does not hold.
    pub fn verified(&self, keys: &[PublicKey]) -> Result<(Map<String, Value>, &str), Refusal> {
        let Some(id) = self.header("kid") else {
            return Err(Refusal::new("the header names no key (kid)", HELP));
        };
        let mut named = keys.iter().filter(|key| key.id == id).peekable();
        if named.peek().is_none() {
            let help = "add the public key of the signer with --key or --jwks; after a rotation keep the former key until its verdicts have aged";
            return Err(Refusal::new("the token is signed by a key that is not among the given ones (kid)", help));
        }
        let holds =
            |key: &PublicKey| key.verifies(self.input.as_bytes(), &self.signature, self.algorithm, SignatureForm::Jose);
        if !named.any(holds) {
            let help =
                "the token was changed, or another key signed it: get the verdict again from where it was written";
            return Err(Refusal::new("the signature does not hold", help));
        }
        let claims = object(&self.payload)
            .ok_or_else(|| Refusal::new("the payload is not a JSON object with distinct keys", HELP))?;
        Ok((claims, id))
    }
}

/// The object that `bytes` hold, if no key stands in it twice: two readers would take it for two things.
pub fn object(bytes: &[u8]) -> Option<Map<String, Value>> {
    let document = Document::read(bytes.to_vec(), Syntax::Json).ok()?;
    if !document.root().is_object() {
        return None;
    }
    serde_json::from_slice(bytes).ok()
}
