//! Every primitive under real load: more threads than cores, which yield and sleep inside critical
//! sections, panic there, and are interrupted by signals. What must balance is counted.
//!
//! In the second half there are no signals: they would wake who was forgotten.
//!
//! Each storm takes a fifth of a second. `STRESS=60` makes it a minute.

use primitives::{
    Arc, Barrier, Condition, Detector, Event, FairLock, Future, FutureError, Gil, Latch, Lock,
    Once, Promise, Queue, RLock, RwLock, Scheduler, Semaphore, Thread, ThreadOutcome, ThreadPool,
    TimerOutcome, Timers, WatchedLock,
};
use std::cell::Cell;
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering::SeqCst};
use std::thread;
use std::time::{Duration, Instant};

/// The payload of a panic that belongs to the storm. Any other is a fault.
struct OnPurpose;

/// A random number after another (xorshift, Marsaglia 2003). The same in each run.
struct Random(u64);

impl Random {
    fn below(&mut self, most: u64) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0 % most
    }

    /// Often nothing, now and then a yield, and seldom a sleep.
    fn dawdle(&mut self) {
        match self.below(64) {
            0 => thread::sleep(Duration::from_micros(self.below(200))),
            1..8 => thread::yield_now(),
            _ => {}
        }
    }

    fn moment(&mut self) -> Duration {
        Duration::from_micros(self.below(300))
    }

    /// Panics in one of so many calls, without a message on the terminal.
    fn panic_once_in(&mut self, most: u64) {
        if self.below(most) == 0 {
            resume_unwind(Box::new(OnPurpose));
        }
    }
}

fn length() -> Duration {
    let seconds = std::env::var("STRESS").ok();
    let seconds = seconds.map(|text| text.parse().expect("STRESS is a number of seconds"));
    Duration::from_secs_f64(seconds.unwrap_or(0.2))
}

/// Lets threads call `body` again and again until the time is over. Returns how many calls ended,
/// and how many of them by a panic.
fn storm(body: impl Fn(&mut Random, usize) + Sync) -> (u64, u64) {
    let threads = 2 * thread::available_parallelism().map_or(2, Into::into) + 2;
    let end = Instant::now() + length();
    let (calls, panics) = (AtomicU64::new(0), AtomicU64::new(0));
    let interrupts = Interrupts::new();
    thread::scope(|scope| {
        scope.spawn(|| interrupts.send_until(end - length() / 2));
        let workers: Vec<_> = (0..threads)
            .map(|number| {
                let (body, calls, panics, interrupts) = (&body, &calls, &panics, &interrupts);
                scope.spawn(move || {
                    let _interrupted = interrupts.receive();
                    let mut random = Random(0x9e37_79b9 + number as u64);
                    while Instant::now() < end {
                        let result = catch_unwind(AssertUnwindSafe(|| body(&mut random, number)));
                        calls.fetch_add(1, SeqCst);
                        if let Err(payload) = result {
                            if !payload.is::<OnPurpose>() {
                                resume_unwind(payload);
                            }
                            panics.fetch_add(1, SeqCst);
                        }
                    }
                })
            })
            .collect();
        let results: Vec<_> = workers.into_iter().map(|worker| worker.join()).collect();
        results.into_iter().for_each(|result| result.unwrap_or_else(|one| resume_unwind(one)));
    });
    (calls.into_inner(), panics.into_inner())
}

/// Signals to threads, which interrupt what they wait for in the system.
#[cfg(unix)]
struct Interrupts {
    threads: Lock<Vec<libc::pthread_t>>,
}

#[cfg(unix)]
impl Interrupts {
    fn new() -> Self {
        extern "C" fn nothing(_: libc::c_int) {}
        // SAFETY: the handler does nothing. Without SA_RESTART a wait of the system returns.
        unsafe {
            let mut action: libc::sigaction = std::mem::zeroed();
            action.sa_sigaction = nothing as extern "C" fn(libc::c_int) as usize;
            assert_eq!(libc::sigaction(libc::SIGUSR1, &action, std::ptr::null_mut()), 0);
        }
        Self { threads: Lock::default() }
    }

