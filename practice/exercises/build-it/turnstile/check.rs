use super::answer::Turnstile;
use practice::prelude::*;

pub fn check() -> Check {
    Check::new()
        .sleeps("one thread comes to a turnstile for two", || Turnstile::new(2).pass())
        .holds("one thread comes to a turnstile for one", || Turnstile::new(1).pass())
        .as_library(|| _ = Barrier::new(1).wait())
        .holds_when_woken("Ann and Ben pass a turnstile for two", two)
}

type Shared = (Turnstile, [AtomicU32; 2]);

fn pass((turnstile, came): &Shared, me: usize) -> bool {
    came[me].store(1, Relaxed);
    turnstile.pass();
    came[1 - me].load(Relaxed) == 1
}

fn two() {
    let ann: fn(&Shared) -> bool = |shared| pass(shared, 0);
    let ben: fn(&Shared) -> bool = |shared| pass(shared, 1);
    let shared = (Turnstile::new(2), Default::default());
    let (_, seen) = together(shared, [("Ann", ann), ("Ben", ben)]);
    assert_eq!(seen, [true; 2], "whether the other had come when each went on is");
}
