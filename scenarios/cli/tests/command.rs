//! The command as a user calls it.

use serde_json::Value;
use std::fs;
use std::io::{BufRead, BufReader, Write};
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};
use std::time::Duration;
use tempfile::TempDir;

fn interleave(args: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_interleave")).args(args).output().unwrap()
}

fn stdout(output: &Output) -> String {
    String::from_utf8(output.stdout.clone()).unwrap()
}

fn stderr(output: &Output) -> String {
    String::from_utf8(output.stderr.clone()).unwrap()
}

fn json(args: &[&str]) -> Value {
    let output = interleave(args);
    assert_eq!(output.status.code(), Some(0), "{}", stderr(&output));
    serde_json::from_slice(&output.stdout).unwrap()
}

#[test]
fn alone_it_greets_lists_the_stories_and_says_what_to_type_next() {
    let output = interleave(&[]);
    assert_eq!(output.status.code(), Some(0));
    let text = stdout(&output);
    for word in ["shared-counter", "bank-withdraw", "ab-deadlock", "cargo run -- explore"] {
        assert!(text.contains(word), "{text}");
    }
}

#[test]
fn list_shows_every_story_with_its_variants_and_what_they_declare() {
    let list = json(&["list", "--json"]);
    let stories = list.as_array().unwrap();
    let all = scenarios::STORIES.iter().chain(machine_stories::STORIES);
    assert_eq!(stories.len(), all.clone().count());
    for (row, story) in stories.iter().zip(all) {
        assert_eq!(row["story"], story.name);
        assert_eq!(row["variants"].as_array().unwrap().len(), story.variants.len());
    }
    let story = |name| stories.iter().find(|story| story["story"] == name).unwrap();
    assert_eq!(story("bank-withdraw")["seed"], "003 §7");
    assert_eq!(story("ab-deadlock")["variants"][0]["expected"], "stuck");
}

#[test]
fn explore_finds_minus_600_and_reports_every_field() {
    let reports = json(&["explore", "bank-withdraw", "--json"]);
    let variant = |name| {
        let reports = reports.as_array().unwrap();
        reports.iter().find(|report| report["variant"] == name).unwrap()
    };
    let [unlocked, locked] = ["unlocked", "locked"].map(variant);
    assert_eq!(unlocked["story"], "bank-withdraw");
    assert_eq!(unlocked["variant"], "unlocked");
    assert_eq!(unlocked["expected"], "breaks");
    assert_eq!(unlocked["as_expected"], true);
    assert_eq!(unlocked["exhaustive"], true);
    assert_eq!(unlocked["preemption_bound"], Value::Null);
    assert!(unlocked["seconds"].as_f64().unwrap() > 0.0);
    let outcomes = unlocked["outcomes"].as_array().unwrap();
    let sum: u64 = outcomes.iter().map(|one| one["executions"].as_u64().unwrap()).sum();
    assert_eq!(unlocked["executions"].as_u64(), Some(sum));
    let overdrawn =
        outcomes.iter().find(|one| one["outcome"] == "paid 1600, balance -600").unwrap();
    assert_eq!(overdrawn["kind"], "breaks");
    let steps = overdrawn["steps"].as_array().unwrap();
    for name in ["Ann", "Ben"] {
        assert!(steps.iter().any(|step| step["thread"] == name && step["text"] == "sees 1000"));
    }
    assert_eq!(steps.last().unwrap()["text"], "writes -600");
    assert_eq!(locked["outcomes"].as_array().unwrap().len(), 1);
}

#[test]
fn explore_says_where_each_thread_waits_and_for_what_when_stuck() {
    let reports = json(&["explore", "ab-deadlock/opposite-order", "--json"]);
    let outcomes = reports[0]["outcomes"].as_array().unwrap();
    let stuck = outcomes.iter().find(|one| one["kind"] == "stuck").unwrap();
    let waiting = stuck["waiting"].as_array().unwrap();
    let a = waiting.iter().find(|one| one["thread"] == "A to B").unwrap();
    assert_eq!(a["for"], "lock B");
    assert_eq!(a["at"]["file"], "scenarios/src/ab_deadlock.rs");
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let source = fs::read_to_string(root.join("scenarios/src/ab_deadlock.rs")).unwrap();
    let line = a["at"]["line"].as_u64().unwrap() as usize;
    assert!(source.lines().nth(line - 1).unwrap().contains("step!"), "line {line}");
}

#[test]
fn explore_as_text_shows_the_counts_and_the_shortest_way_to_a_bad_outcome_in_lanes() {
    let text = stdout(&interleave(&["explore", "bank-withdraw/unlocked"]));
    assert!(text.starts_with("bank-withdraw/unlocked: breaks, as declared\n"), "{text}");
    assert!(text.contains("exhaustive"), "{text}");
    assert!(text.contains("The shortest way to \"paid 1600, balance"), "{text}");
    let lanes = "       Ann            Ben
    1  ● sees 1000
    2  ● is paid 800
    3  ● reads 1000
    4  │              ✗ sees 1000
    5  │              ● is paid 800
    6  │              ● reads 1000
    7  │              ● writes 200
    8  ● writes 200

  ✗ marks the step after which no order ends well.
";
    assert!(text.contains(lanes), "{text}");
    assert!(!text.contains('\u{1b}'), "no colours in a pipe");
}

