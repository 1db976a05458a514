//! Each feature of the platform finds the bug that it is there to find.

use crate::support::Lock;
use loom_platform::atomic::{AtomicBool, AtomicU32, Ordering::*, fence};
use loom_platform::time::{Duration, Instant, TimedOut};
use loom_platform::{
    Ending, Explorer, Judge, Model, UnsafeCell, check, explore, futex, name, step, thread,
    weakenings,
};
use std::sync::Arc;

/// A gate that a thread waits at until another opens it. The word counts the openings.
struct Gate {
    open: AtomicBool,
    word: AtomicU32,
}

impl Gate {
    fn new() -> Arc<Self> {
        Arc::new(Self { open: AtomicBool::new(false), word: AtomicU32::new(0) })
    }

    fn open(&self) {
        self.open.store(true, Release);
        self.word.fetch_add(1, Release);
        futex::wake_all(&self.word);
    }

    /// Right: reads the word before it looks at the gate.
    fn wait(&self) {
        loop {
            let seen = self.word.load(Acquire);
            if self.open.load(Acquire) {
                return;
            }
            futex::wait(&self.word, seen);
        }
    }

    /// Wrong: an opening between the look and the read is slept through.
    fn wait_reading_the_word_too_late(&self) {
        while !self.open.load(Acquire) {
            let seen = self.word.load(Acquire);
            futex::wait(&self.word, seen);
        }
    }
}

fn through_the_gate(wait: fn(&Gate)) -> bool {
    let gate = Gate::new();
    let opener = {
        let gate = gate.clone();
        thread::spawn("opener", move || gate.open())
    };
    wait(&gate);
    let open = gate.open.load(Acquire);
    opener.join().unwrap();
    open
}

#[test]
fn a_lost_wake_up_is_found_as_a_thread_that_waits_for_ever() {
    let wrong = explore(|| through_the_gate(Gate::wait_reading_the_word_too_late));
    let stuck = wrong.failures().next().expect("the lost wake-up");
    assert!(matches!(&stuck.ending, Ending::Stuck(waiting) if waiting[0].thread == "main"));
    assert!(wrong.exhaustive);

    let right = explore(|| through_the_gate(Gate::wait));
    assert_eq!(right.failures().count(), 0, "{right}");
}

/// Waits until another thread writes 1. Returns what the word holds then.
fn wait_for_one(looks_again: bool) -> u32 {
    let word = Arc::new(AtomicU32::new(0));
    let writer = {
        let word = word.clone();
        thread::spawn("writer", move || {
            word.store(1, Release);
            futex::wake_all(&word);
        })
    };
    while word.load(Acquire) == 0 {
        futex::wait(&word, 0);
        if !looks_again {
            break;
        }
    }
    let value = word.load(Acquire);
    writer.join().unwrap();
    value
}

#[test]
fn a_missing_loop_is_found_by_spurious_wake_ups_and_by_what_a_wake_does_not_pass_on() {
    let values = |explorer: &Explorer, looks_again: bool| {
        let exploration = explorer.explore(move || wait_for_one(looks_again));
        assert_eq!(exploration.failures().count(), 0);
        let mut values: Vec<u32> = exploration.returned().map(|(value, _)| *value).collect();
        values.sort_unstable();
        values
    };
    let (quiet, spurious) = (Explorer::new(), Explorer::new().spurious_wakeups(1));
    // Nothing says that a thread that is woken sees what its waker wrote before.
    assert_eq!(values(&quiet, false), [0, 1]);
    assert_eq!(values(&quiet.clone().judge(Judge::Loom), false), [1]);
    assert_eq!(values(&spurious, false), [0, 1]);
    assert_eq!(values(&spurious.clone().judge(Judge::Loom), false), [0, 1]);
    assert_eq!(values(&quiet, true), [1]);
    assert_eq!(values(&spurious, true), [1]);
}

