//! The model of memory: one execution as a graph.
//!
//! A thread's events stand in its own list, in the order of the program. Beside them the graph says
//! from which write each read reads, and in which order each location was written. These three make
//! the execution, and everything else follows. Two executions with the same graph are the same.
//!
//! The model is RC11, with the release sequences of C++20: a release sequence goes on through
//! read-modify-writes, by whatever thread, and through nothing else. A read never reads a write
//! that depends on it. The language allows that for relaxed accesses ("load buffering"), and RC11
//! does not.
//!
//! A [`Clock`] is a set of events: so many of each thread, from its start. [`Knowledge`] has
//! several. `happened` is all that *happens before* in the language's sense, which the rules of
//! coherence ask for. `causes` is all that had to be done first, whether or not the language lets
//! the thread rely on it: what a relaxed read reads is among its causes.
//!
//! A futex's queue of sleepers is a location like any other, whose values are lists of threads.
//! Going to sleep, waking and timing out are read-modify-writes of it. They pass on no memory.

use super::code::Step;
use super::sequential;
use foldhash::quality::FixedState;
use std::hash::{BuildHasher, Hash, Hasher};

/// The most threads that a program may have, the main one included.
pub const MAX_THREADS: usize = 8;

/// An event: the thread, and its place among the thread's events.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub(crate) struct Ref {
    pub(crate) thread: u8,
    pub(crate) index: u16,
}

/// The write that every location begins with.
pub(crate) const INITIAL: Ref = Ref { thread: u8::MAX, index: 0 };

/// How many events of each thread lie before something.
#[derive(Clone, Copy, PartialEq, Eq, Default, Debug)]
pub(crate) struct Clock([u16; MAX_THREADS]);

impl Clock {
    pub(crate) fn join(&mut self, other: &Self) {
        for (mine, theirs) in self.0.iter_mut().zip(other.0) {
            *mine = (*mine).max(theirs);
        }
    }

    pub(crate) fn has(&self, event: Ref) -> bool {
        event == INITIAL || self.0[usize::from(event.thread)] > event.index
    }

    pub(crate) fn of(&self, thread: usize) -> usize {
        usize::from(self.0[thread])
    }

    /// Whether the other one has all of it.
    pub(crate) fn within(&self, other: &Self) -> bool {
        self.0.iter().zip(other.0).all(|(mine, theirs)| *mine <= theirs)
    }

    pub(crate) fn add(&mut self, event: Ref) {
        self.0[usize::from(event.thread)] = event.index + 1;
    }
}

/// What a thread has behind it at one point.
#[derive(Clone, Copy, Default, PartialEq, Eq, Debug)]
pub(crate) struct Knowledge {
    /// All that happens before.
    pub(crate) happened: Clock,
    /// What relaxed reads have seen released, which an acquire fence would make happen before.
    pub(crate) seen: Clock,
    /// What happened before the last release fence, which every later write passes on.
    pub(crate) fenced: Clock,
    /// All that had to be done first.
    pub(crate) causes: Clock,
    /// The latest deadline that has passed among the causes, in nanoseconds.
    pub(crate) time: u64,
}

impl Knowledge {
    /// Adds what another thread had behind it, as the start of a thread and a join do.
    pub(crate) fn join(&mut self, other: &Self) {
        self.happened.join(&other.happened);
        self.causes.join(&other.causes);
        self.time = self.time.max(other.time);
    }
}

/// What an ordering asks for.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub(crate) struct Strength {
    pub(crate) acquire: bool,
    pub(crate) release: bool,
    pub(crate) sequential: bool,
}

/// What a read is for, where that limits what it may read, or leaves a choice of what comes of it.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Purpose {
    /// A value.
    Plain,
    /// A value that is to be exchanged for another if it is this one. `weak`: it may fail though.
    Exchange { expected: u64, success: Strength, failure: Strength, weak: bool },
    /// The word, by a thread that goes to sleep if it finds this value.
    Look { expected: u64 },
    /// A sleeper's look whether it still is in the queue that it joined by this write: it reads no
    /// further than the write that took it out, which woke it. It has so many reasons to leave by
    /// itself.
    Leave { joined: Ref, reasons: u8 },
    /// The queue, by a thread that is about to sleep because of what the event before has read.
    Join,
    /// The queue, by a thread that wakes others: any one of them, or all.
    Wake { one: bool },
}