#[test]
fn a_lane_shows_from_where_on_a_thread_sleeps_and_a_deadlock_its_cycle() {
    let text = stdout(&interleave(&["explore", "ab-deadlock/ring"]));
    let from_the_fifth_step = text.split_once("    4  │").unwrap().1;
    let lanes = "┆ waits for lock B            │
    5  ┆                             │                             ● asks for C
    6  ┆                             │                             ✗ has C, asks for A
       ✗ waits for lock B, for ever  ✗ waits for lock C, for ever  ✗ waits for lock A, for ever
";
    assert!(from_the_fifth_step.contains(lanes), "{text}");
    let cycle = "  ╭▶ A to B ┄waits for┄▶ (lock B) ─held by─▶ B to C
  │  B to C ┄waits for┄▶ (lock C) ─held by─▶ C to A
  ╰─ C to A ┄waits for┄▶ (lock A) ─held by─▶ A to B
";
    assert!(text.ends_with(cycle), "{text}");
    let itself = stdout(&interleave(&["explore", "bank-withdraw/locks-itself-out"]));
    let cycle = "  ⟲  Ann ┄waits for┄▶ (the account's lock) ─held by─▶ Ann
     Ben ┄waits for┄▶ (the account's lock) ─held by─▶ Ann
";
    assert!(itself.ends_with(cycle), "{itself}");
    let woken = stdout(&interleave(&["explore", "lost-wakeup/look-then-sleep"]));
    assert!(woken.ends_with("(the wake) no thread that might give it can go on\n"), "{woken}");
}

#[test]
fn outcomes_that_read_alike_are_told_apart_or_told_once() {
    for story in ["bank-withdraw", "interpreter-lock", "deposit-draw-event/one-event-twice"] {
        for report in json(&["explore", story, "--json"]).as_array().unwrap() {
            let outcomes = report["outcomes"].as_array().unwrap();
            let texts: Vec<_> =
                outcomes.iter().map(|one| one["outcome"].as_str().unwrap()).collect();
            let mut once = texts.clone();
            once.sort_unstable();
            once.dedup();
            assert_eq!(once.len(), texts.len(), "{texts:#?}");
            let sum: u64 = outcomes.iter().map(|one| one["executions"].as_u64().unwrap()).sum();
            assert_eq!(report["executions"].as_u64(), Some(sum));
        }
    }
    let reports = json(&["explore", "bank-withdraw/locks-itself-out", "--json"]);
    let outcomes = reports[0]["outcomes"].as_array().unwrap();
    assert_eq!(outcomes.len(), 2);
    let cycle = |outcome: &Value| outcome["wait_for"]["cycle"].as_array().unwrap().len();
    assert!(outcomes.iter().all(|one| cycle(one) == 1), "{outcomes:#?}");
}

#[test]
fn source_shows_each_operation_with_its_file_its_line_and_what_it_read_or_wrote() {
    let text = stdout(&interleave(&["explore", "bank-withdraw/unlocked", "--source"]));
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let source = fs::read_to_string(root.join("scenarios/src/bank_withdraw.rs")).unwrap();
    let lines: Vec<&str> = text.lines().collect();
    let mut places = 0;
    for pair in lines.windows(2) {
        let Some((_, place)) = pair[1].split_once("scenarios/src/bank_withdraw.rs:") else {
            continue;
        };
        places += 1;
        let line = source.lines().nth(place.trim().parse::<usize>().unwrap() - 1).unwrap();
        let written = match pair[0] {
            said if said.contains("loads the balance: ") => "load(",
            said if said.contains("stores the balance: ") => "store(",
            _ => "step!",
        };
        assert!(line.contains(written), "{}: {line}", pair[0]);
    }
    // Two reads and a write of each, and the four steps.
    assert_eq!(places, 14, "{text}");
    assert!(text.contains("· loads the balance: 1000\n"), "{text}");
}

#[test]
#[cfg(target_os = "linux")]
fn on_a_terminal_lines_fit_and_have_colours_unless_they_are_not_wanted() {
    let on_a_terminal = |columns: usize, environment: &str, args: &str| {
        let command = env!("CARGO_BIN_EXE_interleave");
        let call = format!("stty rows 40 cols {columns}; {environment} {command} {args}");
        let output = Command::new("script").args(["-qc", &call, "/dev/null"]).output().unwrap();
        // What the progress bar has drawn is wiped, line by line, from the last one up.
        let said = stdout(&output);
        let said = said.rsplit("\u{1b}[2K").next().unwrap();
        said.trim_start_matches("\u{1b}[1A").replace('\r', "")
    };
    for args in ["explore ab-deadlock/ring", "list", "list ab-deadlock"] {
        let plain = on_a_terminal(80, "NO_COLOR=1", args);
        assert!(!plain.contains('\u{1b}'), "{plain}");
        for line in plain.lines() {
            assert!(line.chars().count() <= 80, "{line}");
        }
        assert!(args != "list" || plain.lines().count() <= 40, "{plain}");
        assert!(on_a_terminal(80, "", args).contains('\u{1b}'), "{args}");
    }
}

#[test]
fn list_shows_one_story_if_it_is_named() {
    let text = stdout(&interleave(&["list", "ab-deadlock"]));
    for word in ["003 §8", "opposite-order", "lock A ranks below lock B", "explore ab-deadlock/"] {
        assert!(text.contains(word), "{text}");
    }
    assert!(!text.contains("bank-withdraw"), "{text}");
    let one = json(&["list", "ab-deadlock/ring", "--json"]);
    assert_eq!(one.as_array().unwrap().len(), 1);
    assert_eq!(one[0]["variants"].as_array().unwrap().len(), 1);
    let output = interleave(&["list", "ab-deadlok"]);
    assert_eq!(output.status.code(), Some(2));
    assert!(stderr(&output).contains("Did you mean `ab-deadlock`?"), "{}", stderr(&output));
}

#[test]
fn explore_says_that_main_waits_unless_it_waits_for_a_thread_to_end() {
    let text = |variant| stdout(&interleave(&["explore", variant]));
    let draws = text("deposit-draw/notify-one");
    assert!(draws.contains("main waits for a wake after 'finds 0, asks to be woken'"), "{draws}");
    let joins = text("ab-deadlock/opposite-order");
    let both = "A to B holds lock A and waits for lock B; B to A holds lock B and waits for lock A";
    assert!(joins.contains(both) && !joins.contains("main"), "{joins}");
}

#[test]
fn a_bounded_or_stopped_search_does_not_call_itself_exhaustive() {
    let story = "ab-deadlock/back-off";
    let bounded = json(&["explore", story, "--preemptions", "1", "--json"]);
    assert_eq!(bounded[0]["exhaustive"], false);
    assert_eq!(bounded[0]["preemption_bound"], 1);
    let stopped = json(&["explore", story, "--max-seconds", "0", "--json"]);
    assert_eq!(stopped[0]["exhaustive"], false);
    assert_eq!(stopped[0]["preemption_bound"], Value::Null);
    let text = stdout(&interleave(&["explore", story, "--max-seconds", "0"]));
    assert!(text.contains("not exhaustive"), "{text}");
}

#[test]
fn the_code_beside_an_outcome_runs_that_execution_again() {
    for variant in ["bank-withdraw/unlocked", "ab-deadlock/timed", "spurious-wakeup/if"] {
        let found = json(&["explore", variant, "--json"]);
        for outcome in found[0]["outcomes"].as_array().unwrap() {
            let code = outcome["code"].as_str().unwrap();
            let again = json(&["explore", variant, "--replay", code, "--json"]);
            for key in ["outcome", "kind", "steps", "waiting", "code"] {
                assert_eq!(again[key], outcome[key], "{variant} {code}");
            }
        }
    }
    let text = stdout(&interleave(&["explore", "bank-withdraw/unlocked", "--replay", "a2b4c2a1"]));
    assert!(text.starts_with("bank-withdraw/unlocked, holds: paid 800, balance 200\n"), "{text}");
    assert!(text.contains("loads the balance: 1000"), "{text}");
}

#[test]
fn the_code_in_the_book_can_be_run() {
    let chapter = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../book/src/search.md");
    let chapter = fs::read_to_string(chapter).unwrap();
    let line = chapter.lines().find(|line| line.contains("--replay")).unwrap();
    let args: Vec<&str> = line.strip_prefix("cargo run -- ").unwrap().split(' ').collect();
    assert_eq!(interleave(&args).status.code(), Some(0), "{line}");
}

#[test]
fn a_code_that_cannot_be_run_is_refused_with_what_to_do() {
    for (args, why) in [
        (["bank-withdraw", "a1"], "a code is of one variant: write bank-withdraw/VARIANT"),
        (["bank-withdraw/unlocked", "x"], "`x` is no code of an execution"),
        (["bank-withdraw/unlocked", "a9"], "`a9` cannot be run: "),
    ] {
        let output = interleave(&["explore", args[0], "--replay", args[1]]);
        assert_eq!(output.status.code(), Some(2));
        assert!(stderr(&output).contains(why), "{}", stderr(&output));
    }
}

#[test]
#[cfg(unix)]
fn ctrl_c_ends_a_search_which_then_says_what_it_has_found() {
    let mut command = Command::new(env!("CARGO_BIN_EXE_interleave"));
    command.args(["explore", "dining-philosophers", "--judge", "own"]);
    let mut child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    let mut lines = BufReader::new(child.stdout.take().unwrap()).lines().map(Result::unwrap);
    // The next variant is one whose search takes minutes.
    lines.find(|line| line.starts_with("dining-philosophers/ordered")).unwrap();
    let id = child.id().to_string();
    assert!(Command::new("kill").args(["-INT", &id]).status().unwrap().success());
    let rest: Vec<String> = lines.collect();
    let output = child.wait_with_output().unwrap();
    assert_eq!(output.status.code(), Some(130));
    assert_eq!(stderr(&output), "error: stopped by Ctrl-C\n");
    let stopped = rest.iter().any(|line| line.contains("stopped by Ctrl-C after about"));
    assert!(stopped || !rest.iter().any(|line| line.contains("/waiter")), "{rest:?}");
    assert!(!rest.iter().any(|line| line.contains("/all-back-off")), "{rest:?}");
}

#[test]
fn a_search_that_misses_what_the_variant_declares_ends_with_1() {
    // Without a preemption nobody stands between the look and the draw.
    let output = interleave(&["explore", "ab-deadlock/opposite-order", "--preemptions", "0"]);
    assert_eq!(output.status.code(), Some(1), "{}", stdout(&output));
    assert!(stdout(&output).contains("NOT as declared"));
}

#[test]
fn our_own_search_finds_what_loom_finds_in_fewer_executions_and_needs_no_bound() {
    let reports = json(&["explore", "bank-withdraw", "--judge", "both", "--json"]);
    for report in reports.as_array().unwrap() {
        assert_eq!(report["loom"]["agrees"], true, "{report}");
        let executions = |of: &Value| of["executions"].as_u64().unwrap();
        assert!(executions(report) < executions(&report["loom"]), "{report}");
    }
    let reports = json(&["explore", "ab-deadlock/ring", "--judge", "own", "--json"]);
    assert_eq!(reports[0]["exhaustive"], true);
    let output = interleave(&["explore", "ab-deadlock", "--judge", "own", "--preemptions", "2"]);
    assert_eq!(output.status.code(), Some(2));
    assert!(stderr(&output).contains("--judge loom"), "{}", stderr(&output));
}

#[test]
fn what_is_searched_with_locks_in_one_step_says_so_and_its_codes_too() {
    let variant = "deposit-draw/notify-one";
    let found = &json(&["explore", variant, "--json"])[0];
    assert_eq!(found["exhaustive"], true);
    assert_eq!(found["locks_in_one_step"], true);
    let blocked = found["blocked"].as_u64().unwrap();
    assert!(blocked > 0, "{found}");
    for outcome in found["outcomes"].as_array().unwrap() {
        let code = outcome["code"].as_str().unwrap();
        assert!(code.starts_with('l'), "{code}");
        let again = json(&["explore", variant, "--replay", code, "--json"]);
        for key in ["outcome", "kind", "steps", "waiting", "code"] {
            assert_eq!(again[key], outcome[key], "{variant} {code}");
        }
    }
    let text = stdout(&interleave(&["explore", variant]));
    let how = format!("exhaustive locks taken in one step {blocked} blocked runs");
    assert!(text.replace(',', "").contains(&how), "{text}");
    let notified = "deposit-draw/notify-all";
    let with_code = &json(&["explore", notified, "--preemptions", "1", "--json"])[0];
    assert_eq!(with_code["locks_in_one_step"], false);
    assert_eq!(with_code["preemption_bound"], 1);
    // A code of a search with the code of the locks has no such letter, and runs too.
    let story = loom_scenarios::STORIES.iter().find(|one| one.name == "deposit-draw").unwrap();
    let program = story.variants.iter().find(|one| one.name == "notify-one").unwrap().run;
    let explorer = loom_platform::Explorer::new().max_duration(Duration::ZERO);
    let code = explorer.explore(program).outcomes.remove(0).code.unwrap();
    let again = json(&["explore", variant, "--replay", &code, "--json"]);
    assert_eq!(again["code"], code);
    let whole = &json(&["explore", "deposit-draw/notify-one-alone", "--json"])[0];
    assert_eq!((&whole["locks_in_one_step"], &whole["blocked"]), (&false.into(), &0.into()));
}

#[test]
fn explore_writes_a_report_with_all_variants_that_makes_no_request() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("report.html");
    // A longer page of an earlier time leaves nothing behind.
    fs::write(&path, "old ".repeat(100_000)).unwrap();
    let output = interleave(&["explore", "bank-withdraw", "--html", path.to_str().unwrap()]);
    assert_eq!(output.status.code(), Some(0), "{}", stderr(&output));
    let told = stdout(&output);
    assert!(told.ends_with(&format!("\nOpen {} in a browser.\n", path.display())), "{told}");
    let page = fs::read_to_string(&path).unwrap();
    assert!(page.starts_with("<!DOCTYPE html>") && page.ends_with("</html>\n"));
    let (_, data) = page.split_once("<script type=\"application/json\">").unwrap();
    let data: Value = serde_json::from_str(data.split_once("</script>").unwrap().0).unwrap();
    let variants = data["variants"].as_array().unwrap();
    assert_eq!(variants.len(), 5);
    let printed = json(&["explore", "bank-withdraw", "--json"]);
    for (variant, printed) in variants.iter().zip(printed.as_array().unwrap()) {
        assert_eq!(variant["explored"]["outcomes"], printed["outcomes"]);
        assert_eq!(variant["orders"]["all"], true);
    }
    // The only address is the name of what SVG is.
    let addresses = page.matches("://").count();
    assert_eq!(addresses, page.matches("http://www.w3.org/2000/svg").count());
    assert!(!page.contains("<link") && !page.contains("src="));
}

