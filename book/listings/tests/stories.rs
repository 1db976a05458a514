//! What the chapters on the stories print: outcomes, the shortest way to each, pictures.

use listings::{End, page, svg, table, told};
use loom_platform::{Ending, Exploration, Explorer, Found};
use scenarios::{Outcome, STORIES, Variant};
use std::cmp::Reverse;
use std::collections::BTreeMap;

fn variant(story: &str, variant: &str) -> &'static Variant {
    let story = STORIES.iter().find(|one| one.name == story).expect("the story is there");
    story.variants.iter().find(|one| one.name == variant).expect("the variant is there")
}

fn explored(variant: &Variant) -> Exploration<Outcome> {
    let mut explorer = Explorer::new().spurious_wakeups(variant.search.spurious_wakeups);
    if let Some(most) = variant.search.preemptions {
        explorer = explorer.preemptions(most.into());
    }
    let exploration = explorer.explore(variant.run);
    assert!(exploration.finished, "{}: {exploration}", variant.name);
    exploration
}

/// What the outcome is called, and whether it is as it should be.
fn words(found: &Found<Outcome>) -> (bool, String) {
    match &found.ending {
        Ending::Returned(outcome) => (outcome.holds, outcome.text.clone()),
        Ending::Stuck(_) => (false, "stuck: nobody can go on".to_owned()),
        Ending::Panicked(panic) => panic!("{}: {}", panic.thread, panic.message),
    }
}

/// `paid 1600, balance -600` as the end of a file's name.
fn slug(text: &str) -> String {
    let text = text.split(':').next().unwrap_or(text).replace(" -", " minus ");
    let words = text.split(|c: char| !c.is_alphanumeric()).filter(|word| !word.is_empty());
    words.collect::<Vec<_>>().join("-").to_lowercase()
}

/// Writes what the chapter on the story shows of these variants: a table, and a trace of each outcome.
fn tell(name: &str, variants: &[&str]) {
    for (file, trace) in tell_table(name, variants) {
        page(&file, &trace);
    }
}

/// As [`tell`], with these traces only.
fn tell_with(name: &str, variants: &[&str], traces: &[&str]) {
    let told = tell_table(name, variants);
    for trace in traces {
        let file = format!("{name}-{trace}.txt");
        page(&file, told.get(&file).unwrap_or_else(|| panic!("no {file} in {:?}", told.keys())));
    }
}

/// Writes the table, and returns the shortest trace of each outcome.
fn tell_table(name: &str, variants: &[&str]) -> BTreeMap<String, String> {
    let mut traces = BTreeMap::new();
    let mut searches = Vec::new();
    let mut rows = Vec::new();
    for variant in variants.iter().map(|shown| variant(name, shown)) {
        let exploration = explored(variant);
        searches.push([
            format!("`{}`", variant.name),
            variant.about.to_owned(),
            exploration.to_string(),
            variant.expect.word().to_owned(),
        ]);
        // Who is stuck differs from execution to execution, and one trace of it is enough.
        let mut outcomes: BTreeMap<_, Vec<&Found<Outcome>>> = BTreeMap::new();
        for found in &exploration.outcomes {
            let (holds, text) = words(found);
            outcomes.entry((Reverse(holds), text)).or_default().push(found);
        }
        for ((Reverse(holds), text), found) in outcomes {
            let executions: u64 = found.iter().map(|found| found.executions).sum();
            let kept = if holds { "yes" } else { "no" };
            rows.push([
                format!("`{}`", variant.name),
                text.clone(),
                kept.to_owned(),
                executions.to_string(),
            ]);
            let file = format!("{name}-{}-{}.txt", variant.name, slug(&text));
            let shortest = found.into_iter().min_by_key(|found| found.trace.steps().count());
            traces.insert(file, told(shortest.expect("each outcome was found")));
        }
    }
    let searches = table(["variant", "what it does", "search", "verdict"], searches);
    let outcomes = table(["variant", "outcome", "as it should be", "executions"], rows);
    page(&format!("{name}.md"), &format!("{searches}\n{outcomes}"));
    traces
}

