//! The book's tables of every model and of every ordering, from the records that the checks in
//! `loom-tests` leave.
//!
//! `cargo test` runs packages by name, so that these records are there when it comes to this one,
//! and those of the same run. Where some are missing, since only some checks were ever run, their
//! tables are left alone; the ignored test demands them all. To write the tables:
//! `UPDATE_BOOK=1 cargo test -p proof`.

use listings::{book, page, table};
use loom_tests::{Needed, Record, Search, Whole, read, whole};
use scenarios::{Extent, STORIES, Story, Variant};
use std::collections::BTreeSet;
use std::{env, fs};

/// The files of checks, such as `lock`.
fn files() -> BTreeSet<String> {
    let entries = fs::read_dir(book().join("../loom-tests/tests")).expect("the checks");
    let names = entries.map(|entry| entry.expect("an entry").file_name());
    let files = names.filter_map(|name| name.to_str()?.strip_suffix(".rs").map(str::to_owned));
    files.filter(|file| file != "all").collect()
}

fn source(file: &str) -> String {
    let path = book().join(format!("../loom-tests/tests/{file}.rs"));
    fs::read_to_string(path).expect("the checks")
}

/// The claims of the tests that the source of a bounded one names as smaller: they are not bounded.
fn smaller(file: &str, test: &str) -> String {
    let (source, tests) = (source(file), tests(file));
    let (before, _) = source.split_once(&format!("fn {test}(")).expect("the test");
    let (_, comment) = before.rsplit_once("\n\n").expect("an empty line before each test");
    let Some((_, names)) = comment.split_once("/// Smaller: ") else { return String::new() };
    let claims = names.split('`').skip(1).step_by(2).map(|name| {
        let is_searched_whole = !name.ends_with("_bounded") && tests.iter().any(|one| one == name);
        assert!(is_searched_whole, "{file}::{test} names {name}");
        claim(name)
    });
    claims.collect::<Vec<_>>().join("; ")
}

/// The next variant of the story that does the same and is searched whole, or the last before it.
fn smaller_variant(story: &Story, of: &Variant) -> String {
    let is_smaller = |one: &&Variant| one.search.extent == Extent::Whole && one.expect == of.expect;
    let place = story.variants.iter().position(|one| one.name == of.name).expect("its own");
    let (before, after) = story.variants.split_at(place);
    let smaller = after.iter().find(is_smaller).or_else(|| before.iter().rfind(is_smaller));
    smaller.map_or(String::new(), |one| format!("`{}/{}`", story.name, one.name))
}

/// The names of a file's tests, in the order of the source.
fn tests(file: &str) -> Vec<String> {
    let source = source(file);
    let after = source.split("#[test]\n").skip(1);
    // What is ignored leaves no record.
    after
        .filter(|rest| !rest.starts_with("#[ignore"))
        .map(|rest| {
            let name = rest.split("fn ").nth(1).and_then(|rest| rest.split('(').next());
            name.expect("a test has a name").to_owned()
        })
        .collect()
}

/// What the tests of a file found. A test that was never run is an error.
fn records(file: &str) -> Result<Vec<(String, Record)>, String> {
    let tests = tests(file).into_iter();
    tests
        .map(|test| match read(file, &test) {
            Some(record) => Ok((test, record)),
            None => {
                Err(format!("no record of {file}::{test}: run THOROUGH=1 cargo test -p loom-tests"))
            }
        })
        .collect()
}

/// The name of a test as a sentence. The table says what is bounded.
fn claim(test: &str) -> String {
    let words = test.strip_suffix("_bounded").unwrap_or(test).replace('_', " ");
    let (first, rest) = words.split_at(1);
    first.to_uppercase() + rest
}

/// From five digits on, with a comma at each thousand.
fn number(number: u64) -> String {
    let digits = number.to_string();
    if digits.len() < 5 {
        return digits;
    }
    let groups: Vec<&[u8]> = digits.as_bytes().rchunks(3).rev().collect();
    String::from_utf8(groups.join(&b',')).expect("digits")
}

fn sum(searches: &[&Search]) -> u64 {
    searches.iter().map(|search| search.executions).sum()
}

fn blocked(searches: &[&Search]) -> u64 {
    searches.iter().map(|search| search.blocked).sum()
}

/// How many executions, in how many searches, and whether that was all there are.
fn executions(searches: &[&Search]) -> String {
    let kind = |one: &Search| (one.preemptions, one.locks_in_one_step);
    let kinds: BTreeSet<_> = searches.iter().map(|one| kind(one)).collect();
    let parts = kinds.into_iter().map(|these| {
        let how = match these {
            (None, true) => "exhaustive, locks in one step".to_owned(),
            (None, false) => "exhaustive".to_owned(),
            (Some(1), _) => "to 1 preemption".to_owned(),
            (Some(most), _) => format!("to {most} preemptions"),
        };
        let these: Vec<&Search> =
            searches.iter().copied().filter(|one| kind(one) == these).collect();
        let blocked = match blocked(&these) {
            // The tests demand it of all others.
            0 => String::new(),
            some => format!(", and {} blocked runs", number(some)),
        };
        match these.len() {
            1 => format!("{}, {how}{blocked}", number(sum(&these))),
            many => format!("{} in {many} searches, {how}{blocked}", number(sum(&these))),
        }
    });
    parts.collect::<Vec<_>>().join("; ")
}