#[test]
fn a_report_beside_json_leaves_the_json_as_it_is() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("report.html");
    let args = ["explore", "lost-wakeup", "--json", "--html", path.to_str().unwrap()];
    assert_eq!(json(&args).as_array().unwrap().len(), 2);
    assert!(fs::read_to_string(&path).unwrap().contains("lost-wakeup"));
}

#[test]
fn a_report_that_cannot_be_written_is_told_before_the_search() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("no/report.html");
    let output = interleave(&["explore", "bank-withdraw", "--html", path.to_str().unwrap()]);
    assert_eq!(output.status.code(), Some(1));
    assert!(stdout(&output).is_empty(), "{}", stdout(&output));
    let why = format!("error: cannot write {}: ", path.display());
    assert!(stderr(&output).starts_with(&why), "{}", stderr(&output));
}

#[test]
fn a_report_of_a_bounded_search_and_of_one_that_was_stopped_says_so() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("report.html");
    for (bound, words) in [
        (["--preemptions", "1"], ["not exhaustive: at most 1 preemption", "NOT all."]),
        (["--max-seconds", "0"], ["not exhaustive: stopped by the time limit", "NOT all: "]),
    ] {
        let args = ["explore", "ab-deadlock/back-off", "--html", path.to_str().unwrap()];
        interleave(&[&args[..], &bound].concat());
        let page = fs::read_to_string(&path).unwrap();
        assert!(words.iter().all(|one| page.contains(one)), "{bound:?}");
    }
}

