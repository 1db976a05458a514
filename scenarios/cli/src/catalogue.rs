//! Finding what the user named.

use crate::Failure;
use crate::report::command;
use scenarios::Story;

/// Every story: those that can be explored, and after them those that only a machine can run.
pub(crate) fn stories() -> impl Iterator<Item = &'static Story> {
    scenarios::STORIES.iter().chain(machine_stories::STORIES)
}

/// The story at a position in the list of every story.
pub(crate) fn story(position: usize) -> &'static Story {
    stories().nth(position).expect("a position in the list")
}

/// Whether there is a model of what the story is about.
pub(crate) fn can_be_explored(position: usize) -> bool {
    position < scenarios::STORIES.len()
}

/// The variants that the user named, by their positions in the list of every story.
///
/// The native and the modelled stories are different types made from the same source. Positions are
/// the same in both.
pub(crate) struct Selection {
    /// The position of the story.
    pub(crate) story: usize,
    /// The positions of its variants.
    pub(crate) variants: Vec<usize>,
}

impl Selection {
    /// All variants of a story.
    pub(crate) fn whole(story: usize) -> Self {
        Self { story, variants: (0..self::story(story).variants.len()).collect() }
    }
}

/// As [`find`], of a story that can be explored.
pub(crate) fn find_explorable(wanted: &str) -> Result<Selection, Failure> {
    let selection = find(wanted)?;
    if can_be_explored(selection.story) {
        return Ok(selection);
    }
    let name = story(selection.story).name;
    Err(Failure::Usage(format!(
        "`{name}` is run by the machine, and there is no model of that: nothing can be explored or \
         played. `{} run {name}` runs it.",
        command()
    )))
}

/// A story's variants, or the one that `STORY/VARIANT` names.
pub(crate) fn find(wanted: &str) -> Result<Selection, Failure> {
    let (story_name, variant_name) = match wanted.split_once('/') {
        Some((story, variant)) => (story, Some(variant)),
        None => (wanted, None),
    };
    let Some(position) = stories().position(|story| story.name == story_name) else {
        let names = stories().map(|story| story.name);
        return Err(unknown("story", story_name, names, "interleave list"));
    };
    let variants = story(position).variants;
    let Some(variant_name) = variant_name else {
        return Ok(Selection::whole(position));
    };
    match variants.iter().position(|variant| variant.name == variant_name) {
        Some(variant) => Ok(Selection { story: position, variants: vec![variant] }),
        None => {
            let names = variants.iter().map(|variant| variant.name);
            let kind = format!("variant of {story_name}");
            Err(unknown(&kind, variant_name, names, "interleave list"))
        }
    }
}

/// A usage error that names the nearest existing thing and says where to see all.
pub(crate) fn unknown<'a>(
    kind: &str,
    wanted: &str,
    existing: impl Iterator<Item = &'a str>,
    see_all: &str,
) -> Failure {
    let nearest = existing.max_by(|a, b| {
        let [a, b] = [a, b].map(|name| strsim::jaro_winkler(name, wanted));
        a.total_cmp(&b)
    });
    let hint = nearest.map_or_else(String::new, |name| format!(" Did you mean `{name}`?"));
    Failure::Usage(format!("there is no {kind} `{wanted}`.{hint} `{see_all}` shows all."))
}
