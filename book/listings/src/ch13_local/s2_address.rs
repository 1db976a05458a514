//! Step two, and wrong: each thread has a table of its own values, which knows an object by its
//! address.

use primitives::platform::thread_local;
use std::any::Any;
use std::cell::RefCell;
use std::collections::HashMap;
use std::ptr;
use std::rc::Rc;

// ANCHOR: local
thread_local! {
    /// This thread's values in all objects.
    static TABLE: RefCell<HashMap<usize, Rc<dyn Any>>> = RefCell::default();
}

/// A value for each thread, found by the object's address.
pub struct AddressLocal<T> {
    init: fn() -> T,
}

impl<T: 'static> AddressLocal<T> {
    /// No values yet. `init` makes one for each thread that asks.
    pub fn new(init: fn() -> T) -> Self {
        Self { init }
    }

    /// Calls `f` with this thread's value.
    pub fn with<R>(&self, f: impl FnOnce(&T) -> R) -> R {
        // Wrong: another object may have had this address before.
        let address = ptr::from_ref(self).addr();
        let found = TABLE.with(|table| table.borrow().get(&address).cloned());
        let value = found.unwrap_or_else(|| {
            let made: Rc<dyn Any> = Rc::new((self.init)());
            TABLE.with(|table| table.borrow_mut().insert(address, made.clone()));
            made
        });
        f(value.downcast_ref().expect("a value of this object"))
    }
}
// ANCHOR_END: local
