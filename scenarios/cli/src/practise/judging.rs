//! One answer, judged and told.

use super::exercises::Exercise;
use super::folder::Folder;
use crate::failure::Failure;
use crate::readers::{self, NotCompiled};
use crate::report::{Colour, paint};
use practice::{Kind, Verdict};
use std::io::{Write as _, stdout};
use std::path::Path;
use std::time::Duration;

/// An answer that takes longer than this is in a loop in which no operation is that the search
/// sees.
const MOST: Duration = Duration::from_secs(120);

/// Judges the reader's answer, tells the verdict, and notes a success. Returns whether it was one.
pub(crate) fn judge(exercise: &Exercise, folder: &mut Folder) -> Result<bool, Failure> {
    let file = folder.file(exercise);
    let name = paint(Colour::Bold, &format!("{}/{}", exercise.room, exercise.name));
    writeln!(stdout(), "{name}: {}\n  {}\n", exercise.title, shown(&file))?;
    let compiled = match readers::compile(&around(&file, &exercise.check())) {
        Ok(compiled) => compiled,
        Err(NotCompiled::Failed(failure)) => return Err(failure),
        Err(NotCompiled::Refused(said)) => {
            let verdict = paint(Colour::Red, "does not compile");
            writeln!(stdout(), "{verdict}\n\n{}", said.trim_end())?;
            return Ok(false);
        }
    };
    let into = tempfile::NamedTempFile::new()
        .map_err(|why| Failure::Files(format!("cannot write a temporary file: {why}")))?;
    let verdict = match compiled.run(into.path(), MOST)? {
        Some(status) if status.success() => {
            let text = super::exercises::read(into.path())?;
            serde_json::from_str(&text).map_err(|why| Failure::Files(format!("{why}")))?
        }
        Some(status) => Verdict::new(
            Kind::Wrong,
            format!("The program around your file ended with {status}."),
            "Memory that was freed or never made was used, or the stack is full.",
        ),
        None => Verdict::new(
            Kind::Busy,
            format!("No verdict after {} seconds.", MOST.as_secs()),
            "Is there a loop in which no atomic operation is?",
        ),
    };
    tell(&verdict)?;
    let holds = verdict.kind == Kind::Holds;
    if holds {
        folder.done(exercise)?;
    }
    Ok(holds)
}

/// The program around an answer.
fn around(file: &Path, check: &Path) -> String {
    format!(
        "#[path = {file:?}]\nmod answer;\n#[path = {check:?}]\nmod check;\n\
         #[global_allocator]\nstatic ALLOCATOR: practice::Watched = practice::Watched;\n\
         fn main() -> std::process::ExitCode {{ practice::main(&check::check(), {file:?}) }}\n"
    )
}

fn tell(verdict: &Verdict) -> Result<(), Failure> {
    let colour = if verdict.kind == Kind::Holds { Colour::Green } else { Colour::Red };
    let mut out = stdout().lock();
    writeln!(out, "{}: {}", paint(colour, verdict.kind.word()), verdict.summary)?;
    if !verdict.details.is_empty() {
        writeln!(out, "\n{}", verdict.details.trim_end())?;
    }
    for remark in &verdict.remarks {
        writeln!(out, "\nA remark: {}", remark.trim_end())?;
    }
    Ok(())
}

/// A path as it is shortest from here.
pub(crate) fn shown(path: &Path) -> String {
    let here = std::env::current_dir().ok();
    let short = here.as_deref().and_then(|here| path.strip_prefix(here).ok());
    short.unwrap_or(path).display().to_string()
}
