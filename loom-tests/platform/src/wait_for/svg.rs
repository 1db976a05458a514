//! The wait-for graph as an SVG picture that needs nothing else.

use super::WaitFor;
use std::f64::consts::PI;
use std::fmt::Write as _;
use textwrap::wrap;

/// The most characters in a line of a node.
const WRAP: usize = 14;
/// How wide a character is at most, in the font below.
const CHARACTER: f64 = 8.;
const LINE: f64 = 19.;
const MARGIN: f64 = 16.;
/// Between neighbours in a row: room for an arrow and what it says.
const GAP: f64 = 80.;
const ROW: f64 = 96.;
/// How far apart two arrows between the same two nodes are from the line between them.
const APART: f64 = 13.;

// The colours can be set from outside, by a page that has its own dark mode. Alone the picture
// follows the reader's.
const STYLE: &str = "\
.wait-for { --wf-ink: #1f2430; --wf-card: #ffffff; --wf-edge: #d5d9e2; --wf-soft: #667085;
--wf-thread: #e3edfd; --wf-thread-edge: #5b8def; --wf-thing: #fdeed8; --wf-thing-edge: #dd9436;
--wf-bad: #cf4a4a; }
@media (prefers-color-scheme: dark) {
.wait-for { --wf-ink: #e6e9f0; --wf-card: #171b24; --wf-edge: #343b4a; --wf-soft: #9aa4b8;
--wf-thread: #1d2f52; --wf-thing: #47331a; --wf-bad: #f07171; }
}
.wait-for text { font: 14px system-ui, -apple-system, 'Segoe UI', 'DejaVu Sans', sans-serif;
fill: var(--wf-ink); text-anchor: middle; }
.wait-for .says { fill: var(--wf-soft); paint-order: stroke;
stroke: var(--wf-card); stroke-width: 6px; }
.wait-for .card { fill: var(--wf-card); stroke: var(--wf-edge); }
.wait-for .thread { fill: var(--wf-thread); stroke: var(--wf-thread-edge); }
.wait-for .thing { fill: var(--wf-thing); stroke: var(--wf-thing-edge); }
.wait-for .ended { stroke-dasharray: 3 3; }
.wait-for path { fill: none; stroke: var(--wf-soft); stroke-width: 1.5; }
.wait-for .waits { stroke-dasharray: 6 4; }
.wait-for .head { stroke-dasharray: none; }
.wait-for .cycle { stroke: var(--wf-bad); stroke-width: 2.5; }
";

/// A thread, or what is waited for.
struct Node {
    x: f64,
    y: f64,
    width: f64,
    height: f64,
    lines: Vec<String>,
    class: &'static str,
}

impl Node {
    fn new(text: &str, class: &'static str) -> Self {
        let lines: Vec<String> = wrap(text, WRAP).iter().map(ToString::to_string).collect();
        let longest = lines.iter().map(|line| line.chars().count()).max().unwrap_or(0);
        let (width, height) = (longest as f64 * CHARACTER + 28., lines.len() as f64 * LINE + 18.);
        Self { x: 0., y: 0., width, height, lines, class }
    }

    /// Where a line from the middle towards `(dx, dy)` leaves the node.
    fn border(&self, dx: f64, dy: f64) -> f64 {
        let reach = |half: f64, step: f64| if step == 0. { f64::MAX } else { half / step.abs() };
        reach(self.width / 2. + 4., dx).min(reach(self.height / 2. + 4., dy))
    }
}

impl WaitFor {
    /// The graph as an SVG picture that needs nothing else: threads and things as nodes, and as
    /// arrows which thread waits for which thing, and which thread holds it. The cycle stands out.
    ///
    /// It has its own colours, light or dark as the reader asks. A page that it stands in can set
    /// others, by the variables of the class `wait-for`.
    pub fn svg(&self, title: &str) -> String {
        svg(self, title)
    }
}

fn svg(graph: &WaitFor, title: &str) -> String {
    let class = |waits: bool| if waits { "thread" } else { "thread ended" };
    let mut threads: Vec<Node> = graph
        .threads
        .iter()
        .map(|thread| Node::new(&thread.name, class(thread.waits_for.is_some())))
        .collect();
    let mut things: Vec<Node> =
        graph.things.iter().map(|thing| Node::new(&thing.name, "thing")).collect();
    for (node, _) in things.iter_mut().zip(&graph.things).filter(|(_, one)| one.held_by.is_empty())
    {
        node.width = node.width.max(WaitFor::NO_HOLDER.len() as f64 * 7.);
    }
    place(graph, &mut threads, &mut things);

    let mut arrows = String::new();
    let in_cycle = |thread: usize| graph.cycle.contains(&thread);
    for (number, thread) in graph.threads.iter().enumerate() {
        let Some(thing) = thread.waits_for else { continue };
        let back = graph.things[thing].held_by.contains(&number);
        let nodes = (&threads[number], &things[thing]);
        put_arrow(&mut arrows, nodes, back, "waits for", "waits", in_cycle(number));
    }
    for (number, thing) in graph.things.iter().enumerate() {
        let says = if thing.is_object { "held by" } else { "comes from" };
        for &holder in &thing.held_by {
            let back = graph.threads[holder].waits_for == Some(number);
            // The one before in the cycle waits for what this one holds.
            let before = graph
                .cycle
                .iter()
                .position(|&one| one == holder)
                .map(|place| graph.cycle[(place + graph.cycle.len() - 1) % graph.cycle.len()]);
            let in_cycle =
                before.is_some_and(|before| graph.threads[before].waits_for == Some(number));
            put_arrow(
                &mut arrows,
                (&things[number], &threads[holder]),
                back,
                says,
                "held",
                in_cycle,
            );
        }
        if thing.held_by.is_empty() {
            let node = &things[number];
            let y = node.y + node.height / 2. + 18.;
            put_text(&mut arrows, node.x, y, "says", WaitFor::NO_HOLDER);
        }
    }

    let nodes = || threads.iter().chain(&things);
    let right = nodes().map(|node| node.x + node.width / 2.).fold(0., f64::max);
    let title_width = title.chars().count() as f64 * CHARACTER;
    let width = (right.max(title_width + MARGIN) + MARGIN).ceil();
    let height = (nodes().map(|node| node.y + node.height / 2.).fold(0., f64::max) + 44.).ceil();
    let mut boxes = String::new();
    nodes().for_each(|node| put_node(&mut boxes, node));
    let mut heading = String::new();
    put_text(&mut heading, width / 2., MARGIN + 8., "", title);
    format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" class=\"wait-for\" role=\"img\" \
         width=\"{width}\" height=\"{height}\" viewBox=\"0 0 {width} {height}\">\n\
         <title>{}</title>\n<desc>{}</desc>\n<style>\n{STYLE}</style>\n\
         <rect class=\"card\" x=\"0.5\" y=\"0.5\" width=\"{}\" height=\"{}\" rx=\"10\"/>\n\
         {heading}{arrows}{boxes}</svg>\n",
        escape(title),
        escape(&graph.to_string()),
        width - 1.,
        height - 1.,
    )
}

