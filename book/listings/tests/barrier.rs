//! What each step of the barrier does, and what the step before lacks.

use listings::ch10_barrier::exercises::{barrier_adds_up, last_adds_up};
use listings::ch10_barrier::s1_resetting::ResettingBarrier;
use listings::ch10_barrier::s2_round::RoundBarrier;
use listings::{every_order, page, stuck, table, told_in_full};
use loom_platform::{Ending, UnsafeCell, explore, name, thread};
use primitives::Barrier;
use primitives::platform::time::Duration;
use std::sync::Arc;

const SOON: Duration = Duration::from_millis(10);

/// A barrier, whichever of the book's it is.
trait AnyBarrier: Send + Sync + Sized + 'static {
    const NAME: &'static str;
    fn for_two() -> Self;
    fn meet(&self);
}

impl AnyBarrier for ResettingBarrier {
    const NAME: &'static str = "a count set back";
    fn for_two() -> Self {
        Self::new(2)
    }
    fn meet(&self) {
        self.wait();
    }
}

impl AnyBarrier for RoundBarrier {
    const NAME: &'static str = "a count and a round";
    fn for_two() -> Self {
        Self::new(2)
    }
    fn meet(&self) {
        self.wait();
    }
}

impl AnyBarrier for Barrier {
    const NAME: &'static str = "`Barrier`";
    fn for_two() -> Self {
        Self::new(2)
    }
    fn meet(&self) {
        self.wait().expect("nobody breaks it");
    }
}

/// Two pages, each of which one author writes and the other reads, at different times.
struct Table<B> {
    barrier: B,
    pages: [UnsafeCell<u32>; 2],
}

// SAFETY: between two meetings a page is either written by its author or read by the other. That is
// the claim under check.
unsafe impl<B: Sync> Sync for Table<B> {}

/// Ann and Ben write a page and read the other's, so many times, with a meeting before each change.
fn rounds<B: AnyBarrier>(meetings: u32) {
    let table = Arc::new(Table { barrier: B::for_two(), pages: [0, 0].map(UnsafeCell::new) });
    name(&table.barrier, "the barrier");
    let authors = [("Ann", 0), ("Ben", 1)].map(|(name, me)| {
        let table = table.clone();
        thread::spawn(name, move || {
            for meeting in 1..=meetings {
                if meeting % 2 == 1 {
                    // SAFETY: the other reads it after the next meeting, and has read it before the
                    // last.
                    table.pages[me].with_mut(|page| unsafe { *page = meeting });
                }
                table.barrier.meet();
                if meeting % 2 == 1 {
                    // SAFETY: the other has written it before this meeting, and writes it after the
                    // next.
                    assert_eq!(table.pages[1 - me].with(|page| unsafe { *page }), meeting);
                }
            }
        })
    });
    authors.into_iter().for_each(|author| author.join().unwrap());
}

#[test]
fn a_count_set_back_is_good_for_one_meeting_and_one_with_a_round_for_the_next() {
    fn rows<B: AnyBarrier>(expected: [bool; 3]) -> [[String; 4]; 3] {
        [1, 2, 3].map(|meetings| {
            let exploration = every_order(move || rounds::<B>(meetings));
            let stuck = stuck(&exploration);
            assert_eq!(stuck > 0, expected[meetings as usize - 1], "{}: {meetings}", B::NAME);
            let cells =
                [B::NAME, &meetings.to_string(), &exploration.to_string(), &stuck.to_string()];
            cells.map(str::to_owned)
        })
    }
    let never = [false; 3];
    let rows = [
        rows::<ResettingBarrier>([false, true, true]),
        rows::<RoundBarrier>(never),
        rows::<Barrier>(never),
    ];
    let head = ["barrier", "meetings", "search", "executions that get stuck"];
    page("barrier-rounds.md", &table(head, rows.concat()));

    let exploration = every_order(|| rounds::<ResettingBarrier>(2));
    let first = exploration.failures().next().expect("who is slow sleeps for ever");
    page("resetting-barrier-stuck.txt", &told_in_full(first));
}

/// Ann and Ben wait for a while. Returns whether each has met the other.
fn two_in_time(wait_for: fn(&RoundBarrier, Duration) -> bool) -> [bool; 2] {
    let barrier = Arc::new(RoundBarrier::new(2));
    let both = ["Ann", "Ben"].map(|name| {
        let barrier = barrier.clone();
        thread::spawn(name, move || wait_for(&barrier, SOON))
    });
    let met = both.map(|one| one.join().unwrap());
    assert_eq!(barrier.waiting(), 0, "somebody is left in the count");
    met
}

#[test]
fn a_late_thread_leaves_only_a_round_that_is_not_over() {
    let wrong = explore(|| two_in_time(RoundBarrier::wait_for_and_count_down));
    let left = |ending: &Ending<_>| match ending {
        Ending::Panicked(panic) => panic.message.contains("left in the count"),
        _ => false,
    };
    assert!(wrong.failures().any(|found| left(&found.ending)), "{wrong}");

    let right = explore(|| two_in_time(RoundBarrier::wait_for));
    assert!(right.exhaustive && right.failures().next().is_none(), "{right}");
    let mut met: Vec<_> = right.returned().map(|(met, _)| *met).collect();
    met.sort_unstable();
    assert_eq!(met, [[false; 2], [true; 2]], "both meet, or none does");
}

#[test]
fn a_sum_is_made_by_the_last_in_time_only_if_it_is_the_action_of_the_barrier() {
    let last = explore(last_adds_up);
    assert!(last.returned().any(|(sums, _)| sums.contains(&0)), "{last:?}");
    let action = explore(barrier_adds_up);
    assert!(action.exhaustive && action.failures().next().is_none(), "{action}");
    assert!(action.returned().all(|(sums, _)| *sums == [20, 20]), "{action:?}");
}
