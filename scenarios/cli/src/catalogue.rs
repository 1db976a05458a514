//! Finding what the user named.

use crate::Failure;

/// A story's variants, or the one that `STORY/VARIANT` names.
///
/// The native and the modelled stories are different types made from the same source, so this works
/// on names and returns positions.
pub(crate) fn find(wanted: &str) -> Result<(usize, Vec<usize>), Failure> {
    let stories = scenarios::STORIES;
    let (story_name, variant_name) = match wanted.split_once('/') {
        Some((story, variant)) => (story, Some(variant)),
        None => (wanted, None),
    };
    let Some(position) = stories.iter().position(|story| story.name == story_name) else {
        let names = stories.iter().map(|story| story.name);
        return Err(unknown("story", story_name, names, "interleave list"));
    };
    let variants = stories[position].variants;
    let Some(variant_name) = variant_name else {
        return Ok((position, (0..variants.len()).collect()));
    };
    match variants.iter().position(|variant| variant.name == variant_name) {
        Some(variant) => Ok((position, vec![variant])),
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
