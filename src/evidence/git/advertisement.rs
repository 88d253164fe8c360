//! Parses what a git server advertises over HTTP (`git help protocol-http`): its references and their newest commits.

/// The newest commit of `branch`, in lower-case hex; `None` when there is no such branch.
///
/// # Errors
/// When `body` is not an advertisement.
pub(super) fn tip(body: &[u8], branch: &str) -> Result<Option<String>, &'static str> {
    const NOT: &str = "the response of the git server is not a list of references";
    let wanted = format!("refs/heads/{branch}");
    let lines = if body.get(4..).is_some_and(|rest| rest.starts_with(b"# service=git-upload-pack")) {
        packets(body).ok_or(NOT)?
    } else {
        // The older protocol: plain lines of commit, tab and name.
        body.split(|byte| *byte == b'\n').filter(|line| !line.is_empty()).collect()
    };
    let mut found = None;
    for line in lines {
        let line = line.split(|byte| *byte == 0).next().unwrap_or_default();
        let text = std::str::from_utf8(line).map_err(|_| NOT)?.trim_end();
        if text.starts_with('#') {
            continue;
        }
        let (commit, name) = text.split_once([' ', '\t']).ok_or(NOT)?;
        if !matches!(commit.len(), 40 | 64) || !commit.bytes().all(|byte| byte.is_ascii_hexdigit()) {
            return Err(NOT);
        }
        if name.trim() == wanted {
            found = Some(commit.to_ascii_lowercase());
        }
    }
    Ok(found)
}

/// Lines that begin with their length in four hex digits; `0000` ends a part.
fn packets(mut body: &[u8]) -> Option<Vec<&[u8]>> {
    let mut lines = Vec::new();
    while !body.is_empty() {
        let length = usize::from_str_radix(std::str::from_utf8(body.get(..4)?).ok()?, 16).ok()?;
        if length < 4 {
            body = body.get(4..)?;
            continue;
        }
        lines.push(body.get(4..length)?);
        body = body.get(length..)?;
    }
    Some(lines)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn packet(text: &str) -> String {
        format!("{:04x}{text}", text.len() + 4)
    }

    #[test]
    fn the_tip_of_a_branch_is_parsed_and_garbage_is_not() {
        let (main, other) = ("a".repeat(40), "b".repeat(40));
        let smart = [
            packet("# service=git-upload-pack\n"),
            "0000".into(),
            packet(&format!("{main} HEAD\0multi_ack symref=HEAD:refs/heads/main\n")),
            packet(&format!("{main} refs/heads/main\n")),
            packet(&format!("{other} refs/heads/other\n")),
            "0000".into(),
        ]
        .concat();
        assert_eq!(tip(smart.as_bytes(), "main"), Ok(Some(main.clone())));
        assert_eq!(tip(smart.as_bytes(), "gone"), Ok(None));
        let plain = format!("{main}\trefs/heads/main\n{other}\trefs/heads/other\n");
        assert_eq!(tip(plain.as_bytes(), "other"), Ok(Some(other)));
        for garbage in ["{}", "<html>", "001e# service=git-upload-pack\n0000zzzz", "00ff# service=git-upload-pack\n"] {
            assert!(tip(garbage.as_bytes(), "main").is_err(), "{garbage}");
        }
    }
}
