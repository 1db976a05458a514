use super::answer::MadeOnce;
use practice::prelude::*;

pub fn check() -> Check {
    Check::new().holds("two threads need the value", two_threads).with_weakest_orderings()
}

fn two_threads() {
    let get: fn(&MadeOnce) -> u32 = |made| made.get_or_make(|| 7);
    let (_, got) = together(MadeOnce::new(), [("Ann", get), ("Ben", get)]);
    assert_eq!(got, [7, 7], "Ann and Ben got");
}