/// What each test of a file claims, and how it was searched.
fn claims(records: &[(String, Record)]) -> String {
    let rows = records.iter().filter(|(_, record)| !record.searches.is_empty());
    let rows = rows.map(|(test, record)| {
        let (with, without): (Vec<&Search>, Vec<&Search>) =
            record.searches.iter().partition(|one| one.spurious_wakeups);
        [claim(test), executions(&without), executions(&with)]
    });
    table(["claim", "executions", "with spurious wake-ups"], rows)
}

/// The orderings in the source that the tests of a file are about.
fn own_orderings<'a>(file: &str, records: &'a [(String, Record)]) -> Vec<&'a Needed> {
    let source = format!("{file}.rs");
    let all = records.iter().flat_map(|(_, record)| &record.orderings);
    all.filter(|needed| needed.file == source).collect()
}

/// The text on one line. Of a place it keeps the file: its line is another with every change.
fn without_lines(text: &str) -> String {
    let words = text.split_whitespace().map(|word| {
        let place = word.strip_suffix(')').and_then(|word| word.rsplit_once(':'));
        match place {
            Some((file, line)) if line.parse::<u32>().is_ok() => format!("{file})"),
            _ => word.to_owned(),
        }
    });
    words.collect::<Vec<_>>().join(" ").replace("(at ", "(in ")
}

fn orderings(needed: &[&Needed]) -> String {
    let rows = needed.iter().map(|one| {
        // A compare-exchange has two orderings, and this is the second.
        let role = if one.role == "failed exchange" { "if it fails: " } else { "" };
        [
            format!("`{}`", one.operation),
            format!("{role}`{}` → `{}`", one.ordering, one.to),
            format!("{}, execution {}", one.program, one.execution),
            without_lines(&one.failure),
        ]
    });
    table(["operation", "weakened", "caught by", "what the model objects to"], rows)
}

/// What there is of each file, and of all.
fn totals(all: &[(String, Vec<(String, Record)>)]) -> String {
    let counts = all.iter().map(|(file, records)| {
        let searches: Vec<&Search> = records.iter().flat_map(|(_, one)| &one.searches).collect();
        let (bounded, whole): (Vec<&Search>, Vec<&Search>) =
            searches.into_iter().partition(|one| one.preemptions.is_some());
        let (short, whole): (Vec<&Search>, Vec<&Search>) =
            whole.into_iter().partition(|one| one.locks_in_one_step);
        let orderings: usize = records.iter().map(|(_, one)| one.orderings.len()).sum();
        let claims = records.iter().filter(|(_, one)| !one.searches.is_empty()).count();
        let counts = [
            claims as u64,
            whole.len() as u64,
            sum(&whole),
            short.len() as u64,
            sum(&short),
            blocked(&short),
            bounded.len() as u64,
            sum(&bounded),
            orderings as u64,
        ];
        (format!("`{file}`"), counts)
    });
    let mut rows: Vec<(String, [u64; 9])> = counts.collect();
    let all = std::array::from_fn(|column| rows.iter().map(|(_, counts)| counts[column]).sum());
    rows.push(("all".to_owned(), all));
    let head = [
        "checks of",
        "claims",
        "exhaustive searches",
        "executions in them",
        "exhaustive, locks in one step",
        "executions in them",
        "blocked runs beside them",
        "bounded searches",
        "executions in them",
        "orderings weakened",
    ];
    let rows = rows.into_iter().map(|(file, counts)| {
        let [a, b, c, d, e, f, g, h, i] = counts.map(number);
        [file, a, b, c, d, e, f, g, h, i]
    });
    table(head, rows)
}

/// The searches of a variant, each kind once: several tests may have made them.
fn searches_of<'a>(name: &str, records: &'a [(String, Record)]) -> Vec<&'a Search> {
    let mut searches: Vec<&Search> = Vec::new();
    for one in records.iter().flat_map(|(_, record)| &record.searches) {
        let is_it = |other: &&Search| {
            (other.preemptions, other.locks_in_one_step) == (one.preemptions, one.locks_in_one_step)
        };
        if one.of == name && !searches.iter().any(is_it) {
            searches.push(one);
        }
    }
    assert!(!searches.is_empty(), "{name} was not searched");
    searches
}

