//! The exercises of the chapter on orderings.

use super::{always, not_always, show};
use listings::ch14_orderings::exercises::{passed_on_by_a_store, passed_on_by_an_exchange};

#[test]
fn an_exchange_passes_a_release_on_and_a_store_does_not() {
    let right = [None, Some(42)];
    show(
        "passed-on",
        [
            always("`passed_on_by_an_exchange`", passed_on_by_an_exchange, &right),
            not_always("`passed_on_by_a_store`", passed_on_by_a_store, &right),
        ],
    );
}
