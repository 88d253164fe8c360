//! Keys: private ones that sign in this process, and public ones that verify. A key is named by its thumbprint (RFC 7638).

use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::signature::{
    ECDSA_P256_SHA256_ASN1, ECDSA_P256_SHA256_ASN1_SIGNING, EcdsaKeyPair, Ed25519KeyPair, KeyPair as _,
    UnparsedPublicKey,
};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jsonwebtoken::jwk::{AlgorithmParameters, EllipticCurve, Jwk, KeyOperations, PublicKeyUse, ThumbprintHash};
use jsonwebtoken::{Algorithm, DecodingKey, EncodingKey, crypto};
use serde_json::{Value, json};

use crate::jose::Refusal;

/// What to do about a key that cannot be used.
const PRIVATE_HELP: &str = "give a private key as PEM (PKCS#8): Ed25519, EC P-256 or RSA of at least 2048 bits; openssl genpkey -algorithm ed25519 makes one";
const PUBLIC_HELP: &str =
    "give a public key as PEM, or a JSON Web Key Set: Ed25519, EC P-256 or RSA of at least 2048 bits";

/// The least bytes of an RSA modulus: 2048 bits.
const LEAST_MODULUS: usize = 256;

/// How the bytes of an ECDSA signature are written. Those of other keys have one form.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SignatureForm {
    /// `r` and `s` side by side, as in a JSON Web Signature.
    Jose,
    /// ASN.1 DER, as in a DSSE envelope of Sigstore.
    Der,
}

/// A private key in this process.
pub struct SigningKey {
    key: EncodingKey,
    algorithm: Algorithm,
    public: PublicKey,
}

impl SigningKey {
    /// Reads a PEM key. An RSA key signs with `rsa`: PS256 or RS256.
    ///
    /// # Errors
    /// When it is not a private key that can sign.
    pub fn from_pem(pem: &[u8], rsa: Algorithm) -> Result<Self, Refusal> {
        let keys = [
            (EncodingKey::from_ed_pem(pem), Algorithm::EdDSA),
            (EncodingKey::from_ec_pem(pem), Algorithm::ES256),
            (EncodingKey::from_rsa_pem(pem), rsa),
        ];
        let found = keys.into_iter().find_map(|(key, algorithm)| key.ok().map(|key| (key, algorithm)));
        let Some((key, algorithm)) = found else {
            return Err(Refusal::new("the signing key is not a PEM private key of a known type", PRIVATE_HELP));
        };
        let unusable = || Refusal::new("the signing key cannot be used", PRIVATE_HELP);
        let public = if algorithm == Algorithm::EdDSA {
            // The other way refuses PKCS#8 of version 2, which carries the public key too.
            let pair = Ed25519KeyPair::from_pkcs8(key.as_bytes()).map_err(|_| unusable())?;
            PublicKey::from_ed25519(pair.public_key().as_ref())?
        } else {
            let mut jwk = Jwk::from_encoding_key(&key, algorithm).map_err(|_| unusable())?;
            // An RSA key signs tokens by one scheme and envelopes by the other.
            jwk.common.key_algorithm = None;
            PublicKey::from_jwk(jwk)?
        };
        Ok(Self { key, algorithm, public })
    }

    pub fn public(&self) -> &PublicKey {
        &self.public
    }

    /// The algorithm of a JSON Web Signature by this key.
    pub fn algorithm(&self) -> Algorithm {
        self.algorithm
    }

    /// The bytes of a signature of `message` by `algorithm`.
    ///
    /// # Errors
    /// When the cryptographic library refuses the key.
    pub fn sign(&self, message: &[u8], algorithm: Algorithm, form: SignatureForm) -> Result<Vec<u8>, Refusal> {
        let failed = || Refusal::new("the signing key cannot sign", PRIVATE_HELP);
        if algorithm == Algorithm::ES256 && form == SignatureForm::Der {
            let pair = EcdsaKeyPair::from_pkcs8(&ECDSA_P256_SHA256_ASN1_SIGNING, self.key.as_bytes());
            let signature = pair.map_err(|_| failed())?.sign(&SystemRandom::new(), message).map_err(|_| failed())?;
            return Ok(signature.as_ref().to_vec());
        }
        let signature = crypto::sign(message, &self.key, algorithm).map_err(|_| failed())?;
        URL_SAFE_NO_PAD.decode(signature).map_err(|_| failed())
    }
}

/// A public key, and the algorithms for which it is trusted.
#[derive(Clone, Debug)]
pub struct PublicKey {
    jwk: Jwk,
    /// The name in the header of a signature: of a set of keys the one given there, else the thumbprint.
    pub id: String,
    pub algorithms: Vec<Algorithm>,
}

impl PublicKey {
    /// Reads a PEM public key or certificate.
    ///
    /// # Errors
    /// When it is not a public key of a known type.
    pub fn from_pem(pem: &[u8]) -> Result<Self, Refusal> {
        let keys = [DecodingKey::from_ed_pem(pem), DecodingKey::from_ec_pem(pem), DecodingKey::from_rsa_pem(pem)];
        let jwk = keys.into_iter().flatten().find_map(|key| Jwk::from_decoding_key(&key, None).ok());
        match jwk {
            Some(jwk) => Self::from_jwk(jwk),
            None => Err(Refusal::new("the file holds no PEM public key of a known type", PUBLIC_HELP)),
        }
    }