    /// The running thread is interrupted until what this returns is dropped.
    fn receive(&self) -> impl Drop {
        struct Receives<'a>(&'a Interrupts, libc::pthread_t);
        impl Drop for Receives<'_> {
            fn drop(&mut self) {
                self.0.threads.lock().retain(|&thread| thread != self.1);
            }
        }
        // SAFETY: it has no conditions.
        let me = unsafe { libc::pthread_self() };
        self.threads.lock().push(me);
        Receives(self, me)
    }

    fn send_until(&self, end: Instant) {
        while Instant::now() < end {
            for &thread in &*self.threads.lock() {
                // SAFETY: it runs: it takes itself out of the list before it ends.
                unsafe { libc::pthread_kill(thread, libc::SIGUSR1) };
            }
            thread::sleep(Duration::from_micros(500));
        }
    }
}

#[cfg(not(unix))]
struct Interrupts;

#[cfg(not(unix))]
impl Interrupts {
    fn new() -> Self {
        Self
    }

    fn receive(&self) -> impl Sized {}

    fn send_until(&self, _: Instant) {}
}

/// Adds to a number in two steps, with time between them for others.
fn add(number: &Cell<u64>, random: &mut Random) {
    let seen = number.get();
    random.dawdle();
    number.set(seen + 1);
}

/// A number that threads change only under a lock.
struct Guarded(Cell<u64>);

// SAFETY: each user holds the lock. That is the claim under test.
unsafe impl Sync for Guarded {}

#[test]
fn a_lock_loses_no_addition() {
    let lock = Lock::new(Guarded(Cell::new(0)));
    let added = AtomicU64::new(0);
    let (_, panics) = storm(|random, _| {
        let guard = match random.below(3) {
            0 => lock.try_lock(),
            1 => lock.try_lock_for(random.moment()),
            _ => Some(lock.lock()),
        };
        let Some(guard) = guard else { return };
        add(&guard.0, random);
        added.fetch_add(1, SeqCst);
        random.panic_once_in(100);
    });
    assert_eq!(lock.lock().0.get(), added.into_inner());
    assert!(panics > 0 && !lock.is_locked());
}

#[test]
fn a_re_entrant_lock_loses_no_addition() {
    let lock = RLock::new(Guarded(Cell::new(0)));
    let added = AtomicU64::new(0);
    storm(|random, _| {
        let Some(outer) = lock.try_lock_for(random.moment()) else { return };
        add(&outer.0, random);
        added.fetch_add(1, SeqCst);
        let inner = lock.lock();
        add(&inner.0, random);
        added.fetch_add(1, SeqCst);
        random.panic_once_in(100);
    });
    assert_eq!(lock.lock().0.get(), added.into_inner());
}

#[test]
fn a_fair_lock_loses_no_addition() {
    let (lock, number) = (FairLock::new(), Guarded(Cell::new(0)));
    let number = &number;
    let added = AtomicU64::new(0);
    storm(|random, _| {
        let guard = match random.below(2) {
            0 => lock.try_lock_for(random.moment()),
            _ => Some(lock.lock()),
        };
        let Some(_guard) = guard else { return };
        add(&number.0, random);
        added.fetch_add(1, SeqCst);
        random.panic_once_in(100);
    });
    assert_eq!(number.0.get(), added.into_inner());
    assert!(lock.try_lock().is_some());
}

