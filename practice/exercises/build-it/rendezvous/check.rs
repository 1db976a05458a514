use super::answer::Rendezvous;
use practice::prelude::*;

pub fn check() -> Check {
    Check::new()
        .sleeps("Ann comes alone", || Rendezvous::new().ann())
        .sleeps("Ben comes alone", || Rendezvous::new().ben())
        .holds("Ann and Ben prepare a value each, meet, and look at the other's", meet)
        .holds_when_woken("Ann and Ben meet twice", meet_twice)
}

type Shared = (Rendezvous, [AtomicU32; 2]);

fn ann((rendezvous, rounds): &Shared) {
    let round = rounds[0].fetch_add(1, Relaxed) + 1;
    rendezvous.ann();
    assert!(rounds[1].load(Relaxed) >= round, "Ann goes on, and Ben has not come");
}

fn ben((rendezvous, rounds): &Shared) {
    let round = rounds[1].fetch_add(1, Relaxed) + 1;
    rendezvous.ben();
    assert!(rounds[0].load(Relaxed) >= round, "Ben goes on, and Ann has not come");
}

fn meet() {
    together((Rendezvous::new(), Default::default()), [("Ann", ann as fn(&_)), ("Ben", ben)]);
}

fn meet_twice() {
    let ann: fn(&Shared) = |shared| (0..2).for_each(|_| ann(shared));
    let ben: fn(&Shared) = |shared| (0..2).for_each(|_| ben(shared));
    together((Rendezvous::new(), Default::default()), [("Ann", ann), ("Ben", ben)]);
}
