//! A player who also picks what is read can cause what the memory model allows, and is told why the
//! rest cannot be.

use loom_platform::atomic::{AtomicU32, Ordering, Ordering::*, fence};
use loom_platform::{Ending, Explorer, Game, Place, Turn, name, step, thread};
use std::sync::Arc;

const NAMES: [&str; 2] = ["Ann", "Ben"];

/// Each raises its flag and looks at the other's.
fn store_buffering(orders: [Ordering; 2], fenced: bool) -> [u32; 2] {
    let flags: Arc<[AtomicU32; 2]> = Arc::default();
    name(&flags[0], "Ann's flag");
    name(&flags[1], "Ben's flag");
    let threads = [0, 1].map(|me| {
        let flags = flags.clone();
        thread::spawn(NAMES[me], move || {
            flags[me].store(1, orders[0]);
            step("raises");
            if fenced {
                fence(SeqCst);
            }
            let seen = flags[1 - me].load(orders[1]);
            step("looks");
            seen
        })
    });
    threads.map(|thread| thread.join().unwrap())
}

/// A message and a flag. Ben reads the message if he finds the flag.
fn message_passing(set: Ordering, look: Ordering) -> Option<u32> {
    let words: Arc<[AtomicU32; 2]> = Arc::default();
    name(&words[0], "the message");
    name(&words[1], "the flag");
    let ann = {
        let words = words.clone();
        thread::spawn("Ann", move || {
            words[0].store(42, Relaxed);
            step("writes");
            words[1].store(1, set);
            step("sets the flag");
        })
    };
    let ben = thread::spawn("Ben", move || {
        let is_set = words[1].load(look) == 1;
        step("looks");
        is_set.then(|| words[0].load(Relaxed))
    });
    ann.join().unwrap();
    ben.join().unwrap()
}

fn game<O: Clone + Ord + std::hash::Hash + std::fmt::Debug + Send + Sync + 'static>(
    program: impl Fn() -> O + Send + Sync + 'static,
) -> Game<O> {
    Explorer::new()
        .pick_values(|at| at.file() == file!())
        .play(1_000, program)
        .expect("it is small")
}

/// Goes from the start by the turns of these threads, each of which reads this value, if it reads.
fn play<'a, O>(game: &'a Game<O>, turns: &[(usize, &str)]) -> &'a Place<O> {
    turns.iter().fold(&game.places[0], |place, &(thread, value)| {
        let is_it =
            |turn: &&Turn| turn.thread == thread && reads(turn).is_none_or(|one| one == value);
        &game.places[place.turns.iter().find(is_it).expect("it can").to]
    })
}

fn reads(turn: &Turn) -> Option<&str> {
    let load = turn.loads.first()?;
    Some(&load.view.readable[load.reads].value)
}

/// What the thread can read with its next turn, the newest first.
fn can_read<O>(place: &Place<O>, thread: usize) -> Vec<&str> {
    place.turns.iter().filter(|turn| turn.thread == thread).filter_map(reads).collect()
}

const ANN: usize = 1;
const BEN: usize = 2;

#[test]
fn a_player_causes_store_buffering() {
    for orders in [[Relaxed, Relaxed], [Release, Acquire]] {
        let game = game(move || store_buffering(orders, false));
        let place = play(&game, &[(ANN, ""), (BEN, "")]);
        assert_eq!(can_read(place, ANN), ["1", "0"]);
        let place = play(&game, &[(ANN, ""), (BEN, ""), (ANN, "0"), (BEN, "0")]);
        assert_eq!(place.ending, Some(Ending::Returned([0, 0])));
    }
}

#[test]
fn sequential_consistency_takes_the_old_value_from_the_second_reader_and_says_so() {
    for (orders, fenced) in [([SeqCst, SeqCst], false), ([Relaxed, Relaxed], true)] {
        let game = game(move || store_buffering(orders, fenced));
        let endings = || game.places.iter().filter_map(|place| place.ending.clone());
        assert!(endings().all(|ending| ending != Ending::Returned([0, 0])));
        let place = play(&game, &[(ANN, ""), (BEN, ""), (ANN, "0")]);
        assert_eq!(can_read(place, BEN), ["1"]);
        let load = &place.turns[0].loads[0];
        let [(written, why)] = &load.view.out[..] else { panic!("{load:?}") };
        assert_eq!((written.value.as_str(), &written.by), ("0", &None));
        assert!(why.contains("no single order of the SeqCst"), "{why}");
    }
}

#[test]
fn the_flag_comes_without_its_message_unless_it_is_released_and_acquired() {
    for (set, look) in [(Relaxed, Relaxed), (Release, Relaxed), (Relaxed, Acquire)] {
        let game = game(move || message_passing(set, look));
        let place = play(&game, &[(ANN, ""), (ANN, ""), (BEN, "1"), (BEN, "0")]);
        assert_eq!(place.ending, Some(Ending::Returned(Some(0))), "{set:?} {look:?}");
    }
    let game = game(|| message_passing(Release, Acquire));
    let place = play(&game, &[(ANN, ""), (ANN, ""), (BEN, "1")]);
    assert_eq!(can_read(place, BEN), ["42"]);
}

#[test]
fn a_view_says_what_a_thread_may_read_and_why_not_the_rest() {
    let game = game(|| message_passing(Release, Acquire));
    let view = |turns: &[(usize, &str)], thread: usize, word: &str| {
        let views = &play(&game, turns).views[thread];
        let view = views.iter().find(|view| view.word == word).expect("it has a view").clone();
        let readable: Vec<String> = view.readable.iter().map(|one| one.value.clone()).collect();
        let by = view.readable[0].by.clone();
        (readable.join(" "), by, view.out.first().map(|(_, why)| why.clone()))
    };
    let (written, told) = ([(ANN, ""), (ANN, "")], "Ann writes".to_owned());
    let of_ben = view(&written, BEN, "the message");
    assert_eq!(of_ben, ("42 0".to_owned(), Some(told.clone()), None));
    let (readable, _, why) = view(&written, ANN, "the message");
    assert_eq!((readable.as_str(), why.as_deref()), ("42", Some("has written 42 itself")));
    let looked = [&written[..], &[(BEN, "1")]].concat();
    let (readable, by, why) = view(&looked, BEN, "the message");
    assert_eq!((readable.as_str(), by), ("42", Some(told)));
    let acquired = "has acquired the flag, which was released after the newer value";
    assert_eq!(why.as_deref(), Some(acquired));
    let (readable, _, why) = view(&looked, BEN, "the flag");
    assert_eq!((readable.as_str(), why.as_deref()), ("1", Some("has read 1 already")));
}

#[test]
fn two_reads_in_one_turn_are_picked_one_by_one() {
    let game = game(|| {
        let word = Arc::new(AtomicU32::new(0));
        let writes = thread::spawn("writes", {
            let word = word.clone();
            move || {
                word.store(1, Relaxed);
                step("writes");
            }
        });
        let reads = thread::spawn("reads", move || {
            let seen = [(); 2].map(|()| word.load(Relaxed));
            step("reads twice");
            seen
        });
        writes.join().unwrap();
        reads.join().unwrap()
    });
    let place = play(&game, &[(1, "")]);
    let picked: Vec<Vec<usize>> =
        place.turns.iter().map(|turn| turn.loads.iter().map(|load| load.reads).collect()).collect();
    // Once it has read the new value it cannot read the old one again.
    assert_eq!(picked, [[0, 0], [1, 0], [1, 1]]);
}
