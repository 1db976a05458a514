//! The search: every execution of a program once.
//!
//! The algorithm is *TruSt* (Kokologiannakis, Marmanis, Gladstein, Vafeiadis, *Truly Stateless,
//! Optimal Dynamic Partial Order Reduction*, 2022). A run adds events to the graph one at a time.
//! Where an event can go several ways, the run goes on with one, and the graphs of the others are
//! kept for later runs:
//!
//! - a read may read each write that coherence allows;
//! - a write may stand at each place in the order of its location that coherence allows;
//! - a write may be what an *earlier* read reads. For that the read gets its new source, and what
//!   came after the read is taken back, unless the write depends on it.
//!
//! The third would reach one graph by many ways. It is done only if all that is taken back, and the
//! read itself, had gone the way that an event goes if nothing else is asked for: reads have read
//! the newest write, writes stand last. Of the graphs that differ only in what is taken back there
//! is exactly one such, so nothing is missed and nothing is met twice.
//!
//! So there is no memory of what was explored. A graph that is kept has all that a run needs:
//! it is run again, event by event, and then goes on.
//!
//! A read-modify-write is a read and then a write, and may read what another one, `u`, has read and
//! replaced. Both cannot be. So such a graph is never run: only the graphs are kept in which the
//! write is what `u`, or a read before `u`, reads.

use super::code::Step;
use super::graph::{
    Action, Clock, Event, Graph, INITIAL, Knowledge, NOWHERE, Purpose, Ref, Strength, queue,
};
use super::view::{self, View, Why};
use std::collections::VecDeque;
use std::ops::RangeInclusive;

/// One read, and what may come of it.
pub(crate) struct Read<'a> {
    pub(crate) location: u32,
    pub(crate) strength: Strength,
    pub(crate) purpose: Purpose,
    pub(crate) newer_than: Option<Ref>,
    /// Whether the thread can go on with this value.
    pub(crate) accepts: &'a dyn Fn(u64) -> bool,
    /// What is written in the place of this value, if anything, in the same action, when it goes on
    /// in this way.
    pub(crate) update: &'a dyn Fn(u64, u8) -> Option<u64>,
    /// The ordering of that write.
    pub(crate) write: Strength,
    /// Whether those who play say what it reads.
    pub(crate) picked: bool,
}

/// A read for which those who play say what it reads.
#[derive(Clone, Debug)]
pub(crate) struct Pick {
    /// How many events all threads had behind them.
    pub(crate) at: usize,
    pub(crate) read: Ref,
    /// What it could read.
    pub(crate) view: View,
    /// The step for each of these.
    pub(crate) steps: Vec<Step>,
}

/// A run under way, and the graphs that are left for later ones.
#[derive(Default)]
pub(crate) struct Search {
    pub(crate) graph: Graph,
    /// How many events of the graph's order have been run again.
    pub(crate) replayed: usize,
    /// How many events each thread has behind it in this run.
    done: Vec<usize>,
    pub(crate) knowledge: Vec<Knowledge>,
    pub(crate) kept: VecDeque<Graph>,
    /// Graphs that are not needed any more: their memory is used again.
    spare: Vec<Graph>,
    /// What to do next, where one execution is run again and nothing else is searched.
    pub(crate) guide: Option<VecDeque<Step>>,
    /// After the guide's last step the run goes on by itself.
    pub(crate) outlives_guide: bool,
    /// Where it does: all that was done in this run, so that it can be a guide.
    pub(crate) played: Vec<Step>,
    /// The reads of this run that are picked.
    pub(crate) picks: Vec<Pick>,
    /// Which part of the search lies behind.
    pub(crate) explored: f64,
    /// Why the program cannot be what the graph was made from.
    pub(crate) parted: Option<String>,
    /// No way to go on is consistent.
    pub(crate) dead: bool,
}

impl Search {
    /// Starts the next run. `false` if there is none.
    pub(crate) fn begin(&mut self, next: Option<Graph>) -> bool {
        self.explored += self.graph.share;
        let goes_on = next.is_some();
        let run = std::mem::replace(&mut self.graph, next.unwrap_or_default());
        // Another worker may have made it: of those there is no end.
        if self.spare.len() < 64 {
            self.spare.push(run);
        }
        self.replayed = 0;
        self.done.clear();
        self.played.clear();
        self.picks.clear();
        self.knowledge.clear();
        self.dead = false;
        goes_on
    }

