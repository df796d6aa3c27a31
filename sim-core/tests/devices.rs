//! What lscpu and lsblk say of a board, compared with the real ones: see `tests/devices/record`.

use std::fs;
use std::path::Path;

use sim_core::clock::Nanos;
use sim_core::hardware::spec::{DiskContent, DiskSpec, FirmwareSpec};
use sim_core::hardware::{BoardSpec, Switch};
use sim_core::machine::{Input, Machine};

/// How long a command may take.
const PATIENCE: Nanos = Nanos::seconds(60);
const PROMPT: &str = "\n$ ";

fn board(name: &str) -> BoardSpec {
    match name {
        "default" => BoardSpec::default(),
        "two-sockets-two-disks" => BoardSpec {
            sockets: 2,
            cores_per_socket: 2,
            disks: vec![DiskSpec::default(), DiskSpec { size_mib: 1024, content: DiskContent::Blank }],
            firmware: FirmwareSpec { virtualisation: Switch::Off, ..FirmwareSpec::default() },
            ..BoardSpec::default()
        },
        other => panic!("no board {other}"),
    }
}

#[test]
fn devices_are_listed_as_by_the_real_programs() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/devices");
    let files = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    let mut cases: Vec<_> = files.filter(|path| path.extension().is_some_and(|end| end == "txt")).collect();
    cases.sort();
    assert!(!cases.is_empty());
    let failures: Vec<String> =
        cases.iter().flat_map(|path| run(&fs::read_to_string(path).unwrap())).collect();
    assert!(failures.is_empty(), "\n{}", failures.join("\n\n"));
}

/// What differs in a case.
fn run(case: &str) -> Vec<String> {
    let (name, commands) = case.split_once('\n').unwrap();
    let name = name.strip_prefix("board: ").unwrap();
    let mut machine = Machine::new(&board(name), 1).unwrap();
    machine.input(Input::PowerButton);
    show(&mut machine, "login: ");
    answer(&mut machine, "root", "# ");
    answer(&mut machine, "export PS1='$ ' LANG=C.UTF-8", PROMPT);
    let mut failures = Vec::new();
    for exchange in format!("\n{commands}").split("\n$ ").skip(1) {
        let (command, expected) = exchange.split_once('\n').unwrap_or((exchange, ""));
        let printed = answer(&mut machine, command, PROMPT);
        if printed.trim_end_matches('\n') != expected.trim_end_matches('\n') {
            failures.push(format!("{name}: {command}\nrecorded:\n{expected}\nprinted:\n{printed}"));
        }
    }
    failures
}

/// Types a line and returns what is printed before the next prompt.
fn answer(machine: &mut Machine, line: &str, prompt: &str) -> String {
    let before = shown(machine).len();
    machine.input(Input::Type { terminal: 0, bytes: format!("{line}\r").into_bytes() });
    machine.run_until(machine.now() + Nanos::millis(1), &mut || true);
    show(machine, prompt);
    let all = shown(machine);
    let printed = all[before..].strip_suffix(prompt.trim_start()).unwrap_or(&all[before..]);
    printed.split_once('\n').map(|(_, printed)| printed.to_owned()).unwrap_or_default()
}

/// Lets the machine run until the terminal ends in a text.
fn show(machine: &mut Machine, end: &str) {
    let deadline = machine.now() + PATIENCE;
    while !shown(machine).ends_with(end) {
        assert!(machine.now() < deadline, "no `{end}` in\n{}", shown(machine));
        machine.run_until(machine.now() + Nanos::millis(10), &mut || true);
    }
}

fn shown(machine: &Machine) -> String {
    String::from_utf8_lossy(machine.terminal(0).unwrap().output()).replace('\r', "")
}
