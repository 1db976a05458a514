//! Outcomes whose type is forgotten. So the search is compiled once, and not for each type.

use super::{Ending, Exploration, Found, Order, Outcome};
use std::any::Any;
use std::fmt;

/// An outcome of any type.
pub(super) struct Erased(Box<dyn AnyOutcome>);

trait AnyOutcome: fmt::Debug + Send {
    fn cloned(&self) -> Box<dyn AnyOutcome>;
    fn equals(&self, other: &dyn Any) -> bool;
    fn as_any(&self) -> &dyn Any;
    fn into_any(self: Box<Self>) -> Box<dyn Any>;
}

impl<O: Outcome> AnyOutcome for O {
    fn cloned(&self) -> Box<dyn AnyOutcome> {
        Box::new(self.clone())
    }

    fn equals(&self, other: &dyn Any) -> bool {
        other.downcast_ref() == Some(self)
    }

    fn as_any(&self) -> &dyn Any {
        self
    }

    fn into_any(self: Box<Self>) -> Box<dyn Any> {
        self
    }
}

impl Erased {
    pub(super) fn new(outcome: impl Outcome) -> Self {
        Self(Box::new(outcome))
    }

    fn typed<O: Outcome>(self) -> O {
        *self.0.into_any().downcast().expect("the type that the program returns")
    }
}

impl Clone for Erased {
    fn clone(&self) -> Self {
        Self((*self.0).cloned())
    }
}

impl PartialEq for Erased {
    fn eq(&self, other: &Self) -> bool {
        (*self.0).equals((*other.0).as_any())
    }
}

impl Eq for Erased {}

impl fmt::Debug for Erased {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl Exploration<Erased> {
    pub(super) fn typed<O: Outcome>(self) -> Exploration<O> {
        Exploration {
            outcomes: self.outcomes.into_iter().map(Found::typed).collect(),
            executions: self.executions,
            blocked: self.blocked,
            different: self.different,
            shapes: self.shapes,
            exhaustive: self.exhaustive,
            finished: self.finished,
            explored: self.explored,
            preemption_bound: self.preemption_bound,
            spurious_wakeups: self.spurious_wakeups,
            locks_in_one_step: self.locks_in_one_step,
            elapsed: self.elapsed,
            orders: self.orders.into_iter().map(Order::typed).collect(),
            orderings: self.orderings,
        }
    }
}

impl Found<Erased> {
    pub(super) fn typed<O: Outcome>(self) -> Found<O> {
        Found {
            ending: self.ending.typed(),
            executions: self.executions,
            trace: self.trace,
            wait_for: self.wait_for,
            code: self.code,
            difficulty: self.difficulty,
        }
    }
}

impl Order<Erased> {
    fn typed<O: Outcome>(self) -> Order<O> {
        Order {
            ending: self.ending.typed(),
            executions: self.executions,
            steps: self.steps,
            arrows: self.arrows,
            code: self.code,
        }
    }
}

impl Ending<Erased> {
    fn typed<O: Outcome>(self) -> Ending<O> {
        match self {
            Self::Returned(outcome) => Ending::Returned(outcome.typed()),
            Self::Stuck(waiting) => Ending::Stuck(waiting),
            Self::Panicked(panic) => Ending::Panicked(panic),
        }
    }
}