#[test]
fn a_semaphore_lets_no_more_in_than_it_has_permits_and_loses_none() {
    let (semaphore, inside) = (Semaphore::new(3), AtomicU64::new(0));
    storm(|random, _| {
        let count = 1 + random.below(2) as u32;
        let permit = match random.below(3) {
            0 => semaphore.try_acquire_many(count),
            1 => semaphore.try_acquire_many_for(count, random.moment()),
            _ => Some(semaphore.acquire_many(count)),
        };
        let Some(_permit) = permit else { return };
        let now = inside.fetch_add(u64::from(count), SeqCst) + u64::from(count);
        assert!(now <= 3, "{now} permits are taken");
        random.dawdle();
        inside.fetch_sub(u64::from(count), SeqCst);
        random.panic_once_in(100);
    });
    assert_eq!(semaphore.available(), 3);
}

#[test]
fn a_reader_writer_lock_shows_no_reader_half_a_change() {
    let lock = RwLock::new((0_u64, 0_u64));
    let written = AtomicU64::new(0);
    storm(|random, _| match random.below(4) {
        0 => {
            let Some(mut both) = lock.try_write_for(random.moment()) else { return };
            both.0 += 1;
            random.dawdle();
            both.1 += 1;
            written.fetch_add(1, SeqCst);
            random.panic_once_in(100);
        }
        1 => {
            let Some(both) = lock.try_read_for(random.moment()) else { return };
            random.dawdle();
            assert_eq!(both.0, both.1);
        }
        _ => {
            let both = lock.read();
            random.dawdle();
            assert_eq!(both.0, both.1);
            random.panic_once_in(100);
        }
    });
    let both = lock.write();
    assert_eq!(*both, (written.load(SeqCst), written.load(SeqCst)));
}

#[test]
fn a_queue_hands_on_each_item_once() {
    let queue = Queue::bounded(4);
    let (put, got) = (AtomicU64::new(0), AtomicU64::new(0));
    storm(|random, number| {
        random.dawdle();
        if number % 2 == 0 {
            let item = random.below(1_000);
            if queue.put_for(item, random.moment()).is_ok() {
                put.fetch_add(item, SeqCst);
            }
        } else if let Ok(item) = queue.get_for(random.moment()) {
            got.fetch_add(item, SeqCst);
        }
    });
    queue.close();
    let left: u64 = queue.iter().sum();
    assert_eq!(put.into_inner(), got.into_inner() + left);
}

#[test]
fn a_condition_loses_no_token() {
    let (tokens, changed) = (Lock::new(0_u64), Condition::new());
    let (made, taken) = (AtomicU64::new(0), AtomicU64::new(0));
    storm(|random, number| {
        let mut left = tokens.lock();
        if number % 2 == 0 {
            *left += 1;
            made.fetch_add(1, SeqCst);
            random.dawdle();
            let _ = changed.notify_one();
            return;
        }
        if changed.wait_while_for(&mut left, |left| *left == 0, random.moment()) {
            random.dawdle();
            *left -= 1;
            taken.fetch_add(1, SeqCst);
        }
    });
    let left = *tokens.lock();
    assert_eq!(made.into_inner(), taken.into_inner() + left);
}

#[test]
fn an_event_wakes_everyone_who_waits() {
    let event = Event::new();
    let (began, ended) = (AtomicU64::new(0), AtomicU64::new(0));
    let over = AtomicBool::new(false);
    thread::scope(|scope| {
        scope.spawn(|| {
            while !over.load(SeqCst) {
                // So that several are likely to be asleep.
                thread::sleep(Duration::from_micros(300));
                let waiting = began.load(SeqCst);
                event.set();
                let patience = Instant::now() + Duration::from_secs(10);
                while ended.load(SeqCst) < waiting {
                    if Instant::now() > patience {
                        // Not a panic, with which the others would be left to wait.
                        eprintln!("somebody who waited was not woken");
                        std::process::abort();
                    }
                    thread::yield_now();
                }
                event.clear();
            }
            event.set();
        });
        storm(|random, _| {
            began.fetch_add(1, SeqCst);
            event.wait();
            ended.fetch_add(1, SeqCst);
            random.dawdle();
        });
        over.store(true, SeqCst);
    });
    assert!(event.is_set() && ended.into_inner() > 0);
}

