//! Three downloads, each of which waits for a server most of its time: in turn, in threads, and as
//! three tasks of one loop.

use crate::{Outcome, Story, say, trace_lists};
use event_loop::net::Socket;
use event_loop::{EventLoop, spawn_named};
use scenarios::{Expect, Search, Variant};
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::thread::{self, sleep};
use std::time::{Duration, Instant};

pub(crate) const STORY: Story = Story {
    name: "three-downloads",
    about: "three downloads from one server, each of which waits most of its time",
    seed: "–",
    variants: &[
        Variant {
            name: "in-turn",
            about: "one after another: their times add up",
            expect: Expect::Breaks,
            search: Search::WHOLE,
            run: || with_server(1, in_turn),
        },
        Variant {
            name: "threads",
            about: "a thread each",
            expect: Expect::Holds,
            search: Search::WHOLE,
            run: || with_server(FILES.len(), in_threads),
        },
        Variant {
            name: "loop",
            about: "a task each, on one thread",
            expect: Expect::Holds,
            search: Search::WHOLE,
            run: || with_server(FILES.len(), in_the_loop),
        },
    ],
};

/// How long the server takes for each.
const FILES: [(&str, Duration); 3] = [
    ("a.txt", Duration::from_millis(60)),
    ("b.txt", Duration::from_millis(20)),
    ("c.txt", Duration::from_millis(40)),
];

type Files = Vec<(&'static str, String)>;

// ANCHOR: blocking
fn download(server: SocketAddr, name: &str) -> String {
    let mut stream = TcpStream::connect(server).unwrap();
    writeln!(stream, "{name}").unwrap();
    let mut text = String::new();
    stream.read_to_string(&mut text).unwrap();
    text
}
// ANCHOR_END: blocking

// ANCHOR: in_turn
fn in_turn(server: SocketAddr) -> Files {
    FILES.map(|(name, _)| (name, download(server, name))).into()
}
// ANCHOR_END: in_turn

// ANCHOR: in_threads
fn in_threads(server: SocketAddr) -> Files {
    let threads = FILES.map(|(name, _)| (name, thread::spawn(move || download(server, name))));
    threads.map(|(name, thread)| (name, thread.join().unwrap())).into()
}
// ANCHOR_END: in_threads

// ANCHOR: in_the_loop
async fn download_awaited(server: SocketAddr, name: &str) -> String {
    let stream = Socket::connect(server).await.unwrap();
    stream.write_all(format!("{name}\n").as_bytes()).await.unwrap();
    let mut text = Vec::new();
    stream.read_to_end(&mut text).await.unwrap();
    String::from_utf8(text).unwrap()
}

fn in_the_loop(server: SocketAddr) -> Files {
    let event_loop = EventLoop::new().unwrap();
    trace_lists(&event_loop);
    event_loop.run(async {
        let tasks =
            FILES.map(|(name, _)| (name, spawn_named(name, download_awaited(server, name))));
        let mut files = Files::new();
        for (name, task) in tasks {
            files.push((name, task.await.unwrap()));
        }
        files
    })
}
// ANCHOR_END: in_the_loop

/// Has all files downloaded from a server that takes so many requests at once.
fn with_server(at_once: usize, download_all: fn(SocketAddr) -> Files) -> Outcome {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    let server = thread::spawn(move || serve(&listener, at_once));
    let start = Instant::now();
    let files = download_all(address);
    say!("three downloads took {:.2} s", start.elapsed().as_secs_f64());
    server.join().unwrap();
    let whole = files.iter().all(|(name, text)| *text == text_of(name));
    let text = format!("three files, {at_once} at a time");
    Outcome::new(whole && at_once == FILES.len(), text)
}

fn text_of(name: &str) -> String {
    format!("the text of {name}\n").repeat(100)
}

/// Waits for so many requests, answers each when it has taken its time, and so on until all files
/// were asked for. If the requests did not come at once, it would wait for ever.
fn serve(listener: &TcpListener, at_once: usize) {
    let requests = || {
        let (stream, _) = listener.accept().unwrap();
        let mut stream = BufReader::new(stream);
        let mut name = String::new();
        stream.read_line(&mut name).unwrap();
        let name = name.trim_end().to_owned();
        let takes = FILES.iter().find(|(file, _)| *file == name).expect("a file that is there").1;
        (takes, name, stream.into_inner())
    };
    for _ in 0..FILES.len() / at_once {
        let mut open: Vec<(Duration, String, TcpStream)> =
            (0..at_once).map(|_| requests()).collect();
        let start = Instant::now();
        open.sort_by_key(|(takes, ..)| *takes);
        for (takes, name, mut stream) in open {
            sleep(takes.saturating_sub(start.elapsed()));
            stream.write_all(text_of(&name).as_bytes()).unwrap();
            stream.shutdown(std::net::Shutdown::Write).unwrap();
            // The next answer waits until this one is read. So the steps have one order.
            stream.read_to_end(&mut Vec::new()).unwrap();
        }
    }
}
