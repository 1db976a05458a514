//! The answers that are there, each judged by its exercise's check.

use practice::{Check, Kind, Verdict};
use std::fs;
use std::path::Path;

include!(concat!(env!("OUT_DIR"), "/answers.rs"));

/// Judges an answer, and compares the verdict with what the file's place and first line demand.
pub fn is_judged_right(path: &str, check: &Check) {
    let Verdict { kind, summary, details, remarks } = check.judge(path);
    let verdict = format!("{path}\n{}: {summary}\n{details}{}", kind.word(), remarks.join("\n"));
    println!("{verdict}");
    let right = match Path::new(path).file_stem().and_then(|name| name.to_str()) {
        Some("exercise") => kind != Kind::Holds,
        Some("solution") => kind == Kind::Holds,
        _ => match first_line(path) {
            (first, words) if first == "remark" => {
                kind == Kind::Holds && remarks.len() == 1 && remarks[0].contains(&words)
            }
            (first, _) => kind != Kind::Holds && kind.word() == first,
        },
    };
    assert!(right, "{verdict}");
}

/// The first line says what the verdict must be: `// KIND: why`, or `// remark: some of its words`.
fn first_line(path: &str) -> (String, String) {
    let text = fs::read_to_string(path).expect("text");
    let line = text.lines().next().and_then(|line| line.strip_prefix("// "));
    let (kind, rest) = line.and_then(|line| line.split_once(": ")).expect("`// KIND: why`");
    (kind.to_owned(), rest.to_owned())
}

/// An exercise has at least three typical wrong answers.
pub fn has_all_parts(answers: &[&str]) {
    assert!(answers.len() >= 2 + 3, "{}: fewer than three wrong answers", answers[0]);
}
