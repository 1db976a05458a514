//! One page of all benchmarks that have run: a picture, the tables, and the summary of the README.

use super::trades;
use serde_json::Value;
use std::fmt::Write as _;
use std::path::Path;
use std::{fs, io};

/// The runs: this machine, and two that it pretends to be.
const RUNS: [&str; 3] = [AS_IT_IS, DEAR_HINTS, ONE_CORE];
pub(super) const AS_IT_IS: &str = "as it is";
pub(super) const DEAR_HINTS: &str = "hints 16 times as long";
pub(super) const ONE_CORE: &str = "one core";

/// In the order of the book.
pub(super) const BENCHMARKS: [&str; 21] = [
    "thread",
    "lock",
    "rlock",
    "condition",
    "semaphore",
    "rwlock",
    "queue",
    "event",
    "once",
    "barrier",
    "deadlock",
    "arc",
    "future",
    "pool",
    "local",
    "gil",
    "timer",
    "scheduler",
    "event_loop",
    "processes",
    "scale",
];

/// Contenders that do less than ours does: they show how near the limit we are.
pub(super) const LIMITS: [&str; 3] = ["bare", "futex", "std, const"];

/// A row of one benchmark, with ours against the best peer in each run that there is.
struct Line {
    name: String,
    unit: String,
    ratios: [Option<f64>; RUNS.len()],
}

impl Line {
    fn is_share(&self) -> bool {
        self.unit == "min share"
    }
}

/// Reads what was measured into `directory`, writes the page there, and with `UPDATE_BOOK` also
/// what the repository shows of it.
pub(super) fn write(directory: &Path) -> io::Result<()> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    let reports: Vec<(&str, Vec<Option<Value>>)> = BENCHMARKS
        .iter()
        .map(|name| (*name, RUNS.iter().map(|run| read(directory, run, name)).collect()))
        .filter(|(_, runs): &(_, Vec<Option<Value>>)| runs.iter().any(Option::is_some))
        .collect();
    let groups: Vec<(&str, Vec<Line>)> =
        reports.iter().map(|(name, runs)| (*name, lines(runs))).collect();
    let (picture, tables, summary) = (picture(&groups), tables(&reports), summary(&groups));
    fs::write(directory.join("benchmarks.svg"), &picture)?;
    let trades = trades::picture(&reports);
    fs::write(directory.join("trades.svg"), &trades)?;
    fs::write(directory.join("results.md"), &tables)?;
    println!("All that was measured: {}", directory.join("benchmarks.svg").display());
    if std::env::var_os("UPDATE_BOOK").is_none() {
        return Ok(());
    }
    // A part must not take the place of what the repository shows of all.
    let missing: Vec<&str> =
        BENCHMARKS.into_iter().filter(|name| read(directory, AS_IT_IS, name).is_none()).collect();
    if !missing.is_empty() {
        println!("The book is not updated before these have run too: {}", missing.join(", "));
        return Ok(());
    }
    fs::write(root.join("book/src/generated/benchmarks.svg"), &picture)?;
    fs::write(root.join("benches/results.md"), &tables)?;
    let readme = root.join("README.md");
    let text = fs::read_to_string(&readme)?;
    let (before, rest) = text.split_once("<!-- benchmarks -->\n").expect("a place for them");
    let (_, after) = rest.split_once("<!-- end of benchmarks -->").expect("and its end");
    let text =
        format!("{before}<!-- benchmarks -->\n\n{summary}\n<!-- end of benchmarks -->{after}");
    fs::write(readme, text)
}

fn read(directory: &Path, run: &str, name: &str) -> Option<Value> {
    let text = fs::read_to_string(directory.join(run).join(format!("{name}.json"))).ok()?;
    serde_json::from_str(&text).ok()
}

fn lines(runs: &[Option<Value>]) -> Vec<Line> {
    let mut lines: Vec<Line> = Vec::new();
    for (number, report) in runs.iter().enumerate() {
        for row in report.iter().filter_map(|report| report["rows"].as_array()).flatten() {
            let text = |key: &str| row[key].as_str().unwrap_or_default().to_owned();
            let (name, unit) = (text("name"), text("unit"));
            let place = lines.iter().position(|line| line.name == name && line.unit == unit);
            let place = place.unwrap_or_else(|| {
                lines.push(Line { name, unit, ratios: [None; RUNS.len()] });
                lines.len() - 1
            });
            lines[place].ratios[number] = ratio(row);
        }
    }
    lines
}

