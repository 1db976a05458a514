//! Functions that another process can be asked to call, by their names.
//!
//! A process that is started anew shares no memory with the one that starts it: a pointer to a
//! function, or a closure, means nothing there. A name does. So a function is registered where it
//! is written, and both processes, which are the same program, find it in their lists.

use crate::message::MessageError;
use linkme::distributed_slice;
use serde::Serialize;
use serde::de::DeserializeOwned;
use std::any::type_name;

/// All functions of the program that were registered. The linker puts the list together.
#[doc(hidden)]
#[distributed_slice]
pub static FUNCTIONS: [Registered];

/// A function in the list.
#[doc(hidden)]
pub struct Registered {
    pub name: fn() -> &'static str,
    /// Calls it with the arguments that the bytes begin with, and gives the bytes of what it
    /// returns. The rest of the bytes is left.
    pub call: fn(&mut &[u8]) -> Result<Vec<u8>, MessageError>,
}

/// A function that a process can call: of up to six arguments, each of which can be sent.
///
/// `Arguments` is the tuple of them.
pub trait Function<Arguments>: Copy + Send + 'static {
    /// What it returns.
    type Output;

    /// Calls it.
    fn call_with(self, arguments: Arguments) -> Self::Output;
}

macro_rules! functions {
    ($($argument:ident)*) => {
        impl<F, R, $($argument),*> Function<($($argument,)*)> for F
        where
            F: Fn($($argument),*) -> R + Copy + Send + 'static,
        {
            type Output = R;

            #[allow(non_snake_case)]
            fn call_with(self, ($($argument,)*): ($($argument,)*)) -> R {
                self($($argument),*)
            }
        }
    };
}

functions!();
functions!(A);
functions!(A B);
functions!(A B C);
functions!(A B C D);
functions!(A B C D E);
functions!(A B C D E G);

/// Lets other processes call these functions. Their arguments, and what they return, must be of
/// types that serde knows.
///
/// ```
/// fn add(one: u32, other: u32) -> u32 {
///     one + other
/// }
/// processes::register!(add);
/// ```
#[macro_export]
macro_rules! register {
    ($($function:path),+ $(,)?) => {
        $(const _: () = {
            #[$crate::linkme::distributed_slice($crate::function::FUNCTIONS)]
            #[linkme(crate = $crate::linkme)]
            static REGISTERED: $crate::function::Registered = $crate::function::Registered {
                name: || $crate::function::name_of(&$function),
                call: |arguments| $crate::function::call($function, arguments),
            };
        };)+
    };
}

/// The name of a function: its path.
#[doc(hidden)]
pub fn name_of<F>(_function: &F) -> &'static str {
    type_name::<F>()
}

#[doc(hidden)]
pub fn call<F, A>(function: F, bytes: &mut &[u8]) -> Result<Vec<u8>, MessageError>
where
    F: Function<A, Output: Serialize>,
    A: DeserializeOwned,
{
    let arguments;
    (arguments, *bytes) = crate::message::decode(bytes)?;
    crate::message::encode(&function.call_with(arguments), Vec::new())
}

/// The function of that name, if it was registered.
pub(crate) fn find(name: &str) -> Option<&'static Registered> {
    FUNCTIONS.iter().find(|one| (one.name)() == name)
}
