//! How every order is tried: what the chapter shows of it.

use listings::ch15_search::s1_programs::{
    add, add_at_once, add_locked, message, sleep_for_a_moment,
};
use listings::{
    ENDINGS, book, endings, every_order, executions, interleavings, page, table, told_in_full, tree,
};
use loom_platform::{Ending, Explorer, Judge};
use std::time::Duration;
use std::{env, fs};

#[test]
fn six_interleavings_are_four_executions_and_the_search_runs_these() {
    let ways = interleavings();
    assert_eq!((ways.len(), executions(&ways)), (6, 4));
    assert_eq!(every_order(|| add(2, 1)).executions, 4);
    page("search-tree.svg", &tree(&ways, "Two threads that count, and each way to the end"));
    page("search-add.md", &table(ENDINGS, endings("`add(2, 1)`", &every_order(|| add(2, 1)))));
}

#[test]
fn a_stale_read_is_a_branch_like_any_other() {
    let exploration = every_order(message);
    let early = Ending::Returned([1, 0]);
    let found = exploration.outcomes.iter().find(|found| found.ending == early);
    page("search-message.txt", &told_in_full(found.expect("the flag before the message")));
    page("search-message.md", &table(ENDINGS, endings("`message`", &exploration)));
}

#[test]
fn a_sleep_a_wake_and_a_time_out_are_steps() {
    let exploration = every_order(sleep_for_a_moment);
    page("search-sleep.md", &table(ENDINGS, endings("`sleep_for_a_moment`", &exploration)));
}

/// In how many orders so many threads can take so many steps each.
fn orders(threads: u64, steps: u64) -> u64 {
    let choose = |from: u64, these: u64| (1..=these).fold(1, |all, n| all * (from - these + n) / n);
    (1..=threads).fold(1, |all, thread| all * choose(thread * steps, steps))
}

/// A program, its name, and in how many orders its operations on the counter can be taken. A lock's
/// operations are not the same in each order.
type Counted = (&'static str, fn() -> u32, Option<u64>);

fn programs() -> [Counted; 10] {
    [
        ("`add`, 2 threads, 1 round", || add(2, 1), Some(orders(2, 2))),
        ("`add`, 2 threads, 2 rounds", || add(2, 2), Some(orders(2, 4))),
        ("`add`, 3 threads, 1 round", || add(3, 1), Some(orders(3, 2))),
        ("`add_at_once`, 2 threads, 2 rounds", || add_at_once(2, 2), Some(orders(2, 2))),
        ("`add_at_once`, 2 threads, 3 rounds", || add_at_once(2, 3), Some(orders(2, 3))),
        ("`add_at_once`, 3 threads, 2 rounds", || add_at_once(3, 2), Some(orders(3, 2))),
        ("`add_at_once`, 4 threads, 1 round", || add_at_once(4, 1), Some(orders(4, 1))),
        ("`add_locked`, 2 threads, 1 round", || add_locked(2, 1), None),
        ("`add_locked`, 2 threads, 2 rounds", || add_locked(2, 2), None),
        ("`add_locked`, 3 threads, 1 round", || add_locked(3, 1), None),
    ]
}

#[test]
fn three_threads_with_ten_steps_each_have_more_than_five_million_million_orders() {
    assert!(orders(3, 10) > 5_000_000 * 1_000_000);
}

#[test]
fn our_search_runs_fewer_executions_than_there_are_orders_and_than_loom_runs() {
    let rows = programs().map(|(name, program, orders)| {
        let ours = every_order(program);
        let loom = Explorer::new().judge(Judge::Loom).explore(program);
        assert!(loom.exhaustive);
        assert!(ours.executions <= orders.unwrap_or(u64::MAX));
        assert!(ours.executions <= loom.executions);
        let orders = orders.map_or_else(String::new, |orders| orders.to_string());
        [name.to_owned(), orders, ours.executions.to_string(), loom.executions.to_string()]
    });
    let head = ["program", "orders of its operations", "executions", "loom's runs"];
    page("search-counts.md", &table(head, rows));
}

/// Times are of one run, so they are written only on request: with `RECORD=1`.
#[test]
fn the_page_of_times_has_a_row_for_each_program() {
    let path = book().join("src/generated/search-times.md");
    if env::var_os("RECORD").is_some() {
        // By turns, so that what else the machine does disturbs both alike.
        let medians = |program: fn() -> u32| {
            let once = |judge| Explorer::new().judge(judge).explore(program).elapsed;
            let rounds: Vec<_> = (0..5).map(|_| [Judge::Own, Judge::Loom].map(once)).collect();
            [0, 1].map(|of| {
                let mut times: Vec<Duration> = rounds.iter().map(|round| round[of]).collect();
                times.sort();
                times[times.len() / 2]
            })
        };
        let shown = |time: Duration| format!("{:.2} ms", time.as_secs_f64() * 1e3);
        let rows = programs().map(|(name, program, _)| {
            let [ours, loom] = medians(program);
            let ratio = loom.as_secs_f64() / ours.as_secs_f64();
            [name.to_owned(), shown(ours), shown(loom), format!("{ratio:.0}")]
        });
        let head = ["program", "ours", "loom's", "loom's / ours"];
        fs::write(&path, table(head, rows)).expect("the page can be written");
    }
    let recorded = fs::read_to_string(path).expect("the page");
    for (name, ..) in programs() {
        assert!(recorded.contains(name), "no {name}: run this with RECORD=1");
    }
}