/// Ours against the best peer: above 1 ours is better.
fn ratio(row: &Value) -> Option<f64> {
    let less = row["better"] == "less";
    let peers = row["contenders"].as_array()?.iter().skip(1);
    let of_peer = |peer: &Value| {
        let ratio = peer["ours_over_this"].as_f64()?;
        let is_limit = LIMITS.iter().any(|limit| peer["name"] == *limit);
        (!is_limit).then_some(if less { 1.0 / ratio } else { ratio })
    };
    peers.filter_map(of_peer).filter(|ratio| ratio.is_finite()).min_by(f64::total_cmp)
}

fn peers(report: &Value) -> Vec<String> {
    let mut names: Vec<String> = Vec::new();
    let rows = report["rows"].as_array().into_iter().flatten();
    let contenders =
        rows.flat_map(|row| row["contenders"].as_array().into_iter().flatten().skip(1));
    for name in contenders.filter_map(|contender| contender["name"].as_str()) {
        if !names.iter().any(|known| known == name) {
            names.push(name.to_owned());
        }
    }
    names
}

fn when_and_where(report: &Value) -> String {
    let text = |key: &str| report[key].as_str().unwrap_or("?").to_owned();
    let plural = if report["cores"] == 1 { "" } else { "s" };
    let samples = |row: &Value| row["contenders"][0]["samples"].as_array().map_or(0, Vec::len);
    let rounds: Vec<usize> = report["rows"].as_array().into_iter().flatten().map(samples).collect();
    let (least, most) = (rounds.iter().min().unwrap_or(&0), rounds.iter().max().unwrap_or(&0));
    let rounds = if least == most { least.to_string() } else { format!("{least} to {most}") };
    let (date, processor, cores) = (text("date"), text("processor"), &report["cores"]);
    format!("{date}, {processor}, {cores} core{plural}, {rounds} rounds a row")
}

/// Every table of every run.
fn tables(reports: &[(&str, Vec<Option<Value>>)]) -> String {
    let mut out = String::from(
        "# What the benchmarks measured\n\n\
         Written by `UPDATE_BOOK=1 cargo bench -p benches`. [How to read it](README.md).\n",
    );
    for (name, runs) in reports {
        let _ = write!(out, "\n## {name}\n");
        for (run, report) in RUNS.iter().zip(runs) {
            let Some(report) = report else { continue };
            let table = report["table"].as_str().unwrap_or_default().trim_end();
            let (at, peers) = (when_and_where(report), peers(report).join("; "));
            let _ = write!(out, "\nThe machine {run}, {at}. Beside {peers}.\n\n");
            let _ = write!(out, "```text\n{table}\n```\n");
        }
    }
    out.replace("machine one core,", "machine with one core,")
        .replace("machine hints", "machine with hints")
}

/// For each benchmark, the worst row and the middle one of each run.
fn summary(groups: &[(&str, Vec<Line>)]) -> String {
    let mut out = String::from("| benchmark | rows |");
    RUNS.iter().for_each(|run| {
        let _ = write!(out, " {run} |");
    });
    out.push_str(" smallest share, as it is |\n|---|---|---|---|---|---|\n");
    for (name, lines) in groups {
        let (shares, rows): (Vec<&Line>, Vec<&Line>) =
            lines.iter().partition(|line| line.is_share());
        let cell = |lines: &[&Line], run: usize| {
            let mut ratios: Vec<f64> = lines.iter().filter_map(|line| line.ratios[run]).collect();
            ratios.sort_by(f64::total_cmp);
            match ratios.as_slice() {
                [] => "–".to_owned(),
                [least, ..] => format!("{} ({})", short(super::median(&ratios)), short(*least)),
            }
        };
        let _ = write!(out, "| `{name}` | {} |", rows.len());
        (0..RUNS.len()).for_each(|run| {
            let _ = write!(out, " {} |", cell(&rows, run));
        });
        let _ = writeln!(out, " {} |", cell(&shares, 0));
    }
    out
}

/// Two digits, and no more than a reader can use.
fn short(ratio: f64) -> String {
    if ratio < 10.0 { format!("{ratio:.2}") } else { format!("{ratio:.0}") }
}