#[test]
fn a_barrier_counts_each_round_once() {
    let (barrier, leaders, passed) = (Barrier::new(2), AtomicU64::new(0), AtomicU64::new(0));
    storm(|random, _| {
        random.dawdle();
        // A time-out breaks it for all: whoever sees that makes it whole.
        match barrier.wait_for(Duration::from_millis(2)) {
            Ok(arrival) => {
                passed.fetch_add(1, SeqCst);
                leaders.fetch_add(u64::from(arrival.is_leader()), SeqCst);
            }
            Err(_) => barrier.reset(),
        }
    });
    assert_eq!(passed.into_inner(), 2 * leaders.into_inner());
    assert_eq!(barrier.waiting(), 0);
}

/// A function that fails now and then, and a latch that is opened when it has not.
struct Batch {
    once: Once,
    ran: AtomicU64,
    opened: Latch,
}

impl Batch {
    fn new() -> Self {
        Self { once: Once::new(), ran: AtomicU64::new(0), opened: Latch::new(1) }
    }
}

#[test]
fn of_many_functions_one_runs_to_its_end_and_opens_a_latch_for_all() {
    let batches: Vec<Batch> = (0..2_000).map(|_| Batch::new()).collect();
    let (_, panics) = storm(|random, _| {
        let batch = &batches[random.below(2_000) as usize];
        let run = |random: &mut Random| {
            random.dawdle();
            random.panic_once_in(4);
            batch.ran.fetch_add(1, SeqCst);
            batch.opened.count_down();
        };
        let moment = random.moment();
        let done = match random.below(3) {
            0 => batch.once.try_call_once(|| run(random)),
            1 => batch.once.call_once_for(|| run(random), moment),
            _ => {
                batch.once.call_once(|| run(random));
                true
            }
        };
        assert!(!done || batch.opened.try_wait());
        if !done {
            let _ = batch.opened.wait_for(moment);
        }
    });
    for batch in &batches {
        assert_eq!(batch.ran.load(SeqCst), u64::from(batch.once.is_completed()));
        assert_eq!(batch.opened.try_wait(), batch.once.is_completed());
    }
    assert!(panics > 0);
}

/// A value that counts how many of its kind are there.
struct Counted<'a>(u64, &'a AtomicU64);

impl<'a> Counted<'a> {
    fn new(there: &'a AtomicU64) -> Self {
        there.fetch_add(1, SeqCst);
        Self(0, there)
    }
}

impl Drop for Counted<'_> {
    fn drop(&mut self) {
        self.1.fetch_sub(1, SeqCst);
    }
}

#[test]
fn values_that_many_own_go_with_their_last_owners() {
    let there = AtomicU64::new(0);
    let places: [_; 8] = std::array::from_fn(|_| {
        let arc = Arc::new(Counted::new(&there));
        Lock::new((Arc::downgrade(&arc), arc))
    });
    storm(|random, _| {
        let [from, to] = [0, 0].map(|_| &places[random.below(8) as usize]);
        let (weak, arc) = from.lock().clone();
        random.dawdle();
        match random.below(4) {
            0 => *to.lock() = (weak, arc),
            1 => {
                drop(arc);
                random.panic_once_in(100);
                if let Some(arc) = weak.upgrade() {
                    assert_eq!(arc.0, 0);
                }
            }
            2 => {
                let mut alone = Arc::new(Counted::new(&there));
                Arc::get_mut(&mut alone).expect("it is alone").0 = 0;
                *to.lock() = (Arc::downgrade(&alone), alone);
            }
            _ => drop(Arc::into_inner(arc)),
        }
    });
    drop(places);
    assert_eq!(there.load(SeqCst), 0);
}

