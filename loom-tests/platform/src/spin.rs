//! Spinning, which the model leaves out, and overtaking, of which it has little.

/// Once, so that a search sees what happens in normal mode and what in hand-off mode.
pub const MOST_OVERTAKES: u32 = 1;

/// A budget of looks that is used up from the start: in the model, looking again shows nothing that
/// going to sleep does not.
#[derive(Debug)]
pub struct Spin;

impl Spin {
    /// A budget.
    pub const fn for_lock() -> Self {
        Self
    }

    /// The same: used up.
    pub const fn for_short_lock() -> Self {
        Self
    }

    /// The same: used up.
    pub const fn for_item() -> Self {
        Self
    }

    /// The same: used up.
    pub const fn for_turn() -> Self {
        Self
    }

    /// `false`: go to sleep.
    pub fn spin(&mut self) -> bool {
        false
    }
}

/// A pause after a lost exchange, which the model leaves out too.
#[derive(Debug, Default)]
pub struct Backoff;

impl Backoff {
    /// No exchange lost so far.
    pub const fn new() -> Self {
        Self
    }

    /// `false`: what the exchange has found is as new as anything, so need not be read again.
    pub fn lost(&mut self) -> bool {
        false
    }
}