impl Purpose {
    /// In how many ways it can go on from a value that it may read.
    pub(crate) fn ways(self, value: u64) -> u8 {
        match self {
            Self::Exchange { expected, weak: true, .. } if value == expected => 2,
            Self::Leave { joined, reasons } if queue::has(value, joined.thread.into()) => reasons,
            Self::Wake { one: true } => queue::len(value).max(1) as u8,
            _ => 1,
        }
    }
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Action {
    /// `way`: in which of the ways that its purpose leaves open it goes on. The first asks for
    /// nothing.
    Read {
        from: Ref,
        way: u8,
        purpose: Purpose,
        /// A thread that waits for a change reads something newer than this.
        newer_than: Option<Ref>,
    },
    /// `passed` is what a read that acquires this value gets to know.
    Write {
        value: u64,
        exclusive: bool,
        passed: Clock,
    },
    Fence,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) struct Event {
    /// The order in which the search added the events. An event that was given another write to
    /// read keeps its place.
    pub(crate) stamp: u32,
    pub(crate) location: u32,
    pub(crate) strength: Strength,
    pub(crate) action: Action,
    pub(crate) before: Knowledge,
    pub(crate) after: Knowledge,
}

/// What is not about a location.
pub(crate) const NOWHERE: u32 = u32::MAX;

#[derive(Default, Debug)]
pub(crate) struct Location {
    pub(crate) initial: u64,
    /// The writes in their order, without the initial one: position 1 is the first here.
    pub(crate) writes: Vec<Ref>,
    pub(crate) reads: Vec<Ref>,
}

impl Clone for Location {
    fn clone(&self) -> Self {
        let mut copy = Self::default();
        copy.clone_from(self);
        copy
    }

    fn clone_from(&mut self, other: &Self) {
        self.initial = other.initial;
        self.writes.clone_from(&other.writes);
        self.reads.clone_from(&other.reads);
    }
}

#[derive(Default, Debug)]
pub(crate) struct Graph {
    pub(crate) threads: Vec<Vec<Event>>,
    pub(crate) locations: Vec<Location>,
    /// An order in which the events can be run: whose turn it is, event by event.
    pub(crate) order: Vec<u8>,
    pub(crate) stamps: u32,
    /// Whether any event is sequentially consistent.
    pub(crate) sequential: bool,
    /// Which part of the search it is, if at each event the ways to go on are parts of one size.
    pub(crate) share: f64,
}

impl Clone for Graph {
    fn clone(&self) -> Self {
        let mut copy = Self::default();
        copy.clone_from(self);
        copy
    }

    /// Uses the memory that the graph has already: a search copies graphs all the time.
    fn clone_from(&mut self, other: &Self) {
        let Self { threads, locations, order, stamps, sequential, share } = other;
        self.threads.clone_from(threads);
        self.locations.clone_from(locations);
        self.order.clone_from(order);
        (self.stamps, self.sequential, self.share) = (*stamps, *sequential, *share);
    }
}

impl Graph {
    pub(crate) fn event(&self, event: Ref) -> &Event {
        &self.threads[usize::from(event.thread)][usize::from(event.index)]
    }

    pub(crate) fn event_mut(&mut self, event: Ref) -> &mut Event {
        &mut self.threads[usize::from(event.thread)][usize::from(event.index)]
    }

    /// The event that the thread adds next.
    pub(crate) fn next(&self, thread: usize) -> Ref {
        let index = self.threads.get(thread).map_or(0, Vec::len);
        Ref { thread: thread as u8, index: index as u16 }
    }

    /// Adds an event at the end of its thread, and of the order. Locations are not told of it.
    pub(crate) fn add(&mut self, thread: usize, mut event: Event) -> Ref {
        let place = self.next(thread);
        event.stamp = self.stamps;
        self.stamps += 1;
        self.sequential |= event.strength.sequential;
        if self.threads.len() <= thread {
            self.threads.resize_with(thread + 1, Vec::new);
        }
        self.threads[thread].push(event);
        self.order.push(thread as u8);
        place
    }

    pub(crate) fn location(&self, location: u32) -> &Location {
        &self.locations[location as usize]
    }

    pub(crate) fn write_at(&self, location: u32, position: usize) -> Ref {
        if position == 0 { INITIAL } else { self.location(location).writes[position - 1] }
    }

    pub(crate) fn value_of(&self, location: u32, write: Ref) -> u64 {
        if write == INITIAL {
            return self.location(location).initial;
        }
        match self.event(write).action {
            Action::Write { value, .. } => value,
            _ => unreachable!("only writes are read"),
        }
    }

    pub(crate) fn value_at(&self, location: u32, position: usize) -> u64 {
        self.value_of(location, self.write_at(location, position))
    }

