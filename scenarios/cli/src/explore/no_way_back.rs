//! The step after which no order of the steps ends well.

use super::{Kind, ending};
use loom_platform::{Exploration, Explorer, Order, Trace};
use loom_scenarios::{Outcome, Variant};

/// A story with more executions is not searched once more for all orders of its steps: that may
/// take many times as long. So it is with one that has more orders.
const FEW_EXECUTIONS: u64 = 1_000;
const FEW_ORDERS: usize = 1_000;

/// All orders of the steps, if they are soon found and some end badly.
pub(super) fn orders(
    found: &Exploration<Outcome>,
    explorer: &Explorer,
    variant: &Variant,
) -> Option<Vec<Order<Outcome>>> {
    let ends_badly = found.outcomes.iter().any(|one| ending(&one.ending).1 != Kind::Holds);
    if !ends_badly || !found.exhaustive || found.executions > FEW_EXECUTIONS {
        return None;
    }
    let explorer = explorer.clone().every_order().most_orders(FEW_ORDERS);
    let found = explorer.explore(variant.run);
    found.exhaustive.then_some(found.orders)
}

/// That step, by its position. `None`: no order at all ends well, or even all steps of the trace do
/// not decide it.
pub(super) fn no_way_back(orders: &[Order<Outcome>], trace: &Trace) -> Option<usize> {
    let some_end_well = |orders: &[&Order<Outcome>]| {
        orders.iter().any(|order| ending(&order.ending).1 == Kind::Holds)
    };
    let mut alike: Vec<&Order<Outcome>> = orders.iter().collect();
    if !some_end_well(&alike) {
        return None;
    }
    let found = trace.steps().enumerate().find(|(position, told)| {
        alike.retain(|order| {
            let step = order.steps.get(*position).map(|step| (&*step.0, &*step.1));
            step == Some((&trace.threads[told.thread], &told.text))
        });
        !some_end_well(&alike)
    });
    found.map(|(position, _)| position).filter(|_| !alike.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;
    use loom_scenarios::STORIES;

    /// The step after which none of a story's outcomes of this kind can be avoided.
    fn marked(wanted: &str, kind: Kind) -> Option<String> {
        let (story, variant) = wanted.split_once('/').unwrap();
        let story = STORIES.iter().find(|one| one.name == story).unwrap();
        let variant = story.variants.iter().find(|one| one.name == variant).unwrap();
        let explorer = Explorer::new().spurious_wakeups(variant.search.spurious_wakeups);
        let found = explorer.explore(variant.run);
        let orders = orders(&found, &explorer, variant).expect("they are few");
        let bad = found.outcomes.iter().find(|one| ending(&one.ending).1 == kind).unwrap();
        let position = no_way_back(&orders, &bad.trace)?;
        let step = bad.trace.steps().nth(position).unwrap();
        Some(format!("{}: {}", bad.trace.threads[step.thread], step.text))
    }

    #[test]
    fn the_step_is_the_first_after_which_no_order_ends_well() {
        let looks = marked("bank-withdraw/unlocked", Kind::Breaks);
        assert_eq!(looks.as_deref(), Some("Ben: sees 1000"));
        let locks = marked("ab-deadlock/opposite-order", Kind::Stuck);
        assert_eq!(locks.as_deref(), Some("B to A: has B, asks for A"));
        // The waker comes too late or not, and tells the same.
        assert_eq!(marked("lost-wakeup/look-then-sleep", Kind::Stuck), None);
        // Nothing ever ends well.
        assert_eq!(marked("join-in-loop/meet-in-the-loop", Kind::Stuck), None);
    }

    #[test]
    fn a_way_that_is_none_of_the_orders_has_no_such_step() {
        let trace =
            Explorer::new().explore(|| loom_platform::step("goes")).outcomes.remove(0).trace;
        let holds = Explorer::new().every_order().explore(|| Outcome::new(true, "holds"));
        assert_eq!(no_way_back(&holds.orders, &trace), None);
    }
}
