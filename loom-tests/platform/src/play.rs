//! All orders of a program's steps, as places of a game: whose turn it is says the player.
//!
//! A turn is what a thread does up to its next step, or until it waits or ends. To time out is a
//! turn by itself. In between nobody else moves, and reads find the newest values. So a game shows
//! what [`Explorer::explore`] finds only as far as the program's steps tell of it.
//!
//! Where the player [picks values](Explorer::pick_values), there is a turn for each value that a
//! thread may read. What is still to be written cannot be read, and what is written becomes the
//! newest value. So the game has no execution in which a plain store stands before an older store
//! of another thread in their word's order. No other is left out by that.
//!
//! Two orders that lead to the same place go on alike. So a place is made once: what counts is what
//! each thread has read and written so far, and what every word holds. Where that is a pointer, a
//! place may be made more than once. If values are picked, what counts is the execution.

mod memory;

use crate::execution::{self, EarlyEnd, Settings, Waiting};
use crate::explore::{Ending, Explorer, OnDrop, Outcome, Program, run_ourselves};
use crate::own;
use crate::own::code::Step;
use crate::own::pool::Pool;
use crate::own::run::{Moved, RunEnd, Standing};
use crate::trace::Action;
use memory::{Memory, Vocabulary};
use std::cell::RefCell;
use std::collections::{BTreeMap, HashMap, VecDeque};
use std::panic::Location;
use std::rc::Rc;
use std::sync::Arc;

pub use memory::{Load, View, Written};

/// All orders of a program's steps.
#[derive(Clone, Debug)]
pub struct Game<O> {
    /// The threads' names, the main thread first.
    pub threads: Vec<String>,
    /// Where the program can come to. It begins at the first.
    pub places: Vec<Place<O>>,
}

/// What a program has come to.
#[derive(Clone, Debug)]
pub struct Place<O> {
    /// How each thread stands. One that has not been started yet is left out.
    pub threads: Vec<Stands>,
    /// Where each of them has told its last step.
    pub last_steps: Vec<Option<&'static Location<'static>>>,
    /// What can be done next: one turn for each thread that can go on, or several, one for each
    /// value that it may read. The one that reads the newest comes first.
    pub turns: Vec<Turn>,
    /// What the program has shown of its state, by [`show`](crate::show).
    pub shown: BTreeMap<String, String>,
    /// How it ended, if nobody can go on.
    pub ending: Option<Ending<O>>,
    /// What each thread may read now of each word of which values are picked, if it has a name.
    pub views: Vec<Vec<View>>,
    /// In how many orders it can go on from here, each pick being another.
    pub orders: u64,
}

/// How a thread stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Stands {
    /// It can go on.
    Ready,
    /// It waits, and if nothing happens before, its time limit lets it go on.
    WaitsForATime(Waiting),
    /// It waits, and cannot go on. A loop that looks and finds nothing new says nothing more.
    Waits(Option<Waiting>),
    /// It has ended.
    Ended,
}

/// What a thread does when it is its turn.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Turn {
    /// Index into [`Game::threads`].
    pub thread: usize,
    /// The step that it tells, and where; nothing if it comes to its end, or waits, before.
    pub told: Option<Told>,
    /// What it reads where values are picked.
    pub loads: Vec<Load>,
    /// The place that it leads to: an index into [`Game::places`].
    pub to: usize,
}

/// A step that was told, and where.
type Told = (String, &'static Location<'static>);

/// One run, by which places are found.
struct Run<O> {
    moved: Option<Moved>,
    /// All that was done.
    way: Vec<Step>,
    threads: Vec<Stands>,
    steps: Vec<(usize, String, &'static Location<'static>)>,
    shown: BTreeMap<String, String>,
    names: Vec<String>,
    ending: Option<Ending<O>>,
    place: (u64, Vec<(Standing, u64)>, BTreeMap<String, String>),
    /// If values are picked.
    memory: Option<Memory>,
}

/// A place that was reached, and how.
struct Reached<O> {
    run: Run<O>,
    way: Vec<Step>,
}

