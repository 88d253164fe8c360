//! JSON Web Signatures in their compact form (RFC 7515), read strictly: what a lenient reader would let pass is refused.

use std::collections::HashSet;
use std::fmt;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jsonwebtoken::Algorithm;
use serde::de::{Deserialize, Deserializer, MapAccess, SeqAccess, Visitor};
use serde_json::{Map, Value, json};

use crate::jose::Refusal;
use crate::jose::key::{PublicKey, SignatureForm};

/// The most bytes of a token.
pub const LONGEST: usize = 64 << 10;

/// The most bytes of an identity token. Issuers write one to three KiB.
pub const LONGEST_IDENTITY: usize = 16 << 10;

/// `typ` of a signed verdict.
pub const TYPE: &str = "plimsoll-verdict+jwt";

const IDENTITY_HELP: &str =
    "pass the identity token as its issuer wrote it: three parts of base64url with dots between them";

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

/// Whose tokens are read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Profile {
    /// Signed verdicts of this program: the header has nothing but what it needs.
    Verdict,
    /// Identity tokens of other issuers. Header parameters that bring no key and demand nothing are ignored (RFC 7515, 4).
    Identity,
}

impl Profile {
    /// The most bytes of a token.
    fn longest(self) -> usize {
        match self {
            Self::Verdict => LONGEST,
            Self::Identity => LONGEST_IDENTITY,
        }
    }

    /// Whether a header parameter without a meaning for this reader is refused.
    fn refuses(self, parameter: &str) -> bool {
        // An extension that must be understood, another encoding of the payload, and a token inside the token.
        self == Self::Verdict || matches!(parameter, "crit" | "b64" | "zip" | "enc" | "cty")
    }
}

/// Why no key proves a token.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unproven {
    /// The header names no key.
    NoKeyId,
    /// It names one that is not there.
    UnknownKey,
    /// The signature does not hold.
    Signature,
    /// It holds, and the payload is no object with distinct keys.
    Payload,
}

impl<'t> Token<'t> {
    /// Reads the form of `text`, a signed verdict.
    ///
    /// # Errors
    /// When it is not a token, is not canonical, or its header asks for what must not be trusted: `none`, a key of its own, an extension.
    pub fn parse(text: &'t str) -> Result<Self, Refusal> {
        Self::parse_as(text, Profile::Verdict)
    }

    /// Reads the form of `text`, a token of the kind `profile`.
    ///
    /// # Errors
    /// As [`Token::parse`].
    pub fn parse_as(text: &'t str, profile: Profile) -> Result<Self, Refusal> {
        let help = match profile {
            Profile::Verdict => HELP,
            Profile::Identity => IDENTITY_HELP,
        };
        let refused = |reason: &str| Refusal::new(reason, help);
        if text.len() > profile.longest() {
            return Err(refused(&format!("the token is longer than {} KiB", profile.longest() >> 10)));
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
                "x5t" | "x5t#S256" if profile == Profile::Identity => {}
                "jwk" | "jku" | "x5u" | "x5c" | "x5t" | "x5t#S256" => {
                    let reason = format!("the header brings its own key ({key}); only the given keys are trusted");
                    return Err(Refusal::new(reason, "sign without this header"));
                }
                key if profile.refuses(key) => {
                    return Err(refused("the header has a parameter that is not supported"));
                }
                _ => {}
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

    /// Whether the header has the parameter `name`, whatever it holds.
    pub fn has_header(&self, name: &str) -> bool {
        self.header.contains_key(name)
    }

    pub fn algorithm(&self) -> Algorithm {
        self.algorithm
    }

    /// The claims, unproven: to choose the issuer whose keys could prove them.
    pub fn claimed(&self) -> Option<Map<String, Value>> {
        object(&self.payload)
    }

    /// The claims, once one of `keys` proves them: the key that the header names, for an algorithm for which it is trusted.
    ///
    /// # Errors
    /// When the key is not among `keys`, or the signature does not hold.
    pub fn verified(&self, keys: &[PublicKey]) -> Result<(Map<String, Value>, &str), Refusal> {
        self.proven(keys).map_err(|unproven| match unproven {
            Unproven::NoKeyId => Refusal::new("the header names no key (kid)", HELP),
            Unproven::UnknownKey => {
                let help = "add the public key of the signer with --key or --jwks; after a rotation keep the former key until its verdicts have aged";
                Refusal::new("the token is signed by a key that is not among the given ones (kid)", help)
            }
            Unproven::Signature => {
                let help =
                    "the token was changed, or another key signed it: get the verdict again from where it was written";
                Refusal::new("the signature does not hold", help)
            }
            Unproven::Payload => Refusal::new("the payload is not a JSON object with distinct keys", HELP),
        })
    }

    /// The claims and the key that proves them.
    ///
    /// # Errors
    /// When none of `keys` does.
    pub fn proven(&self, keys: &[PublicKey]) -> Result<(Map<String, Value>, &str), Unproven> {
        let id = self.header("kid").ok_or(Unproven::NoKeyId)?;
        let mut named = keys.iter().filter(|key| key.id == id).peekable();
        if named.peek().is_none() {
            return Err(Unproven::UnknownKey);
        }
        let holds =
            |key: &PublicKey| key.verifies(self.input.as_bytes(), &self.signature, self.algorithm, SignatureForm::Jose);
        if !named.any(holds) {
            return Err(Unproven::Signature);
        }
        object(&self.payload).map(|claims| (claims, id)).ok_or(Unproven::Payload)
    }
}

/// The object that `bytes` hold, if no key stands twice in it or in an object inside it: two readers would take it for two things.
pub fn object(bytes: &[u8]) -> Option<Map<String, Value>> {
    serde_json::from_slice::<Distinct>(bytes).ok()?;
    serde_json::from_slice(bytes).ok()
}

/// Any JSON in which no object holds a key twice, not even with the same value.
struct Distinct;

impl<'de> Deserialize<'de> for Distinct {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(Self)
    }
}

impl<'de> Visitor<'de> for Distinct {
    type Value = Self;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("JSON with distinct keys")
    }

    fn visit_bool<E>(self, _: bool) -> Result<Self, E> {
        Ok(self)
    }

    fn visit_i64<E>(self, _: i64) -> Result<Self, E> {
        Ok(self)
    }

    fn visit_u64<E>(self, _: u64) -> Result<Self, E> {
        Ok(self)
    }

    fn visit_f64<E>(self, _: f64) -> Result<Self, E> {
        Ok(self)
    }

    fn visit_str<E>(self, _: &str) -> Result<Self, E> {
        Ok(self)
    }

    fn visit_unit<E>(self) -> Result<Self, E> {
        Ok(self)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut elements: A) -> Result<Self, A::Error> {
        while elements.next_element::<Self>()?.is_some() {}
        Ok(self)
    }

    fn visit_map<A: MapAccess<'de>>(self, mut entries: A) -> Result<Self, A::Error> {
        let mut keys = HashSet::new();
        while let Some((key, _)) = entries.next_entry::<String, Self>()? {
            if !keys.insert(key) {
                return Err(serde::de::Error::custom("a key stands twice in an object"));
            }
        }
        Ok(self)
    }
}
