//! `explore --file`: programs that a reader brings.

use listings::{book, page};
use serde_json::Value;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use tempfile::TempDir;

const COUNTER: &str = "
use primitives::platform::atomic::{AtomicU32, Ordering::Relaxed};
use primitives::platform::thread;
use std::sync::Arc;

pub fn program() -> u32 {
    let count = Arc::new(AtomicU32::new(0));
    let threads = [\"Ann\", \"Ben\"].map(|name| {
        let count = count.clone();
        thread::spawn(name, move || {
            let seen = count.load(Relaxed);
            count.store(seen + 1, Relaxed);
        })
    });
    threads.map(|thread| thread.join().unwrap());
    count.load(Relaxed)
}
";

/// Explores a file with this text. Returns the exit code, and all that was said.
fn explore(text: &str, args: &[&str]) -> (i32, String) {
    let folder = TempDir::new().unwrap();
    let file = folder.path().join("mine.rs");
    fs::write(&file, text).unwrap();
    let mut command = Command::new(env!("CARGO_BIN_EXE_interleave"));
    let output = command.args(["explore", "--file"]).arg(&file).args(args).output().unwrap();
    let said =
        String::from_utf8(output.stdout).unwrap() + &String::from_utf8(output.stderr).unwrap();
    (output.status.code().unwrap(), said)
}

#[test]
fn a_program_s_outcomes_are_all_found_and_can_be_run_again() {
    let (code, said) = explore(COUNTER, &["--json"]);
    assert_eq!(code, 0, "{said}");
    let found: Value = serde_json::from_str(&said).unwrap();
    assert_eq!(found[0]["exhaustive"], true);
    let outcomes = found[0]["outcomes"].as_array().unwrap();
    let mut texts: Vec<_> = outcomes.iter().map(|one| one["outcome"].as_str().unwrap()).collect();
    texts.sort_unstable();
    assert_eq!(texts, ["1", "2"]);
    let lost = outcomes.iter().find(|one| one["outcome"] == "1").unwrap();
    let (code, said) = explore(COUNTER, &["--replay", lost["code"].as_str().unwrap()]);
    assert_eq!(code, 0, "{said}");
    assert!(said.contains("loads a word: 0"), "{said}");
}

#[test]
fn an_assertion_that_fails_in_one_order_is_found_with_the_way_to_it() {
    let asserts = COUNTER.replace(
        "    count.load(Relaxed)\n",
        "    let count = count.load(Relaxed);\n    assert_eq!(count, 2);\n    count\n",
    );
    let (code, said) = explore(&asserts, &[]);
    assert_eq!(code, 1, "{said}");
    for word in ["mine.rs", "does not hold", "panic", "The shortest way", "stores a word: 1"] {
        assert!(said.contains(word), "no {word:?} in {said}");
    }
}

#[test]
fn loom_judges_a_program_of_the_reader_s_too() {
    let (code, said) = explore(COUNTER, &["--judge", "both"]);
    assert_eq!(code, 0, "{said}");
    assert!(said.contains("the same outcomes"), "{said}");
}

#[test]
fn a_file_without_a_program_is_told_what_it_needs() {
    let (code, said) = explore("pub fn main() {}", &[]);
    assert_eq!(code, 2, "{said}");
    assert!(said.contains("It needs a `pub fn program()`"), "{said}");
}

#[test]
fn a_file_that_is_not_there_is_said() {
    let mut command = Command::new(env!("CARGO_BIN_EXE_interleave"));
    let output = command.args(["explore", "--file", "nowhere.rs"]).output().unwrap();
    assert_eq!(output.status.code(), Some(2));
    let said = String::from_utf8(output.stderr).unwrap();
    assert!(said.contains("cannot read nowhere.rs"), "{said}");
}

/// A step of the page that takes a reader to a first check.
fn step(name: &str) -> PathBuf {
    book().join("listings/src/own_program").join(name)
}

#[test]
fn the_page_on_own_programs_shows_what_the_command_says() {
    let explore = |file: &str, code: i32| {
        // The page's reader has a crate, whose file is `src/lib.rs`.
        let text = fs::read_to_string(step(file)).unwrap();
        let folder = TempDir::new().unwrap();
        fs::create_dir(folder.path().join("src")).unwrap();
        fs::write(folder.path().join("src/lib.rs"), text).unwrap();
        let mut command = Command::new(env!("CARGO_BIN_EXE_interleave"));
        command.args(["explore", "--file", "src/lib.rs"]).current_dir(folder.path());
        let output = command.output().unwrap();
        assert_eq!(output.status.code(), Some(code), "{output:?}");
        String::from_utf8(output.stdout).unwrap()
    };
    page("own-lost.txt", &explore("s1_hits.rs", 1));
    page("own-mended.txt", &explore("s2_mended.rs", 0));
}

#[test]
#[ignore = "builds a crate"]
fn the_page_on_own_programs_leads_from_an_empty_crate_to_the_first_check() {
    let succeeds = |command: &mut Command, code: i32| {
        let output = command.env("CARGO_NET_OFFLINE", "true").output().unwrap();
        assert_eq!(output.status.code(), Some(code), "{command:?}: {output:?}");
        String::from_utf8(output.stdout).unwrap()
    };
    let folder = TempDir::new().unwrap();
    let hits = folder.path().join("hits");
    let cargo = |args: &[&str]| {
        let mut cargo = Command::new("cargo");
        cargo.args(args).current_dir(if hits.exists() { &hits } else { folder.path() });
        cargo.env("CARGO_TARGET_DIR", Path::new(env!("CARGO_TARGET_TMPDIR")).join("own"));
        cargo
    };
    succeeds(&mut cargo(&["new", "--lib", "--vcs=none", "hits"]), 0);
    let checkout = fs::canonicalize(book().join("..")).unwrap();
    // The versions that this repository was tested with, which are on this machine already.
    fs::copy(checkout.join("Cargo.lock"), hits.join("Cargo.lock")).unwrap();
    let primitives = checkout.join("primitives");
    succeeds(cargo(&["add", "--quiet", "--path"]).arg(primitives), 0);
    for (name, code) in [("s1_hits.rs", 1), ("s2_mended.rs", 0)] {
        let text = fs::read_to_string(step(name)).unwrap();
        let test = "\n#[test]\nfn two_hits_are_counted() {\n    program();\n}\n";
        fs::write(hits.join("src/lib.rs"), text + test).unwrap();
        // On this machine the fault hardly ever shows.
        let tested = cargo(&["test", "--quiet", "--no-run"]).output().unwrap();
        assert!(tested.status.success(), "{tested:?}");
        let mut explore = Command::new(env!("CARGO_BIN_EXE_interleave"));
        let explore = explore.args(["explore", "--file", "src/lib.rs"]).current_dir(&hits);
        succeeds(explore, code);
    }
}
