//! Cases in files: what a scenario file says, which mistakes it has, how a transcript compares with it
//! and what recording makes of it. Beside each `NAME.md` stands `NAME.expected`; to write the latter
//! anew, run the tests with `UPDATE_EXPECTED=1` and read the change before it is committed.

mod outline;
mod recording;

use std::fs;
use std::path::{Path, PathBuf};

use sim_core::scenario::compare::diverge;
use sim_core::scenario::{ArmName, Outcome, Problems, Scenario, SimArm, StepId, bless, compare, parse};

#[test]
fn files_say_what_their_notation_says() {
    each_case("files", |case| outline::of(&read(case)));
}

/// The page gets scenarios as JSON.
#[test]
fn a_scenario_survives_json() {
    for case in cases("files") {
        let scenario = read(&case);
        let json = serde_json::to_string(&scenario).expect("a scenario can be written");
        assert_eq!(serde_json::from_str::<Scenario>(&json).expect("and read"), scenario);
    }
}

#[test]
fn two_arms_that_differ_from_the_file_are_compared_with_each_other() {
    let first = recording::read("sim\n%%% #\nuts:[1]\n%%% #\n[..]\nsame\n");
    let second = recording::read("linux\n%%% #\nuts:[2]\n%%% #\n[..]\nsame\n");
    assert_eq!(diverge(&first, &first), []);
    let [only] = &diverge(&first, &second)[..] else { panic!("one step differs") };
    assert_eq!((only.step, only.diff.to_string().as_str()), (StepId(0), "- uts:[1]\n+ uts:[2]\n"));
}

/// What an arm prints is bounded by megabytes, not by good will.
#[test]
fn large_outputs_are_compared_in_time() {
    let source =
        "---\ntitle: Large\n---\n```console\n# seq\n1\n[...]\n500 [..] x [..] y\n[...]\n[PID:a]\n```\n";
    let scenario = parse("large.md", source).expect("no mistake");
    for line in ["500\n".repeat(200_000), "x".repeat(4 << 20) + "\n", "500 a x ".repeat(200_000)] {
        let transcript = recording::read(&format!("linux\n%%% #\n{line}"));
        let report = compare(&scenario, &transcript);
        assert_eq!(report.outcome, Outcome::Differs);
        assert!(report.to_string().len() < 20 << 20);
        bless(source, &scenario, &transcript).expect("it can be recorded");
    }
}

#[test]
fn every_mistake_is_shown_at_its_place() {
    each_case("problems", |case| match parse_case(case) {
        Err(problems) => format!("{problems}\n"),
        Ok(_) => panic!("{} has no mistake", case.display()),
    });
}

#[test]
fn transcripts_are_held_to_the_file_and_recorded() {
    each_case("compare", |case| {
        let source = fs::read_to_string(case).expect("the case can be read");
        let scenario = read(case);
        let recording = fs::read_to_string(case.with_extension("transcript")).expect("a transcript");
        let transcript = recording::read(&recording);
        let report = compare(&scenario, &transcript);
        let mut shown = format!("{:?}\n{report}", report.outcome);
        for known in &report.known {
            shown += &format!("known difference on {}: {}\n", known.arm.name(), known.reason);
        }
        if transcript.arm == ArmName::Linux {
            match bless(&source, &scenario, &transcript) {
                Ok(blessed) => {
                    shown += &format!("=== recorded\n{}", line_changes(&source, &blessed));
                    let again =
                        parse("recorded.md", &blessed).unwrap_or_else(|problems| panic!("{problems}"));
                    let report = compare(&again, &transcript);
                    assert!(report.differences.is_empty(), "{}: recorded, yet\n{report}", case.display());
                    let twice = bless(&blessed, &again, &transcript).expect("it was recorded once");
                    assert_eq!(twice, blessed, "{}: recording twice changes the file", case.display());
                }
                Err(error) => shown += &format!("=== not recorded\n{error}\n"),
            }
        }
        shown
    });
}

/// The machine is simulated here, and does what the file says.
#[test]
fn the_simulated_machine_does_what_the_file_says() {
    each_case("simulated", |case| {
        let scenario = read(case);
        let (transcript, _) = SimArm { seed: 1 }.play(&scenario);
        let report = compare(&scenario, &transcript);
        format!("{:?}\n{report}", report.outcome)
    });
}

