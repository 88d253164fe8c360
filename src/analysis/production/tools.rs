//! Deployment tools in Jobs: what a command line runs, and whether it only reads.

use crate::document::Kind;
use crate::document::value::Value;
use crate::kubernetes::image;
use crate::spinnaker::evaluate::is_expression;

/// What the containers of a Job do.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Runs {
    /// No deployment tool.
    Other,
    /// A deployment tool that reads, and nothing else.
    Reads,
    /// A deployment tool, which may change anything.
    Deploys,
}

/// Commands that change nothing, by tool; two words where the first alone may change something.
const READING: [(&str, &[&str]); 3] = [
    (
        "kubectl",
        &[
            "get",
            "describe",
            "wait",
            "logs",
            "top",
            "version",
            "explain",
            "api-resources",
            "api-versions",
            "cluster-info",
            "diff",
            "events",
            "rollout status",
            "rollout history",
            "auth can-i",
        ],
    ),
    (
        "helm",
        &["list", "ls", "status", "test", "history", "get", "template", "lint", "show", "search", "version", "verify"],
    ),
    (
        "terraform",
        &["plan", "validate", "show", "output", "version", "fmt", "providers", "graph", "state list", "state show"],
    ),
];

/// Other names of the same tools.
const SAME: [(&str, &str); 3] = [("oc", "kubectl"), ("tofu", "terraform"), ("terragrunt", "terraform")];

/// Characters with which a shell runs, writes or reads something else as well.
const SHELL: &[char] = &[';', '&', '|', '$', '`', '>', '<', '\n', '\r', '(', ')', '{', '}'];

/// What the containers of `pod` run; the worst counts. `tools` are the names of deployment tools.
pub fn runs(pod: Value<'_>, tools: &[String]) -> Runs {
    let lists = ["initContainers", "containers", "ephemeralContainers"];
    let containers = lists.into_iter().flat_map(|list| pod.list(list));
    containers.map(|container| of_container(container, tools)).max().unwrap_or(Runs::Other)
}

fn of_container(container: Value<'_>, tools: &[String]) -> Runs {
    let image = container.str("image").unwrap_or_default();
    let image = image::repository(&image).rsplit('/').next().unwrap_or_default().to_lowercase();
    let of_image = tools.iter().find(|tool| **tool == image);
    let (command, args) = (texts(container.get("command")), texts(container.get("args")));
    let line: Vec<String> = command.iter().chain(&args).cloned().collect();
    let is_named = line.iter().any(|text| names_tool(text, tools));
    let is_entry = command.is_empty() && of_image.is_some();
    if !is_named && !is_entry {
        // A tool's image that runs a script of its own may do anything that the tool does.
        return if of_image.is_some() { Runs::Deploys } else { Runs::Other };
    }
    let words = if is_entry { of_image.into_iter().cloned().chain(line).collect() } else { line };
    if reads(&words) { Runs::Reads } else { Runs::Deploys }
}

fn texts(value: Option<Value<'_>>) -> Vec<String> {
    let Some(value) = value else { return Vec::new() };
    if value.kind() == Kind::String {
        return value.as_str().map(std::borrow::Cow::into_owned).into_iter().collect();
    }
    value.elements().filter_map(Value::text).map(std::borrow::Cow::into_owned).collect()
}

/// Whether a text holds the name of a tool as a word of its own, with or without the path before it.
fn names_tool(text: &str, tools: &[String]) -> bool {
    let is_part = |character: char| character.is_alphanumeric() || matches!(character, '-' | '_' | '.' | '/');
    text.split(|character| !is_part(character)).any(|word| {
        let name = word.rsplit('/').next().unwrap_or_default();
        tools.iter().any(|tool| tool == name)
    })
}

