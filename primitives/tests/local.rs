//! Values of threads on the real machine: agreement with a plain model and with the peers, and the
//! limits that the model checker cannot reach.

use primitives::Local;
use primitives::local::{AccessError, IntoIter};
use proptest::prelude::*;
use std::cell::{Cell, RefCell};
use std::collections::HashMap;
use std::panic::{AssertUnwindSafe, catch_unwind, panic_any};
use std::sync::atomic::{AtomicUsize, Ordering::SeqCst};
use std::sync::mpsc::{self, Receiver, Sender};
use std::sync::{Arc, Barrier, Mutex, RwLock};
use std::thread::{self, JoinHandle};

/// A number, and a count of those that are there.
struct Counted {
    number: Cell<i32>,
    there: Arc<AtomicUsize>,
}

impl Counted {
    fn new(there: &Arc<AtomicUsize>) -> Self {
        there.fetch_add(1, SeqCst);
        Self { number: Cell::new(0), there: there.clone() }
    }
}

impl Drop for Counted {
    fn drop(&mut self) {
        self.there.fetch_sub(1, SeqCst);
    }
}

type Numbers = Local<Counted, Box<dyn Fn() -> Counted + Send + Sync>>;

fn numbers(there: &Arc<AtomicUsize>) -> Numbers {
    let there = there.clone();
    Local::new(Box::new(move || Counted::new(&there)))
}

/// Sets this thread's number, and returns what it was.
fn set(local: &Numbers, number: i32) -> i32 {
    local.with(|value| value.number.replace(number))
}

/// More than a thread's first table and its second have room for.
const OBJECTS: usize = 40;

/// What can happen to threads and objects.
#[derive(Clone, Copy, Debug)]
enum Action {
    Set {
        thread: usize,
        object: usize,
        number: i32,
    },
    EndThread {
        thread: usize,
    },
    ReplaceObject {
        object: usize,
    },
    /// Adds to all values of an object.
    Add {
        object: usize,
        number: i32,
    },
    /// The object is consumed, and its values are summed up.
    Sum {
        object: usize,
    },
}

fn actions(threads: usize) -> impl Strategy<Value = Vec<Action>> {
    let (thread, object, number) = (0..threads, 0..OBJECTS, -9..9);
    let action = prop_oneof![
        20 => (thread.clone(), object.clone(), number.clone())
            .prop_map(|(thread, object, number)| Action::Set { thread, object, number }),
        1 => thread.prop_map(|thread| Action::EndThread { thread }),
        3 => object.clone().prop_map(|object| Action::ReplaceObject { object }),
        1 => (object.clone(), number).prop_map(|(object, number)| Action::Add { object, number }),
        1 => object.prop_map(|object| Action::Sum { object }),
    ];
    prop::collection::vec(action, 0..120)
}

/// A thread that does what it is told, one thing after another.
struct Worker {
    orders: Sender<(usize, i32)>,
    answers: Receiver<i32>,
    thread: JoinHandle<()>,
}

impl Worker {
    fn start(objects: &Arc<RwLock<Vec<Numbers>>>) -> Self {
        let (orders, received) = mpsc::channel();
        let (sent, answers) = mpsc::channel();
        let objects = objects.clone();
        let thread = thread::spawn(move || {
            for (object, number) in received {
                sent.send(set(&objects.read().unwrap()[object], number)).unwrap();
            }
        });
        Self { orders, answers, thread }
    }

    fn set(&self, object: usize, number: i32) -> i32 {
        self.orders.send((object, number)).unwrap();
        self.answers.recv().unwrap()
    }

    fn end(self) {
        drop(self.orders);
        self.thread.join().unwrap();
    }
}