/// The author's guide is held to its word: each of its examples is read.
#[test]
fn the_examples_of_the_guide_have_no_mistake() {
    let guide = include_str!("../../../scenarios/README.md");
    let mut examples = 0;
    for (index, example) in guide.split("````markdown\n").enumerate().skip(1) {
        let (example, _) = example.split_once("````\n").expect("the example ends");
        let front = if example.starts_with("---\n") { "" } else { "---\ntitle: An example\n---\n" };
        if let Err(problems) = parse(&format!("example {index}"), &format!("{front}{example}")) {
            panic!("{problems}");
        }
        examples += 1;
    }
    assert!(examples > 5, "the guide shows its rules");
}

#[test]
fn the_scenarios_have_no_mistake() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../scenarios");
    let mut folders = vec![root];
    let mut scenarios = 0;
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(&folder).expect("the folder can be read") {
            let path = entry.expect("the entry can be read").path();
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|extension| extension == "md")
                && !path.ends_with("README.md")
            {
                read(&path);
                scenarios += 1;
            }
        }
    }
    assert!(scenarios > 0, "there are scenarios");
}

/// A file comes from somebody else: whatever it holds, it is read or refused.
#[test]
fn no_text_makes_the_parser_panic() {
    for folder in ["files", "problems", "compare"] {
        for case in cases(folder) {
            let source = fs::read_to_string(&case).expect("the case can be read");
            for (cut, c) in source.char_indices() {
                let without = [&source[..cut], &source[cut + c.len_utf8()..]].concat();
                for text in [&source[..cut], &source[cut..], without.as_str()] {
                    if let Err(problems) = parse("cut.md", text) {
                        assert!(!problems.to_string().is_empty());
                    }
                }
            }
        }
    }
}

fn read(case: &Path) -> Scenario {
    parse_case(case).unwrap_or_else(|problems| panic!("{problems}"))
}

fn parse_case(case: &Path) -> Result<Scenario, Problems> {
    let name = case.file_name().and_then(|name| name.to_str()).expect("a plain name");
    parse(name, &fs::read_to_string(case).expect("the case can be read"))
}

/// The lines that recording took away and added; all others are the same.
fn line_changes(before: &str, after: &str) -> String {
    let (before, after): (Vec<&str>, Vec<&str>) = (before.lines().collect(), after.lines().collect());
    let same_start = before.iter().zip(&after).take_while(|(a, b)| a == b).count();
    let rest = before.len().min(after.len()) - same_start;
    let same_end = before.iter().rev().zip(after.iter().rev()).take(rest).take_while(|(a, b)| a == b).count();
    let removed = &before[same_start..before.len() - same_end];
    let added = &after[same_start..after.len() - same_end];
    let lines = removed
        .iter()
        .map(|line| format!("- {line}\n"))
        .chain(added.iter().map(|line| format!("+ {line}\n")));
    format!("from line {}\n", same_start + 1) + &lines.collect::<String>()
}

/// Holds what `show` makes of each case in the folder to the file beside it.
fn each_case(folder: &str, show: impl Fn(&Path) -> String) {
    let is_update = std::env::var_os("UPDATE_EXPECTED").is_some();
    let mut failed = Vec::new();
    for case in cases(folder) {
        let shown = show(&case);
        let file = case.with_extension("expected");
        if is_update {
            fs::write(&file, &shown).expect("the file can be written");
        }
        let expected = fs::read_to_string(&file).unwrap_or_default();
        if shown != expected {
            failed.push(format!("{}\n--- expected\n{expected}--- shown\n{shown}", case.display()));
        }
    }
    assert!(failed.is_empty(), "{}", failed.join("\n"));
}

fn cases(folder: &str) -> Vec<PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/scenario").join(folder);
    let mut cases: Vec<PathBuf> = fs::read_dir(&folder)
        .expect("the folder can be read")
        .map(|entry| entry.expect("the entry can be read").path())
        .filter(|path| path.extension().is_some_and(|extension| extension == "md"))
        .collect();
    cases.sort();
    assert!(!cases.is_empty(), "no case in {}", folder.display());
    cases
}
