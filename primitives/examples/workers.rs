//! Four workers share a queue of tasks, and count what they have done without a lock.
//!
//! ```sh
//! cargo run -p primitives --example workers
//! ```

use primitives::{Local, Queue};
use std::cell::Cell;
use std::thread;

fn is_prime(number: u64) -> bool {
    number > 1
        && (2..).take_while(|factor| factor * factor <= number).all(|f| !number.is_multiple_of(f))
}

fn main() {
    let tasks = Queue::bounded(16);
    let (sender, found) = (Queue::unbounded(), Local::new(|| Cell::new(0_u32)));
    thread::scope(|scope| {
        for _ in 0..4 {
            scope.spawn(|| {
                for number in &tasks {
                    if is_prime(number) {
                        found.set(found.get() + 1);
                    }
                }
                // The thread's own count ends with the thread.
                sender.put(found.get()).expect("nobody closes it before");
            });
        }
        for number in 0..10_000 {
            tasks.put(number).expect("nobody closes it before");
        }
        tasks.close();
    });
    sender.close();
    let counts: Vec<u32> = sender.iter().collect();
    println!(
        "{} primes below 10,000, found by four workers: {counts:?}",
        counts.iter().sum::<u32>()
    );
    assert_eq!(counts.iter().sum::<u32>(), 1229);
}
