use super::answer::Rendezvous;
use practice::prelude::*;

pub fn check() -> Check {
    Check::new()
        .sleeps("one thread comes, and waits for ever", || _ = Rendezvous::new().meet(None))
        .holds("one thread comes, gives up, and comes again", alone)
        .holds("Ann and Ben wait for ever", patient)
        .holds("Ann waits for a time, Ben for a time", both_in_time)
        .holds("Ann waits for a time, comes again if need be, and Ben waits for ever", comes_again)
}

fn soon() -> Option<Instant> {
    Some(Instant::now() + Duration::from_millis(10))
}

type Shared = (Rendezvous, [Guarded; 2]);

fn shared() -> Shared {
    (Rendezvous::new(), [Guarded::new(), Guarded::new()])
}

/// Prepares a value once, and looks at the other's if the two have met.
fn meet((rendezvous, values): &Shared, me: usize, tries: &[fn() -> Option<Instant>]) -> bool {
    values[me].change();
    let met = tries.iter().any(|deadline| rendezvous.meet(deadline()));
    if met {
        values[1 - me].look();
    }
    met
}

fn alone() {
    let rendezvous = Rendezvous::new();
    for _ in 0..2 {
        assert!(!rendezvous.meet(soon()), "a thread met nobody, and `meet` returned `true`");
    }
}

fn patient() {
    let ann: fn(&Shared) -> bool = |shared| meet(shared, 0, &[|| None]);
    let ben: fn(&Shared) -> bool = |shared| meet(shared, 1, &[|| None]);
    let (_, met) = together(shared(), [("Ann", ann), ("Ben", ben)]);
    assert_eq!(met, [true, true], "what `meet` returned is");
}

fn both_in_time() {
    let ann: fn(&Shared) -> bool = |shared| meet(shared, 0, &[soon]);
    let ben: fn(&Shared) -> bool = |shared| meet(shared, 1, &[soon]);
    let (_, [ann, ben]) = together(shared(), [("Ann", ann), ("Ben", ben)]);
    assert!(ann == ben, "`meet` returned {ann} to Ann, and {ben} to Ben");
}

fn comes_again() {
    let ann: fn(&Shared) -> bool = |shared| meet(shared, 0, &[soon, || None]);
    let ben: fn(&Shared) -> bool = |shared| meet(shared, 1, &[|| None]);
    let (_, met) = together(shared(), [("Ann", ann), ("Ben", ben)]);
    assert_eq!(met, [true, true], "what `meet` returned is");
}
