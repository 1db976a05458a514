//! What the chapter on what happens once shows of its own programs.

use listings::ch14_orderings::s3_once;
use listings::ch16_once::exercises::{
    Part, crosswise, fails_once, guarded_part, made_outside, made_within, part,
};
use listings::ch16_once::s1_plain_latch::PlainLatch;
use listings::{ENDINGS, endings, every_order, page, returned, stuck, table, told_in_full};
use loom_platform::{Ending, explore, name, step, thread};
use primitives::{Latch, OnceCell};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;

/// Ann and Ben each report one thing that is done, and Cat waits for it.
fn reported_twice<L: Send + Sync + 'static>(latch: L, count: fn(&L), wait: fn(&L)) {
    let latch = Arc::new(latch);
    name(&*latch, "the latch");
    let reporters = ["Ann", "Ben"].map(|name| {
        let latch = latch.clone();
        thread::spawn(name, move || {
            count(&latch);
            step("has reported it");
        })
    });
    let cat = thread::spawn("Cat", move || {
        wait(&latch);
        step("goes on");
    });
    reporters.into_iter().for_each(|reporter| reporter.join().unwrap());
    cat.join().unwrap();
}

fn count_or_hear_of_it(latch: &Latch) {
    if catch_unwind(AssertUnwindSafe(|| latch.count_down())).is_err() {
        step("is told that it was reported already");
    }
}

#[test]
fn a_latch_that_subtracts_is_closed_again_by_one_report_too_many_and_ours_is_not() {
    let plain = || reported_twice(PlainLatch::new(1), PlainLatch::count_down, PlainLatch::wait);
    let ours = || reported_twice(Latch::new(1), count_or_hear_of_it, Latch::wait);
    let mut rows = Vec::new();
    for (latch, program) in [("`PlainLatch`", plain as fn()), ("`Latch`", ours)] {
        let exploration = every_order(program);
        let closed = stuck(&exploration);
        assert_eq!(closed > 0, latch == "`PlainLatch`");
        if let Some(found) = exploration.failures().next() {
            page("plain-latch-stuck.txt", &told_in_full(found));
        }
        rows.push([latch.to_owned(), exploration.to_string(), closed.to_string()]);
    }
    page(
        "latch-steps.md",
        &table(["latch", "search", "executions in which Cat waits for ever"], rows),
    );
}

#[test]
fn a_function_that_asks_for_what_it_makes_waits_for_itself_and_with_the_library_panics() {
    let by_hand = explore(|| {
        let once = Arc::new(s3_once::Once::new());
        let ann = thread::spawn("Ann", move || {
            *once.get_or_init(|| {
                step("asks for the value that it makes");
                *once.get_or_init(|| 1)
            })
        });
        ann.join().unwrap()
    });
    let [found] = &by_hand.outcomes[..] else { panic!("{by_hand}") };
    assert!(matches!(found.ending, Ending::Stuck(_)), "{found}");
    let ours = explore(|| {
        let cell = Arc::new(OnceCell::new());
        let ann = thread::spawn("Ann", move || {
            *cell.get_or_init(|| {
                step("asks for the value that it makes");
                *cell.get_or_init(|| 1)
            })
        });
        ann.join().unwrap()
    });
    let Ending::Panicked(panic) = &ours.outcomes[0].ending else { panic!("{ours}") };
    let message = panic.message.split(" (at").next().expect("a message");
    let versions = "orderings.md#a-value-made-once-in-versions";
    let rows = [
        [format!("`Once` of [Orderings]({versions})"), "waits for itself, for ever".to_owned()],
        ["`OnceCell`".to_owned(), format!("panics: {message}")],
    ];
    page("once-within.md", &table(["with", "the thread"], rows));
}

/// Two parts, of which one is not found, and a thread that waits for both.
fn parts(make: fn(&Latch, Option<u32>) -> Option<u32>) {
    let latch = Arc::new(Latch::new(2));
    let makers = [("Ann", Some(1)), ("Ben", None)].map(|(name, found)| {
        let latch = latch.clone();
        thread::spawn(name, move || make(&latch, found))
    });
    latch.wait();
    assert_eq!(makers.map(|maker| maker.join().unwrap()), [Some(2), None]);
}

#[test]
fn a_part_that_is_not_found_is_waited_for_unless_a_guard_counts() {
    let without = every_order(|| parts(part));
    assert_eq!(stuck(&without), without.executions);
    assert_eq!(stuck(&every_order(|| parts(guarded_part))), 0);
    let latch = every_order(|| {
        let latch = Latch::new(1);
        drop(Part(&latch));
        latch.wait();
    });
    assert_eq!(latch.failures().count(), 0);
}

#[test]
fn of_two_that_need_what_the_other_makes_one_makes_both_or_they_wait_for_each_other() {
    let found = every_order(crosswise);
    let mut made: Vec<_> = found.returned().map(|(made, _)| *made).collect();
    made.sort_unstable();
    assert_eq!(made, [[1, 2], [2, 1]]);
    assert!(stuck(&found) > 0);
}

#[test]
fn a_value_that_was_not_made_is_made_by_the_next() {
    let found = every_order(fails_once);
    assert_eq!(returned(&found), [(2, 1)]);
    page("exercise-once-fails.md", &table(ENDINGS, endings("`fails_once`", &found)));
}

#[test]
fn a_value_that_is_made_before_the_cell_is_asked_may_be_made_twice() {
    let [outside, within] = [made_outside, made_within].map(|made| every_order(made));
    assert_eq!((returned(&outside), returned(&within)), (vec![1, 2], vec![1]));
    let rows = [endings("`made_outside`", &outside), endings("`made_within`", &within)].concat();
    page("exercise-once-outside.md", &table(ENDINGS, rows));
}
