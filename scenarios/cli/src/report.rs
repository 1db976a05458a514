//! How reports on variants are printed: as JSON, or as text with columns and colours.

use crate::Done;
use crate::catalogue::Selection;
use serde::Serialize;
use std::io::{IsTerminal, Write, stdout};

/// What a command found out about one variant.
pub(crate) trait Report: Serialize {
    /// Whether the variant did what it declares.
    fn as_expected(&self) -> bool;

    /// The report for a reader.
    fn text(&self) -> String;
}

/// Makes a report on each variant of the selection, from the positions of story and variant, and
/// prints it: text as soon as it is there, JSON when all are. Stops where there is no report.
pub(crate) fn print_each<R: Report>(
    selection: &Selection,
    json: bool,
    mut report: impl FnMut(usize, usize) -> Option<R>,
) -> Done {
    let mut reports = Vec::new();
    for &variant in &selection.variants {
        let Some(report) = report(selection.story, variant) else { break };
        if !json {
            let gap = if reports.is_empty() { "" } else { "\n" };
            write!(stdout(), "{gap}{}", report.text())?;
            stdout().flush()?;
        }
        reports.push(report);
    }
    if json {
        writeln!(stdout(), "{}", serde_json::to_string_pretty(&reports).expect("plain data"))?;
    }
    Ok(reports.iter().all(Report::as_expected))
}

/// A report's first line: the variant, and what is said if it did what it declares, or if not.
pub(crate) fn heading(
    (story, variant): (&str, &str),
    as_expected: bool,
    good: &str,
    bad: &str,
) -> String {
    let name = paint(Colour::Bold, &format!("{story}/{variant}"));
    let verdict = if as_expected { paint(Colour::Green, good) } else { paint(Colour::Red, bad) };
    format!("{name}: {verdict}\n")
}

/// What is said of a variant that did something else.
pub(crate) fn not_as_declared(expected: &str) -> String {
    format!("NOT as declared, which is: {expected}")
}

/// Rows under headings, each column as wide as its widest cell, numbers to the right. On a terminal
/// the last column goes on in the next line where it is too long.
pub(crate) fn table(headings: &[&str], rows: &[Vec<String>]) -> String {
    let headings = headings.iter().map(|heading| (*heading).to_owned()).collect();
    let all: Vec<&Vec<String>> = std::iter::once(&headings).chain(rows).collect();
    let width =
        |column: usize| all.iter().map(|row| row[column].chars().count()).max().unwrap_or(0);
    let is_number = |column: usize| {
        rows.iter().all(|row| row[column].starts_with(|first: char| first.is_ascii_digit()))
    };
    let last = headings.len() - 1;
    let start: usize = (0..last).map(|column| width(column) + 2).sum::<usize>() + 2;
    let room = terminal_width().map(|all| all.saturating_sub(start).max(20));
    let mut text = String::new();
    for row in &all {
        let mut line = String::new();
        for (column, cell) in row.iter().enumerate() {
            if let Some(room) = room.filter(|room| column == last && cell.chars().count() > *room) {
                let indent = format!("\n{}", " ".repeat(start));
                line += "  ";
                line += &textwrap::wrap(cell, room).join(&indent);
                continue;
            }
            let padding = " ".repeat(width(column) - cell.chars().count());
            line += "  ";
            line += &if is_number(column) {
                format!("{padding}{cell}")
            } else {
                format!("{cell}{padding}")
            };
        }
        text += line.trim_end();
        text.push('\n');
    }
    text
}

/// How the user calls the command: by cargo, from a checkout, or by its name.
pub(crate) fn command() -> &'static str {
    if std::env::var_os("CARGO").is_some() { "cargo run --" } else { "interleave" }
}

/// Wraps `text` in a colour if the output is a terminal that wants one.
pub(crate) fn paint(colour: Colour, text: &str) -> String {
    if !stdout().is_terminal() || std::env::var_os("NO_COLOR").is_some_and(|set| !set.is_empty()) {
        return text.to_owned();
    }
    let code = match colour {
        Colour::Bold => 1,
        Colour::Dim => 2,
        Colour::Red => 31,
        Colour::Green => 32,
        Colour::Yellow => 33,
        Colour::Magenta => 35,
        Colour::Cyan => 36,
    };
    format!("\u{1b}[{code}m{text}\u{1b}[0m")
}

#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Colour {
    Bold,
    Dim,
    Red,
    Green,
    Yellow,
    Magenta,
    Cyan,
}

/// How many columns the terminal has. In a pipe a line may be as long as it likes.
pub(crate) fn terminal_width() -> Option<usize> {
    console::Term::stdout().size_checked().map(|(_, columns)| usize::from(columns))
}

/// A number with its thousands set apart.
pub(crate) fn grouped(number: u64) -> String {
    let digits = number.to_string();
    let mut out = String::new();
    for (position, digit) in digits.chars().enumerate() {
        if position > 0 && (digits.len() - position).is_multiple_of(3) {
            out.push(',');
        }
        out.push(digit);
    }
    out
}
