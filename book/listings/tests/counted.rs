//! What an operation costs, counted in the model: the same on every machine.

use listings::{every_order, page, table};
use loom_platform::{Move, step};
use primitives::{
    Arc, Barrier, Condition, Detector, Event, FairLock, Gil, Latch, Local, Lock, Once, Promise,
    Queue, RLock, RankedLock, RwLock, Scheduler, Semaphore, WatchedLock,
};
use std::cell::Cell;
use std::time::Duration;

/// What is counted is between the two steps.
fn counted<R>(operation: impl FnOnce() -> R) -> R {
    step("it begins");
    let result = operation();
    step("it has ended");
    result
}

/// Loads, stores, read-modify-writes, and calls of the system.
fn costs(program: fn()) -> [usize; 4] {
    let exploration = every_order(program);
    assert_eq!(exploration.failures().count(), 0);
    // The first is the quietest: no exchange has failed for no reason.
    let moves = &exploration.outcomes[0].trace.moves;
    let steps: Vec<usize> = (0..moves.len()).filter(|number| moves[*number].is_step).collect();
    let [begins, ended] = steps[..] else { panic!("the program counts once") };
    let operations = &moves[begins + 1..ended];
    let count = |is: &dyn Fn(&Move) -> bool| operations.iter().filter(|one| is(one)).count();
    let loads = count(&|one| one.text.starts_with("loads"));
    let stores = count(&|one| one.text.starts_with("stores"));
    let calls = count(&|one| one.is_system_call);
    [loads, stores, operations.len() - loads - stores - calls, calls]
}

#[test]
fn operations_that_need_not_wait_make_no_call_of_the_system() {
    let rows: &[(&str, fn())] = &[
        ("`Lock`: `lock`, and the guard goes", || {
            let lock = Lock::new(());
            counted(|| drop(lock.lock()));
        }),
        ("`RLock`: `lock`, and the guard goes", || {
            let lock = RLock::new(());
            counted(|| drop(lock.lock()));
        }),
        ("`RLock`: `lock` by its holder, and the guard goes", || {
            let lock = RLock::new(());
            let _held = lock.lock();
            counted(|| drop(lock.lock()));
        }),
        ("`FairLock`: `lock`, and the guard goes", || {
            let lock = FairLock::new();
            counted(|| drop(lock.lock()));
        }),
        ("`WatchedLock`: `lock`, and the guard goes", || {
            let detector = Detector::new();
            let lock = WatchedLock::new("lock", &detector, ());
            counted(|| drop(lock.lock()));
        }),
        ("`RankedLock`: `lock`, and the guard goes", || {
            let lock = RankedLock::new(1, "lock", ());
            counted(|| drop(lock.lock()));
        }),
        ("`RwLock`: `read`, and the guard goes", || {
            let lock = RwLock::new(());
            counted(|| drop(lock.read()));
        }),
        ("`RwLock`: `write`, and the guard goes", || {
            let lock = RwLock::new(());
            counted(|| drop(lock.write()));
        }),
        ("`Condition`: `notify_one`, nobody waits", || {
            let condition = Condition::new();
            counted(|| condition.notify_one());
        }),
        ("`Semaphore`: `acquire`, and the permit goes", || {
            let semaphore = Semaphore::new(1);
            counted(|| drop(semaphore.acquire()));
        }),
        ("`Event`: `set`, nobody waits", || {
            let event = Event::new();
            counted(|| event.set());
        }),
        ("`Event`: `wait`, when it is set", || {
            let event = Event::new();
            event.set();
            counted(|| event.wait());
        }),
        ("`Latch`: a `count_down` before the last", || {
            let latch = Latch::new(2);
            counted(|| latch.count_down());
        }),
        ("`Once`: `call_once`, when it is done", || {
            let once = Once::new();
            once.call_once(|| ());
            counted(|| once.call_once(|| ()));
        }),
        ("`Barrier`: `wait`, alone", || {
            let barrier = Barrier::new(1);
            counted(|| _ = barrier.wait());
        }),
        ("`Queue`: `put`", || {
            let queue = Queue::unbounded();
            counted(|| queue.put(1).unwrap());
        }),
        ("`Queue`: `get`, when there is an item", || {
            let queue = Queue::unbounded();
            queue.put(1).unwrap();
            counted(|| queue.get().unwrap());
        }),
        ("`Future`: made, set, taken", || {
            counted(|| {
                let (promise, future) = Promise::new();
                promise.set_result(1).unwrap();
                future.into_result().unwrap()
            });
        }),
        ("`Arc`: a clone, which goes", || {
            let arc = Arc::new(1);
            counted(|| drop(arc.clone()));
        }),
        ("`Local`: `with`, when the value is there", || {
            let local: Local<Cell<u32>> = Local::default();
            local.set(1);
            counted(|| local.get());
        }),
        ("`Local`: the first `with` of a thread", || {
            let local: Local<Cell<u32>> = Local::default();
            counted(|| local.get());
        }),
        ("`Gil`: `acquire`, and the guard goes", || {
            let gil = Gil::interval(Duration::from_millis(5));
            counted(|| drop(gil.acquire()));
        }),
        ("`Scheduler`: `enter_in`", || {
            let scheduler = Scheduler::new();
            counted(|| scheduler.enter_in(Duration::from_secs(1), 1, || ()));
        }),
    ];
    let rows = rows.iter().map(|&(name, program)| {
        let costs = costs(program);
        assert_eq!(costs[3], 0, "{name}");
        let [loads, stores, changes, _] = costs.map(|count| count.to_string());
        [name.to_owned(), loads, stores, changes]
    });
    let head = ["operation", "loads", "stores", "read-modify-writes"];
    page("operations.md", &table(head, rows));
}
