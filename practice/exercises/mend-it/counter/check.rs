use super::answer::Counter;
use practice::prelude::*;

pub fn check() -> Check {
    Check::new().holds("two threads add one each", two_threads)
}

fn two_threads() {
    let add: fn(&Counter) = Counter::add;
    let (counter, _) = together(Counter::new(), [("Ann", add), ("Ben", add)]);
    assert_eq!(counter.count(), 2, "after two calls of `add`, the count is");
}