    /// Keeps the graph as it is now for a later run.
    fn keep(&mut self) {
        let mut copy = self.spare.pop().unwrap_or_default();
        copy.clone_from(&self.graph);
        self.kept.push_back(copy);
    }

    /// Gives each graph that was kept since, and the one that is run, a part of the same size.
    fn share_since(&mut self, kept: usize) {
        let fresh = self.kept.len() - kept;
        let share = self.graph.share / (fresh + 1) as f64;
        self.kept.iter_mut().skip(kept).for_each(|graph| graph.share = share);
        self.graph.share = share;
    }

    pub(crate) fn add_thread(&mut self, thread: usize, knowledge: Knowledge) {
        if self.knowledge.len() <= thread {
            self.knowledge.resize(thread + 1, Knowledge::default());
            self.done.resize(thread + 1, 0);
        }
        self.knowledge[thread] = knowledge;
        if self.graph.threads.len() <= thread {
            self.graph.threads.resize_with(thread + 1, Vec::new);
        }
    }

    pub(crate) fn add_location(&mut self, location: u32, initial: u64) {
        let locations = &mut self.graph.locations;
        if locations.len() <= location as usize {
            locations.resize_with(location as usize + 1, Default::default);
        }
        locations[location as usize].initial = initial;
    }

    pub(crate) fn replaying(&self) -> bool {
        self.replayed < self.graph.order.len()
    }

    /// The thread whose event comes next, while the graph is run again.
    pub(crate) fn next_in_order(&self) -> Option<usize> {
        self.graph.order.get(self.replayed).map(|&thread| thread.into())
    }

    /// Whether the guide says what comes next.
    pub(crate) fn is_guided(&self) -> bool {
        self.guide.as_ref().is_some_and(|steps| !steps.is_empty())
    }

    /// What the guide says of the event that is added next, if there is a guide.
    fn guided(&mut self) -> Option<Step> {
        let step = self.guide.as_mut()?.pop_front();
        if step.is_none() && !self.outlives_guide {
            self.does_not_fit();
        }
        step
    }

    fn does_not_fit(&mut self) {
        self.parted.get_or_insert_with(|| {
            "the code is of another program, or of an earlier state of this one".to_owned()
        });
        self.dead = true;
    }

    /// How many events are prescribed, by a graph or by a guide, and whose the next one is.
    pub(crate) fn prescribed(&self) -> Option<(usize, usize)> {
        let of_graph = || Some((self.graph.order.len() - self.replayed, self.next_in_order()?));
        let of_guide = |guide: &VecDeque<Step>| Some((guide.len(), guide.front()?.thread));
        self.guide.as_ref().map_or_else(of_graph, of_guide)
    }

    /// How many events the thread has behind it.
    pub(crate) fn done(&self, thread: usize) -> usize {
        self.done[thread]
    }

    /// The thread's next event, if the graph has it already.
    fn recorded(&mut self, thread: usize, matches: impl Fn(&Event) -> bool) -> Option<Ref> {
        if !self.replaying() {
            return None;
        }
        let place = Ref { thread: thread as u8, index: self.done[thread] as u16 };
        if !self.graph.threads[thread].get(self.done[thread]).is_some_and(matches) {
            self.parted.get_or_insert_with(|| {
                "the program does not do the same again: its steps must depend on nothing but \
                 what its operations return (no clock, no random number, no address)"
                    .to_owned()
            });
            self.dead = true;
            return None;
        }
        self.replayed += 1;
        Some(place)
    }

    /// Notes that the thread has gone past its event.
    fn pass(&mut self, event: Ref) {
        if self.outlives_guide {
            self.played.push(self.graph.step(event));
        }
        self.knowledge[usize::from(event.thread)] = self.graph.event(event).after;
        self.done[usize::from(event.thread)] += 1;
    }

