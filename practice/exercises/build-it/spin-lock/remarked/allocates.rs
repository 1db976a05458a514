// remark: 15: let turn = Box::new(1);

use practice::prelude::*;

pub struct SpinLock {
    locked: Box<AtomicBool>,
}

impl SpinLock {
    pub fn new() -> Self {
        Self { locked: Box::new(AtomicBool::new(false)) }
    }

    pub fn lock(&self) {
        let turn = Box::new(1);
        while self.locked.swap(*turn == 1, Acquire) {
            spin_loop();
        }
    }

    pub fn unlock(&self) {
        self.locked.store(false, Release);
    }
}
