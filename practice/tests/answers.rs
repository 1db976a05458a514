//! The answers that are there, each judged by its exercise's check.

use practice::{Check, Kind};
use std::fs;
use std::path::Path;

include!(concat!(env!("OUT_DIR"), "/answers.rs"));

/// Judges an answer, and compares the verdict with what the file's place and first line demand.
pub fn is_judged_right(path: &str, check: &Check) {
    let verdict = check.judge(path);
    println!("{path}\n{}: {}\n{}", verdict.kind.word(), verdict.summary, verdict.details);
    let right = match expected(path).as_deref() {
        Some(kind) => verdict.kind.word() == kind,
        None => verdict.kind != Kind::Holds,
    };
    assert!(right, "{path}: {}: {}\n{}", verdict.kind.word(), verdict.summary, verdict.details);
}

/// What must be said of the answer in this file. `None`: anything but that it holds.
fn expected(path: &str) -> Option<String> {
    let path = Path::new(path);
    match path.file_stem()?.to_str()? {
        "exercise" => None,
        "solution" => Some(Kind::Holds.word().to_owned()),
        _ => {
            let text = fs::read_to_string(path).expect("text");
            let first = text.strip_prefix("// ").and_then(|text| text.split_once(": "));
            let (kind, _) = first.expect("the first line says `// KIND: why`");
            assert_ne!(kind, "holds", "{}: it is among the wrong answers", path.display());
            Some(kind.to_owned())
        }
    }
}

/// An exercise has at least three typical wrong answers.
pub fn has_all_parts(answers: &[&str]) {
    assert!(answers.len() >= 2 + 3, "{}: fewer than three wrong answers", answers[0]);
}
