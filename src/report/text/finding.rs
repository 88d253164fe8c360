//! One finding, or findings that are alike, in the text report.

use std::io::{self, Write};

use super::wrap::{BLUE, BOLD, Printer, RED, YELLOW};
use crate::report::common::{Level, page};
use crate::report::digest::{Group, PlaceDigest};

/// The most notes about one place.
const MOST_NOTES: usize = 2;

/// The most other places that are named.
const MOST_NAMED: usize = 3;

/// Findings that are alike: the first in full, and where the others are.
pub fn group<W: Write>(printer: &mut Printer<W>, group: &Group) -> io::Result<()> {
    let mut places = group.places.iter();
    let Some(first) = places.next() else { return Ok(()) };
    one(printer, group, first)?;
    if group.count > 1 {
        let named: Vec<String> = places.take(MOST_NAMED).map(PlaceDigest::short).collect();
        let rest = if group.count - 1 > named.len() { ", …" } else { "" };
        note(printer, &format!("and {} more like it: {}{rest}", group.count - 1, named.join(", ")))?;
    }
    printer.line("")
}

/// The same, each of them in full.
pub fn each<W: Write>(printer: &mut Printer<W>, group: &Group) -> io::Result<()> {
    for place in &group.places {
        one(printer, group, place)?;
        printer.line("")?;
    }
    let left_out = group.count.saturating_sub(group.places.len());
    if left_out > 0 {
        printer.line(&format!("{left_out} more like it; use the format json for all of them\n"))?;
    }
    Ok(())
}

/// Findings that are alike on one line, for `-q`.
pub fn line<W: Write>(printer: &mut Printer<W>, group: &Group) -> io::Result<()> {
    let Some(first) = group.places.first() else { return Ok(()) };
    let more = if group.count > 1 { format!(" (and {} more like it)", group.count - 1) } else { String::new() };
    let text = format!("{}: {}: {}{more}", first.long(), title(printer, group), first.message);
    printer.line(&text)
}

fn title<W: Write>(printer: &Printer<W>, group: &Group) -> String {
    let colour = match group.level {
        Level::Error => RED,
        Level::Warning => YELLOW,
        Level::Note => BLUE,
    };
    let is_allowed = group.places.first().is_some_and(|place| place.allowed_by.is_some());
    let word = if is_allowed { "allowed" } else { group.level.word() };
    printer.paint(colour, &format!("{} {word}[{}]", group.severity.word(), group.meta.id))
}

fn one<W: Write>(printer: &mut Printer<W>, group: &Group, place: &PlaceDigest) -> io::Result<()> {
    let bold: Vec<String> = place.message.split(' ').map(|word| printer.paint(BOLD, word)).collect();
    let title = format!("{}: {}", title(printer, group), bold.join(" "));
    printer.wrapped(&title, 0, 4)?;
    let stage = place.stage.as_deref().map(|stage| format!(" in stage {stage}")).unwrap_or_default();
    let arrow = printer.paint(BLUE, "-->");
    printer.wrapped(&format!("{arrow}\u{a0}{}{stage}", place.long().replace(' ', "\u{a0}")), 3, 7)?;
    match &place.source {
        Some(source) => source_line(printer, source)?,
        None if !place.value.is_empty() => note(printer, &format!("value: {}", place.value))?,
        None => {}
    }
    note(printer, &format!("pointer: {}", place.pointer))?;
    let most = if printer.is_verbose() { usize::MAX } else { MOST_NOTES };
    for (what, text) in place.notes.iter().take(most) {
        note(printer, &format!("{what}: {text}"))?;
    }
    if place.notes.len() > most {
        note(printer, &format!("and at {} more places", place.notes.len() - most))?;
    }
    match &place.allowed_by {
        Some(waiver) => note(printer, &format!("allowed by: {waiver}"))?,
        None => note(printer, &format!("help: {}", place.remedy))?,
    }
    note(printer, &format!("docs: {}", page(&group.meta)))
}

fn note<W: Write>(printer: &mut Printer<W>, text: &str) -> io::Result<()> {
    let sign = printer.paint(BLUE, "=");
    printer.wrapped(&format!("{sign} {text}"), 4, 6)
}

fn source_line<W: Write>(printer: &mut Printer<W>, source: &crate::document::excerpt::Excerpt) -> io::Result<()> {
    let crate::document::excerpt::Excerpt { line, before, marked, after } = source;
    // Indentation says little, and takes the room of what matters.
    let indent = before.len() - before.trim_start().len();
    let before = if indent > 8 { format!("  {}", before.trim_start()) } else { before.clone() };
    let number = format!("{line:>3}");
    let room = printer.width().map_or(usize::MAX, |width| width.saturating_sub(number.len() + 3));
    let whole: String = [before.as_str(), marked, after].concat();
    let whole = cut(&whole, room);
    let from = before.chars().count();
    let length = marked.chars().count().min(whole.chars().count().saturating_sub(from)).max(1);
    let bar = printer.paint(BLUE, &format!("{number} |"));
    printer.line(&format!("{bar} {whole}"))?;
    let bar = printer.paint(BLUE, &format!("{} |", " ".repeat(number.len())));
    let carets = printer.paint(RED, &"^".repeat(length));
    printer.line(&format!("{bar} {}{carets}", " ".repeat(from)))
}

fn cut(text: &str, most: usize) -> String {
    if text.chars().count() <= most {
        return text.to_owned();
    }
    text.chars().take(most.saturating_sub(1)).chain(['…']).collect()
}
