//! A cell whose accesses loom checks for races.

use crate::execution::{step_of_own, unwinding, visible};
use crate::own;
use std::fmt;

/// A cell whose content is reached through closures, so that loom can see each access.
pub struct UnsafeCell<T: ?Sized> {
    /// The threads that accessed the cell, and when. The value is kept apart, where a thread that
    /// unwinds can reach it without disturbing loom.
    accesses: Accesses,
    value: std::cell::UnsafeCell<T>,
}

enum Accesses {
    Loom(loom::cell::UnsafeCell<()>),
    Own(std::cell::RefCell<own::run::Uses>),
}

impl Accesses {
    #[track_caller]
    fn note(&self, writes: bool) {
        match self {
            Self::Loom(cell) if writes => visible(|| cell.with_mut(|_| ()), || ()),
            Self::Loom(cell) => visible(|| cell.with(|_| ()), || ()),
            Self::Own(uses) => {
                let note = || Ok(own::run::use_cell(&mut uses.borrow_mut(), writes));
                // A second panic, of a destructor while the thread unwinds, would end the process.
                let races = step_of_own(note, || Ok(())).is_err() && !unwinding();
                assert!(!races, "a data race: no order between two uses of a value, one a change");
            }
        }
    }
}

impl<T> UnsafeCell<T> {
    /// Wraps a value.
    #[track_caller]
    pub fn new(value: T) -> Self {
        let accesses = if own::run::active() {
            Accesses::Own(Default::default())
        } else {
            Accesses::Loom(loom::cell::UnsafeCell::new(()))
        };
        Self { accesses, value: std::cell::UnsafeCell::new(value) }
    }

    /// Gives the value back.
    pub fn into_inner(self) -> T {
        self.value.into_inner()
    }
}

impl<T: ?Sized> UnsafeCell<T> {
    /// Calls `read` with a pointer that may be read through while no other thread writes.
    ///
    /// Loom checks the access before the call, so that what `read` does may take visible steps of
    /// its own, and may panic.
    #[track_caller]
    pub fn with<R>(&self, read: impl FnOnce(*const T) -> R) -> R {
        self.accesses.note(false);
        read(self.value.get())
    }

    /// Calls `write` with a pointer that may be written through while no other thread has access.
    #[track_caller]
    pub fn with_mut<R>(&self, write: impl FnOnce(*mut T) -> R) -> R {
        self.accesses.note(true);
        write(self.value.get())
    }

    /// The value, when the borrow checker already proves that nobody shares it.
    pub fn get_mut(&mut self) -> &mut T {
        self.value.get_mut()
    }
}

impl<T: ?Sized> fmt::Debug for UnsafeCell<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("UnsafeCell { .. }")
    }
}