#[test]
fn json_tells_which_steps_had_to_come_after_which() {
    for (variant, arrows) in [
        ("bank-withdraw/locked", "[[1,2]]"),
        ("message-passing/relaxed", "[]"),
        ("lost-wakeup/sleep-if", "[[0,2]]"),
        ("deposit-draw-event/two-events-twice", "[[0,1],[1,2],[2,3]]"),
    ] {
        let reports = json(&["explore", variant, "--json"]);
        assert_eq!(reports[0]["outcomes"][0]["arrows"].to_string(), arrows, "{variant}");
    }
}

#[test]
#[ignore = "explores every story, a second for each variant"]
fn the_report_of_every_story_is_under_300_kilobytes() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("report.html");
    for story in scenarios::STORIES {
        let args = ["explore", story.name, "--max-seconds", "1", "--html"];
        interleave(&[&args[..], &[path.to_str().unwrap()]].concat());
        let size = fs::metadata(&path).unwrap().len();
        println!("{}: {size} bytes", story.name);
        assert!(size < 300_000, "{}: {size} bytes", story.name);
        fs::remove_file(&path).unwrap();
    }
}

#[test]
fn a_story_of_processes_is_run_once_and_tells_what_they_do() {
    let text = stdout(&interleave(&["run", "two-lists/handed-out"]));
    let told = "two-lists/handed-out: declared: holds

  Ann takes [5, 3, 1]
  Ben takes [4, 2]
  the parent has [] left

  holds: [1, 2, 3, 4, 5] were taken
";
    assert_eq!(text, told);
    let reports = json(&["run", "two-lists/handed-out", "--json"]);
    assert_eq!(reports[0]["said"][1], "Ben takes [4, 2]");
    let reports = json(&["run", "two-lists/handed-out", "--trials", "3", "--json"]);
    assert_eq!(reports[0]["outcomes"][0]["trials"], 3);
    assert_eq!(reports[0]["said"], Value::Null);
}

