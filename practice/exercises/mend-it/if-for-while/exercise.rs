//! Mend it: `if` for `while`.
//!
//! `get` waits for a letter if there is none. When it goes on, the letter should be there. It is
//! not always. Mend `get`.

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
        let mut letters = self.letters.lock();
        if letters.is_empty() {
            self.arrived.wait(&mut letters);
        }
        letters.pop().expect("a letter is there")
    }
}