impl Explorer {
    /// Finds all orders of the program's steps. `None` if they lead to more than so many places.
    ///
    /// # Panics
    ///
    /// When called inside a model, and when the program does not do the same again.
    pub fn play<O: Outcome>(
        &self,
        most: usize,
        program: impl Fn() -> O + Send + Sync + 'static,
    ) -> Option<Game<O>> {
        assert!(!execution::exploring(), "a model cannot explore another model");
        own::run::begin_search(Arc::new(Pool::new(1)));
        let _ends = OnDrop(own::run::end_search);
        let settings = Rc::new(Settings { play: true, ..self.settings.clone() });
        Player { program: Arc::new(program), settings, vocabulary: RefCell::default() }.all(most)
    }
}

struct Player<O> {
    program: Program<O>,
    settings: Rc<Settings>,
    /// The words of which values are picked, as far as they are known.
    vocabulary: RefCell<Vocabulary>,
}

impl<O: Outcome> Player<O> {
    fn all(&self, most: usize) -> Option<Game<O>> {
        let start = self.settle(Vec::new());
        let mut game = Game { threads: start.run.names.clone(), places: Vec::new() };
        let mut known = HashMap::from([(start.run.place.clone(), 0)]);
        let mut left = VecDeque::from([start]);
        let mut next = 1;
        let mut ways = Vec::new();
        while let Some(Reached { run, way }) = left.pop_front() {
            let mut turns = Vec::new();
            for thread in (0..run.threads.len()).filter(|&one| run.threads[one].can_go_on()) {
                for (told, loads, reached) in self.turns(&way, run.steps.len(), thread) {
                    if reached.run.names.len() > game.threads.len() {
                        game.threads.clone_from(&reached.run.names);
                    }
                    let to = *known.entry(reached.run.place.clone()).or_insert_with(|| {
                        left.push_back(reached);
                        next += 1;
                        next - 1
                    });
                    turns.push(Turn { thread, told, loads, to });
                }
            }
            let ending = run.ending.filter(|_| turns.is_empty());
            let last = |thread| run.steps.iter().rfind(|(one, ..)| *one == thread);
            let last_steps = (0..run.threads.len()).map(|one| last(one).map(|&(.., at)| at));
            let last_steps = last_steps.collect();
            let Run { threads, shown, .. } = run;
            let (views, orders) = (Vec::new(), 0);
            game.places.push(Place { threads, last_steps, turns, shown, ending, views, orders });
            ways.push(way);
            if next > most {
                return None;
            }
        }
        // Not before all words are known that are to be told of.
        if self.settings.picks.is_some() {
            for (place, way) in game.places.iter_mut().zip(ways) {
                let memory = self.run(&way, None).memory.expect("values are picked");
                place.views = memory.views(&self.vocabulary.borrow());
            }
        }
        for place in 0..game.places.len() {
            count_orders(&mut game.places, place);
        }
        Some(game)
    }

    /// Lets a thread have its turn, in each way that the player can pick.
    fn turns(
        &self,
        way: &[Step],
        told_before: usize,
        thread: usize,
    ) -> Vec<(Option<Told>, Vec<Load>, Reached<O>)> {
        let mut turns = Vec::new();
        let mut left = VecDeque::from([way.to_vec()]);
        while let Some(guide) = left.pop_front() {
            let mut run = self.run(&guide, Some((thread, way.len())));
            let moved = run.moved.take().expect("the thread has moved");
            let done = std::mem::take(&mut run.way);
            let step = moved.told.then(|| run.steps.swap_remove(told_before));
            let mut loads = Vec::new();
            if let Some(memory) = &run.memory {
                for pick in memory.picks.iter().filter(|pick| pick.at >= way.len()) {
                    let location = pick.view.location;
                    let word = memory.vocabulary[&location].clone();
                    self.vocabulary.borrow_mut().insert(location, word);
                    loads.push(memory.load(pick));
                    // What is in the guide was picked before.
                    let others = pick.steps.iter().skip(1).filter(|_| pick.at >= guide.len());
                    left.extend(others.map(|&other| [&done[..pick.at], &[other]].concat()));
                }
            }
            turns.push((step.map(|(_, text, at)| (text, at)), loads, self.settle(done)));
        }
        turns
    }

