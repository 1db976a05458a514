// wrong: between the two locks the letter may be taken.

use practice::prelude::*;

pub struct Mailbox {
    letters: Lock<Vec<u32>>,
    arrived: Condition,
}

impl Mailbox {
    pub fn new() -> Self {
        Self { letters: Lock::new(Vec::new()), arrived: Condition::new() }
    }

    pub fn put(&self, letter: u32) {
        self.letters.lock().push(letter);
        self.arrived.notify_one();
    }

    pub fn get(&self) -> u32 {
        {
            let mut letters = self.letters.lock();
            while letters.is_empty() {
                self.arrived.wait(&mut letters);
            }
        }
        self.letters.lock().pop().expect("a letter is there")
    }
}
