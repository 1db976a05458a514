//! Every variant of every story does what it declares, over all executions that it says are searched.

use loom_platform::{Ending, Exploration, Explorer, explore};
use loom_tests::{recorded, recorded_as};
use scenarios::{Expect, Outcome, STORIES, Story, Variant};

fn does(exploration: &Exploration<Outcome>) -> Expect {
    let stuck = exploration.failures().any(|found| matches!(found.ending, Ending::Stuck(_)));
    let breaks = exploration.returned().any(|(outcome, _)| !outcome.holds);
    Expect::of(breaks, stuck)
}

/// The search that the variant asks for.
fn search(story: &Story, variant: &Variant) -> Exploration<Outcome> {
    let mut explorer = Explorer::new().spurious_wakeups(variant.search.spurious_wakeups);
    if let Some(most) = variant.search.preemptions {
        explorer = explorer.preemptions(most.into());
    }
    let name = format!("{}/{}", story.name, variant.name);
    recorded_as(&name, explorer.explore(variant.run))
}

/// Searches the variants that ask for bounded searches, or those that do not.
fn all_do_what_they_declare(bounded: bool) {
    for story in STORIES {
        let variants = story.variants.iter();
        for variant in variants.filter(|one| one.search.preemptions.is_some() == bounded) {
            let exploration = search(story, variant);
            let name = format!("{}/{}", story.name, variant.name);
            for found in exploration.failures() {
                assert!(!matches!(found.ending, Ending::Panicked(_)), "{name}\n{found}");
            }
            assert_eq!(does(&exploration), variant.expect, "{name}: {exploration}");
        }
    }
}

#[test]
fn every_variant_does_what_it_declares_over_all_executions() {
    all_do_what_they_declare(false);
}

#[test]
fn so_does_every_variant_that_is_too_long_for_all_executions_bounded() {
    all_do_what_they_declare(true);
}

#[test]
fn two_draws_of_800_from_1000_can_leave_minus_600() {
    let story = STORIES.iter().find(|story| story.name == "bank-withdraw").unwrap();
    let exploration = recorded(explore(story.variants[0].run));
    let mut outcomes: Vec<_> =
        exploration.returned().map(|(found, _)| found.text.as_str()).collect();
    outcomes.sort_unstable();
    assert_eq!(
        outcomes,
        ["paid 1600, balance -600", "paid 1600, balance 200", "paid 800, balance 200"]
    );
}

#[test]
fn the_deadlock_holds_one_lock_each_and_waits_for_the_other() {
    let story = STORIES.iter().find(|story| story.name == "ab-deadlock").unwrap();
    let exploration = recorded(explore(story.variants[0].run));
    let stuck = exploration.failures().next().unwrap();
    let Ending::Stuck(waiting) = &stuck.ending else { panic!("{stuck}") };
    let who: Vec<_> = waiting.iter().map(|w| (w.thread.as_str(), w.waits_for.as_str())).collect();
    assert_eq!(who, [("main", "thread A to B to end"), ("A to B", "lock B"), ("B to A", "lock A")]);
    assert!(waiting[1].at.file().ends_with("ab_deadlock.rs"));
}
