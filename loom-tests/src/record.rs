//! What the checks found, kept for the book.
//!
//! Each test leaves `models/<file>/<test>.json` beside the folder of its executable. The package
//! `proof` makes the book's tables from these records.

use crate::{running, thorough};
use loom_platform::{Exploration, Weakening};
use serde::{Deserialize, Serialize};
use std::cell::RefCell;
use std::fs;
use std::panic::Location;
use std::path::{Path, PathBuf};

/// What one test found.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct Record {
    /// Its searches, in their order.
    pub searches: Vec<Search>,
    /// The orderings that it weakened, each caught.
    pub orderings: Vec<Needed>,
}

/// One search. It came to its end.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Search {
    /// What was searched, where a test searches several programs. Otherwise empty.
    pub of: String,
    /// How many executions were run.
    pub executions: u64,
    /// How many runs beside these came to a lock too early.
    #[serde(default)]
    pub blocked: u64,
    /// The most preemptions that were tried; `None` if all were, and the search was exhaustive.
    pub preemptions: Option<usize>,
    /// Whether waits also returned without a wake.
    pub spurious_wakeups: bool,
    /// Whether each lock was taken in one step.
    pub locks_in_one_step: bool,
}

/// An ordering, and what happened when it was weakened.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Needed {
    /// The last part of the path of the source, such as `lock.rs`.
    pub file: String,
    /// The operation, as the source has it.
    pub operation: String,
    /// What the ordering is for, such as `update`.
    pub role: String,
    /// The ordering.
    pub ordering: String,
    /// What took its place.
    pub to: String,
    /// The program that failed.
    pub program: String,
    /// In which of its executions.
    pub execution: u64,
    /// How it failed.
    pub failure: String,
}

thread_local! {
    /// The record of the test that runs on this thread: the harness gives each test its own.
    static RECORD: RefCell<Record> = RefCell::default();
}

/// Prints what a search found and adds it to the test's record.
///
/// # Panics
///
/// When the search did not come to its end, or was bounded while the test's name does not end with
/// `_bounded` and all orders were not searched before with locks taken in one step.
#[track_caller]
pub fn recorded<O>(exploration: Exploration<O>) -> Exploration<O> {
    recorded_as("", exploration)
}

/// As [`recorded`], for one search among several of a test.
#[track_caller]
pub fn recorded_as<O>(of: &str, exploration: Exploration<O>) -> Exploration<O> {
    let name = if of.is_empty() { String::new() } else { format!("{of}: ") };
    let spurious_wakeups = exploration.spurious_wakeups > 0;
    let included = if spurious_wakeups { ", spurious wake-ups included," } else { "" };
    println!("{name}{exploration}{included} in {:.2?}", exploration.elapsed);
    assert!(exploration.finished, "{name}{exploration}");
    let bounded = exploration.preemption_bound.is_some();
    let test = running();
    let before = RECORD.with_borrow(|record| record.searches.last().cloned());
    let was_whole = before.is_some_and(|last| last.locks_in_one_step && last.of == of);
    assert!(
        !bounded || was_whole || test.ends_with("_bounded"),
        "the search of {test} was bounded"
    );
    let search = Search {
        of: of.to_owned(),
        executions: exploration.executions,
        blocked: exploration.blocked,
        preemptions: exploration.preemption_bound,
        spurious_wakeups,
        locks_in_one_step: exploration.locks_in_one_step,
    };
    add(|record| record.searches.push(search));
    exploration
}

/// Prints what became of the orderings and adds it to the test's record.
///
/// # Panics
///
/// When one was not caught.
#[track_caller]
pub(crate) fn record_orderings(table: &[Weakening]) {
    table.iter().for_each(|row| println!("{row}"));
    let uncaught: Vec<_> = table.iter().filter(|row| row.caught.is_none()).collect();
    assert!(uncaught.is_empty(), "these orderings are not needed, or not checked: {uncaught:?}");
    let rows: Vec<Needed> = table.iter().map(needed).collect();
    add(|record| record.orderings.extend(rows));
}

fn needed(row: &Weakening) -> Needed {
    let site = row.weakened.site;
    let (program, execution) = row.caught.expect("caught");
    Needed {
        file: last_part(site.at.file()),
        operation: source_of(site.at),
        role: site.role.to_string(),
        ordering: format!("{:?}", site.ordering),
        to: row.weakened.to.map_or("none".to_owned(), |to| format!("{to:?}")),
        program: program.to_owned(),
        execution,
        failure: row.failure.clone(),
    }
}

/// Leaves a record without a search, for a test that the book lists nowhere.
pub fn unlisted() {
    add(|_| ());
}

/// Adds to the record of the running test, and writes it.
fn add(change: impl FnOnce(&mut Record)) {
    let running = running();
    let (file, test) = running.rsplit_once("::").expect("a test in a module");
    RECORD.with_borrow_mut(|record| {
        change(record);
        let in_one_step = record.searches.iter().any(|search| search.locks_in_one_step);
        if !thorough() && (test.ends_with("_bounded") || in_one_step) {
            // The book tells of the larger searches.
            return;
        }
        let folder = folder().join(file);
        let path = folder.join(format!("{test}.json"));
        let json = serde_json::to_string_pretty(record).expect("a record can be written");
        fs::create_dir_all(&folder)
            .and_then(|()| fs::write(&path, json))
            .unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    });
}

/// The record of a test, if it has left one.
///
/// # Panics
///
/// When it is none of ours.
pub fn read(file: &str, test: &str) -> Option<Record> {
    let path = folder().join(file).join(format!("{test}.json"));
    let json = fs::read_to_string(&path).ok()?;
    Some(serde_json::from_str(&json).unwrap_or_else(|error| panic!("{}: {error}", path.display())))
}

/// Where the records are: the executables of tests are in the folder `deps` of a profile.
fn folder() -> PathBuf {
    let executable = std::env::current_exe().expect("the executable of the test");
    executable.ancestors().nth(2).expect("the folder of the profile").join("models")
}

fn last_part(path: &str) -> String {
    path.rsplit(['/', '\\']).next().unwrap_or(path).to_owned()
}

/// The line of source at a place, and those after it that its brackets need to be closed.
///
/// # Panics
///
/// When the source is not where it was compiled.
pub fn source_of(at: &Location<'_>) -> String {
    // Places are relative to the workspace.
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("..").join(at.file());
    let source = fs::read_to_string(&path).unwrap_or_else(|e| panic!("{}: {e}", path.display()));
    let mut lines: Vec<&str> = Vec::new();
    for line in source.lines().skip(at.line() as usize - 1) {
        lines.push(line.trim());
        let text = lines.join(" ");
        if text.matches('(').count() <= text.matches(')').count() {
            // As it would stand on one line.
            return text.replace("( ", "(").replace(", )", ")");
        }
    }
    panic!("{at} is not in the source");
}