    /// The last position.
    pub(crate) fn last(&self, location: u32) -> usize {
        self.location(location).writes.len()
    }

    pub(crate) fn position(&self, location: u32, write: Ref) -> usize {
        if write == INITIAL {
            return 0;
        }
        let writes = &self.location(location).writes;
        1 + writes.iter().rposition(|&one| one == write).expect("the write is in its order")
    }

    pub(crate) fn source(&self, read: Ref) -> Ref {
        match self.event(read).action {
            Action::Read { from, .. } => from,
            _ => unreachable!("only reads have a source"),
        }
    }

    /// Whether what stands at `position` was replaced by a read-modify-write, so that nothing may
    /// come between the two.
    pub(crate) fn taken(&self, location: u32, position: usize) -> bool {
        self.location(location).writes.get(position).is_some_and(|&next| {
            matches!(self.event(next).action, Action::Write { exclusive: true, .. })
        })
    }

    /// The earliest position that a thread may read, and after which it may write, if so much has
    /// happened before: nothing older than a write among that, or than what a read among that has
    /// read.
    pub(crate) fn oldest(&self, location: u32, happened: &Clock) -> usize {
        let at = self.location(location);
        let written = at.writes.iter().rposition(|&write| happened.has(write));
        let mut oldest = written.map_or(0, |place| place + 1);
        for &read in at.reads.iter().filter(|&&read| happened.has(read)) {
            oldest = oldest.max(self.position(location, self.source(read)));
        }
        oldest
    }

    /// The latest position that a sleeper may read which joined the queue by this write: that of
    /// the write which took it out, if that has happened.
    pub(crate) fn latest_for_sleeper(
        &self,
        location: u32,
        joined: Ref,
        counts: impl Fn(Ref) -> bool,
    ) -> usize {
        let mut latest = self.position(location, joined);
        for position in latest + 1..=self.last(location) {
            if !counts(self.write_at(location, position)) {
                break;
            }
            latest = position;
            if !queue::has(self.value_at(location, position), joined.thread.into()) {
                break;
            }
        }
        latest
    }

    /// The write that woke the sleeper, if there is one.
    pub(crate) fn waker(&self, location: u32, joined: Ref) -> Option<Ref> {
        let latest = self.latest_for_sleeper(location, joined, |_| true);
        let woken = !queue::has(self.value_at(location, latest), joined.thread.into());
        woken.then(|| self.write_at(location, latest))
    }

    /// The kernel takes a lock around each queue. So a thread does not fall asleep because of a
    /// value that an earlier sleeper or waker of this queue knew to be out of date. Nothing else
    /// follows from that lock.
    ///
    /// Whether that holds between the sleeper that joined with the read `join`, and what has looked
    /// into the queue before with the read `earlier`.
    fn sees_what_was_known(&self, join: Ref, earlier: Ref) -> bool {
        let look = Ref { index: join.index - 1, ..join };
        let word = self.event(look).location;
        let seen = self.position(word, self.source(look));
        seen >= self.oldest(word, &self.event(earlier).before.happened)
    }

    /// Whether the kernel's lock allows the read of a queue that was added last.
    pub(crate) fn queue_allows(&self, read: Ref) -> bool {
        let event = self.event(read);
        let Action::Read { from, purpose, .. } = event.action else { return true };
        if !matches!(purpose, Purpose::Join | Purpose::Wake { .. }) {
            return true;
        }
        let position = self.position(event.location, from);
        self.location(event.location).reads.iter().filter(|&&other| other != read).all(|&other| {
            let Action::Read { from, purpose: of_other, .. } = self.event(other).action else {
                unreachable!("it is a read")
            };
            let of_other = (self.position(event.location, from), of_other);
            // What the thread itself knew, it sees: to look would take longer the more it has done.
            let comes_after = purpose != Purpose::Join
                || other.thread == read.thread
                || !matches!(of_other, (_, Purpose::Join | Purpose::Wake { .. }))
                || of_other.0 > position
                || self.sees_what_was_known(read, other);
            let comes_before = of_other.1 != Purpose::Join
                || of_other.0 < position
                || self.sees_what_was_known(other, read);
            comes_after && comes_before
        })
    }