/// A bar for each row, from the line of the best peer to where ours is.
fn picture(groups: &[(&str, Vec<Line>)]) -> String {
    const NAMES: f64 = 330.0;
    const WIDE: f64 = 480.0;
    const STEP: f64 = 15.0;
    let rows: usize = groups.iter().map(|(_, lines)| lines.len() + 2).sum();
    let (width, height) = (NAMES + WIDE + 70.0, 96.0 + rows as f64 * STEP);
    // From a quarter to four times, each doubling as wide as the next.
    let place = |ratio: f64| NAMES + WIDE * (ratio.log2().clamp(-2.0, 2.0) + 2.0) / 4.0;
    let mut out = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"{width}\" height=\"{height}\" \
         viewBox=\"0 0 {width} {height}\" \
         font-family=\"sans-serif\" font-size=\"11\" role=\"img\">\n\
         <title>Every benchmark: ours against the best peer</title>\n\
         <style>text {{ fill: #222 }} .group {{ font-weight: bold }} .grid {{ stroke: #ccc }} \
         .one {{ stroke: #555 }} .ahead {{ fill: #4a8f5c }} .level {{ fill: #9aa }} \
         .behind {{ fill: #c8452f }} .mark {{ fill: none; stroke: #222 }} .page {{ fill: #fff }} \
         @media (prefers-color-scheme: dark) {{ text {{ fill: #ddd }} .grid {{ stroke: #444 }} \
         .one {{ stroke: #aaa }} .mark {{ stroke: #ddd }} .page {{ fill: #1d1f21 }} }}</style>\n\
         <rect class=\"page\" width=\"100%\" height=\"100%\"/>\n"
    );
    let text = |out: &mut String, x: f64, y: f64, class: &str, words: &str| {
        let words = words.replace('&', "&amp;").replace('<', "&lt;");
        let _ = writeln!(out, "<text x=\"{x:.1}\" y=\"{y:.1}\" class=\"{class}\">{words}</text>");
    };
    let legend = [
        "Bars: ours against the best peer on the machine as it is. Right of 1 ours is better;",
        "red: behind by more than 5 %. Circle: hints 16 times as long. Square: one core.",
    ];
    for (number, words) in legend.iter().enumerate() {
        text(&mut out, 8.0, 18.0 + 15.0 * number as f64, "", words);
    }
    for (ratio, words) in [(0.25, "¼"), (0.5, "½"), (1.0, "1"), (2.0, "2"), (4.0, "4")] {
        let (x, class) = (place(ratio), if ratio == 1.0 { "one" } else { "grid" });
        let _ = writeln!(
            out,
            "<line class=\"{class}\" x1=\"{x:.1}\" x2=\"{x:.1}\" y1=\"66\" y2=\"{:.1}\"/>",
            height - 12.0
        );
        text(&mut out, x - 4.0, 60.0, "", words);
    }
    let mut y = 72.0;
    for (name, lines) in groups {
        y += 1.6 * STEP;
        text(&mut out, 8.0, y, "group", name);
        for line in lines {
            y += STEP;
            let unit = if line.is_share() { " (smallest share)" } else { "" };
            text(&mut out, 16.0, y, "", &format!("{}{unit}", line.name));
            if let Some(ratio) = line.ratios[0] {
                let (from, to) = (place(1.0).min(place(ratio)), place(1.0).max(place(ratio)));
                let class = match ratio {
                    r if r < 1.0 / 1.05 => "behind",
                    r if r > 1.05 => "ahead",
                    _ => "level",
                };
                let _ = writeln!(
                    out,
                    "<rect class=\"{class}\" x=\"{from:.1}\" y=\"{:.1}\" width=\"{:.1}\" \
                     height=\"9\"/>",
                    y - 8.5,
                    (to - from).max(1.0)
                );
                text(&mut out, NAMES + WIDE + 12.0, y, "", &short(ratio));
            }
            if let Some(ratio) = line.ratios[1] {
                let (x, y) = (place(ratio), y - 4.0);
                let _ =
                    writeln!(out, "<circle class=\"mark\" cx=\"{x:.1}\" cy=\"{y:.1}\" r=\"3\"/>");
            }
            if let Some(ratio) = line.ratios[2] {
                let (x, y) = (place(ratio) - 3.0, y - 7.0);
                let _ = writeln!(
                    out,
                    "<rect class=\"mark\" x=\"{x:.1}\" y=\"{y:.1}\" width=\"6\" height=\"6\"/>"
                );
            }
        }
        y += 0.4 * STEP;
    }
    out.push_str("</svg>\n");
    out
}
