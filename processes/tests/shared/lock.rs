//! The lock in shared memory.

use super::children::{Child, Random, sleep_for_ever, wait_until};
use processes::{SharedLock, SharedMemory, shareable};
use std::mem::forget;
use std::sync::atomic::{AtomicU32, Ordering::Relaxed};
use std::thread;
use std::time::{Duration, Instant};

shareable! {
    /// Two numbers that are the same whenever nobody is changing them.
    struct Halves {
        halves: SharedLock<[u64; 2]>,
        /// How far a child has come.
        steps: AtomicU32,
    }
}

fn halves() -> SharedMemory<Halves> {
    let halves = Halves { halves: SharedLock::new([0, 0]), steps: AtomicU32::new(0) };
    SharedMemory::new(halves).unwrap()
}

impl Halves {
    fn add(&self) {
        let mut halves = self.halves.lock().expect("nobody died");
        halves[0] += 1;
        halves[1] += 1;
    }

    /// A child that sleeps with the lock in its hands, and one half changed.
    fn holder(&self) -> Child {
        let before = self.steps.load(Relaxed);
        let child = Child::start(|| {
            let mut halves = self.halves.lock().expect("nobody died");
            halves[0] += 1;
            self.steps.fetch_add(1, Relaxed);
            sleep_for_ever();
        });
        wait_until(&self.steps, before + 1);
        child
    }

    /// Takes the lock and demands that just this one died with it, or that nobody did.
    fn look(&self, died: Option<u32>) -> bool {
        let guard = match self.halves.lock() {
            Ok(guard) => guard,
            Err(told) => {
                assert_eq!(Some(told.process()), died);
                let guard = told.repair(|halves| halves[1] = halves[0]);
                assert_eq!(guard[0], guard[1]);
                return true;
            }
        };
        assert_eq!(guard[0], guard[1], "whoever leaves them different is told of");
        false
    }
}

#[test]
fn processes_that_count_under_the_lock_lose_nothing() {
    let memory = halves();
    let children: Vec<Child> =
        (0..3).map(|_| Child::start(|| (0..20_000).for_each(|_| memory.add()))).collect();
    (0..20_000).for_each(|_| memory.add());
    children.into_iter().for_each(Child::join);
    assert_eq!(*memory.halves.lock().unwrap(), [80_000, 80_000]);
}

#[test]
fn the_next_holder_is_told_which_process_died_until_one_repairs() {
    let memory = halves();
    let child = memory.holder();
    let number = child.number();
    assert!(memory.halves.try_lock().is_none());
    child.kill();
    for _ in 0..2 {
        let died = memory.halves.lock().unwrap_err();
        assert_eq!(died.process(), number);
        assert!(died.to_string().contains(&number.to_string()));
    }
    assert!(memory.look(Some(number)));
    assert!(!memory.look(None));
}

#[test]
fn a_repair_that_panics_repairs_nothing() {
    let memory = halves();
    memory.holder().kill();
    thread::scope(|scope| {
        let repair = || drop(memory.halves.lock().unwrap_err().repair(|_| panic!("halfway")));
        assert!(scope.spawn(repair).join().is_err());
    });
    assert!(memory.halves.lock().is_err());
}

#[test]
fn all_that_sleep_for_a_lock_go_on_when_its_holder_is_killed() {
    let memory = halves();
    let child = memory.holder();
    let number = child.number();
    let told = AtomicU32::new(0);
    thread::scope(|scope| {
        for _ in 0..3 {
            scope.spawn(|| told.fetch_add(memory.look(Some(number)).into(), Relaxed));
        }
        thread::sleep(Duration::from_millis(10));
        child.kill();
    });
    assert_eq!(told.into_inner(), 1, "the first is told, and repairs");
}

#[test]
fn a_process_that_is_killed_without_the_lock_is_not_mentioned() {
    let memory = halves();
    let child = Child::start(|| {
        memory.add();
        memory.steps.store(1, Relaxed);
        sleep_for_ever();
    });
    wait_until(&memory.steps, 1);
    child.kill();
    assert!(!memory.look(None));
}

#[test]
fn a_process_that_is_killed_while_it_waits_is_not_mentioned_and_takes_no_wake_with_it() {
    let memory = halves();
    let guard = memory.halves.lock().unwrap();
    let waiters = [(); 3].map(|()| Child::start(|| memory.add()));
    let killed = Child::start(|| {
        memory.steps.store(1, Relaxed);
        memory.add();
    });
    wait_until(&memory.steps, 1);
    killed.kill();
    drop(guard);
    waiters.into_iter().for_each(Child::join);
    assert_eq!(*memory.halves.lock().unwrap(), [3, 3]);
}

#[test]
fn a_thread_that_ends_with_the_lock_is_told_of_as_its_process() {
    let memory = halves();
    thread::scope(|scope| {
        scope.spawn(|| forget(memory.halves.lock().unwrap()));
    });
    assert!(memory.look(Some(std::process::id())));
}

