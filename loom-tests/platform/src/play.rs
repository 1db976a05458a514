//! All orders of a program's steps, as places of a game: whose turn it is says the player.
//!
//! A turn is what a thread does up to its next step, or until it waits or ends. To time out is a
//! turn by itself. In between nobody
//! else moves, and reads find the newest values. So a game shows what [`Explorer::explore`] finds
//! only as far as the program's steps tell of it.
//!
//! Two orders that lead to the same place go on alike. So a place is made once: what counts is what
//! each thread has read and written so far, and what every word holds. Where that is a pointer, a
//! place may be made more than once.

use crate::execution::{self, EarlyEnd, Settings, Waiting};
use crate::explore::{Ending, Explorer, OnDrop, Outcome, Program, run_ourselves};
use crate::own;
use crate::own::code::Step;
use crate::own::pool::Pool;
use crate::own::run::{Moved, RunEnd, Standing};
use crate::trace::Action;
use std::collections::{BTreeMap, HashMap, VecDeque};
use std::panic::Location;
use std::rc::Rc;
use std::sync::Arc;

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
    /// What can be done next: one turn for each thread that can go on.
    pub turns: Vec<Turn>,
    /// What the program has shown of its state, by [`show`](crate::show).
    pub shown: BTreeMap<String, String>,
    /// How it ended, if nobody can go on.
    pub ending: Option<Ending<O>>,
    /// In how many orders it can go on from here.
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
    pub told: Option<(String, &'static Location<'static>)>,
    /// The place that it leads to: an index into [`Game::places`].
    pub to: usize,
}

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
        Player { program: Arc::new(program), settings }.all(most)
    }
}

struct Player<O> {
    program: Program<O>,
    settings: Rc<Settings>,
}

impl<O: Outcome> Player<O> {
    fn all(&self, most: usize) -> Option<Game<O>> {
        let start = self.settle(Vec::new());
        let mut game = Game { threads: start.run.names.clone(), places: Vec::new() };
        let mut known = HashMap::from([(start.run.place.clone(), 0)]);
        let mut left = VecDeque::from([start]);
        let mut next = 1;
        while let Some(Reached { run, way }) = left.pop_front() {
            let mut turns = Vec::new();
            for thread in (0..run.threads.len()).filter(|&one| run.threads[one].can_go_on()) {
                let (told, reached) = self.turn(&way, run.steps.len(), thread);
                if reached.run.names.len() > game.threads.len() {
                    game.threads.clone_from(&reached.run.names);
                }
                let to = *known.entry(reached.run.place.clone()).or_insert_with(|| {
                    left.push_back(reached);
                    next += 1;
                    next - 1
                });
                turns.push(Turn { thread, told, to });
            }
            let ending = run.ending.filter(|_| turns.is_empty());
            let last = |thread| run.steps.iter().rfind(|(one, ..)| *one == thread);
            let last_steps = (0..run.threads.len()).map(|one| last(one).map(|&(.., at)| at));
            let last_steps = last_steps.collect();
            let Run { threads, shown, .. } = run;
            game.places.push(Place { threads, last_steps, turns, shown, ending, orders: 0 });
            if next > most {
                return None;
            }
        }
        for place in 0..game.places.len() {
            count_orders(&mut game.places, place);
        }
        Some(game)
    }

    /// Lets a thread have its turn.
    fn turn(
        &self,
        way: &[Step],
        told_before: usize,
        thread: usize,
    ) -> (Option<(String, &'static Location<'static>)>, Reached<O>) {
        let mut run = self.run(way, Some(thread));
        let moved = run.moved.take().expect("the thread has moved");
        let way = std::mem::take(&mut run.way);
        let step = moved.told.then(|| run.steps.swap_remove(told_before));
        (step.map(|(_, text, at)| (text, at)), self.settle(way))
    }

    /// The main thread goes on by itself where it has nothing to tell: it starts the others, and
    /// collects what they have done.
    fn settle(&self, way: Vec<Step>) -> Reached<O> {
        let mut run = self.run(&way, Some(0));
        let moved = run.moved.take().expect("the main thread has moved");
        let mut longer = std::mem::take(&mut run.way);
        if moved.told {
            longer.truncate(way.len().max(moved.at_start));
            run = self.run(&longer, None);
        }
        Reached { run, way: longer }
    }

    fn run(&self, way: &[Step], mover: Option<usize>) -> Run<O> {
        own::run::begin_play(way, mover);
        let (end, returned) = run_ourselves(&self.program, &self.settings);
        let (moved, way, words) = own::run::moved();
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
        Run {
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