/// Every variant of every story.
fn stories(records: &[(String, Record)]) -> String {
    let variants = STORIES.iter().flat_map(|story| {
        story.variants.iter().map(move |variant| {
            let name = format!("{}/{}", story.name, variant.name);
            let searches = searches_of(&name, records);
            let spurious = variant.search.spurious_wakeups > 0;
            let spurious = if spurious { ", with spurious wake-ups" } else { "" };
            [
                format!("`{}`", story.name),
                format!("`{}`", variant.name),
                executions(&searches) + spurious,
                variant.expect.word().to_owned(),
            ]
        })
    });
    table(["story", "variant", "executions", "verdict"], variants)
}

/// What became of the searches of a bounded check without a bound, in one of two columns.
fn without_bound(all: &[Whole], spurious_wakeups: bool) -> String {
    let these: Vec<&Whole> =
        all.iter().filter(|one| one.spurious_wakeups == spurious_wakeups).collect();
    let said = these.iter().map(|one| {
        let executions = number(one.executions);
        if one.finished {
            return format!("{executions}, all ({})", one.date);
        }
        // An estimate with one digit, since more would say what is not known.
        let all = one.executions as f64 / one.explored.max(f64::MIN_POSITIVE);
        format!("{executions} of about {all:.0e} ({})", one.date)
    });
    said.collect::<Vec<_>>().join("; ")
}

/// Every check and every variant that a search of every day does not go to the end of, and a
/// smaller one of which it does.
fn bounded(files: &BTreeSet<String>) -> String {
    let checks = files.iter().filter(|file| *file != "scenarios").flat_map(|file| {
        let bounded = tests(file).into_iter().filter(|test| test.ends_with("_bounded"));
        bounded.map(move |test| {
            let found = whole(&format!("{file}::{test}"));
            let [without, with] = [false, true].map(|with| without_bound(&found, with));
            [file.clone(), claim(&test), without, with, smaller(file, &test)]
        })
    });
    let stories = STORIES.iter().flat_map(|story| {
        let is_bounded = |one: &&Variant| matches!(one.search.extent, Extent::Preemptions(_));
        story.variants.iter().filter(is_bounded).map(move |variant| {
            let name = format!("{}/{}", story.name, variant.name);
            let found = whole(&name);
            let [without, with] = [false, true].map(|with| without_bound(&found, with));
            let smaller = smaller_variant(story, variant);
            ["story".to_owned(), format!("`{name}`"), without, with, smaller]
        })
    });
    let head = ["file", "check", "without spurious wake-ups", "with them", "smaller"];
    table(head, checks.chain(stories))
}

/// Compares the tables with the records, or writes them. Returns what is missing.
#[track_caller]
fn compare() -> Vec<String> {
    let mut complete = Vec::new();
    let mut missing = Vec::new();
    for file in files() {
        match records(&file) {
            Ok(records) => complete.push((file, records)),
            Err(none) => missing.push(none),
        }
    }
    let mut pages = BTreeSet::new();
    let mut write = |name: String, content: &str| {
        page(&format!("proof/{name}"), content);
        pages.insert(name);
    };
    write("bounded.md".to_owned(), &bounded(&files()));
    for (file, records) in &complete {
        for (test, record) in records {
            // What was searched to its end with locks in one step is not called bounded.
            let bounded = record.searches.iter().enumerate().any(|(at, search)| {
                let before = at.checked_sub(1).map(|before| &record.searches[before]);
                let is_whole =
                    before.is_some_and(|one| one.locks_in_one_step && one.of == search.of);
                search.preemptions.is_some() && !is_whole
            });
            assert_eq!(test.ends_with("_bounded"), bounded, "{file}::{test}");
        }
        write(format!("{file}.md"), &claims(records));
        let own = own_orderings(file, records);
        if !own.is_empty() {
            write(format!("{file}-orderings.md"), &orderings(&own));
        }
        if file == "scenarios" {
            write("stories.md".to_owned(), &stories(records));
        }
    }
    if missing.is_empty() {
        write("models.md".to_owned(), &totals(&complete));
        let committed = fs::read_dir(book().join("src/generated/proof")).expect("the tables");
        let committed: BTreeSet<String> = committed
            .map(|entry| entry.expect("an entry").file_name().to_string_lossy().into_owned())
            .collect();
        assert_eq!(committed, pages, "what is in book/src/generated/proof, and what belongs there");
    }
    missing
}

#[test]
fn the_book_counts_what_the_checks_found() {
    if env::var_os("NEXTEST").is_some() {
        println!("not compared: nextest keeps no order, the records may be of an earlier run");
        return;
    }
    compare().iter().for_each(|missing| println!("{missing}"));
}

#[test]
#[ignore = "needs every check to have been run"]
fn the_book_counts_what_every_check_found() {
    assert_eq!(compare(), [""; 0]);
}
