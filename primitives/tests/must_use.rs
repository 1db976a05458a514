//! Answers that must not get lost.

use std::fs;
use std::path::{Path, PathBuf};

/// The source files in a folder and below it.
fn sources(folder: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    entries.flat_map(|path| if path.is_dir() { sources(&path) } else { vec![path] }).collect()
}

/// Whether the function answers at once or after a time, by its name.
fn tries_or_gives_up(name: &str) -> bool {
    let ends = ["_for", "_until", "_at_most"];
    name.starts_with("try_") || ends.iter().any(|end| name.ends_with(end))
}

/// The public functions in a source file, each with its attributes and its signature.
fn functions(source: &str) -> impl Iterator<Item = (&str, String, &str)> {
    const PUBLIC: &str = "    pub fn ";
    source.match_indices(PUBLIC).map(move |(at, _)| {
        let (before, signature) = (&source[..at], &source[at + PUBLIC.len()..]);
        let attributes = before.lines().rev().take_while(|line| line.trim().starts_with("#["));
        let signature = signature.split_once(" {\n").unwrap().0;
        let name = signature.split(['(', '<']).next().unwrap();
        (name, attributes.collect(), signature)
    })
}

#[test]
fn every_answer_of_a_call_that_tries_or_gives_up_must_be_used() {
    let mut found = 0;
    for path in sources(&Path::new(env!("CARGO_MANIFEST_DIR")).join("src")) {
        let source = fs::read_to_string(&path).unwrap();
        for (name, attributes, signature) in functions(&source) {
            let answer = signature.rsplit_once("-> ").map_or("", |(_, answer)| answer);
            if tries_or_gives_up(name) && (answer == "bool" || answer.starts_with("Option<")) {
                found += 1;
                assert!(attributes.contains("#[must_use"), "{name} in {}", path.display());
            }
        }
    }
    assert!(found > 40, "only {found} functions were found");
}
