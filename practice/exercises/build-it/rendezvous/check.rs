use super::answer::Rendezvous;
use practice::prelude::*;

pub fn check() -> Check {
    Check::new()
        .sleeps("Ann comes alone", || Rendezvous::new().ann())
        .sleeps("Bob comes alone", || Rendezvous::new().bob())
        .holds("Ann and Bob prepare a value each, meet, and look at the other's", meet)
        .holds_when_woken("Ann and Bob meet twice", meet_twice)
}

type Shared = (Rendezvous, [AtomicU32; 2]);

fn ann((rendezvous, rounds): &Shared) {
    let round = rounds[0].fetch_add(1, Relaxed) + 1;
    rendezvous.ann();
    assert!(rounds[1].load(Relaxed) >= round, "Ann goes on, and Bob has not come");
}

fn bob((rendezvous, rounds): &Shared) {
    let round = rounds[1].fetch_add(1, Relaxed) + 1;
    rendezvous.bob();
    assert!(rounds[0].load(Relaxed) >= round, "Bob goes on, and Ann has not come");
}

fn meet() {
    together((Rendezvous::new(), Default::default()), [("Ann", ann as fn(&_)), ("Bob", bob)]);
}

fn meet_twice() {
    let ann: fn(&Shared) = |shared| (0..2).for_each(|_| ann(shared));
    let bob: fn(&Shared) = |shared| (0..2).for_each(|_| bob(shared));
    together((Rendezvous::new(), Default::default()), [("Ann", ann), ("Bob", bob)]);
}
