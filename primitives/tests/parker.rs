//! The parker on the real machine: agreement with a plain model.

use primitives::{Parker, WaitQueue};
use proptest::prelude::*;
use std::collections::VecDeque;
use std::sync::Arc;
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

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn any_sequence_on_a_wait_queue_agrees_with_a_plain_queue(
        actions in prop::collection::vec((0..4, 0..8_usize), 0..30)
    ) {
        let mut queue = WaitQueue::new();
        let mut plain: VecDeque<Arc<usize>> = VecDeque::new();
        for (number, (action, place)) in actions.into_iter().enumerate() {
            match action {
                0 => plain.push_back(queue.push_back(number)),
                1 => plain.push_front(queue.push_front(number)),
                2 => prop_assert_eq!(queue.pop_front(), plain.pop_front()),
                _ => {
                    if let Some(one) = plain.remove(place) {
                        prop_assert!(queue.remove(&one));
                        prop_assert!(!queue.remove(&one), "it is gone");
                    }
                }
            }
            prop_assert_eq!(queue.len(), plain.len());
            prop_assert_eq!(queue.is_empty(), plain.is_empty());
        }
        prop_assert!(queue.into_iter().eq(plain));
    }
}