    /// Reads. Returns the value, and in which way to go on.
    pub(crate) fn read(&mut self, thread: usize, read: &Read<'_>) -> (u64, u8) {
        let before = self.knowledge[thread];
        let recorded = self.recorded(thread, |event| {
            event.location == read.location && matches!(event.action, Action::Read { .. })
        });
        if self.dead {
            return (0, 0);
        }
        if let Some(place) = recorded {
            let event = self.graph.event_mut(place);
            event.before = before;
            let Action::Read { from, way, purpose, .. } = &mut event.action else {
                unreachable!("it is a read")
            };
            // A pointer has another value in every run.
            *purpose = read.purpose;
            let (from, way) = (*from, *way);
            self.set_source(place, from, way);
            self.pass(place);
            return (self.graph.value_of(read.location, from), way);
        }

        let guided = self.guided();
        if self.dead {
            return (0, 0);
        }
        let kept = self.kept.len();
        let place = self.add_read(thread, read, before);
        self.replayed = self.graph.order.len();
        let mut oldest = self.graph.oldest(read.location, &before.happened);
        let mut latest = self.graph.last(read.location);
        if let Purpose::Leave { joined, .. } = read.purpose {
            oldest = oldest.max(self.graph.position(read.location, joined));
            latest = self.graph.latest_for_sleeper(read.location, joined, |_| true);
        }
        if let Some(than) = read.newer_than {
            oldest = oldest.max(self.graph.position(read.location, than) + 1);
        }
        if read.picked && self.outlives_guide {
            self.note_pick(place, read);
        }
        if let Some(step) = guided {
            return self.read_as_told(place, read, step, oldest..=latest);
        }
        let mut chosen = None;
        for position in (oldest..=latest).rev() {
            if chosen.is_some() && self.outlives_guide {
                break;
            }
            let from = self.graph.write_at(read.location, position);
            let value = self.graph.value_of(read.location, from);
            if !(read.accepts)(value) {
                continue;
            }
            for way in 0..read.purpose.ways(value) {
                let written = (read.update)(value, way);
                self.set_source(place, from, way);
                let allowed = self.graph.queue_allows(place);
                let taken = written.is_some() && self.graph.taken(read.location, position);
                if let Some(value) = written
                    && (taken || !allowed)
                {
                    self.take_over(place, read, from, value);
                } else if allowed && self.graph.sequential_order_exists() && self.leads_on(place) {
                    if chosen.is_none() {
                        chosen = Some((from, way));
                    } else {
                        self.keep();
                    }
                }
            }
        }
        self.share_since(kept);
        match chosen {
            Some((from, way)) => {
                self.set_source(place, from, way);
                self.pass(place);
                (self.graph.value_of(read.location, from), way)
            }
            None => {
                self.dead = true;
                (0, 0)
            }
        }
    }

    fn read_as_told(
        &mut self,
        place: Ref,
        read: &Read<'_>,
        step: Step,
        positions: RangeInclusive<usize>,
    ) -> (u64, u8) {
        let position = self.graph.last(read.location).checked_sub(step.older);
        if let Some(position) = position.filter(|position| positions.contains(position)) {
            let (from, way) = (self.graph.write_at(read.location, position), step.way as u8);
            let value = self.graph.value_of(read.location, from);
            if (read.accepts)(value) && step.way < usize::from(read.purpose.ways(value)) {
                self.set_source(place, from, way);
                self.pass(place);
                return (value, way);
            }
        }
        self.does_not_fit();
        (0, 0)
    }

    /// Notes what a read that was just added can read.
    fn note_pick(&mut self, place: Ref, read: &Read<'_>) {
        let happened = self.graph.event(place).before.happened;
        let mut view = view::of(&self.graph, place.thread.into(), &happened, read.location);
        let mut steps = Vec::new();
        for from in std::mem::take(&mut view.readable) {
            let position = self.graph.position(read.location, from);
            let value = self.graph.value_of(read.location, from);
            let writes = (read.update)(value, 0).is_some();
            self.set_source(place, from, 0);
            let known = |than: &Ref| position <= self.graph.position(read.location, *than);
            let why = if let Some(than) = read.newer_than.filter(known) {
                Some(Why::Read(than))
            } else if writes && self.graph.taken(read.location, position) {
                Some(Why::Replaced)
            } else {
                (!self.graph.sequential_order_exists()).then_some(Why::Unordered)
            };
            match why {
                Some(why) => view.out.push((from, why)),
                None => {
                    view.readable.push(from);
                    steps.push(self.graph.step(place));
                }
            }
        }
        self.picks.push(Pick { at: self.played.len(), read: place, view, steps });
    }