    /// The main thread goes on by itself where it has nothing to tell: it starts the others, and
    /// collects what they have done.
    fn settle(&self, way: Vec<Step>) -> Reached<O> {
        let mut run = self.run(&way, Some((0, way.len())));
        let moved = run.moved.take().expect("the main thread has moved");
        let mut longer = std::mem::take(&mut run.way);
        if moved.told {
            longer.truncate(way.len().max(moved.at_start));
            run = self.run(&longer, None);
        }
        Reached { run, way: longer }
    }

    /// `mover` goes on, whose turn began after so many steps of the way.
    fn run(&self, way: &[Step], mover: Option<(usize, usize)>) -> Run<O> {
        own::run::begin_play(way, mover);
        let (end, returned) = run_ourselves(&self.program, &self.settings);
        let (moved, way, mut words) = own::run::moved();
        let memory = self.settings.picks.map(|_| (own::run::memory(), own::run::picks()));
        if memory.is_some() {
            words = own::run::fingerprint().0;
        }
        let standings = own::run::standings();
        let stands = |(thread, (standing, _)): (usize, &(Standing, u64))| {
            let waiting = || execution::waiting(thread);
            match standing {
                Standing::Ready => Stands::Ready,
                Standing::WaitsForATime => {
                    Stands::WaitsForATime(waiting().expect("it waits for something"))
                }
                Standing::Waits => Stands::Waits(waiting()),
                Standing::Ended => Stands::Ended,
            }
        };
        let threads: Vec<Stands> = standings.iter().enumerate().map(stands).collect();
        let (noted, shown) = execution::noted();
        own::run::finish();
        execution::end_from_outside(EarlyEnd::Stuck(Vec::new()));
        own::run::unwind();
        let Some(mut finished) = execution::end() else { unreachable!("it was begun") };
        match end {
            RunEnd::Parted(why) => panic!("{why}"),
            RunEnd::Dead => panic!("the program does not do the same again"),
            RunEnd::Ended | RunEnd::Stuck(_) | RunEnd::GoesRound(_) => {}
        }
        let step = |event: crate::trace::Event| match event.action {
            Action::Step(text) => Some((event.thread, text, event.at)),
            _ => None,
        };
        let ending = match (finished.panics.pop(), returned) {
            (Some(panic), _) => Some(Ending::Panicked(panic)),
            (None, Some(outcome)) => Some(Ending::Returned(outcome)),
            (None, None) => {
                let waiting = threads.iter().filter_map(|one| match one {
                    Stands::Waits(waiting) => waiting.clone(),
                    _ => None,
                });
                Some(Ending::Stuck(waiting.collect()))
            }
        };
        let memory = memory.map(|(memory, picks)| {
            let events = &finished.events[..noted];
            Memory::new(memory, picks, events, &finished.names, finished.threads.clone())
        });
        Run {
            memory,
            moved,
            way,
            steps: finished.events.into_iter().take(noted).filter_map(step).collect(),
            place: (words, standings, shown.clone()),
            shown,
            names: finished.threads,
            threads,
            ending,
        }
    }
}

impl Stands {
    /// Whether it can have a turn.
    pub fn can_go_on(&self) -> bool {
        matches!(self, Self::Ready | Self::WaitsForATime(_))
    }
}

/// Notes the number of orders for a place and all that can follow.
fn count_orders<O>(places: &mut [Place<O>], place: usize) -> u64 {
    if places[place].orders == 0 {
        let next: Vec<usize> = places[place].turns.iter().map(|turn| turn.to).collect();
        let orders =
            next.into_iter().map(|to| count_orders(places, to)).fold(0, u64::saturating_add);
        places[place].orders = orders.max(1);
    }
    places[place].orders
}
