use super::answer::MyEvent;
use practice::prelude::*;

pub fn check() -> Check {
    Check::new()
        .sleeps("Ann waits, and nobody sets the event", || MyEvent::new().wait())
        .holds("the event is set before Ann waits", set_before::<MyEvent>)
        .as_library(set_before::<Event>)
        .holds("Ann waits, Ben prepares a value and sets the event", one_waits::<MyEvent>)
        .as_library(one_waits::<Event>)
        .holds("Ann and Ben wait, Cat sets the event", two_wait::<MyEvent>)
        .as_library(two_wait::<Event>)
}

trait Events: Send + Sync + 'static {
    fn new() -> Self;
    fn wait(&self);
    fn set(&self);
}

impl Events for MyEvent {
    fn new() -> Self {
        Self::new()
    }
    fn wait(&self) {
        self.wait();
    }
    fn set(&self) {
        self.set();
    }
}

impl Events for Event {
    fn new() -> Self {
        Self::new()
    }
    fn wait(&self) {
        self.wait();
    }
    fn set(&self) {
        self.set();
    }
}

type Shared<E> = (E, Guarded);

fn look<E: Events>((event, prepared): &Shared<E>) {
    event.wait();
    assert_eq!(prepared.look(), 1, "a wait is over, and what was prepared is");
}

fn prepare<E: Events>((event, prepared): &Shared<E>) {
    prepared.change();
    event.set();
}

fn set_before<E: Events>() {
    let event = E::new();
    event.set();
    event.wait();
    event.set();
    event.wait();
}

fn one_waits<E: Events>() {
    together((E::new(), Guarded::new()), [("Ann", look as fn(&Shared<E>)), ("Ben", prepare)]);
}

fn two_wait<E: Events>() {
    let threads = [("Ann", look as fn(&Shared<E>)), ("Ben", look), ("Cat", prepare)];
    together((E::new(), Guarded::new()), threads);
}
