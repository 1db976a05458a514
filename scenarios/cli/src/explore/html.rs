//! What was explored as a page: each outcome with its lanes, and all orders of the steps.

mod orders;

use super::{Exploring, Limits, explorer, searched};
use crate::failure::Failure;
use crate::page::{self, Target};
use crate::play;
use humantime::format_rfc3339_seconds;
use loom_platform::WaitFor;
use loom_scenarios::{Story, Variant};
use orders::Orders;
use serde::Serialize;
use serde_json::Value;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;
use std::time::{Duration, SystemTime};

/// With more orders a page would be larger than anybody wants to load or to read. The story with
/// the most orders has fewer.
const MOST_ORDERS: usize = 40_000;

/// How long a search for orders may take, if the user does not say.
const SEARCH_FOR_ORDERS: Duration = Duration::from_secs(30);

/// A page that grows variant by variant.
pub(super) struct Page {
    target: Target,
    story: &'static Story,
    variants: Vec<Reported>,
}

#[derive(Serialize)]
struct Reported {
    about: &'static str,
    verdict: String,
    how: String,
    /// What to type to explore it again.
    command: String,
    /// As `--json` prints it.
    explored: Value,
    /// Of each outcome, which thread waits for which.
    wait_for: Vec<Option<String>>,
    orders: Orders,
}

#[derive(Serialize)]
struct Data<'a> {
    date: String,
    version: &'a str,
    variants: Vec<Reported>,
}

const SCRIPT: &str = concat!(
    include_str!("../page/make.js"),
    include_str!("html/lanes.js"),
    include_str!("html/orders.js"),
    include_str!("html/report.js"),
);

impl Page {
    /// A page for the file at `path`, if it can be written.
    pub(super) fn open(path: &Path, story: &'static Story) -> Result<Self, Failure> {
        Ok(Self { target: Target::open(path)?, story, variants: Vec::new() })
    }

    /// Adds a variant that was explored, and searches it for its orders of steps.
    pub(super) fn add(
        &mut self,
        explored: &Exploring,
        variant: &'static Variant,
        limits: Limits,
        stop: &Arc<AtomicBool>,
    ) {
        let limits = Limits {
            max_duration: limits.max_duration.or(Some(SEARCH_FOR_ORDERS)),
            judge: limits.judge.filter(|judge| *judge != super::Judge::Both),
            ..limits
        };
        let search = explorer(variant, limits).every_order().most_orders(MOST_ORDERS);
        let name = format!("{}/{}, orders of steps", self.story.name, variant.name);
        let exploration = searched(&name, variant, search, stop);
        // As they stand in traces, whichever of them have been started there.
        let traces = explored.outcomes.iter().map(|outcome| &outcome.trace.threads);
        let threads = traces.max_by_key(|threads| threads.len()).cloned().unwrap_or_default();
        let graphs = explored.outcomes.iter().map(|outcome| outcome.wait_for.as_ref());
        let picture = |graph: &WaitFor| graph.svg("Which thread waits for which");
        let [good, bad] = explored.verdicts();
        self.variants.push(Reported {
            about: variant.about,
            verdict: if explored.as_expected { good } else { bad },
            how: explored.how(),
            command: if explored.own.is_some() {
                format!("interleave explore --file {}", self.story.name)
            } else {
                format!("interleave explore {}/{}", self.story.name, variant.name)
            },
            explored: serde_json::to_value(explored).expect("plain data"),
            wait_for: graphs.map(|graph| graph.map(picture)).collect(),
            orders: Orders::of(exploration, threads),
        });
    }

    /// Writes the page. Returns what to tell the user.
    pub(super) fn write(self) -> Result<String, Failure> {
        let data = page::data(&Data {
            date: format_rfc3339_seconds(SystemTime::now()).to_string(),
            version: env!("CARGO_PKG_VERSION"),
            variants: self.variants,
        });
        let page = page::Page {
            title: self.story.name,
            about: self.story.about,
            // The player's, and what a report has besides.
            style: &[play::STYLE, include_str!("html/report.css")].concat(),
            script: SCRIPT,
            body: &format!("<main id=\"report\">\n{data}</main>\n"),
        };
        self.target.write(&page.html())
    }
}