/// Whether a command line is one literal command that reads.
fn reads(line: &[String]) -> bool {
    if line.iter().any(|text| is_expression(text)) {
        return false;
    }
    let words: Vec<String> = match line {
        [shell, option, script] if is_shell(shell) && matches!(option.as_str(), "-c" | "-ec" | "-lc" | "-ce") => {
            if script.trim().contains(SHELL) {
                return false;
            }
            script.split_whitespace().map(str::to_owned).collect()
        }
        words if words.iter().any(|word| word.contains(SHELL)) => return false,
        words => words.iter().flat_map(|word| word.split_whitespace()).map(str::to_owned).collect(),
    };
    let Some((tool, rest)) = words.split_first() else { return false };
    let name = tool.rsplit('/').next().unwrap_or_default();
    let name = SAME.iter().find(|(other, _)| *other == name).map_or(name, |(_, same)| *same);
    let Some((_, reading)) = READING.iter().find(|(tool, _)| *tool == name) else { return false };
    // Options before the command may take a value, so that only a command in the first place is sure.
    let said = rest.iter().take(2).map(String::as_str).collect::<Vec<_>>();
    let is_reading = |command: &str| match command.split_once(' ') {
        Some((first, second)) => said == [first, second],
        None => said.first() == Some(&command),
    };
    reading.iter().any(|command| is_reading(command)) && !rest.iter().any(|word| word.starts_with("--post-renderer"))
}

fn is_shell(word: &str) -> bool {
    matches!(word.rsplit('/').next().unwrap_or_default(), "sh" | "bash" | "ash" | "dash" | "zsh" | "ksh")
}

#[cfg(test)]
mod tests {
    use serde_json::{Value as Json, json};

    use super::*;
    use crate::document::Document;

    fn found(container: &Json) -> Runs {
        let pod = Document::json(json!({"containers": [container]}).to_string()).unwrap();
        runs(pod.root(), &["kubectl".into(), "helm".into(), "terraform".into()])
    }

    #[test]
    fn a_tool_is_known_wherever_it_stands_in_the_command() {
        for container in [
            json!({"image": "a/kit:1", "command": ["kubectl", "apply", "-f", "x"]}),
            json!({"image": "a/kit:1", "command": ["/bin/sh", "-c", "set -e; cd /x && /usr/local/bin/helm upgrade shop ."]}),
            json!({"image": "bitnami/kubectl:1.30", "args": ["set", "image", "deployment/shop"]}),
            json!({"image": "a/terraform", "args": ["apply", "-auto-approve"]}),
            json!({"image": "a/kubectl:1", "command": ["/scripts/run.sh"]}),
            json!({"image": "a/kit", "command": ["sh", "-c", "kubectl get pods && kubectl apply -f x"]}),
            json!({"image": "a/kit", "command": ["sh", "-c", "kubectl get pods; true"]}),
            json!({"image": "a/kit", "command": ["kubectl", "get", "${parameters.what}"]}),
            json!({"image": "a/kit", "command": ["kubectl", "--context", "get", "delete"]}),
            json!({"image": "a/kit", "command": ["kubectl", "rollout", "restart", "deployment/shop"]}),
        ] {
            assert_eq!(found(&container), Runs::Deploys, "{container}");
        }
    }

    #[test]
    fn one_reading_command_only_reads() {
        for container in [
            json!({"image": "a/kit", "command": ["kubectl", "rollout", "status", "deployment/shop"]}),
            json!({"image": "a/kit", "command": ["sh", "-c", "kubectl wait --for=condition=ready pod -l app=shop"]}),
            json!({"image": "alpine/helm:3", "args": ["test", "shop"]}),
            json!({"image": "a/terraform:1", "args": ["plan"]}),
        ] {
            assert_eq!(found(&container), Runs::Reads, "{container}");
        }
        for container in [
            json!({"image": "a/migrate:1", "command": ["rake", "db:migrate"]}),
            json!({"image": "a/kubectl-free:1"}),
            json!({"image": "a/x", "args": ["--no-helmet"]}),
        ] {
            assert_eq!(found(&container), Runs::Other, "{container}");
        }
    }
}