// ANCHOR: fork
#[test]
fn a_child_does_not_release_what_its_parent_holds() {
    let memory = halves();
    let guard = memory.halves.lock().unwrap();
    let mut copy = Some(guard);
    let child = Child::start(|| {
        drop(copy.take());
        assert!(memory.halves.try_lock().is_none());
    });
    child.join();
    assert!(memory.halves.is_locked());
    drop(copy);
    memory.add();
}
// ANCHOR_END: fork

#[test]
fn of_several_locks_that_a_process_holds_all_are_freed_in_whatever_order_it_took_them() {
    let memory = SharedMemory::new([const { SharedLock::new(0_u32) }; 4]).unwrap();
    let steps = SharedMemory::new(AtomicU32::new(0)).unwrap();
    let child = Child::start(|| {
        let mut guards: Vec<_> = memory.iter().map(|lock| lock.lock().unwrap()).collect();
        // From the middle, and the newest.
        drop(guards.remove(1));
        drop(guards.pop());
        steps.store(1, Relaxed);
        sleep_for_ever();
    });
    wait_until(&steps, 1);
    let number = child.number();
    assert!([0, 2].iter().all(|&held| memory[held].is_locked()));
    child.kill();
    for (place, lock) in memory.iter().enumerate() {
        match lock.lock() {
            Ok(_) => assert!([1, 3].contains(&place)),
            Err(died) => assert_eq!((died.process(), place % 2), (number, 0)),
        }
    }
}

#[test]
fn a_guard_that_was_forgotten_harms_no_other_lock_when_its_memory_is_dropped() {
    let outer = halves();
    let guard = outer.halves.lock().unwrap();
    let inner = halves();
    forget(inner.halves.lock().unwrap());
    drop(inner);
    // The list of held locks leads from the forgotten one to this.
    drop(guard);
    outer.add();
}

#[test]
fn all_four_forms_give_the_lock_or_wait_as_long_as_they_are_told() {
    let memory = halves();
    let lock = &memory.halves;
    let soon = Duration::from_millis(120);
    assert!(lock.try_lock().is_some());
    assert!(lock.try_lock_for(Duration::ZERO).is_some());
    assert!(lock.try_lock_until(Instant::now()).is_some());
    assert!(lock.try_lock_for(Duration::MAX).is_some());
    let child = memory.holder();
    assert!(lock.try_lock().is_none());
    let start = Instant::now();
    assert!(lock.try_lock_for(soon).is_none());
    assert!(start.elapsed() >= soon);
    let start = Instant::now();
    assert!(lock.try_lock_until(start + soon).is_none());
    assert!(start.elapsed() >= soon);
    child.kill();
    assert!(lock.try_lock_for(Duration::MAX).unwrap().is_err());
    assert!(lock.try_lock().unwrap().is_err());
}

/// So many are killed with the lock in their hands.
fn kill_holders(times: u32) {
    let memory = halves();
    for _ in 0..times {
        let child = memory.holder();
        let number = child.number();
        child.kill();
        assert!(memory.look(Some(number)));
    }
    assert_eq!(*memory.halves.lock().unwrap(), [u64::from(times); 2]);
}

#[test]
fn a_hundred_killed_with_the_lock_are_each_told_of() {
    kill_holders(100);
}

#[test]
#[ignore = "takes seconds"]
fn ten_thousand_killed_with_the_lock_are_each_told_of() {
    kill_holders(10_000);
}

/// Changes both halves, and puts right what another has left.
fn go_round(memory: &Halves) {
    let halves = memory.halves.lock();
    let mut halves = halves.unwrap_or_else(|died| died.repair(|all| all[1] = all[0]));
    assert_eq!(halves[0], halves[1]);
    halves[0] += 1;
    halves[1] += 1;
    drop(halves);
    memory.steps.fetch_add(1, Relaxed);
}

/// So many are killed at whatever moment.
fn kill_at_any_moment(times: u32) {
    let memory = halves();
    let mut random = Random::new();
    for _ in 0..times {
        let child = Child::start_for(20 + random.below(200), || go_round(&memory));
        let number = child.number();
        child.ended();
        memory.look(Some(number));
    }
}

#[test]
fn a_hundred_killed_at_any_moment_leave_the_value_right_or_are_told_of() {
    kill_at_any_moment(100);
}

#[test]
#[ignore = "takes seconds"]
fn ten_thousand_killed_at_any_moment_leave_the_value_right_or_are_told_of() {
    kill_at_any_moment(10_000);
}

#[test]
fn processes_that_are_killed_at_any_moment_keep_none_from_the_lock_that_waits_for_it() {
    let memory = halves();
    let mut random = Random::new();
    let others = [(); 2].map(|()| {
        Child::start(|| {
            loop {
                go_round(&memory);
            }
        })
    });
    for _ in 0..30 {
        Child::start_for(1 + random.below(5_000), || go_round(&memory)).ended();
        wait_until(&memory.steps, memory.steps.load(Relaxed) + 10);
    }
    others.into_iter().for_each(Child::kill);
}