/// Does `actions` with objects and threads, and compares with a map from thread and object to
/// number.
fn agrees_with_a_map(threads: usize, actions: Vec<Action>) -> Result<(), TestCaseError> {
    let there = Arc::new(AtomicUsize::new(0));
    let objects: Vec<_> = (0..OBJECTS).map(|_| numbers(&there)).collect();
    let objects = Arc::new(RwLock::new(objects));
    let mut workers: Vec<_> = (0..threads).map(|_| Worker::start(&objects)).collect();
    let mut map: HashMap<(usize, usize), i32> = HashMap::new();
    for action in actions {
        match action {
            Action::Set { thread, object, number } => {
                let before = map.insert((thread, object), number).unwrap_or(0);
                prop_assert_eq!(workers[thread].set(object, number), before);
            }
            Action::EndThread { thread } => {
                std::mem::replace(&mut workers[thread], Worker::start(&objects)).end();
                map.retain(|&(of, _), _| of != thread);
            }
            Action::ReplaceObject { object } => {
                objects.write().unwrap()[object] = numbers(&there);
                map.retain(|&(_, of), _| of != object);
            }
            Action::Add { object, number } => {
                let mut objects = objects.write().unwrap();
                let mut values = objects[object].values();
                values.iter_mut().for_each(|value| *value.number.get_mut() += number);
                map.iter_mut().filter(|((_, of), _)| *of == object).for_each(|(_, n)| *n += number);
            }
            Action::Sum { object } => {
                let new = numbers(&there);
                let old = std::mem::replace(&mut objects.write().unwrap()[object], new);
                let sum: i32 = old.into_iter().map(|value| value.number.get()).sum();
                let expected = map.extract_if(|&(_, of), _| of == object).map(|(_, n)| n).sum();
                prop_assert_eq!(sum, expected);
            }
        }
        prop_assert_eq!(there.load(SeqCst), map.len());
    }
    for (object, local) in objects.write().unwrap().iter_mut().enumerate() {
        let mut seen: Vec<i32> = local.values().iter().map(|value| value.number.get()).collect();
        let of_object = map.iter().filter(|((_, of), _)| *of == object);
        let mut expected: Vec<i32> = of_object.map(|(_, &number)| number).collect();
        seen.sort_unstable();
        expected.sort_unstable();
        prop_assert_eq!(seen, expected);
    }
    workers.into_iter().for_each(Worker::end);
    prop_assert_eq!(there.load(SeqCst), 0);
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn any_sequence_on_one_thread_agrees_with_a_map(actions in actions(1)) {
        agrees_with_a_map(1, actions)?;
    }

    #[test]
    fn any_sequence_on_several_threads_agrees_with_a_map(actions in actions(3)) {
        agrees_with_a_map(3, actions)?;
    }
}

/// Four threads count to a thousand, each for itself, and say how far they got.
fn count_to_a_thousand(add_one: impl Fn() -> u32 + Sync) -> Vec<u32> {
    // None ends before all have counted: the crate would give its value to a thread that begins
    // later.
    let counted = Barrier::new(4);
    let count = || {
        let last = (0..1_000).map(|_| add_one()).last().unwrap();
        counted.wait();
        last
    };
    thread::scope(|scope| {
        let threads: Vec<_> = (0..4).map(|_| scope.spawn(count)).collect();
        threads.into_iter().map(|thread| thread.join().unwrap()).collect()
    })
}

#[test]
fn the_same_program_over_std_and_the_crate_thread_local_comes_out_the_same() {
    fn add_one(value: &Cell<u32>) -> u32 {
        value.set(value.get() + 1);
        value.get()
    }
    std::thread_local!(static STD: Cell<u32> = const { Cell::new(0) });
    let ours: Local<Cell<u32>> = Local::default();
    let of_crate: thread_local::ThreadLocal<Cell<u32>> = thread_local::ThreadLocal::new();
    let counts = count_to_a_thousand(|| ours.with(add_one));
    assert_eq!(counts, [1_000; 4]);
    assert_eq!(counts, count_to_a_thousand(|| STD.with(add_one)));
    assert_eq!(counts, count_to_a_thousand(|| add_one(of_crate.get_or_default())));
}

#[test]
fn threads_that_end_while_objects_go_drop_each_value_once() {
    let there = Arc::new(AtomicUsize::new(0));
    for _ in 0..300 {
        let local = Arc::new(numbers(&there));
        let start = Arc::new(Barrier::new(4));
        let threads = [(); 3].map(|()| {
            let (local, start) = (local.clone(), start.clone());
            thread::spawn(move || {
                set(&local, 1);
                drop(local);
                start.wait();
            })
        });
        set(&local, 1);
        start.wait();
        drop(local);
        threads.into_iter().for_each(|thread| thread.join().unwrap());
        assert_eq!(there.load(SeqCst), 0);
    }
}

