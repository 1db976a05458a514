use super::{Monitor, SOON};
use small_programs::subjects::semaphore::{Operation, Permits};
use small_programs::{Answer, Subject};

pub const FAULTS: [&str; 6] = [
    "a permit is lost when a call times out",
    "a permit that comes back wakes nobody",
    "a thread that was woken does not look again",
    "two permits come back as one",
    "a try that fails takes what there is",
    "a release wakes nobody",
];

pub struct Faulty<const FAULT: u8>(Monitor<u32>);

impl<const FAULT: u8> Faulty<FAULT> {
    fn acquire(&self, count: u32) {
        let mut left = match FAULT {
            3 => self.0.wait_once(|&left| left >= count),
            _ => self.0.wait(None, |&left| left >= count).0,
        };
        *left = left.saturating_sub(count);
    }

    fn acquire_in_time(&self, count: u32) -> bool {
        let (mut left, is_there) = self.0.wait(Some(SOON), |&left| left >= count);
        if is_there {
            *left -= count;
        } else if FAULT == 1 {
            *left = left.saturating_sub(1);
        }
        is_there
    }

    fn release(&self, count: u32, wakes: bool) {
        *self.0.value.lock() += if FAULT == 4 { 1 } else { count };
        if wakes {
            self.0.changed.notify_all();
        }
    }
}

impl<const FAULT: u8> Subject for Faulty<FAULT> {
    type Specification = Permits;
    type Held<'a> = Vec<u32>;

    fn new(_: usize) -> Self {
        Self(Monitor::new(1))
    }

    fn call(&self, _: usize, operation: Operation, held: &mut Vec<u32>) -> Answer {
        let (count, got) = match operation {
            Operation::Acquire | Operation::AcquireTwo => {
                let count = if operation == Operation::Acquire { 1 } else { 2 };
                self.acquire(count);
                held.push(count);
                return Answer::Done;
            }
            Operation::TryAcquire => {
                let mut left = self.0.value.lock();
                let is_there = *left >= 1;
                if is_there {
                    *left -= 1;
                }
                (1, is_there)
            }
            Operation::TryAcquireFor => (1, self.acquire_in_time(1)),
            Operation::TryAcquireTwoFor if FAULT == 5 => {
                let got = self.acquire_in_time(2);
                if !got {
                    *self.0.value.lock() = 0;
                }
                (2, got)
            }
            Operation::TryAcquireTwoFor => (2, self.acquire_in_time(2)),
            Operation::GiveBack => {
                let Some(count) = held.pop() else { return Answer::No };
                self.release(count, FAULT != 2);
                return Answer::Yes;
            }
            Operation::Release => {
                self.release(1, FAULT != 6);
                return Answer::Done;
            }
            Operation::Available => return Answer::Number(*self.0.value.lock()),
        };
        held.extend(got.then_some(count));
        if got { Answer::Yes } else { Answer::No }
    }
}
