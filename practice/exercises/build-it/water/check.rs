use super::answer::Water;
use practice::prelude::*;

pub fn check() -> Check {
    Check::new()
        .sleeps("a hydrogen comes alone", || Water::new().hydrogen())
        .sleeps("a hydrogen and an oxygen come", too_few)
        .holds_when_woken("two hydrogens and an oxygen come", molecule)
}

type Shared = (Water, [AtomicU32; 3]);

fn bond((water, came): &Shared, me: usize) -> bool {
    came[me].store(1, Relaxed);
    if me == 2 {
        water.oxygen()
    } else {
        water.hydrogen()
    }
    came.iter().all(|came| came.load(Relaxed) == 1)
}

const HYDROGEN: fn(&Shared) -> bool = |shared| bond(shared, 0);
const OTHER_HYDROGEN: fn(&Shared) -> bool = |shared| bond(shared, 1);
const OXYGEN: fn(&Shared) -> bool = |shared| bond(shared, 2);

fn too_few() {
    let threads = [("hydrogen", HYDROGEN), ("oxygen", OXYGEN)];
    together((Water::new(), Default::default()), threads);
}

fn molecule() {
    let threads = [("hydrogen", HYDROGEN), ("2nd hydrogen", OTHER_HYDROGEN), ("oxygen", OXYGEN)];
    let (_, complete) = together((Water::new(), Default::default()), threads);
    assert_eq!(complete, [true; 3], "whether all three had come when each went on is");
}
