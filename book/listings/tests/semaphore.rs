//! What each step of the semaphore does, and what the step before lacks. The chapter on the
//! semaphore prints what is found here.

use listings::ch08_semaphore::s1_one_wake::OneWakeSemaphore;
use listings::ch08_semaphore::s2_barging::BargingSemaphore;
use listings::{every_order, few_preemptions, page, table, told_in_full};
use loom_platform::{
    Ending, Exploration, Explorer, Stands, UnsafeCell, explore, name, step, thread,
};
use primitives::{Permit, Semaphore};
use std::sync::Arc;

/// A semaphore, whichever of the book's it is.
trait AnySemaphore: Send + Sync + 'static {
    const NAME: &'static str;
    fn new(permits: u32) -> Self;
    fn acquire_one(&self);
    fn release(&self, count: u32);
}

/// One that can take many at once.
trait TakesMany: AnySemaphore {
    fn acquire_both(&self);
    fn try_acquire_one(&self) -> bool;
    fn somebody_waits(&self) -> bool;
}

impl AnySemaphore for OneWakeSemaphore {
    const NAME: &'static str = "one wake";
    fn new(permits: u32) -> Self {
        Self::new(permits)
    }
    fn acquire_one(&self) {
        self.acquire();
    }
    fn release(&self, count: u32) {
        self.release(count);
    }
}

impl AnySemaphore for BargingSemaphore {
    const NAME: &'static str = "barging";
    fn new(permits: u32) -> Self {
        Self::new(permits)
    }
    fn acquire_one(&self) {
        self.acquire(1);
    }
    fn release(&self, count: u32) {
        self.release(count);
    }
}

impl TakesMany for BargingSemaphore {
    fn acquire_both(&self) {
        self.acquire(2);
    }
    fn try_acquire_one(&self) -> bool {
        self.try_acquire(1)
    }
    fn somebody_waits(&self) -> bool {
        self.somebody_waits()
    }
}

impl AnySemaphore for Semaphore {
    const NAME: &'static str = "`Semaphore`";
    fn new(permits: u32) -> Self {
        Self::new(permits)
    }
    fn acquire_one(&self) {
        self.acquire().forget();
    }
    fn release(&self, count: u32) {
        self.release(count).expect("far from the limit");
    }
}

impl TakesMany for Semaphore {
    fn acquire_both(&self) {
        self.acquire_many(2).forget();
    }
    fn try_acquire_one(&self) -> bool {
        self.try_acquire().map(Permit::forget).is_some()
    }
    fn somebody_waits(&self) -> bool {
        !format!("{self:?}").contains("wanted: 0")
    }
}

/// A number that who has the only permit may change.
struct Guarded<S> {
    semaphore: S,
    number: UnsafeCell<i32>,
}

// SAFETY: the number is used only by who has the only permit. That is the claim under check.
unsafe impl<S: Sync> Sync for Guarded<S> {}

/// Ann and Ben share one permit. Each takes it, adds one and gives it back.
fn one_at_a_time<S: AnySemaphore>() {
    let guarded = Arc::new(Guarded { semaphore: S::new(1), number: UnsafeCell::new(0) });
    let threads = ["Ann", "Ben"].map(|name| {
        let guarded = guarded.clone();
        thread::spawn(name, move || {
            guarded.semaphore.acquire_one();
            // SAFETY: this thread has the only permit.
            guarded.number.with_mut(|number| unsafe { *number += 1 });
            guarded.semaphore.release(1);
        })
    });
    threads.into_iter().for_each(|thread| thread.join().unwrap());
    assert_eq!(Arc::into_inner(guarded).unwrap().number.into_inner(), 2);
}

/// Ann and Ben want a permit each. There is none until two come.
fn two_wait<S: AnySemaphore>(release: fn(&S)) {
    let semaphore = Arc::new(S::new(0));
    name(&*semaphore, "the semaphore");
    let waiters = ["Ann", "Ben"].map(|name| {
        let semaphore = semaphore.clone();
        thread::spawn(name, move || semaphore.acquire_one())
    });
    release(&semaphore);
    waiters.into_iter().for_each(|waiter| waiter.join().unwrap());
}

fn two_at_once<S: AnySemaphore>() {
    two_wait::<S>(|semaphore| semaphore.release(2));
}

fn one_and_one<S: AnySemaphore>() {
    two_wait::<S>(|semaphore| (0..2).for_each(|_| semaphore.release(1)));
}

/// There are two permits. Ann wants both at once. Ben takes one, and so many times gives it back
/// and takes it again, if it is free. Returns how often he did that although he had seen Ann wait.
fn overtaken<S: TakesMany>(times: u32) -> u32 {
    let semaphore = Arc::new(S::new(2));
    name(&*semaphore, "the semaphore");
    let ann = {
        let semaphore = semaphore.clone();
        thread::spawn("Ann", move || semaphore.acquire_both())
    };
    let ben = thread::spawn("Ben", move || {
        let mut overtaken = 0;
        if !semaphore.try_acquire_one() {
            return overtaken;
        }
        for _ in 0..times {
            let ann_waits = semaphore.somebody_waits();
            semaphore.release(1);
            // Ann keeps what she gets: if there is one for Ben, she has none.
            if !semaphore.try_acquire_one() {
                return overtaken;
            }
            overtaken += u32::from(ann_waits);
        }
        semaphore.release(1);
        overtaken
    });
    ann.join().unwrap();
    ben.join().unwrap()
}

