//! The child's output: no resolved value comes out, in whatever form and in whatever pieces.

use super::{PLANTED, exec, ran};
use crate::support::encodings::encodings;
use crate::support::plimsoll::write;

/// Writes the file named first to the descriptor named second, in pieces of the size named third; 0 is any size, other each time.
const WRITER: &str = "import os, random, sys
text, out, size = open(sys.argv[1], 'rb').read(), int(sys.argv[2]), int(sys.argv[3])
random.seed(4716)
while text:
    n = size or random.randint(1, 40)
    os.write(out, text[:n])
    text = text[n:]
";

#[test]
fn no_form_comes_out_of_either_stream_byte_by_byte_or_in_random_pieces() {
    let folder = tempfile::tempdir().expect("a folder");
    let forms = encodings(PLANTED);
    let lines: String = forms.iter().map(|form| format!("before {form} after\n")).collect();
    let file = write(folder.path(), "text", format!("{lines}pLanted \"Val and no more\n{PLANTED}"));
    let expected = format!("{}pLanted \"Val and no more\n[secret]", "before [secret] after\n".repeat(forms.len()));
    for stream in ["1", "2"] {
        for size in ["1", "7", "0", "100000"] {
            let ran = ran(
                &["--log", "trace"],
                &[("A", "vault:kv/shop#password")],
                &["python3", "-c", WRITER, &file, stream, size],
            );
            assert_eq!(ran.code, 0, "{}", ran.stderr);
            let (out, other) = if stream == "1" { (&ran.stdout, &ran.stderr) } else { (&ran.stderr, &ran.stdout) };
            assert!(out.ends_with(&expected), "stream {stream}, pieces of {size}: {out}");
            for form in &forms {
                assert!(!out.contains(form.as_str()) && !other.contains(form.as_str()), "{form} came out: {out}");
            }
        }
    }
}

#[test]
fn a_shell_that_encodes_byte_by_byte_gives_nothing_away() {
    let script = "for f in 'cat' 'base64' 'od -An -tx1' 'base64 -w 20'; do printf %s \"$A\" | $f | dd bs=1 2>/dev/null; echo; printf 'x%s' \"$A\" | base64 -w 0 | dd bs=1 2>/dev/null; echo; done; printf '%s\\n' \"$B\" | sed 's/^/log: /'; set -x; : \"$A\"";
    let key = "-----BEGIN KEY-----\nMHcCAQEEIGanothingofuse0000\nQWxsb3RoZXJzYXJlbm90aGluZw\n-----END KEY-----\n";
    super::SERVER.call("POST", "kv/data/key", &serde_json::json!({"data": {"key": key}}));
    let ran = ran(&[], &[("A", "vault:kv/shop#password"), ("B", "vault:kv/key#key")], &["/bin/bash", "-c", script]);
    assert_eq!(ran.code, 0, "{}", ran.stderr);
    let squeezed: String = (ran.stdout.clone() + &ran.stderr).split_whitespace().collect();
    for form in encodings(PLANTED) {
        assert!(
            !squeezed.contains(&form.split_whitespace().collect::<String>()),
            "{form} came out: {}{}",
            ran.stdout,
            ran.stderr
        );
    }
    for line in ["MHcCAQEEIGanothingofuse0000", "QWxsb3RoZXJzYXJlbm90aGluZw"] {
        assert!(!squeezed.contains(line), "{}", ran.stdout);
    }
    assert!(ran.stdout.contains("log: -----BEGIN KEY-----\nlog: [secret]\n"), "{}", ran.stdout);
}

#[test]
fn vaults_own_token_is_masked_even_where_it_is_kept() {
    let ran = ran(&["--keep", "VAULT_TOKEN"], &[], &["/bin/sh", "-c", "echo \"token $VAULT_TOKEN\""]);
    assert_eq!(ran.stdout, "token [secret]\n");
}

#[test]
fn bytes_pass_as_they_are_and_at_once() {
    use std::io::{Read as _, Write as _};
    let bytes: Vec<u8> = (0..=255).cycle().take(300_000).collect();
    let mut child = exec(&[], &[("A", "vault:kv/shop#password")], &["/bin/cat"])
        .stdin(std::process::Stdio::piped())
        .spawn()
        .expect("the program starts");
    let (mut stdin, mut stdout) = (child.stdin.take().expect("a pipe"), child.stdout.take().expect("a pipe"));
    // A prompt without a line feed is there before anything else is written.
    stdin.write_all(b"login: ").expect("it reads");
    let mut prompt = [0; 7];
    stdout.read_exact(&mut prompt).expect("it is passed on");
    assert_eq!(&prompt, b"login: ");
    let sent = bytes.clone();
    let writer = std::thread::spawn(move || stdin.write_all(&sent));
    let mut received = Vec::new();
    stdout.read_to_end(&mut received).expect("it ends");
    writer.join().expect("it ends").expect("all is read");
    assert!(received == bytes, "{} bytes for {}", received.len(), bytes.len());
    assert!(child.wait().expect("it ends").success());
}

#[test]
fn a_reader_that_goes_away_ends_the_child_as_a_pipe_does() {
    let mut child = exec(&[], &[], &["yes"]).spawn().expect("the program starts");
    drop(child.stdout.take());
    let status = child.wait().expect("it ends");
    assert_eq!(status.code(), Some(128 + 13), "killed by SIGPIPE");
}
