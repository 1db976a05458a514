use super::answer::MyRwLock;
use practice::prelude::*;

pub fn check() -> Check {
    Check::new()
        .sleeps("a reader comes while a thread writes", reader_comes)
        .holds("Ann and Ben write", two_write::<MyRwLock>)
        .as_library(two_write::<RwLock<()>>)
        .holds("Ann looks, Ben writes, twice each", looks_and_writes)
        .holds("Ann and Ben meet as readers", meet)
        .holds_when_woken("Cat writes, and Ann and Ben come to meet as readers", meet_after_a_write)
        .holds_when_woken("Ann and Ben look, Cat writes", two_look)
}

trait RwLocks: Send + Sync + 'static {
    fn new() -> Self;
    fn writing(&self, f: impl FnOnce());
}

impl RwLocks for MyRwLock {
    fn new() -> Self {
        Self::new()
    }
    fn writing(&self, f: impl FnOnce()) {
        self.write();
        f();
        self.leave_write();
    }
}

impl RwLocks for RwLock<()> {
    fn new() -> Self {
        Self::new(())
    }
    fn writing(&self, f: impl FnOnce()) {
        let _inside = self.write();
        f();
    }
}

type Shared<L> = (L, Guarded);

fn new<L: RwLocks>() -> Shared<L> {
    (L::new(), Guarded::new())
}

fn write<L: RwLocks>((lock, value): &Shared<L>) {
    lock.writing(|| value.change());
}

fn look((lock, value): &Shared<MyRwLock>) {
    lock.read();
    value.look();
    lock.leave_read();
}

fn reader_comes() {
    let lock = MyRwLock::new();
    lock.write();
    lock.read();
}

fn two_write<L: RwLocks>() {
    together(new(), [("Ann", write as fn(&Shared<L>)), ("Ben", write)]);
}

fn looks_and_writes() {
    let look: fn(&Shared<MyRwLock>) = |shared| (0..2).for_each(|_| look(shared));
    let write: fn(&Shared<MyRwLock>) = |shared| (0..2).for_each(|_| write(shared));
    together(new(), [("Ann", look), ("Ben", write)]);
}

fn two_look() {
    together(new(), [("Ann", look as fn(&_)), ("Ben", look), ("Cat", write)]);
}

struct Meeting {
    lock: MyRwLock,
    inside: [Event; 2],
}

impl Meeting {
    fn new() -> Self {
        Self { lock: MyRwLock::new(), inside: [Event::new(), Event::new()] }
    }

    fn meet(&self, me: usize) {
        self.lock.read();
        self.inside[me].set();
        self.inside[1 - me].wait();
        self.lock.leave_read();
    }
}

const ANN: fn(&Meeting) = |meeting| meeting.meet(0);
const BOB: fn(&Meeting) = |meeting| meeting.meet(1);

fn meet() {
    together(Meeting::new(), [("Ann", ANN), ("Ben", BOB)]);
}

fn meet_after_a_write() {
    let meeting = Meeting::new();
    meeting.lock.write();
    let leave: fn(&Meeting) = |meeting| meeting.lock.leave_write();
    together(meeting, [("Ann", ANN), ("Ben", BOB), ("Cat", leave)]);
}
