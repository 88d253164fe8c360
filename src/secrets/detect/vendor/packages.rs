//! Registries of packages and images.

use super::checksum;

rules! {
    // npm: "About access tokens"; the checksum is GitHub's.
    "npm-token", "an npm token", ["npm_"], r"npm_[A-Za-z0-9]{36}", check: checksum::github,
        good: ["npm_<github:30>", "//registry.npmjs.org/:_authToken=«npm_<github:30>»"],
        near: ["npm_<b62:30>000000", "npm_<github:29>", "npm_<github:31>", "npm_config_registry"];
    "npm-legacy-token", "an npm token in an .npmrc", [":_authToken="],
        r"/:_authToken=\\?[\x22']?((?:NpmToken\.)?<uuid>)", back: 1, over: |byte| byte == b'/', free: true,
        good: ["//registry.npmjs.org/:_authToken=«<uuid>»", "//npm.acme.io/:_authToken=«NpmToken.<uuid>»"],
        near: ["//registry.npmjs.org/:_authToken=${NPM_TOKEN}", "//registry.npmjs.org/:_authToken=<hex:32>"];
    "npm-password", "a password in an .npmrc", [":_password=", ":_auth=", "_auth=", "_auth ="],
        r"(?::_password|:?_auth) ?= ?\\?[\x22']?([A-Za-z0-9+/]{12,160}={0,2})", free: true, check: checksum::basic,
        good: ["//npm.acme.io/:_auth=«<basic:24>»", "_auth=«<basic:20>»"],
        near: ["//npm.acme.io/:_auth=${NPM_AUTH}", "use_auth=enabledforeverything"];
    "yarn-token", "a Yarn registry token", ["npmAuthToken: "],
        r"npmAuthToken: \\?[\x22']?([A-Za-z0-9_.\-]{32,80})", free: true,
        good: ["npmAuthToken: «<uuid>»", "npmAuthToken: «<b62:40>»"],
        near: ["npmAuthToken: ${NPM_TOKEN}", "npmAuthToken: <b62:20>"];
    // PyPI: macaroons; what follows is base64 of the host.
    "pypi-token", "a PyPI token", ["pypi-AgEIcHlwaS5vcm", "pypi-AgENdGVzdC5weXBpLm9y"],
        r"pypi-Ag(?:EIcHlwaS5vcm|ENdGVzdC5weXBpLm9y)[A-Za-z0-9_\-]{51,}",
        good: ["pypi-AgEIcHlwaS5vcmc<b64url:150>", "pypi-AgENdGVzdC5weXBpLm9yZw<b64url:150>"],
        near: ["pypi-AgEIcHlwaS5vcmc<b62:40>", "pypi-proxy"];
    "rubygems-key", "a RubyGems key", ["rubygems_"], r"rubygems_[0-9a-f]{48}",
        good: ["rubygems_<hex:48>", "rubygems_f<hex:47>"],
        near: ["rubygems_<hex:47>", "rubygems_<hex:49>"];
    "nuget-key", "a NuGet key", ["oy2"], r"oy2[a-z0-9]{43}",
        good: ["oy2<b32:43>", "oy2<b36:43>"],
        near: ["oy2<b36:42>", "oy2<b36:44>"];
    // crates.io: `cio` and 32 letters and digits, since 2020; trusted publishing has a longer prefix.
    "crates-io-token", "a crates.io token", ["cio"], r"cio(?:_tp_)?[A-Za-z0-9]{32}",
        good: ["cio<b62:32>", "cio_tp_<b62:32>"],
        near: ["cio<b62:31>", "cio<b62:33>", "precio<b62:32>"];
    "docker-token", "a Docker Hub token", ["dckr_pat_", "dckr_oat_"], r"dckr_[po]at_[A-Za-z0-9_\-]{27,40}",
        good: ["dckr_pat_<b64url:27>", "dckr_oat_<b64url:32>"],
        near: ["dckr_pat_<b64url:26>", "dckr_xat_<b64url:27>"];
    "docker-config-auth", "the credentials of a registry in a Docker configuration", ["auths"],
        r#"auths\\{0,3}"\s*:\s*\{\s*\\{0,3}"[^"\\]{1,200}\\{0,3}"\s*:\s*\{[^{}]{0,200}?\\{0,3}"auth\\{0,3}"\s*:\s*\\{0,3}"([A-Za-z0-9+/]{8,}={0,2})\\{0,3}""#,
        reach: 1024, check: checksum::basic,
        good: [
            "{\"auths\":{\"https://index.docker.io/v1/\":{\"auth\":\"«<basic:24>»\"}}}",
            "{\"auths\": {\"reg.acme.io\": {\"email\": \"ci@acme.io\", \"auth\": \"«<basic:40>»\"}}}",
        ],
        near: [
            "{\"auths\":{\"https://index.docker.io/v1/\":{}}}", "{\"auths\":{\"reg.acme.io\":{\"auth\":\"<b64:6>\"}}}",
        ];
    // JFrog: API keys, encrypted passwords, reference tokens (base64 of `reftkn:`).
    "jfrog-key", "a JFrog API key", ["AKCp"], r"AKCp[A-Za-z0-9]{69}",
        good: ["AKCp<b62:69>", "AKCp8<b62:68>"],
        near: ["AKCp<b62:68>", "AKCp<b62:70>"];
    "jfrog-password", "a JFrog encrypted password", ["AP5", "AP6", "AP7"], r"AP[5-7][A-Za-z0-9]{39,44}",
        good: ["AP5<b58:40>", "AP6<b58:42>"],
        near: ["AP5<b58:38>", "AP5<b58:60>", "APACHE_LICENSE"];
    "jfrog-reference-token", "a JFrog reference token", ["cmVmdGtuO"], r"cmVmdGtuO[A-Za-z0-9]{55}",
        good: ["cmVmdGtuO<b62:55>", "cmVmdGtuOjAx<b62:52>"],
        near: ["cmVmdGtuO<b62:54>", "cmVmdGtuO<b62:56>"];
    "clojars-token", "a Clojars token", ["CLOJARS_"], r"CLOJARS_[a-z0-9]{60}",
        good: ["CLOJARS_<hex:60>", "CLOJARS_f<hex:59>"],
        near: ["CLOJARS_<hex:59>", "CLOJARS_<hex:61>", "CLOJARS_USERNAME"];
    "packagist-token", "a Packagist token",
        ["packagist_org_", "packagist_ack_", "packagist_oat_", "packagist_uut_", "packagist_ort_"],
        r"packagist_(?:ack|oat|org|ort|uut|tuat|out|ust)_[a-f0-9]{68}",
        good: ["packagist_org_<hex:68>", "packagist_uut_<hex:68>"],
        near: ["packagist_org_<hex:67>", "packagist_org_<hex:69>"];
    "maven-central-token", "a Sonatype user token", ["SONATYPE_", "sonatype_", "MAVEN_CENTRAL_"],
        r#"(?:SONATYPE|sonatype|MAVEN_CENTRAL)_[A-Za-z_]{0,24}(?:TOKEN|token|PASSWORD|password)\\?["']?\s*[:=]\s*\\?["']?([A-Za-z0-9+/]{44}|[A-Za-z0-9]{32})"#,
        free: true,
        good: ["SONATYPE_PASSWORD=«<b64:44>»", "MAVEN_CENTRAL_TOKEN: «<b62:32>»"],
        near: ["SONATYPE_PASSWORD=<b62:20>", "SONATYPE_USERNAME=<b62:8>"];
    "anaconda-token", "an Anaconda token in a channel's address",
        ["conda.anaconda.org/t/", "repo.anaconda.cloud/t/", "repo.anaconda.com/t/"],
        r"(?:conda\.anaconda\.org|repo\.anaconda\.(?:cloud|com))/t/([a-z]{2}-<uuid>)/", free: true,
        good: ["https://conda.anaconda.org/t/«ab-<uuid>»/acme", "https://repo.anaconda.cloud/t/«xy-<uuid>»/main"],
        near: ["https://conda.anaconda.org/t/ab-<hex:32>/acme", "https://a.io/t/list"];
    "jsr-token", "a JSR token", ["jsrp_", "jsrd_"], r"jsr[pd]_[A-Za-z0-9]{32,64}",
        good: ["jsrp_<b62:40>", "jsrd_<b62:40>"],
        near: ["jsrp_<b62:31>", "jsrx_<b62:40>"];
}