#[test]
fn a_trace_shows_both_lists_after_each_step_and_where_there_are_none_it_says_so() {
    let text = stdout(&interleave(&["run", "forgotten-await/task-awaited", "--trace"]));
    let told = "forgotten-await/task-awaited: declared: holds

  does something else
  main         ready: save                 waiting: main (save)
  save         ready: save                 waiting: main (save)
  save ends    ready: main                 waiting: –
  main ends    ready: –                    waiting: –
  main has ended

  holds: it is saved
";
    assert_eq!(text, told);
    let output = interleave(&["run", "two-lists", "--trace"]);
    assert_eq!(output.status.code(), Some(2));
    assert!(stderr(&output).contains("no event loop"), "{}", stderr(&output));
}

#[test]
fn what_only_a_machine_can_run_is_not_explored_and_not_played() {
    for call in ["explore", "play"] {
        let output = interleave(&[call, "two-lists/handed-out"]);
        assert_eq!(output.status.code(), Some(2));
        let why = stderr(&output);
        assert!(why.contains("no model") && why.contains("run two-lists"), "{why}");
    }
}

#[test]
fn run_counts_every_trial_once() {
    let reports = json(&["run", "bank-withdraw/locked", "--trials", "50", "--json"]);
    assert_eq!(reports[0]["trials"], 50);
    assert_eq!(reports[0]["outcomes"][0]["trials"], 50);
    assert_eq!(reports[0]["outcomes"][0]["outcome"], "paid 800, balance 200");
}

#[test]
fn measure_reports_what_an_interpreter_lock_costs() {
    let measured = json(&["measure", "gil", "--quick", "--json"]);
    assert_eq!(measured["what"], "gil");
    assert!(measured["cores"].as_u64().unwrap() > 0);
    let [countdowns, devices, convoy] = &measured["tables"].as_array().unwrap()[..] else {
        panic!("{measured}")
    };
    for (table, count) in [(countdowns, 12), (devices, 3), (convoy, 3)] {
        let rows = table["rows"].as_array().unwrap();
        assert_eq!(rows.len(), count);
        for row in rows {
            let [least, median, most] =
                ["least", "median", "most"].map(|which| row[which].as_f64().unwrap());
            assert!(least <= median && median <= most, "{row}");
        }
    }
    let kept = |row: &Value| row["note"].as_str().unwrap().ends_with(", taken back: 0");
    let by_interval = |row: &&Value| row["name"].as_str().unwrap().starts_with("5 ms");
    let countdowns = countdowns["rows"].as_array().unwrap();
    assert_eq!(countdowns.iter().filter(by_interval).filter(|row| kept(row)).count(), 3);
    let named = |name: &str| countdowns.iter().find(|row| row["name"] == name).unwrap();
    for count in [1, 2, 4] {
        for kind in ["no lock, threads", "5 ms, threads", "processes"] {
            assert!(named(&format!("{kind}: {count}"))["median"].as_f64().unwrap() > 0.);
        }
    }
    assert_eq!(named("processes: 4")["tutorials"][0]["seconds"], 1.96);
    // Four requests of two milliseconds, one after another. With the lock kept they are no quicker.
    let seconds = |which: usize| devices["rows"][which]["median"].as_f64().unwrap();
    assert!(seconds(0) >= 0.008 && seconds(1) >= 0.008, "{devices}");
}

