//! The event in shared memory.

use super::children::{Child, sleep_for_ever, wait_until};
use processes::{SharedEvent, SharedMemory, shareable};
use std::sync::atomic::{AtomicU32, Ordering::Relaxed};
use std::time::{Duration, Instant};

shareable! {
    struct Start {
        event: SharedEvent,
        arrived: AtomicU32,
        gone: AtomicU32,
    }
}

fn start() -> SharedMemory<Start> {
    let start =
        Start { event: SharedEvent::new(), arrived: AtomicU32::new(0), gone: AtomicU32::new(0) };
    SharedMemory::new(start).unwrap()
}

fn runner(start: &Start) -> Child {
    Child::start(|| {
        start.arrived.fetch_add(1, Relaxed);
        start.event.wait();
        start.gone.fetch_add(1, Relaxed);
    })
}

#[test]
fn a_set_lets_all_processes_go_that_wait_and_a_cleared_event_holds_them_back() {
    let start = start();
    let runners = [(); 3].map(|()| runner(&start));
    wait_until(&start.arrived, 3);
    assert_eq!(start.gone.load(Relaxed), 0);
    start.event.set();
    runners.into_iter().for_each(Child::join);
    assert_eq!(start.gone.load(Relaxed), 3);

    start.event.clear();
    let late = runner(&start);
    wait_until(&start.arrived, 4);
    assert_eq!(start.gone.load(Relaxed), 3);
    start.event.set();
    late.join();
}

#[test]
fn a_process_that_is_killed_while_it_waits_holds_nobody_back() {
    let start = start();
    let runners = [(); 3].map(|()| runner(&start));
    wait_until(&start.arrived, 3);
    let [killed, first, second] = runners;
    killed.kill();
    Child::start(|| {
        start.event.set();
        sleep_for_ever();
    })
    .join_after(|| [first, second].map(Child::join));
    assert!(start.event.is_set());
}

impl Child {
    /// Does something while it lives, and kills it then.
    fn join_after<R>(self, meanwhile: impl FnOnce() -> R) {
        meanwhile();
        self.kill();
    }
}

#[test]
fn all_four_forms_see_the_event_or_wait_as_long_as_they_are_told() {
    let start = start();
    let event = &start.event;
    let soon = Duration::from_millis(120);
    assert!(!event.try_wait());
    let begin = Instant::now();
    assert!(!event.wait_for(soon));
    assert!(begin.elapsed() >= soon);
    let begin = Instant::now();
    assert!(!event.wait_until(begin + soon));
    assert!(begin.elapsed() >= soon);
    event.set();
    event.wait();
    assert!(event.try_wait() && event.wait_for(Duration::ZERO) && event.wait_until(begin));
}
