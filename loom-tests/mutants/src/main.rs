//! Changes the primitives in small ways, one at a time, and looks whether the checks object.
//!
//! `cargo run -p mutants -- lock rlock` makes every mutant of these, by `cargo mutants`, and judges
//! each by the checks in the model and by the small programs of the primitive that it belongs to.
//! Without a name it goes through all that were never judged, so it can be stopped and goes on.
//! What it finds is kept in `found`.
//!
//! With `--missed` before the names, those are judged again that were missed, and with `--natively`
//! they are judged by the primitive's native tests and its examples.

use humantime::format_rfc3339_seconds;
use mutants::{Found, SUBJECTS, Subject, found, path};
use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::SystemTime;
use std::{env, fs};

/// Which mutants are judged, and by what.
#[derive(Clone, Copy, PartialEq)]
enum Mode {
    All,
    Missed,
    Natively,
}

fn main() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let work = root.join("target/mutated");
    let mut asked: Vec<String> = env::args().skip(1).collect();
    let mode = match asked.first().map(String::as_str) {
        Some("--missed") => Mode::Missed,
        Some("--natively") => Mode::Natively,
        _ => Mode::All,
    };
    asked.drain(..usize::from(mode != Mode::All));
    for name in &asked {
        assert!(SUBJECTS.iter().any(|one| one.name == name), "there is no {name}");
    }
    let is_asked = |one: &&Subject| match asked.is_empty() {
        true => found(one.name).is_none_or(|found| mode != Mode::All && !found.missed.is_empty()),
        false => asked.iter().any(|name| name == one.name),
    };
    for subject in SUBJECTS.iter().filter(is_asked) {
        copy(&root, &work.join("tree"));
        let found = judged(subject, mode, &work);
        println!("{}: {found:#?}", subject.name);
        let json = serde_json::to_string_pretty(&found).expect("it can be written") + "\n";
        fs::create_dir_all(path(subject.name).parent().expect("a folder")).expect("a folder");
        fs::write(path(subject.name), json).expect("the file can be written");
    }
}

/// Copies the checkout, so that nobody sees the mutants. What is the same stays untouched, since
/// cargo would build it again.
fn copy(root: &Path, tree: &Path) {
    let mut list = Command::new("git");
    list.args(["ls-files", "-z", "--cached", "--others", "--exclude-standard"]);
    let list = output(list.current_dir(root));
    for name in list.split_terminator('\0') {
        let (from, to) = (root.join(name), tree.join(name));
        let Ok(content) = fs::read(&from) else { continue };
        if fs::read(&to).ok().as_ref() != Some(&content) {
            fs::create_dir_all(to.parent().expect("a folder")).expect("a folder");
            fs::write(&to, content).unwrap_or_else(|error| panic!("{}: {error}", to.display()));
        }
    }
}

fn output(command: &mut Command) -> String {
    let output = command.stderr(Stdio::inherit()).output().expect("it can be started");
    assert!(output.status.success(), "{command:?}: {}; is it installed?", output.status);
    String::from_utf8(output.stdout).expect("text")
}

/// `cargo mutants` over the files of the subject.
fn cargo_mutants(subject: &Subject, work: &Path) -> Command {
    let mut command = Command::new("cargo");
    command.args(["mutants", "--no-times", "--package", "primitives"]);
    command.current_dir(work.join("tree")).env("MUTATED", subject.name);
    command.env("NEXTEST_PROFILE", "mutants");
    for files in [format!("{}.rs", subject.name), format!("{}/**", subject.name)] {
        command.args(["--file".to_owned(), format!("primitives/src/{files}")]);
    }
    command
}

fn judged(subject: &Subject, mode: Mode, work: &Path) -> Found {
    let list = output(cargo_mutants(subject, work).arg("--list"));
    let all = output(cargo_mutants(subject, work).args(["--list", "--no-config"]));
    let mut left: BTreeSet<String> = list.lines().map(str::to_owned).collect();
    let before = if mode == Mode::All { None } else { found(subject.name) };
    let mut found = before.unwrap_or_default();
    if mode != Mode::All {
        left.retain(|one| found.missed.contains(one));
    }
    found.excluded = all.lines().count() - list.lines().count();

    // The name of a native test or of an example has the name of the file in it. What only the
    // machine runs has no checks, and all native tests stand on it.
    let only_natively = subject.checks.is_empty();
    let (tool, package, filter) = match mode {
        Mode::Natively => ("cargo", "primitives", (!only_natively).then_some(subject.name)),
        _ => ("nextest", "mutants", None),
    };
    let nobody = mode != Mode::Natively && only_natively;
    if !left.is_empty() && !nobody {
        holds_unmutated(subject, work, tool, package, filter);
        let folder = work.join(format!("{}-{package}", subject.name));
        let mut command = cargo_mutants(subject, work);
        command.args(["--in-place", "--profile", "mutants", "--output"]).arg(&folder);
        command.args(["--baseline", "skip", "--timeout", "120"]);
        command.args(["--test-tool", tool, "--test-package", package]);
        // Only those that are left.
        command.args(left.iter().flat_map(|name| ["--re".to_owned(), exactly(name)]));
        command.args(filter.map(|filter| ["--", filter]).into_iter().flatten());
        let status = command.status().expect("cargo can be started");
        // 0: all caught; 2: some missed; 3: some timed out.
        assert!(matches!(status.code(), Some(0 | 2 | 3)), "{status}: see {}", folder.display());
        let names = |list: &str| names(&folder.join(format!("mutants.out/{list}.txt")));
        match mode {
            Mode::Natively => found.caught_natively += names("caught").len(),
            _ => found.caught_in_the_model += names("caught").len(),
        }
        found.timed_out += names("timeout").len();
        left = names("missed");
    }
    found.missed = left.into_iter().collect();
    let date = format_rfc3339_seconds(SystemTime::now()).to_string();
    found.date = date.split('T').next().expect("a date").to_owned();
    found.by = output(Command::new("cargo").args(["mutants", "--version"])).trim().to_owned();
    found
}

/// Those that judge must find nothing wrong where nothing is.
fn holds_unmutated(
    subject: &Subject,
    work: &Path,
    tool: &str,
    package: &str,
    filter: Option<&str>,
) {
    let mut command = Command::new("cargo");
    match tool {
        "nextest" => command.args(["nextest", "run", "--cargo-profile", "mutants"]),
        _ => command.args(["test", "--profile", "mutants"]),
    };
    command.args(["--package", package]).args(filter);
    command.current_dir(work.join("tree")).env("MUTATED", subject.name);
    assert!(command.status().expect("it can be started").success(), "{command:?}");
}

/// A regular expression for this text alone.
fn exactly(text: &str) -> String {
    let quoted = text.chars().map(|one| match r"\.+*?()|[]{}^$".contains(one) {
        true => format!("\\{one}"),
        false => one.to_string(),
    });
    format!("^{}$", quoted.collect::<String>())
}

fn names(file: &PathBuf) -> BTreeSet<String> {
    let text = fs::read_to_string(file);
    let text = text.unwrap_or_else(|error| panic!("{}: {error}", file.display()));
    text.lines().map(str::to_owned).collect()
}
