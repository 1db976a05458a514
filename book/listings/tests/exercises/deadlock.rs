//! A wait on a condition with two locks in hand: an exercise of the chapter on the condition.

use super::show;
use listings::ch05_deadlock::exercises::Shop;
use listings::{endings, every_order, page, stuck, told_in_full};
use loom_platform::{Exploration, thread};
use std::sync::Arc;

/// Ann sells one, and Ben delivers one.
fn sold(sell: fn(&Shop)) -> Exploration<()> {
    every_order(move || {
        let shop = Arc::new(Shop::default());
        shop.name_parts();
        let ann = {
            let shop = shop.clone();
            thread::spawn("Ann", move || sell(&shop))
        };
        let ben = thread::spawn("Ben", move || shop.deliver());
        ann.join().unwrap();
        ben.join().unwrap();
    })
}

#[test]
fn a_wait_keeps_the_locks_that_are_not_its_own() {
    let (both, one) = (sold(Shop::sell), sold(Shop::sell_with_one_lock));
    assert!(stuck(&both) > 0);
    assert_eq!(stuck(&one), 0);
    show("nested", [endings("`sell`", &both), endings("`sell_with_one_lock`", &one)]);
    let found = both.failures().next().expect("two that wait");
    page("exercise-nested.txt", &told_in_full(found));
}