#[test]
fn a_thread_never_sees_the_value_of_one_that_has_ended() {
    let there = Arc::new(AtomicUsize::new(0));
    let local = Arc::new(numbers(&there));
    // Many threads, so that one gets the stack and the storage of the one before.
    for _ in 0..50 {
        let local = local.clone();
        assert_eq!(thread::spawn(move || set(&local, 1)).join().unwrap(), 0);
        assert_eq!(there.load(SeqCst), 0);
    }
}

#[test]
fn a_forgotten_object_leaves_its_values_to_the_threads() {
    let there = Arc::new(AtomicUsize::new(0));
    let local = numbers(&there);
    let forget = move || {
        set(&local, 1);
        std::mem::forget(local);
    };
    thread::spawn(forget).join().unwrap();
    assert_eq!(there.load(SeqCst), 0);
}

#[test]
fn objects_without_end_on_one_thread_leave_nothing_behind() {
    let there = Arc::new(AtomicUsize::new(0));
    let kept = numbers(&there);
    set(&kept, 7);
    for round in 0..10_000 {
        let local = numbers(&there);
        assert_eq!(set(&local, 1), 0, "in round {round}");
        assert_eq!(there.load(SeqCst), 2);
    }
    assert_eq!(set(&kept, 7), 7);
}

#[test]
fn a_value_stays_where_it_is_while_its_thread_uses_others() {
    let there = Arc::new(AtomicUsize::new(0));
    let outer = numbers(&there);
    outer.with(|value| {
        value.number.set(7);
        // The same object again, and enough others for the thread's table to be made anew.
        outer.with(|again| assert!(std::ptr::eq(value, again)));
        let others: Vec<_> = (0..100).map(|_| numbers(&there)).collect();
        others.iter().for_each(|local| assert_eq!(set(local, 1), 0));
        assert!(others.iter().all(|local| set(local, 2) == 1));
        outer.with(|again| assert!(std::ptr::eq(value, again)));
        assert_eq!(value.number.get(), 7);
    });
}

#[test]
fn setting_and_taking_inside_with_changes_a_cell_and_is_refused_by_a_ref_cell() {
    let cell: Local<Cell<i32>> = Local::default();
    cell.with(|value| {
        cell.set(1);
        assert_eq!((value.get(), cell.take(), value.get()), (1, 1, 0));
    });
    let text: Local<RefCell<String>> = Local::default();
    text.set("before".to_owned());
    text.with_borrow(|borrowed| {
        let refused = |change: &dyn Fn()| catch_unwind(AssertUnwindSafe(change)).unwrap_err();
        refused(&|| text.set("after".to_owned()));
        refused(&|| drop(text.take()));
        refused(&|| text.with_borrow_mut(String::clear));
        assert_eq!(text.with_borrow(String::clone), *borrowed);
    });
    assert_eq!((text.take(), text.take()), ("before".to_owned(), String::new()));
}

#[test]
fn set_does_not_call_the_function_and_take_does() {
    let calls = Cell::new(0);
    let local = Local::new(|| {
        calls.set(calls.get() + 1);
        Cell::new(5)
    });
    local.set(1);
    assert_eq!((local.get(), calls.get()), (1, 0));
    let names = Local::new(|| RefCell::new("made".to_owned()));
    assert_eq!((names.take(), names.take()), ("made".to_owned(), String::new()));
}

#[test]
fn a_panic_in_the_making_of_a_value_is_passed_on_and_the_next_use_makes_it() {
    let calls = AtomicUsize::new(0);
    let local = Local::new(|| {
        assert!(calls.fetch_add(1, SeqCst) > 0, "the first time");
        Cell::new(7)
    });
    let panic = catch_unwind(AssertUnwindSafe(|| local.get())).unwrap_err();
    assert_eq!(*panic.downcast_ref::<&str>().unwrap(), "the first time");
    assert_eq!(format!("{local:?}"), "Local { value: <none> }");
    assert_eq!((local.get(), calls.load(SeqCst)), (7, 2));
}

