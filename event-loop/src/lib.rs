//! An event loop on one thread, by hand: what Python's `asyncio` has.
//!
//! Use it for work that waits most of its time, for the network or for the clock: a thousand
//! downloads need no thousand threads. A loop has two lists. In the *ready list* stand tasks that
//! can go on, and the loop polls the first. In the *waiting list* stand tasks that wait for a
//! moment, a socket or another task. When what it waits for has come, a task is moved to the ready
//! list. When that list is empty, the loop sleeps.
//!
//! Nothing takes the thread away from a task: it goes on until it awaits. So two tasks never
//! change something at once, and one that computes or blocks stops all others:
//! [`run_in_pool`] has such work done elsewhere.
//!
//! | here | what it is for |
//! |---|---|
//! | [`run`], [`EventLoop`] | runs an `async` block and the tasks that it starts (`asyncio.run`) |
//! | [`spawn`], [`spawn_named`], [`Task`] | a task of its own (`asyncio.create_task`) |
//! | [`gather`], [`gather_settled`] | many at once, and all results in order (`asyncio.gather`) |
//! | [`sleep`], [`yield_now`], [`timeout`] | the clock (`asyncio.sleep`, `asyncio.timeout`) |
//! | [`handle`], [`Handle`] | the way in for other threads (`call_soon_threadsafe`) |
//! | [`run_in_pool`] | work that blocks (`run_in_executor`, `to_thread`) |
//! | [`net`] | sockets |
//! | [`sync`] | lock, semaphore, event, condition and queue whose waits are awaited |
//! | [`lists`] | both lists after each step, to be printed |
//!
//! # Example
//!
//! Three naps of 20 ms take 20 ms:
//!
//! ```
//! use event_loop::{gather, sleep};
//! use std::time::{Duration, Instant};
//!
//! let start = Instant::now();
//! let naps = event_loop::run(async {
//!     let nap = async |number: u32| {
//!         sleep(Duration::from_millis(20)).await;
//!         number
//!     };
//!     gather((1..=3).map(nap)).await.unwrap()
//! });
//! assert_eq!(naps, [1, 2, 3]);
//! assert!(start.elapsed() < Duration::from_millis(60));
//! ```
//!
//! # Coming from Python
//!
//! | `asyncio` | here |
//! |---|---|
//! | `asyncio.run(main())` | [`run`] |
//! | `create_task(c)`, `create_task(c, name=n)` | [`spawn`], [`spawn_named`] |
//! | `await task`, `task.cancel()`, `task.done()` | the same: `task.await`, [`Task::cancel`], [`Task::is_finished`] |
//! | `gather(a, b)`, `gather(a, b, return_exceptions=True)` | [`gather`], [`gather_settled`] |
//! | `sleep(s)`, `sleep(0)` | [`sleep`], [`yield_now`] |
//! | `wait_for(c, timeout=s)`, `timeout(s)` | [`timeout`] |
//! | `loop.call_soon_threadsafe(f)` | [`Handle::call_soon_threadsafe`] |
//! | `loop.run_in_executor(pool, f)`, `to_thread(f)` | [`run_in_pool`] |
//! | `Lock`, `Event`, `Semaphore`, `Condition`, `Queue` | those of [`sync`] |
//! | `open_connection`, `start_server` | [`net::Socket`] |
//!
//! They differ in this, on purpose:
//!
//! | | `asyncio` | here |
//! |---|---|---|
//! | a coroutine that nobody awaits | does nothing, and a warning comes when it is collected | does nothing, and the compiler warns |
//! | a cancel | raises `CancelledError` within the task, which may catch it | drops the task where it waits: its destructors run, and nothing else of it |
//! | a task that nobody refers to | may be collected while it waits | runs on |
//! | [`gather`], when one has failed | the others run on | the others are cancelled |
//! | tasks that are left when `main` ends | cancelled | cancelled when the loop is dropped, which [`run`] does |
//! | `Lock`, `Event`, … | for the tasks of one loop | other threads may use them too |

mod event_loop;
mod gather;
mod hand_over;
pub mod lists;
#[cfg(not(loom))]
pub mod net;
mod poller;
mod pool;
pub mod sync;
mod task;
mod time;
mod waker;

pub use event_loop::{EventLoop, handle, run, spawn, spawn_named};
pub use gather::{Gather, gather, gather_settled};
pub use hand_over::{Handle, LoopIsGone};
pub use pool::{InPool, run_in_pool};
pub use primitives::FutureError;
pub use task::Task;
pub use time::{Sleep, TimedOut, sleep, sleep_until, timeout, yield_now};
