//! What is shown of stories, and the command does not put into the book by itself.

use listings::{page, table, told};
use loom_platform::picture::{End, svg};
use loom_platform::{Ending, Exploration, Found, explore};
use scenarios::{Outcome, STORIES, Search, Variant};

fn variant(story: &str, variant: &str) -> &'static Variant {
    let story = STORIES.iter().find(|one| one.name == story).expect("the story is there");
    story.variants.iter().find(|one| one.name == variant).expect("the variant is there")
}

fn explored(variant: &Variant) -> Exploration<Outcome> {
    assert_eq!(variant.search, Search::WHOLE, "{}", variant.name);
    explore(variant.run)
}

/// What the outcome is called, and whether it is as it should be.
fn words(found: &Found<Outcome>) -> (bool, String) {
    match &found.ending {
        Ending::Returned(outcome) => (outcome.holds, outcome.text.clone()),
        Ending::Stuck(_) => (false, "stuck: nobody can go on".to_owned()),
        Ending::Panicked(panic) => panic!("{}: {}", panic.thread, panic.message),
    }
}

#[test]
fn the_picture_of_the_readme_ends_at_minus_600() {
    let exploration = explored(variant("bank-withdraw", "unlocked"));
    let ends_at = |found: &&Found<Outcome>| words(found).1.ends_with("balance -600");
    let found = exploration.outcomes.iter().find(ends_at).expect("minus 600");
    assert!(!words(found).0);
    let title = "An account with 1000, two people draw 800 each";
    let end = words(found).1;
    page("bank-withdraw-unlocked.svg", &svg(&found.trace, title, End::Badly(&end)));
}

/// The threads that wait, main left out.
fn who_waits(found: &Found<Outcome>) -> Vec<&str> {
    let Ending::Stuck(waiting) = &found.ending else { return Vec::new() };
    waiting.iter().map(|one| one.thread.as_str()).filter(|thread| *thread != "main").collect()
}

#[test]
fn with_one_event_each_execution_goes_wrong_in_one_of_three_ways() {
    let exploration = explored(variant("deposit-draw-event", "one-event"));
    let ways: [(&str, &[&str]); 3] = [
        ("nobody goes home", &["depositor", "drawer"]),
        ("the drawer does not go home", &["drawer"]),
        ("the drawer goes home with nothing", &[]),
    ];
    let mut executions = 0;
    let rows = ways.map(|(way, waits)| {
        let goes = |found: &&Found<Outcome>| !words(found).0 && who_waits(found) == waits;
        let found: Vec<_> = exploration.outcomes.iter().filter(goes).collect();
        let [found] = found[..] else { panic!("{way}: {found:?}") };
        executions += found.executions;
        [way.to_owned(), found.executions.to_string()]
    });
    assert_eq!(executions, exploration.executions);
    page("deposit-draw-event-ways.md", &table(["how it ends", "executions"], rows));
}

#[test]
fn with_one_event_a_second_deposit_can_be_left_out() {
    let exploration = explored(variant("deposit-draw-event", "one-event-twice"));
    let skips = |found: &&Found<Outcome>| {
        found.trace.steps().any(|step| step.text == "finds the event set, deposits nothing")
    };
    let shortest = exploration.outcomes.iter().filter(skips);
    let found = shortest.min_by_key(|found| found.trace.steps().count()).expect("a lost deposit");
    page("deposit-draw-event-nothing-deposited.txt", &told(found));
}
