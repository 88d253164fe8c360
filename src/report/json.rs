//! JSON: the report of all verdicts, the one verdict document, and one document per line.

use std::io::{self, Write};

use serde::Serialize;
use serde_json::Serializer;
use serde_json::ser::{Formatter, PrettyFormatter};

use crate::report::Reporter;
use crate::report::json_v1::{REPORT, Verdict};
use crate::verdict::{self, Outcome};

/// Writes the report: its `verdicts` as they arrive, its `outcome` at the end.
pub struct JsonReporter<W> {
    out: W,
    /// Knows how deep it is in the report, for the indentation.
    pretty: PrettyFormatter<'static>,
    /// The worst outcome so far; `None` before the first verdict.
    worst: Option<Outcome>,
}

impl<W: Write> JsonReporter<W> {
    /// A reporter to `out`.
    pub fn new(out: W) -> Self {
        Self { out, pretty: PrettyFormatter::new(), worst: None }
    }

    fn key(&mut self, key: &str, is_first: bool) -> io::Result<()> {
        self.pretty.begin_object_key(&mut self.out, is_first)?;
        self.value(&key)?;
        self.pretty.end_object_key(&mut self.out)?;
        self.pretty.begin_object_value(&mut self.out)
    }

    /// Writes `value` at the present depth.
    fn value(&mut self, value: &impl Serialize) -> io::Result<()> {
        value.serialize(&mut Serializer::with_formatter(&mut self.out, self.pretty.clone()))?;
        Ok(())
    }
}

impl<W: Write> Reporter for JsonReporter<W> {
    fn begin(&mut self) -> io::Result<()> {
        self.pretty.begin_object(&mut self.out)?;
        self.key("schema", true)?;
        self.value(&REPORT)?;
        self.pretty.end_object_value(&mut self.out)?;
        self.key("verdicts", false)?;
        self.pretty.begin_array(&mut self.out)
    }

    fn verdict(&mut self, verdict: &verdict::Verdict) -> io::Result<()> {
        let is_first = self.worst.is_none();
        self.worst = self.worst.max(Some(verdict.outcome));
        self.pretty.begin_array_value(&mut self.out, is_first)?;
        self.value(&Verdict::from(verdict))?;
        self.pretty.end_array_value(&mut self.out)
    }

    fn end(&mut self) -> io::Result<()> {
        self.pretty.end_array(&mut self.out)?;
        self.pretty.end_object_value(&mut self.out)?;
        self.key("outcome", false)?;
        self.value(&self.worst.unwrap_or(Outcome::Inconclusive).word())?;
        self.pretty.end_object_value(&mut self.out)?;
        self.pretty.end_object(&mut self.out)?;
        self.out.write_all(b"\n")?;
        self.out.flush()
    }
}

/// Writes the verdict document of the one document that was judged. The gate's `plimsollVerdictSha256` covers its bytes.
pub struct VerdictReporter<W> {
    out: W,
    is_written: bool,
}

impl<W: Write> VerdictReporter<W> {
    /// A reporter to `out`.
    pub fn new(out: W) -> Self {
        Self { out, is_written: false }
    }
}

impl<W: Write> Reporter for VerdictReporter<W> {
    fn begin(&mut self) -> io::Result<()> {
        Ok(())
    }

    /// Also an error: a second verdict.
    fn verdict(&mut self, verdict: &verdict::Verdict) -> io::Result<()> {
        if std::mem::replace(&mut self.is_written, true) {
            return Err(io::Error::other("the format verdict holds one verdict; use json for several documents"));
        }
        serde_json::to_writer_pretty(&mut self.out, &Verdict::from(verdict))?;
        self.out.write_all(b"\n")
    }

    /// Also an error: no verdict at all, since an empty file is not a document.
    fn end(&mut self) -> io::Result<()> {
        if !self.is_written {
            return Err(io::Error::other("nothing was judged"));
        }
        self.out.flush()
    }
}

/// Writes one verdict document per line.
pub struct LinesReporter<W> {
    out: W,
}

impl<W: Write> LinesReporter<W> {
    /// A reporter to `out`.
    pub fn new(out: W) -> Self {
        Self { out }
    }
}

impl<W: Write> Reporter for LinesReporter<W> {
    fn begin(&mut self) -> io::Result<()> {
        Ok(())
    }

    fn verdict(&mut self, verdict: &verdict::Verdict) -> io::Result<()> {
        serde_json::to_writer(&mut self.out, &Verdict::from(verdict))?;
        self.out.write_all(b"\n")
    }

    fn end(&mut self) -> io::Result<()> {
        self.out.flush()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::{self, Format, Style, testing};

    /// The report as one value, to compare the streamed bytes with.
    #[derive(Serialize)]
    struct Report<'a> {
        schema: &'static str,
        verdicts: Vec<Verdict<'a>>,
        outcome: &'static str,
    }

    fn whole(value: &impl Serialize) -> String {
        serde_json::to_string_pretty(value).unwrap() + "\n"
    }

    #[test]
    fn a_streamed_report_is_byte_for_byte_the_serialized_one() {
        let all = [(Outcome::Passed, 0), (Outcome::Failed, 2), (Outcome::Inconclusive, 0)]
            .map(|(outcome, findings)| testing::verdict(outcome, findings));
        for (count, outcome) in [(0, "inconclusive"), (1, "passed"), (3, "failed")] {
            let verdicts: Vec<_> = all.iter().take(count).cloned().collect();
            let report = Report { schema: REPORT, verdicts: verdicts.iter().map(Verdict::from).collect(), outcome };
            assert_eq!(report::render(&verdicts, Format::Json, Style::default()), whole(&report), "{count}");
        }
    }

    #[test]
    fn the_verdict_is_the_document_in_the_report_and_in_its_line() {
        let one = testing::verdict(Outcome::Failed, 1);
        let render = |format| report::render(std::slice::from_ref(&one), format, Style::default());
        assert_eq!(render(Format::Verdict), whole(&Verdict::from(&one)));
        let read = |text: &str| serde_json::from_str::<serde_json::Value>(text).unwrap();
        assert_eq!(read(&render(Format::Verdict)), read(&render(Format::Json))["verdicts"][0]);
        assert_eq!(read(&render(Format::Verdict)), read(&render(Format::Jsonl)));
        assert_eq!(render(Format::Jsonl).lines().count(), 1);
    }

    #[test]
    fn the_format_verdict_takes_exactly_one() {
        let one = testing::verdict(Outcome::Failed, 1);
        let mut reporter = VerdictReporter::new(Vec::new());
        reporter.begin().unwrap();
        reporter.verdict(&one).unwrap();
        reporter.verdict(&one).unwrap_err();
        let mut reporter = VerdictReporter::new(Vec::new());
        reporter.begin().unwrap();
        reporter.end().unwrap_err();
    }
}
