//! Writes a test for each exercise, which has its check judge every answer that is there: all of
//! them in one crate, so that they are compiled and run at once.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::{env, fs};

fn main() {
    println!("cargo::rerun-if-changed=exercises");
    let root = PathBuf::from(env::var_os("CARGO_MANIFEST_DIR").expect("cargo sets it"));
    let mut text = String::new();
    for room in sorted(&root.join("exercises")).iter().filter(|path| path.is_dir()) {
        for exercise in sorted(room) {
            write_exercise(&mut text, &exercise);
        }
    }
    let out = PathBuf::from(env::var_os("OUT_DIR").expect("cargo sets it"));
    fs::write(out.join("answers.rs"), text).expect("a folder to write to");
}

fn write_exercise(text: &mut String, exercise: &Path) {
    let check = exercise.join("check.rs");
    let mut answers = vec![exercise.join("exercise.rs"), exercise.join("solution.rs")];
    answers.extend(sorted(&exercise.join("wrong")));
    let remarked = exercise.join("remarked");
    if remarked.exists() {
        answers.extend(sorted(&remarked));
    }
    let _ = writeln!(text, "mod r#{} {{", identifier(exercise));
    for answer in &answers {
        let _ = writeln!(
            text,
            "#[allow(warnings, clippy::all, clippy::undocumented_unsafe_blocks)] mod r#{} {{ \
             #[path = {answer:?}] mod answer; #[path = {check:?}] pub mod check; }}",
            identifier(answer),
        );
    }
    let _ = writeln!(text, "#[test] fn judges_each_answer_right() {{");
    for answer in &answers {
        let _ = writeln!(
            text,
            "crate::answers::is_judged_right({answer:?}, &r#{}::check::check());",
            identifier(answer)
        );
    }
    text.push_str("crate::answers::has_all_parts(&[");
    for answer in &answers {
        let _ = write!(text, "{answer:?}, ");
    }
    text.push_str("]); }}\n");
}

fn sorted(folder: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(folder).unwrap_or_else(|why| panic!("{}: {why}", folder.display()));
    let mut paths: Vec<PathBuf> = entries.map(|entry| entry.expect("an entry").path()).collect();
    paths.sort();
    paths
}

fn identifier(path: &Path) -> String {
    path.file_stem().expect("a name").to_string_lossy().replace('-', "_")
}
