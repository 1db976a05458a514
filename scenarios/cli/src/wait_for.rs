//! The wait-for graph in the terminal.

use crate::report::{Colour, paint};
use loom_platform::WaitFor;
use textwrap::{Options, wrap};

/// A line for each thread that waits: for what, and which thread holds that. Those of the cycle
/// come first, tied together.
pub(crate) fn drawn(graph: &WaitFor, width: Option<usize>) -> String {
    let waits = || graph.threads.iter().filter_map(|one| Some((one, one.waits_for?)));
    let widest = |texts: &mut dyn Iterator<Item = &String>| texts.map(|text| length(text)).max();
    let name_width = widest(&mut waits().map(|(thread, _)| &thread.name)).unwrap_or(0);
    let thing_width = widest(&mut waits().map(|(_, thing)| &graph.things[thing].name)).unwrap_or(0);
    let mut text = String::new();
    for (number, (thread, thing)) in waits().enumerate() {
        let thing = &graph.things[thing];
        let holders: Vec<&str> =
            thing.held_by.iter().map(|&holder| graph.threads[holder].name.as_str()).collect();
        let end = match &holders[..] {
            [] => WaitFor::NO_HOLDER.to_owned(),
            holders if thing.is_object => format!("─held by─▶ {}", holders.join(", ")),
            holders => format!("─comes from─▶ {}", holders.join(", ")),
        };
        let name = format!("{:name_width$}", thread.name);
        let padding = " ".repeat(thing_width - length(&thing.name));
        let line =
            format!("{} {name} ┄waits for┄▶ ({}){padding} {end}", tie(graph, number), thing.name);
        let indent = format!("     {}", " ".repeat(name_width));
        let fits = Options::new(width.unwrap_or(usize::MAX)).subsequent_indent(&indent);
        for line in wrap(&line, fits) {
            let in_cycle = graph.cycle.contains(&number);
            text += &if in_cycle { paint(Colour::Red, &line) } else { line.to_string() };
            text.push('\n');
        }
    }
    text
}

/// What ties the threads of the cycle together.
fn tie(graph: &WaitFor, number: usize) -> &'static str {
    match (number, graph.cycle.len()) {
        (0, 1) => "⟲ ",
        (0, 2..) => "╭▶",
        (number, all) if number + 1 == all => "╰─",
        (number, all) if number + 1 < all => "│ ",
        _ => "  ",
    }
}

fn length(text: &str) -> usize {
    text.chars().count()
}