#[test]
fn watched_locks_in_any_order_end_in_no_deadlock() {
    let detector = Detector::new();
    let locks = ["A", "B"].map(|name| WatchedLock::new(name, &detector, 0_u64));
    let added = AtomicU64::new(0);
    storm(|random, _| {
        let first = random.below(2) as usize;
        let Ok(mut one) = locks[first].lock() else { panic!("it holds nothing yet") };
        random.dawdle();
        if let Ok(mut other) = locks[1 - first].lock() {
            *one += 1;
            *other += 1;
            added.fetch_add(1, SeqCst);
            random.panic_once_in(100);
        }
    });
    let added = added.into_inner();
    for lock in &locks {
        assert_eq!(*lock.lock().unwrap(), added);
    }
}

#[test]
fn each_timer_runs_or_is_cancelled() {
    let timers = Timers::new();
    let (armed, ran, cancelled) = (AtomicU64::new(0), AtomicU64::new(0), AtomicU64::new(0));
    let ran = std::sync::Arc::new(ran);
    storm(|random, _| {
        let counted = ran.clone();
        let timer = timers.after(random.moment(), move || _ = counted.fetch_add(1, SeqCst));
        armed.fetch_add(1, SeqCst);
        random.dawdle();
        if timer.cancel() {
            cancelled.fetch_add(1, SeqCst);
        } else {
            assert_eq!(timer.join(), TimerOutcome::Ran);
        }
    });
    assert_eq!(armed.into_inner(), ran.load(SeqCst) + cancelled.into_inner());
}

#[test]
fn each_thread_runs_once_and_its_program_waits_for_it() {
    let (began, ran) = (AtomicU64::new(0), std::sync::Arc::new(AtomicU64::new(0)));
    let (_, panics) = storm(|random, _| {
        let panics = random.below(20) == 0;
        let (before, threads) = (random.below(3), 1 + random.below(3));
        Thread::run_main(|| {
            for _ in 0..threads {
                let counted = ran.clone();
                let mut random = Random(1 + random.below(u64::MAX - 1));
                let thread = Thread::new(move || {
                    random.dawdle();
                    counted.fetch_add(1, SeqCst);
                    random.panic_once_in(10);
                });
                thread.start().unwrap();
                began.fetch_add(1, SeqCst);
                assert!(thread.start().is_err());
                match before {
                    0 => assert!(matches!(
                        thread.join(),
                        Ok(ThreadOutcome::Ran | ThreadOutcome::Panicked)
                    )),
                    1 => _ = thread.join_for(Duration::from_micros(50)).unwrap(),
                    // Left to the end of the program.
                    _ => {}
                }
            }
            if panics {
                resume_unwind(Box::new(OnPurpose));
            }
        });
    });
    assert_eq!(began.into_inner(), ran.load(SeqCst));
    assert!(panics > 0);
}

#[test]
fn each_scheduled_action_runs_once_or_is_cancelled() {
    let (entered, ran, cancelled) = (AtomicU64::new(0), AtomicU64::new(0), AtomicU64::new(0));
    let scheduler = Scheduler::new();
    let (_, panics) = storm(|random, _| {
        let (panics, ran) = (random.below(8) == 0, &ran);
        let entry = scheduler.enter_in(random.moment(), random.below(3) as i32, move || {
            ran.fetch_add(1, SeqCst);
            if panics {
                resume_unwind(Box::new(OnPurpose));
            }
        });
        entered.fetch_add(1, SeqCst);
        random.dawdle();
        if random.below(4) == 0 && scheduler.cancel(entry).is_ok() {
            cancelled.fetch_add(1, SeqCst);
        } else {
            // The time of another's action may not have come.
            let _ = scheduler.run_for(random.moment());
        }
    });
    while catch_unwind(AssertUnwindSafe(|| scheduler.run())).is_err() {}
    assert!(panics > 0);
    assert_eq!(entered.load(SeqCst), ran.load(SeqCst) + cancelled.load(SeqCst));
}