    /// Whether a thread whose last event is this read can go on. One that goes to sleep because of
    /// an old value may find that somebody who knew better has been in the queue. If so, the graphs
    /// are kept in which that one comes later.
    fn leads_on(&mut self, look: Ref) -> bool {
        let Event { action, location, after, .. } = *self.graph.event(look);
        let Action::Read { from, purpose: Purpose::Look { expected }, .. } = action else {
            return true;
        };
        if self.graph.value_of(location, from) != expected {
            return true;
        }
        let thread = usize::from(look.thread);
        let read = Read {
            location: location + 1,
            strength: Strength::default(),
            purpose: Purpose::Join,
            newer_than: None,
            accepts: &|_| true,
            update: &|sleepers, _| Some(queue::with(sleepers, thread)),
            write: Strength::default(),
            picked: false,
        };
        let place = self.add_read(thread, &read, after);
        let positions =
            self.graph.oldest(read.location, &after.happened)..=self.graph.last(read.location);
        let joins = positions.clone().any(|position| {
            let from = self.graph.write_at(read.location, position);
            self.set_source(place, from, 0);
            !self.graph.taken(read.location, position)
                && self.graph.queue_allows(place)
                && self.graph.sequential_order_exists()
        });
        if !joins {
            for position in positions {
                let from = self.graph.write_at(read.location, position);
                self.set_source(place, from, 0);
                let sleepers = self.graph.value_of(read.location, from);
                self.take_over(place, &read, from, queue::with(sleepers, thread));
            }
        }
        self.graph.locations[read.location as usize].reads.pop();
        self.graph.threads[thread].pop();
        self.graph.order.pop();
        joins
    }

    /// Adds a read that reads nothing in particular yet.
    fn add_read(&mut self, thread: usize, read: &Read<'_>, before: Knowledge) -> Ref {
        let place = self.graph.add(
            thread,
            Event {
                stamp: 0,
                location: read.location,
                strength: read.strength,
                action: Action::Read {
                    from: INITIAL,
                    way: 0,
                    purpose: read.purpose,
                    newer_than: read.newer_than,
                },
                before,
                after: before,
            },
        );
        self.graph.locations[read.location as usize].reads.push(place);
        place
    }

    fn set_source(&mut self, read: Ref, from: Ref, way: u8) {
        set_source(&mut self.graph, read, from, way);
    }

    /// Keeps the graphs in which this read reads what stands in the way of it now: another
    /// read-modify-write has replaced it, or a wake has come before this sleeper. What stands in
    /// the way then comes later and reads what is written here, or is taken back.
    fn take_over(&mut self, place: Ref, read: &Read<'_>, from: Ref, value: u64) {
        let before = self.graph.event(place).after;
        let write = Event {
            stamp: 0,
            location: read.location,
            strength: read.write,
            action: Action::Write { value, exclusive: true, passed: Clock::default() },
            before,
            after: before,
        };
        self.revisit(place.thread.into(), write, Some(from));
    }

    /// Writes. `replaces` is what a read-modify-write has read.
    pub(crate) fn write(
        &mut self,
        thread: usize,
        location: u32,
        value: u64,
        strength: Strength,
        replaces: bool,
    ) {
        let before = self.knowledge[thread];
        let recorded = self.recorded(thread, |event| {
            event.location == location && matches!(event.action, Action::Write { .. })
        });
        if self.dead {
            return;
        }
        let replaced = |search: &Self, index: u16| {
            replaces.then(|| search.graph.source(Ref { thread: thread as u8, index: index - 1 }))
        };
        if let Some(place) = recorded {
            let source = replaced(self, place.index);
            let (after, passed) = after_write(&self.graph, place, before, strength, source);
            let event = self.graph.event_mut(place);
            (event.before, event.after) = (before, after);
            // A pointer has another value in every run.
            event.action = Action::Write { value, exclusive: replaces, passed };
            self.pass(place);
            return;
        }
        let source = replaced(self, self.graph.next(thread).index);
        let event = Event {
            stamp: 0,
            location,
            strength,
            action: Action::Write { value, exclusive: replaces, passed: Clock::default() },
            before,
            after: before,
        };
        let positions = places(&self.graph, location, &before.happened, source);
        // Where the run outlives its guide, nothing but the newest is asked for.
        let newest = self.outlives_guide.then(Step::default);
        if let Some(step) = self.guided().or(newest) {
            let place = add_write(&mut self.graph, thread, event, source);
            self.replayed = self.graph.order.len();
            let last = self.graph.last(location);
            let position = if replaces {
                positions.last().copied()
            } else {
                Some(last - step.place.min(last))
            };
            return match position.filter(|position| positions.contains(position)) {
                Some(position) => {
                    self.graph.locations[location as usize].writes.insert(position, place);
                    self.pass(place);
                }
                None => self.does_not_fit(),
            };
        }
        if self.dead {
            return;
        }
        let kept = self.kept.len();
        self.revisit(thread, event, source);
        let place = add_write(&mut self.graph, thread, event, source);
        self.replayed = self.graph.order.len();
        let mut chosen = None;
        for position in positions.into_iter().rev() {
            self.graph.locations[location as usize].writes.insert(position, place);
            if self.graph.sequential_order_exists() {
                if chosen.is_none() {
                    chosen = Some(position);
                } else {
                    self.keep();
                }
            }
            self.graph.locations[location as usize].writes.remove(position);
        }
        self.share_since(kept);
        match chosen {
            Some(position) => {
                self.graph.locations[location as usize].writes.insert(position, place);
                self.pass(place);
            }
            None => self.dead = true,
        }
    }

