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

/// `paid 1600, balance -600` as the end of a file's name.
fn slug(text: &str) -> String {
    let text = text.split(':').next().unwrap_or(text).replace(" -", " minus ");
    let words = text.split(|c: char| !c.is_alphanumeric()).filter(|word| !word.is_empty());
    words.collect::<Vec<_>>().join("-").to_lowercase()
}

/// Writes what the chapter on the story shows of these variants: a table, and these traces.
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
fn the_book_shows_a_thread_that_is_run_not_joined_and_started_twice() {
    let variants =
        ["run-called", "not-joined", "started-twice", "started-and-joined", "one-thread-a-letter"];
    let traces = [
        "run-called-delivered-by-mainthread",
        "not-joined-no-letter-delivered",
        "started-twice-delivered-by-thread-1",
        "started-and-joined-delivered-by-thread-1",
    ];
    tell_with("thread-life", &variants, &traces);
}

#[test]
fn the_book_shows_a_daemon_that_is_left_behind() {
    let variants = ["left-behind", "told-and-left-behind", "waited-for", "told-and-joined"];
    tell_with("daemon", &variants, &["told-and-left-behind-half-a-record"]);
    let exploration = explored(variant("daemon", "left-behind"));
    let found = exploration.outcomes.iter().find(|found| !words(found).0).expect("half a record");
    let end = words(found).1;
    assert_eq!(end, "half a record");
    let title = "A daemon writes a record, and the program ends";
    page("daemon.svg", &svg(&found.trace, title, End::Badly(&end)));
}

#[test]
fn the_book_shows_threads_that_are_joined_in_the_loop_that_starts_them() {
    let variants = ["joined-in-the-loop", "meet-in-the-loop", "joined-after", "meet-joined-after"];
    let traces = [
        "joined-in-the-loop-1-under-way-at-most-1-at-work-at-once",
        "meet-in-the-loop-stuck",
        "joined-after-2-under-way-at-most-2-at-work-at-once",
    ];
    tell_with("join-in-loop", &variants, &traces);
}

#[test]
fn the_book_shows_every_outcome_of_the_counter() {
    let traces =
        ["unlocked-counted-4", "unlocked-counted-3", "locked-counted-4", "atomic-counted-4"];
    tell_with("shared-counter", &["unlocked", "locked", "atomic"], &traces);
}

#[test]
fn the_book_shows_every_outcome_of_the_withdrawal() {
    let variants =
        ["unlocked", "lock-held-too-briefly", "locked", "locks-itself-out", "re-entrant"];
    let traces = [
        "unlocked-paid-800-balance-200",
        "unlocked-paid-1600-balance-minus-600",
        "unlocked-paid-1600-balance-200",
        "lock-held-too-briefly-paid-1600-balance-minus-600",
        "locked-paid-800-balance-200",
        "locks-itself-out-stuck",
        "re-entrant-paid-800-balance-200",
    ];
    tell_with("bank-withdraw", &variants, &traces);
}

