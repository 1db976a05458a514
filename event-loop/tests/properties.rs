//! Any sequence of starts, cancels and steps agrees with a plain model.

use event_loop::sync::Semaphore;
use event_loop::{EventLoop, Task, yield_now};
use proptest::collection::vec;
use proptest::prelude::*;
use std::rc::Rc;

#[derive(Clone, Debug)]
enum Operation {
    /// Starts a task that wants a permit, and keeps it.
    Start,
    /// Cancels one of those that were started.
    Cancel(usize),
    Release,
    /// Lets all that are ready go on.
    Steps,
}

fn operation() -> impl Strategy<Value = Operation> {
    prop_oneof![
        3 => Just(Operation::Start),
        2 => (0_usize..8).prop_map(Operation::Cancel),
        2 => Just(Operation::Release),
        2 => Just(Operation::Steps),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    /// Whatever is cancelled, and whenever: each permit is free or had by a task that has ended.
    #[test]
    fn no_permit_is_lost_and_none_is_had_twice(operations in vec(operation(), 0..60)) {
        let event_loop = EventLoop::new().unwrap();
        let semaphore = Rc::new(Semaphore::new(1));
        let mut tasks: Vec<Task<()>> = Vec::new();
        let (mut released, mut cancelled) = (1, 0);
        for operation in operations {
            match operation {
                Operation::Start => {
                    let semaphore = semaphore.clone();
                    let wants = async move { semaphore.acquire().await.forget() };
                    tasks.push(event_loop.spawn(wants));
                }
                Operation::Cancel(number) => {
                    let in_time = tasks.get(number).is_some_and(Task::cancel);
                    cancelled += u32::from(in_time);
                }
                Operation::Release => {
                    semaphore.release().unwrap();
                    released += 1;
                }
                Operation::Steps => event_loop.run(yield_now()),
            }
        }
        event_loop.run(async {
            yield_now().await;
            yield_now().await;
        });
        let wanted = tasks.len() as u32 - cancelled;
        let had = tasks.iter().filter(|task| task.is_finished()).count() as u32 - cancelled;
        prop_assert_eq!(had, wanted.min(released));
        prop_assert_eq!(semaphore.available(), released - had);
    }
}
