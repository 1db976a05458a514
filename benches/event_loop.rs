//! The event loop against smol's `async-executor` with `async-io`, and tokio's current-thread
//! runtime. See `support` for how to run it.

#[path = "support/memory.rs"]
mod counted;
mod support;

use async_executor::LocalExecutor;
use async_io::Async;
use counted::bytes_of;
use event_loop::EventLoop;
use event_loop::net::Socket;
use std::future::{pending, poll_fn};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering::Relaxed};
use std::sync::mpsc::channel;
use std::task::{Poll, Waker};
use std::thread;
use std::time::{Duration, Instant};
use support::{Contender, Metric, Suite};
use tokio::runtime::{Builder, Runtime};
use tokio::task::LocalSet;

/// Tasks in one round.
const TASKS: u32 = 1_000;
/// How often each of a few tasks lets the others go on.
const TURNS: u32 = 1_000;
/// Messages there and back in one round.
const MESSAGES: u32 = 200;

fn main() {
    let mut suite = Suite::from_args("event_loop");
    let ours = EventLoop::new().unwrap();
    let smol = LocalExecutor::new();
    let tokio = Tokio(Builder::new_current_thread().enable_all().build().unwrap());

    let rounds = suite.rounds(51);
    let contenders = vec![
        Contender::new("ours", || spawn_all(&ours)),
        Contender::new("smol", || spawn_all(&smol)),
        Contender::new("tokio", || spawn_all(&tokio)),
    ];
    suite.row("start a task and await it", Metric::Nanoseconds, rounds, contenders);

    for (tasks, shown) in [(1, "1 task"), (100, "100 tasks")] {
        let rounds = suite.rounds(51);
        let contenders = vec![
            Contender::new("ours", || take_turns(&ours, tasks)),
            Contender::new("smol", || take_turns(&smol, tasks)),
            Contender::new("tokio", || take_turns(&tokio, tasks)),
        ];
        suite.row(&format!("a step, {shown} by turns"), Metric::Nanoseconds, rounds, contenders);
    }

    let rounds = suite.rounds(51);
    let contenders = vec![
        Contender::new("ours", || time_limits(&ours, event_loop::sleep)),
        Contender::new("smol", || {
            time_limits(&smol, |time| async move { _ = async_io::Timer::after(time).await })
        }),
        Contender::new("tokio", || time_limits(&tokio, tokio::time::sleep)),
    ];
    suite.row("a time limit that is not needed", Metric::Nanoseconds, rounds, contenders);

    let rounds = suite.rounds(31);
    let contenders = vec![
        Contender::new("ours", || wakes(&ours)),
        Contender::new("smol", || wakes(&smol)),
        Contender::new("tokio", || wakes(&tokio)),
    ];
    suite.row("wake by another thread, and back", Metric::Nanoseconds, rounds, contenders);

    let contenders = vec![
        Contender::new("ours", || bytes_each(&ours)),
        Contender::new("smol", || bytes_each(&smol)),
        Contender::new("tokio", || bytes_each(&tokio)),
    ];
    suite.row("a task that waits", Metric::Bytes, 3, contenders);

    let echo = echo_server();
    let rounds = suite.rounds(31);
    let contenders = vec![
        Contender::new("ours", || {
            ours.block_on(async {
                let socket = Socket::connect(echo).await.unwrap();
                echoes(async |byte: &mut [u8; 1]| {
                    socket.write_all(byte).await.unwrap();
                    socket.read(byte).await.unwrap();
                })
                .await
            })
        }),
        Contender::new("smol", || {
            smol.block_on(async {
                let socket = Async::<TcpStream>::connect(echo).await.unwrap();
                echoes(async |byte: &mut [u8; 1]| {
                    use std::io::{Read, Write};
                    socket.write_with(|mut socket| socket.write(byte)).await.unwrap();
                    socket.read_with(|mut socket| socket.read(byte)).await.unwrap();
                })
                .await
            })
        }),
        Contender::new("tokio", || {
            tokio.block_on(async {
                use tokio::io::{AsyncReadExt, AsyncWriteExt};
                let mut socket = tokio::net::TcpStream::connect(echo).await.unwrap();
                echoes(async |byte: &mut [u8; 1]| {
                    socket.write_all(byte).await.unwrap();
                    socket.read_exact(byte).await.unwrap();
                })
                .await
            })
        }),
    ];
    suite.row("a byte to a socket, and back", Metric::Nanoseconds, rounds, contenders);
    suite.finish();
}

/// What runs tasks on one thread.
trait Executor {
    fn block_on<T>(&self, main: impl Future<Output = T>) -> T;

    /// Starts a task, and gives what awaits it. Called within `block_on`.
    fn spawn(&self, task: impl Future<Output = ()> + 'static) -> impl Future<Output = ()>;
}

impl Executor for EventLoop {
    fn block_on<T>(&self, main: impl Future<Output = T>) -> T {
        self.run(main)
    }

