//! The same work in turn, in threads, in threads under an interpreter lock, in processes, and in an
//! event loop. Processes and pools are started and ended within the time that is measured.

use super::gil::{count_down, count_down_here, in_processes, told};
use super::{Contender, Sizes, Table, Told, instructions_in, rows, seconds};
use crate::report::grouped;
use event_loop::{gather, net::Socket};
use indicatif::ProgressBar;
use primitives::Gil;
use processes::{Process, Start, register};
use std::io::{Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::thread;
use std::time::Duration;

/// Into so many parts the work is cut.
const PARTS: u64 = 4;

pub(super) fn tables(sizes: &Sizes, bar: &ProgressBar) -> Vec<Table> {
    vec![computes(sizes, bar), waits(sizes, bar)]
}

fn python_lock() -> Gil {
    Gil::interval(Duration::from_millis(5))
}

fn contender<'a>(name: &str, run: impl Fn() + 'a) -> Contender<'a> {
    Contender::new(name, move || (seconds(&run), String::new()))
}

const fn downloads(seconds: f64) -> Told {
    Told { program: "3 downloads", seconds }
}

const fn sleeps(seconds: f64) -> Told {
    Told { program: "1000 short sleeps", seconds }
}

fn in_threads(part: impl Fn() + Sync) {
    thread::scope(|scope| (0..PARTS).for_each(|_| drop(scope.spawn(&part))));
}

fn computes(sizes: &Sizes, bar: &ProgressBar) -> Table {
    let each = instructions_in(sizes.countdown) / PARTS;
    let contenders = vec![
        contender("in turn", || (0..PARTS).for_each(|_| count_down_here(each)))
            .beside(const { &[told(7.61)] }),
        contender("threads", || in_threads(|| count_down_here(each))),
        contender("threads, interpreter lock", || {
            let gil = python_lock();
            in_threads(|| count_down(Some(&gil), each));
        })
        .beside(const { &[told(9.47)] }),
        contender("processes", || {
            in_processes(PARTS, || Process::start(Start::Spawn, count_down_here, (each,)));
        })
        .beside(const { &[told(1.96)] }),
        contender("event loop", || {
            let parts = (0..PARTS).map(|_| async move { count_down_here(each) });
            event_loop::run(async { gather(parts).await }).unwrap();
        }),
    ];
    let title = format!("A countdown from {}, in {PARTS} parts", grouped(each * PARTS));
    Table { title, unit: "seconds", rows: rows(sizes, bar, contenders) }
}

fn ask(device: SocketAddr) {
    TcpStream::connect(device).unwrap().read_to_end(&mut Vec::new()).unwrap();
}
register!(ask);

async fn ask_awaited(device: SocketAddr) {
    let stream = Socket::connect(device).await.unwrap();
    stream.read_to_end(&mut Vec::new()).await.unwrap();
}

fn waits(sizes: &Sizes, bar: &ProgressBar) -> Table {
    let takes = sizes.device;
    let contenders = vec![
        contender("in turn", || {
            beside_a_device(takes, |device| (0..PARTS).for_each(|_| ask(device)));
        })
        .beside(const { &[downloads(0.35), sleeps(1.06)] }),
        contender("threads", || {
            beside_a_device(takes, |device| in_threads(|| ask(device)));
        })
        .beside(const { &[downloads(0.16), sleeps(0.41)] }),
        contender("threads, interpreter lock", || {
            let gil = python_lock();
            let part = |device| gil.acquire().allow_threads(|| ask(device));
            beside_a_device(takes, |device| in_threads(|| part(device)));
        }),
        contender("processes", || {
            let start = |device| Process::start(Start::Spawn, ask, (device,));
            beside_a_device(takes, |device| in_processes(PARTS, || start(device)));
        })
        .beside(const { &[sleeps(0.46)] }),
        contender("event loop", || {
            beside_a_device(takes, |device| {
                let parts = (0..PARTS).map(|_| ask_awaited(device));
                event_loop::run(async { gather(parts).await }).unwrap();
            });
        })
        .beside(const { &[downloads(0.12)] }),
    ];
    let title = format!("{PARTS} requests to a device on the network that takes {takes:?}");
    Table { title, unit: "seconds", rows: rows(sizes, bar, contenders) }
}

/// Calls `f` with the address of a device that answers each request when it has taken its time.
fn beside_a_device(takes: Duration, f: impl FnOnce(SocketAddr)) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    thread::scope(|scope| {
        scope.spawn(|| {
            for _ in 0..PARTS {
                let (mut stream, _) = listener.accept().unwrap();
                scope.spawn(move || {
                    thread::sleep(takes);
                    stream.write_all(b"36.8").unwrap();
                });
            }
        });
        f(address);
    });
}