/// The cycle as a ring, and below it a row for each thread that waits beside it.
fn place(graph: &WaitFor, threads: &mut [Node], things: &mut [Node]) {
    let in_ring = graph.cycle.len();
    let of_cycle: Vec<usize> =
        graph.cycle.iter().filter_map(|&thread| graph.threads[thread].waits_for).collect();
    let widest = threads.iter().chain(&*things).map(|node| node.width).fold(0., f64::max);
    let step = widest + GAP;
    let mut top = MARGIN + 64.;
    let left = MARGIN + widest / 2.;
    if in_ring == 1 {
        (threads[0].x, threads[0].y) = (left, top);
        (things[of_cycle[0]].x, things[of_cycle[0]].y) = (left + step, top);
        top += ROW;
    } else if in_ring > 1 {
        // Neighbours at the top stand one step apart.
        let turn = PI / in_ring as f64;
        let (across, down) = (step / (2. * (turn / 2.).sin()), 24. + 44. * in_ring as f64);
        let reach = (0..2 * in_ring)
            .map(|place| (across * angle(place, turn).cos()).abs())
            .fold(0., f64::max);
        let highest = down * (turn / 2.).cos();
        let middle = (left + reach, top + highest);
        for place in 0..2 * in_ring {
            let node = match place % 2 {
                0 => &mut threads[graph.cycle[place / 2]],
                _ => &mut things[of_cycle[place / 2]],
            };
            let angle = angle(place, turn);
            node.x = middle.0 + across * angle.cos();
            node.y = middle.1 + down * angle.sin();
        }
        top = middle.1 + highest + ROW;
    }
    for number in (0..threads.len()).filter(|number| !graph.cycle.contains(number)) {
        let waits_for = graph.threads[number].waits_for;
        // Those that have ended stand behind what they hold.
        let column = if waits_for.is_some() { 0. } else { 2. };
        (threads[number].x, threads[number].y) = (left + column * step, top);
        if let Some(thing) = waits_for.filter(|&thing| things[thing].y == 0.) {
            (things[thing].x, things[thing].y) = (left + step, top);
        }
        top += ROW;
    }
}

