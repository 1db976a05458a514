//! How long a call waits.

use super::time::{Duration, Instant};

/// When a call that waits gives up.
///
/// A call that finds at once what it wants does not read the clock for it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Deadline {
    /// It waits for ever.
    Never,
    /// When so much time has passed. Too long for the clock means never.
    After(Duration),
    /// At that moment. One that has passed means at once.
    At(Instant),
}

impl Deadline {
    /// The moment, counted from now; `None` means never. Ask once: asked later, it is later.
    pub fn instant(self) -> Option<Instant> {
        match self {
            Self::Never => None,
            Self::After(timeout) => Instant::now().checked_add(timeout),
            Self::At(deadline) => Some(deadline),
        }
    }

    /// The same with its moment, for a call that waits several times.
    pub fn resolved(self) -> Self {
        self.instant().map_or(Self::Never, Self::At)
    }
}
