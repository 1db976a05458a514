//! The exercises on futures and pools.

use primitives::future::{ReturnWhen, wait};
use primitives::platform::thread;
use primitives::{Event, Promise, ThreadPool};
use std::sync::Arc;

// ANCHOR: first
/// Ann keeps two promises. How many futures does main get when it waits for the first?
pub fn done_when_the_first_is() -> usize {
    let (promises, futures): (Vec<_>, Vec<_>) =
        [(); 2].map(|()| Promise::new()).into_iter().unzip();
    let ann = thread::spawn("Ann", move || {
        promises.into_iter().for_each(|promise: Promise<u32>| _ = promise.set_result(7));
    });
    let (done, _not_done) = wait(futures, ReturnWhen::FirstCompleted);
    ann.join().unwrap();
    done.len()
}
// ANCHOR_END: first

// ANCHOR: parts
/// Two tasks of one pool each have a part of their work done by a task, and wait for it. How many
/// of the two fail?
pub fn failed_with(workers: usize) -> usize {
    let pool = Arc::new(ThreadPool::new(workers));
    let tasks = [(); 2].map(|()| {
        let own = pool.clone();
        let task = move || own.submit(|| 7).unwrap().into_result().unwrap();
        pool.submit(task).unwrap()
    });
    tasks.iter().filter(|task| task.result().is_err()).count()
}
// ANCHOR_END: parts

// ANCHOR: callback
/// What a callback has noted of the result of its future.
pub fn noted() -> u32 {
    let (promise, future) = Promise::new();
    let (future, noted) = (Arc::new(future), Arc::new(Event::new()));
    let (own, note) = (future.clone(), noted.clone());
    future.add_done_callback(move |_result| {
        if own.result().is_ok_and(|result| *result == 7) {
            note.set();
        }
    });
    let ann = thread::spawn("Ann", move || _ = promise.set_result(7));
    noted.wait();
    ann.join().unwrap();
    *future.result().unwrap()
}
// ANCHOR_END: callback

// ANCHOR: argument
/// The same, and the callback believes its argument.
pub fn noted_from_the_argument() -> u32 {
    let (promise, future) = Promise::new();
    let noted = Arc::new(Event::new());
    let note = noted.clone();
    future.add_done_callback(move |result| {
        if result.is_ok_and(|result| *result == 7) {
            note.set();
        }
    });
    let ann = thread::spawn("Ann", move || _ = promise.set_result(7));
    noted.wait();
    ann.join().unwrap();
    *future.result().unwrap()
}
// ANCHOR_END: argument

// ANCHOR: cancelled
/// The only worker waits for a bell. A task behind it holds a letter, and is cancelled. How many
/// have the letter after the cancel, and how many when the worker has gone on?
pub fn holders() -> [usize; 2] {
    let (pool, bell, letter) = (ThreadPool::new(1), Arc::new(Event::new()), Arc::new("a letter"));
    let (own_bell, own_letter) = (bell.clone(), letter.clone());
    let first = pool.submit(move || own_bell.wait()).unwrap();
    let second = pool.submit(move || drop(own_letter)).unwrap();
    assert!(second.cancel());
    let after_the_cancel = Arc::strong_count(&letter);
    bell.set();
    drop((first, pool));
    [after_the_cancel, Arc::strong_count(&letter)]
}
// ANCHOR_END: cancelled
