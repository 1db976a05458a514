//! Text in columns, and colours for a terminal.

use std::io::IsTerminal;

/// Rows under headings, each column as wide as its widest cell, numbers to the right.
pub(crate) fn table(headings: &[&str], rows: &[Vec<String>]) -> String {
    let headings = headings
        .iter()
        .map(|heading| (*heading).to_owned())
        .collect();
    let all: Vec<&Vec<String>> = std::iter::once(&headings).chain(rows).collect();
    let width = |column: usize| {
        all.iter()
            .map(|row| row[column].chars().count())
            .max()
            .unwrap_or(0)
    };
    let is_number = |column: usize| {
        rows.iter()
            .all(|row| row[column].starts_with(|first: char| first.is_ascii_digit()))
    };
    let mut text = String::new();
    for row in &all {
        let mut line = String::new();
        for (column, cell) in row.iter().enumerate() {
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

/// Wraps `text` in a colour if the output is a terminal that wants one.
pub(crate) fn paint(colour: Colour, text: &str) -> String {
    if !std::io::stdout().is_terminal() || std::env::var_os("NO_COLOR").is_some() {
        return text.to_owned();
    }
    let code = match colour {
        Colour::Bold => 1,
        Colour::Red => 31,
        Colour::Green => 32,
    };
    format!("\u{1b}[{code}m{text}\u{1b}[0m")
}

#[derive(Clone, Copy)]
pub(crate) enum Colour {
    Bold,
    Red,
    Green,
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
