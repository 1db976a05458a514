//! Every primitive, copied alone into an empty crate, builds there, and so does its documentation.
#![cfg(unix)]

use std::fs;
use std::path::Path;
use std::process::Command;

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

#[test]
fn each_primitive_copied_alone_builds_without_a_warning_as_the_note_says() {
    let welcome = succeeds(&mut Command::new(env!("CARGO_BIN_EXE_interleave")));
    let primitives = after(&welcome, "(there are: ").trim_end_matches(')').split(", ");
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    for primitive in primitives {
        let dir = tempfile::tempdir().unwrap();
        let crate_dir = dir.path();
        let manifest = "[package]\nname = \"home\"\nversion = \"0.1.0\"\nedition = \"2024\"\n";
        fs::write(crate_dir.join("Cargo.toml"), manifest).unwrap();
        // The versions that this repository was tested with, which are on this machine already.
        fs::copy(root.join("Cargo.lock"), crate_dir.join("Cargo.lock")).unwrap();
        let said = succeeds(
            Command::new(env!("CARGO_BIN_EXE_interleave"))
                .args(["copy", primitive, "src/sync"])
                .current_dir(crate_dir),
        );
        fs::write(crate_dir.join("src/lib.rs"), "pub mod sync;\n").unwrap();
        fs::write(crate_dir.join("src/sync/mod.rs"), after(&said, "declare: ")).unwrap();
        let mut add = Command::new("sh");
        add.args(["-c", after(&said, "Dependencies: ")]);
        let mut test = Command::new("cargo");
        test.args(["test", "--quiet"]).env("RUSTFLAGS", "-D warnings");
        let mut doc = Command::new("cargo");
        doc.args(["doc", "--quiet", "--no-deps"]).env("RUSTDOCFLAGS", "-D warnings");
        for command in [&mut add, &mut test, &mut doc] {
            command.current_dir(crate_dir).env("CARGO_NET_OFFLINE", "true");
            command.env("CARGO_TARGET_DIR", concat!(env!("CARGO_TARGET_TMPDIR"), "/copies"));
            succeeds(command);
        }
    }
}