#[test]
fn measure_reports_the_same_work_in_threads_processes_and_an_event_loop() {
    let measured = json(&["measure", "choice", "--quick", "--json"]);
    assert_eq!(measured["what"], "choice");
    let tables = measured["tables"].as_array().unwrap();
    let names = ["in turn", "threads", "threads, interpreter lock", "processes", "event loop"]
        .map(Value::from);
    for table in tables {
        let rows = table["rows"].as_array().unwrap();
        assert!(rows.iter().map(|row| &row["name"]).eq(&names), "{rows:?}");
        assert!(rows.iter().all(|row| row["median"].as_f64().unwrap() > 0.), "{rows:?}");
    }
    assert_eq!(tables.len(), 2);
    // Each request waits for a device. In the loop they wait at the same time.
    let seconds = |row: usize| tables[1]["rows"][row]["least"].as_f64().unwrap();
    assert!(seconds(0) >= 4. * 0.002, "the device was not waited for: {tables:?}");
}

#[test]
fn measure_draws_the_bars_of_its_table_and_tells_what_the_tutorials_measured() {
    let dir = tempfile::tempdir().unwrap();
    let file = dir.path().join("choice.svg");
    let svg = file.to_str().unwrap();
    let measured = json(&["measure", "choice", "--quick", "--json", "--svg", svg]);
    let picture = fs::read_to_string(&file).unwrap();
    assert!(picture.starts_with("<svg ") && picture.ends_with("</svg>\n"), "{picture}");
    assert!(!picture.replace("http://www.w3.org/2000/svg", "").contains("http"), "{picture}");
    let bars: Vec<f64> = picture
        .lines()
        .filter(|line| line.starts_with("<rect class=\"bar\""))
        .map(|line| line.split_once("width=\"").unwrap().1.split_once('"').unwrap().0)
        .map(|width| width.parse().unwrap())
        .collect();
    let tables = measured["tables"].as_array().unwrap().iter();
    let mut bars = bars.into_iter();
    for rows in tables.map(|table| table["rows"].as_array().unwrap()) {
        let of =
            |key: &str| -> Vec<f64> { rows.iter().map(|row| row[key].as_f64().unwrap()).collect() };
        let longest = of("most").into_iter().fold(0., f64::max);
        for (row, median) in rows.iter().zip(of("median")) {
            let width = bars.next().unwrap();
            assert!((width - 422. * median / longest).abs() < 0.1, "{row}, {width}");
            for told in row["tutorials"].as_array().unwrap() {
                assert!(picture.contains(&format!(": {} s</text>", told["seconds"])), "{told}");
            }
        }
    }
    assert_eq!(bars.next(), None);
}

#[test]
fn measure_says_before_it_begins_that_a_picture_cannot_be_written() {
    let output = interleave(&["measure", "gil", "--svg", "/there/is/no/such/dir.svg"]);
    assert_eq!(output.status.code(), Some(1), "{}", stderr(&output));
    assert!(stderr(&output).contains("cannot write /there/is/no/such/dir.svg"));
    assert_eq!(stdout(&output), "");
}

#[test]
fn measure_reports_what_a_pool_gives_to_tasks_that_wait() {
    let measured = json(&["measure", "pool", "--quick", "--json"]);
    assert_eq!(measured["what"], "pool");
    let tables = measured["tables"].as_array().unwrap();
    assert_eq!(tables.len(), 3, "{measured}");
    for table in tables {
        assert_eq!(table["rows"].as_array().unwrap().len(), 4, "{table}");
    }
    let requests = &tables[0]["rows"];
    let least = |which: usize| requests[which]["least"].as_f64().unwrap();
    assert_eq!(requests[3]["name"], "workers: 4");
    // Four requests of two milliseconds: one after another, by one worker, by two, by four.
    for (which, milliseconds) in [8., 8., 4., 2.].into_iter().enumerate() {
        assert!(least(which) >= milliseconds, "{requests}");
    }
}

#[test]
fn measure_shows_the_throughput_with_bars_and_marks_the_number_that_the_formula_gives() {
    let output = interleave(&["measure", "threads", "--quick"]);
    assert_eq!(output.status.code(), Some(0), "{}", stderr(&output));
    let text = stdout(&output);
    let cores = std::thread::available_parallelism().unwrap().get();
    for (title, ratio) in [("wait for 0ns", 0), ("wait for 100µs", 1), ("wait for 400µs", 4)] {
        let (_, table) = text.split_once(title).unwrap_or_else(|| panic!("{text}"));
        let name = format!("threads: {} ", cores * (ratio + 1));
        let line = table.lines().find(|line| line.contains(&name)).unwrap();
        assert!(line.contains('█') && line.ends_with("the formula's number"), "{text}");
    }
}

