//! Stories of threads: what goes wrong, and what puts it right.
//!
//! A story is one file. It has variants, some broken and some right, and each declares what is to
//! be expected of it. A variant is a function that starts threads, tells what they do with `step!`,
//! and returns how it came out. The same function runs natively, where a race shows now and then,
//! and in the model, where every order of its threads is tried.
//!
//! To add a story, write its file and add its line to [`STORIES`].

pub mod stage;

mod ab_deadlock;
mod bank_withdraw;
mod blocked_not_deadlocked;
mod cancel_running;
mod daemon;
mod deposit_draw;
mod deposit_draw_event;
mod dining_philosophers;
mod double_checked_init;
mod first_to_finish;
mod four_keys;
mod interpreter_lock;
mod join_in_loop;
mod lost_wakeup;
mod map_in_order;
mod message_passing;
mod once_only;
mod pool_primes;
mod pool_waits_for_itself;
mod producers_consumer;
mod readers_writers;
mod reference_count;
mod rounds;
mod same_time_priorities;
mod shared_counter;
mod spurious_wakeup;
mod starting_gun;
mod store_buffering;
mod thread_life;
mod thread_local;
mod timer;

/// Every story, in reading order.
pub static STORIES: &[Story] = &[
    thread_life::STORY,
    daemon::STORY,
    join_in_loop::STORY,
    shared_counter::STORY,
    bank_withdraw::STORY,
    ab_deadlock::STORY,
    deposit_draw::STORY,
    starting_gun::STORY,
    lost_wakeup::STORY,
    spurious_wakeup::STORY,
    message_passing::STORY,
    store_buffering::STORY,
    double_checked_init::STORY,
    once_only::STORY,
    reference_count::STORY,
    producers_consumer::STORY,
    four_keys::STORY,
    deposit_draw_event::STORY,
    thread_local::STORY,
    timer::STORY,
    same_time_priorities::STORY,
    interpreter_lock::STORY,
    blocked_not_deadlocked::STORY,
    dining_philosophers::STORY,
    readers_writers::STORY,
    rounds::STORY,
    pool_primes::STORY,
    map_in_order::STORY,
    cancel_running::STORY,
    first_to_finish::STORY,
    pool_waits_for_itself::STORY,
];

/// A program that threads make interesting.
#[derive(Clone, Copy, Debug)]
pub struct Story {
    /// How the command and the book call it.
    pub name: &'static str,
    /// What happens, in one line.
    pub about: &'static str,
    /// The section of the tutorials that it comes from, or a dash.
    pub seed: &'static str,
    /// The ways to write it, the broken ones first.
    pub variants: &'static [Variant],
}

/// One way to write a story.
#[derive(Clone, Copy, Debug)]
pub struct Variant {
    /// How the command and the book call it.
    pub name: &'static str,
    /// What is different about it, in one line.
    pub about: &'static str,
    /// What it does, over all executions that are searched.
    pub expect: Expect,
    /// Which executions these are.
    pub search: Search,
    /// The program.
    pub run: fn() -> Outcome,
}

impl Variant {
    /// What it declares, in words, with what its search leaves out or adds.
    pub fn declared(&self) -> String {
        let mut text = self.expect.word().to_owned();
        match self.search.extent {
            Extent::Whole => {}
            Extent::LocksInOneStep { .. } => text += ", with locks taken in one step",
            Extent::Preemptions(most) => {
                let plural = if most == 1 { "" } else { "s" };
                text += &format!(", to {most} preemption{plural}");
            }
        }
        if self.search.spurious_wakeups > 0 {
            text += ", with spurious wake-ups";
        }
        text
    }
}

/// Which executions of a variant the model runs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Search {
    /// How many of them.
    pub extent: Extent,
    /// How many of each thread's waits may return without a wake.
    pub spurious_wakeups: u32,
    /// Whether those who play the variant say what its loads read, too.
    pub picks_values: bool,
}

/// How many of its executions the model runs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Extent {
    /// Every one.
    Whole,
    /// Every one in which each lock is taken in one step, where those with the code of the locks
    /// are too many.
    LocksInOneStep {
        /// The checks also run those with that code in which threads are interrupted at most so
        /// often. So does loom's search.
        with_code: u8,
    },
    /// Those in which threads are interrupted at most so often, where even the others are too many.
    Preemptions(u8),
}

impl Extent {
    /// How often threads are interrupted at most where the code of the locks is run.
    pub fn preemptions(self) -> Option<u8> {
        match self {
            Self::Whole => None,
            Self::LocksInOneStep { with_code: most } | Self::Preemptions(most) => Some(most),
        }
    }
}

impl Search {
    /// Every execution in which threads wake only when they are woken.
    pub const WHOLE: Self =
        Self { extent: Extent::Whole, spurious_wakeups: 0, picks_values: false };

    /// The same, of a variant that is about old values: those who play it say what its loads read.
    pub const OLD_VALUES: Self = Self { picks_values: true, ..Self::WHOLE };

    /// Every execution in which each lock is taken in one step. With the code of the locks, those
    /// in which threads are interrupted at most so often.
    pub const fn locks_in_one_step(with_code: u8) -> Self {
        Self { extent: Extent::LocksInOneStep { with_code }, ..Self::WHOLE }
    }

    /// Those in which threads are interrupted at most `most` times.
    pub const fn preemptions(most: u8) -> Self {
        Self { extent: Extent::Preemptions(most), ..Self::WHOLE }
    }

    /// Every execution, also those in which one wait of each thread returns without a wake.
    pub const SPURIOUS: Self = Self { spurious_wakeups: 1, ..Self::WHOLE };
}

/// What a variant does, over all executions that are searched.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Expect {
    /// Every execution ends, and ends well.
    Holds,
    /// Every execution ends, and some end badly.
    Breaks,
    /// In some executions nobody can go on; those that end, end well.
    Stuck,
    /// Some executions end badly, and in some nobody can go on.
    BreaksAndSticks,
}

impl Expect {
    /// What a variant does some of whose executions end badly, or get stuck.
    pub fn of(breaks: bool, stuck: bool) -> Self {
        match (breaks, stuck) {
            (false, false) => Self::Holds,
            (true, false) => Self::Breaks,
            (false, true) => Self::Stuck,
            (true, true) => Self::BreaksAndSticks,
        }
    }

    /// The word for it.
    pub fn word(self) -> &'static str {
        match self {
            Self::Holds => "holds",
            Self::Breaks => "breaks",
            Self::Stuck => "stuck",
            Self::BreaksAndSticks => "breaks, stuck",
        }
    }
}

/// How one execution of a variant came out.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Outcome {
    /// In words.
    pub text: String,
    /// Whether the story's promise was kept.
    pub holds: bool,
}

impl Outcome {
    /// An outcome that is right if `holds`.
    pub fn new(holds: bool, text: impl Into<String>) -> Self {
        Self { text: text.into(), holds }
    }
}

#[cfg(test)]
mod tests {
    use super::{Extent, STORIES};

    #[test]
    fn every_story_with_a_bounded_variant_has_one_explored_whole() {
        for story in STORIES {
            let whole = story.variants.iter().any(|one| one.search.extent == Extent::Whole);
            assert!(whole, "{}", story.name);
        }
    }
}
