//! Which types may stand in memory that processes share.

use super::{SharedEvent, SharedLock, SharedSemaphore};
use std::sync::atomic::{
    AtomicI8, AtomicI16, AtomicI32, AtomicI64, AtomicIsize, AtomicU8, AtomicU16, AtomicU32,
    AtomicU64, AtomicUsize,
};

/// A type of which a value may stand in memory that processes share.
///
/// The numbers, atomics and arrays of such types are, and [`SharedLock`], [`SharedSemaphore`] and
/// [`SharedEvent`]. The macro [`shareable!`](crate::shareable) makes a struct of them:
///
/// ```
/// use processes::{SharedEvent, SharedLock, SharedMemory, shareable};
///
/// shareable! {
///     /// What the players see.
///     pub struct Board {
///         /// How many goals each has.
///         pub goals: SharedLock<[u32; 2]>,
///         /// Set when the game is over.
///         pub over: SharedEvent,
///     }
/// }
///
/// let board = SharedMemory::new(Board {
///     goals: SharedLock::new([0, 0]),
///     over: SharedEvent::new(),
/// })?;
/// board.goals.lock().unwrap()[1] += 1;
/// board.over.set();
/// # Ok::<(), processes::SharedMemoryError>(())
/// ```
///
/// What has an address in it, as a `Vec` or a reference, means nothing to another process:
///
/// ```compile_fail,E0277
/// use processes::{SharedLock, SharedMemory};
///
/// let names = SharedMemory::new(SharedLock::new(vec!["Ann", "Ben"]));
/// ```
///
/// # Safety
///
/// The type has a layout that does not depend on the build (a primitive type, or `repr(C)` of
/// such). Any bytes are a value of it, so that bytes which another program wrote do no harm: `bool`
/// is none. It holds nothing that means something in one process alone: no address, no number of an
/// open file. It needs no drop.
pub unsafe trait Shareable: Send + Sync + 'static {
    /// A number that tells types of different make apart. Memory that was made for one type is not
    /// opened as another of the same size.
    const SHAPE: u64;
}

/// Mixes a word into a shape (FNV-1a, 64 bits).
#[doc(hidden)]
pub const fn mix(mut shape: u64, word: &[u8]) -> u64 {
    let mut place = 0;
    while place < word.len() {
        shape = (shape ^ word[place] as u64).wrapping_mul(0x0100_0000_01b3);
        place += 1;
    }
    shape
}

/// The shape of a type that is made of one other.
pub(super) const fn wrapped(name: &str, inner: u64) -> u64 {
    mix(mix(0xcbf2_9ce4_8422_2325, name.as_bytes()), &inner.to_le_bytes())
}

macro_rules! plain {
    ($($plain:ty)*) => { $(
        // SAFETY: a number, any bytes of which are one.
        unsafe impl Shareable for $plain {
            const SHAPE: u64 = wrapped(stringify!($plain), 0);
        }
    )* };
}
plain!(u8 u16 u32 u64 u128 usize i8 i16 i32 i64 i128 isize f32 f64);
plain!(AtomicU8 AtomicU16 AtomicU32 AtomicU64 AtomicUsize);
plain!(AtomicI8 AtomicI16 AtomicI32 AtomicI64 AtomicIsize);

// SAFETY: nothing but such values, side by side.
unsafe impl<T: Shareable, const N: usize> Shareable for [T; N] {
    const SHAPE: u64 = wrapped("array", T::SHAPE ^ (N as u64).rotate_left(32));
}

// SAFETY: `repr(C)` of atomics and a value of such a type. The word of a lock holds the number of a
// thread of whatever process, and the address in its link is looked at by that process alone.
unsafe impl<T: Shareable> Shareable for SharedLock<T> {
    const SHAPE: u64 = wrapped("SharedLock", T::SHAPE);
}

// SAFETY: `repr(C)` of atomics, numbers, and a lock as above.
unsafe impl Shareable for SharedSemaphore {
    const SHAPE: u64 = wrapped("SharedSemaphore", 0);
}

// SAFETY: an atomic.
unsafe impl Shareable for SharedEvent {
    const SHAPE: u64 = wrapped("SharedEvent", 0);
}

// SAFETY: as a semaphore.
unsafe impl Shareable for super::ring::Ring {
    const SHAPE: u64 = wrapped("Ring", 0);
}

/// Declares a struct that may stand in memory that processes share, because its fields may: see
/// [`Shareable`](crate::Shareable).
#[macro_export]
macro_rules! shareable {
    ($(
        $(#[$meta:meta])*
        $vis:vis struct $name:ident {
            $($(#[$field_meta:meta])* $field_vis:vis $field:ident: $type:ty),+ $(,)?
        }
    )+) => { $(
        $(#[$meta])*
        #[repr(C)]
        $vis struct $name {
            $($(#[$field_meta])* $field_vis $field: $type,)+
        }

        // SAFETY: `repr(C)`, and all its fields are of such types, as the constant demands.
        unsafe impl $crate::Shareable for $name {
            const SHAPE: u64 = {
                let mut shape = 0;
                $(
                    shape = $crate::shared::mix(shape, stringify!($field).as_bytes());
                    let field = <$type as $crate::Shareable>::SHAPE;
                    shape = $crate::shared::mix(shape, &field.to_le_bytes());
                )+
                shape
            };
        }

        // Without a drop of its own, which the memory would not run.
        const _: () = assert!(!std::mem::needs_drop::<$name>());
    )+ };
}