#[test]
fn a_panic_inside_with_leaves_the_value_as_it_is() {
    let local: Local<Cell<i32>> = Local::default();
    let panicked = catch_unwind(AssertUnwindSafe(|| {
        local.with(|value| {
            value.set(1);
            panic!("inside");
        })
    }));
    assert!(panicked.is_err());
    assert_eq!(local.get(), 1);
}

#[test]
fn the_value_that_the_function_itself_made_stays() {
    static DEPTH: Local<Cell<u32>> = Local::new(|| Cell::new(0));
    static NUMBERS: Local<u32> = Local::new(|| {
        let depth = DEPTH.get();
        DEPTH.set(depth + 1);
        if depth < 3 {
            NUMBERS.with(|inner| assert_eq!(*inner, 3))
        };
        depth
    });
    NUMBERS.with(|number| assert_eq!(*number, 3));
    assert_eq!(DEPTH.get(), 4);
}

struct Panics;

impl Drop for Panics {
    fn drop(&mut self) {
        panic!("in a destructor");
    }
}

#[test]
fn panics_in_destructors_keep_no_other_value_from_being_dropped() {
    let there = Arc::new(AtomicUsize::new(0));
    let locals =
        Arc::new((numbers(&there), Local::new(|| Panics), Local::new(|| Panics), numbers(&there)));
    let use_all = {
        let locals = locals.clone();
        move || {
            set(&locals.0, 1);
            locals.1.with(|_| ());
            locals.2.with(|_| ());
            set(&locals.3, 1);
        }
    };
    thread::spawn(use_all).join().unwrap();
    assert_eq!(there.load(SeqCst), 0);
    assert!(catch_unwind(AssertUnwindSafe(|| drop(locals))).is_ok(), "none of these is left");
}

/// Panics when it is dropped if its number is 1.
struct Perhaps(Counted);

impl Drop for Perhaps {
    fn drop(&mut self) {
        assert!(self.0.number.get() != 1, "in a destructor");
    }
}

#[test]
fn an_object_that_goes_drops_all_values_though_two_of_them_panic() {
    type Object = Local<Perhaps, Box<dyn Fn() -> Perhaps + Send + Sync>>;
    let ways: [fn(Object); 4] = [
        |object| drop(object),
        |object| drop(object.into_iter()),
        |object| {
            let mut rest = object.into_iter();
            std::mem::forget(rest.next());
        },
        |object| {
            let _object = object;
            panic!("and meanwhile the object goes");
        },
    ];
    for (way, forgotten) in ways.into_iter().zip([0, 0, 1, 0]) {
        let there = Arc::new(AtomicUsize::new(0));
        let count = there.clone();
        let object: Object = Local::new(Box::new(move || Perhaps(Counted::new(&count))));
        let object = Arc::new(object);
        let (made, done) = (Arc::new(Barrier::new(6)), Arc::new(Barrier::new(6)));
        let threads = [0, 1, 0, 1, 0].map(|number| {
            let (object, made, done) = (object.clone(), made.clone(), done.clone());
            thread::spawn(move || {
                object.with(|value| value.0.number.set(number));
                drop(object);
                made.wait();
                done.wait();
            })
        });
        made.wait();
        let object = Arc::into_inner(object).unwrap();
        assert!(catch_unwind(AssertUnwindSafe(|| way(object))).is_err());
        assert_eq!(there.load(SeqCst), forgotten);
        done.wait();
        threads.into_iter().for_each(|thread| thread.join().unwrap());
    }
}

#[test]
fn a_panic_at_a_threads_end_whose_payload_panics_too_goes_no_further() {
    struct Throws;
    impl Drop for Throws {
        fn drop(&mut self) {
            panic_any(Panics);
        }
    }
    let there = Arc::new(AtomicUsize::new(0));
    let locals = Arc::new((Local::new(|| Throws), numbers(&there)));
    let use_both = {
        let locals = locals.clone();
        move || {
            locals.0.with(|_| ());
            set(&locals.1, 1);
        }
    };
    thread::spawn(use_both).join().unwrap();
    assert_eq!(there.load(SeqCst), 0);
    drop(locals);
}

