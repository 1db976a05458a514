//! A task of a loop calls something that blocks. The loop has one thread: while that sleeps, no
//! other task goes on.

use crate::{Outcome, Story, say, trace_lists};
use event_loop::net::Socket;
use event_loop::{EventLoop, run_in_pool, sleep, spawn_named};
use primitives::ThreadPool;
use scenarios::{Expect, Search, Variant};
use std::cell::Cell;
use std::io::{Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::rc::Rc;
use std::sync::mpsc::{Receiver, Sender, channel};
use std::thread;
use std::time::Duration;

pub(crate) const STORY: Story = Story {
    name: "blocking-in-the-loop",
    about: "a task reads from a slow device, and a heart shall beat meanwhile",
    seed: "–",
    variants: &[
        Variant {
            name: "blocking-call",
            about: "reads as a thread would: the loop stands still",
            expect: Expect::Breaks,
            search: Search::WHOLE,
            run: || beside_a_heart(IN_VAIN, async |device| blocking_read(device)),
        },
        Variant {
            name: "awaited",
            about: "awaits the device",
            expect: Expect::Holds,
            search: Search::WHOLE,
            run: || beside_a_heart(LONG, awaited_read),
        },
        Variant {
            name: "in-the-pool",
            about: "has a thread of a pool read, and awaits that",
            expect: Expect::Holds,
            search: Search::WHOLE,
            run: || beside_a_heart(LONG, read_in_the_pool),
        },
    ],
};

/// So many beats there are while the device works.
const BEATS: u32 = 3;

/// How long the device waits for a beat that does not come.
const IN_VAIN: Duration = Duration::from_millis(50);

/// How long it would wait for one that comes.
const LONG: Duration = Duration::from_secs(60);

// ANCHOR: blocking
fn blocking_read(device: SocketAddr) -> String {
    let mut text = String::new();
    TcpStream::connect(device).unwrap().read_to_string(&mut text).unwrap();
    text
}
// ANCHOR_END: blocking

// ANCHOR: awaited
async fn awaited_read(device: SocketAddr) -> String {
    let mut text = Vec::new();
    Socket::connect(device).await.unwrap().read_to_end(&mut text).await.unwrap();
    String::from_utf8(text).unwrap()
}
// ANCHOR_END: awaited

// ANCHOR: pool
async fn read_in_the_pool(device: SocketAddr) -> String {
    let pool = ThreadPool::new(1);
    run_in_pool(&pool, move || blocking_read(device)).unwrap().await.unwrap()
}
// ANCHOR_END: pool

// ANCHOR: heart
/// Beats as often as the device waits for it, and no more: a device may be slow to answer.
async fn heart(beats: Rc<Cell<u32>>, device: Sender<()>) {
    for _ in 0..BEATS {
        beats.set(beats.get() + 1);
        // The device may have ended.
        let _ = device.send(());
        sleep(Duration::from_millis(1)).await;
    }
}
// ANCHOR_END: heart

fn beside_a_heart(patience: Duration, read: impl AsyncFnOnce(SocketAddr) -> String) -> Outcome {
    let (beat, felt) = channel();
    let (device, thread) = device(patience, felt);
    let event_loop = EventLoop::new().unwrap();
    trace_lists(&event_loop);
    let beats = Rc::new(Cell::new(0));
    let counted = beats.clone();
    let text = event_loop.run(async {
        let heart = spawn_named("heart", heart(counted, beat));
        let text = read(device).await;
        heart.cancel();
        text
    });
    thread.join().unwrap();
    let alive = beats.get() >= BEATS;
    say!("the device has said {text}, and meanwhile the heart beat {} times", beats.get());
    Outcome::new(alive, if alive { "the heart beat on" } else { "the heart stood still" })
}

/// A device that answers when it has felt some beats, or has waited for one in vain.
fn device(patience: Duration, felt: Receiver<()>) -> (SocketAddr, thread::JoinHandle<()>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    let device = thread::spawn(move || {
        let (mut stream, _) = listener.accept().unwrap();
        let _felt = (0..BEATS).take_while(|_| felt.recv_timeout(patience).is_ok()).count();
        stream.write_all(b"36.8").unwrap();
    });
    (address, device)
}
