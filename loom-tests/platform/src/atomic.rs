//! Atomics over loom's. Each operation is noted with its place in the source, may have its ordering
//! weakened, and is safe while a thread unwinds.

use crate::execution::{
    self, MAX_THREADS, WaitsOn, current, ordering, record, spurious_wakeups_left, step_of_own,
    take_spurious_wakeup, touch_fences, touch_loads_of, visible,
};
use crate::own::{self, Strength};
use crate::trace::{Action, Holders, HoldersAt, Value, Words};
use crate::weaken::{OrderingSite, Role};
use std::collections::VecDeque;
use std::fmt;
use std::panic::Location;
use std::sync::Mutex;
use std::sync::atomic::Ordering::{AcqRel, Acquire, Relaxed, Release, SeqCst};

pub use std::sync::atomic::Ordering;

/// An atomic fence.
#[track_caller]
pub fn fence(order: Ordering) {
    let at = Location::caller();
    if let Some(order) = ordering(OrderingSite::new(at, Role::Fence, order)) {
        let fence = || {
            if order == SeqCst {
                touch_fences();
            }
            loom::sync::atomic::fence(order);
        };
        if own::run::active() {
            step_of_own(|| own::run::fence(strength(order)), || ());
        } else {
            visible(fence, || ());
        }
    }
    record(at, Action::Fence);
}

fn used(at: &'static Location<'static>, role: Role, order: Ordering) -> Ordering {
    ordering(OrderingSite::new(at, role, order)).unwrap_or(Relaxed)
}

/// What an ordering asks for.
fn strength(order: Ordering) -> Strength {
    Strength {
        acquire: matches!(order, Acquire | AcqRel | SeqCst),
        release: matches!(order, Release | AcqRel | SeqCst),
        sequential: order == SeqCst,
    }
}

/// The search whose word it is.
enum Side<L> {
    Loom(L),
    /// The location.
    Own(u32),
}

/// Loom's own words cannot be made outside of loom's search.
fn side<L>(bits: u64, loom: impl FnOnce() -> L) -> Side<L> {
    if own::run::active() { Side::Own(own::run::word(bits)) } else { Side::Loom(loom()) }
}

/// Makes loom see each race between a load and a later write of the same word.
///
/// Loom compares a write with the last access to the word alone. Where that is a load by the
/// writing thread itself, loom overlooks an earlier load by another thread, and never tries that
/// load after the write. So each thread has a word of its own that it touches before it loads
/// anything, and that whoever writes what it has loaded touches too: nobody's loads stand between
/// those two.
#[derive(Debug, Default)]
struct Loads(std::sync::atomic::AtomicUsize);

impl Loads {
    /// Takes the step `load`, which reads the word.
    fn load<R>(&self, load: impl FnOnce() -> R) -> R {
        let me = current();
        touch_loads_of(me);
        let value = load();
        self.0.fetch_or(1 << me, SeqCst);
        value
    }

    /// Takes the step `write`, which writes the word, or might have.
    fn write<R>(&self, write: impl FnOnce() -> R) -> R {
        let me = current();
        let loaded_by = self.0.load(SeqCst);
        (0..MAX_THREADS)
            .filter(|&id| id != me && loaded_by >> id & 1 == 1)
            .for_each(touch_loads_of);
        let result = write();
        self.0.store(0, SeqCst);
        result
    }
}

/// A value as traces show it.
trait Shown: Copy {
    fn shown(self) -> i64;
}

/// A value as the search of our own keeps it.
trait Bits: Copy {
    fn bits(self) -> u64;
    fn of(bits: u64) -> Self;
}

macro_rules! int {
    ($($int:ty),*) => { $(
        impl Shown for $int {
            fn shown(self) -> i64 {
                self as i64
            }
        }
        impl Bits for $int {
            fn bits(self) -> u64 {
                self as u64
            }
            fn of(bits: u64) -> Self {
                bits as Self
            }
        }
    )* };
}
int!(u8, u32, u64, usize, i64);