/// What a value finds at its thread's end: its own object by `try_with`, another by `with`.
type Found = Arc<Mutex<Vec<(Result<u32, AccessError>, Option<String>)>>>;

#[test]
fn at_the_threads_end_all_its_values_are_out_of_reach_and_try_with_says_so() {
    struct Asks(Found);
    static OWN: Local<RefCell<Option<Asks>>> = Local::new(|| RefCell::new(None));
    static OTHER: Local<Cell<u32>> = Local::new(|| Cell::new(5));
    impl Drop for Asks {
        fn drop(&mut self) {
            let own = OWN.try_with(|_| 0);
            let panic = catch_unwind(|| OTHER.get()).err();
            let message = panic.map(|panic| panic.downcast_ref::<String>().unwrap().clone());
            self.0.lock().unwrap().push((own, message));
        }
    }
    // The storage of the standard library may go before ours or after it.
    std::thread_local!(static STD: RefCell<Option<Asks>> = const { RefCell::new(None) });
    let found: Found = Arc::default();
    let own = found.clone();
    let use_them = move || {
        assert_eq!(OTHER.get(), 5);
        OWN.set(Some(Asks(own)));
    };
    thread::spawn(use_them).join().unwrap();
    let text = "the thread is ending and has dropped its values".to_owned();
    assert_eq!(*found.lock().unwrap(), [(Err(AccessError), Some(text))]);
    assert_eq!(AccessError.to_string(), found.lock().unwrap()[0].1.clone().unwrap());

    found.lock().unwrap().clear();
    let (before, after) = (found.clone(), found.clone());
    let either_order = [
        thread::spawn(move || {
            STD.set(Some(Asks(before)));
            OTHER.get();
        }),
        thread::spawn(move || {
            OTHER.get();
            STD.set(Some(Asks(after)));
        }),
    ];
    either_order.into_iter().for_each(|thread| thread.join().unwrap());
    // One of them may still have had values, or have made new ones, which were dropped too.
    assert_eq!(found.lock().unwrap().len(), 2);
    assert!(found.lock().unwrap().iter().all(|(own, message)| own.is_ok() == message.is_none()));
}

#[test]
fn a_threads_values_are_dropped_in_the_order_in_which_they_were_made() {
    struct Notes(usize, Arc<Mutex<Vec<usize>>>);
    impl Drop for Notes {
        fn drop(&mut self) {
            self.1.lock().unwrap().push(self.0);
        }
    }
    let order: Arc<Mutex<Vec<usize>>> = Arc::default();
    let local = |number| {
        let order = order.clone();
        Local::new(move || Notes(number, order.clone()))
    };
    let locals: Arc<Vec<_>> = Arc::new((0..30).map(local).collect());
    let users = locals.clone();
    let use_all = move || users.iter().rev().for_each(|local| local.with(|_| ()));
    thread::spawn(use_all).join().unwrap();
    assert_eq!(*order.lock().unwrap(), (0..30).rev().collect::<Vec<_>>());
}

#[test]
fn a_thread_that_ends_waits_for_the_owner_to_be_done_with_its_value() {
    let there = Arc::new(AtomicUsize::new(0));
    let local = Arc::new(numbers(&there));
    let (used, end) = (Arc::new(Barrier::new(2)), Arc::new(Barrier::new(2)));
    let thread = {
        let (local, used, end) = (local.clone(), used.clone(), end.clone());
        thread::spawn(move || {
            set(&local, 7);
            drop(local);
            used.wait();
            end.wait();
        })
    };
    used.wait();
    let mut local = Arc::into_inner(local).unwrap();
    let values = local.values();
    end.wait();
    for _ in 0..1_000 {
        assert_eq!(values.iter().map(|value| value.number.get()).sum::<i32>(), 7);
        thread::yield_now();
    }
    assert_eq!(there.load(SeqCst), 1);
    drop(values);
    thread.join().unwrap();
    assert_eq!(there.load(SeqCst), 0);
    assert!(local.values().is_empty());
}