    /// Keeps the graphs in which an earlier read reads this write, which the thread adds next.
    fn revisit(&mut self, thread: usize, write: Event, source: Option<Ref>) {
        let location = write.location;
        let causes = write.before.causes;
        let reads = self.graph.location(location).reads.clone();
        for read in reads.into_iter().filter(|&read| !causes.has(read)) {
            let stamp = self.graph.event(read).stamp;
            let lengths: Vec<usize> = self
                .graph
                .threads
                .iter()
                .enumerate()
                .map(|(thread, events)| {
                    events.partition_point(|event| event.stamp <= stamp).max(causes.of(thread))
                })
                .collect();
            if !self.may_take_back(read, &lengths, &causes) {
                continue;
            }
            let mut graph = self.spare.pop().unwrap_or_default();
            graph.cut_from(&self.graph, &lengths);
            let turn = graph.order.iter().rposition(|&one| one == read.thread);
            graph.order.remove(turn.expect("the read is in the order"));
            let positions = places(&graph, location, &write.before.happened, source);
            let place = add_write(&mut graph, thread, write, source);
            graph.order.push(read.thread);
            let own_read = Ref { index: place.index.wrapping_sub(1), ..place };
            let Action::Read { purpose, .. } = graph.event(read).action else {
                unreachable!("it is a read")
            };
            let ways = purpose.ways(graph.value_of(location, place));
            for (position, way) in positions.iter().flat_map(|&at| (0..ways).map(move |w| (at, w)))
            {
                graph.locations[location as usize].writes.insert(position, place);
                set_source(&mut graph, read, place, way);
                if is_coherent(&graph, read)
                    && graph.queue_allows(read)
                    && (source.is_none() || graph.queue_allows(own_read))
                    && graph.sequential_order_exists()
                {
                    std::mem::swap(&mut self.graph, &mut graph);
                    if self.leads_on(read) {
                        self.keep();
                    }
                    std::mem::swap(&mut self.graph, &mut graph);
                }
                graph.locations[location as usize].writes.remove(position);
            }
            self.spare.push(graph);
        }
    }

    /// Whether the read and all that would be taken back went the way that asks for nothing.
    fn may_take_back(&self, read: Ref, lengths: &[usize], causes: &Clock) -> bool {
        let taken_back = self.graph.threads.iter().zip(lengths).enumerate().flat_map(
            |(thread, (events, &length))| {
                (length..events.len())
                    .map(move |index| Ref { thread: thread as u8, index: index as u16 })
            },
        );
        taken_back.chain([read]).all(|event| self.asks_for_nothing(event, causes))
    }

    fn asks_for_nothing(&self, place: Ref, causes: &Clock) -> bool {
        let graph = &self.graph;
        let event = graph.event(place);
        let earlier =
            |one: Ref| one == INITIAL || causes.has(one) || graph.event(one).stamp <= event.stamp;
        let last_earlier = |from: usize| {
            !graph.location(event.location).writes[from..].iter().any(|&later| earlier(later))
        };
        match event.action {
            Action::Fence => true,
            Action::Read { way: 1.., .. } => false,
            Action::Read { from, purpose: Purpose::Leave { joined, .. }, .. } => {
                let latest = graph.latest_for_sleeper(event.location, joined, earlier);
                graph.write_at(event.location, latest) == from
            }
            Action::Read { from, .. } => {
                earlier(from) && last_earlier(graph.position(event.location, from))
            }
            Action::Write { .. } => {
                let read_by = |&read: &Ref| graph.source(read) == place && earlier(read);
                !graph.location(event.location).reads.iter().any(read_by)
                    && last_earlier(graph.position(event.location, place))
            }
        }
    }

    /// Moves the thread's clock to a deadline that has passed with its last event.
    pub(crate) fn pass_deadline(&mut self, thread: usize, deadline: u64) {
        let knowledge = &mut self.knowledge[thread];
        knowledge.time = knowledge.time.max(deadline);
        let time = knowledge.time;
        if let Some(last) = self.done[thread].checked_sub(1) {
            self.graph.threads[thread][last].after.time = time;
        }
    }

