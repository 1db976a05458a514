use super::answer::Barbershop;
use practice::prelude::*;

pub fn check() -> Check {
    Check::new()
        .sleeps("the barber comes to an empty shop", || Barbershop::new(1).serve(|| ()))
        .sleeps("a customer comes, and no barber", || _ = Barbershop::new(1).visit())
        .holds("a customer comes to a shop without a place", no_place)
        .holds("Ann comes, and Ben cuts her hair", one)
        .holds_when_woken("one place: Ann and Cat come, and then Ben cuts once", one_is_sent_away)
}

/// A shop, the hair that is cut, and whether somebody was sent away.
type Shared = (Barbershop, Guarded, Event);

fn shop(places: u32) -> Shared {
    (Barbershop::new(places), Guarded::new(), Event::new())
}

fn no_place() {
    assert!(!Barbershop::new(0).visit(), "there is no place, and `visit` returns `true`");
}

fn comes((shop, hair, full): &Shared) -> bool {
    let was_cut = shop.visit();
    if was_cut {
        assert!(hair.look() > 0, "a customer leaves, and its hair is not cut");
        assert!(!shop.is_full(), "a customer has left, and its place is not free");
    } else {
        full.set();
    }
    was_cut
}

fn cuts((shop, hair, _): &Shared) -> bool {
    shop.serve(|| hair.change());
    true
}

fn one() {
    let (_, [ann, _]) = together(shop(1), [("Ann", comes as fn(&_) -> _), ("Ben", cuts)]);
    assert!(ann, "there was a place for Ann, and she was sent away");
}

fn one_is_sent_away() {
    let ben: fn(&Shared) -> bool = |shared| {
        shared.2.wait();
        cuts(shared)
    };
    let threads = [("Ann", comes as fn(&_) -> _), ("Cat", comes), ("Ben", ben)];
    let (_, [ann, cat, _]) = together(shop(1), threads);
    assert_ne!(ann, cat, "one of the two is sent away; whether Ann was cut");
}