/// One permit is handed to a thread that waits for it for a limited time. Returns the permits that
/// are left at the end, in the waiter's hand or on the table: one, if none is lost.
fn hand_over(looks_again_after_time_out: bool) -> u32 {
    const NONE: u32 = 0;
    const GRANTED: u32 = 1;
    const GONE: u32 = 2;
    let word = Arc::new(AtomicU32::new(NONE));
    let giver = {
        let word = word.clone();
        thread::spawn("giver", move || {
            // Keeps the permit if the waiter has gone.
            let gone = word.compare_exchange(NONE, GRANTED, AcqRel, Acquire).is_err();
            futex::wake_one(&word);
            u32::from(gone)
        })
    };
    let deadline = Some(Instant::now() + Duration::from_secs(1));
    let in_hand = match futex::wait_until(&word, NONE, deadline) {
        Ok(()) => 1,
        Err(TimedOut) if looks_again_after_time_out => {
            // The grant may have come after the time ran out and before this.
            u32::from(word.swap(GONE, AcqRel) == GRANTED)
        }
        Err(TimedOut) => 0,
    };
    in_hand + giver.join().unwrap()
}

#[test]
fn a_time_out_that_races_a_wake_is_found() {
    let mut wrong: Vec<u32> = explore(|| hand_over(false)).returned().map(|(n, _)| *n).collect();
    wrong.sort_unstable();
    assert_eq!(wrong, [0, 1], "the permit is lost in some executions and kept in others");
    let right: Vec<u32> = explore(|| hand_over(true)).returned().map(|(n, _)| *n).collect();
    assert_eq!(right, [1]);
}

fn two_locks(second_in_the_same_order: bool) {
    let locks = Arc::new((Lock::new(), Lock::new()));
    name(&locks.0, "lock A");
    name(&locks.1, "lock B");
    let other = {
        let locks = locks.clone();
        thread::spawn("second", move || {
            let (first, then) =
                if second_in_the_same_order { (&locks.0, &locks.1) } else { (&locks.1, &locks.0) };
            let _first = first.lock();
            step("has its first lock");
            let _then = then.lock();
        })
    };
    let _a = locks.0.lock();
    step("has lock A");
    let _b = locks.1.lock();
    drop((_b, _a));
    other.join().unwrap();
}

#[test]
fn a_deadlock_is_found_counted_and_explained_and_the_search_goes_on() {
    let wrong = explore(|| two_locks(false));
    let stuck = wrong.failures().next().expect("the deadlock");
    let Ending::Stuck(waiting) = &stuck.ending else { panic!("{stuck}") };
    let who: Vec<_> = waiting.iter().map(|w| (w.thread.as_str(), w.waits_for.as_str())).collect();
    assert_eq!(who, [("main", "lock B"), ("second", "lock A")]);
    assert_eq!(stuck.executions, 1, "both hold their first lock, and there is one way to that");
    assert!(wrong.returned().count() == 1, "the executions that end well are found too");
    assert!(wrong.exhaustive);

    let right = explore(|| two_locks(true));
    assert_eq!(right.failures().count(), 0);
}

fn message_passing() {
    struct Mailbox {
        letter: UnsafeCell<i32>,
        full: AtomicU32,
    }
    // SAFETY: the letter is read only after `full` says that it has been written. That is the claim
    // which the model checks.
    unsafe impl Sync for Mailbox {}
    let mailbox = Arc::new(Mailbox { letter: UnsafeCell::new(0), full: AtomicU32::new(0) });
    let writer = {
        let mailbox = mailbox.clone();
        thread::spawn("writer", move || {
            // SAFETY: nobody reads before `full` is set.
            mailbox.letter.with_mut(|letter| unsafe { *letter = 42 });
            mailbox.full.store(1, Release);
        })
    };
    if mailbox.full.load(Acquire) == 1 {
        // SAFETY: `full` is set, so the letter has been written and stays as it is.
        assert_eq!(mailbox.letter.with(|letter| unsafe { *letter }), 42);
    }
    writer.join().unwrap();
}

#[test]
fn release_weakened_to_relaxed_is_found_and_so_is_acquire() {
    check(message_passing);
    let models =
        [Model { name: "message passing", explorer: Explorer::new(), program: message_passing }];
    let table = weakenings(&models);
    assert_eq!(table.len(), 2, "{table:?}");
    for weakening in table {
        assert!(weakening.caught.is_some(), "{weakening}");
        assert!(weakening.failure.contains("a data race"), "{weakening}");
    }
}

