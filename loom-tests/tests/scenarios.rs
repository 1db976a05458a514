//! Every variant of every story does what it declares, over all executions that it says are
//! searched.

use loom_platform::{Ending, Exploration, Explorer, Found, Waiting};
use loom_tests::{
    explore_bounded, explore_by_both, explore_locks_in_one_step, recorded, recorded_as,
    search_whole,
};
use scenarios::{Expect, Extent, Outcome, STORIES, Search, Story, Variant};

fn does(exploration: &Exploration<Outcome>) -> Expect {
    let stuck = exploration.failures().any(|found| matches!(found.ending, Ending::Stuck(_)));
    let breaks = exploration.returned().any(|(outcome, _)| !outcome.holds);
    Expect::of(breaks, stuck)
}

/// The search that the variant asks for. Where that takes locks in one step, it comes first, and
/// then one with the code of the locks.
fn search(story: &Story, variant: &Variant) -> Exploration<Outcome> {
    let Search { extent, spurious_wakeups, .. } = variant.search;
    let explorer = Explorer::new().spurious_wakeups(spurious_wakeups);
    let name = format!("{}/{}", story.name, variant.name);
    let Some(most) = extent.preemptions() else {
        return recorded_as(&name, explore_by_both(explorer, variant.run));
    };
    let bounded = explore_bounded(most.into(), explorer.clone(), variant.run);
    if matches!(extent, Extent::LocksInOneStep { .. }) {
        let all = explore_locks_in_one_step(explorer, variant.run);
        assert_eq!(does(&all), does(&bounded), "{name}: {all}");
        recorded_as(&name, all);
    }
    recorded_as(&name, bounded)
}

/// What a word says is told, and not the number that its fields make together.
fn tells_no_word_of_several_fields(found: &Found<Outcome>) {
    let told = format!("{}{:?}", found.trace.columns(), found.ending);
    // Of money there are a few thousand at most.
    let longest = told.split(|c: char| !c.is_ascii_digit()).map(str::len).max();
    assert!(longest < Some(5), "{found}");
}

/// Searches the variants that ask for bounded searches, or those that do not.
fn all_do_what_they_declare(bounded: bool) {
    for story in STORIES {
        let variants = story.variants.iter();
        for variant in variants.filter(|one| one.search.extent.preemptions().is_some() == bounded) {
            let exploration = search(story, variant);
            let name = format!("{}/{}", story.name, variant.name);
            for found in exploration.failures() {
                assert!(!matches!(found.ending, Ending::Panicked(_)), "{name}\n{found}");
            }
            exploration.outcomes.iter().for_each(tells_no_word_of_several_fields);
            assert_eq!(does(&exploration), variant.expect, "{name}: {exploration}");
        }
    }
}

#[test]
fn every_variant_does_what_it_declares_over_all_executions() {
    all_do_what_they_declare(false);
}

#[test]
fn every_variant_that_is_too_long_for_all_executions_does_as_declared_bounded() {
    all_do_what_they_declare(true);
}

#[test]
#[ignore = "takes hours, and only where whole searches are asked for"]
fn every_variant_that_is_bounded_does_as_declared_as_far_as_it_can_be_searched_bounded() {
    for story in STORIES {
        let is_bounded = |one: &&Variant| matches!(one.search.extent, Extent::Preemptions(_));
        for variant in story.variants.iter().filter(is_bounded) {
            let name = format!("{}/{}", story.name, variant.name);
            let as_declared = |found: &Exploration<Outcome>| {
                assert!(!found.finished || does(found) == variant.expect, "{name}: {found}");
            };
            let spurious_wakeups = variant.search.spurious_wakeups;
            search_whole(&name, 0, spurious_wakeups, variant.run, as_declared);
        }
    }
}

