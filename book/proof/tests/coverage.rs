//! Which tests call which operation of which primitive: one page, and no operation without a test.
//! And no ordering in the source that no check has weakened.
//!
//! A test calls an operation if its body names it, or that of a function of the same file that it
//! names, and so on.

use listings::{book, page, table};
use loom_tests::{Needed, Record, read};
use proc_macro2::{Delimiter, TokenStream, TokenTree};
use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;

/// A function: whether it is a test, and each word in it.
#[derive(Default)]
struct Function {
    is_test: bool,
    words: BTreeSet<String>,
}

fn tokens(path: &Path) -> Option<TokenStream> {
    let source = fs::read_to_string(path).ok()?;
    Some(source.parse().unwrap_or_else(|error| panic!("{}: {error}", path.display())))
}

fn is(token: &TokenTree, word: &str) -> bool {
    matches!(token, TokenTree::Ident(ident) if ident == word)
}

fn words(tokens: TokenStream, into: &mut BTreeSet<String>) {
    for token in tokens {
        match token {
            TokenTree::Ident(ident) => _ = into.insert(ident.to_string()),
            TokenTree::Group(group) => words(group.stream(), into),
            _ => {}
        }
    }
}

/// All functions and constants of a file by their names, those in modules, implementations and
/// macros included.
fn functions(tokens: TokenStream, into: &mut BTreeMap<String, Function>) {
    let mut is_test = false;
    let mut tokens = tokens.into_iter().peekable();
    while let Some(token) = tokens.next() {
        match token {
            TokenTree::Group(group) if group.delimiter() == Delimiter::Bracket => {
                is_test |= group.to_string().replace(' ', "") == "[test]";
            }
            TokenTree::Ident(ident) if ident == "fn" || ident == "const" || ident == "static" => {
                let Some(TokenTree::Ident(name)) = tokens.peek() else { continue };
                if ident == "const" && (name == "fn" || name == "unsafe") {
                    continue;
                }
                let is_function = ident == "fn";
                let function = into.entry(name.to_string()).or_default();
                function.is_test |= std::mem::take(&mut is_test);
                for token in tokens.by_ref() {
                    let end = match &token {
                        TokenTree::Group(group) if is_function => {
                            group.delimiter() == Delimiter::Brace
                        }
                        TokenTree::Punct(punct) => punct.as_char() == ';',
                        _ => false,
                    };
                    words(token.into(), &mut function.words);
                    if end {
                        break;
                    }
                }
            }
            TokenTree::Group(group) => functions(group.stream(), into),
            _ => {}
        }
    }
}

/// The tests of a file, each with all words that it leads to.
fn tests(path: &Path) -> BTreeMap<String, BTreeSet<String>> {
    let mut all = BTreeMap::new();
    functions(tokens(path).unwrap_or_default(), &mut all);
    let reached = |function: &Function| {
        let mut words = function.words.clone();
        let mut left: Vec<String> = words.iter().cloned().collect();
        while let Some(word) = left.pop() {
            let more = all.get(&word).filter(|called| !called.is_test);
            for word in more.into_iter().flat_map(|called| &called.words) {
                if words.insert(word.clone()) {
                    left.push(word.clone());
                }
            }
        }
        words
    };
    let tests = all.iter().filter(|(_, function)| function.is_test);
    tests.map(|(name, function)| (name.clone(), reached(function))).collect()
}

/// The public operations of a file, as type and name.
fn operations(tokens: TokenStream, into: &mut BTreeSet<(String, String)>) {
    let tokens: Vec<TokenTree> = tokens.into_iter().collect();
    for (at, _) in tokens.iter().enumerate().filter(|(_, token)| is(token, "impl")) {
        let is_body = |token: &TokenTree| {
            let TokenTree::Group(group) = token else { return false };
            group.delimiter() == Delimiter::Brace
        };
        let Some(length) = tokens[at..].iter().position(is_body) else { continue };
        let head = &tokens[at + 1..at + length];
        if head.iter().any(|token| is(token, "for")) {
            continue;
        }
        let mut depth = 0;
        let of = head.iter().find_map(|token| match token {
            TokenTree::Punct(punct) if punct.as_char() == '<' => {
                depth += 1;
                None
            }
            TokenTree::Punct(punct) if punct.as_char() == '>' => {
                depth -= 1;
                None
            }
            TokenTree::Ident(ident) if depth == 0 => Some(ident.to_string()),
            _ => None,
        });
        let (Some(of), TokenTree::Group(body)) = (of, &tokens[at + length]) else { continue };
        let body: Vec<TokenTree> = body.stream().into_iter().collect();
        for (at, _) in body.iter().enumerate().filter(|(_, token)| is(token, "fn")) {
            let mut before = body[..at].iter().rev();
            let public = before.find(|token| !is(token, "const") && !is(token, "unsafe"));
            if let (Some(true), Some(TokenTree::Ident(name))) =
                (public.map(|token| is(token, "pub")), body.get(at + 1))
            {
                into.insert((of.clone(), name.to_string()));
            }
        }
    }
}

/// How many tests call the operation, and one of them.
fn cell(tests: &BTreeMap<String, BTreeSet<String>>, operation: &str) -> String {
    let calling: Vec<&String> =
        tests.iter().filter(|(_, words)| words.contains(operation)).map(|(name, _)| name).collect();
    match calling[..] {
        [] => "—".to_owned(),
        [one] => format!("`{one}`"),
        [one, ..] => format!("`{one}` and {} more", calling.len() - 1),
    }
}

