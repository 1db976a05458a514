//! What can be checked of the style that CONTRIBUTING.md asks for.

use listings::book;
use std::fs;
use std::path::{Path, PathBuf};

/// The Rust sources in a folder and below it.
fn sources(folder: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(folder).expect("a folder").map(|entry| entry.expect("an entry"));
    // What was built, and what a reader has written in `practice/my`.
    let kept = entries.filter(|entry| entry.file_name() != "target" && entry.file_name() != "my");
    kept.flat_map(|entry| {
        let path = entry.path();
        match path.extension() {
            _ if path.is_dir() => sources(&path),
            Some(extension) if extension == "rs" => vec![path],
            _ => vec![],
        }
    })
    .collect()
}

/// A row of a table in a comment cannot be broken.
fn is_row(line: &str) -> bool {
    line.trim_start().trim_start_matches(['/', '!']).trim_start().starts_with('|')
}

#[test]
fn no_line_is_longer_than_a_hundred_columns() {
    let sources = sources(&book().join(".."));
    assert!(sources.len() > 100, "only {} sources were found", sources.len());
    let mut long = Vec::new();
    for path in sources {
        let text = fs::read_to_string(&path).expect("text");
        for (number, line) in text.lines().enumerate() {
            if line.chars().count() > 100 && !is_row(line) {
                long.push(format!("{}:{}", path.display(), number + 1));
            }
        }
    }
    assert!(long.is_empty(), "{long:#?}");
}
