//! `interleave`: runs the stories, explores them, and copies the primitives.
//!
//! The command is a library, so that a program around a reader's file can be the command too.

mod book;
mod catalogue;
mod copy;
mod explore;
mod failure;
mod lanes;
mod list;
mod measure;
mod own;
mod page;
mod play;
mod practise;
mod put;
mod readers;
mod report;
mod run;
mod wait_for;

use clap::{Parser, Subcommand};
use failure::{Done, Failure};
use lanes::Detail;
pub use loom_scenarios::Outcome;
use std::path::PathBuf;
use std::process::ExitCode;
use std::time::Duration;

/// Stories of threads: run them, try every order of their steps, copy what puts them right.
#[derive(Parser)]
#[command(name = "interleave", version, after_help = EXAMPLES)]
struct Cli {
    #[command(subcommand)]
    command: Option<Command>,
}

const EXAMPLES: &str = "\
Examples:
  interleave run bank-withdraw               a thousand times on this machine
  interleave explore bank-withdraw/unlocked  in every order that there is
  interleave explore --file my.rs            the same for a program of your own
  interleave play bank-withdraw/unlocked     be the scheduler yourself
  interleave copy lock src/sync              take the lock home
  interleave practise                        write your own, judged by every interleaving
  interleave measure gil                     what an interpreter lock costs, on this machine

Exit code: 0 if every variant did what it declares, 1 if not, 2 if the call was wrong, 130 if Ctrl-C
ended it.
From the root of the repository, write `cargo run --` for `interleave`.";

#[derive(Subcommand)]
enum Command {
    /// List the stories, or show one: its variants, and what each of them declares
    List {
        /// A story, or one variant of it as STORY/VARIANT. Without it all stories, a line each
        story: Option<String>,
        /// Print JSON instead
        #[arg(long)]
        json: bool,
    },
    /// Run a story on this machine, many times, and count the outcomes
    ///
    /// Threads pause at random between their steps, so that races show. What a run does not show
    /// may still happen: to be sure, explore.
    ///
    /// A story that only a machine can run, such as one of processes, is run once, and tells what
    /// happens.
    Run {
        /// A story, or one variant of it as STORY/VARIANT
        story: String,
        /// How often to run each variant [default: 1000, or 1 of what only a machine can run]
        #[arg(long, value_name = "N", value_parser = clap::value_parser!(u64).range(1..))]
        trials: Option<u64>,
        /// Show both lists of an event loop after each step of its tasks
        #[arg(long, conflicts_with = "trials")]
        trace: bool,
        /// Print JSON instead
        #[arg(long)]
        json: bool,
    },
    /// Explore a story in the model: every order of its threads, every outcome
    ///
    /// Prints each outcome with the number of executions that end so, and the shortest way to a
    /// bad one, a thread a lane. In a lane, ┆ is a thread that sleeps, and ✗ the step after which
    /// no order ends well, or where that takes too long to find, the last step. Where nobody can go
    /// on, it draws which thread waits for which. The code beside an outcome is one of its
    /// executions: `--replay` runs that one again, also under a debugger, and shows its operations
    /// on memory.
    ///
    /// Some variants take locks so often that their executions are too many. They are searched with
    /// each lock taken in one step, which the output says. A run in which a thread comes to a lock
    /// too early ends there: it is blocked, and no execution. With `--preemptions` the code of the
    /// locks runs.
    ///
    /// `--html` writes a page to be opened in a browser: each outcome with its shortest way as
    /// lanes, and all orders of the steps, each with the command that runs it again. Those take a
    /// second search, of 30 seconds at most unless `--max-seconds` says otherwise.
    Explore {
        /// A story, or one variant of it as STORY/VARIANT
        #[arg(required_unless_present = "file")]
        story: Option<String>,
        /// Explore a program of your own: a file with `pub fn program()`, over the library
        #[arg(long, value_name = "FILE", conflicts_with = "story")]
        file: Option<PathBuf>,
        /// Try only executions that interrupt threads at most N times (not exhaustive)
        #[arg(long, value_name = "N")]
        preemptions: Option<u8>,
        /// Stop each variant after S seconds (not exhaustive, if it had not ended by then)
        #[arg(long, value_name = "S", value_parser = seconds)]
        max_seconds: Option<Duration>,
        /// Run one execution again, by the code that stands beside an outcome
        #[arg(long, value_name = "CODE",
              conflicts_with_all = ["preemptions", "max_seconds", "judge", "html"])]
        replay: Option<String>,
        /// Show the operations between the steps too, each with its file, line and value
        #[arg(long)]
        source: bool,
        /// Which search goes through the story [default: own, or loom where there is a bound]
        #[arg(long, value_enum)]
        judge: Option<explore::Judge>,
        /// Write a report that needs nothing else into FILE, with every order of the steps
        #[arg(long, value_name = "FILE")]
        html: Option<PathBuf>,
        /// Print JSON instead
        #[arg(long)]
        json: bool,
    },
    /// Play a story: you say which thread goes on, step by step
    ///
    /// Asks in the terminal, or with `--html` writes a page with the code beside it, to be opened
    /// in a browser. In stories about memory orderings, such as `store-buffering`, you also say
    /// which value a load reads. In the others reads find the newest values: what goes wrong by an
    /// old one, `explore` shows.
    Play {
        /// A story, or one variant of it as STORY/VARIANT
        story: String,
        /// Write a page that needs nothing else into FILE
        #[arg(long, value_name = "FILE")]
        html: Option<PathBuf>,
    },
    /// Put players, traces and tables into the book: mdBook calls this
    #[command(hide = true)]
    Mdbook {
        /// What mdBook asks: `supports RENDERER`, or nothing
        asks: Vec<String>,
    },
    /// Measure on this machine: no model, and numbers that differ from run to run
    Measure {
        /// What to measure
        what: measure::What,
        /// Only show that it runs, with tiny sizes
        #[arg(long)]
        quick: bool,
        /// Write a picture that needs nothing else into FILE, with the same bars
        #[arg(long, value_name = "FILE")]
        svg: Option<PathBuf>,
        /// Print JSON instead
        #[arg(long)]
        json: bool,
    },
    /// Exercises: write your own, judged by every interleaving
    ///
    /// Without a name: the next exercise that is not done. The files to edit lie in `practice/my`,
    /// or where `--dir` says.
    #[command(visible_alias = "practice", args_conflicts_with_subcommands = true)]
    Practise(practise::Practise),
    /// Copy primitives, and the platform that they need, into a project
    #[command(override_usage = "interleave copy [OPTIONS] <PRIMITIVE>... <DIR>")]
    Copy {
        /// The primitives, then the directory
        // One list, since options may stand between the two.
        #[arg(required = true, value_name = "PRIMITIVE|DIR")]
        primitives_and_dir: Vec<String>,
        /// Copy the primitives' tests too, and what else they use
        #[arg(long)]
        tests: bool,
        /// Replace files that are there already
        #[arg(long)]
        force: bool,
    },
}

