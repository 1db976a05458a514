use super::answer::FairPermits;
use practice::prelude::*;

pub fn check() -> Check {
    Check::new()
        .holds("nobody gives a permit", alone)
        .holds("Ann waits for a time, Ben gives a permit", one)
        .holds("Ann gives up, then a permit comes", later)
        .holds("Ann waits as long as it takes, Ben gives a permit", patient)
}

const SOON: Duration = Duration::from_millis(10);

fn alone() {
    let semaphore = FairPermits::new(1);
    assert!(semaphore.acquire_for(SOON), "there is a permit, and `acquire_for` did not take it");
    let start = Instant::now();
    assert!(!semaphore.acquire_for(SOON), "there is no permit, and `acquire_for` took one");
    assert!(start.elapsed() >= SOON, "`acquire_for` gave up before the time was over");
}

fn wait(semaphore: &FairPermits) -> u32 {
    semaphore.acquire_for(SOON).into()
}

fn give(semaphore: &FairPermits) -> u32 {
    semaphore.release();
    0
}

/// How many permits are left.
fn left(semaphore: &FairPermits) -> u32 {
    (0..).find(|_| !semaphore.try_acquire()).expect("few permits")
}

fn one() {
    let threads = [("Ann", wait as fn(&_) -> u32), ("Ben", give)];
    let (semaphore, [had, _]) = together(FairPermits::new(0), threads);
    assert_eq!(had + left(&semaphore), 1, "one permit was given, and those had or left are");
}

fn later() {
    let semaphore = FairPermits::new(0);
    semaphore.acquire_for(SOON);
    semaphore.release();
    assert_eq!(left(&semaphore), 1, "nobody waits any more, and the permits that are left are");
}

fn patient() {
    let wait: fn(&FairPermits) -> u32 = |semaphore| semaphore.acquire_for(Duration::MAX).into();
    let (_, [had, _]) = together(FairPermits::new(0), [("Ann", wait), ("Ben", give)]);
    assert_eq!(had, 1, "one permit was given, and those that Ann has are");
}
