//! The book includes what is there, and all that was generated for it.

use listings::book;
use scenarios::{STORIES, Story};
use std::collections::BTreeSet;
use std::fs;

fn pages() -> Vec<(String, String)> {
    let entries = fs::read_dir(book().join("src")).expect("book/src");
    entries
        .map(|entry| entry.expect("an entry").path())
        .filter(|path| path.extension().is_some_and(|extension| extension == "md"))
        .map(|path| {
            let name = path.file_name().unwrap().to_string_lossy().into_owned();
            (name, fs::read_to_string(&path).expect("a page"))
        })
        .collect()
}

/// Each `{{#include …}}` of a page: the path, and the anchor if there is one.
fn includes(page: &str) -> Vec<(&str, Option<&str>)> {
    let after = page.split("{{#include ").skip(1);
    after
        .map(|rest| {
            let what = rest.split("}}").next().unwrap_or(rest);
            match what.split_once(':') {
                Some((path, anchor)) => (path, Some(anchor)),
                None => (what, None),
            }
        })
        .collect()
}

#[test]
fn every_include_finds_its_file_and_its_anchor() {
    let mut count = 0;
    for (name, text) in pages() {
        for (path, anchor) in includes(&text) {
            count += 1;
            let file = fs::read_to_string(book().join("src").join(path));
            let file = file.unwrap_or_else(|error| panic!("{name}: {path}: {error}"));
            if let Some(anchor) = anchor {
                let has = |line: String| file.lines().any(|one| one.trim() == line);
                assert!(has(format!("// ANCHOR: {anchor}")), "{name}: {path}:{anchor}");
                assert!(has(format!("// ANCHOR_END: {anchor}")), "{name}: {path}:{anchor}");
            }
        }
    }
    assert!(count > 0);
}

/// The files in a folder of `book/src`, as a page names them.
fn generated(folder: &str) -> BTreeSet<String> {
    let entries = fs::read_dir(book().join("src").join(folder)).expect("what was generated");
    let files =
        entries.map(|entry| entry.expect("an entry")).filter(|entry| entry.path().is_file());
    files.map(|entry| format!("{folder}/{}", entry.file_name().to_string_lossy())).collect()
}

#[test]
fn every_generated_file_is_used() {
    let mut texts: Vec<String> = pages().into_iter().map(|(_, text)| text).collect();
    texts.push(fs::read_to_string(book().join("../README.md")).expect("README.md"));
    let mut unused = generated("generated");
    unused.extend(generated("generated/proof"));
    unused.retain(|path| !texts.iter().any(|text| text.contains(path)));
    assert!(unused.is_empty(), "no page uses {unused:?}");
}

#[test]
fn the_tables_of_the_checks_stand_on_one_page() {
    for (name, text) in pages().into_iter().filter(|(name, _)| name != "models.md") {
        let table = includes(&text).into_iter().find(|(path, _)| path.contains("/proof/"));
        assert_eq!(table, None, "{name}: a sentence and a link to models.md are enough");
    }
}

/// Why the book does not make this generated file itself when it is built; nothing if it could.
fn why_it_is_committed(name: &str) -> Option<&'static str> {
    let of_a_story = |story: &Story| {
        let of_a_variant = |rest: &str| {
            story.variants.iter().any(|one| rest.starts_with(&format!("-{}", one.name)))
        };
        let rest = name.strip_prefix(story.name);
        rest.is_some_and(|rest| rest.starts_with('.') || of_a_variant(rest))
    };
    match name {
        "deposit-draw-event-ways.md" => Some("its rows tell which threads wait"),
        "deposit-draw-event-nothing-deposited.txt" => Some("it is chosen by a step"),
        "bank-withdraw-unlocked.svg" => Some("the README shows it"),
        "benchmarks.svg"
        | "measure-choice.svg"
        | "measure-gil.txt"
        | "measure-pool.txt"
        | "measure-threads.txt" => Some("it is of one machine on one day"),
        _ if STORIES.iter().any(of_a_story) => None,
        _ if name.starts_with("proof/") => Some("it is of a run of all tests, which takes long"),
        _ if name.starts_with("programs/") => Some("it is of all small programs: minutes"),
        _ => Some("it is of programs of the listings, which the command does not have"),
    }
}

#[test]
fn each_generated_file_is_committed_for_a_reason() {
    let mut files = generated("generated");
    files.extend(generated("generated/proof"));
    files.extend(generated("generated/programs"));
    let name = |path: &String| path["generated/".len()..].to_owned();
    files.retain(|path| why_it_is_committed(&name(path)).is_none());
    assert!(files.is_empty(), "the book can make these when it is built: {files:?}");
}

/// The name behind a heading, `## Heading {#name}`: a link leads to it in every language.
pub(crate) fn name_of(heading: &str) -> Option<&str> {
    heading.strip_prefix('#')?.split_once(" {#")?.1.strip_suffix('}')
}

#[test]
fn every_link_to_a_heading_finds_it() {
    // The link checker looks for the file of a link and not for the heading in it.
    let pages = pages();
    let headings: BTreeSet<String> = pages
        .iter()
        .flat_map(|(page, text)| {
            text.lines().filter_map(name_of).map(move |name| format!("{page}#{name}"))
        })
        .collect();
    for (name, text) in &pages {
        for rest in text.split("](").skip(1) {
            let link = rest.split(')').next().unwrap_or(rest);
            let is_here = !link.contains("://") && link.contains('#');
            assert!(
                !is_here || headings.contains(link),
                "{name}: {link} leads to no heading with a name, {{#name}}"
            );
        }
    }
}
