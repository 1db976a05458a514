//! The exercises of the chapter on the re-entrant lock.

use super::{always, not_always, show};
use listings::ch04_rlock::exercises::{Notes, counted_after_the_lock, counted_by_a_helper};
use primitives::RLock;
use std::cell::Cell;
use std::sync::Arc;

/// How many lines there are when one was noted.
fn lines(note: fn(&Notes, &str)) -> usize {
    let notes = Notes::default();
    note(&notes, "sold");
    notes.count()
}

#[test]
fn a_change_inside_a_change_panics_and_one_after_the_other_does_not() {
    show(
        "notes",
        [
            not_always("`note`", || lines(Notes::note), &[2]),
            always("`note_in_turn`", || lines(Notes::note_in_turn), &[2]),
        ],
    );
}

/// What the counter says when main has had it counted.
fn counted(count: fn(&Arc<RLock<Cell<u32>>>)) -> u32 {
    let counter = Arc::new(RLock::new(Cell::new(0)));
    count(&counter);
    counter.lock().get()
}

#[test]
fn a_thread_that_helps_the_holder_of_a_lock_is_another_thread() {
    show(
        "helper",
        [
            not_always("`counted_by_a_helper`", || counted(counted_by_a_helper), &[2]),
            always("`counted_after_the_lock`", || counted(counted_after_the_lock), &[2]),
        ],
    );
}