    fn spawn(&self, task: impl Future<Output = ()> + 'static) -> impl Future<Output = ()> {
        let task = event_loop::spawn(task);
        async move { task.await.unwrap() }
    }
}

impl Executor for LocalExecutor<'static> {
    fn block_on<T>(&self, main: impl Future<Output = T>) -> T {
        async_io::block_on(self.run(main))
    }

    fn spawn(&self, task: impl Future<Output = ()> + 'static) -> impl Future<Output = ()> {
        LocalExecutor::spawn(self, task)
    }
}

struct Tokio(Runtime);

impl Executor for Tokio {
    fn block_on<T>(&self, main: impl Future<Output = T>) -> T {
        LocalSet::new().block_on(&self.0, main)
    }

    fn spawn(&self, task: impl Future<Output = ()> + 'static) -> impl Future<Output = ()> {
        let task = tokio::task::spawn_local(task);
        async move { task.await.unwrap() }
    }
}

fn nanoseconds(run: impl FnOnce()) -> f64 {
    let start = Instant::now();
    run();
    start.elapsed().as_nanos() as f64
}

fn spawn_all(executor: &impl Executor) -> f64 {
    let all = async {
        let tasks: Vec<_> = (0..TASKS).map(|_| executor.spawn(async {})).collect();
        for task in tasks {
            task.await;
        }
    };
    nanoseconds(|| executor.block_on(all)) / f64::from(TASKS)
}

/// What a task holds that waits, and what awaits it. A future that never ends holds nothing.
fn bytes_each(executor: &impl Executor) -> f64 {
    let all = async {
        let bytes = bytes_of(|| {
            let tasks = (0..TASKS).map(|_| Box::pin(executor.spawn(pending())));
            tasks.collect::<Vec<_>>()
        });
        bytes / f64::from(TASKS)
    };
    executor.block_on(all)
}

/// Lets all others go on once. The same for all, so that executors are compared and not that.
async fn turn() {
    let mut yielded = false;
    poll_fn(|context| {
        if yielded {
            return Poll::Ready(());
        }
        yielded = true;
        context.waker().wake_by_ref();
        Poll::Pending
    })
    .await;
}

fn take_turns(executor: &impl Executor, tasks: u32) -> f64 {
    let all = async {
        let task = |_| {
            executor.spawn(async move {
                for _ in 0..TURNS / tasks {
                    turn().await;
                }
            })
        };
        let tasks: Vec<_> = (0..tasks).map(task).collect();
        for task in tasks {
            task.await;
        }
    };
    nanoseconds(|| executor.block_on(all)) / f64::from(TURNS)
}

/// Sleeps that are polled once and dropped.
fn time_limits<S: Future<Output = ()>>(
    executor: &impl Executor,
    sleep: impl Fn(Duration) -> S,
) -> f64 {
    let all = async {
        for _ in 0..TASKS {
            let mut limit = Box::pin(sleep(Duration::from_secs(3600)));
            poll_fn(|context| {
                assert!(limit.as_mut().poll(context).is_pending());
                Poll::Ready(())
            })
            .await;
        }
    };
    nanoseconds(|| executor.block_on(all)) / f64::from(TASKS)
}

/// Another thread gets the task's waker, and wakes it.
fn wakes(executor: &impl Executor) -> f64 {
    let (ask, asked) = channel::<(Arc<AtomicBool>, Waker)>();
    let other = thread::spawn(move || {
        for (woken, waker) in asked {
            woken.store(true, Relaxed);
            waker.wake();
        }
    });
    let all = async {
        for _ in 0..MESSAGES {
            let woken = Arc::new(AtomicBool::new(false));
            let mut sent = false;
            poll_fn(|context| {
                if !sent {
                    sent = true;
                    ask.send((woken.clone(), context.waker().clone())).unwrap();
                    return Poll::Pending;
                }
                if woken.load(Relaxed) { Poll::Ready(()) } else { Poll::Pending }
            })
            .await;
        }
    };
    let nanoseconds = nanoseconds(|| executor.block_on(all)) / f64::from(MESSAGES);
    drop(ask);
    other.join().unwrap();
    nanoseconds
}

/// A thread for each connection sends back each byte.
fn echo_server() -> SocketAddr {
    use std::io::{Read, Write};
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    thread::spawn(move || {
        for stream in listener.incoming() {
            let mut stream = stream.unwrap();
            stream.set_nodelay(true).unwrap();
            thread::spawn(move || {
                let mut byte = [0];
                while stream.read_exact(&mut byte).is_ok() && stream.write_all(&byte).is_ok() {}
            });
        }
    });
    address
}

async fn echoes(mut there_and_back: impl AsyncFnMut(&mut [u8; 1])) -> f64 {
    let start = Instant::now();
    for _ in 0..MESSAGES {
        there_and_back(&mut [1]).await;
    }
    start.elapsed().as_nanos() as f64 / f64::from(MESSAGES)
}
