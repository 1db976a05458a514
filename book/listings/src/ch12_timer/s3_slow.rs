//! A function that takes long, on the driver and beside it.

use primitives::platform::step;
use primitives::platform::time::Duration;
use primitives::{Event, ThreadPool, Timers};
use std::sync::Arc;

const SOON: Duration = Duration::from_millis(10);

// ANCHOR: soup
/// The soup is done when somebody has stirred it. Both are timers.
pub fn soup(timers: &Timers) {
    let stirred = Arc::new(Event::new());
    let is_stirred = stirred.clone();
    let soup = timers.after(SOON, move || {
        step("asks whether the soup is stirred");
        is_stirred.wait();
    });
    let stir = timers.after(SOON, move || {
        stirred.set();
        step("has stirred the soup");
    });
    soup.join();
    stir.join();
}
// ANCHOR_END: soup

// ANCHOR: pool
/// Timers whose functions run in a pool.
pub fn timers_in(pool: ThreadPool) -> Timers {
    Timers::running_with(move |due| {
        // A pool that takes no more tasks drops the timer, and that cancels it.
        let _ = pool.submit(move || due.run());
    })
}
// ANCHOR_END: pool
