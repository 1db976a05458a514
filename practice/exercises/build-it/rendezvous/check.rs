use super::answer::Rendezvous;
use practice::prelude::*;

pub fn check() -> Check {
    Check::new()
        .sleeps("Ann comes alone", || Rendezvous::new().ann())
        .sleeps("Ben comes alone", || Rendezvous::new().ben())
        .holds(
            "Ann and Ben prepare a value each, meet, and look at the other's",
            meet::<Rendezvous>,
        )
        .as_library(meet::<Barrier>)
        .holds_when_woken("Ann and Ben meet twice", meet_twice)
}

trait Meets: Send + Sync + 'static {
    fn new() -> Self;
    fn ann(&self);
    fn ben(&self);
}

impl Meets for Rendezvous {
    fn new() -> Self {
        Self::new()
    }
    fn ann(&self) {
        self.ann();
    }
    fn ben(&self) {
        self.ben();
    }
}

impl Meets for Barrier {
    fn new() -> Self {
        Self::new(2)
    }
    fn ann(&self) {
        self.wait().expect("nobody breaks it");
    }
    fn ben(&self) {
        self.wait().expect("nobody breaks it");
    }
}

type Shared<M> = (M, [AtomicU32; 2]);

fn ann<M: Meets>((rendezvous, rounds): &Shared<M>) {
    let round = rounds[0].fetch_add(1, Relaxed) + 1;
    rendezvous.ann();
    assert!(rounds[1].load(Relaxed) >= round, "Ann goes on, and Ben has not come");
}

fn ben<M: Meets>((rendezvous, rounds): &Shared<M>) {
    let round = rounds[1].fetch_add(1, Relaxed) + 1;
    rendezvous.ben();
    assert!(rounds[0].load(Relaxed) >= round, "Ben goes on, and Ann has not come");
}

fn meet<M: Meets>() {
    let threads = [("Ann", ann as fn(&Shared<M>)), ("Ben", ben)];
    together((M::new(), Default::default()), threads);
}

fn meet_twice() {
    let ann: fn(&Shared<Rendezvous>) = |shared| (0..2).for_each(|_| ann(shared));
    let ben: fn(&Shared<Rendezvous>) = |shared| (0..2).for_each(|_| ben(shared));
    together((Rendezvous::new(), Default::default()), [("Ann", ann), ("Ben", ben)]);
}