fn seconds(text: &str) -> Result<Duration, String> {
    let seconds: f64 = text.parse().map_err(|_| "not a number of seconds".to_owned())?;
    Duration::try_from_secs_f64(seconds).map_err(|_| "not a possible time".to_owned())
}

/// `around` is the reader's program, in a command that was built around it.
fn perform(command: Option<Command>, around: Option<fn() -> Outcome>) -> Done {
    match command {
        None => list::welcome(),
        Some(Command::List { story, json }) => list::list(story.as_deref(), json),
        Some(Command::Run { story, trials, trace, json }) => {
            run::run(&catalogue::find(&story)?, trials, trace, json)
        }
        Some(Command::Explore {
            story,
            file,
            preemptions,
            max_seconds,
            replay,
            source,
            judge,
            html,
            json,
        }) => {
            let detail = match (source, &replay) {
                (true, _) => Detail::Source,
                (false, Some(_)) => Detail::Operations,
                (false, None) => Detail::Steps,
            };
            if preemptions.is_some() && judge.is_some_and(|one| one != explore::Judge::Loom) {
                return Err(Failure::Usage(
                    "--preemptions is a bound of loom's search. Leave it out, or take \
                     `--judge loom`."
                        .to_owned(),
                ));
            }
            let program = match (file, story) {
                (Some(file), _) => match around {
                    Some(run) => explore::Program::own(&file, run),
                    None => return own::explore(&file),
                },
                (None, Some(story)) => explore::Program::story(catalogue::find_explorable(&story)?),
                (None, None) => unreachable!("one of the two is required"),
            };
            if let Some(code) = replay {
                return explore::replay(&program, &code, detail, json);
            }
            let limits = explore::Limits { preemptions, max_duration: max_seconds, judge, detail };
            explore::explore(&program, limits, json, html.as_deref())
        }
        Some(Command::Play { story, html }) => {
            play::play(&catalogue::find_explorable(&story)?, html.as_deref())
        }
        // `supports`: pages have scripts, other renderers get the text as it is.
        Some(Command::Mdbook { asks }) => match &asks[..] {
            [] => book::preprocess(),
            [_, renderer] => Ok(renderer == "html"),
            _ => Err(Failure::Usage("mdBook calls this".to_owned())),
        },
        Some(Command::Measure { what, quick, svg, json }) => {
            measure::measure(what, quick, json, svg.as_deref())
        }
        Some(Command::Practise(asked)) => practise::practise(&asked),
        Some(Command::Copy { primitives_and_dir, tests, force }) => {
            copy::copy(&primitives_and_dir, tests, force)
        }
    }
}

/// The command.
pub fn main() -> ExitCode {
    processes::init();
    exit_code(perform(Cli::parse().command, None))
}

/// The command that is built around a file of the reader's and called as `explore --file` was.
pub fn main_around(program: fn() -> Outcome) -> ExitCode {
    exit_code(perform(Cli::parse().command, Some(program)))
}

/// What a reader's program returns, in words. That it is right, its assertions say.
pub fn outcome(returned: impl std::fmt::Debug) -> Outcome {
    Outcome::new(true, format!("{returned:?}"))
}

fn exit_code(done: Done) -> ExitCode {
    match done {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::from(1),
        Err(failure) => failure.report(),
    }
}
