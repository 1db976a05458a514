use super::answer::List;
use practice::prelude::*;

pub fn check() -> Check {
    Check::new()
        .holds("Ann searches, and Ben searches beside her", || meet(SEARCHES, SEARCHES_BESIDE))
        .holds("Ann searches, and Ben inserts beside her", || meet(SEARCHES, INSERTS_BESIDE))
        .holds("Ann and Ben insert", || both(INSERT, INSERT))
        .holds("Ann searches, Ben deletes", || both(SEARCH, DELETE))
        .holds("Ann inserts, Ben deletes", || both(INSERT, DELETE))
        .holds("Ann and Ben delete", || both(DELETE, DELETE))
}

/// The list, its links and its end. A thread that inserts changes the end.
type Shared = (List, [Guarded; 2]);

const SEARCH: fn(&Shared) = |(list, [links, _])| list.search(|| _ = links.look());
const INSERT: fn(&Shared) = |(list, [_, end])| list.insert(|| end.change());
const DELETE: fn(&Shared) = |(list, [links, end])| {
    list.delete(|| {
        links.change();
        end.change();
    });
};

fn both(ann: fn(&Shared), ben: fn(&Shared)) {
    together((List::new(), Default::default()), [("Ann", ann), ("Ben", ben)]);
}

/// A list, and which of the two is at work on it.
type Meeting = (List, [Event; 2]);

/// Each waits, at work, until the other is at work as well.
fn wait_at_work(at_work: &[Event; 2], me: usize) {
    at_work[me].set();
    at_work[1 - me].wait();
}

const SEARCHES: fn(&Meeting) = |(list, both)| list.search(|| wait_at_work(both, 0));
const SEARCHES_BESIDE: fn(&Meeting) = |(list, both)| list.search(|| wait_at_work(both, 1));
const INSERTS_BESIDE: fn(&Meeting) = |(list, both)| list.insert(|| wait_at_work(both, 1));

fn meet(ann: fn(&Meeting), ben: fn(&Meeting)) {
    together((List::new(), Default::default()), [("Ann", ann), ("Ben", ben)]);
}
