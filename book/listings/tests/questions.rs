//! The questions at the end of each chapter, and where it answers them.

use crate::includes::name_of;
use listings::{book, chapters};
use std::collections::BTreeSet;
use std::fs;

const HEADING: &str = "\n## Can you answer?\n";

/// What is not the chapter's own text.
const NO_ANSWER: [&str; 4] = ["exercises", "copy-it", "what-was-explored", "you-are-the-scheduler"];

/// A question, and the page and the heading that it leads to.
fn question(line: &str) -> Option<(&str, &str, &str)> {
    let (_, link) = line.split_once(". [")?;
    let (question, target) = link.strip_suffix(')')?.split_once("](")?;
    let (page, anchor) = target.split_once('#')?;
    Some((question, page, anchor))
}

/// What is wrong with the questions of a chapter.
fn fault(chapter: &str, text: &str) -> Option<String> {
    let Some((above, section)) = text.split_once(HEADING) else {
        return Some("it has no questions".to_owned());
    };
    if section.contains("\n## ") {
        return Some("something comes after the questions".to_owned());
    }
    let headings: BTreeSet<&str> = above
        .lines()
        .filter(|line| line.starts_with("##"))
        .filter_map(name_of)
        .filter(|name| !NO_ANSWER.contains(name))
        .collect();
    let asked: Vec<_> = section.lines().filter_map(question).collect();
    let different: BTreeSet<&str> = asked.iter().map(|(question, ..)| *question).collect();
    if asked.len() != 3 || different.len() != 3 {
        return Some(format!("it has {} questions", different.len()));
    }
    let wrong = asked.iter().find(|(question, page, anchor)| {
        !question.ends_with('?') || *page != chapter || !headings.contains(anchor)
    });
    wrong.map(|(question, page, anchor)| format!("{question}: {page}#{anchor} does not answer it"))
}

#[test]
fn each_chapter_ends_with_three_questions_and_leads_to_where_it_answers_them() {
    let faults: Vec<String> = chapters()
        .iter()
        .filter(|chapter| *chapter != "introduction.md")
        .filter_map(|chapter| {
            let text = fs::read_to_string(book().join("src").join(chapter)).expect("a chapter");
            fault(chapter, &text).map(|fault| format!("{chapter}: {fault}"))
        })
        .collect();
    assert!(faults.is_empty(), "{faults:#?}");
}

#[test]
fn a_chapter_with_a_wrong_question_is_found() {
    let of =
        |questions: &str| fault("a.md", &format!("# A\n\n## How {{#how}}\n{HEADING}\n{questions}"));
    let good = "1. [Why?](a.md#how)\n2. [Who?](a.md#how)\n3. [When?](a.md#how)\n";
    assert_eq!(of(good), None);
    assert!(of(&good.replace("a.md#how)\n3", "b.md#how)\n3")).is_some(), "another page");
    assert!(of(&good.replace("#how)\n3", "#where)\n3")).is_some(), "no such heading");
    assert!(of(&good.replace("Who?", "Why?")).is_some(), "asked twice");
    assert!(of("1. [Why?](a.md#how)\n").is_some(), "only one");
    assert!(of(&format!("{good}\n## More\n")).is_some(), "not the last");
}
