//! What the book includes, written by the tests and compared with what was committed.

use loom_platform::{Ending, Exploration, Found, Outcome};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::{env, fs};

/// The folder `book`.
pub fn book() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..")
}

/// The pages that the table of contents names before the reference.
///
/// # Panics
///
/// When there is no table of contents, or no reference in it.
pub fn chapters() -> Vec<String> {
    let summary = fs::read_to_string(book().join("src/SUMMARY.md")).expect("SUMMARY.md");
    let (chapters, _) = summary.split_once("# Reference").expect("a reference");
    let links = chapters.split("](").skip(1);
    links.map(|rest| rest.split(')').next().unwrap_or(rest).to_owned()).collect()
}

/// Compares `content` with `book/src/generated/<name>`, or writes it there if the environment says
/// `UPDATE_BOOK=1`.
///
/// # Panics
///
/// When the two differ, or the file cannot be written.
#[track_caller]
pub fn page(name: &str, content: &str) {
    let path = book().join("src/generated").join(name);
    if env::var_os("UPDATE_BOOK").is_some_and(|set| set == "1") {
        fs::write(&path, content).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
        return;
    }
    let package = env::var("CARGO_PKG_NAME").expect("cargo runs the tests");
    // A checkout may have changed the ends of the lines.
    let committed = fs::read_to_string(&path).unwrap_or_default().replace("\r\n", "\n");
    assert!(
        committed == content,
        "book/src/generated/{name} is not what the code prints now: \
         run UPDATE_BOOK=1 cargo test -p {package}\n\ncommitted:\n{committed}\nnow:\n{content}"
    );
}

/// A Markdown table.
pub fn table<const N: usize>(
    head: [&str; N],
    rows: impl IntoIterator<Item = [String; N]>,
) -> String {
    let line = |cells: &[String]| {
        let cells: Vec<String> = cells.iter().map(|cell| cell.replace('|', "\\|")).collect();
        format!("| {} |\n", cells.join(" | "))
    };
    let head = head.map(str::to_owned);
    let mut out = line(&head) + "|" + &"---|".repeat(N) + "\n";
    rows.into_iter().for_each(|row| out += &line(&row));
    out
}

/// The head of a table of [`endings`].
pub const ENDINGS: [&str; 3] = ["program", "ending", "executions"];

/// Each way in which executions of a program end, and how many do: rows of a table.
pub fn endings<O: Outcome>(program: &str, exploration: &Exploration<O>) -> Vec<[String; 3]> {
    let mut rows: BTreeMap<String, u64> = BTreeMap::new();
    for found in &exploration.outcomes {
        let ending = match &found.ending {
            Ending::Returned(outcome) => format!("returns `{outcome:?}`"),
            // Whoever it is that is stuck.
            Ending::Stuck(_) => "stuck: nobody can go on".to_owned(),
            Ending::Panicked(panic) => {
                let message = panic.message.lines().next().unwrap_or_default();
                format!("panics: {}", message.split(" (at ").next().unwrap_or(message))
            }
        };
        *rows.entry(ending).or_default() += found.executions;
    }
    rows.into_iter()
        .map(|(ending, executions)| [program.to_owned(), ending, executions.to_string()])
        .collect()
}

/// The shortest trace of an outcome, a thread a column, and how it ends if it does not end well.
pub fn told<O: Outcome>(found: &Found<O>) -> String {
    with_ending(found, found.trace.columns())
}

/// As [`told`], with every operation of the primitives.
pub fn told_in_full<O: Outcome>(found: &Found<O>) -> String {
    with_ending(found, found.trace.operations())
}

/// As [`told`], with the operations on the object of this name.
pub fn told_with<O: Outcome>(found: &Found<O>, object: &str) -> String {
    let mut trace = found.trace.clone();
    trace.moves.retain(|one| one.is_step || one.text.contains(object));
    with_ending(found, trace.operations())
}

fn with_ending<O: Outcome>(found: &Found<O>, mut out: String) -> String {
    match &found.ending {
        Ending::Returned(_) => {}
        Ending::Stuck(waiting) => {
            out += "\nstuck: nobody can go on\n";
            for one in waiting {
                out += &format!("  {} waits for {}\n", one.thread, one.waits_for);
            }
        }
        Ending::Panicked(panic) => {
            out += &format!("\n{}: {}\n", panic.thread, panic.message);
        }
    }
    out
}
