// stuck: the letter may come after the look and before the wait.

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
        *self.letter.lock() = Some(letter);
        self.arrived.notify_one();
    }

    pub fn get(&self) -> u32 {
        loop {
            if let Some(letter) = self.letter.lock().take() {
                return letter;
            }
            self.arrived.wait(&mut self.letter.lock());
        }
    }
}
