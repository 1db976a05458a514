use super::{Monitor, SOON, yes};
use small_programs::subjects::latch::{Left, Operation};
use small_programs::{Answer, Subject};

pub const FAULTS: [&str; 6] = [
    "the last count wakes one of those who wait",
    "the last count wakes nobody",
    "a wait that timed out says that the latch is open",
    "one count too many closes the latch again",
    "a count is a look and then a change",
    "an arrival does not wait",
];

pub struct Faulty<const FAULT: u8>(Monitor<u32>);

impl<const FAULT: u8> Faulty<FAULT> {
    fn count_down(&self) -> Answer {
        let mut left = self.0.value.lock();
        let seen = *left;
        if FAULT == 5 {
            drop(left);
            left = self.0.value.lock();
        }
        if seen == 0 && FAULT != 4 {
            return Answer::Over;
        }
        *left = seen.wrapping_sub(1);
        if *left == 0 {
            match FAULT {
                1 => _ = self.0.changed.notify_one(),
                2 => {}
                _ => _ = self.0.changed.notify_all(),
            }
        }
        Answer::Done
    }
}

impl<const FAULT: u8> Subject for Faulty<FAULT> {
    type Specification = Left;
    type Held<'a> = ();

    fn new(_: usize) -> Self {
        Self(Monitor::new(2))
    }

    fn call(&self, _: usize, operation: Operation, (): &mut ()) -> Answer {
        let is_open = |left: &u32| *left == 0;
        match operation {
            Operation::CountDown => return self.count_down(),
            Operation::ArriveAndWait => {
                let counted = self.count_down();
                if counted == Answer::Over {
                    return counted;
                }
                if FAULT != 6 {
                    drop(self.0.wait(None, is_open));
                }
            }
            Operation::Wait => drop(self.0.wait(None, is_open)),
            Operation::TryWait => return yes(is_open(&self.0.value.lock())),
            Operation::WaitFor => return yes(self.0.wait(Some(SOON), is_open).1 || FAULT == 3),
            Operation::Count => return Answer::Number(*self.0.value.lock()),
        }
        Answer::Done
    }
}