/// The files of the primitives.
fn primitives() -> Vec<String> {
    let entries = fs::read_dir(book().join("../primitives/src")).expect("the primitives");
    let names = entries.filter_map(|entry| entry.expect("an entry").file_name().into_string().ok());
    let files = names.filter_map(|name| name.strip_suffix(".rs").map(str::to_owned));
    let mut files: Vec<String> =
        files.filter(|name| !["lib", "platform"].contains(&name.as_str())).collect();
    files.sort();
    files
}

/// The records that the checks of the primitives have left.
fn records() -> Vec<Record> {
    let of = |file: String| {
        let path = book().join(format!("../loom-tests/tests/{file}.rs"));
        let tests = tests(&path).into_keys().collect::<Vec<_>>();
        tests.into_iter().filter_map(move |test| read(&file, &test))
    };
    primitives().into_iter().flat_map(of).collect()
}

/// What needs no check in the model, or no test on the machine, and why.
const EXCEPTIONS: [(&str, &str, &str); 4] = [
    ("get_mut", "model", "its caller has the value alone"),
    ("into_inner", "model", "its caller has the value alone"),
    ("WaitQueue", "model", "it is a plain queue, shared under the lock of whoever has it"),
    ("park_by", "machine", "all forms of a park call it"),
];

/// Whether the operation is excepted in this column.
fn is_excepted(of: &str, operation: &str, column: &str) -> bool {
    let this = |&(what, where_, _): &(&str, &str, &str)| {
        (what == of || what == operation) && where_ == column
    };
    EXCEPTIONS.iter().any(this)
}

#[test]
fn every_operation_is_called_in_the_model_and_on_the_machine() {
    let root = book().join("..");
    let mut rows = Vec::new();
    let mut missing = Vec::new();
    for file in primitives() {
        let mut all = BTreeSet::new();
        let path = root.join(format!("primitives/src/{file}.rs"));
        operations(tokens(&path).expect("a primitive"), &mut all);
        let at = |folder: &str| root.join(folder).join(format!("{file}.rs"));
        let model = tests(&at("loom-tests/tests"));
        let machine = tests(&at("primitives/tests"));
        let mut called = BTreeSet::new();
        words(tokens(&at("loom-tests/programs/src/subjects")).unwrap_or_default(), &mut called);
        for (of, operation) in all {
            let cells = [cell(&model, &operation), cell(&machine, &operation)];
            let name = format!("{of}::{operation}");
            let columns = cells.iter().zip(["model", "machine"]);
            let lacks = |(cell, column): (&String, &str)| {
                cell == "—" && !is_excepted(&of, &operation, column)
            };
            if columns.into_iter().any(lacks) {
                missing.push(format!("{file}: {name}: {}", cells.join(" / ")));
            }
            let programs = if called.contains(&operation) { "yes" } else { "" };
            let [model, machine] = cells;
            rows.push([format!("`{name}`"), model, programs.to_owned(), machine]);
        }
    }
    missing.iter().for_each(|one| println!("{one}"));
    assert!(missing.is_empty(), "no test calls these");
    let head = ["operation", "checks in the model", "every small program", "on the machine"];
    page("coverage.md", &table(head, rows));
}

/// Where a file names an ordering stronger than relaxed: the line, from one, and the ordering.
fn orderings(tokens: TokenStream, into: &mut Vec<(usize, String)>) {
    let mut in_use = false;
    for token in tokens {
        match token {
            TokenTree::Ident(word) if word == "use" => in_use = true,
            TokenTree::Punct(punct) if punct.as_char() == ';' => in_use = false,
            TokenTree::Ident(word) => {
                let strong =
                    ["Acquire", "Release", "AcqRel", "SeqCst"].iter().any(|one| word == *one);
                if strong && !in_use {
                    into.push((word.span().start().line, word.to_string()));
                }
            }
            TokenTree::Group(group) if !in_use => orderings(group.stream(), into),
            _ => {}
        }
    }
}

/// Whether a check has weakened the ordering in this line.
fn is_weakened(needed: &[Needed], file: &str, line: &str, ordering: &str) -> bool {
    let here = |one: &&Needed| one.file == format!("{file}.rs") && one.ordering == ordering;
    needed.iter().filter(here).any(|one| {
        let operation = one.operation.replace(' ', "");
        let line = line.trim().trim_end_matches(',').replace(' ', "");
        operation.contains(&line) || line.contains(&operation)
    })
}

#[test]
#[ignore = "needs every check to have been run"]
fn every_ordering_in_the_source_has_been_weakened_and_was_needed() {
    let root = book().join("..");
    let needed: Vec<Needed> = records().into_iter().flat_map(|record| record.orderings).collect();
    assert!(!needed.is_empty(), "no records: run cargo test -p loom-tests");
    let (mut found, mut missing) = (0, Vec::new());
    for file in primitives() {
        let path = root.join(format!("primitives/src/{file}.rs"));
        let source = fs::read_to_string(&path).expect("a primitive");
        let lines: Vec<&str> = source.lines().collect();
        let mut all = Vec::new();
        orderings(tokens(&path).expect("a primitive"), &mut all);
        for (line, ordering) in all {
            found += 1;
            if !is_weakened(&needed, &file, lines[line - 1], &ordering) {
                missing.push(format!("{file}.rs:{line}: {ordering}: {}", lines[line - 1].trim()));
            }
        }
    }
    assert!(found > 30, "only {found} orderings were found");
    assert!(missing.is_empty(), "no check has weakened these: {missing:#?}");
}