#[test]
fn a_wrong_name_ends_with_2_and_names_the_nearest() {
    for (args, nearest) in [
        (&["explore", "bank-withdrew"][..], "`bank-withdraw`"),
        (&["run", "ab-deadlock/same"], "`same-order`"),
        (&["copy", "loc", "somewhere"], "`lock`"),
    ] {
        let output = interleave(args);
        assert_eq!(output.status.code(), Some(2), "{args:?}");
        assert!(stderr(&output).contains(nearest), "{}", stderr(&output));
    }
    for args in [&["explore"][..], &["copy", "lock"], &["run", "x", "--trials", "0"], &["fly"]] {
        assert_eq!(interleave(args).status.code(), Some(2), "{args:?}");
    }
}

#[test]
fn copy_refuses_to_overwrite_and_changes_nothing_unless_forced() {
    let dir = tempfile::tempdir().unwrap();
    let target = dir.path().join("src/sync");
    fs::create_dir_all(&target).unwrap();
    fs::write(target.join("lock.rs"), "mine").unwrap();
    let path = target.to_str().unwrap();

    let refused = interleave(&["copy", "lock", path]);
    assert_eq!(refused.status.code(), Some(2));
    assert!(stderr(&refused).contains("--force"), "{}", stderr(&refused));
    assert_eq!(names(&target), ["lock.rs"]);
    assert_eq!(fs::read_to_string(target.join("lock.rs")).unwrap(), "mine");

    let forced = interleave(&["copy", "lock", path, "--force"]);
    assert_eq!(forced.status.code(), Some(0), "{}", stderr(&forced));
    let there = ["LICENSE-APACHE", "LICENSE-MIT", "lock.rs", "platform", "platform.rs"];
    assert_eq!(names(&target), there);
    let copied = fs::read_to_string(target.join("lock.rs")).unwrap();
    assert!(copied.contains("pub struct Lock<") && !copied.contains("ANCHOR"));
    // A second time there is nothing to do.
    assert_eq!(interleave(&["copy", "lock", path]).status.code(), Some(0));
}

#[test]
fn a_copy_that_fails_half_way_leaves_nothing_behind() {
    let dir = tempfile::tempdir().unwrap();
    // The platform's folder cannot be made where a file has its name.
    fs::write(dir.path().join("platform"), "mine").unwrap();
    let output = interleave(&["copy", "lock", dir.path().to_str().unwrap()]);
    assert_eq!(output.status.code(), Some(1), "{}", stderr(&output));
    assert_eq!(names(dir.path()), ["platform"]);
    assert_eq!(fs::read_to_string(dir.path().join("platform")).unwrap(), "mine");
}

#[test]
#[cfg(target_os = "linux")]
fn a_copy_whose_report_cannot_be_written_leaves_nothing_behind() {
    let dir = tempfile::tempdir().unwrap();
    let target = dir.path().join("src/sync");
    let copy = || {
        let mut command = Command::new(env!("CARGO_BIN_EXE_interleave"));
        command.args(["copy", "lock", target.to_str().unwrap(), "--force"]);
        command
    };
    let full = || fs::File::options().write(true).open("/dev/full").unwrap();
    let output = copy().stdout(full()).output().unwrap();
    assert_eq!(output.status.code(), Some(1));
    assert!(stderr(&output).contains("Nothing was copied"), "{}", stderr(&output));
    assert!(names(dir.path()).is_empty());

    // Neither can what went wrong, and it ends with the same code.
    let status = copy().stdout(full()).stderr(full()).status().unwrap();
    assert_eq!(status.code(), Some(1));
    assert!(names(dir.path()).is_empty());

    // What was there comes back.
    fs::create_dir_all(&target).unwrap();
    fs::write(target.join("lock.rs"), "mine").unwrap();
    assert_eq!(copy().stdout(full()).output().unwrap().status.code(), Some(1));
    assert_eq!(names(&target), ["lock.rs"]);
    assert_eq!(fs::read_to_string(target.join("lock.rs")).unwrap(), "mine");

    // A reader that went away wants no report.
    let (reader, writer) = std::io::pipe().unwrap();
    drop(reader);
    assert_eq!(copy().stdout(writer).output().unwrap().status.code(), Some(0));
    assert!(target.join("platform.rs").exists());
}

#[test]
fn a_copy_carries_the_licences_and_says_in_each_file_whose_it_is() {
    let dir = copied(&primitives(), &["--tests"]);
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    for license in ["LICENSE-MIT", "LICENSE-APACHE"] {
        let [ours, copied] = [&root, dir.path()].map(|dir| fs::read(dir.join(license)).unwrap());
        assert!(ours == copied, "{license}");
    }
    let sources = sources(dir.path());
    assert!(sources.len() > primitives().len());
    for (path, source) in sources {
        let head: Vec<&str> = source.lines().take(2).collect();
        assert!(head[0].contains("Copyright (c)"), "{path:?}: {head:?}");
        assert!(head[1].contains("LICENSE-MIT and LICENSE-APACHE"), "{path:?}: {head:?}");
    }
}

