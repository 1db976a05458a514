//! The form of the exercises: a puzzle, a hint, an answer, each a step of its own.

use listings::{book, chapters};
use std::fs;

/// The chapters that have no exercises, and why.
const WITHOUT: [(&str, &str); 3] = [
    ("introduction.md", "it says how to read the book"),
    ("practise.md", "it is about the exercises that a reader writes"),
    ("own.md", "its program is the reader's own"),
];

/// Two chapters on one subject, its use and how it is built. They have their exercises together.
const TOGETHER: [(&str, &str); 8] = [
    ("thread.md", "thread-build.md"),
    ("gil.md", "gil-build.md"),
    ("lock-use.md", "lock.md"),
    ("deadlock.md", "detectors.md"),
    ("condition.md", "condition-build.md"),
    ("event.md", "event-build.md"),
    ("semaphore.md", "semaphore-build.md"),
    ("queue.md", "queue-build.md"),
];

const FEWEST: usize = 4;

const HINT: &str = "<details><summary>Hint</summary>\n";
const ANSWER: &str = "<details><summary>Answer</summary>\n";

/// What shows a schedule.
const SCHEDULES: [&str; 6] =
    [".txt}}", ".svg", "{{#trace", "{{#picture", "{{#wait-for", "{{#outcomes"];

/// The numbered exercises of a chapter, each with its steps.
fn exercises(chapter: &str) -> Vec<String> {
    let text = fs::read_to_string(book().join("src").join(chapter)).expect("a chapter");
    let Some((_, section)) = text.split_once("\n## Exercises") else { return Vec::new() };
    let section = section.split("\n## ").next().unwrap_or(section);
    let starts = (1..).map_while(|number| section.find(&format!("\n**{number}.** ")));
    let starts: Vec<usize> = starts.collect();
    let ends = starts.iter().skip(1).copied().chain([section.len()]);
    starts.iter().zip(ends).map(|(&start, end)| section[start..end].to_owned()).collect()
}

/// What is wrong with the steps of an exercise.
fn fault(exercise: &str) -> Option<&'static str> {
    let Some((puzzle, rest)) = exercise.split_once(HINT) else { return Some("it has no hint") };
    let Some((hint, answer)) = rest.split_once(ANSWER) else {
        return Some("no answer comes after its hint");
    };
    let shows = |text: &str| SCHEDULES.iter().any(|schedule| text.contains(schedule));
    let closes_once = |text: &str| text.matches("</details>").count() == 1;
    match () {
        () if puzzle.contains("<details>") => Some("its hint is not the first step"),
        () if !closes_once(hint) || !closes_once(answer) => Some("it has not two closed steps"),
        () if shows(puzzle) || shows(hint) => Some("it shows a schedule before the answer"),
        () if !exercise.contains("{{#include") => Some("none of it is tested"),
        () => None,
    }
}

/// The chapters that have their exercises together with this one, itself included.
fn together(chapter: &str) -> Vec<&str> {
    let pair = TOGETHER.iter().find(|(used, built)| chapter == *used || chapter == *built);
    pair.map_or(vec![chapter], |&(used, built)| vec![used, built])
}

#[test]
fn each_chapter_has_four_exercises_or_more_in_three_steps_each() {
    let chapters = chapters();
    for (chapter, why) in WITHOUT {
        assert!(chapters.iter().any(|one| one == chapter), "there is no {chapter}: {why}");
    }
    let with = chapters.iter().filter(|one| WITHOUT.iter().all(|(chapter, _)| chapter != one));
    let mut faults = Vec::new();
    for chapter in with {
        let exercises = exercises(chapter);
        let count: usize = together(chapter).iter().map(|one| self::exercises(one).len()).sum();
        if count < FEWEST {
            faults.push(format!("{chapter} has {count} exercises"));
        }
        for (place, exercise) in exercises.iter().enumerate() {
            let fault = fault(exercise);
            faults.extend(fault.map(|fault| format!("{chapter}, exercise {}: {fault}", place + 1)));
        }
    }
    assert!(faults.is_empty(), "{faults:#?}");
}
