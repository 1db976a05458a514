//! The wait-for graph of executions in which nobody can go on.

use loom_platform::atomic::{AtomicU32, Ordering::*, held_as};
use loom_platform::{Explorer, Judge, WaitFor, futex, in_line, lets_go, name, takes, thread};
use std::sync::Arc;

/// A lock that is never let go of in time: 0 is free, and a thread that has it adds one.
fn lock(count: u32, called: &str) -> Arc<AtomicU32> {
    let lock = Arc::new(held_as(AtomicU32::new(count), |count| count));
    name(&*lock, called);
    lock
}

/// Takes it if nobody has it, and else waits for ever.
fn take(lock: &AtomicU32) {
    while let Err(count) = lock.compare_exchange(0, 1, Relaxed, Relaxed) {
        futex::wait(lock, count);
    }
}

/// The graph of the one way in which the program gets stuck, for which both searches find the same.
fn graph(program: impl Fn() + Clone + Send + Sync + 'static) -> WaitFor {
    let [ours, theirs] = [Judge::Own, Judge::Loom].map(|judge| {
        let exploration = Explorer::new().judge(judge).explore(program.clone());
        let mut graphs = exploration.outcomes.into_iter().filter_map(|found| found.wait_for);
        let graph = graphs.next().expect("it gets stuck");
        assert_eq!(graphs.next(), None, "in one way");
        graph
    });
    assert_eq!(ours, theirs);
    ours
}

#[test]
fn a_thread_that_joins_another_while_it_holds_what_that_one_asks_for_is_in_a_cycle() {
    let graph = graph(|| {
        let lock = lock(0, "the lock");
        take(&lock);
        let other = lock.clone();
        thread::spawn("Ann", move || take(&other)).join().unwrap();
    });
    assert_eq!(
        graph.to_string(),
        "main holds the lock and waits for the end of Ann; Ann waits for the lock"
    );
    assert_eq!(graph.cycle, [0, 1]);
    let things: Vec<_> = graph.things.iter().map(|one| (&*one.name, &*one.held_by)).collect();
    assert_eq!(things, [("the end of Ann", &[1][..]), ("the lock", &[0][..])]);
}

#[test]
fn all_that_share_a_lock_hold_it_also_those_that_have_ended() {
    let graph = graph(|| {
        let lock = lock(0, "the room");
        for reader in ["Ann", "Ben"] {
            let lock = lock.clone();
            let enter = move || lock.fetch_add(1, Relaxed);
            thread::spawn(reader, enter).join().unwrap();
        }
        take(&lock);
    });
    assert_eq!(graph.to_string(), "main waits for the room");
    let names: Vec<_> = graph.threads.iter().map(|one| (&*one.name, one.waits_for)).collect();
    assert_eq!(names, [("main", Some(0)), ("Ann", None), ("Ben", None)]);
    assert_eq!(graph.things[0].held_by, [1, 2]);
    assert!(graph.cycle.is_empty());
}

#[test]
fn a_thread_that_has_let_go_holds_nothing_whichever_thread_did_it_for_it() {
    let program = |by_main: bool| {
        let lock = lock(0, "the lock");
        let ann = lock.clone();
        let ann = move || {
            take(&ann);
            if !by_main {
                ann.store(0, Relaxed);
            }
        };
        thread::spawn("Ann", ann).join().unwrap();
        if by_main {
            lock.fetch_sub(1, Relaxed);
        }
        take(&lock);
        take(&lock);
    };
    for graph in [graph(move || program(true)), graph(move || program(false))] {
        assert_eq!(graph.to_string(), "main holds the lock and waits for it");
        assert_eq!(graph.cycle, [0]);
    }
}

#[test]
fn a_lock_that_was_made_held_is_held_by_the_thread_that_made_it() {
    let graph = graph(|| {
        let lock = lock(1, "the lock");
        let other = lock.clone();
        // A change that leaves it held does not make this thread the holder.
        let marks = move || {
            other.compare_exchange(1, 1, Relaxed, Relaxed).unwrap();
            take(&other);
        };
        thread::spawn("Ann", marks).join().unwrap();
    });
    let held = "main holds the lock and waits for the end of Ann; Ann waits for the lock";
    assert_eq!(graph.to_string(), held);
}

#[test]
fn a_thread_in_a_line_waits_for_what_has_the_line_and_that_is_held_by_the_thread_that_took_it() {
    // The line has a lock, and the whole has the name, or the line alone.
    let program = |whole: bool| {
        let room = Arc::new((held_as(AtomicU32::new(0), |count| count), [0_u64; 2]));
        if whole {
            name(&*room, "the room");
        } else {
            name(&room.1, "the line");
        }
        let ann = room.clone();
        thread::spawn("Ann", move || take(&ann.0)).join().unwrap();
        let ben = room.clone();
        let _ben = thread::spawn("Ben", move || {
            takes(&ben.1);
            take(&ben.0);
        });
        in_line(&room.1, || futex::wait(&AtomicU32::new(0), 0));
    };
    let [of_the_room, of_the_line] = [true, false].map(|whole| graph(move || program(whole)));
    let sentence = "main waits for the turn at the room; Ben holds the turn at the room and waits \
                    for the room";
    assert_eq!(of_the_room.to_string(), sentence);
    let sentence = "main waits for the line; Ben holds the line and waits for a wake by Ann";
    assert_eq!(of_the_line.to_string(), sentence);
}

#[test]
fn what_was_let_go_of_is_held_by_nobody() {
    let graph = graph(|| {
        let line = Arc::new([0_u64; 2]);
        let ann = line.clone();
        let goes_through = move || {
            takes(&*ann);
            lets_go(&*ann);
        };
        thread::spawn("Ann", goes_through).join().unwrap();
        in_line(&*line, || futex::wait(&AtomicU32::new(0), 0));
    });
    assert_eq!(graph.to_string(), "main waits for its turn");
    assert!(graph.things[0].held_by.is_empty());
}

#[test]
fn a_word_that_says_nothing_of_holders_is_held_by_nobody() {
    let graph = graph(|| {
        let flag = Arc::new(AtomicU32::new(0));
        flag.store(1, Relaxed);
        futex::wait(&flag, 1);
    });
    assert_eq!(graph.to_string(), "main waits for a wake");
    assert!(graph.things[0].held_by.is_empty() && graph.cycle.is_empty());
}

#[test]
fn the_picture_has_each_node_and_each_arrow_and_marks_those_of_the_cycle() {
    let graph = graph(|| {
        let lock = lock(0, "the <lock>");
        take(&lock);
        let others = ["Ann", "Ben"].map(|name| {
            let lock = lock.clone();
            thread::spawn(name, move || take(&lock))
        });
        others.into_iter().for_each(|other| other.join().unwrap());
    });
    let svg = graph.svg("A title");
    let count = |what: &str| svg.matches(what).count();
    assert_eq!([count(r#"<rect class="thread""#), count(r#"<rect class="thing""#)], [3, 2]);
    // main waits for the end of Ann, and Ann for the lock. Ben waits beside them.
    assert_eq!([count(r#"<path class="waits cycle""#), count(r#"<path class="waits""#)], [2, 1]);
    assert_eq!([count(r#"<path class="held cycle""#), count(r#"<path class="held""#)], [2, 0]);
    assert!(svg.contains("<title>A title</title>") && svg.contains(">the &lt;lock&gt;</text>"));
}
