//! What the position of a value in a Spinnaker document says about it.

use super::document_scanner::Open;
use super::key::{KeyClass, classify, is_about};
use crate::document::Kind;
use crate::document::value::Value;

/// Keys of lists of arguments.
pub(super) const ARGUMENTS: &[&str] = &[
    "args",
    "command",
    "cmd",
    "entrypoint",
    "entryPoint",
    "arguments",
    "commands",
    "argv",
    "containerArgs",
    "Command",
    // The health check of a compose service.
    "test",
    "EntryPoint",
];

/// Keys that only announce a value.
const VALUES: &[&str] = &[
    "value",
    "Value",
    "default",
    "defaultValue",
    "parameterValue",
    "ParameterValue",
    "Default",
    "DefaultValue",
    "defaultvalue",
    "val",
    "stringValue",
    "StringValue",
    "content",
    "plaintext",
    "plainText",
    "secureValue",
    "rawValue",
    "valueString",
    "text",
    "v",
];

/// Keys of the name next to such a value.
const NAMES: &[&str] = &[
    "name",
    "key",
    "Name",
    "Key",
    "parameterKey",
    "OptionName",
    "optionName",
    "ParameterKey",
    "variable",
    "variableName",
    "parameter",
    "property",
    "header",
    "option",
    "field",
    "setting",
    "env",
    "id",
    "k",
];

/// Whether `value` is that of an entry of `env` of a container.
pub(super) fn is_variable(value: Value<'_>, open: &[Open<'_>]) -> bool {
    let [.., containers, _, variables, _] = open else { return false };
    let is_named =
        |open: &Open<'_>, names: &[&str]| open.key.is_some_and(|key| names.iter().any(|name| key.is_key_named(name)));
    value.key_before().is_some_and(|key| key.is_key_named("value"))
        && is_named(variables, &["env"])
        && is_named(containers, &["containers", "initContainers", "ephemeralContainers"])
}

/// Keys of the label that people see for such a value.
const LABELS: &[&str] = &["label", "title", "displayName", "description", "prompt"];

pub(super) fn is_value_key(key: Value<'_>) -> bool {
    key.as_str().is_some_and(|key| VALUES.contains(&&*key))
}

