//! Which memory orderings a program uses, and what happens without each.

use std::fmt;
use std::panic::Location;
use std::sync::atomic::Ordering::{self, AcqRel, Acquire, Relaxed, Release, SeqCst};

/// An ordering at its place in the source.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct OrderingSite {
    /// The operation's place.
    pub at: &'static Location<'static>,
    /// What the ordering is for: a compare-exchange has two.
    pub role: Role,
    /// The ordering as written.
    pub ordering: Ordering,
}

/// What an ordering is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Role {
    /// A load.
    Load,
    /// A store.
    Store,
    /// A read-modify-write, or the success of a compare-exchange.
    Update,
    /// The failure of a compare-exchange, which is a load.
    Failure,
    /// A fence.
    Fence,
}

/// An ordering, and what to use in its place. `None` takes a fence away.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Weakened {
    /// What to weaken.
    pub site: OrderingSite,
    /// What to.
    pub to: Option<Ordering>,
}

impl OrderingSite {
    pub(crate) fn new(at: &'static Location<'static>, role: Role, ordering: Ordering) -> Self {
        Self { at, role, ordering }
    }

    /// Each ordering that is one step weaker. Anything weaker still allows more executions, so it
    /// fails wherever one of these does.
    pub fn weaker(self) -> Vec<Weakened> {
        let to: &[Option<Ordering>] = match (self.role, self.ordering) {
            (_, SeqCst) if matches!(self.role, Role::Load | Role::Failure) => &[Some(Acquire)],
            (Role::Store, SeqCst) => &[Some(Release)],
            (_, SeqCst) => &[Some(AcqRel)],
            (_, AcqRel) => &[Some(Acquire), Some(Release)],
            (Role::Fence, _) => &[None],
            (_, Acquire | Release) => &[Some(Relaxed)],
            _ => &[],
        };
        to.iter().map(|&to| Weakened { site: self, to }).collect()
    }

    /// The order of the source: file, line, column.
    fn key(&self) -> (&str, u32, u32, Role, u8) {
        let strength = match self.ordering {
            Relaxed => 0,
            Release => 1,
            Acquire => 2,
            AcqRel => 3,
            _ => 4,
        };
        (self.at.file(), self.at.line(), self.at.column(), self.role, strength)
    }
}

impl PartialOrd for OrderingSite {
    fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for OrderingSite {
    fn cmp(&self, other: &Self) -> std::cmp::Ordering {
        self.key().cmp(&other.key())
    }
}

/// The last two parts of a path: enough to find the file, and the same on every machine.
pub(crate) fn place(at: &Location<'_>) -> String {
    let file = at.file().replace('\\', "/");
    let parts: Vec<&str> = file.split('/').filter(|part| !part.is_empty()).collect();
    let short = parts[parts.len().saturating_sub(2)..].join("/");
    format!("{short}:{}", at.line())
}

impl fmt::Display for Role {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Load => "load",
            Self::Store => "store",
            Self::Update => "update",
            Self::Failure => "failed exchange",
            Self::Fence => "fence",
        })
    }
}

impl fmt::Display for Weakened {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let OrderingSite { at, role, ordering } = self.site;
        write!(f, "{} {role} {ordering:?} → ", place(at))?;
        match self.to {
            Some(to) => write!(f, "{to:?}"),
            None => f.write_str("none"),
        }
    }
}
