//! What makes an execution, as plain data: for those who know all executions from elsewhere.

use super::graph::{Action, Graph, INITIAL, Ref};

/// An execution: two with the same threads and the same writes are the same.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Shape {
    /// What each thread did, the main thread first.
    pub threads: Vec<Vec<Deed>>,
    /// The writes of each location, in their order, each a thread and a place among its deeds. The
    /// word that was made as number n, counted from 0, is location 2n, and the queue of the threads
    /// that sleep on it is location 2n + 1.
    pub writes: Vec<Vec<(usize, usize)>>,
}

/// What a thread does in one event. To change a word is to read and then to write it; to go to
/// sleep, to leave by oneself and to wake others is to change the queue.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Deed {
    /// Reads what was written there, or what was there at first, and goes on in one of the ways
    /// that it has: which sleeper to wake, or for which reason to leave.
    Read {
        /// What it reads.
        location: usize,
        /// The write that it reads. `None`: nobody had written.
        from: Option<(usize, usize)>,
        /// The way.
        way: usize,
    },
    /// Writes.
    Write {
        /// Where.
        location: usize,
        /// The word, or the threads that sleep, four bits each: the one that has slept longest is
        /// the lowest.
        value: u64,
    },
    /// A fence, the start of a thread, or its end.
    Fence,
}

impl Graph {
    pub(crate) fn shape(&self) -> Shape {
        let place = |event: Ref| (usize::from(event.thread), usize::from(event.index));
        let threads = self.threads.iter().map(|events| {
            let deeds = events.iter().map(|event| match event.action {
                Action::Read { from, way, .. } => Deed::Read {
                    location: event.location as usize,
                    from: (from != INITIAL).then(|| place(from)),
                    way: way.into(),
                },
                Action::Write { value, .. } => {
                    Deed::Write { location: event.location as usize, value }
                }
                Action::Fence => Deed::Fence,
            });
            deeds.collect()
        });
        let writes =
            self.locations.iter().map(|at| at.writes.iter().map(|&one| place(one)).collect());
        Shape { threads: threads.collect(), writes: writes.collect() }
    }
}
