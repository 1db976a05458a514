//! The rows of which a lock cannot have both: many operations, and a fair share for each thread.

use super::page::LIMITS;
use serde_json::Value;
use std::fmt::Write as _;

/// One contender of a row: how much of the most it got done, and the share of its poorest thread.
struct Point {
    name: String,
    speed: f64,
    share: f64,
}

const WIDE: f64 = 250.0;
const HIGH: f64 = 190.0;
const COLUMNS: usize = 3;

/// A panel for each row in which a peer is ahead by 5 % in throughput, or ours has less than 0.9 of
/// the fairest one's share.
pub(super) fn picture(reports: &[(&str, Vec<Option<Value>>)]) -> String {
    let mut panels = Vec::new();
    for (benchmark, runs) in reports {
        let rows = runs[0].as_ref().and_then(|report| report["rows"].as_array());
        let rows = rows.map_or(&[][..], Vec::as_slice);
        for (name, points) in rows.iter().filter_map(|row| points(rows, row)) {
            let best = points.iter().map(|point| point.share).fold(0.0, f64::max);
            if points[0].speed < 1.0 / 1.05 || points[0].share < 0.9 * best {
                let name = name.replace("contended, ", "");
                panels.push((format!("{benchmark}: {name}"), points));
            }
        }
    }
    let lines = panels.len().div_ceil(COLUMNS);
    let (width, height) = (COLUMNS as f64 * WIDE, 44.0 + lines as f64 * HIGH);
    let mut out = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"{width}\" height=\"{height}\" \
         viewBox=\"0 0 {width} {height}\" \
         font-family=\"sans-serif\" font-size=\"10\" role=\"img\">\n\
         <title>Throughput against the smallest share, where nobody has the most of both</title>\n\
         <style>text {{ fill: #222 }} .frame {{ fill: none; stroke: #bbb }} \
         .ours {{ fill: #4a8f5c }} .behind {{ fill: #c8452f }} \
         .peer {{ fill: none; stroke: #222 }} .page {{ fill: #fff }} \
         @media (prefers-color-scheme: dark) {{ text {{ fill: #ddd }} .frame {{ stroke: #555 }} \
         .peer {{ stroke: #ddd }} .page {{ fill: #1d1f21 }} }}</style>\n\
         <rect class=\"page\" width=\"100%\" height=\"100%\"/>\n"
    );
    for (number, words) in [
        "To the right: throughput, of the most in the row. Up: the share of the thread that got \
         least, of a fair one.",
        "Full: ours; red where one peer has 5 % more of both.",
    ]
    .iter()
    .enumerate()
    {
        let _ = writeln!(out, "<text x=\"8\" y=\"{}\">{words}</text>", 16 + 14 * number);
    }
    for (number, (title, points)) in panels.iter().enumerate() {
        let (x, y) = ((number % COLUMNS) as f64 * WIDE, 40.0 + (number / COLUMNS) as f64 * HIGH);
        panel(&mut out, x, y, title, points);
    }
    out.push_str("</svg>\n");
    out
}

/// The contenders of a row of throughputs that has a row of shares beside it, ours first.
fn points(rows: &[Value], row: &Value) -> Option<(String, Vec<Point>)> {
    let name = row["name"].as_str()?;
    let is_of = |other: &&Value| other["name"] == name && other["unit"] == "min share";
    let shares = rows.iter().find(is_of).filter(|_| row["unit"] == "M ops/s")?;
    let of = |row: &Value| -> Option<Vec<(String, f64)>> {
        let contenders = row["contenders"].as_array()?.iter();
        contenders
            .filter(|one| !LIMITS.iter().any(|limit| one["name"] == *limit))
            .map(|one| Some((one["name"].as_str()?.to_owned(), one["median"].as_f64()?)))
            .collect()
    };
    let (speeds, shares) = (of(row)?, of(shares)?);
    let most = speeds.iter().map(|(_, speed)| *speed).fold(0.0, f64::max);
    let both = speeds.into_iter().zip(shares);
    let point = |((name, speed), (_, share))| Point { name, speed: speed / most, share };
    Some((name.to_owned(), both.map(point).collect()))
}

fn panel(out: &mut String, x: f64, y: f64, title: &str, points: &[Point]) {
    let (left, top, wide, high) = (x + 24.0, y + 24.0, WIDE - 50.0, HIGH - 54.0);
    let _ = writeln!(out, "<text x=\"{:.1}\" y=\"{:.1}\">{title}</text>", x + 8.0, y + 14.0);
    let _ = writeln!(
        out,
        "<rect class=\"frame\" x=\"{left:.1}\" y=\"{top:.1}\" width=\"{wide:.1}\" \
         height=\"{high:.1}\"/>"
    );
    let bottom = top + high + 12.0;
    let mut text = |x: f64, y: f64, words: &str| {
        let _ = writeln!(out, "<text x=\"{x:.1}\" y=\"{y:.1}\">{words}</text>");
    };
    text(left - 8.0, bottom, "0");
    text(left + wide - 4.0, bottom, "1");
    text(left - 12.0, top + 8.0, "1");
    let ours = &points[0];
    let is_behind = |ours: &Point, peer: &Point| {
        peer.speed > 1.05 * ours.speed && peer.share > 1.05 * ours.share
    };
    // Names that would stand on one another are moved down, the rightmost point first.
    let mut sorted: Vec<(usize, &Point)> = points.iter().enumerate().collect();
    sorted.sort_by(|(_, a), (_, b)| b.share.total_cmp(&a.share));
    let mut lowest = top;
    for (number, point) in sorted {
        let (at_x, at_y) =
            (left + wide * point.speed, top + high * (1.0 - point.share.clamp(0.0, 1.0)));
        let class = match number {
            0 if points[1..].iter().any(|peer| is_behind(ours, peer)) => "behind",
            0 => "ours",
            _ => "peer",
        };
        let _ = writeln!(
            out,
            "<circle class=\"{class}\" cx=\"{at_x:.1}\" cy=\"{at_y:.1}\" r=\"3.5\"/>"
        );
        let name_y = (at_y + 3.0).max(lowest + 10.0).min(top + high);
        lowest = name_y;
        let (anchor, name_x) =
            if point.speed > 0.5 { ("end", at_x - 7.0) } else { ("start", at_x + 7.0) };
        let _ = writeln!(
            out,
            "<text x=\"{name_x:.1}\" y=\"{name_y:.1}\" text-anchor=\"{anchor}\">{}</text>",
            point.name
        );
    }
}
