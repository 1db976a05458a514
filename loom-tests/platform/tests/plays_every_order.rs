//! A game has every order of steps, and each place once.

use loom_platform::atomic::{
    AtomicU32,
    Ordering::{Acquire, Relaxed, Release},
};
use loom_platform::{Ending, Explorer, Game, Place, Stands, futex, name, show, step, thread, time};
use std::sync::Arc;
use std::time::Duration;

fn counter() -> u32 {
    let counter = Arc::new(AtomicU32::new(0));
    let threads = ["first", "second"].map(|name| {
        let counter = counter.clone();
        thread::spawn(name, move || {
            let seen = counter.load(Relaxed);
            step(format!("reads {seen}"));
            counter.store(seen + 1, Relaxed);
            show("the counter", || seen + 1);
            step(format!("writes {}", seen + 1));
        })
    });
    threads.into_iter().for_each(|thread| thread.join().unwrap());
    counter.load(Relaxed)
}

fn endings<O: Clone + Ord>(game: &Game<O>) -> Vec<O> {
    let returned = |place: &Place<O>| match &place.ending {
        Some(Ending::Returned(outcome)) => Some(outcome.clone()),
        _ => None,
    };
    let mut endings: Vec<O> = game.places.iter().filter_map(returned).collect();
    endings.sort();
    endings.dedup();
    endings
}

/// Goes from the start by the turns of these threads.
fn play<'a, O>(game: &'a Game<O>, threads: &[usize]) -> (&'a Place<O>, Vec<String>) {
    let mut told = Vec::new();
    let place = threads.iter().fold(&game.places[0], |place, &thread| {
        let turn = place.turns.iter().find(|turn| turn.thread == thread).expect("it can go on");
        told.extend(turn.told.iter().map(|(text, _)| text.clone()));
        &game.places[turn.to]
    });
    (place, told)
}

#[test]
fn a_counter_has_six_orders_and_both_outcomes() {
    let game = Explorer::new().play(100, counter).expect("it is small");
    assert_eq!(game.threads, ["main", "first", "second"]);
    assert_eq!(game.places[0].orders, 6);
    assert_eq!(endings(&game), [1, 2]);
    let (place, told) = play(&game, &[1, 2, 2, 1]);
    assert_eq!(told, ["reads 0", "reads 0", "writes 1", "writes 1"]);
    assert_eq!(place.ending, Some(Ending::Returned(1)));
    assert_eq!(place.shown["the counter"], "1");
}

#[test]
fn orders_that_lead_to_one_place_go_on_from_there() {
    let game = Explorer::new().play(100, counter).expect("it is small");
    let both = [&[1, 2][..], &[2, 1]].map(|threads| std::ptr::from_ref(play(&game, threads).0));
    assert_eq!(both[0], both[1]);
    assert!(Explorer::new().play(game.places.len() - 1, counter).is_none());
}

/// A lock that is only tried, and a flag for a thread that waits.
fn turns() -> bool {
    let flag = Arc::new(AtomicU32::new(0));
    name(&*flag, "the flag");
    let waits = thread::spawn("waits", {
        let flag = flag.clone();
        move || {
            step("begins");
            while flag.load(Acquire) == 0 {
                futex::wait(&flag, 0);
            }
            step("goes on");
        }
    });
    let sets = thread::spawn("sets", move || {
        step("sets");
        flag.store(1, Release);
        futex::wake_all(&flag);
    });
    waits.join().unwrap();
    sets.join().unwrap();
    true
}

#[test]
fn a_thread_that_waits_has_no_turn_and_says_what_it_waits_for() {
    let game = Explorer::new().play(100, turns).expect("it is small");
    let (place, _) = play(&game, &[1, 1]);
    let Stands::Waits(Some(waiting)) = &place.threads[1] else { panic!("{place:?}") };
    assert_eq!(waiting.waits_for, "the flag");
    assert_eq!(place.turns.iter().map(|turn| turn.thread).collect::<Vec<_>>(), [2]);
    let (place, told) = play(&game, &[1, 1, 2, 2, 1]);
    assert_eq!(told, ["begins", "sets", "goes on"]);
    // Lines of this file, the later step below the earlier.
    let [None, Some(goes_on), Some(sets)] = place.last_steps[..] else { panic!("{place:?}") };
    assert_eq!(goes_on.file(), file!());
    assert!(goes_on.line() < sets.line());
    assert_eq!(place.ending, Some(Ending::Returned(true)));
}

/// Looks, then sleeps whatever has happened since.
fn stuck() {
    let word = Arc::new(AtomicU32::new(0));
    let wakes = thread::spawn("wakes", {
        let word = word.clone();
        move || {
            futex::wake_all(&word);
            step("wakes");
        }
    });
    step("is about to sleep");
    futex::wait(&word, 0);
    wakes.join().unwrap();
}

#[test]
fn a_place_from_which_nobody_can_go_on_is_an_ending() {
    let game = Explorer::new().play(100, stuck).expect("it is small");
    let (place, _) = play(&game, &[1, 0]);
    assert!(matches!(&place.ending, Some(Ending::Stuck(waiting)) if waiting.len() == 1));
    let (place, _) = play(&game, &[0, 1]);
    assert_eq!(place.ending, Some(Ending::Returned(())));
}

#[test]
fn a_timed_wait_can_end_by_its_time_and_by_a_wake() {
    let game = Explorer::new().play(100, || {
        let word = Arc::new(AtomicU32::new(0));
        let waits = thread::spawn("waits", {
            let word = word.clone();
            move || {
                step("sleeps for a second");
                let deadline = time::Instant::now() + Duration::from_secs(1);
                let woken = futex::wait_until(&word, 0, Some(deadline)).is_ok();
                step(if woken { "is woken" } else { "has slept" });
                woken
            }
        });
        futex::wake_all(&word);
        step("wakes");
        waits.join().unwrap()
    });
    let game = game.expect("it is small");
    let (place, _) = play(&game, &[1, 1]);
    assert!(matches!(place.threads[1], Stands::WaitsForATime(_)), "{place:?}");
    assert_eq!(endings(&game), [false, true]);
    assert_eq!(play(&game, &[1, 1, 0]).0.threads[1], Stands::Ready);
}

#[test]
fn a_panic_is_an_ending() {
    let game = Explorer::new().play(100, || {
        let thread = thread::spawn("panics", || {
            step("is about to panic");
            panic!("on purpose");
        });
        let _ = thread.join();
    });
    let game = game.expect("it is small");
    let (place, _) = play(&game, &[1]);
    let Some(Ending::Panicked(panic)) = &place.ending else { panic!("{place:?}") };
    assert!(panic.message.starts_with("on purpose"));
}
