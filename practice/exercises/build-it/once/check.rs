use super::answer::MyOnce;
use practice::prelude::*;

pub fn check() -> Check {
    Check::new()
        .holds("a thread calls twice", alone)
        .holds("Ann and Ben call", two::<MyOnce>)
        .as_library(two::<Once>)
        .holds("Ann and Ben call, and look at what was made", look::<MyOnce>)
        .as_library(look::<Once>)
        .holds("Ann, Ben and Cat call", three)
}

trait CallsOnce: Send + Sync + 'static {
    fn new() -> Self;
    fn call_once(&self, f: impl FnOnce());
}

impl CallsOnce for MyOnce {
    fn new() -> Self {
        Self::new()
    }
    fn call_once(&self, f: impl FnOnce()) {
        self.call_once(f);
    }
}

impl CallsOnce for Once {
    fn new() -> Self {
        Self::new()
    }
    fn call_once(&self, f: impl FnOnce()) {
        self.call_once(f);
    }
}

fn alone() {
    let once = MyOnce::new();
    let mut times = 0;
    once.call_once(|| times += 1);
    once.call_once(|| times += 1);
    assert_eq!(times, 1, "the calls of the function are");
}

type Shared<O> = (O, AtomicU32);

fn call<O: CallsOnce>((once, times): &Shared<O>) {
    once.call_once(|| _ = times.fetch_add(1, Relaxed));
    assert_eq!(times.load(Relaxed), 1, "`call_once` is over, and the calls of the function are");
}

fn two<O: CallsOnce>() {
    together((O::new(), AtomicU32::new(0)), [("Ann", call as fn(&Shared<O>)), ("Ben", call)]);
}

fn three() {
    let threads = [("Ann", call as fn(&Shared<MyOnce>)), ("Ben", call), ("Cat", call)];
    together((MyOnce::new(), AtomicU32::new(0)), threads);
}

fn look<O: CallsOnce>() {
    let call: fn(&(O, Guarded)) = |(once, made)| {
        once.call_once(|| made.change());
        made.look();
    };
    together((O::new(), Guarded::new()), [("Ann", call), ("Ben", call)]);
}
