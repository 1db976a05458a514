//! Which orderings of an answer are too weak, and which are stronger than they need to be.

use crate::check::Program;
use crate::telling::Source;
use loom_platform::{Explorer, OrderingSite, Role, Weakened};
use std::sync::atomic::Ordering::{self, AcqRel, Acquire, Relaxed, Release, SeqCst};

/// An ordering of the answer, and another one in its place.
pub(crate) type Replaced = Weakened;

/// The orderings in the answer's file that the programs use.
fn sites<'a>(programs: impl Iterator<Item = &'a Program>, source: &Source) -> Vec<OrderingSite> {
    let used = programs.flat_map(|program| {
        Explorer::new()
            .collect_orderings()
            .stop_after_failure(ENOUGH)
            .explore(program.run)
            .orderings
    });
    let mut sites: Vec<OrderingSite> = used.filter(|site| source.is_in(site.at)).collect();
    sites.sort_unstable();
    sites.dedup();
    sites
}

/// After a failure, the rest of the search may still meet an ordering.
const ENOUGH: std::time::Duration = std::time::Duration::from_millis(200);

/// What may stand in the place of an ordering, the weakest first.
fn choices(role: Role) -> &'static [Option<Ordering>] {
    match role {
        Role::Load | Role::Failure => &[Some(Relaxed), Some(Acquire), Some(SeqCst)],
        Role::Store => &[Some(Relaxed), Some(Release), Some(SeqCst)],
        Role::Update => &[Some(Relaxed), Some(Acquire), Some(Release), Some(AcqRel), Some(SeqCst)],
        Role::Fence => &[None, Some(Acquire), Some(Release), Some(AcqRel), Some(SeqCst)],
    }
}

/// Whether `one` asks for less than `other`.
fn is_weaker(one: Option<Ordering>, other: Option<Ordering>) -> bool {
    let rank = |ordering| match ordering {
        None => 0,
        Some(Relaxed) => 1,
        Some(Acquire | Release) => 2,
        Some(AcqRel) => 3,
        _ => 4,
    };
    rank(one) < rank(other)
}

/// For each ordering that could be weaker by itself, the weakest with which all programs stand.
pub(crate) fn too_strong(programs: &[Program], source: &Source) -> Vec<Replaced> {
    let weakest = |site: OrderingSite| {
        let weaker = choices(site.role).iter().filter(|&&to| is_weaker(to, Some(site.ordering)));
        let mut replaced = weaker.map(|&to| Weakened { site, to });
        replaced.find(|&one| programs.iter().all(|program| program.stands(&[one])))
    };
    sites(programs.iter(), source).into_iter().filter_map(weakest).collect()
}

/// Orderings with which the program stands, where that is all that is wrong with it: as few as
/// possible, and each as weak as possible. Empty if the fault is another.
pub(crate) fn too_weak(program: &Program, source: &Source) -> Vec<Replaced> {
    let strongest = |site: OrderingSite| {
        let to = *choices(site.role).last().expect("there are choices");
        Weakened { site, to }
    };
    let sites = sites(std::iter::once(program), source);
    let mut replaced: Vec<Replaced> = sites.into_iter().map(strongest).collect();
    if replaced.is_empty() || !program.stands(&replaced) {
        return Vec::new();
    }
    for number in (0..replaced.len()).rev() {
        let Weakened { site, to: strongest } = replaced[number];
        // As it is written, and then whatever is stronger.
        let written = Some(site.ordering);
        let stronger = choices(site.role).iter().copied().filter(|&to| is_weaker(written, to));
        let stands = |&to: &Option<Ordering>| {
            let mut replaced = replaced.clone();
            replaced[number].to = to;
            program.stands(&replaced)
        };
        let least = std::iter::once(written).chain(stronger).find(stands);
        replaced[number].to = least.unwrap_or(strongest);
    }
    replaced.retain(|one| one.to != Some(one.site.ordering));
    replaced
}
