//! Owners and weak ones, counted in two words: the question whether an owner is alone.

use primitives::platform::UnsafeCell;
use primitives::platform::atomic::{
    AtomicU32,
    Ordering::{AcqRel, Acquire},
};

// ANCHOR: words
/// Two counts, and what the owners own.
pub struct TwoWords {
    /// How many owners.
    pub owners: AtomicU32,
    /// How many weak ones.
    pub weaks: AtomicU32,
    value: UnsafeCell<u32>,
}

impl TwoWords {
    /// Wrong: an owner may have come of a weak one that is gone.
    pub fn owners_then_weaks(&self) -> bool {
        self.owners.load(Acquire) == 1 && self.weaks.load(Acquire) == 0
    }

    /// Wrong too: an owner that is gone may have left a weak one behind.
    pub fn weaks_then_owners(&self) -> bool {
        self.weaks.load(Acquire) == 0 && self.owners.load(Acquire) == 1
    }
    // ANCHOR_END: words

    /// So many of each.
    pub fn new(owners: u32, weaks: u32) -> Self {
        let [owners, weaks] = [owners, weaks].map(AtomicU32::new);
        Self { owners, weaks, value: UnsafeCell::new(0) }
    }

    /// A weak one of an owner, which then goes.
    pub fn become_weak(&self) {
        self.weaks.fetch_add(1, AcqRel);
        self.owners.fetch_sub(1, AcqRel);
    }

    /// An owner of a weak one, which then goes. `false`: there was no owner any more.
    pub fn become_owner(&self) -> bool {
        let mut owners = self.owners.load(Acquire);
        while owners > 0 {
            match self.owners.compare_exchange(owners, owners + 1, AcqRel, Acquire) {
                Ok(_) => {
                    self.weaks.fetch_sub(1, AcqRel);
                    return true;
                }
                Err(now) => owners = now,
            }
        }
        false
    }

    /// Looks at the value.
    pub fn read(&self) -> u32 {
        // SAFETY: none, if another that takes itself for alone changes it: the model objects.
        self.value.with(|value| unsafe { *value })
    }

    /// Changes the value.
    pub fn change(&self) {
        // SAFETY: as above.
        self.value.with_mut(|value| unsafe { *value += 1 });
    }
}

// SAFETY: as above. It is only used in the model.
unsafe impl Sync for TwoWords {}