/// Each of two threads writes its own word and reads the other's. Between the two a fence must
/// stand, or both may read the old value.
fn store_buffering() {
    let words = Arc::new((AtomicU32::new(0), AtomicU32::new(0)));
    let other = {
        let words = words.clone();
        thread::spawn("other", move || {
            words.1.store(1, Relaxed);
            fence(SeqCst);
            words.0.load(Relaxed)
        })
    };
    words.0.store(1, Relaxed);
    fence(SeqCst);
    let mine = words.1.load(Relaxed);
    assert_eq!(mine.max(other.join().unwrap()), 1, "neither saw the other");
}

#[test]
fn a_fence_weakened_from_seq_cst_is_found() {
    let models =
        [Model { name: "store buffering", explorer: Explorer::new(), program: store_buffering }];
    let table = weakenings(&models);
    assert_eq!(table.len(), 2, "{table:?}");
    for weakening in table {
        assert!(weakening.failure.contains("neither saw the other"), "{weakening}");
    }
}

/// A value is passed on by a read-modify-write that both takes and gives.
fn passing_on() {
    struct Chain {
        value: UnsafeCell<i32>,
        turn: AtomicU32,
    }
    // SAFETY: `turn` says whose turn it is to use the value. That is the claim under check.
    unsafe impl Sync for Chain {}
    let add = |chain: &Chain| {
        // SAFETY: it is the caller's turn.
        chain.value.with_mut(|value| unsafe { *value += 1 });
    };
    let chain = Arc::new(Chain { value: UnsafeCell::new(0), turn: AtomicU32::new(0) });
    let threads = ["first", "second"].map(|name| {
        let chain = chain.clone();
        thread::spawn(name, move || {
            // The first to come adds before it passes on, and the second after it has taken over.
            if chain.turn.load(Relaxed) == 0 && chain.turn.swap(1, Relaxed) == 0 {
                add(&chain);
                chain.turn.fetch_add(1, AcqRel);
            } else if chain.turn.fetch_add(0, AcqRel) == 2 {
                add(&chain);
            }
        })
    });
    threads.into_iter().for_each(|thread| thread.join().unwrap());
}

#[test]
fn acq_rel_is_weakened_to_each_of_its_halves() {
    let models = [Model { name: "passing on", explorer: Explorer::new(), program: passing_on }];
    let table = weakenings(&models);
    // The one that gives needs its Release, the one that takes its Acquire; the other half of each
    // is not needed, and said to be so.
    let caught: Vec<_> = table
        .iter()
        .map(|row| (format!("{:?}", row.weakened.to.unwrap()), row.caught.is_some()))
        .collect();
    let expected = [("Acquire", true), ("Release", false), ("Acquire", false), ("Release", true)];
    assert_eq!(caught, expected.map(|(to, caught)| (to.to_owned(), caught)));
}

/// Two values, of which a thread uses the second when it goes.
struct UsedAtTheEnd(Arc<[Unguarded; 2]>);

impl Drop for UsedAtTheEnd {
    fn drop(&mut self) {
        self.0[1].use_it();
    }
}

struct Unguarded(UnsafeCell<u32>);

// SAFETY: none: threads use it as they like. That is what the search shall find.
unsafe impl Sync for Unguarded {}

impl Unguarded {
    fn use_it(&self) {
        // SAFETY: the threads of the model are run one at a time.
        self.0.with_mut(|value| unsafe { *value += 1 });
    }
}

#[test]
fn a_race_and_then_another_while_the_thread_unwinds_from_it_are_one_outcome() {
    let found = explore(|| {
        let values = Arc::new([0, 0].map(|zero| Unguarded(UnsafeCell::new(zero))));
        let users = ["first", "second"].map(|name| {
            let user = UsedAtTheEnd(values.clone());
            thread::spawn(name, move || user.0[0].use_it())
        });
        users.into_iter().for_each(|user| user.join().unwrap());
    });
    assert!(found.failures().any(|found| matches!(found.ending, Ending::Panicked(_))), "{found}");
}