    /// The key of the 32 bytes of an Ed25519 public key, as Vault's transit engine prints it.
    ///
    /// # Errors
    /// When these are not 32 bytes.
    pub fn from_ed25519(bytes: &[u8]) -> Result<Self, Refusal> {
        let jwk = json!({"kty": "OKP", "crv": "Ed25519", "x": URL_SAFE_NO_PAD.encode(bytes)});
        Self::from_value(&jwk)
    }

    fn from_value(value: &Value) -> Result<Self, Refusal> {
        let jwk = serde_json::from_value(value.clone())
            .map_err(|_| Refusal::new("an entry of the key set is not a JSON Web Key", PUBLIC_HELP))?;
        Self::from_jwk(jwk)
    }

    fn from_jwk(jwk: Jwk) -> Result<Self, Refusal> {
        let refused = |reason: &str| Err(Refusal::new(format!("a key {reason}"), PUBLIC_HELP));
        let of_kind = match &jwk.algorithm {
            AlgorithmParameters::OctetKeyPair(parameters) if decoded_len(&parameters.x) == 32 => {
                vec![Algorithm::EdDSA]
            }
            AlgorithmParameters::EllipticCurve(parameters) if parameters.curve == EllipticCurve::P256 => {
                vec![Algorithm::ES256]
            }
            AlgorithmParameters::RSA(parameters) if decoded_len(&parameters.n) >= LEAST_MODULUS => {
                vec![Algorithm::PS256, Algorithm::RS256]
            }
            AlgorithmParameters::RSA(_) => return refused("is an RSA key of less than 2048 bits"),
            _ => return refused("is not Ed25519, EC P-256 or RSA"),
        };
        if jwk.common.public_key_use.as_ref().is_some_and(|purpose| *purpose != PublicKeyUse::Signature) {
            return refused("is not for signatures (use)");
        }
        let operations = jwk.common.key_operations.as_ref();
        if operations.is_some_and(|operations| !operations.contains(&KeyOperations::Verify)) {
            return refused("is not for verifying (key_ops)");
        }
        let named = jwk.common.key_algorithm.map(|algorithm| algorithm.to_string());
        let is_named = |algorithm: &Algorithm| named.as_ref().is_none_or(|named| *named == format!("{algorithm:?}"));
        let algorithms: Vec<Algorithm> = of_kind.into_iter().filter(is_named).collect();
        if algorithms.is_empty() {
            return refused("names an algorithm that does not fit its type (alg)");
        }
        let id = match &jwk.common.key_id {
            Some(id) => id.clone(),
            None => jwk
                .thumbprint(ThumbprintHash::SHA256)
                .map_err(|_| Refusal::new("a key has no thumbprint", PUBLIC_HELP))?,
        };
        Ok(Self { jwk, id, algorithms })
    }

    /// Whether `signature` holds for `message`.
    pub fn verifies(&self, message: &[u8], signature: &[u8], algorithm: Algorithm, form: SignatureForm) -> bool {
        if !self.algorithms.contains(&algorithm) {
            return false;
        }
        if let (SignatureForm::Der, AlgorithmParameters::EllipticCurve(parameters)) = (form, &self.jwk.algorithm) {
            let (Ok(x), Ok(y)) = (URL_SAFE_NO_PAD.decode(&parameters.x), URL_SAFE_NO_PAD.decode(&parameters.y)) else {
                return false;
            };
            let point = [&[4], x.as_slice(), y.as_slice()].concat();
            return UnparsedPublicKey::new(&ECDSA_P256_SHA256_ASN1, point).verify(message, signature).is_ok();
        }
        let Ok(key) = DecodingKey::from_jwk(&self.jwk) else { return false };
        crypto::verify(&URL_SAFE_NO_PAD.encode(signature), message, &key, algorithm).unwrap_or(false)
    }

    /// As an entry of a JSON Web Key Set.
    pub fn to_jwk(&self) -> Value {
        let mut jwk = serde_json::to_value(&self.jwk.algorithm).unwrap_or_default();
        if let Value::Object(entry) = &mut jwk {
            entry.insert("kid".into(), self.id.clone().into());
            entry.insert("use".into(), "sig".into());
            if let [algorithm] = self.algorithms.as_slice() {
                entry.insert("alg".into(), format!("{algorithm:?}").into());
            }
        }
        jwk
    }
}

/// Every key of a JSON Web Key Set. Keys of other types, and for other purposes, are left out.
///
/// # Errors
/// When `set` is not a key set, or holds no key that can verify.
pub fn key_set(set: &Value) -> Result<Vec<PublicKey>, Refusal> {
    let Some(entries) = set.get("keys").and_then(Value::as_array) else {
        return Err(Refusal::new("it is not a JSON Web Key Set (an object with \"keys\")", PUBLIC_HELP));
    };
    let keys: Vec<PublicKey> = entries.iter().filter_map(|entry| PublicKey::from_value(entry).ok()).collect();
    if keys.is_empty() {
        return Err(Refusal::new("the key set holds no key that can verify a signature", PUBLIC_HELP));
    }
    Ok(keys)
}

fn decoded_len(text: &str) -> usize {
    URL_SAFE_NO_PAD.decode(text).map(|bytes| bytes.len()).unwrap_or_default()
}
