//! What threads may do with the guards that the book builds.

use listings::book;
use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

/// Whether a type has a trait. A constant of its own goes before one that comes from a trait.
macro_rules! has {
    ($type:ty, $trait:path) => {{
        #[allow(dead_code)]
        trait Otherwise {
            const HAS: bool = false;
        }
        struct Asked<T>(std::marker::PhantomData<T>);
        impl<T> Otherwise for Asked<T> {}
        #[allow(dead_code)]
        impl<T: $trait> Asked<T> {
            const HAS: bool = true;
        }
        <Asked<$type>>::HAS
    }};
}

/// Checks each lock of a listing and its guard, and returns the guards' names.
macro_rules! checked {
    ($($lock:ident, $guard:ident;)+) => {{
        $(
            // It stays on its thread, which may show it to others if the value may be shared.
            assert!(!has!($guard<'_, u8>, Send), stringify!($guard));
            assert!(has!($guard<'_, u8>, Sync), stringify!($guard));
            assert!(!has!($guard<'_, Cell<u8>>, Sync), stringify!($guard));
            assert!(!has!($guard<'_, MutexGuard<'_, u8>>, Sync), stringify!($guard));
            // The lock hands a `Cell` from thread to thread, and an `Rc` to nobody.
            assert!(has!($lock<Cell<u8>>, Sync), stringify!($lock));
            assert!(!has!($lock<Rc<u8>>, Sync), stringify!($lock));
        )+
        BTreeSet::from([$(stringify!($guard).to_owned()),+])
    }};
}

/// The types of a folder's sources that stand for a value and give out references to it.
fn guards_in(folder: &Path) -> BTreeSet<String> {
    let entries = fs::read_dir(folder).expect("a folder").map(|entry| entry.expect("an entry"));
    entries
        .flat_map(|entry| {
            let path = entry.path();
            if path.is_dir() {
                return guards_in(&path);
            }
            let text = fs::read_to_string(&path).expect("text");
            let after = text.split("Deref for ").skip(1);
            let name =
                |rest: &str| rest.split(|c: char| !c.is_alphanumeric()).next().map(Into::into);
            after.filter_map(name).collect()
        })
        .collect()
}

#[test]
fn a_guard_stays_on_its_thread_and_is_shared_only_if_its_value_may_be() {
    use listings::ch03_lock::{s1_spin::*, s2_two_state::*, s3_forgetful::*};
    use std::cell::Cell;
    use std::rc::Rc;
    use std::sync::MutexGuard;

    let checked = checked! {
        SpinLock, SpinGuard;
        TwoStateLock, TwoStateGuard;
        ForgetfulLock, ForgetfulGuard;
    };
    let mut built = guards_in(&book().join("listings/src"));
    built.extend(guards_in(&book().join("../scenarios/src")));
    assert_eq!(checked, built, "a listing has a guard that is not checked here");
}
