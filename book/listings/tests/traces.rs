//! How the book's traces tell what was done: see "How to read a trace" in the introduction.

use listings::book;
use std::fs;
use std::path::Path;

/// A call of `step`: where, what it says, and the statement that follows.
struct Told {
    place: String,
    texts: Vec<String>,
    next: String,
}

/// What stands in front of the bracket that closes the one before `text`, and what comes after it.
fn up_to_closing(text: &str) -> (&str, &str) {
    let (mut depth, mut quoted) = (1, false);
    for (place, one) in text.char_indices() {
        match one {
            '"' => quoted = !quoted,
            '(' if !quoted => depth += 1,
            ')' if !quoted => depth -= 1,
            _ => {}
        }
        if depth == 0 {
            return (&text[..place], &text[place + 1..]);
        }
    }
    panic!("a bracket that is not closed: {text}")
}

fn told_in(folder: &Path, told: &mut Vec<Told>) {
    for entry in fs::read_dir(folder).expect("a folder") {
        let path = entry.expect("an entry").path();
        if path.is_dir() {
            told_in(&path, told);
            continue;
        }
        let text = fs::read_to_string(&path).expect("text");
        let lines = text.lines().filter(|line| !line.trim_start().starts_with("//"));
        let code = lines.collect::<Vec<_>>().join("\n");
        for call in ["step!(", " step("] {
            for (place, _) in code.match_indices(call) {
                let (said, after) = up_to_closing(&code[place + call.len()..]);
                // Between two quotation marks is every other piece.
                let texts = said.split('"').skip(1).step_by(2).map(str::to_owned).collect();
                let after = after.trim_start_matches([';', ',', ')', '}']);
                let next = after.split_inclusive([';', '{']).next().unwrap_or(after).to_owned();
                told.push(Told { place: format!("{}: {said}", path.display()), texts, next });
            }
        }
    }
}

#[test]
fn a_step_asks_before_what_may_wait_and_tells_all_else_when_it_is_done() {
    let mut told = Vec::new();
    for folder in ["../scenarios/src", "listings/src", "listings/tests"] {
        told_in(&book().join(folder), &mut told);
    }
    assert!(told.len() > 100, "only {} steps were found", told.len());
    let may_wait = [
        "lock()",
        "lock_for(",
        "wait",
        "acquire()",
        "acquire_one()",
        ".read()",
        ".write()",
        "put(",
        "get()",
        "get_or_init(",
        "result()",
        "join",
        "with(",
    ];
    // These would be said before they are done.
    let announces = ["locks", "unlocks", "waits", "wants", "tries", "reaches", "listens", "sleeps"];
    let mut asked = 0;
    for Told { place, texts, next } in told {
        for text in texts {
            let words: Vec<&str> = text.split(|c: char| !c.is_alphanumeric()).collect();
            let announced = announces.iter().find(|one| words.contains(one));
            assert_eq!(announced, None, "{place} tells what is not done yet");
            if words.contains(&"asks") {
                asked += 1;
                let waits = may_wait.iter().any(|call| next.contains(call));
                assert!(waits, "{place} asks, and then comes: {next}");
            }
        }
    }
    assert!(asked > 20, "only {asked} steps ask");
}

#[test]
fn no_trace_shows_the_number_that_a_word_of_several_fields_makes() {
    let mut traces = 0;
    for entry in fs::read_dir(book().join("src/generated")).expect("what was generated") {
        let path = entry.expect("an entry").path();
        let extension = path.extension().unwrap_or_default();
        let is_picture = extension == "svg";
        if !is_picture && extension != "txt" {
            continue;
        }
        traces += 1;
        let text = fs::read_to_string(&path).expect("text");
        for line in text.lines().filter(|line| !is_picture || line.starts_with("<text")) {
            // Of money there are a few thousand at most.
            let longest = line.split(|c: char| !c.is_ascii_digit()).map(str::len).max();
            assert!(longest < Some(5), "{}: {line}", path.display());
        }
    }
    assert!(traces > 30, "only {traces} traces were found");
}
