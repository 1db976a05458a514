use super::answer::{Bathroom, MEN, WOMEN};
use practice::prelude::*;

pub fn check() -> Check {
    Check::new()
        .sleeps("a man comes while a woman is inside", || {
            let bathroom = Bathroom::new();
            bathroom.enter(WOMEN);
            bathroom.enter(MEN);
        })
        .holds("a man comes after two women", after_two)
        .holds("Ann and Ben come, once each", one_of_each)
        .holds_when_woken("Ben is inside, Ann and Cat come", two_women_wait)
}

type Shared = (Bathroom, [AtomicU32; 2]);

fn visit((bathroom, inside): &Shared, kind: usize) {
    bathroom.enter(kind);
    inside[kind].fetch_add(1, Relaxed);
    let others = inside[1 - kind].load(Relaxed);
    assert_eq!(others, 0, "one is inside, and those of the other kind beside it are");
    inside[kind].fetch_sub(1, Relaxed);
    bathroom.leave(kind);
}

const WOMAN: fn(&Shared) = |shared| visit(shared, WOMEN);
const MAN: fn(&Shared) = |shared| visit(shared, MEN);

fn after_two() {
    let bathroom = Bathroom::new();
    bathroom.enter(WOMEN);
    bathroom.enter(WOMEN);
    bathroom.leave(WOMEN);
    bathroom.leave(WOMEN);
    bathroom.enter(MEN);
}

fn one_of_each() {
    together((Bathroom::new(), Default::default()), [("Ann", WOMAN), ("Ben", MAN)]);
}

fn two_women_wait() {
    let shared: Shared = (Bathroom::new(), Default::default());
    shared.0.enter(MEN);
    shared.1[MEN].store(1, Relaxed);
    let leave: fn(&Shared) = |(bathroom, inside)| {
        inside[MEN].store(0, Relaxed);
        bathroom.leave(MEN);
    };
    together(shared, [("Ann", WOMAN), ("Cat", WOMAN), ("Ben", leave)]);
}
