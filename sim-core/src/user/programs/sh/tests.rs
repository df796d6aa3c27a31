//! Runs the cases of `tests/sh` and compares with what real shells printed: see `tests/sh/record`.

use std::path::{Path, PathBuf};

use crate::hardware::BoardSpec;
use crate::image::Software;
use crate::machine::{Input, Machine, Session, Step};

/// Steps that no case needs.
const STEPS_MAX: u32 = 5_000_000;

/// What is printed after a case, so that its own lines can be told from it.
const BEGIN: &str = "== begin ==\n";
const END: &str = "== end ==\n";

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/sh")
}

/// A machine at which root has logged in, with a case in an empty directory.
fn machine(case: &str) -> Machine {
    let software = crate::user::software();
    let mut files = software.files.to_vec();
    files.push(("srv/case/case.sh", case));
    let software = Software { files: &files, ..software };
    let session = Session::new(BoardSpec::default(), 1);
    let mut machine = Machine::with_software(session, software).expect("the default board can be built");
    machine.input(Input::PowerButton);
    run_until_idle(&mut machine, "login: ");
    type_line(&mut machine, "root\n");
    run_until_idle(&mut machine, "# ");
    type_line(&mut machine, "cd /srv/case; unset OLDPWD; export PS1='# ' TERM=dumb; echo == begin ==\n");
    run_until_idle(&mut machine, "# ");
    machine
}

fn type_line(machine: &mut Machine, line: &str) {
    machine.input(Input::Type { terminal: 0, bytes: line.as_bytes().to_vec() });
}

fn run_until_idle(machine: &mut Machine, end: &str) {
    for _ in 0..STEPS_MAX {
        if machine.step() == Step::Idle || shown(machine).ends_with(end) {
            return;
        }
    }
    panic!("no end in sight:\n{}", shown(machine));
}

fn shown(machine: &Machine) -> String {
    let output = machine.terminal(0).map(|terminal| terminal.output()).unwrap_or_default();
    String::from_utf8_lossy(output).replace('\r', "")
}

fn run_script(shell: &str, case: &str) -> String {
    let mut machine = machine(case);
    type_line(&mut machine, &format!("{shell} case.sh; echo \"[$?]\"; echo == end ==\n"));
    run_until_idle(&mut machine, "\n== end ==\n");
    between(&machine, "echo == end ==\n")
}

fn run_session(case: &str) -> String {
    let mut machine = machine("");
    type_line(&mut machine, "bash --noediting --norc -i; echo \"[$?]\"; echo == end ==\n");
    run_until_idle(&mut machine, "\0");
    for line in case.lines() {
        let keys = match line {
            "^C" => "\x03",
            "^Z" => "\x1a",
            "^D" => "\x04",
            line => &format!("{line}\n"),
        };
        type_line(&mut machine, keys);
        run_until_idle(&mut machine, "\0");
    }
    between(&machine, "echo == end ==\n")
}

/// What was shown from the line with the command to the end.
fn between(machine: &Machine, command: &str) -> String {
    let all = shown(machine);
    let (_, case) = all.split_once(BEGIN).unwrap_or(("", &all));
    let (_, case) = case.split_once(command).unwrap_or(("", case));
    case.split(END).next().unwrap_or_default().to_owned()
}

/// Process numbers are the machine's own: `[1] 234` and `line 3:   234 Killed`.
fn without_pids(text: &str) -> String {
    let is_number = |word: &str| !word.is_empty() && word.chars().all(|c| c.is_ascii_digit());
    let mut result = String::new();
    for line in text.split_inclusive('\n') {
        let after_job =
            line.split_once("] ").filter(|(job, rest)| job.starts_with('[') && is_number(rest.trim()));
        let after_line = line.split_once(": line ").and_then(|(_, rest)| rest.split_once(": "));
        match (after_job, after_line) {
            (Some((job, _)), _) => result.push_str(&format!("{job}] PID\n")),
            (_, Some((_, rest))) if is_number(rest.split_whitespace().next().unwrap_or("")) => {
                let (pid, what) = rest.trim_start().split_once(' ').unwrap_or((rest, ""));
                let start = line.len() - rest.len();
                let is_status = what.starts_with(|c: char| c.is_ascii_uppercase());
                if is_number(pid) && is_status {
                    result.push_str(&format!("{}PID {what}", &line[..start]));
                } else {
                    result.push_str(line);
                }
            }
            _ => result.push_str(line),
        }
    }
    result
}

fn check(extension: &str, run: fn(&str) -> String) {
    let only = std::env::var("CASE").ok();
    let mut failed = Vec::new();
    let mut paths: Vec<PathBuf> =
        std::fs::read_dir(folder()).expect("the cases").map(|entry| entry.expect("a case").path()).collect();
    paths.sort();
    for path in paths.iter().filter(|path| path.extension().is_some_and(|found| found == extension)) {
        let name = path.file_name().expect("a file").to_string_lossy().into_owned();
        if only.as_ref().is_some_and(|only| !name.contains(only.as_str())) {
            continue;
        }
        let case = std::fs::read_to_string(path).expect("a case");
        let expected = std::fs::read_to_string(format!("{}.out", path.display())).expect("what it printed");
        let printed = without_pids(&run(&case));
        if printed != expected {
            failed.push(name.clone());
            println!("=== {name}");
            for (number, (is, was)) in zip_lines(&printed, &expected).enumerate() {
                if is != was {
                    println!("{:>3} real {was:?}\n    here {is:?}", number + 1);
                }
            }
        }
    }
    assert!(failed.is_empty(), "differ from real shells: {failed:?}");
}

fn zip_lines<'a>(a: &'a str, b: &'a str) -> impl Iterator<Item = (Option<&'a str>, Option<&'a str>)> {
    let count = a.lines().count().max(b.lines().count());
    (0..count).map(|number| (a.lines().nth(number), b.lines().nth(number)))
}

#[test]
fn scripts_print_what_they_print_under_bash() {
    check("sh", |case| run_script("bash", case));
}

#[test]
fn scripts_print_what_they_print_under_dash() {
    check("dash", |case| run_script("sh", case));
}

#[test]
fn sessions_look_as_they_do_under_bash() {
    check("tty", run_session);
}
