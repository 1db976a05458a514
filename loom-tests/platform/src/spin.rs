//! Spinning, which the model leaves out.

/// A budget of looks that is used up from the start: in the model, looking again shows nothing that
/// going to sleep does not.
#[derive(Debug, Default)]
pub struct Spin;

impl Spin {
    /// A budget.
    pub const fn new() -> Self {
        Self
    }

    /// `false`: go to sleep.
    pub fn spin(&mut self) -> bool {
        false
    }
}
