//! Which mutants can be compiled.

use crate::list::{Mutant, Place};
use crate::switched::{MODULE, mutants_at, switched};
use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;
use std::process::{Command, Stdio};

/// Puts all mutants that have room for a switch into the tree. The numbers of these, of those that
/// cannot be compiled left out, and of the mutants that have no room for a switch.
pub fn switch_all(
    mutants: &[Mutant],
    package: &str,
    tree: &Path,
) -> (BTreeSet<u32>, BTreeSet<u32>) {
    let mut files: BTreeMap<&str, Vec<&Mutant>> = BTreeMap::new();
    for mutant in mutants {
        files.entry(&mutant.file).or_default().push(mutant);
    }
    let sources: BTreeMap<&str, String> =
        files.keys().map(|&file| (file, read(&tree.join(file)))).collect();
    let (mut viable, mut alone) = (BTreeSet::new(), BTreeSet::new());
    let mut written = BTreeMap::new();
    for (file, mutants) in &files {
        let (text, no_room) = switched(&sources[file], mutants);
        viable.extend(mutants.iter().map(|one| one.number).filter(|one| !no_room.contains(one)));
        alone.extend(no_room);
        written.insert(*file, text);
    }
    let roots = crate_roots(package);
    loop {
        for (file, text) in &written {
            fs::write(tree.join(file), text).expect("it can be written");
        }
        for root in roots {
            let path = tree.join(root);
            let text = read(&path);
            if !text.ends_with(MODULE) {
                fs::write(&path, text + MODULE).expect("it can be written");
            }
        }
        let wrong = wrong(package, tree, |file| written.get(file));
        if wrong.is_empty() {
            return (viable, alone);
        }
        viable.retain(|number| !wrong.contains(number));
        for (&file, mutants) in &files {
            if mutants.iter().any(|one| wrong.contains(&one.number)) {
                let mut left = mutants.clone();
                left.retain(|one| viable.contains(&one.number));
                written.insert(file, switched(&sources[file], &left).0);
            }
        }
    }
}

/// A mutant may compare or compute what the compiler knows to be nonsense. That is no error.
pub const NO_LINTS: &str = "--cap-lints=allow";

/// The files to which the module with the switch is added.
fn crate_roots(package: &str) -> &'static [&'static str] {
    match package {
        // The checks have the semaphore's source once more, for the one in shared memory.
        "primitives" => &["primitives/src/lib.rs", "loom-tests/tests/all.rs"],
        _ => &["loom-tests/platform/src/lib.rs"],
    }
}

/// Whether a mutant that stands in the tree alone can be compiled.
pub fn compiles(package: &str, tree: &Path) -> bool {
    check(package, tree).stderr(Stdio::null()).status().expect("it can be started").success()
}

fn check(package: &str, tree: &Path) -> Command {
    let mut command = Command::new("cargo");
    command.args(["check", "--quiet", "--keep-going", "--package", package]);
    if package == "primitives" {
        command.args(["--package", "loom-primitives"]);
    }
    command.current_dir(tree).env("RUSTFLAGS", NO_LINTS);
    command
}

/// The numbers of the mutants that make the compiler object.
///
/// # Panics
///
/// When it objects to something else.
fn wrong<'a>(
    package: &str,
    tree: &Path,
    text: impl Fn(&str) -> Option<&'a String>,
) -> BTreeSet<u32> {
    let mut command = check(package, tree);
    let command = command.args(["--message-format", "json"]).stderr(Stdio::null());
    let output = command.output().expect("cargo can be started");
    let mut wrong = BTreeSet::new();
    for line in String::from_utf8(output.stdout).expect("text").lines() {
        let message: serde_json::Value = serde_json::from_str(line).expect("JSON");
        let message = &message["message"];
        // "Aborting due to previous errors" has no place.
        let spans = message["spans"].as_array().filter(|spans| !spans.is_empty());
        let Some(spans) = spans.filter(|_| message["level"] == "error") else { continue };
        // First what is meant, then what it is compared with.
        let (meant, others): (Vec<_>, Vec<_>) =
            spans.iter().partition(|span| span["is_primary"] == true);
        let mut found = [meant, others].into_iter().flatten().filter_map(|span| {
            let file = span["file_name"].as_str()?;
            // Cargo names files from the folder of the workspace or of the package.
            let file = file.rsplit("../").next()?;
            let number = |key: &str| usize::try_from(span[key].as_u64()?).ok();
            let place = Place { line: number("line_start")?, column: number("column_start")? };
            Some(mutants_at(text(file)?, place))
        });
        let told = message["rendered"].as_str().unwrap_or_default();
        let theirs = found.find(|mutants| !mutants.is_empty());
        wrong.extend(theirs.unwrap_or_else(|| panic!("no mutant's error:\n{told}")));
    }
    let held = output.status.success() || !wrong.is_empty();
    assert!(held, "{command:?}: {}", output.status);
    wrong
}

pub fn read(path: &Path) -> String {
    fs::read_to_string(path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}
