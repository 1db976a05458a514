//! What was measured as an SVG picture that needs nothing else.

use super::{Measured, short};
use crate::page::escape;
use std::fmt::Write as _;

/// Narrow, so that its letters can be read on a phone.
const WIDTH: f64 = 450.;
const MARGIN: f64 = 14.;
/// How wide the longest bar is.
const BAR: f64 = WIDTH - 2. * MARGIN;
const LINE: f64 = 20.;
/// How many characters fit into a line, also bold ones.
const COLUMNS: usize = 44;

const STYLE: &str = "\
text { font: 15px system-ui, -apple-system, 'Segoe UI', 'DejaVu Sans', sans-serif; fill: #1f2430 }
.title { font-weight: bold } .soft { fill: #667085 } .number { text-anchor: end }
.page { fill: #ffffff } .bar { fill: #5b8def } .spread { stroke: #1f2430; stroke-width: 1.5 }
@media (prefers-color-scheme: dark) {
text { fill: #e6e9f0 } .soft { fill: #9aa4b8 }
.page { fill: #171b24 } .bar { fill: #3f6fc4 } .spread { stroke: #e6e9f0 }
}
";

impl Measured {
    /// Each table with its bars, and a line from the least to the most.
    pub(super) fn picture(&self) -> String {
        let mut body = String::new();
        let mut y = 24.;
        lines(&mut body, &mut y, "soft", &self.when_and_where());
        lines(&mut body, &mut y, "soft", "Bars: the median. Lines: from the least to the most.");
        for table in &self.tables {
            y += 14.;
            lines(&mut body, &mut y, "title", &format!("{}, {}", table.title, table.unit));
            let most = table.rows.iter().map(|row| row.most).fold(f64::MIN_POSITIVE, f64::max);
            let place = |number: f64| MARGIN + BAR * number / most;
            for row in &table.rows {
                y += 5.;
                text(&mut body, WIDTH - MARGIN, y, "number", &short(row.median));
                lines(&mut body, &mut y, "", &row.name);
                let (top, middle) = (y - 12., y - 7.);
                let [least, median, most] = [row.least, row.median, row.most].map(place);
                let _ = writeln!(
                    body,
                    "<rect class=\"bar\" x=\"{MARGIN}\" y=\"{top:.1}\" width=\"{:.1}\" \
                     height=\"10\"/>\n<line class=\"spread\" x1=\"{least:.1}\" x2=\"{most:.1}\" \
                     y1=\"{middle:.1}\" y2=\"{middle:.1}\"/>",
                    median - MARGIN
                );
                y += LINE - 4.;
                for remark in row.remarks() {
                    lines(&mut body, &mut y, "soft", &remark);
                }
            }
        }
        let title = escape(&self.tables[0].title);
        format!(
            "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"{WIDTH}\" height=\"{y:.0}\" \
             viewBox=\"0 0 {WIDTH} {y:.0}\" role=\"img\">\n<title>{title}</title>\n\
             <style>\n{STYLE}</style>\n\
             <rect class=\"page\" width=\"100%\" height=\"100%\"/>\n{body}</svg>\n"
        )
    }
}

fn lines(body: &mut String, y: &mut f64, class: &str, words: &str) {
    for line in textwrap::wrap(words, COLUMNS) {
        text(body, MARGIN, *y, class, &line);
        *y += LINE;
    }
}

fn text(body: &mut String, x: f64, y: f64, class: &str, words: &str) {
    let words = escape(words);
    let _ = writeln!(body, "<text x=\"{x:.1}\" y=\"{y:.1}\" class=\"{class}\">{words}</text>");
}
