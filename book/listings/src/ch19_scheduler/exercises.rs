//! The exercises on the scheduler, the wrong answers included.

use primitives::platform::thread;
use primitives::platform::time::{Duration, Instant};
use primitives::{Event, Lock, Scheduler};
use std::sync::Arc;

const MINUTE: Duration = Duration::from_secs(60);

/// What was done, in order.
type Log = Lock<Vec<&'static str>>;

// ANCHOR: order
/// In which order do these run?
pub fn breakfast() -> Vec<&'static str> {
    let done = Arc::new(Log::default());
    let log = |what| {
        let done = done.clone();
        move || done.lock().push(what)
    };
    let scheduler = Scheduler::new();
    let at = Instant::now() + MINUTE;
    scheduler.enter_at(at, 2, log("tea"));
    scheduler.enter_at(at + MINUTE, 1, log("egg"));
    scheduler.enter_at(at, 1, log("toast"));
    scheduler.enter_at(at, 2, log("jam"));
    scheduler.run();
    let done = done.lock();
    done.clone()
}
// ANCHOR_END: order

/// A bell that rings four times, and takes ten seconds for it each time.
struct Bell {
    scheduler: Scheduler<'static>,
    /// What only sleeping and ringing move.
    clock: Arc<Lock<Duration>>,
    start: Instant,
    times: Lock<Vec<u64>>,
}

impl Bell {
    /// Rings. `false` means that this was the last time.
    fn ring(&self) -> bool {
        let mut clock = self.clock.lock();
        let mut times = self.times.lock();
        times.push(clock.as_secs());
        *clock += Duration::from_secs(10);
        times.len() < 4
    }
}

// ANCHOR: drifts
/// Wrong: the bell is to ring each minute.
fn rings_and_drifts(bell: Arc<Bell>) {
    if bell.ring() {
        let again = bell.clone();
        bell.scheduler.enter_in(MINUTE, 1, move || rings_and_drifts(again));
    }
}
// ANCHOR_END: drifts

// ANCHOR: steady
/// Rings a minute after it was due, whatever the ringing takes.
fn rings_steadily(bell: Arc<Bell>, due: Instant) {
    if bell.ring() {
        let (again, due) = (bell.clone(), due + MINUTE);
        bell.scheduler.enter_at(due, 1, move || rings_steadily(again, due));
    }
}
// ANCHOR_END: steady

/// At which seconds the bell begins to ring.
pub fn times(steadily: bool) -> Vec<u64> {
    let (start, clock) = (Instant::now(), Arc::new(Lock::new(Duration::ZERO)));
    let (now, sleep) = (clock.clone(), clock.clone());
    let scheduler =
        Scheduler::with_clock(move || start + *now.lock(), move |time| *sleep.lock() += time);
    let bell = Arc::new(Bell { scheduler, clock, start, times: Lock::default() });
    if steadily {
        rings_steadily(bell.clone(), bell.start);
    } else {
        rings_and_drifts(bell.clone());
    }
    bell.scheduler.run();
    let times = bell.times.lock();
    times.clone()
}

// ANCHOR: cancel
/// Ann runs the alarm, and main cancels it. Returns whether it rang, and whether main was in time.
pub fn alarm() -> (bool, bool) {
    let (scheduler, rang) = (Arc::new(Scheduler::new()), Arc::new(Lock::new(false)));
    let ring = rang.clone();
    let entry = scheduler.enter_in(MINUTE, 1, move || *ring.lock() = true);
    let ann = {
        let scheduler = scheduler.clone();
        thread::spawn("Ann", move || scheduler.run())
    };
    let in_time = scheduler.cancel(entry).is_ok();
    ann.join().unwrap();
    let rang = *rang.lock();
    (rang, in_time)
}
// ANCHOR_END: cancel

// ANCHOR: empty
/// Wrong: main enters what is to be done while Ann runs it.
pub fn may_be_left() -> bool {
    let (scheduler, done) = (Arc::new(Scheduler::new()), Arc::new(Event::new()));
    let ann = {
        let scheduler = scheduler.clone();
        thread::spawn("Ann", move || scheduler.run())
    };
    let set = done.clone();
    scheduler.enter_in(MINUTE, 1, move || set.set());
    ann.join().unwrap();
    done.is_set()
}
// ANCHOR_END: empty

// ANCHOR: first
/// Main enters the action, and then lets Ann run it.
pub fn nothing_is_left() -> bool {
    let (scheduler, done) = (Arc::new(Scheduler::new()), Arc::new(Event::new()));
    let set = done.clone();
    scheduler.enter_in(MINUTE, 1, move || set.set());
    let ann = {
        let scheduler = scheduler.clone();
        thread::spawn("Ann", move || scheduler.run())
    };
    ann.join().unwrap();
    done.is_set()
}
// ANCHOR_END: first
