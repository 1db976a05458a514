//! A trace as an SVG picture: a thread a column, time running downwards, a step a box.

use crate::execution::Waiting;
use crate::trace::Trace;
use std::borrow::Cow;
use std::fmt::Write;

/// How the pictured execution ends.
#[derive(Clone, Copy, Debug)]
pub enum End<'a> {
    /// Well, and how.
    Well(&'a str),
    /// Badly, and how.
    Badly(&'a str),
    /// Nobody can go on.
    Stuck(&'a [Waiting]),
}

// Three columns have room on a phone, in letters that can be read there.
const MARGIN: usize = 16;
/// Left of the columns: time, and the numbers of the steps.
const GUTTER: usize = 40;
const GAP: usize = 12;
const HEAD: usize = 104;
const LINE: usize = 20;
/// Above and below the text in a box.
const PADDING: usize = 10;
const BETWEEN: usize = 10;
/// How wide a letter in a box is at most, on average.
const LETTER: usize = 8;
/// How wide a letter of the title is at most, on average.
const TITLE_LETTER: usize = 10;

/// The colours and fonts of such a picture. It brings its own background, so that it can be read on
/// a page of any colour. A reader that asked for dark pages gets a dark one.
pub const STYLE: &str = "\
text { font: 14px system-ui, -apple-system, 'Segoe UI', 'DejaVu Sans', sans-serif; fill: #1f2430; }
.card { fill: #ffffff; stroke: #d5d9e2; }
.title { font-size: 16px; font-weight: 600; }
.name { font-weight: 600; }
.soft { fill: #667085; }
.line { stroke: #c3c9d5; stroke-width: 2; }
.time { stroke: #98a1b3; stroke-width: 1.5; fill: none; }
.t0 { fill: #e3edfd; stroke: #5b8def; }
.t1 { fill: #fdeed8; stroke: #dd9436; }
.t2 { fill: #e2f4e6; stroke: #4aa564; }
.t3 { fill: #f0e6fb; stroke: #9a6bd6; }
.well { fill: #e2f4e6; stroke: #3f8f57; }
.badly { fill: #fde4e4; stroke: #cf4a4a; }
.waits { stroke-dasharray: 5 4; }
@media (prefers-color-scheme: dark) {
text { fill: #e6e9f0; }
.card { fill: #171b24; stroke: #343b4a; }
.soft { fill: #9aa4b8; }
.line { stroke: #414a5c; }
.time { stroke: #7c879c; }
.t0 { fill: #1d2f52; }
.t1 { fill: #47331a; }
.t2 { fill: #1c3b27; }
.t3 { fill: #352650; }
.well { fill: #1c3b27; }
.badly { fill: #4d2022; }
}
";

/// Draws the steps of a trace as an SVG picture that needs nothing else; without steps, the
/// operations.
pub fn svg(trace: &Trace, title: &str, end: End<'_>) -> String {
    let mut steps: Vec<_> = trace.steps().collect();
    if steps.is_empty() {
        steps = trace.moves.iter().collect();
    }
    // Only threads that take a step get a column.
    let active: Vec<usize> =
        (0..trace.threads.len()).filter(|id| steps.iter().any(|step| step.thread == *id)).collect();
    let column_of = |thread| active.iter().position(|&id| id == thread);
    let wide = if active.len() > 2 { 108 } else { 168 };
    let wrapped = |text: &str| -> Vec<String> {
        textwrap::wrap(text, (wide - PADDING) / LETTER).into_iter().map(Cow::into_owned).collect()
    };
    let left = |column: usize| MARGIN + GUTTER + column * (wide + GAP);
    let right = left(active.len()) - GAP;
    let width = right + MARGIN;

    let title_lines = textwrap::wrap(title, (width - 2 * MARGIN) / TITLE_LETTER);
    let head = HEAD + (title_lines.len() - 1) * LINE;
    let mut boxes = String::new();
    let mut y = head;
    for (number, step) in steps.iter().enumerate() {
        let column = column_of(step.thread).expect("the thread of a step is active");
        let lines = wrapped(&step.text);
        let class = format!("t{}", column % 4);
        put_box(&mut boxes, (left(column), y, wide), &class, &lines);
        put_text(
            &mut boxes,
            MARGIN + GUTTER - 12,
            y + PADDING + 14,
            "soft",
            "end",
            &(number + 1).to_string(),
        );
        y += height(&lines) + BETWEEN;
    }

    let foot = y;
    match end {
        End::Well(text) => {
            y += put_bar(&mut boxes, left(0), y, right - left(0), "well", text);
        }
        End::Badly(text) => {
            y += put_bar(&mut boxes, left(0), y, right - left(0), "badly", text);
        }
        End::Stuck(waiting) => {
            let mut tallest = 0;
            for one in waiting {
                let position = trace.threads.iter().position(|name| *name == one.thread);
                if let Some(column) = position.and_then(column_of) {
                    let waits = format!("waits for {}, for ever", one.waits_for);
                    let lines = wrapped(&waits);
                    put_box(&mut boxes, (left(column), y, wide), "badly waits", &lines);
                    tallest = tallest.max(height(&lines));
                }
            }
            y += tallest;
        }
    }
    let bottom = y + MARGIN;

    let mut lines = String::new();
    for (column, &thread) in active.iter().enumerate() {
        let middle = left(column) + wide / 2;
        let top = head - 12;
        let _ = writeln!(
            lines,
            r#"<line class="line" x1="{middle}" y1="{top}" x2="{middle}" y2="{foot}"/>"#
        );
        put_text(&mut lines, middle, head - 22, "name", "middle", &trace.threads[thread]);
    }
    let (time, last) = (MARGIN + 8, foot.saturating_sub(BETWEEN));
    let _ = writeln!(
        lines,
        r#"<path class="time" d="M {time} {head} V {last} m -5 -8 l 5 8 l 5 -8"/>"#
    );
    put_text(&mut lines, MARGIN, head - 22, "soft", "start", "time");

    let mut heading = String::new();
    for (row, line) in title_lines.iter().enumerate() {
        put_text(&mut heading, MARGIN, MARGIN + 24 + row * LINE, "title", "start", line);
    }

    format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" role=\"img\" width=\"{width}\" \
         height=\"{bottom}\" viewBox=\"0 0 {width} {bottom}\">\n<title>{}</title>\n\
         <style>\n{STYLE}</style>\n\
         <rect class=\"card\" x=\"0.5\" y=\"0.5\" width=\"{}\" height=\"{}\" rx=\"10\"/>\n\
         {heading}{lines}{boxes}</svg>\n",
        escape(title),
        width - 1,
        bottom - 1,
    )
}

/// Where it begins, and how wide it is.
fn put_box(out: &mut String, (x, y, width): (usize, usize, usize), class: &str, lines: &[String]) {
    let height = height(lines);
    let _ = writeln!(
        out,
        r#"<rect class="{class}" x="{x}" y="{y}" width="{width}" height="{height}" rx="6"/>"#
    );
    for (row, line) in lines.iter().enumerate() {
        let baseline = y + PADDING + 14 + row * LINE;
        put_text(out, x + width / 2, baseline, "", "middle", line);
    }
}

/// A box with one line of text. Returns its height.
pub fn put_bar(
    out: &mut String,
    x: usize,
    y: usize,
    width: usize,
    class: &str,
    text: &str,
) -> usize {
    let height = LINE + 2 * PADDING;
    let _ = writeln!(
        out,
        r#"<rect class="{class}" x="{x}" y="{y}" width="{width}" height="{height}" rx="6"/>"#
    );
    put_text(out, x + width / 2, y + PADDING + 14, "name", "middle", text);
    height
}

/// A line of text. `anchor` says which part of it stands at `x`: `start`, `middle` or `end`.
pub fn put_text(out: &mut String, x: usize, y: usize, class: &str, anchor: &str, text: &str) {
    let class = if class.is_empty() { String::new() } else { format!(r#" class="{class}""#) };
    let _ = writeln!(
        out,
        r#"<text{class} x="{x}" y="{y}" text-anchor="{anchor}">{}</text>"#,
        escape(text)
    );
}

fn height(lines: &[String]) -> usize {
    lines.len() * LINE + 2 * PADDING
}

fn escape(text: &str) -> String {
    let text = text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;");
    text.replace(" -", " −")
}