    /// A number for what makes the execution: what each thread did, from where each read reads, and
    /// the order of each location's writes. Where values are pointers they are left out.
    pub(crate) fn fingerprint(&self) -> (u64, u64) {
        let of = |seed: u64| {
            let mut hasher = FixedState::with_seed(seed).build_hasher();
            for events in &self.threads {
                events.len().hash(&mut hasher);
                for event in events {
                    event.location.hash(&mut hasher);
                    match event.action {
                        Action::Read { from, way, .. } => (0, from, way).hash(&mut hasher),
                        Action::Write { exclusive, .. } => (1, exclusive).hash(&mut hasher),
                        Action::Fence => 2.hash(&mut hasher),
                    }
                }
            }
            for location in &self.locations {
                location.writes.hash(&mut hasher);
            }
            hasher.finish()
        };
        (of(0), of(1))
    }

    /// What the event has done, as a guide says it, if it is the last of its location.
    pub(crate) fn step(&self, event: Ref) -> Step {
        let location = self.event(event).location;
        let behind = |write| self.last(location) - self.position(location, write);
        let step = Step { thread: event.thread.into(), ..Step::default() };
        match self.event(event).action {
            Action::Read { from, way, .. } => Step { older: behind(from), way: way.into(), ..step },
            Action::Write { exclusive: false, .. } => Step { place: behind(event), ..step },
            Action::Write { .. } | Action::Fence => step,
        }
    }

    /// A number for where each thread has come to, and what each location holds: from equal places
    /// a program goes on alike, if reads find the newest value.
    pub(crate) fn place(&self) -> u64 {
        let mut hasher = FixedState::with_seed(2).build_hasher();
        for events in &self.threads {
            events.len().hash(&mut hasher);
            for event in events {
                event.location.hash(&mut hasher);
                match event.action {
                    Action::Read { from, way, .. } => {
                        (0, self.value_of(event.location, from), way).hash(&mut hasher);
                    }
                    Action::Write { value, .. } => (1, value).hash(&mut hasher),
                    Action::Fence => 2.hash(&mut hasher),
                }
            }
        }
        for location in 0..self.locations.len() as u32 {
            self.value_at(location, self.last(location)).hash(&mut hasher);
        }
        hasher.finish()
    }

    /// Whether the sequentially consistent events have one order.
    pub(crate) fn sequential_order_exists(&self) -> bool {
        !self.sequential || sequential::order_exists(self)
    }

    /// What is left of `whole` when each thread has only so many events. Uses the memory that the
    /// graph has already.
    pub(crate) fn cut_from(&mut self, whole: &Self, lengths: &[usize]) {
        let kept = |event: &Ref| usize::from(event.index) < lengths[usize::from(event.thread)];
        self.threads.resize_with(whole.threads.len(), Vec::new);
        for ((events, of_whole), &length) in
            self.threads.iter_mut().zip(&whole.threads).zip(lengths)
        {
            events.clear();
            events.extend_from_slice(&of_whole[..length]);
        }
        self.locations.resize_with(whole.locations.len(), Location::default);
        for (location, of_whole) in self.locations.iter_mut().zip(&whole.locations) {
            location.initial = of_whole.initial;
            location.writes.clear();
            location.writes.extend(of_whole.writes.iter().copied().filter(kept));
            location.reads.clear();
            location.reads.extend(of_whole.reads.iter().copied().filter(kept));
        }
        let mut left = lengths.to_vec();
        self.order.clear();
        self.order.extend(whole.order.iter().copied().filter(|&thread| {
            let left = &mut left[usize::from(thread)];
            *left > 0 && {
                *left -= 1;
                true
            }
        }));
        (self.stamps, self.share) = (whole.stamps, whole.share);
        self.sequential = self.threads.iter().flatten().any(|event| event.strength.sequential);
    }
}

/// A queue of sleepers as a value: a thread has four bits, the one that has slept longest the
/// lowest.
pub(crate) mod queue {
    fn threads(queue: u64) -> impl Iterator<Item = usize> {
        (0..16).map(move |place| (queue >> (4 * place) & 15) as usize).take_while(|&one| one > 0)
    }

    pub(crate) fn has(queue: u64, thread: usize) -> bool {
        threads(queue).any(|one| one == thread + 1)
    }

    pub(crate) fn len(queue: u64) -> usize {
        threads(queue).count()
    }

    pub(crate) fn list(queue: u64) -> Vec<usize> {
        threads(queue).map(|one| one - 1).collect()
    }

    pub(crate) fn with(queue: u64, thread: usize) -> u64 {
        queue | (thread as u64 + 1) << (4 * len(queue))
    }

    pub(crate) fn without(queue: u64, thread: usize) -> u64 {
        let rest = threads(queue).filter(|&one| one != thread + 1);
        rest.enumerate().fold(0, |queue, (place, one)| queue | (one as u64) << (4 * place))
    }
}
