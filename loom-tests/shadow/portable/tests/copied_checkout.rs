//! A checkout that was copied together with its `target` builds its own sources.
#![cfg(unix)]

use std::fs;
use std::path::Path;
use std::process::Command;

fn copy(from: &Path, to: &Path) {
    // With the times of the files, by which cargo tells what has changed.
    assert!(Command::new("cp").arg("-a").args([from, to]).status().unwrap().success());
}

/// Whether the package and its tests build in the checkout.
fn builds(checkout: &Path, package: &str) -> bool {
    let mut cargo = Command::new("cargo");
    cargo.args(["check", "--quiet", "--offline", "--lib", "--tests", "--package", package]);
    cargo.current_dir(checkout).env_remove("CARGO_TARGET_DIR").output().unwrap().status.success()
}

#[test]
#[ignore = "builds for a minute"]
fn a_fault_in_a_copied_checkout_is_seen_by_every_package_that_shares_the_source() {
    let dir = tempfile::tempdir().unwrap();
    let [original, copied] = ["original", "copied"].map(|name| dir.path().join(name));
    fs::create_dir(&original).unwrap();
    for entry in fs::read_dir(Path::new(env!("CARGO_MANIFEST_DIR")).join("../../..")).unwrap() {
        let entry = entry.unwrap();
        if !["target", ".git"].map(Into::into).contains(&entry.file_name()) {
            copy(&entry.path(), &original.join(entry.file_name()));
        }
    }
    let sharers = [
        ("portable-primitives", "primitives/src/lock.rs"),
        ("portable-primitives", "primitives/tests/lock.rs"),
        ("loom-primitives", "primitives/src/lock.rs"),
        ("loom-scenarios", "scenarios/src/timer.rs"),
        ("scenarios", "book/listings/src/ch14_orderings/s1_litmus.rs"),
    ];
    for (package, _) in sharers {
        assert!(builds(&original, package), "{package}");
    }
    copy(&original, &copied);
    for (package, source) in sharers {
        let path = copied.join(source);
        let text = fs::read_to_string(&path).unwrap();
        fs::write(&path, format!("{text}\ncompile_error!(\"planted\");\n")).unwrap();
        assert!(!builds(&copied, package), "{package} does not see {source}");
        fs::write(&path, text).unwrap();
        assert!(builds(&copied, package), "{package}");
    }
}