/// The name next to a value: a list of `{name, value}` is an environment.
pub(super) fn sibling_name(object: Value<'_>) -> Option<Value<'_>> {
    // A stage's name is a title.
    if object.get("refId").is_some() {
        return None;
    }
    // `{"type": "password", "value": "…"}` of Keycloak.
    let kind = object.get("type").filter(|kind| kind.as_str().is_some_and(|kind| &*kind == "password"));
    if object.get("name").is_none() && object.get("key").is_none() && kind.is_some() {
        return kind;
    }
    // A JSON patch names the value it sets by its path.
    let is_patch = object.get("op").is_some();
    let path = object.get("path").filter(|path| is_patch && path.kind() == Kind::String);
    path.or_else(|| NAMES.iter().find_map(|name| object.get(name).filter(|value| value.kind() == Kind::String)))
}

/// The label next to a value.
pub(super) fn sibling_label(object: Value<'_>) -> Option<Value<'_>> {
    LABELS
        .iter()
        .filter_map(|name| object.get(name).filter(|value| value.kind() == Kind::String))
        .find(|label| classify(&label.as_str().unwrap_or_default()) != KeyClass::Plain)
}

/// Whether the value under `key` is a result of running, and not authored.
pub(super) fn is_result(key: Value<'_>) -> bool {
    const RESULTS: &[&str] = &[
        "kato.tasks",
        "outputs",
        "outputs.manifests",
        "tasks",
        "annotations",
        "parentExecution",
        "resultObjects",
        "buildInfo",
    ];
    key.as_str().is_some_and(|key| RESULTS.contains(&&*key))
}

/// Whether the open containers belong to a trigger.
pub(super) fn is_trigger(open: &[Open<'_>]) -> bool {
    open.iter().any(|open| open.key.is_some_and(|key| key.is_key_named("trigger") || key.is_key_named("triggers")))
}

/// Whether `value` is the default or an option of a pipeline's or template's parameter.
pub(super) fn is_parameter_default(value: Value<'_>, open: &[Open<'_>]) -> bool {
    let Some(key) = value.key_before() else { return false };
    let is_default = key.is_key_named("default") || key.is_key_named("defaultValue") || key.is_key_named("example");
    let is_option = key.is_key_named("value")
        && open.iter().rev().take(3).any(|open| open.key.is_some_and(|key| key.is_key_named("options")));
    if !is_default && !is_option {
        return false;
    }
    open.iter().rev().take(5).any(|open| {
        open.value.kind() == Kind::Array
            && open.key.is_some_and(|key| {
                key.is_key_named("parameterConfig") || key.is_key_named("parameters") || key.is_key_named("variables")
            })
    })
}

/// Whether an object's key says that its values are encrypted (`SealedSecret`, SOPS).
pub(super) fn is_encrypted(key: Option<Value<'_>>) -> bool {
    key.is_some_and(|key| ["encryptedData", "encrypted", "sealed", "sops"].iter().any(|name| key.is_key_named(name)))
}

/// The class that the key of an object or a list gives to values inside whose own keys have none: `secrets: {billing: …}`,
/// `basicAuth: {admin: …}`. `class` is that of the key.
pub(super) fn class_of_values(key: &str, class: KeyClass) -> KeyClass {
    const PASSWORDS: &[&str] = &["passwords", "passwds"];
    const TOKENS: &[&str] = &[
        "secrets",
        "secretEnv",
        "secretData",
        "tokens",
        "apiKeys",
        "secretVariables",
        "secret_env",
        "secureVariables",
        "sensitive",
    ];
    match class {
        _ if PASSWORDS.contains(&key) => KeyClass::Password,
        _ if TOKENS.contains(&key) => KeyClass::Token,
        KeyClass::Plain | KeyClass::Service | KeyClass::Pin | KeyClass::Pass => match key {
            "credential" | "credentials" | "creds" | "keys" => KeyClass::Parent,
            _ => KeyClass::Plain,
        },
        _ => KeyClass::Parent,
    }
}

/// Whether `key` says nothing about its value, so that the class of its parent counts.
pub(super) fn is_neutral(key: &str) -> bool {
    matches!(key, "key" | "value" | "data" | "content" | "default") || !is_about(key)
}

/// The class of a value whose own `key` has none, in an object whose key `says` this class.
pub(super) fn class_by_parent(key: Value<'_>, says: KeyClass) -> KeyClass {
    if says == KeyClass::Plain || key.as_str().is_none_or(|key| !is_neutral(&key)) { KeyClass::Plain } else { says }
}

/// Whether the strings of `object` are captions, as in the catalogue of a translation: three or more, each with a capital and
/// without digits.
pub(super) fn has_captions(object: Value<'_>) -> bool {
    let (mut all, mut captions) = (0_usize, 0_usize);
    for text in object.entries().take(200).filter_map(|(_, value)| value.as_str()) {
        all += 1;
        let is_caption = text
            .chars()
            .next()
            .is_some_and(|first| first.is_uppercase() || first.is_alphabetic() && !first.is_lowercase())
            && !text
                .chars()
                .any(|character| character.is_numeric() || matches!(character, '/' | '=' | '@' | '_' | '$' | '%'));
        captions += usize::from(is_caption);
    }
    captions >= 3 && captions * 10 >= all * 8
}

/// The address of a notification that is a credential: whoever knows it may post.
pub(super) fn bearer_address(notification: Value<'_>) -> Option<Value<'_>> {
    let kind = notification.get("type").and_then(Value::as_str)?;
    if !matches!(&*kind, "microsoftteams" | "googlechat" | "webhook" | "msteams" | "discord") {
        return None;
    }
    let address = notification.get("address")?;
    let text = address.as_str()?;
    let is_key = text.contains("key=")
        || text.contains("token=")
        || text.contains("/webhook")
        || text.contains("sig=")
        || text.contains("IncomingWebhook");
    (is_key && text.len() >= 24 && !super::decide::is_absent(&text)).then_some(address)
}