#[test]
fn a_table_made_anew_while_the_owner_looks_keeps_the_value() {
    let there = Arc::new(AtomicUsize::new(0));
    let mut local = Arc::new(numbers(&there));
    let (to_thread, received) = mpsc::channel::<Arc<Numbers>>();
    let used = Arc::new(Barrier::new(2));
    to_thread.send(local.clone()).unwrap();
    let thread = {
        let (there, used) = (there.clone(), used.clone());
        thread::spawn(move || {
            set(&received.recv().unwrap(), 7);
            used.wait();
            used.wait();
            let others: Vec<_> = (0..100).map(|_| numbers(&there)).collect();
            others.iter().for_each(|local| assert_eq!(set(local, 1), 0));
            used.wait();
            set(&received.recv().unwrap(), 8)
        })
    };
    used.wait();
    let values = Arc::get_mut(&mut local).expect("the thread has let go").values();
    used.wait();
    used.wait();
    drop(values);
    to_thread.send(local).unwrap();
    assert_eq!(thread.join().unwrap(), 7);
}

#[test]
fn an_object_is_two_words_shows_its_value_and_can_be_a_static() {
    static NUMBERS: Local<Cell<i32>> = Local::new(|| Cell::new(7));
    assert_eq!(size_of::<Local<Cell<i32>>>(), 2 * size_of::<usize>());
    assert_eq!(format!("{NUMBERS:?}"), "Local { value: <none> }");
    NUMBERS.set(NUMBERS.get() + 1);
    assert_eq!(format!("{NUMBERS:?}"), "Local { value: Cell { value: 8 } }");
    let mut local: Local<Cell<i32>> = Local::default();
    assert!(local.values().is_empty());
    assert_eq!(local.get(), 0);
    assert_eq!(local.values().len(), 1);
    assert_eq!(local.values().iter().len(), 1);
    assert_eq!(format!("{:?}", local.values()), "[Cell { value: 0 }]");
    let values = local.into_iter();
    assert_eq!((format!("{values:?}"), values.len()), ("IntoIter { len: 1 }".to_owned(), 1));
    assert_eq!(Local::<Cell<i32>>::default().into_iter().count(), 0);
}

#[test]
fn an_object_can_be_shared_though_its_values_cannot() {
    fn shared<T: Send + Sync>() {}
    fn sent<T: Send>() {}
    shared::<Local<Cell<i32>>>();
    shared::<Local<RefCell<String>, fn() -> RefCell<String>>>();
    sent::<IntoIter<Cell<i32>>>();
}

#[test]
fn a_cleared_object_drops_all_values_and_threads_begin_anew() {
    let there = Arc::new(AtomicUsize::new(0));
    let mut local = numbers(&there);
    assert!(local.peek(|_| ()).is_none());
    local.clear();
    let (set_all, done) = (Barrier::new(3), Barrier::new(3));
    for round in 1..4 {
        thread::scope(|scope| {
            for _ in 0..2 {
                scope.spawn(|| {
                    assert_eq!(set(&local, round), 0);
                    set_all.wait();
                    done.wait();
                });
            }
            set_all.wait();
            assert_eq!(there.load(SeqCst), 2);
            assert!(local.peek(|_| ()).is_none(), "the main thread has none");
            done.wait();
        });
        assert_eq!(set(&local, round), 0);
        assert_eq!(local.peek(|value| value.number.get()), Some(round));
        local.clear();
        // A thread of the scope may still be about to drop its value.
        while there.load(SeqCst) > 0 {
            thread::yield_now();
        }
        assert!(local.peek(|_| ()).is_none());
    }
}

#[test]
fn threads_that_are_all_inside_the_function_at_once_have_a_value_each() {
    let inside = Barrier::new(10);
    let local = Local::new(|| {
        inside.wait();
        Cell::new(0)
    });
    thread::scope(|scope| {
        for number in 1..=10 {
            let (local, inside) = (&local, &inside);
            scope.spawn(move || {
                let before = local.with(|value| value.replace(number));
                // None ends before all have set theirs.
                inside.wait();
                assert_eq!((before, local.get()), (0, number));
            });
        }
    });
}
