"""Signed verdicts, verified by libraries that know nothing of Plimsoll, and made by them.

    signatures.py keys FOLDER      writes KEY.pem and KEY.pub for the keys ed, ec and rsa
    signatures.py verify FOLDER    verifies KEY.jws and KEY.dsse, and writes KEY.theirs: the same claims, signed here
"""

import json
import pathlib
import sys

import jwt
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
from securesystemslib.dsse import Envelope
from securesystemslib.signer import SSlibKey

folder = pathlib.Path(sys.argv[2])
if sys.argv[1] == "keys":
    keys = {
        "ed": ed25519.Ed25519PrivateKey.generate(),
        "ec": ec.generate_private_key(ec.SECP256R1()),
        "rsa": rsa.generate_private_key(65537, 2048),
    }
    pem = serialization.Encoding.PEM
    for name, key in keys.items():
        private = key.private_bytes(pem, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
        public = key.public_key().public_bytes(pem, serialization.PublicFormat.SubjectPublicKeyInfo)
        (folder / f"{name}.pem").write_bytes(private)
        (folder / f"{name}.pub").write_bytes(public)
    raise SystemExit

KEYS = {
    "ed": ("EdDSA", "ed25519"),
    "ec": ("ES256", "ecdsa-sha2-nistp256"),
    "rsa": ("PS256", "rsa-pkcs1v15-sha256"),
}
for name, (algorithm, scheme) in KEYS.items():
    public = (folder / f"{name}.pub").read_bytes()
    token = (folder / f"{name}.jws").read_text().strip()
    claims = jwt.decode(token, public, algorithms=[algorithm], issuer="https://plimsoll.dev", audience="eu")
    assert claims["predicate"]["verificationResult"] == "PASSED", claims
    header = jwt.get_unverified_header(token)
    assert header["alg"] == algorithm and header["kid"], header
    try:
        jwt.decode(token[:-8] + "AAAAAAAA", public, algorithms=[algorithm], audience="eu")
        raise SystemExit(f"{name}: a changed signature holds")
    except jwt.InvalidSignatureError:
        pass

    envelope = json.loads((folder / f"{name}.dsse").read_text())
    key_id = envelope["signatures"][0]["keyid"]
    assert key_id == header["kid"]
    key = SSlibKey.from_crypto(serialization.load_pem_public_key(public), keyid=key_id, scheme=scheme)
    envelope = Envelope.from_dict(envelope)
    envelope.verify([key], 1)
    statement = json.loads(envelope.payload)
    assert statement["subject"] == claims["subject"] and statement["_type"] == claims["_type"]

    private = (folder / f"{name}.pem").read_bytes()
    headers = {"kid": header["kid"], "typ": header["typ"]}
    theirs = jwt.encode(claims, private, algorithm=algorithm, headers=headers)
    (folder / f"{name}.theirs").write_text(theirs)
