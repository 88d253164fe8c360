//! `plimsoll demo`: runs the gate on bundled releases; needs only this program.

use crate::base::exit::Exit;
use crate::cli::terminal::{Color, complain, say, width};
use crate::report::{self, Format, Style};
use crate::run::demo;
use crate::verdict::{Outcome, Verdict};

pub(super) fn run() -> Exit {
    let red = demo::judge(demo::RED);
    let green = demo::judge(demo::GREEN);
    let (Some(red), Some(green)) = (red, green) else {
        complain("internal error: the bundled release could not be checked; please report this");
        return Exit::Internal;
    };
    let style = Style { colour: Color::Auto.on_stdout(), width: width(), ..Style::default() };
    let show = |title: &str, verdict: &Verdict| {
        say(&format!("{title}\n\n{}", report::render(std::slice::from_ref(verdict), Format::Text, style)));
    };
    show("A typical bad release: started by hand, contains a password, runs as root, bypasses its canary.", &red);
    show(
        "The fixed version: started from git by a service account, secrets in Vault, not root, waits for its canary.",
        &green,
    );
    if (red.outcome, green.outcome) == (Outcome::Failed, Outcome::Passed) {
        say("The bad release failed and the fixed version passed. Next: run `plimsoll check` on your own pipelines.\n");
        return Exit::Passed;
    }
    complain("internal error: unexpected verdicts for the bundled releases; please report this");
    Exit::Internal
}
