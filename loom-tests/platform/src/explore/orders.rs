//! The orders of steps that a search has met.

use super::{Ending, Erased, Way};
use crate::execution::Finished;
use crate::own::code::{self, Events};
use crate::trace::{Action, Event, arrows};
use std::collections::{HashMap, HashSet};
use std::sync::Arc;

/// An order in which the steps are told, and how the executions end that are told so. Executions
/// that are told alike and end otherwise have an order of their own.
#[derive(Clone, Debug)]
pub struct Order<O> {
    /// How these executions end.
    pub ending: Ending<O>,
    /// How many they are.
    pub executions: u64,
    /// Which thread, by its name, says what. All orders share their steps: each stands there once.
    pub steps: Vec<Arc<(String, String)>>,
    /// As [`Trace::arrows`](crate::Trace::arrows): those that all these executions have.
    pub arrows: Vec<(usize, usize)>,
    /// What [`Explorer::replay`](crate::Explorer::replay) takes to run one of them again, in
    /// pieces: one up to each step, and one for what comes after the last. Loom's search has none.
    pub code: Vec<String>,
}

impl Order<Erased> {
    /// The order of an execution that has ended so.
    pub(super) fn of(
        ending: Ending<Erased>,
        finished: &Finished,
        way: Option<&Way>,
        of: Events,
    ) -> Self {
        let step = |thread: usize, text: &String| {
            Arc::new((finished.threads[thread].clone(), text.clone()))
        };
        let steps = finished
            .events
            .iter()
            .filter_map(|event| match &event.action {
                Action::Step(text) => Some(step(event.thread, text)),
                _ => None,
            })
            .collect();
        let code = way.map_or_else(Vec::new, |way| pieces(way, &finished.events, of));
        Self { ending, executions: 1, steps, arrows: arrows(&finished.events), code }
    }
}

/// The code, cut behind each step.
fn pieces(way: &Way, events: &[Event], of: Events) -> Vec<String> {
    let noted = way.before_notes.iter().zip(events);
    let steps = noted.filter(|(_, event)| matches!(event.action, Action::Step(_)));
    let ends = steps.map(|(&before, _)| before).chain([way.events.len()]);
    let mut pieces = Vec::new();
    let mut from = 0;
    for to in ends {
        pieces.push(code::write(&way.events[from..to]));
        from = to;
    }
    pieces[0].insert_str(0, of.written());
    pieces
}

/// Each order once, for all workers of a search together: so there are never more than were asked
/// for, and each has all its executions.
#[derive(Default)]
pub(super) struct Orders {
    pub(super) all: Vec<Order<Erased>>,
    /// Where in `all` the orders of these steps are.
    places: HashMap<Vec<Arc<(String, String)>>, Vec<usize>>,
    steps: HashSet<Arc<(String, String)>>,
    /// There are more than were asked for.
    pub(super) more: bool,
}

impl Orders {
    pub(super) fn add(&mut self, mut order: Order<Erased>, most: Option<usize>) {
        let places = self.places.get(&order.steps).into_iter().flatten();
        let known = places.copied().find(|&place| self.all[place].ending == order.ending);
        if let Some(known) = known {
            let known = &mut self.all[known];
            known.executions += 1;
            known.arrows.retain(|arrow| order.arrows.contains(arrow));
            // The shortest, whichever worker comes first.
            let rank = |code: &[String]| code.iter().map(String::len).sum::<usize>();
            if (rank(&order.code), &order.code) < (rank(&known.code), &known.code) {
                known.code = order.code;
            }
        } else if most.is_some_and(|most| self.all.len() >= most) {
            self.more = true;
        } else {
            for step in &mut order.steps {
                match self.steps.get(step) {
                    Some(known) => step.clone_from(known),
                    None => _ = self.steps.insert(step.clone()),
                }
            }
            self.places.entry(order.steps.clone()).or_default().push(self.all.len());
            self.all.push(order);
        }
    }
}
