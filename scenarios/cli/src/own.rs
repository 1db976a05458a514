//! A program that the reader brings, explored.

use crate::failure::{Done, Failure};
use crate::readers::{NotCompiled, compile};
use std::fs;
use std::path::Path;

/// Compiles the file with this command around it, and runs that.
pub(crate) fn explore(file: &Path) -> Done {
    let path = fs::canonicalize(file)
        .map_err(|why| Failure::Usage(format!("cannot read {}: {why}", file.display())))?;
    let around = format!(
        "#[path = {path:?}]\nmod own;\n\
         fn program() -> interleave::Outcome {{ interleave::outcome(own::program()) }}\n\
         fn main() -> std::process::ExitCode {{ interleave::main_around(program) }}\n"
    );
    match compile(&around) {
        Ok(compiled) => {
            let status = compiled.run_instead()?;
            drop(compiled);
            match status.code() {
                Some(0) => Ok(true),
                // It has said why.
                Some(code) => std::process::exit(code),
                None => Err(Failure::Files(format!("the program ended with {status}"))),
            }
        }
        Err(NotCompiled::Failed(failure)) => Err(failure),
        Err(NotCompiled::Refused(said)) => Err(Failure::Usage(format!(
            "{} does not compile:\n\n{}\n\nIt needs a `pub fn program()` without arguments, which \
             returns what\nis to be told apart, such as a number.",
            file.display(),
            said.trim_end()
        ))),
    }
}