#[test]
fn the_book_shows_every_outcome_of_the_counter() {
    tell("shared-counter", &["unlocked", "locked"]);
}

#[test]
fn the_book_shows_every_outcome_of_the_withdrawal() {
    tell("bank-withdraw", &["unlocked", "locked"]);
}

#[test]
fn the_book_shows_every_outcome_of_the_deadlock_bounded() {
    let variants = [
        "opposite-order",
        "ring",
        "timed",
        "timed-again",
        "back-off",
        "same-order",
        "one-lock",
        "detected",
        "detected-one",
        "ranked",
    ];
    let traces = [
        "opposite-order-stuck",
        "ring-stuck",
        "timed-again-both-gave-up",
        "back-off-b-to-a-gave-up",
        "detected-b-to-a-gave-up",
        "ranked-b-to-a-gave-up",
    ];
    tell_with("ab-deadlock", &variants, &traces);
}

#[test]
fn the_book_shows_the_philosophers_bounded() {
    let variants = [
        "naive",
        "naive-two",
        "ordered",
        "ordered-two",
        "waiter-two",
        "all-back-off",
        "one-backs-off",
        "one-backs-off-two",
    ];
    tell_with("dining-philosophers", &variants, &["naive-stuck", "all-back-off-0-of-2-ate"]);
}

#[test]
fn the_book_shows_the_producers_and_their_consumer_bounded() {
    let variants = [
        "looks-then-puts",
        "looks-then-gets",
        "tries-to-get",
        "consumer-leaves",
        "consumer-closes",
        "waits-for-room",
        "gives-up",
        "capacity-2",
    ];
    let traces = [
        "looks-then-puts-2-in-a-list-for-1",
        "looks-then-gets-stuck",
        "consumer-leaves-stuck",
        "consumer-closes-each-item-was-put-or-kept",
    ];
    tell_with("producers-consumer", &variants, &traces);
}

#[test]
fn the_book_shows_two_flags_that_are_raised_and_not_seen() {
    tell_with("store-buffering", &["relaxed", "release-acquire", "fences"], &[]);
}

#[test]
fn the_book_shows_a_value_that_is_made_and_not_seen() {
    let traces = ["relaxed-ann-used-42-ben-used-0"];
    tell_with("double-checked-init", &["relaxed", "release-acquire"], &traces);
}

#[test]
fn the_picture_of_two_flags_ends_with_both_in_the_room() {
    let exploration = explored(variant("store-buffering", "release-acquire"));
    let both = |found: &&Found<Outcome>| !words(found).0;
    let found = exploration.outcomes.iter().find(both).expect("both in the room");
    let title = "Each raises a flag, and enters if the other's is down";
    page("store-buffering.svg", &svg(&found.trace, title, End::Badly(&words(found).1)));
}

#[test]
fn the_picture_of_the_withdrawal_ends_at_minus_600() {
    let exploration = explored(variant("bank-withdraw", "unlocked"));
    let ends_at = |found: &&Found<Outcome>| words(found).1.ends_with("balance -600");
    let found = exploration.outcomes.iter().find(ends_at).expect("minus 600");
    assert!(!words(found).0);
    let title = "An account with 1000, two people draw 800 each";
    let end = words(found).1;
    page("bank-withdraw-unlocked.svg", &svg(&found.trace, title, End::Badly(&end)));
}

#[test]
fn the_picture_of_the_deadlock_shows_who_waits_for_what() {
    let exploration = explored(variant("ab-deadlock", "opposite-order"));
    let found = exploration.failures().next().expect("the deadlock");
    let Ending::Stuck(waiting) = &found.ending else { panic!("{found}") };
    let title = "Two transfers, each with one lock and waiting for the other";
    let picture = svg(&found.trace, title, End::Stuck(waiting));
    assert!(picture.contains("waits for lock B") && picture.contains("waits for lock A"));
    page("ab-deadlock-opposite-order.svg", &picture);
}
