//! What the introduction prints.

use listings::ch00_introduction::s1_orders::{add_one, count};
use listings::ch00_introduction::s2_message::{send_relaxed, send_released};
use listings::{page, table, told_in_full};
use loom_platform::{Ending, Explorer, Order, explore};
use std::collections::BTreeSet;

/// The reads and writes of an order in their order, and the count at the end, if they can be taken
/// one after another as they stand.
///
/// A thread tells its step after it took it. Meanwhile another may go on, and then the order of the
/// telling is not the order of the doing.
fn replay(order: &Order<i64>) -> Option<(Vec<String>, i64)> {
    let mut counter = 0;
    let mut steps = Vec::new();
    for (thread, text) in order.steps.iter().map(|step| &**step) {
        let Some((verb, number)) = text.split_once(' ') else { continue };
        let number: i64 = number.parse().expect("a number");
        match verb {
            "reads" if number != counter => return None,
            "reads" => {}
            _ => counter = number,
        }
        steps.push(format!("{thread} {text}"));
    }
    Some((steps, counter))
}

#[test]
fn alone_a_read_and_a_write_add_one() {
    let mut counter = 0;
    add_one(&mut counter);
    assert_eq!(counter, 1);
}

#[test]
fn two_threads_with_two_steps_each_have_six_orders_and_two_of_them_count_right() {
    let exploration = Explorer::new().every_order().explore(count);
    assert!(exploration.exhaustive);
    let orders: BTreeSet<(Vec<String>, i64)> =
        exploration.orders.iter().filter_map(replay).collect();
    let counts: Vec<i64> = orders.iter().map(|(_, count)| *count).collect();
    assert_eq!(counts, [2, 1, 1, 1, 1, 2]);
    // What the steps add up to is what the program returns.
    let returned: BTreeSet<i64> = exploration.returned().map(|(count, _)| *count).collect();
    assert_eq!(returned, BTreeSet::from([1, 2]));

    let rows = orders.into_iter().enumerate().map(|(number, (steps, count))| {
        let [first, second, third, fourth] = steps.try_into().expect("four steps");
        [(number + 1).to_string(), first, second, third, fourth, count.to_string()]
    });
    page("orders.md", &table(["order", "1", "2", "3", "4", "count at the end"], rows));
}

#[test]
fn a_relaxed_flag_can_be_seen_before_the_message_and_a_released_one_cannot() {
    let mut rows = Vec::new();
    for (name, program, old_possible) in [
        ("`Relaxed`, `Relaxed`", send_relaxed as fn() -> Option<u32>, true),
        ("`Release`, `Acquire`", send_released, false),
    ] {
        let exploration = explore(program);
        assert!(exploration.exhaustive);
        assert_eq!(exploration.failures().count(), 0);
        let mut outcomes: Vec<_> = exploration.returned().collect();
        outcomes.sort();
        assert_eq!(outcomes.iter().any(|(read, _)| **read == Some(0)), old_possible);
        for (read, executions) in outcomes {
            let read = match read {
                None => "nothing: the flag is not set".to_owned(),
                Some(read) => read.to_string(),
            };
            rows.push([name.to_owned(), read, executions.to_string()]);
        }
        if old_possible {
            let is_old = |ending: &Ending<_>| *ending == Ending::Returned(Some(0));
            let old = exploration.outcomes.iter().find(|found| is_old(&found.ending)).unwrap();
            let trace = told_in_full(old);
            assert!(trace.contains("loads the message: 0 (old)"), "{trace}");
            page("message-old.txt", &trace);
        }
    }
    page("message.md", &table(["setting and looking", "Ben reads", "executions"], rows));
}
