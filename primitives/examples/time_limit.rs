//! A request with a time limit: whichever comes first, the answer or the limit, decides.
//!
//! ```sh
//! cargo run -p primitives --example time_limit
//! ```

use primitives::{Queue, Timer};
use std::sync::Arc;
use std::thread;
use std::time::Duration;

/// Answers after so long. The time limit is 50 milliseconds.
fn request(takes: Duration) -> Option<&'static str> {
    let answer = Arc::new(Queue::bounded(1));
    let (limit, server) = (answer.clone(), answer.clone());
    let timer = Timer::after(Duration::from_millis(50), move || limit.close());
    thread::spawn(move || {
        thread::sleep(takes);
        // Too late if the queue is closed.
        let _ = server.put("here it is");
    });
    let result = answer.get().ok();
    if timer.cancel() {
        println!("the answer came in time");
    } else {
        println!("the time was up");
    }
    result
}

fn main() {
    println!("{:?}", request(Duration::from_millis(1)));
    println!("{:?}", request(Duration::from_millis(500)));
}
