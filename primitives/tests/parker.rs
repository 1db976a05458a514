//! The parker on the real machine: agreement with a plain model.

use primitives::Parker;
use proptest::prelude::*;
use std::time::{Duration, Instant};

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn any_sequence_of_parks_and_unparks_agrees_with_a_flag(
        actions in prop::collection::vec(0..4, 0..20)
    ) {
        let parker = Parker::new();
        let mut notified = false;
        for action in actions {
            match action {
                0 => prop_assert_eq!(parker.try_park(), notified),
                1 => prop_assert_eq!(parker.park_for(Duration::ZERO), notified),
                2 => prop_assert_eq!(parker.park_until(Instant::now()), notified),
                _ => {
                    parker.unpark();
                    notified = true;
                    parker.park();
                    prop_assert!(parker.park_for(Duration::MAX));
                }
            }
        }
    }
}

#[test]
fn a_parker_can_be_a_static_and_shows_its_state() {
    static PARKER: Parker = Parker::new();
    assert!(!PARKER.park_until(Instant::now()));
    PARKER.unpark();
    PARKER.park();
    assert_eq!(format!("{PARKER:?}"), "Parker { state: \"notified\" }");
    assert_eq!(format!("{:?}", Parker::default()), "Parker { state: \"awake\" }");
}