    pub(crate) fn fence(&mut self, thread: usize, strength: Strength) {
        let before = self.knowledge[thread];
        let recorded = self.recorded(thread, |event| event.action == Action::Fence);
        if self.dead {
            return;
        }
        if recorded.is_none() {
            self.guided();
        }
        if self.dead {
            return;
        }
        let place = recorded.unwrap_or_else(|| self.graph.next(thread));
        let mut after = before;
        if strength.acquire {
            after.happened.join(&after.seen);
        }
        after.happened.add(place);
        after.causes.add(place);
        if strength.release {
            after.fenced = after.happened;
        }
        if recorded.is_some() {
            let event = self.graph.event_mut(place);
            (event.before, event.after) = (before, after);
        } else {
            let action = Action::Fence;
            self.graph.add(
                thread,
                Event { stamp: 0, location: NOWHERE, strength, action, before, after },
            );
            self.replayed = self.graph.order.len();
        }
        self.pass(place);
    }
}

/// The positions after which a write may stand.
fn places(graph: &Graph, location: u32, happened: &Clock, source: Option<Ref>) -> Vec<usize> {
    let positions = match source {
        Some(source) => {
            let position = graph.position(location, source);
            position..=position
        }
        None => graph.oldest(location, happened)..=graph.last(location),
    };
    positions.filter(|&position| !graph.taken(location, position)).collect()
}

/// Adds a write that has no place in the order of its location yet.
fn add_write(graph: &mut Graph, thread: usize, mut event: Event, source: Option<Ref>) -> Ref {
    let place = graph.next(thread);
    let Action::Write { value, exclusive, .. } = event.action else {
        unreachable!("it is a write")
    };
    let passed;
    (event.after, passed) = after_write(graph, place, event.before, event.strength, source);
    event.action = Action::Write { value, exclusive, passed };
    graph.add(thread, event)
}

fn set_source(graph: &mut Graph, read: Ref, source: Ref, way_on: u8) {
    let value = graph.value_of(graph.event(read).location, source);
    let event = graph.event_mut(read);
    let Action::Read { from, way, purpose, .. } = &mut event.action else {
        unreachable!("it is a read")
    };
    (*from, *way) = (source, way_on);
    if let Purpose::Exchange { expected, success, failure, .. } = *purpose {
        event.strength = if value == expected && way_on == 0 { success } else { failure };
    }
    let (before, strength) = (event.before, event.strength);
    graph.event_mut(read).after = after_read(graph, read, before, strength, source);
}

/// Whether the last event of a thread, a read, may read what it reads.
fn is_coherent(graph: &Graph, read: Ref) -> bool {
    let event = graph.event(read);
    let Action::Read { from, purpose, newer_than, .. } = event.action else {
        unreachable!("it is a read")
    };
    let position = graph.position(event.location, from);
    if let Purpose::Leave { joined, .. } = purpose {
        let latest = graph.latest_for_sleeper(event.location, joined, |_| true);
        if position > latest {
            return false;
        }
    }
    if let Some(than) = newer_than
        && position <= graph.position(event.location, than)
    {
        return false;
    }
    position >= graph.oldest(event.location, &event.before.happened)
}

fn after_read(
    graph: &Graph,
    read: Ref,
    before: Knowledge,
    strength: Strength,
    from: Ref,
) -> Knowledge {
    let mut after = before;
    if from != INITIAL {
        let write = graph.event(from);
        after.causes.join(&write.after.causes);
        after.time = after.time.max(write.after.time);
        if let Action::Write { passed, .. } = write.action {
            after.seen.join(&passed);
            if strength.acquire {
                after.happened.join(&passed);
            }
        }
    }
    after.happened.add(read);
    after.causes.add(read);
    after
}

/// What is known after a write, and what it passes on.
fn after_write(
    graph: &Graph,
    write: Ref,
    before: Knowledge,
    strength: Strength,
    source: Option<Ref>,
) -> (Knowledge, Clock) {
    let mut after = before;
    after.happened.add(write);
    after.causes.add(write);
    let mut passed = if strength.release { after.happened } else { before.fenced };
    if let Some(source) = source
        && source != INITIAL
        && let Action::Write { passed: of_source, .. } = graph.event(source).action
    {
        passed.join(&of_source);
    }
    (after, passed)
}
