use super::answer::Shared;
use practice::prelude::*;

pub fn check() -> Check {
    Check::new()
        .holds("Ann and Ben own it, each looks and lets go", two_owners)
        .with_weakest_orderings()
}

fn two_owners() {
    let shared = Shared::new(7);
    shared.share();
    let look: fn(&Shared) -> u32 = |shared| {
        // SAFETY: an owner may look, or the search reports it.
        let seen = shared.value.with(|value| unsafe { *value });
        shared.let_go();
        seen
    };
    let (_, seen) = together(shared, [("Ann", look), ("Ben", look)]);
    assert_eq!(seen, [7, 7], "Ann and Ben see");
}