impl Shown for bool {
    fn shown(self) -> i64 {
        i64::from(self)
    }
}

impl Bits for bool {
    fn bits(self) -> u64 {
        self.into()
    }
    fn of(bits: u64) -> Self {
        bits != 0
    }
}

impl<T> Shown for *mut T {
    fn shown(self) -> i64 {
        self.addr() as i64
    }
}

impl<T> Bits for *mut T {
    fn bits(self) -> u64 {
        self.expose_provenance() as u64
    }
    fn of(bits: u64) -> Self {
        std::ptr::with_exposed_provenance_mut(bits as usize)
    }
}

/// What all atomics have in common: `$inner` is loom's, `$plain` the machine's. The plain one holds
/// the newest value, for threads that unwind and must not disturb loom.
macro_rules! atomic {
    ($(#[$meta:meta])* $name:ident$(<$param:ident>)?, $value:ty $(, $waiters:ident)?) => {
        $(#[$meta])*
        pub struct $name$(<$param>)? {
            inner: Side<loom::sync::atomic::$name$(<$param>)?>,
            plain: std::sync::atomic::$name$(<$param>)?,
            /// Which threads have loaded the value since it was last written.
            loads: Loads,
            words: Option<Words>,
            holders: Option<Holders>,
            // Threads that sleep on this word, the first to come first.
            $(pub(crate) $waiters: Mutex<VecDeque<usize>>,)?
        }

        impl$(<$param>)? $name$(<$param>)? {
            /// An atomic that holds `value`.
            #[track_caller]
            pub fn new(value: $value) -> Self {
                Self {
                    inner: side(value.bits(), || loom::sync::atomic::$name::new(value)),
                    plain: std::sync::atomic::$name::new(value),
                    loads: Loads::default(),
                    words: None,
                    holders: None,
                    $($waiters: Mutex::default(),)?
                }
            }

            /// The value, from an owner.
            pub fn into_inner(self) -> $value {
                match self.inner {
                    Side::Own(location) => own::run::latest(location).map_or_else(
                        || self.plain.into_inner(), <$value as Bits>::of),
                    Side::Loom(_) => self.plain.into_inner(),
                }
            }

            /// Reads the word, and writes what `update` makes of it in the same action. Returns
            /// what was read.
            fn access(
                &self,
                location: u32,
                order: Ordering,
                update: &dyn Fn($value) -> $value,
            ) -> $value {
                let update = |bits| update(<$value as Bits>::of(bits)).bits();
                let found = step_of_own(
                    || own::run::update(location, strength(order), &update),
                    || self.plain.load(SeqCst).bits(),
                );
                <$value as Bits>::of(found)
            }

            /// Reads the value.
            #[track_caller]
            pub fn load(&self, order: Ordering) -> $value {
                let at = Location::caller();
                let order = used(at, Role::Load, order);
                let value = match &self.inner {
                    Side::Own(location) => {
                        let bits = step_of_own(
                            || own::run::load(*location, strength(order)),
                            || self.plain.load(SeqCst).bits(),
                        );
                        <$value as Bits>::of(bits)
                    }
                    Side::Loom(inner) => visible(
                        || self.loads.load(|| inner.load(order)),
                        || self.plain.load(SeqCst),
                    ),
                };
                let stale = value != self.plain.load(SeqCst);
                let address = self.address();
                record(at, Action::Load { address, value: self.told(value), stale });
                value
            }

            /// Writes a value.
            #[track_caller]
            pub fn store(&self, value: $value, order: Ordering) {
                let at = Location::caller();
                let order = used(at, Role::Store, order);
                match &self.inner {
                    Side::Own(location) => step_of_own(
                        || own::run::store(*location, value.bits(), strength(order)),
                        || (),
                    ),
                    Side::Loom(inner) => {
                        visible(|| self.loads.write(|| inner.store(value, order)), || ());
                    }
                }
                self.plain.store(value, SeqCst);
                record(at, Action::Store { address: self.address(), value: self.told(value) });
            }

            /// Writes a value and returns the one before.
            #[track_caller]
            pub fn swap(&self, value: $value, order: Ordering) -> $value {
                let at = Location::caller();
                let order = used(at, Role::Update, order);
                let before = match &self.inner {
                    Side::Own(location) => self.access(*location, order, &|_| value),
                    Side::Loom(inner) => visible(
                        || self.loads.write(|| inner.swap(value, order)),
                        || self.plain.load(SeqCst),
                    ),
                };
                self.plain.store(value, SeqCst);
                self.changes(at, "swaps", before, value);
                before
            }

            /// Writes `new` if the value is `current`; returns the value before, `Ok` if it wrote.
            ///
            /// # Errors
            ///
            /// The value that was found, when it was not `current`.
            #[track_caller]
            pub fn compare_exchange(
                &self,
                current: $value,
                new: $value,
                success: Ordering,
                failure: Ordering,
            ) -> Result<$value, $value> {
                self.exchange(Location::caller(), current, new, [success, failure], false)
            }

            /// As [`compare_exchange`](Self::compare_exchange), but may fail though the value is
            /// `current`, where a wait may return without a wake. In loom's search it never does.
            ///
            /// # Errors
            ///
            /// The value that was found, when nothing was written.
            #[track_caller]
            pub fn compare_exchange_weak(
                &self,
                current: $value,
                new: $value,
                success: Ordering,
                failure: Ordering,
            ) -> Result<$value, $value> {
                self.exchange(Location::caller(), current, new, [success, failure], true)
            }

            fn exchange(
                &self,
                at: &'static Location<'static>,
                current: $value,
                new: $value,
                [success, failure]: [Ordering; 2],
                weak: bool,
            ) -> Result<$value, $value> {
                let success = used(at, Role::Update, success);
                let failure = used(at, Role::Failure, failure);
                let told = |found| if found == current { Ok(found) } else { Err(found) };
                let result = match &self.inner {
                    Side::Own(location) => {
                        let orderings = [success, failure].map(strength);
                        let values = [current, new].map(Bits::bits);
                        let weak = weak && spurious_wakeups_left();
                        let plainly = || {
                            let found = self.plain.load(SeqCst);
                            (found.bits(), found == current)
                        };
                        let (found, exchanged) = step_of_own(
                            || own::run::exchange(*location, values, orderings, weak),
                            plainly,
                        );
                        let found = <$value as Bits>::of(found);
                        if exchanged { Ok(found) } else { Err(found) }
                    }
                    Side::Loom(inner) => visible(
                        || {
                            self.loads
                                .write(|| inner.compare_exchange(current, new, success, failure))
                        },
                        || told(self.plain.load(SeqCst)),
                    ),
                };
                match result {
                    Ok(before) => {
                        self.plain.store(new, SeqCst);
                        self.changes(at, "exchanges", before, new);
                    }
                    Err(value) => {
                        let (address, value_found) = (self.address(), self.told(value));
                        let operation = if value == current {
                            take_spurious_wakeup();
                            "fails to exchange"
                        } else {
                            "cannot exchange"
                        };
                        let stale = value != self.plain.load(SeqCst);
                        record(at, Action::Finds { address, operation, value: value_found, stale });
                    }
                }
                result
            }

            fn changes(
                &self,
                at: &'static Location<'static>,
                operation: &'static str,
                before: $value,
                after: $value,
            ) {
                let address = self.address();
                let (before, after) = (self.told(before), self.told(after));
                record(at, Action::Changes { address, operation, before, after });
            }

            pub(crate) fn address(&self) -> usize {
                std::ptr::from_ref(self).addr()
            }

            pub(crate) fn told(&self, value: $value) -> Value {
                Value { number: value.shown(), words: self.words, holders: self.holders }
            }
        }

        impl$(<$param>)? fmt::Debug for $name$(<$param>)? {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                self.plain.fmt(f)
            }
        }
    };
}

/// A read-modify-write of `$name`s: the method's name, its name in traces, and the value it leaves.
macro_rules! updates {
    ($name:ident, $value:ty: $($method:ident $shown:literal $after:expr;)*) => {
        impl $name {
            $(
                /// As the method of the standard library's atomic. Returns the value before.
                #[track_caller]
                pub fn $method(&self, value: $value, order: Ordering) -> $value {
                    let at = Location::caller();
                    let order = used(at, Role::Update, order);
                    let after: fn($value, $value) -> $value = $after;
                    let before = match &self.inner {
                        Side::Own(location) => {
                            self.access(*location, order, &|found| after(found, value))
                        }
                        Side::Loom(inner) => visible(
                            || self.loads.write(|| inner.$method(value, order)),
                            || self.plain.load(SeqCst),
                        ),
                    };
                    let after = after(before, value);
                    self.plain.store(after, SeqCst);
                    self.changes(at, $shown, before, after);
                    before
                }
            )*
        }
    };
}

macro_rules! integer {
    ($name:ident, $value:ty $(, $waiters:ident)?) => {
        atomic! {
            /// The integer atomic of the same name, explored.
            $name, $value $(, $waiters)?
        }
        updates! { $name, $value:
            fetch_add "adds" |before, value| before.wrapping_add(value);
            fetch_sub "subtracts" |before, value| before.wrapping_sub(value);
            fetch_and "ands" |before, value| before & value;
            fetch_or "ors" |before, value| before | value;
            fetch_xor "xors" |before, value| before ^ value;
            fetch_max "raises" |before, value| before.max(value);
            fetch_min "lowers" |before, value| before.min(value);
        }
        impl Default for $name {
            #[track_caller]
            fn default() -> Self {
                Self::new(0)
            }
        }
    };
}

integer!(AtomicU8, u8);
integer!(AtomicU32, u32, waiters);
integer!(AtomicU64, u64);
integer!(AtomicUsize, usize);
integer!(AtomicI64, i64);

atomic! {
    /// A flag.
    AtomicBool, bool
}
updates! { AtomicBool, bool:
    fetch_and "ands" |before, value| before & value;
    fetch_or "ors" |before, value| before | value;
    fetch_xor "xors" |before, value| before ^ value;
}

atomic! {
    /// A pointer.
    AtomicPtr<T>, *mut T
}

/// An atomic whose values mean something that can be told.
pub trait Tell: sealed::Sealed + Sized {
    /// What it holds.
    type Value;
    #[doc(hidden)]
    fn told_as(self, words: fn(Self::Value) -> String) -> Self;
    #[doc(hidden)]
    fn held_as(self, holders: fn(Self::Value) -> u32) -> Self;
}

mod sealed {
    pub trait Sealed {}
}

macro_rules! tell {
    ($($name:ident, $words:ident, $value:ty;)*) => { $(
        impl sealed::Sealed for $name {}
        impl Tell for $name {
            type Value = $value;
            fn told_as(mut self, words: fn($value) -> String) -> Self {
                self.words = Some(Words::$words(words));
                self
            }
            fn held_as(mut self, holders: fn($value) -> u32) -> Self {
                let at = HoldersAt::$words(holders);
                self.holders = Some(Holders { at, maker: current() });
                self
            }
        }
    )* };
}
tell! {
    AtomicU32, U32, u32;
    AtomicU64, U64, u64;
}

/// Lets traces tell the values of an atomic by what they mean. For a word in which several numbers
/// are packed, since the number that they make says little.
///
/// ```
/// use loom_platform::atomic::{AtomicU32, Ordering::Relaxed, told_as};
///
/// let exploration = loom_platform::explore(|| {
///     let words = |state| format!("{} free, {} wait", state & 0xffff, state >> 16);
///     told_as(AtomicU32::new(1 << 16 | 2), words).fetch_sub(1, Relaxed);
/// });
/// let subtracts = &exploration.outcomes[0].trace.moves[0].text;
/// assert_eq!(subtracts, "subtracts a word: 2 free, 1 wait → 1 free, 1 wait");
/// ```
pub fn told_as<A: Tell>(atomic: A, words: fn(A::Value) -> String) -> A {
    atomic.told_as(words)
}

/// Lets [`WaitFor`](crate::WaitFor) know which threads hold a lock, from its word: at each value so
/// many do. A thread that makes them more holds it from then on, until they become fewer.
pub fn held_as<A: Tell>(atomic: A, holders: fn(A::Value) -> u32) -> A {
    atomic.held_as(holders)
}

/// In a search that [takes locks in one step](crate::Explorer::locks_in_one_step), waits until the
/// word holds `free`, writes `taken`, and says that it has. In every other search `false`.
#[track_caller]
pub fn locked_in_one_step(word: &AtomicU32, free: u32, taken: u32) -> bool {
    let Some(location) = word.in_one_step() else { return false };
    let at = Location::caller();
    execution::waits(at, WaitsOn::Word { address: word.address() });
    if execution::is_over() || exchange_in_one_step(location, free, taken).is_err() {
        // The thread does not unwind here: it may be about to take back what it gave up for a
        // while, and what drops next relies on it.
        word.let_others_unwind_until(free);
        word.plain.store(taken, SeqCst);
        execution::run_on();
        return true;
    }
    word.plain.store(taken, SeqCst);
    word.changes(at, "exchanges", free, taken);
    true
}

/// In such a search, waits until the word holds `value`, and says that it does: what was done
/// before that was written is seen by all that follows. In every other search `false`.
#[track_caller]
pub fn awaited_in_one_step(word: &AtomicU32, value: u32) -> bool {
    let Some(location) = word.in_one_step() else { return false };
    let at = Location::caller();
    let address = word.address();
    execution::waits(at, WaitsOn::Word { address });
    // Written once more, so that it is the newest value that was found.
    let wait = || exchange_in_one_step(location, value, value).map(|()| true);
    if execution::step_of_own(wait, || false) {
        let value = word.told(value);
        record(at, Action::Finds { address, operation: "waits for", value, stale: false });
    } else {
        word.let_others_unwind_until(value);
    }
    true
}

fn exchange_in_one_step(location: u32, free: u32, taken: u32) -> Result<(), own::run::Cut> {
    own::run::lock(location, [free, taken].map(u64::from), [Acquire, Relaxed].map(strength))
}

impl AtomicU32 {
    /// The location of the word, if its lock is taken in one step.
    fn in_one_step(&self) -> Option<u32> {
        self.location().filter(|_| execution::takes_locks_in_one_step())
    }

    /// The execution has been cut short. Another thread may write `value` as it unwinds.
    fn let_others_unwind_until(&self, value: u32) {
        (0..MAX_THREADS)
            .take_while(|_| self.plain.load(SeqCst) != value)
            .for_each(|_| own::run::let_others_unwind());
    }

    /// A read-modify-write that changes nothing: it reads the newest value, and loom takes it to
    /// depend on every other operation on the word.
    pub(crate) fn touch(&self) -> u32 {
        let plain = self.plain.load(SeqCst);
        let Side::Loom(inner) = &self.inner else { unreachable!("only for loom's search") };
        // An exchange that fails: one that wrote the old value back would be one more store, which
        // loom does not know to come before a store that another thread makes next.
        let never = plain ^ 0x5eed_f00d;
        visible(
            || {
                let touch = || inner.compare_exchange(never, never, Relaxed, Relaxed);
                match self.loads.write(touch) {
                    Ok(value) | Err(value) => value,
                }
            },
            || plain,
        )
    }

    /// The location of the word, in the search of our own.
    pub(crate) fn location(&self) -> Option<u32> {
        match self.inner {
            Side::Own(location) => Some(location),
            Side::Loom(_) => None,
        }
    }
}
