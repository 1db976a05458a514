//! The functions of a story that a player sees.

use include_dir::{Dir, include_dir};
use serde::Serialize;
use std::collections::BTreeSet;

/// The stories' sources.
static SOURCES: Dir = include_dir!("$CARGO_MANIFEST_DIR/../src");

/// A function.
#[derive(Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub(crate) struct Listing {
    file: String,
    /// Each line with its number.
    lines: Vec<(u32, &'static str)>,
}

/// The functions in which these lines stand, each once.
pub(crate) fn listings(places: impl Iterator<Item = (String, u32)>) -> Vec<Listing> {
    let places: BTreeSet<(String, u32)> = places.collect();
    let listings: BTreeSet<Listing> =
        places.into_iter().filter_map(|(file, line)| listing(&file, line)).collect();
    listings.into_iter().collect()
}

/// The sources are formatted: a function, or the `impl` around it, begins and ends where a line is
/// not indented, and a method where one is by four.
fn listing(file: &str, line: u32) -> Option<Listing> {
    let name = file.strip_prefix("scenarios/src/")?;
    let text = SOURCES.get_file(name)?.contents_utf8()?;
    let lines: Vec<&str> = text.lines().collect();
    let at = line as usize - 1;
    let begins = |indent: &str, one: usize| {
        let rest = lines[one].strip_prefix(indent)?;
        ["fn ", "pub fn ", "pub(crate) fn "]
            .iter()
            .any(|start| rest.starts_with(start))
            .then_some(one)
    };
    let item = (0..=at).rev().find(|&one| lines[one].starts_with(|c: char| c.is_alphabetic()))?;
    let (first, indent) = match begins("", item) {
        Some(first) => (first, ""),
        None => ((item..=at).rev().find_map(|one| begins("    ", one))?, "    "),
    };
    let end = format!("{indent}}}");
    let last = (at..lines.len()).find(|&one| lines[one] == end)?;
    let lines = (first..=last)
        .map(|one| (one as u32 + 1, lines[one].strip_prefix(indent).unwrap_or(lines[one])));
    // What is for the tools and not for the reader.
    let for_tools = |text: &str| text.starts_with("// ANCHOR") || text.starts_with("show!");
    let lines = lines.filter(|(_, text)| !for_tools(text.trim_start()));
    Some(Listing { file: file.to_owned(), lines: lines.collect() })
}
