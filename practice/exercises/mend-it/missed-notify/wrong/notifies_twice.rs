// stuck: twice too early is still too early.

use practice::prelude::*;

pub struct Mailbox {
    letter: Lock<Option<u32>>,
    arrived: Condition,
}

impl Mailbox {
    pub fn new() -> Self {
        Self { letter: Lock::new(None), arrived: Condition::new() }
    }

    pub fn put(&self, letter: u32) {
        self.arrived.notify_one();
        self.arrived.notify_one();
        *self.letter.lock() = Some(letter);
    }

    pub fn get(&self) -> u32 {
        let mut letter = self.letter.lock();
        loop {
            if let Some(letter) = letter.take() {
                return letter;
            }
            self.arrived.wait(&mut letter);
        }
    }
}
