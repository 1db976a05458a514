use super::answer::MyBarrier;
use practice::prelude::*;

pub fn check() -> Check {
    Check::new()
        .sleeps("one thread waits at a barrier for two", || _ = MyBarrier::new(2).wait())
        .holds("Ann and Ben prepare a value each, meet, and look at the other's", look::<MyBarrier>)
        .as_library(look::<Barrier>)
        .holds("Ann and Ben meet twice", two_rounds::<MyBarrier>)
        .as_library(two_rounds::<Barrier>)
        .holds("Ann, Ben and Cat meet", three::<MyBarrier>)
}

trait Barriers: Send + Sync + 'static {
    fn new(parties: u32) -> Self;
    fn wait(&self) -> bool;
}

impl Barriers for MyBarrier {
    fn new(parties: u32) -> Self {
        Self::new(parties)
    }
    fn wait(&self) -> bool {
        self.wait()
    }
}

impl Barriers for Barrier {
    fn new(parties: u32) -> Self {
        Self::new(parties as usize)
    }
    fn wait(&self) -> bool {
        self.wait().expect("nobody breaks it").is_leader()
    }
}

type Shared<B> = (B, [Guarded; 2]);

fn look<B: Barriers>() {
    fn meet<B: Barriers>((barrier, values): &Shared<B>, me: usize) -> bool {
        values[me].change();
        let leads = barrier.wait();
        assert_eq!(values[1 - me].look(), 1, "a thread goes on, and the other's value is");
        leads
    }
    let ann: fn(&Shared<B>) -> bool = |shared| meet(shared, 0);
    let ben: fn(&Shared<B>) -> bool = |shared| meet(shared, 1);
    let shared = (B::new(2), [Guarded::new(), Guarded::new()]);
    let (_, leads) = together(shared, [("Ann", ann), ("Ben", ben)]);
    assert!(leads[0] != leads[1], "`wait` returned `{}` to both threads", leads[0]);
}

fn two_rounds<B: Barriers>() {
    let twice: fn(&B) = |barrier| {
        barrier.wait();
        barrier.wait();
    };
    together(B::new(2), [("Ann", twice), ("Ben", twice)]);
}

fn three<B: Barriers>() {
    let meet: fn(&(B, AtomicU32)) -> bool = |(barrier, arrived)| {
        arrived.fetch_add(1, Relaxed);
        let leads = barrier.wait();
        assert_eq!(arrived.load(Relaxed), 3, "a thread goes on, and those that have come are");
        leads
    };
    let threads = [("Ann", meet), ("Ben", meet), ("Cat", meet)];
    let (_, leads) = together((B::new(3), AtomicU32::new(0)), threads);
    let leaders = leads.iter().filter(|leads| **leads).count();
    assert_eq!(leaders, 1, "the threads to which `wait` returned `true` are");
}
