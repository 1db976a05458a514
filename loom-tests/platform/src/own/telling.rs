//! An order in which an execution can be told.
//!
//! The search adds events in an order of its own: a write that stands before another may be added
//! after it, and what an early read reads may be a late thread's. Whoever reads a trace wants one
//! thing after another, as if there were no other memory than the newest. So the events are put in
//! an order in which each read finds the newest write, if there is one. Where the memory model
//! allows what no such order has, as few rules are broken as needed: first a read may find an older
//! write, then writes may come in another order than that of their location.

use super::code::Step;
use super::graph::{Action, Clock, Graph, MAX_THREADS, Ref};

/// A place in what a thread did: what it noted after so much.
pub(crate) type Note = (usize, Clock);

/// One note, in the order of the telling.
pub(crate) struct Told {
    pub(crate) note: usize,
    /// The value that the last event before it has read is not the newest.
    pub(crate) stale: bool,
    /// How many events come before it.
    pub(crate) after: usize,
}

/// The notes in their order, and the events in theirs. `births` says which event started which
/// thread.
pub(crate) fn tell(
    graph: &Graph,
    notes: &[Note],
    births: &[(Ref, usize)],
) -> (Vec<Told>, Vec<Step>) {
    let of = |thread| (0..notes.len()).filter(move |&note| notes[note].0 == thread).collect();
    let mut telling = Telling {
        graph,
        notes,
        left: std::array::from_fn(of),
        done: Clock::default(),
        newest: vec![0; graph.locations.len()],
        told: Vec::with_capacity(notes.len()),
        births,
        started: vec![0],
        steps: Vec::with_capacity(graph.order.len()),
    };
    // Notes of a thread stand in the order in which it made them: the last first, to be popped.
    telling.left.iter_mut().for_each(|left| left.reverse());
    let mut current = 0;
    loop {
        // Who was telling goes on: the reader's eye need not move.
        let threads = || [current].into_iter().chain(0..MAX_THREADS);
        let next = [Rules::All, Rules::NoNewestRead, Rules::NoOrderOfWrites]
            .into_iter()
            .find_map(|rules| threads().find(|&thread| telling.can_go_on(thread, rules)));
        let Some(thread) = next else { break };
        telling.go_on(thread);
        current = thread;
    }
    (telling.told, telling.steps)
}

/// Which rules hold.
#[derive(Clone, Copy, PartialEq, PartialOrd)]
enum Rules {
    NoOrderOfWrites,
    NoNewestRead,
    All,
}

struct Telling<'a> {
    graph: &'a Graph,
    notes: &'a [Note],
    /// The notes of each thread that are left, the next one last.
    left: [Vec<usize>; MAX_THREADS],
    done: Clock,
    /// The last position that was written, of each location.
    newest: Vec<usize>,
    told: Vec<Told>,
    births: &'a [(Ref, usize)],
    /// The threads in the order in which they were started.
    started: Vec<usize>,
    steps: Vec<Step>,
}

impl Telling<'_> {
    /// The thread's next note, if it comes before the thread's next event.
    fn note(&self, thread: usize) -> Option<usize> {
        let note = *self.left[thread].last()?;
        (self.notes[note].1.of(thread) <= self.done.of(thread)).then_some(note)
    }

    fn event(&self, thread: usize) -> Option<Ref> {
        let next = Ref { thread: thread as u8, index: self.done.of(thread) as u16 };
        (next.index < self.graph.next(thread).index).then_some(next)
    }

    fn can_go_on(&self, thread: usize, rules: Rules) -> bool {
        if let Some(note) = self.note(thread) {
            return self.notes[note].1.within(&self.done);
        }
        let Some(event) = self.event(thread) else { return false };
        let causes = self.graph.event(event).before.causes.within(&self.done);
        causes
            && match self.graph.event(event).action {
                Action::Read { from, .. } => {
                    let writes = self.replaces(event);
                    self.done.has(from) && writes.is_none_or(|write| self.may_write(write, rules))
                }
                Action::Write { exclusive, .. } => exclusive || self.may_write(event, rules),
                Action::Fence => true,
            }
    }

    /// The write that belongs to this read, of a read-modify-write.
    fn replaces(&self, read: Ref) -> Option<Ref> {
        let next = Ref { index: read.index + 1, ..read };
        let exists = next.index < self.graph.next(read.thread.into()).index;
        let is_its = |&next: &Ref| {
            matches!(self.graph.event(next).action, Action::Write { exclusive: true, .. })
        };
        exists.then_some(next).filter(is_its)
    }

    fn may_write(&self, write: Ref, rules: Rules) -> bool {
        let location = self.graph.event(write).location;
        let position = self.graph.position(location, write);
        let is_next = self.newest[location as usize] + 1 == position;
        let replaced = self.graph.write_at(location, position - 1);
        // Its own read is done with the write.
        let own_read = |read: Ref| read.thread == write.thread && read.index + 1 == write.index;
        let is_read_later = || {
            self.graph.location(location).reads.iter().any(|&read| {
                !self.done.has(read) && self.graph.source(read) == replaced && !own_read(read)
            })
        };
        match rules {
            Rules::All => is_next && !is_read_later(),
            Rules::NoNewestRead => is_next,
            Rules::NoOrderOfWrites => true,
        }
    }

    fn go_on(&mut self, thread: usize) {
        if let Some(note) = self.note(thread) {
            self.left[thread].pop();
            let stale = self.read_an_old_value(thread);
            return self.told.push(Told { note, stale, after: self.steps.len() });
        }
        let event = self.event(thread).expect("it can go on");
        self.pass(event);
        if let Action::Read { .. } = self.graph.event(event).action
            && let Some(write) = self.replaces(event)
        {
            self.pass(write);
        }
    }

    fn pass(&mut self, event: Ref) {
        self.steps.push(self.step(event));
        self.done.add(event);
        let born = self.births.iter().filter(|(start, _)| *start == event);
        self.started.extend(born.map(|&(_, thread)| thread));
        let location = self.graph.event(event).location;
        if let Action::Write { .. } = self.graph.event(event).action {
            let newest = &mut self.newest[location as usize];
            *newest = (*newest).max(self.graph.position(location, event));
        }
    }

    /// What the event does otherwise than the first choice, as things stand before it.
    fn step(&self, event: Ref) -> Step {
        let is_it = |&thread: &usize| thread == usize::from(event.thread);
        // What a program did before and does not do again may be of a thread that it did not start.
        let Some(thread) = self.started.iter().position(is_it) else { return Step::default() };
        let location = self.graph.event(event).location;
        let behind = |write: Ref| {
            let position = self.graph.position(location, write);
            let later = &self.graph.location(location).writes[position..];
            later.iter().filter(|&&write| self.done.has(write)).count()
        };
        let step = Step { thread, ..Step::default() };
        match self.graph.event(event).action {
            Action::Read { from, way, .. } => Step { older: behind(from), way: way.into(), ..step },
            Action::Write { exclusive: false, .. } => Step { place: behind(event), ..step },
            _ => step,
        }
    }

    fn read_an_old_value(&self, thread: usize) -> bool {
        let Some(index) = self.done.of(thread).checked_sub(1) else { return false };
        let event = self.graph.event(Ref { thread: thread as u8, index: index as u16 });
        let Action::Read { from, .. } = event.action else { return false };
        let newest = self.newest[event.location as usize];
        self.graph.value_of(event.location, from) != self.graph.value_at(event.location, newest)
    }
}
