//! What the compiler refuses, as the book shows it.

use listings::{book, page};
use std::process::Command;
use std::{env, fs};

/// What the compiler says first of a listing, which it must refuse.
fn refusal(listing: &str) -> String {
    let output = Command::new(env::var_os("RUSTC").unwrap_or_else(|| "rustc".into()))
        .args(["--edition=2024", "--crate-type=lib", "--emit=metadata", "--out-dir"])
        .arg(env::temp_dir())
        .arg(book().join(format!("listings/refused/{listing}.rs")))
        .output()
        .expect("a compiler");
    assert!(!output.status.success(), "{listing} is not refused");
    let said = String::from_utf8(output.stderr).expect("text");
    let error = said.lines().find(|line| line.starts_with("error[")).expect("an error");
    assert_eq!(said.lines().filter(|line| line.starts_with("error[")).count(), 1, "{said}");
    format!("{error}\n")
}

#[test]
fn what_threads_must_not_do_is_refused_by_the_compiler() {
    let refused = [
        ("borrowed", "E0373"),
        ("guard", "E0277"),
        ("kept", "E0716"),
        ("locked", "E0277"),
        ("sent", "E0277"),
        ("shared", "E0277"),
        ("shared_guard", "E0277"),
        ("twice", "E0499"),
    ];
    let files = fs::read_dir(book().join("listings/refused")).expect("listings").count();
    assert_eq!(files, refused.len(), "a listing is not asked for");
    for (listing, code) in refused {
        let error = refusal(listing);
        assert!(error.starts_with(&format!("error[{code}]")), "{error}");
        page(&format!("refused-{}.txt", listing.replace('_', "-")), &error);
    }
}
