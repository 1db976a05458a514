//! What the book says of Python: a program and what it has printed, version by version.

use listings::{book, table};
use std::process::Command;
use std::{env, fs};

const WAYS: [&str; 2] = ["in_place", "with_a_call"];

/// What the program prints under an interpreter: a row of the table.
fn row(python: &str) -> [String; 3] {
    let run = |arguments: &[&str]| {
        let output = Command::new(python).args(arguments).output();
        let output = output.unwrap_or_else(|error| panic!("{python}: {error}"));
        assert!(output.status.success(), "{python}: {output:?}");
        String::from_utf8(output.stdout).expect("text")
    };
    let program = book().join("listings/python/count.py");
    let printed = run(&[program.to_str().expect("text")]);
    let mut lines = printed.lines();
    let mut way = |name: &str| {
        let said = lines.next().and_then(|line| line.strip_prefix(&format!("{name}: ")));
        said.unwrap_or_else(|| panic!("{python}: {printed}")).to_owned()
    };
    let version = run(&["-c", "import platform; print(platform.python_version())"]);
    [version.trim().to_owned(), way(WAYS[0]), way(WAYS[1])]
}

/// The counts differ from run to run, and not every machine has a Python. So the page shows one
/// run. `PYTHONS="python3.9 python3.12"` writes it anew, with these.
#[test]
fn the_page_on_python_shows_what_the_program_printed() {
    let page = book().join("src/generated/counter-python.md");
    if let Ok(pythons) = env::var("PYTHONS") {
        let rows = pythons.split_whitespace().map(row);
        let head = ["Python", "`n += 1`", "`n = n + int(1)`"];
        fs::write(&page, table(head, rows)).expect("the page can be written");
    }
    let page = fs::read_to_string(page).expect("the page").replace("\r\n", "\n");
    let rows: Vec<Vec<&str>> =
        page.lines().skip(2).map(|line| line.trim_matches('|').split('|').collect()).collect();
    // What the text beside it says: only the call lets the interpreter change threads since 3.10.
    let lost = |cell: &str| !cell.trim().starts_with("lost counts in 0 of 10 runs");
    for row in &rows {
        let [version, in_place, with_a_call] = row[..] else { panic!("{row:?}") };
        let minor = version.trim().split('.').nth(1).and_then(|minor| minor.parse::<u32>().ok());
        let before = minor.expect("a version") < 10;
        assert_eq!(lost(in_place), before, "{row:?}");
        assert!(lost(with_a_call), "{row:?}");
    }
    assert!(rows.len() >= 4, "{rows:?}");
}