#[test]
fn the_book_shows_every_outcome_of_the_deadlock() {
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
fn the_book_shows_the_alarm() {
    let traces = ["cancel-it-rang-cancelled-too-late"];
    tell_with("timer", &["flag", "cancel", "hello", "ten-times"], &traces);
}

#[test]
fn the_book_shows_three_actions_of_the_same_time() {
    let traces = ["by-time-ran-3-2-1", "scheduler-ran-1-2-3"];
    tell_with("same-time-priorities", &["by-time", "run-in-loop", "scheduler"], &traces);
}

#[test]
fn the_book_shows_the_interpreter_lock() {
    let variants = ["switched", "waits-with-the-gil", "locked", "held", "convoy", "forced-switch"];
    let traces = ["switched-n-1", "waits-with-the-gil-stuck", "convoy-taken-back-2-times"];
    tell_with("interpreter-lock", &variants, &traces);
}

#[test]
fn the_book_shows_the_primes_of_a_pool_bounded() {
    let variants = ["shared-count", "answers", "one-chunk"];
    tell_with("pool-primes", &variants, &["shared-count-1-of-2-primes"]);
}

#[test]
fn the_book_shows_squares_in_order_and_out_of_order_bounded() {
    let variants = ["as-they-come", "as-completed", "map", "one-chunk"];
    tell_with("map-in-order", &variants, &["as-completed-9-4"]);
}

#[test]
fn the_book_shows_the_letter_that_is_sent_though_it_was_cancelled() {
    let variants = ["trusting", "not-running", "asking", "asked-to-stop"];
    let trace = "not-running-the-letter-is-sent-and-the-sender-thinks-it-stays";
    tell_with("cancel-running", &variants, &[trace]);
}

#[test]
fn the_book_shows_the_first_of_two_servers_bounded() {
    let variants = ["by-name", "first-end", "first-result", "one-is-silent"];
    tell_with("first-to-finish", &variants, &["by-name-stuck", "first-end-no-page"]);
}

#[test]
fn the_book_shows_a_pool_that_waits_for_itself_bounded() {
    let variants = ["unseen", "one-worker", "two-workers", "waits-outside", "one-task"];
    let traces = [
        "unseen-stuck",
        "one-worker-all-workers-of-a-pool-would-wait-for-tasks-of-that-pool-and-none-would-run",
    ];
    tell_with("pool-waits-for-itself", &variants, &traces);
}

#[test]
fn the_book_shows_the_users_of_two_servers() {
    let traces = ["local-ann-s-server-greets-ann-ben-s-greets-ben"];
    tell_with("thread-local", &["shared", "local", "local-in-use"], &traces);
}

#[test]
fn the_book_shows_the_producers_and_their_consumer_bounded() {
    let variants = [
        "looks-then-puts",
        "looks-then-gets",
        "tries-to-get",
        "consumer-leaves",
        "consumer-leaves-one",
        "consumer-closes",
        "consumer-closes-one",
        "waits-for-room",
        "gives-up",
        "capacity-1",
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
fn the_book_shows_the_keys_of_a_room_bounded() {
    let variants =
        ["no-keys", "one-key", "two-keys", "forgotten", "returned-twice", "returned-twice-bounded"];
    let traces = [
        "no-keys-at-most-2-inside-at-once",
        "returned-twice-one-key-too-many-and-nobody-noticed",
        "returned-twice-bounded-one-key-too-many-and-somebody-noticed",
    ];
    tell_with("four-keys", &variants, &traces);
}

#[test]
fn the_book_shows_the_readers_and_their_writer_bounded() {
    let variants = [
        "readers-first",
        "readers-first-four-reads",
        "writer-next",
        "rwlock",
        "rwlock-one-read",
        "read-in-read",
    ];
    let traces = ["rwlock-reads-that-overtook-the-writer", "read-in-read-stuck"];
    tell_with("readers-writers", &variants, &traces);
}

#[test]
fn the_book_shows_the_rounds_of_two_authors() {
    let variants = [
        "no-meeting",
        "counted",
        "one-meeting",
        "one-round",
        "two-meetings",
        "one-leaves",
        "one-leaves-and-says-so",
    ];
    let traces = [
        "counted-read-too-early",
        "one-leaves-stuck",
        "one-leaves-and-says-so-ann-knows-that-ben-does-not-come",
    ];
    tell_with("rounds", &variants, &traces);
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
fn the_book_shows_prices_that_are_loaded_twice_or_not_waited_for() {
    let variants = [
        "looks-then-loads",
        "claims-then-loads",
        "needs-itself",
        "locked",
        "once",
        "first-load-fails",
    ];
    let traces = [
        "looks-then-loads-loaded-twice-ann-used-42-ben-used-42",
        "claims-then-loads-loaded-once-ann-used-42-ben-used-0",
        "needs-itself-stuck",
        "first-load-fails-loaded-twice-ann-used-42-ben-used-42",
    ];
    tell_with("once-only", &variants, &traces);
}

#[test]
fn the_book_shows_an_object_that_two_own_and_two_nodes_that_own_each_other() {
    let variants = [
        "load-and-store",
        "relaxed",
        "release-acquire",
        "arc",
        "cycle",
        "weak-parent",
        "collector",
    ];
    let traces = [
        "load-and-store-freed-twice",
        "load-and-store-freed-never",
        "relaxed-freed-once-and-an-entry-was-not-seen",
        "arc-freed-1-time-2-entries-seen",
        "cycle-0-of-2-nodes-freed",
        "weak-parent-2-of-2-nodes-freed",
        "collector-2-of-2-nodes-freed",
    ];
    tell_with("reference-count", &variants, &traces);
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
fn the_book_shows_deposits_and_draws_that_take_turns_bounded() {
    let variants =
        ["if", "loop", "notify-one", "notify-one-alone", "notify-all", "notify-all-alone"];
    tell_with("deposit-draw", &variants, &["if-all-have-gone-home-balance-800"]);
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

#[test]
fn the_book_shows_a_deposit_that_waits_for_a_draw_that_never_comes_bounded() {
    let variants = ["three-against-one", "no-draw", "as-many", "limit", "closed", "three-closed"];
    let traces = ["no-draw-stuck", "closed-deposits"];
    tell_with("blocked-not-deadlocked", &variants, &traces);
}

#[test]
fn the_book_shows_a_wake_that_finds_nobody_asleep() {
    tell_with("lost-wakeup", &["look-then-sleep", "sleep-if"], &["look-then-sleep-stuck"]);
}

#[test]
fn the_book_shows_a_wait_that_returns_for_no_reason() {
    tell_with("spurious-wakeup", &["if", "loop"], &["if-ate-it-raw"]);
}

#[test]
fn the_book_shows_deposits_and_draws_with_events() {
    let variants = ["one-event", "one-event-twice", "two-events", "two-events-twice"];
    let traces = ["two-events-twice-deposits"];
    tell_with("deposit-draw-event", &variants, &traces);
}

/// The threads that wait, main left out.
fn who_waits(found: &Found<Outcome>) -> Vec<&str> {
    let Ending::Stuck(waiting) = &found.ending else { return Vec::new() };
    waiting.iter().map(|one| one.thread.as_str()).filter(|thread| *thread != "main").collect()
}

#[test]
fn with_one_event_each_execution_goes_wrong_in_one_of_three_ways() {
    let exploration = explored(variant("deposit-draw-event", "one-event"));
    let ways: [(&str, &str, &[&str]); 3] = [
        ("nobody goes home", "deposit-draw-event.svg", &["depositor", "drawer"]),
        ("the drawer does not go home", "deposit-draw-event-the-drawer-stays.txt", &["drawer"]),
        ("the drawer goes home with nothing", "deposit-draw-event-nothing-drawn.txt", &[]),
    ];
    let mut executions = 0;
    let rows = ways.map(|(way, file, waits)| {
        let goes = |found: &&Found<Outcome>| !words(found).0 && who_waits(found) == waits;
        let found: Vec<_> = exploration.outcomes.iter().filter(goes).collect();
        let [found] = found[..] else { panic!("{way}: {found:?}") };
        match (&found.ending, waits.len()) {
            (Ending::Stuck(waiting), 2) => {
                let title = "A deposit and a draw, then both wait for the event to be set";
                page(file, &svg(&found.trace, title, End::Stuck(waiting)));
            }
            _ => page(file, &told(found)),
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
fn the_book_shows_a_shot_that_is_missed_and_one_that_is_not() {
    let variants = [
        "bare-condition",
        "bare-condition-alone",
        "cleared-at-once",
        "cleared-at-once-alone",
        "set-once",
        "set-once-alone",
        "set-before-wait",
    ];
    let traces = ["bare-condition-alone-stuck", "cleared-at-once-alone-stuck", "set-once-2-run"];
    tell_with("starting-gun", &variants, &traces);
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
