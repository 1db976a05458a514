//! Steps one and two: a reader-writer lock with a rule that says when a reader may enter. Under
//! both rules somebody can be kept out for as long as others come.

use primitives::platform::atomic::{
    AtomicU32,
    Ordering::{Acquire, Relaxed, Release},
    told_as,
};
use primitives::platform::futex;
use primitives::platform::time::Instant;

// ANCHOR: lock
/// A reader that sleeps, or is about to.
const READER_WAITS: u32 = 1 << 24;
/// A writer that sleeps, or is about to.
pub(crate) const WRITER_WAITS: u32 = 1 << 16;
/// The writer that is inside.
const WRITER: u32 = 1 << 15;
/// A reader that is inside.
const READER: u32 = 1;
const INSIDE: u32 = WRITER | (WRITER - READER);

/// Whether a thread may enter in this state.
type Rule = fn(u32) -> bool;

/// How many are inside and how many wait, in one word.
pub struct RuleRwLock {
    pub(crate) state: AtomicU32,
    may_read: Rule,
}

impl RuleRwLock {
    /// Waits until the rule allows to read.
    pub fn read(&self) {
        self.enter(self.may_read, READER, READER_WAITS, None);
    }

    /// Waits until nobody is inside.
    pub fn write(&self) {
        self.enter(may_write, WRITER, WRITER_WAITS, None);
    }

    /// `false`: the deadline has passed first, and this thread is still counted among those who
    /// wait.
    fn enter(&self, may: Rule, inside: u32, waits: u32, deadline: Option<Instant>) -> bool {
        // `waits`, once this thread has been counted.
        let mut me = 0;
        let mut state = self.state.load(Relaxed);
        loop {
            let others = state - me;
            let free = may(others);
            let next = others + if free { inside } else { waits };
            match self.state.compare_exchange(state, next, Acquire, Relaxed) {
                Ok(_) if free => return true,
                Ok(_) => {
                    if futex::wait_until(&self.state, next, deadline).is_err() {
                        return false;
                    }
                    me = waits;
                    state = self.state.load(Relaxed);
                }
                Err(now) => state = now,
            }
        }
    }

    /// Ends a read.
    pub fn leave_read(&self) {
        self.leave(READER);
    }

    /// Ends a write.
    pub fn leave_write(&self) {
        self.leave(WRITER);
    }

    /// The last to leave wakes all who wait, and they look again.
    fn leave(&self, inside: u32) {
        let others = self.state.fetch_sub(inside, Release) - inside;
        if others != 0 && others & INSIDE == 0 {
            futex::wake_all(&self.state);
        }
    }
}

fn may_write(state: u32) -> bool {
    state & INSIDE == 0
}
// ANCHOR_END: lock

/// What the state means.
fn words(state: u32) -> String {
    let mut words = match state & INSIDE {
        0 => "free".to_owned(),
        WRITER => "writing".to_owned(),
        readers => format!("{readers} reading"),
    };
    let wait = [(state % READER_WAITS / WRITER_WAITS, "write"), (state / READER_WAITS, "read")];
    for (number, what) in wait.into_iter().filter(|(number, _)| *number > 0) {
        words += &format!(", {number} waiting to {what}");
    }
    words
}

impl RuleRwLock {
    // ANCHOR: readers_first
    /// Step one: a reader enters if nobody writes.
    pub fn readers_first() -> Self {
        Self::with_rule(|state| state & WRITER == 0)
    }
    // ANCHOR_END: readers_first

    // ANCHOR: writers_first
    /// Step two: a reader enters if nobody writes, and nobody waits to.
    pub fn writers_first() -> Self {
        Self::with_rule(|state| state % READER_WAITS < WRITER)
    }
    // ANCHOR_END: writers_first

    fn with_rule(may_read: Rule) -> Self {
        Self { state: told_as(AtomicU32::new(0), words), may_read }
    }

    /// Reads if the rule allows it now.
    pub fn try_read(&self) -> bool {
        self.try_enter(self.may_read, READER)
    }

    /// Writes if nobody is inside now.
    pub fn try_write(&self) -> bool {
        self.try_enter(may_write, WRITER)
    }

    fn try_enter(&self, may: Rule, inside: u32) -> bool {
        let mut state = self.state.load(Relaxed);
        while may(state) {
            match self.state.compare_exchange(state, state + inside, Acquire, Relaxed) {
                Ok(_) => return true,
                Err(now) => state = now,
            }
        }
        false
    }

    /// As [`write`](Self::write), but if the deadline passes first the writer stays counted as
    /// waiting.
    pub(crate) fn write_until(&self, deadline: Instant) -> bool {
        self.enter(may_write, WRITER, WRITER_WAITS, Some(deadline))
    }

    /// Whether a writer waits.
    pub fn a_writer_waits(&self) -> bool {
        self.state.load(Relaxed) % READER_WAITS >= WRITER_WAITS
    }

    /// Whether a reader waits.
    pub fn a_reader_waits(&self) -> bool {
        self.state.load(Relaxed) >= READER_WAITS
    }
}