/// The first two places stand at the top, side by side.
fn angle(place: usize, turn: f64) -> f64 {
    -PI / 2. - turn / 2. + place as f64 * turn
}

fn put_arrow(
    out: &mut String,
    (from, to): (&Node, &Node),
    another_goes_back: bool,
    says: &str,
    class: &str,
    in_cycle: bool,
) {
    let (dx, dy) = (to.x - from.x, to.y - from.y);
    let length = dx.hypot(dy);
    let (ux, uy) = (dx / length, dy / length);
    let aside = if another_goes_back { APART } else { 0. };
    let (ax, ay) = (uy * aside, -ux * aside);
    let (start, end) = (from.border(ux, uy), length - to.border(ux, uy));
    let at = |way: f64| (from.x + ux * way + ax, from.y + uy * way + ay);
    let ((x1, y1), (x2, y2)) = (at(start), at(end));
    let cycle = if in_cycle { " cycle" } else { "" };
    let _ =
        writeln!(out, r#"<path class="{class}{cycle}" d="M {x1:.1} {y1:.1} L {x2:.1} {y2:.1}"/>"#);
    let corner = |side: f64| (x2 - ux * 9. - uy * side * 5., y2 - uy * 9. + ux * side * 5.);
    let ((x3, y3), (x4, y4)) = (corner(1.), corner(-1.));
    let _ = writeln!(
        out,
        r#"<path class="head{cycle}" d="M {x3:.1} {y3:.1} L {x2:.1} {y2:.1} L {x4:.1} {y4:.1}"/>"#
    );
    let (x, y) = at((start + end) / 2.);
    // Above a level arrow, and below one that goes back; across a steep one.
    let lift = if dy.abs() > dx.abs() / 4. {
        4.
    } else if ux > 0. {
        -7.
    } else {
        17.
    };
    put_text(out, x, y + lift, "says", says);
}

fn put_node(out: &mut String, node: &Node) {
    let (x, y) = (node.x - node.width / 2., node.y - node.height / 2.);
    let round = if node.class == "thing" { node.height.min(37.) / 2. } else { 5. };
    let _ = writeln!(
        out,
        r#"<rect class="{}" x="{x:.1}" y="{y:.1}" width="{:.1}" height="{:.1}" rx="{round:.1}"/>"#,
        node.class, node.width, node.height
    );
    for (row, line) in node.lines.iter().enumerate() {
        put_text(out, node.x, y + 23. + row as f64 * LINE, "", line);
    }
}

fn put_text(out: &mut String, x: f64, y: f64, class: &str, text: &str) {
    let class = if class.is_empty() { String::new() } else { format!(r#" class="{class}""#) };
    let _ = writeln!(out, r#"<text{class} x="{x:.1}" y="{y:.1}">{}</text>"#, escape(text));
}

fn escape(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;")
}