#[test]
fn an_interpreter_lock_runs_one_thread_at_a_time() {
    for gil in [Gil::ticks(10), Gil::interval(Duration::from_micros(50))] {
        let (inside, added) = (AtomicU64::new(0), AtomicU64::new(0));
        let instruction = |random: &mut Random| {
            assert_eq!(inside.fetch_add(1, SeqCst), 0);
            random.dawdle();
            assert_eq!(inside.fetch_sub(1, SeqCst), 1);
        };
        let (calls, panics) = storm(|random, _| {
            let mut guard = match random.below(3) {
                0 => match gil.acquire_for(random.moment()) {
                    Some(guard) => guard,
                    None => {
                        added.fetch_add(1, SeqCst);
                        return;
                    }
                },
                _ => gil.acquire(),
            };
            for _ in 0..random.below(30) {
                instruction(random);
                guard.tick();
            }
            guard.allow_threads(|| {
                random.dawdle();
                random.panic_once_in(8);
            });
            instruction(random);
            added.fetch_add(1, SeqCst);
        });
        assert_eq!(added.into_inner() + panics, calls);
        assert!(gil.try_acquire().is_some() && gil.switches() > 0);
    }
}

#[test]
fn each_promise_is_kept_broken_or_cancelled_and_the_future_says_which() {
    let (kept, results) = (AtomicU64::new(0), AtomicU64::new(0));
    let open: Lock<Vec<Future<u64>>> = Lock::new(Vec::new());
    let called = std::sync::Arc::new(AtomicU64::new(0));
    let made = AtomicU64::new(0);
    let take = |future: Future<u64>| match future.into_result() {
        Ok(result) => _ = results.fetch_add(result, SeqCst),
        Err(FutureError::Failed(payload)) => assert!(payload.into_inner().is::<OnPurpose>()),
        Err(FutureError::Cancelled | FutureError::BrokenPromise) => {}
    };
    storm(|random, number| {
        if number % 2 == 0 {
            let (promise, future) = Promise::new();
            let counted = called.clone();
            future.add_done_callback(move |_| _ = counted.fetch_add(1, SeqCst));
            made.fetch_add(1, SeqCst);
            open.lock().push(future);
            random.dawdle();
            let result = random.below(1_000);
            match random.below(3) {
                0 => drop(promise),
                1 => _ = promise.run(|| resume_unwind(Box::new(OnPurpose))),
                _ if promise.set_result(result).is_ok() => _ = kept.fetch_add(result, SeqCst),
                _ => {}
            }
        } else if let Some(future) = { open.lock().pop() } {
            match random.below(4) {
                0 => _ = future.cancel(),
                1 => _ = future.result_for(random.moment()),
                2 => assert!(primitives::as_completed([&future]).next().is_some()),
                _ => {}
            }
            take(future);
        }
    });
    open.into_inner().into_iter().for_each(take);
    assert_eq!(kept.into_inner(), results.load(SeqCst));
    assert_eq!(called.load(SeqCst), made.into_inner());
}

#[test]
fn each_task_of_a_pool_runs_or_is_cancelled() {
    let pool = ThreadPool::new(3);
    let (submitted, cancelled) = (AtomicU64::new(0), AtomicU64::new(0));
    let ran = std::sync::Arc::new(AtomicU64::new(0));
    storm(|random, _| {
        let counted = ran.clone();
        let panics = random.below(20) == 0;
        let task = move || {
            counted.fetch_add(1, SeqCst);
            if panics {
                resume_unwind(Box::new(OnPurpose));
            }
        };
        let future = pool.submit(task).unwrap();
        submitted.fetch_add(1, SeqCst);
        random.dawdle();
        if random.below(2) == 0 && future.cancel() {
            cancelled.fetch_add(1, SeqCst);
        } else {
            assert_eq!(future.into_result().is_err(), panics);
        }
    });
    drop(pool);
    assert_eq!(submitted.into_inner(), ran.load(SeqCst) + cancelled.into_inner());
}
