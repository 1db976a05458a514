//! What the chapters on the stories show, and the command does not put there itself: pictures, and
//! what is chosen by more than an outcome.

use listings::{End, page, svg, table, told};
use loom_platform::{Ending, Exploration, Explorer, Found};
use scenarios::{Outcome, STORIES, Variant};

fn variant(story: &str, variant: &str) -> &'static Variant {
    let story = STORIES.iter().find(|one| one.name == story).expect("the story is there");
    story.variants.iter().find(|one| one.name == variant).expect("the variant is there")
}

fn explored(variant: &Variant) -> Exploration<Outcome> {
    let explorer = Explorer::new()
        .preemptions(variant.search.preemptions.map(usize::from))
        .spurious_wakeups(variant.search.spurious_wakeups);
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

#[test]
fn the_picture_of_the_daemon_ends_with_half_a_record() {
    let exploration = explored(variant("daemon", "left-behind"));
    let found = exploration.outcomes.iter().find(|found| !words(found).0).expect("half a record");
    let end = words(found).1;
    assert_eq!(end, "half a record");
    let title = "A daemon writes a record, and the program ends";
    page("daemon.svg", &svg(&found.trace, title, End::Badly(&end)));
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
fn the_picture_of_the_forgotten_key_shows_the_threads_that_wait_for_it() {
    let exploration = explored(variant("four-keys", "forgotten"));
    let found = exploration.failures().next().expect("a key that does not come back");
    let Ending::Stuck(waiting) = &found.ending else { panic!("{found}") };
    assert!(waiting.iter().any(|one| one.thread == "Ben" && one.waits_for == "a key"));
    let title = "One key, and Ann takes it home";
    page("four-keys-forgotten.svg", &svg(&found.trace, title, End::Stuck(waiting)));
}

#[test]
fn the_picture_of_the_writer_shows_how_often_it_is_overtaken_bounded() {
    let exploration = explored(variant("readers-writers", "readers-first-four-reads"));
    let ends = |found: &&Found<Outcome>| words(found).1.ends_with("overtook the writer: 3");
    let found = exploration.outcomes.iter().find(ends).expect("three reads past the writer");
    let title = "Readers enter whenever nobody writes";
    page("readers-writers.svg", &svg(&found.trace, title, End::Badly(&words(found).1)));
}

#[test]
fn the_picture_of_the_counter_ends_at_2() {
    let exploration = explored(variant("shared-counter", "unlocked"));
    let two = |found: &&Found<Outcome>| words(found).1 == "counted 2";
    let found = exploration.outcomes.iter().find(two).expect("counted 2");
    let title = "Two people add one, twice each, from 0";
    page("shared-counter-unlocked.svg", &svg(&found.trace, title, End::Badly(&words(found).1)));
}

#[test]
fn the_picture_of_the_authors_ends_with_a_page_that_lies_under_the_next() {
    let exploration = explored(variant("rounds", "one-meeting"));
    let late = |found: &&Found<Outcome>| !words(found).0;
    let found = exploration.outcomes.iter().find(late).expect("a page read too late");
    let title = "Two authors, one barrier, and two rounds";
    page("rounds-one-meeting.svg", &svg(&found.trace, title, End::Badly(&words(found).1)));
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
fn the_picture_of_the_deadlock_shows_what_each_thread_waits_for() {
    let exploration = explored(variant("ab-deadlock", "opposite-order"));
    let found = exploration.failures().next().expect("the deadlock");
    let Ending::Stuck(waiting) = &found.ending else { panic!("{found}") };
    let title = "Two transfers, each with one lock and waiting for the other";
    let picture = svg(&found.trace, title, End::Stuck(waiting));
    assert!(picture.contains("waits for lock B") && picture.contains("waits for lock A"));
    page("ab-deadlock-opposite-order.svg", &picture);
}

#[test]
fn the_picture_of_one_notify_shows_the_thread_that_was_woken_for_nothing_bounded() {
    let exploration = explored(variant("deposit-draw", "notify-one"));
    let found = exploration.failures().next().expect("a wake that went astray");
    let Ending::Stuck(waiting) = &found.ending else { panic!("{found}") };
    // One wants the account full and one wants it empty: each could serve the other.
    let waits = |why| waiting.iter().any(|one| one.waits_for.contains(why));
    assert!(waits("finds 0") && waits("finds 800"), "{found}");
    let title = "Two deposits and two draws, and each wakes one of those who wait";
    page("deposit-draw-notify-one.svg", &svg(&found.trace, title, End::Stuck(waiting)));
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
        if let (Ending::Stuck(waiting), 2) = (&found.ending, waits.len()) {
            let title = "A deposit and a draw, then both wait for the event to be set";
            page("deposit-draw-event.svg", &svg(&found.trace, title, End::Stuck(waiting)));
        }
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

#[test]
fn the_picture_of_the_alarm_shows_it_ring_after_it_was_cancelled_in_time() {
    let exploration = explored(variant("timer", "flag"));
    let broken = |found: &&Found<Outcome>| !words(found).0;
    let found = exploration.outcomes.iter().find(broken).expect("the alarm");
    let end = words(found).1;
    assert_eq!(end, "it rang, cancelled in time");
    let title = "An alarm, and a sleeper who wakes early";
    page("timer-flag.svg", &svg(&found.trace, title, End::Badly(&end)));
}

#[test]
fn the_picture_of_the_servers_shows_ann_greeted_as_ben() {
    let exploration = explored(variant("thread-local", "shared"));
    let ends_with_ben = |found: &&Found<Outcome>| {
        words(found) == (false, "Ann's server greets Ben, Ben's greets Ben".to_owned())
    };
    let found = exploration.outcomes.iter().find(ends_with_ben).expect("Ann as Ben");
    let title = "One variable for the user, and two servers";
    let end = words(found).1;
    page("thread-local-shared.svg", &svg(&found.trace, title, End::Badly(&end)));
}
