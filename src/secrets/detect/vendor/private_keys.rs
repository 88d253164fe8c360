//! Keys, signed tokens and password hashes that belong to no single vendor.

use super::checksum;

rules! {
    // RFC 7468, OpenSSH, OpenPGP (RFC 9580, armour), cosign: also with escaped line ends, without any, or cut off.
    "private-key", "a private key", ["-----BEGIN"],
        r#"-----BEGIN (?:[A-Z0-9]{2,10} ){0,3}PRIVATE KEY(?: BLOCK)?-----(?:[\s\\nr"',+]{0,40}[A-Z][A-Za-z\-]{2,20}: [^\r\n\\]{0,100})*(?:[A-Za-z0-9+/=\s\\"',]|%0[AaDd]|%2[0BbFf]|%3[Dd]|&#10;|<br ?/?>){48,}(?:-----END [A-Z0-9 ]{0,40}PRIVATE KEY(?: BLOCK)?-----)?"#,
        free: true, reach: 16384, check: checksum::armour,
        good: [
            "-----BEGIN\u{20}RSA PRIVATE KEY-----\n<lines:800>\n-----END RSA PRIVATE KEY-----",
            "-----BEGIN\u{20}OPENSSH PRIVATE KEY-----\n<lines:340>\n-----END OPENSSH PRIVATE KEY-----",
            "-----BEGIN\u{20}EC PRIVATE KEY-----\\n<b64:64>\\n<b64:64>\\n<b64:36>==\\n-----END EC PRIVATE KEY-----",
            "-----BEGIN\u{20}PRIVATE KEY----- <b64:64> <b64:64> -----END PRIVATE KEY-----",
            "-----BEGIN\u{20}ENCRYPTED COSIGN PRIVATE KEY-----\n<lines:400>\n-----END ENCRYPTED COSIGN PRIVATE KEY-----",
            "-----BEGIN\u{20}PRIVATE KEY-----<b64:220>-----END PRIVATE KEY-----",
            "-----BEGIN\u{20}RSA PRIVATE KEY-----\nProc-Type: 4,ENCRYPTED\nDEK-Info: AES-256-CBC,<HEX:32>\n\n<lines:800>\n-----END RSA PRIVATE KEY-----",
            "-----BEGIN\u{20}PGP PRIVATE KEY BLOCK-----\nVersion: GnuPG v2\n\n<lines:900>\n=<b64:4>\n-----END PGP PRIVATE KEY BLOCK-----",
            "-----BEGIN\u{20}DSA PRIVATE KEY-----%0A<b62:64>%0A<b62:64>%0A-----END DSA PRIVATE KEY-----",
        ],
        near: [
            "-----BEGIN CERTIFICATE-----\n<lines:800>\n-----END CERTIFICATE-----",
            "-----BEGIN PUBLIC KEY-----\n<lines:300>\n-----END PUBLIC KEY-----",
            "-----BEGIN PGP PUBLIC KEY BLOCK-----\n\n<lines:300>\n-----END PGP PUBLIC KEY BLOCK-----",
            "-----BEGIN\u{20}RSA PRIVATE KEY-----\n...\n-----END RSA PRIVATE KEY-----",
            "expected -----BEGIN\u{20}RSA PRIVATE KEY----- at the top of the file, as the tool that reads it wants it there",
            "ssh-rsa AAAAB3NzaC1yc2EAAAADAQABAAABgQ<b64:300> ci@acme.io",
        ];
    // Output of builds: each line after a time or the number of a step.
    "logged-private-key", "a private key in a log", ["-----BEGIN"],
        r"-----BEGIN (?:[A-Z0-9]{2,10} ){0,3}PRIVATE KEY-----(?:\\{1,4}[rn]|\s){1,8}[0-9A-Z#\[][^\r\n\\]{0,40} [A-Za-z0-9+/]{60,76}",
        free: true,
        good: [
            "-----BEGIN\u{20}PRIVATE KEY-----\n#6 0.245 <b64:64>", "-----BEGIN\u{20}EC PRIVATE KEY-----\n2027-04-26 12:36:01 <b64:64>",
        ],
        near: [
            "-----BEGIN\u{20}PRIVATE KEY-----\n#6 0.245 is what the tool prints before the lines of the key and nothing else",
            "-----BEGIN CERTIFICATE-----\n#6 0.245 <b64:64>",
        ];
    "encoded-private-key", "a private key in base64", ["LS0tLS1CRUdJTi"],
        r"LS0tLS1CRUdJTi[A-Za-z0-9+/]{46,}={0,2}(?:(?:\\n|\\r|\s){1,12}[A-Za-z0-9+/]{60,76})*(?:(?:\\n|\\r|\s){1,12}[A-Za-z0-9+/]{2,75}={1,2})?",
        reach: 16384, check: checksum::pem,
        good: ["<pem:800>", "client-key-data: «<pem:500>»", "<wrapped:500>"],
        near: ["LS0tLS1CRUdJTiBDRVJUSUZJQ0FURS0tLS0t<b64:600>", "LS0tLS1CRUdJTi<b64:40>"];
    "ssh2-private-key", "a private key", ["---- BEGIN SSH2 ENCRYPTED PRIVATE KEY ----"],
        r"---- BEGIN SSH2 ENCRYPTED PRIVATE KEY ----(?:[\s\\nr]{1,8}[A-Z][A-Za-z\-]{2,20}: [^\r\n\\]{0,100})*[A-Za-z0-9+/=\s\\]{48,}(?:---- END SSH2 ENCRYPTED PRIVATE KEY ----)?",
        free: true, reach: 8192, check: checksum::armour,
        good: [
            "---- BEGIN SSH2 ENCRYPTED PRIVATE KEY ----\n<lines:400>\n---- END SSH2 ENCRYPTED PRIVATE KEY ----",
            "---- BEGIN SSH2 ENCRYPTED PRIVATE KEY ----\nComment: \"ci\"\n<lines:600>\n---- END SSH2 ENCRYPTED PRIVATE KEY ----",
        ],
        near: [
            "---- BEGIN SSH2 PUBLIC KEY ----\n<lines:400>\n---- END SSH2 PUBLIC KEY ----",
            "---- BEGIN SSH2 ENCRYPTED PRIVATE KEY ---- comes first",
        ];
    "putty-private-key", "a PuTTY private key", ["Private-Lines: "],
        r"Private-Lines: [0-9]{1,3}(?:\\r|\\n|\s){1,4}([A-Za-z0-9+/]{16,64}={0,2}(?:(?:\\r|\\n|\s){1,4}[A-Za-z0-9+/]{1,64}={0,2}){0,60})(?:\\r|\\n|\s){1,4}Private-(?:MAC|Hash)",
        reach: 5120,
        good: [
            "PuTTY-User-Key-File-3: ssh-ed25519\nPrivate-Lines: 1\n«<b64:43>=»\nPrivate-MAC: <hex:64>",
            "Private-Lines: 4\\n«<b64:64>\\n<b64:64>\\n<b64:64>\\n<b64:30>==»\\nPrivate-MAC: <hex:64>",
        ],
        near: ["Public-Lines: 2\n<b64:64>\n<b64:40>", "Private-Lines: 1\nPrivate-MAC: <hex:64>"];
    // RFC 7517: a private member next to the kind of key.
    "json-web-key", "a private JSON Web Key", ["kty"],
        r#"kty\\{0,3}"\s*:\s*\\{0,3}"(?:RSA|EC|OKP|oct)\\{0,3}"[^{}]*?\\{0,3}"[dk]\\{0,3}"\s*:\s*\\{0,3}"([A-Za-z0-9_\-]{22,})\\{0,3}""#,
        reach: 4096,
        good: [
            "{\"kty\":\"RSA\",\"n\":\"<b64url:342>\",\"e\":\"AQAB\",\"d\":\"«<b64url:342>»\"}",
            "{\"kty\": \"EC\", \"crv\": \"P-256\", \"d\": \"«<b64url:43>»\", \"x\": \"<b64url:43>\"}",
            "{\"kty\":\"oct\",\"k\":\"«<b64url:43>»\"}",
        ],
        near: [
            "{\"kty\":\"RSA\",\"n\":\"<b64url:342>\",\"e\":\"AQAB\"}",
            "{\"kty\":\"EC\",\"crv\":\"P-256\",\"x\":\"<b64url:43>\",\"y\":\"<b64url:43>\"}",
        ];
    "age-key", "an age identity", ["AGE-SECRET-KEY-1"], r"AGE-SECRET-KEY-1[QPZRY9X8GF2TVDW0S3JN54KHCE6MUA7L]{58}",
        exact: true,
        good: ["AGE-SECRET-KEY-1<bech32:58>", "AGE-SECRET-KEY-1Q<bech32:57>"],
        near: ["AGE-SECRET-KEY-1<bech32:57>", "AGE-SECRET-KEY-1<bech32:59>", "age1<b36:58>"];
    "wireguard-key", "a WireGuard private key", ["PrivateKey", "PresharedKey"],
        r"P(?:rivate|reshared)Key ?= ?([A-Za-z0-9+/]{42}[AEIMQUYcgkosw048]=)",
        good: ["[Interface]\nPrivateKey = «<b64:42>A=»", "PresharedKey=«<b64:42>w=»"],
        near: ["PublicKey = <b64:42>A=", "PrivateKey = <b64:41>A=", "PrivateKey = <b64:42>B="];
    "minisign-key", "a minisign or signify secret key", ["RWRTY0Iy", "RWRCSwAA"],
        r"RW(?:RTY0Iy|RCSwAA)[A-Za-z0-9+/]{120,212}={0,2}",
        good: ["RWRTY0Iy<b64:204>", "RWRCSwAA<b64:134>=="],
        near: ["RWRTY0Iy<b64:60>", "RWQ<b62:53>"];
    // RFC 7519 and 7516: the header is read.
    "jwt", "a signed token (JWT)", ["eyJ"],
        r"eyJ[A-Za-z0-9_\-]{10,}\.(?:[A-Za-z0-9_\-]{10,}\.[A-Za-z0-9_\-]{20,}|[A-Za-z0-9_\-]{0,}\.[A-Za-z0-9_\-]{10,60}\.[A-Za-z0-9_\-]{10,}\.[A-Za-z0-9_\-]{20,24}|eyJ[A-Za-z0-9_\-]{10,}\.)",
        reach: 12288, recurs: true, check: checksum::jwt,
        good: [
            "<json:8>.<claims:40>.<b64url:342>", "<json:1>.<claims:10>.<b64url:43>",
            "Bearer «<json:8>.<claims:400>.<b64url:86>»", "<json:8>.<b64url:342>.<b64url:16>.<b64url:300>.<b64url:22>",
        ],
        near: [
            "<json:8>.<claims:40>", "eyJ<b62:30>.<claims:30>.<b62:43>",
            concat!("eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9.", "eyJzdWIiOiIxMjM0NTY3ODkwIiwibmFtZSI6IkpvaG4gRG9lIiwiaWF0IjoxNTE2MjM5MDIyfQ", ".SflKxwRJSMeKKF2QT4fwpMeJf36POk6yJV_adQssw5c"),
        ];
    "paseto", "a PASETO token",
        ["v1.local.", "v2.local.", "v3.local.", "v4.local.", "v1.public.", "v2.public.", "v3.public.", "v4.public."],
        r"v[1-4]\.(?:local|public)\.[A-Za-z0-9_\-]{60,}(?:\.[A-Za-z0-9_\-]{1,})?", reach: 4608,
        good: ["v4.local.<b64url:120>", "v2.public.<b64url:160>.<b64url:20>"],
        near: ["v4.local.<b64url:30>", "v5.local.<b64url:120>"];
    "paserk", "a PASETO key",
        ["k1.local.", "k2.local.", "k3.local.", "k4.local.", "k2.secret.", "k3.secret.", "k4.secret."],
        r"k[1-4]\.(?:local\.[A-Za-z0-9_\-]{43}|secret\.[A-Za-z0-9_\-]{64,86})",
        good: ["k4.local.<b64url:43>", "k4.secret.<b64url:86>"],
        near: ["k4.local.<b64url:42>", "k4.public.<b64url:43>"];
    // crypt(5): hashes of passwords.
    "bcrypt-hash", "a hash of a password (bcrypt)", ["$2a$", "$2b$", "$2y$"],
        r"\$2[aby]\$[0-9]{2}\$[A-Za-z0-9./]{53}", free: true,
        good: ["$2a$10$<crypt:53>", "admin:«$2y$05$<crypt:53>»"],
        near: ["$2a$10$<crypt:52>", "$2x$10$<crypt:53>"];
    "sha-crypt-hash", "a hash of a password (SHA-crypt)", ["$5$", "$6$"],
        r"\$(?:5\$(?:rounds=[0-9]{4,9}\$)?[A-Za-z0-9./]{1,16}\$[A-Za-z0-9./]{43}|6\$(?:rounds=[0-9]{4,9}\$)?[A-Za-z0-9./]{1,16}\$[A-Za-z0-9./]{86})",
        free: true,
        good: [
            "$6$<crypt:16>$<crypt:86>", "$5$rounds=5000$<crypt:16>$<crypt:43>",
            "root:«$6$<crypt:8>$<crypt:86>»:19000:0:99999:7:::",
        ],
        near: ["$6$<crypt:16>$<crypt:85>", "echo $5$6$7"];
    "yescrypt-hash", "a hash of a password (yescrypt)", ["$y$", "$gy$", "$7$"],
        r"\$(?:g?y|7)\$[A-Za-z0-9./]{3,12}\$[A-Za-z0-9./]{1,24}\$[A-Za-z0-9./]{43}", free: true,
        good: ["$y$j9T$<crypt:22>$<crypt:43>", "root:«$y$j9T$<crypt:22>$<crypt:43>»:19000::::::"],
        near: ["$y$j9T$<crypt:22>$<crypt:42>", "$y$j9T"];
    "md5-crypt-hash", "a hash of a password (MD5-crypt)", ["$apr1$", "$1$"],
        r"\$(?:apr)?1\$[A-Za-z0-9./]{1,8}\$[A-Za-z0-9./]{22}", free: true,
        good: ["$apr1$<crypt:8>$<crypt:22>", "admin:«$1$<crypt:8>$<crypt:22>»"],
        near: ["$apr1$<crypt:8>$<crypt:21>", "cost $1$2"];
    "argon2-hash", "a hash of a password (Argon2)", ["$argon2"],
        r"\$argon2(?:id|i|d)\$(?:v=[0-9]{1,3}\$)?m=[0-9]{1,8},t=[0-9]{1,4},p=[0-9]{1,4}\$[A-Za-z0-9+/]{11,86}\$[A-Za-z0-9+/]{16,172}",
        free: true,
        good: [
            "$argon2id$v=19$m=65536,t=3,p=4$<b64:22>$<b64:43>",
            "hash: «$argon2i$v=19$m=4096,t=3,p=1$<b64:22>$<b64:43>»",
        ],
        near: ["$argon2id$v=19$m=65536,t=3,p=4$<b64:22>", "$argon2id"];
    "pbkdf2-hash", "a hash of a password (PBKDF2)",
        ["pbkdf2_sha256$", "pbkdf2_sha1$", "$pbkdf2-sha256$", "$pbkdf2-sha512$"],
        r"(?:pbkdf2_sha(?:256\$[0-9]{4,8}\$[A-Za-z0-9]{8,32}\$[A-Za-z0-9+/]{43}=|1\$[0-9]{4,8}\$[A-Za-z0-9]{8,32}\$[A-Za-z0-9+/]{27}=)|\$pbkdf2-sha(?:256|512)\$[0-9]{3,8}\$[A-Za-z0-9./]{8,64}\$[A-Za-z0-9./]{43,86})",
        free: true,
        good: ["pbkdf2_sha256$600000$<b62:22>$<b64:43>=", "$pbkdf2-sha256$29000$<crypt:22>$<crypt:43>"],
        near: ["pbkdf2_sha256$600000$<b62:22>$<b64:42>=", "pbkdf2_sha256$600000"];
    // Kerberos: responses of a key distribution centre, which can be cracked offline; Cisco's type 8 and 9 hashes.
    "kerberos-hash", "a Kerberos ticket that can be broken offline", ["$krb5asrep$", "$krb5tgs$", "$krb5pa$"],
        r"\$krb5(?:asrep|tgs|pa)\$[0-9]{2}\$[^\s\x22']{1,160}\$[0-9a-f]{64,}", free: true, reach: 4096,
        good: ["$krb5asrep$23$bob@example.com:<hex:32>$<hex:300>", "$krb5tgs$23$*bob$EXAMPLE.COM$x/y*$<hex:32>$<hex:400>"],
        near: ["$krb5asrep$23$bob@example.com:<hex:32>$<hex:20>", "$krb5asrep$23"];
    "cisco-hash", "a hash of a password (Cisco type 8 or 9)", ["$8$", "$9$"],
        r"\$[89]\$[A-Za-z0-9./]{14}\$[A-Za-z0-9./]{43}", free: true,
        good: ["$8$<crypt:14>$<crypt:43>", "secret 9 «$9$<crypt:14>$<crypt:43>»"],
        near: ["$8$<crypt:14>$<crypt:42>", "echo $8$9"];
    "ldap-hash", "a hash of a password (LDAP)", ["{SSHA}", "{SSHA256}", "{SSHA512}", "{SHA}", "{SMD5}"],
        r"\{(?:SSHA(?:256|512)?|SHA|SMD5)\}([A-Za-z0-9+/]{22,140}={0,2})", free: true,
        good: ["{SSHA}«<b64:38>==»", "userPassword: {SSHA512}«<b64:100>==»"],
        near: ["{SSHA}<b64:10>", "{SHA256}${digest}"];
}