/// Ann, Ben and Cat want a permit each. There is none until Dan releases three.
fn three_wait() {
    let semaphore = Arc::new(Semaphore::new(0));
    name(&*semaphore, "the semaphore");
    let waiters = ["Ann", "Ben", "Cat"].map(|name| {
        let semaphore = semaphore.clone();
        thread::spawn(name, move || {
            step("asks for a permit");
            semaphore.acquire_one();
            step("has a permit");
        })
    });
    let dan = thread::spawn("Dan", move || {
        semaphore.release(3).expect("far from the limit");
        step("releases three");
    });
    waiters.into_iter().chain([dan]).for_each(|thread| thread.join().unwrap());
}

fn stuck(exploration: &Exploration<()>) -> u64 {
    let stuck = exploration.failures().map(|found| {
        let Ending::Stuck(waiting) = &found.ending else { panic!("{found}") };
        assert!(waiting.iter().any(|one| one.waits_for == "the semaphore"), "{found}");
        found.executions
    });
    stuck.sum()
}

#[test]
fn with_one_permit_each_step_lets_one_in_at_a_time() {
    fn row<S: AnySemaphore>() -> [String; 3] {
        let exploration = explore(one_at_a_time::<S>);
        assert!(exploration.exhaustive, "{exploration}");
        assert_eq!(exploration.failures().count(), 0, "{}", S::NAME);
        [S::NAME.to_owned(), exploration.to_string(), "none".to_owned()]
    }
    let rows = [row::<OneWakeSemaphore>(), row::<BargingSemaphore>(), row::<Semaphore>()];
    page("semaphore-excludes.md", &table(["semaphore", "search", "failures"], rows));
}

#[test]
fn one_wake_forgets_a_waiter_and_the_next_steps_forget_none_bounded() {
    fn rows<S: AnySemaphore>() -> [[String; 4]; 2] {
        let programs =
            [("two at once", two_at_once::<S> as fn()), ("one and one", one_and_one::<S>)];
        programs.map(|(come, program)| {
            let exploration = few_preemptions(2, program);
            let stuck = stuck(&exploration).to_string();
            [S::NAME.to_owned(), come.to_owned(), exploration.to_string(), stuck]
        })
    }
    let [one_wake, barging, ours] =
        [rows::<OneWakeSemaphore>(), rows::<BargingSemaphore>(), rows::<Semaphore>()];
    assert!(one_wake.iter().all(|row| row[3] != "0"), "{one_wake:?}");
    assert!(barging.iter().chain(&ours).all(|row| row[3] == "0"), "{barging:?} {ours:?}");
    let head = ["semaphore", "how two permits come", "search", "executions that get stuck"];
    page("semaphore-forgets.md", &table(head, [one_wake, barging, ours].concat()));

    let exploration = few_preemptions(2, one_and_one::<OneWakeSemaphore>);
    let first = exploration.failures().next().expect("a waiter that sleeps for ever");
    page("one-wake-semaphore-stuck.txt", &told_in_full(first));
}

#[test]
fn barging_overtakes_a_big_request_as_often_as_it_likes_and_ours_only_so_often() {
    fn most<S: TakesMany>(times: u32) -> (u32, String) {
        let exploration = every_order(move || overtaken::<S>(times));
        assert_eq!(exploration.failures().count(), 0, "{}", S::NAME);
        let most = exploration.returned().map(|(overtaken, _)| *overtaken).max();
        (most.expect("it ends"), exploration.to_string())
    }
    let rows = [1, 2, 3].map(|times| {
        let (barging, ours) = (most::<BargingSemaphore>(times), most::<Semaphore>(times));
        assert_eq!((barging.0, ours.0), (times, 1));
        let cells = [(times, String::new()), barging, ours]
            .map(|(most, search)| (most.to_string(), search));
        let [(times, _), (barging, barging_search), (ours, our_search)] = cells;
        [times, barging, barging_search, ours, our_search]
    });
    let head = [
        "Ben comes again",
        "barging: Ann overtaken",
        "search",
        "`Semaphore`: Ann overtaken",
        "search",
    ];
    page("semaphore-overtaken.md", &table(head, rows));

    let exploration = every_order(|| overtaken::<BargingSemaphore>(1));
    let is_once = |ending: &Ending<u32>| *ending == Ending::Returned(1);
    let once = exploration.outcomes.iter().find(|found| is_once(&found.ending)).expect("once");
    page("barging-semaphore-overtaken.txt", &told_in_full(once));
}

#[test]
fn a_release_of_three_wakes_the_first_and_each_that_takes_its_permit_wakes_the_next() {
    let game = Explorer::new().play(10_000, three_wait).expect("it is small");
    let number = |name: &str| game.threads.iter().position(|one| one == name).expect("a thread");
    let waiters = ["Ann", "Ben", "Cat"];
    let mut place = &game.places[0];
    let mut rows = Vec::new();
    // All three ask and wait. Then Dan releases, and from there on only one of them can go on.
    let asks = waiters.iter().flat_map(|&name| [name, name]);
    for name in asks.chain(["Dan"]).chain(waiters) {
        let turn = place.turns.iter().find(|turn| turn.thread == number(name)).expect("a turn");
        place = &game.places[turn.to];
        let stands = waiters.map(|name| match &place.threads[number(name)] {
            Stands::Ready => "is awake",
            Stands::Ended => "has ended",
            Stands::Waits(_) | Stands::WaitsForATime(_) => "waits",
        });
        let told = turn.told.as_ref().map_or("waits", |(told, _)| told);
        let [ann, ben, cat] = stands.map(str::to_owned);
        rows.push([format!("{name} {told}"), ann, ben, cat]);
    }
    let head = ["turn", "Ann", "Ben", "Cat"];
    page("semaphore-three.md", &table(head, rows));
}