#[test]
fn two_draws_of_800_from_1000_can_leave_minus_600() {
    let story = STORIES.iter().find(|story| story.name == "bank-withdraw").unwrap();
    let exploration = recorded(explore_by_both(Explorer::new(), story.variants[0].run));
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
    let exploration = recorded(explore_by_both(Explorer::new(), story.variants[0].run));
    let stuck = exploration.failures().next().unwrap();
    let Ending::Stuck(waiting) = &stuck.ending else { panic!("{stuck}") };
    let who: Vec<_> = waiting.iter().map(|w| (w.thread.as_str(), w.waits_for.as_str())).collect();
    assert_eq!(who, [("main", "thread A to B to end"), ("A to B", "lock B"), ("B to A", "lock A")]);
    assert!(waiting[1].at.file().ends_with("ab_deadlock.rs"));
}

/// What the variant can return, in order, and what it waits for when it is stuck.
fn outcomes(story: &str, variant: &str) -> (Vec<String>, Vec<String>) {
    let story = STORIES.iter().find(|one| one.name == story).expect("the story is there");
    let variant = story.variants.iter().find(|one| one.name == variant);
    let exploration = search(story, variant.expect("the variant is there"));
    let mut returned: Vec<_> =
        exploration.returned().map(|(outcome, _)| outcome.text.clone()).collect();
    returned.sort_unstable();
    let stuck = exploration.failures().map(|found| {
        let Ending::Stuck(waiting) = &found.ending else { panic!("{found}") };
        let waits = |one: &Waiting| format!("{} waits for {}", one.thread, one.waits_for);
        waiting.iter().skip(1).map(waits).collect::<Vec<_>>().join(", ")
    });
    (returned, stuck.collect())
}

#[test]
fn how_often_a_writer_is_overtaken_grows_with_the_reads_unless_readers_wait_for_it_bounded() {
    let most = |variant| outcomes("readers-writers", variant).0.pop().unwrap();
    assert_eq!(most("readers-first"), "reads that overtook the writer: 1");
    assert_eq!(most("readers-first-four-reads"), "reads that overtook the writer: 3");
    assert_eq!(most("writer-next"), "reads that overtook the writer: 0");
    // As often as the model's patience allows, and that case is met.
    assert_eq!(most("rwlock"), "reads that overtook the writer: 1");
}

#[test]
fn naive_philosophers_get_stuck_in_a_cycle_and_in_no_other_way() {
    let (returned, stuck) = outcomes("dining-philosophers", "naive");
    assert_eq!(returned, ["3 of 3 ate"]);
    assert_eq!(stuck, ["Ann waits for fork 1, Ben waits for fork 2, Cat waits for fork 0"]);
}

#[test]
fn if_all_philosophers_back_off_all_may_stay_hungry_and_if_one_does_somebody_eats() {
    let story = "dining-philosophers";
    let all = outcomes(story, "all-back-off").0;
    assert_eq!(all, ["0 of 2 ate", "1 of 2 ate", "2 of 2 ate"]);
    assert_eq!(outcomes(story, "one-backs-off-two").0, ["1 of 2 ate", "2 of 2 ate"]);
    assert_eq!(outcomes(story, "one-backs-off").0, ["2 of 3 ate", "3 of 3 ate"]);
}

#[test]
fn a_key_too_many_is_noticed_only_on_a_bounded_board() {
    let returned = |variant| outcomes("four-keys", variant).0;
    assert_eq!(
        returned("returned-twice"),
        ["one key too many, and nobody noticed: 2 on the board"]
    );
    let bounded = returned("returned-twice-bounded");
    assert!(bounded.iter().all(|text| text.ends_with("and somebody noticed: 1 on the board")));
    assert_eq!(outcomes("four-keys", "forgotten").1, ["Ben waits for a key"]);
}

#[test]
fn a_count_that_nobody_takes_down_is_a_barrier_once() {
    let late_or_early = outcomes("rounds", "counted").0;
    assert_eq!(late_or_early.len(), 4, "{late_or_early:?}");
    let one_meeting = outcomes("rounds", "one-meeting").0;
    assert_eq!(one_meeting, ["each page was read", "read too late: the next page lay on it"]);
}
