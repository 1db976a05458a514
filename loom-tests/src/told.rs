//! What the model says of a primitive's words.

use crate::record;
use loom_platform::{explore, name, thread};
use std::sync::Arc;

/// What is said of a thread Ann that waits for ever for what the main thread has made, for each way
/// in which she does.
pub fn waits_of_ann<S: Send + Sync + 'static>(
    called: &'static str,
    new: fn() -> S,
    ann: fn(&Arc<S>),
) -> Vec<String> {
    record::unlisted();
    let exploration = explore(move || {
        let shared = Arc::new(new());
        name(&*shared, called);
        let ann = thread::spawn("Ann", move || ann(&shared));
        let _ = ann.join();
    });
    let ways = exploration.outcomes.iter();
    ways.filter_map(|found| Some(found.wait_for.as_ref()?.to_string())).collect()
}