#[test]
fn every_example_in_a_copy_is_marked_as_ignored() {
    let dir = copied(&primitives(), &["--tests"]);
    for (path, source) in sources(dir.path()) {
        let comments = source.lines().filter_map(|line| line.split_once("//")).map(|line| line.1);
        let fences: Vec<&str> = comments
            .filter_map(|line| line.trim_start_matches(['/', '!']).trim().strip_prefix("```"))
            .collect();
        // One opens and the next closes.
        for fence in fences.chunks(2) {
            assert!(matches!(fence, ["ignore" | "text", ""]), "{path:?}: {fence:?}");
        }
    }
}

#[test]
fn a_file_reads_the_same_whatever_is_copied_with_it() {
    let all = copied(&primitives(), &[]);
    for primitive in primitives() {
        let alone = copied(&[primitive], &[]);
        for (path, source) in sources(alone.path()) {
            let path = path.strip_prefix(alone.path()).unwrap();
            assert!(fs::read_to_string(all.path().join(path)).unwrap() == source, "{path:?}");
        }
    }
}

/// The names of all primitives.
fn primitives() -> Vec<String> {
    let welcome = stdout(&interleave(&[]));
    let list = welcome.split_once("(there are: ").unwrap().1.split_once(')').unwrap().0;
    list.split(", ").map(str::to_owned).collect()
}

/// A new directory with copies in it.
fn copied(primitives: &[String], options: &[&str]) -> TempDir {
    let dir = tempfile::tempdir().unwrap();
    let mut args = vec!["copy"];
    args.extend(primitives.iter().map(String::as_str));
    args.push(dir.path().to_str().unwrap());
    args.extend(options);
    let output = interleave(&args);
    assert_eq!(output.status.code(), Some(0), "{}", stderr(&output));
    dir
}

/// The sources in a folder and below it, each with its path.
fn sources(dir: &Path) -> Vec<(PathBuf, String)> {
    let paths = fs::read_dir(dir).unwrap().map(|entry| entry.unwrap().path());
    paths
        .flat_map(|path| match path.extension() {
            _ if path.is_dir() => sources(&path),
            Some(extension) if extension == "rs" => {
                let text = fs::read_to_string(&path).unwrap();
                vec![(path, text)]
            }
            _ => vec![],
        })
        .collect()
}

/// What the command says to a user who types this.
fn typed(args: &[&str], lines: &str) -> String {
    let mut child = Command::new(env!("CARGO_BIN_EXE_interleave"))
        .args(args)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    child.stdin.take().unwrap().write_all(lines.as_bytes()).unwrap();
    stdout(&child.wait_with_output().unwrap())
}

#[test]
fn play_lets_the_user_overdraw_the_account_and_go_back() {
    let all = typed(&["play", "bank-withdraw/unlocked"], "1\n1\n1\n2\n1\n2\n2\n2\nb\n");
    assert!(all.contains("breaks: paid 1600, balance -600"), "{all}");
    // Back: it is Ben's turn again.
    assert!(all.trim_end().ends_with("the balance: 200\n    Ann has ended\n[2] Ben\n>"), "{all}");
}

#[test]
fn play_gives_no_turn_to_a_thread_that_waits() {
    let all = typed(&["play", "ab-deadlock/opposite-order"], "s\n1\n");
    assert!(all.contains("stuck: nobody can go on"), "{all}");
    assert!(all.trim_end().ends_with(">") && all.contains("A number lets"), "{all}");
}

#[test]
fn play_lets_the_user_cause_store_buffering_by_old_values() {
    let all = typed(&["play", "store-buffering/relaxed"], "1\n2\n1b\n2b\n");
    assert!(all.contains("breaks: both are in the room"), "{all}");
    assert!(all.contains("may read Ann's flag: 1; not 0: has written 1 itself"), "{all}");
}

#[test]
fn play_says_that_a_right_variant_has_no_bad_order() {
    let all = typed(&["play", "bank-withdraw/locked"], "s\nq\n");
    assert!(all.contains("There is none: all"), "{all}");
}

#[test]
fn play_writes_a_page_that_asks_for_nothing_else() {
    let dir = TempDir::new().unwrap();
    let path = dir.path().join("page.html");
    let output = interleave(&["play", "lost-wakeup", "--html", path.to_str().unwrap()]);
    assert_eq!(output.status.code(), Some(0), "{}", stderr(&output));
    let page = fs::read_to_string(&path).unwrap();
    assert!(page.contains("<section class=\"player\"") && page.contains("look-then-sleep"));
    for asks in ["http://", "https://", "src=", "{{"] {
        assert!(!page.contains(asks), "{asks}");
    }
    let nowhere = dir.path().join("no").join("page.html");
    let output = interleave(&["play", "lost-wakeup", "--html", nowhere.to_str().unwrap()]);
    assert_eq!(output.status.code(), Some(1));
    assert!(stderr(&output).contains("cannot write"), "{}", stderr(&output));
}

fn names(dir: &Path) -> Vec<String> {
    let entries = fs::read_dir(dir).unwrap().map(|entry| entry.unwrap().file_name());
    let mut names: Vec<String> = entries.map(|name| name.into_string().unwrap()).collect();
    names.sort();
    names
}
