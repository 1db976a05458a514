//! Every primitive, copied alone into an empty crate, builds there without a warning, and so does
//! its documentation.
#![cfg(unix)]

use std::fs;
use std::path::Path;
use std::process::Command;
use std::thread;

/// Where a primitive can come to live.
struct Home {
    edition: &'static str,
    /// The root of the crate, and what is in it.
    root: (&'static str, &'static str),
    dir: &'static str,
}

const HOMES: [Home; 2] = [
    Home { edition: "2021", root: ("lib.rs", "pub mod sync;\n"), dir: "src/sync" },
    // Nothing of it is used here, and nobody outside can see it. Of a program, cargo documents
    // what is private too.
    Home {
        edition: "2024",
        root: ("main.rs", "mod deep {\n    mod sync;\n}\n\nfn main() {}\n"),
        dir: "src/deep/sync",
    },
];

fn succeeds(command: &mut Command) -> String {
    let output = command.output().unwrap();
    let stderr = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{command:?}\n{stderr}");
    String::from_utf8(output.stdout).unwrap()
}

/// What `copy` says after the given words, up to the end of the line.
fn after<'a>(text: &'a str, words: &str) -> &'a str {
    text.lines().find_map(|line| line.split_once(words)).unwrap_or_else(|| panic!("{text}")).1
}

/// Copies primitives into a new crate, does what the note says, and runs these commands of cargo
/// there. Returns what they say.
fn settles(copy: &[&str], home: &Home, commands: &[&[&str]]) -> String {
    let dir = tempfile::tempdir().unwrap();
    let crate_dir = dir.path();
    let edition = home.edition;
    let manifest =
        format!("[package]\nname = \"home\"\nversion = \"0.1.0\"\nedition = \"{edition}\"\n");
    fs::write(crate_dir.join("Cargo.toml"), manifest).unwrap();
    // The versions that this repository was tested with, which are on this machine already.
    let repository = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    fs::copy(repository.join("Cargo.lock"), crate_dir.join("Cargo.lock")).unwrap();
    let said = succeeds(
        Command::new(env!("CARGO_BIN_EXE_interleave"))
            .args([&["copy"], copy, &[home.dir]].concat())
            .current_dir(crate_dir),
    );
    let (root, modules) = home.root;
    fs::write(crate_dir.join("src").join(root), modules).unwrap();
    fs::write(crate_dir.join(home.dir).join("mod.rs"), after(&said, "declare: ")).unwrap();
    for words in ["Dependencies: ", "For the tests: "] {
        if said.contains(words) {
            let mut add = Command::new("sh");
            add.args(["-c", after(&said, words)]).env("CARGO_NET_OFFLINE", "true");
            succeeds(add.current_dir(crate_dir));
        }
    }
    let run = |args: &&[&str]| {
        let mut cargo = Command::new("cargo");
        cargo.args(*args).current_dir(crate_dir).env("CARGO_NET_OFFLINE", "true");
        cargo.env("RUSTFLAGS", "-D warnings").env("RUSTDOCFLAGS", "-D warnings");
        let target = Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("copies-{edition}"));
        cargo.env("CARGO_TARGET_DIR", target);
        succeeds(&mut cargo)
    };
    commands.iter().map(run).collect()
}

#[test]
#[ignore = "builds for a minute"]
fn each_primitive_copied_alone_builds_without_a_warning_as_the_note_says() {
    let mut commands: Vec<&[&str]> = vec![&["test", "--quiet"], &["doc", "--quiet", "--no-deps"]];
    // A minimal toolchain has no clippy.
    let clippy = Command::new("cargo").args(["clippy", "--version"]).output();
    if clippy.is_ok_and(|output| output.status.success()) {
        commands.push(&["clippy", "--quiet"]);
    }
    let all = all();
    // Side by side: a build of so little keeps one core busy at most.
    thread::scope(|scope| {
        for home in &HOMES {
            let (all, commands) = (&all, &commands);
            scope.spawn(move || {
                all.split(", ").for_each(|one| drop(settles(&[one], home, commands)));
            });
        }
    });
}

#[test]
#[ignore = "builds for a minute"]
fn no_example_in_a_copy_is_run() {
    let all = all();
    let copy: Vec<&str> = all.split(", ").collect();
    let said = settles(&copy, &HOMES[0], &[&["test", "--quiet", "--doc"]]);
    let result = after(&said, "test result: ok. ");
    assert!(result.starts_with("0 passed; 0 failed; "), "{said}");
    assert!(!result.contains(" 0 ignored"), "{said}");
}

#[test]
#[ignore = "builds for a minute"]
fn all_primitives_copied_with_their_tests_pass_them_in_an_older_edition() {
    let all = all();
    let copy: Vec<&str> = all.split(", ").chain(["--tests"]).collect();
    let said = settles(&copy, &HOMES[0], &[&["test", "--quiet"]]);
    let passed: u32 =
        after(&said, "test result: ok. ").split_once(" passed").unwrap().0.parse().unwrap();
    assert!(passed > 140, "{said}");
}

/// The names of all primitives.
fn all() -> String {
    let welcome = succeeds(&mut Command::new(env!("CARGO_BIN_EXE_interleave")));
    after(&welcome, "(there are: ").trim_end_matches(')').to_owned()
}
