//! The library's platform, with the two parts that differ for memory that processes share.
//!
//! What is declared here hides what the glob brings in under the same name.

pub(crate) use primitives::platform::*;

pub(super) mod futex;
pub(super) mod robust;

/// Declares functions that are `const`, as natively all of them are.
macro_rules! const_unless_modelled {
    ($($(#[$meta:meta])* $vis:vis fn $name:ident($($arg:tt)*) -> $out:ty $body:block)+) => {
        $($(#[$meta])* $vis const fn $name($($arg)*) -> $out $body)+
    };
}
pub(super) use const_unless_modelled;
