//! Secret stores and the requests that read them, from the vendors' API documentation.

/// Commands that print a secret.
pub const COMMANDS: &[&str] = &[
    "vault kv get",
    "vault read",
    "bao kv get",
    "bao read",
    "secretsmanager get-secret-value",
    "ssm get-parameter",
    "gcloud secrets versions access",
    "az keyvault secret show",
    "kubectl get secret",
    "op read",
    "op item get",
    "doppler secrets get",
    "infisical secrets get",
    "conjur variable get",
    "akeyless get-secret-value",
];

/// The store from which a request with `method` to an address in `text` reads a secret; `None` when it reads none. `text` may contain
/// more than the address: an expression does. `target` is the `X-Amz-Target` header.
pub fn read_by(text: &str, method: &str, has_vault_token: bool, target: &str, payload: &str) -> Option<&'static str> {
    let lower = text.to_ascii_lowercase();
    let reads = matches!(method, "GET" | "");
    if lower.contains("secretsmanager.") && lower.contains("amazonaws") || lower.contains("action=getsecretvalue") {
        let is_read =
            target.is_empty() || target.ends_with("GetSecretValue") || target.ends_with("BatchGetSecretValue");
        return is_read.then_some("AWS Secrets Manager");
    }
    if target.ends_with("GetSecretValue") {
        return Some("AWS Secrets Manager");
    }
    if target.starts_with("AmazonSSM.GetParameter") && payload.contains("WithDecryption")
        || lower.contains("ssm.") && lower.contains("amazonaws") && target.starts_with("AmazonSSM.GetParameter")
    {
        return Some("AWS Parameter Store");
    }
    if lower.contains("secretmanager.googleapis.com") && lower.contains(":access") {
        return Some("Google Secret Manager");
    }
    if lower.contains(".vault.azure.net/secrets/") && reads {
        return Some("Azure Key Vault");
    }
    if lower.contains("/api/v1/namespaces/") && lower.contains("/secrets") && reads {
        return Some("a Kubernetes Secret");
    }
    if let Some(at) = lower.find("/v1/") {
        let path = lower.get(at + 4..).unwrap_or_default();
        let path = path.get(..path.find(['?', '\'', '"', ' ', ')']).unwrap_or(path.len())).unwrap_or_default();
        if is_vault(&lower, has_vault_token) && reads_vault(path, method) {
            return Some("Vault");
        }
    }
    let others: &[(&str, &str)] = &[
        ("api.doppler.com/v3/configs/config/secret", "Doppler"),
        ("/aimwebservice/api/accounts", "CyberArk"),
        ("/secretserver/api/v", "Secret Server"),
        ("secretsvaultcloud.com/v1/secrets", "DevOps Secrets Vault"),
        ("/api/v3/secrets/raw", "Infisical"),
        ("api.akeyless.io", "Akeyless"),
        ("/api/v1/secrets/", "a secret store"),
        ("connect.1password", "1Password"),
        ("secretmanager.kms", "a secret store"),
        ("bitwarden", "Bitwarden"),
    ];
    if lower.contains("/v1/vaults/") && lower.contains("/items/") && reads {
        return Some("1Password");
    }
    if lower.contains("/secrets/") && lower.contains("conjur") && reads {
        return Some("Conjur");
    }
    others.iter().find(|(part, _)| lower.contains(part) && (reads || lower.contains("akeyless"))).map(|(_, name)| *name)
}

fn is_vault(text: &str, has_token: bool) -> bool {
    has_token || text.contains("vault") || text.contains(":8200") || text.contains("openbao") || text.contains("bao.")
}

/// Whether Vault's API returns a secret for this path.
fn reads_vault(path: &str, method: &str) -> bool {
    if path.starts_with("sys/") || path.starts_with("identity/") {
        return path.starts_with("sys/wrapping/unwrap");
    }
    if path.starts_with("auth/") {
        return path.contains("/login") || path.contains("/secret-id") || path.starts_with("auth/token/create");
    }
    let is_data = ["/data/", "/creds/", "/static-creds/", "/issue/", "/export/"].iter().any(|part| path.contains(part))
        || path.starts_with("secret/")
        || path.starts_with("kv/")
        || path.starts_with("cubbyhole/");
    let is_listing = path.contains("/metadata/");
    match method {
        "GET" | "" => !is_listing && (is_data || path.contains('/')),
        // Reads by POST: a value that is decrypted or issued.
        _ => path.contains("/decrypt/") || path.contains("/issue/"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_are_distinguished_from_other_requests() {
        assert_eq!(read_by("https://vault.example.com/v1/secret/data/shop", "GET", false, "", ""), Some("Vault"));
        assert_eq!(read_by("https://v.example.com/v1/kv/shop", "GET", true, "", ""), Some("Vault"));
        assert_eq!(read_by("https://vault.example.com/v1/auth/approle/login", "POST", false, "", ""), Some("Vault"));
        assert_eq!(read_by("https://vault.example.com/v1/transit/decrypt/shop", "POST", false, "", ""), Some("Vault"));
        for (url, method) in [
            ("https://vault.example.com/v1/sys/seal-status", "GET"),
            ("https://vault.example.com/v1/secret/metadata/shop", "GET"),
            ("https://vault.example.com/v1/secret/data/shop", "PUT"),
            ("https://api.example.com/v1/builds/7", "GET"),
            ("https://secretmanager.googleapis.com/v1/projects/a/secrets", "GET"),
            ("https://shop.vault.azure.net/keys/x", "GET"),
        ] {
            assert_eq!(read_by(url, method, false, "", ""), None, "{url}");
        }
    }
}
