//! Faults are planted, and the generated programs alone find each. The book shows the smallest
//! program that does.

use crate::faulty;
use listings::page;
use small_programs::{Fault, Shape, Subject, judge, programs};

/// After so many executions a program is given up.
const MOST: u64 = 500;

const SHAPES: [Shape; 4] =
    [Shape::TWO_AND_ONE, Shape::THREE, Shape::TWO_AND_TWO, Shape::THREE_AND_ONE];

/// The first program that shows a fault, smaller ones first.
fn find<S: Subject>(shapes: &[Shape], most: u64) -> Option<Fault> {
    shapes.iter().find_map(|&shape| {
        let judged = |program: &_| judge::<S>(program, 0, most).fault;
        programs::<S::Specification>(shape).iter().find_map(judged)
    })
}

/// What the book says of a fault: the first program that shows it, and what was called there.
fn found<S: Subject>(what: &str) -> String {
    let fault = find::<S>(&SHAPES, MOST).unwrap_or_else(|| panic!("nothing finds that {what}"));
    let first = what[..1].to_uppercase() + &what[1..];
    format!("{first}:\n\n```text\n{}\n```\n", fault.history)
}

macro_rules! faults {
    ($($test:ident: $module:ident with $($number:literal)+;)+) => {
        $(#[test]
        #[ignore = "takes a minute or two, all together"]
        fn $test() {
            use faulty::$module::{FAULTS, Faulty};
            assert_eq!(FAULTS.len(), [$($number),+].len());
            let found = [$(found::<Faulty<$number>>(FAULTS[$number - 1])),+];
            let name = stringify!($module);
            page(&format!("programs/faults-{name}.md"), &found.join("\n"));
            // Without a fault nothing is found.
            let none = find::<Faulty<0>>(&SHAPES[..1], 50);
            assert!(none.is_none(), "{none:?}");
        })+
    };
}

faults! {
    each_fault_of_a_lock_is_found: lock with 1 2 3 4 5 6;
    each_fault_of_a_reentrant_lock_is_found: rlock with 1 2 3 4 5;
    each_fault_of_a_semaphore_is_found: semaphore with 1 2 3 4 5 6;
    each_fault_of_an_event_is_found: event with 1 2 3 4 5 6;
    each_fault_of_a_queue_is_found: queue with 1 2 3 4 5 6 7;
    each_fault_of_a_reader_writer_lock_is_found: rwlock with 1 2 3 4 5 6;
    each_fault_of_a_barrier_is_found: barrier with 1 2 3 4 5 6;
    each_fault_of_a_condition_is_found: condition with 1 2 3 4 5;
    each_fault_of_a_watched_lock_is_found: watched with 1 2 3 4 5 6;
    each_fault_of_a_ranked_lock_is_found: ranked with 1 2 3 4 5 6;
    each_fault_of_a_local_is_found: local with 1 2 3 4 5;
    each_fault_of_a_timer_is_found: timer with 1 2 3 4 5 6;
    each_fault_of_a_latch_is_found: latch with 1 2 3 4 5 6;
    each_fault_of_a_once_is_found: once with 1 2 3 4 5 6;
    each_fault_of_an_interpreter_lock_is_found: gil with 1 2 3 4 5 6;
    each_fault_of_a_reference_count_is_found: arc with 1 2 3 4 5 6;
    each_fault_of_a_thread_is_found: thread with 1 2 3 4 5 6 7;
    each_fault_of_a_scheduler_is_found: scheduler with 1 2 3 4 5 6 7;
    each_fault_of_a_future_is_found: future with 1 2 3 4 5 6 7;
    each_fault_of_a_pool_is_found: pool with 1 2 3 4 5 6 7;
}
