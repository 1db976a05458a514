//! Which thread waits for which where a story gets stuck: each cycle as it is, and none where there
//! is none.

use loom_platform::{Explorer, Judge, WaitFor};
use loom_tests::recorded_as;
use scenarios::STORIES;

/// The graph of each way in which the variant gets stuck, in the order of their texts.
fn graphs(story: &str, variant: &str, judge: Judge) -> Vec<WaitFor> {
    let story = STORIES.iter().find(|one| one.name == story).expect("the story is there");
    let variant = story.variants.iter().find(|one| one.name == variant).expect("as its variant");
    let explorer = Explorer::new().spurious_wakeups(variant.search.spurious_wakeups);
    let name = format!("{}/{}", story.name, variant.name);
    let exploration = recorded_as(&name, explorer.judge(judge).explore(variant.run));
    assert!(exploration.exhaustive);
    let mut graphs: Vec<_> =
        exploration.outcomes.into_iter().filter_map(|found| found.wait_for).collect();
    graphs.sort_by_key(WaitFor::to_string);
    graphs.dedup();
    graphs
}

/// Demands that the variant gets stuck in these ways, each with so many threads in the cycle.
#[track_caller]
fn gets_stuck(story: &str, variant: &str, ways: &[(&str, usize)]) {
    let graphs = graphs(story, variant, Judge::Own);
    let found: Vec<_> = graphs.iter().map(|one| (one.to_string(), one.cycle.len())).collect();
    let ways: Vec<_> = ways.iter().map(|&(text, threads)| (text.to_owned(), threads)).collect();
    assert_eq!(found, ways, "{story}/{variant}");
}

#[test]
fn two_transfers_in_opposite_order_wait_for_each_other() {
    let way = "A to B holds lock A and waits for lock B; B to A holds lock B and waits for lock A";
    gets_stuck("ab-deadlock", "opposite-order", &[(way, 2)]);
}

#[test]
fn three_transfers_in_a_ring_wait_each_for_the_next() {
    let way = "A to B holds lock A and waits for lock B; B to C holds lock B and waits for lock C; \
               C to A holds lock C and waits for lock A";
    gets_stuck("ab-deadlock", "ring", &[(way, 3)]);
}

#[test]
fn naive_philosophers_wait_each_for_the_next() {
    let way = "Ann holds fork 0 and waits for fork 1; Ben holds fork 1 and waits for fork 2; \
               Cat holds fork 2 and waits for fork 0";
    gets_stuck("dining-philosophers", "naive", &[(way, 3)]);
    let way = "Ann holds fork 0 and waits for fork 1; Ben holds fork 1 and waits for fork 0";
    gets_stuck("dining-philosophers", "naive-two", &[(way, 2)]);
}

#[test]
fn a_thread_that_locks_itself_out_is_a_cycle_and_the_thread_that_waits_beside_it_is_not() {
    let ann = "Ann holds the account's lock and waits for it; Ben waits for the account's lock";
    let ben = "Ben holds the account's lock and waits for it; Ann waits for the account's lock";
    gets_stuck("bank-withdraw", "locks-itself-out", &[(ann, 1), (ben, 1)]);
    let ann = "Ann holds the lock and waits for it; Ben waits for the lock";
    let ben = "Ben holds the lock and waits for it; Ann waits for the lock";
    gets_stuck("once-only", "needs-itself", &[(ann, 1), (ben, 1)]);
}

#[test]
fn a_lock_and_the_interpreter_lock_are_a_cycle_for_either_thread() {
    let one = "Ann holds the interpreter lock and waits for the lock; \
               Ben holds the lock and waits for the interpreter lock";
    let other = "Ann holds the lock and waits for the interpreter lock; \
                 Ben holds the interpreter lock and waits for the lock";
    gets_stuck("interpreter-lock", "waits-with-the-gil", &[(one, 2), (other, 2)]);
}

#[test]
fn a_thread_that_waits_for_a_start_that_comes_after_its_join_is_no_cycle() {
    let way = "main waits for the end of page 1; page 1 waits for the other download";
    gets_stuck("join-in-loop", "meet-in-the-loop", &[(way, 0)]);
}

#[test]
fn where_nobody_holds_what_is_waited_for_no_holder_is_named() {
    let events = [
        ("lost-wakeup", "look-then-sleep", "sleeper waits for the wake"),
        ("rounds", "one-leaves", "Ann waits for the barrier"),
        ("four-keys", "forgotten", "Ben waits for a key"),
        ("blocked-not-deadlocked", "no-draw", "Ann waits for a wake after 'finds 800'"),
    ];
    for (story, variant, way) in events {
        gets_stuck(story, variant, &[(way, 0)]);
        let [graph] = &graphs(story, variant, Judge::Own)[..] else { panic!("one way") };
        assert!(graph.things.iter().all(|thing| thing.held_by.is_empty()), "{graph:?}");
    }
}

#[test]
fn a_reader_that_asks_once_more_and_a_writer_that_is_first_in_line_are_a_cycle() {
    let way = "reader holds the prices and waits for the turn at the prices; \
               writer holds the turn at the prices and waits for the prices";
    gets_stuck("readers-writers", "read-in-read", &[(way, 2)]);
}

#[test]
fn loom_finds_the_same_cycles() {
    for variant in ["opposite-order", "ring"] {
        let [ours, theirs] =
            [Judge::Own, Judge::Loom].map(|judge| graphs("ab-deadlock", variant, judge));
        assert_eq!(ours, theirs, "{variant}");
    }
}
