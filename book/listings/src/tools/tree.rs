//! The interleavings of two threads as a picture: a tree whose branches are steps.

use loom_platform::picture::{STYLE, put_bar, put_text};
use std::fmt::Write;

/// What one thread does: it reads the counter, and then writes one more than it has read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Step {
    Reads(u32),
    Writes(u32),
}

/// What is done so far.
#[derive(Clone, Debug, Default)]
struct State {
    counter: u32,
    /// What each thread has read, and whether it has written.
    seen: [Option<u32>; 2],
    written: [bool; 2],
    /// Who wrote the value that is there.
    writer: Option<usize>,
    /// From which write each thread has read.
    from: [Option<usize>; 2],
    order: Vec<usize>,
}

/// A way to the end: the steps, each with its thread.
#[derive(Clone, Debug)]
pub struct Way {
    steps: Vec<(usize, Step)>,
    /// Which write each read has read, and the order of the writes: the execution.
    execution: ([Option<usize>; 2], Vec<usize>),
    counted: u32,
}

/// All interleavings of two threads that each add one in two steps.
pub fn interleavings() -> Vec<Way> {
    fn go_on(state: &State, steps: &mut Vec<(usize, Step)>, ways: &mut Vec<Way>) {
        let mut ended = true;
        for me in 0..2 {
            let mut next = state.clone();
            let step = match (state.seen[me], state.written[me]) {
                (None, _) => {
                    next.seen[me] = Some(state.counter);
                    next.from[me] = state.writer;
                    Step::Reads(state.counter)
                }
                (Some(seen), false) => {
                    next.counter = seen + 1;
                    next.written[me] = true;
                    next.writer = Some(me);
                    next.order.push(me);
                    Step::Writes(seen + 1)
                }
                (Some(_), true) => continue,
            };
            ended = false;
            steps.push((me, step));
            go_on(&next, steps, ways);
            steps.pop();
        }
        if ended {
            let execution = (state.from, state.order.clone());
            ways.push(Way { steps: steps.clone(), execution, counted: state.counter });
        }
    }
    let mut ways = Vec::new();
    go_on(&State::default(), &mut Vec::new(), &mut ways);
    ways
}

/// Which executions there are, each once, in the order of the interleavings.
pub fn executions(ways: &[Way]) -> usize {
    kinds(ways).into_iter().max().map_or(0, |last| last + 1)
}

/// For each way the number of its execution.
fn kinds(ways: &[Way]) -> Vec<usize> {
    let mut met = Vec::new();
    ways.iter()
        .map(|way| {
            let place = met.iter().position(|one| *one == &way.execution);
            place.unwrap_or_else(|| {
                met.push(&way.execution);
                met.len() - 1
            })
        })
        .collect()
}

const WIDTH: usize = 108;
const ACROSS: usize = 128;
const DOWN: usize = 64;
const TOP: usize = 72;
const LEFT: usize = 24;
const NAMES: [&str; 2] = ["Ann", "Ben"];

/// The tree of the ways, time running to the right. What is left out by a search that runs each
/// execution once is dashed.
pub fn tree(ways: &[Way], title: &str) -> String {
    let kinds = kinds(ways);
    let steps = ways[0].steps.len();
    let row = |way: usize| TOP + way * DOWN;
    let mut lines = String::new();
    let mut boxes = String::new();
    // A branch stands in the middle of the ways that go through it.
    let middle_of = |depth: usize, way: usize| {
        let same = |other: &usize| ways[*other].steps[..depth] == ways[way].steps[..depth];
        let first = (0..ways.len()).find(same).expect("itself");
        let last = (0..ways.len()).rev().find(same).expect("itself");
        ((row(first) + row(last)) / 2, first)
    };
    let is_new = |way: usize| kinds.iter().position(|&kind| kind == kinds[way]) == Some(way);
    for way in 0..ways.len() {
        for depth in 1..=steps {
            let (y, first) = middle_of(depth, way);
            if first != way {
                continue;
            }
            let leads = (0..ways.len()).any(|other| {
                is_new(other) && ways[other].steps[..depth] == ways[way].steps[..depth]
            });
            let x = LEFT + (depth - 1) * ACROSS;
            if depth > 1 {
                let (from, _) = middle_of(depth - 1, way);
                let (left, right) = (x + WIDTH - ACROSS, x);
                let class = if leads { "line" } else { "line waits" };
                let _ = writeln!(
                    lines,
                    r#"<line class="{class}" x1="{left}" y1="{}" x2="{right}" y2="{}"/>"#,
                    from + 20,
                    y + 20
                );
            }
            let (thread, step) = ways[way].steps[depth - 1];
            let text = match step {
                Step::Reads(value) => format!("{} reads {value}", NAMES[thread]),
                Step::Writes(value) => format!("{} writes {value}", NAMES[thread]),
            };
            let class = format!("t{thread}{}", if leads { "" } else { " waits" });
            put_bar(&mut boxes, x, y, WIDTH, &class, &text);
        }
        let letter = char::from(b'A' + kinds[way] as u8);
        let counted = ways[way].counted;
        let text = if is_new(way) {
            format!("{letter}: counted {counted}")
        } else {
            format!("{letter} again")
        };
        put_text(&mut boxes, LEFT + steps * ACROSS, row(way) + 25, "", "start", &text);
    }
    let mut heading = String::new();
    put_text(&mut heading, LEFT, 40, "title", "start", title);
    let (width, height) = (LEFT + steps * ACROSS + 120, row(ways.len()) + 8);
    format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" role=\"img\" width=\"{width}\" \
         height=\"{height}\" viewBox=\"0 0 {width} {height}\">\n<title>{title}</title>\n\
         <style>\n{STYLE}</style>\n\
         <rect class=\"card\" x=\"0.5\" y=\"0.5\" width=\"{}\" height=\"{}\" rx=\"10\"/>\n\
         {heading}{lines}{boxes}</svg>\n",
        width - 1,
        height - 1,
    )
}
