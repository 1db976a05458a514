//! Traces in text as tables. On a narrow screen the text of a table goes on in the next line, and
//! so all threads stay in view.

use std::fmt::Write as _;
use std::ops::Range;

/// The chapter with a table in place of each trace. Includes have been put in before.
pub(super) fn with_tables(chapter: &str) -> String {
    let mut out = String::with_capacity(chapter.len());
    let mut lines = chapter.lines();
    while let Some(line) = lines.next() {
        if line != "```text" {
            out += line;
            out.push('\n');
            continue;
        }
        let block: Vec<&str> = lines.by_ref().take_while(|line| *line != "```").collect();
        // A trace begins with the threads' names and a rule below them.
        match block.get(1).map(|rule| columns(rule)) {
            Some(columns) if !columns.is_empty() => out += &with_table(&block, &columns),
            _ => out += &fenced("text", &block),
        }
    }
    out
}

fn fenced(kind: &str, lines: &[&str]) -> String {
    format!("```{kind}\n{}\n```\n", lines.join("\n"))
}

/// Where the columns are, by the rule below the names, counted in characters.
fn columns(rule: &str) -> Vec<Range<usize>> {
    if !rule.chars().all(|one| one == ' ' || one == '─') {
        return Vec::new();
    }
    let mut columns: Vec<Range<usize>> = Vec::new();
    for (place, _) in rule.chars().enumerate().filter(|(_, one)| *one == '─') {
        match columns.last_mut() {
            Some(last) if last.end == place => last.end += 1,
            _ => columns.push(place..place + 1),
        }
    }
    columns
}

/// The trace, and what stands below it.
fn with_table(block: &[&str], columns: &[Range<usize>]) -> String {
    let end = block.iter().position(|line| line.is_empty()).unwrap_or(block.len());
    let (trace, below) = block.split_at(end);
    let mut rows: Vec<Vec<String>> = Vec::new();
    for line in &trace[2..] {
        let cells = cells(line, columns);
        match rows.last_mut() {
            // Without a number it goes on with the step above.
            Some(last) if cells[0].is_empty() => {
                for (whole, more) in last.iter_mut().zip(cells) {
                    if !more.is_empty() {
                        whole.push(' ');
                        *whole += &more;
                    }
                }
            }
            _ => rows.push(cells),
        }
    }
    let is_empty = |column: usize| rows.iter().all(|row| row[column].is_empty());
    // Beside the steps may stand what their lines are.
    let count = columns.len() + 1 + usize::from(!is_empty(columns.len() + 1));
    let mut out = String::from("<div class=\"table-wrapper\"><table class=\"trace\"><thead>");
    put_row(&mut out, "th", &cells(trace[0], columns)[..count]);
    out += "</thead><tbody>";
    rows.iter().for_each(|row| put_row(&mut out, "td", &row[..count]));
    out += "</tbody></table></div>\n\n";
    if let [_, below @ ..] = below {
        out += &fenced("text,wrapped", below);
    }
    out
}

/// The number of a step, what stands in each column, and what stands beside them.
fn cells(line: &str, columns: &[Range<usize>]) -> Vec<String> {
    let part = |range: Range<usize>| {
        let part: String = line.chars().skip(range.start).take(range.len()).collect();
        part.trim().to_owned()
    };
    let number = 0..columns[0].start;
    let beside = columns[columns.len() - 1].end..usize::MAX;
    [number].into_iter().chain(columns.iter().cloned()).chain([beside]).map(part).collect()
}

fn put_row(out: &mut String, cell: &str, texts: &[String]) {
    *out += "<tr>";
    for text in texts {
        let text = text.replace('&', "&amp;").replace('<', "&lt;");
        let _ = write!(out, "<{cell}>{text}</{cell}>");
    }
    *out += "</tr>";
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_trace_becomes_a_table_and_the_rest_stays() {
        let chapter = "Before.\n```text\n     Ann        Ben\n     ─────────  ─────\n  \
             1  asks for\n     the lock\n  2             a < b\n\nstuck: nobody\n```\nAfter.\n";
        let row = "<tr><td>1</td><td>asks for the lock</td><td></td></tr>\
             <tr><td>2</td><td></td><td>a &lt; b</td></tr>";
        let table = format!(
            "<div class=\"table-wrapper\"><table class=\"trace\"><thead><tr><th></th>\
             <th>Ann</th><th>Ben</th></tr></thead><tbody>{row}</tbody></table></div>\n\n"
        );
        let expected = format!("Before.\n{table}```text,wrapped\nstuck: nobody\n```\nAfter.\n");
        assert_eq!(with_tables(chapter), expected);
    }

    #[test]
    fn what_stands_beside_a_step_has_a_column() {
        let chapter = "```text\n     Ann\n     ───\n  1  ran   a.rs:1\n```\n";
        let row = "<tr><td>1</td><td>ran</td><td>a.rs:1</td></tr>";
        assert!(with_tables(chapter).contains(row));
    }

    #[test]
    fn other_text_and_code_stay_as_they_are() {
        let chapter = "```text\na\n\n─── b\n```\n```rust\nfn a() {}\n```\n";
        assert_eq!(with_tables(chapter), chapter);
    }
}
