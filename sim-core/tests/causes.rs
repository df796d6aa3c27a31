//! Every event follows from another one, or came from outside. And the power button is such an input: what
//! comes of it is the orderly end of a system that runs.

use sim_core::clock::Nanos;
use sim_core::hardware::{BoardSpec, spec};
use sim_core::machine::{Input, Machine};
use sim_core::trace::What;

/// A machine that was switched on and typed at, a line every twenty seconds, and then switched off.
fn played(board: &BoardSpec, lines: &[&str]) -> Machine {
    let mut machine = Machine::new(board, 1).expect("the board can be built");
    machine.input(Input::PowerButton);
    for line in lines {
        let later = machine.now() + Nanos::seconds(20);
        machine.run_until(later, &mut || true);
        machine.input(Input::Type { terminal: 0, bytes: format!("{line}\r").into_bytes() });
    }
    let later = machine.now() + Nanos::seconds(100);
    machine.run_until(later, &mut || true);
    machine.input(Input::PowerButton);
    let later = machine.now() + Nanos::seconds(200);
    machine.run_until(later, &mut || true);
    machine
}

#[test]
fn only_what_comes_from_outside_has_no_cause() {
    let cases: [(&str, &[&str]); 4] = [
        ("default", &["root", "sleep 1", "sleep 3 & sleep 2; wait", "timeout 1 sleep 9"]),
        // The login of somebody who does not type ends after a minute.
        ("uefi", &["ada"]),
        ("no-init", &[]),
        ("bad-ram", &[]),
    ];
    for (board, lines) in cases {
        let machine = played(&spec::named(board).expect("a known board"), lines);
        for event in machine.trace().window() {
            let is_input = matches!(event.what, What::Input(_));
            assert_eq!(event.cause.is_none(), is_input, "{board}: {event:?}");
            assert!(event.cause.is_none_or(|cause| cause < event.number), "{board}: {event:?}");
        }
    }
}

#[test]
fn the_power_button_ends_a_running_system_in_order() {
    let machine = played(&BoardSpec::default(), &["root"]);
    let output = String::from_utf8_lossy(machine.terminal(0).expect("a console").output()).into_owned();
    assert!(output.contains("init[1]: Powering off."), "{output}");
    assert!(output.trim_end().ends_with("reboot: Power down"), "{output}");
    assert!(machine.kernel().is_none());
}

#[test]
fn what_the_kernel_does_not_know_goes_to_init() {
    // At GRUB's menu `e` edits the entry: below its name and an empty line, its second command is `linux`; then Ctrl-X boots.
    let mut machine = Machine::new(&BoardSpec::default(), 1).expect("the board can be built");
    machine.input(Input::PowerButton);
    for moment in 1..5_000 {
        machine.run_until(Nanos::millis(moment), &mut || true);
        let output = machine.terminal(0).expect("a console").output();
        if output.windows(13).any(|words| words == b"command-line.") {
            break;
        }
    }
    let keys: [&[u8]; 6] = [b"e", b"\x1b[B", b"\x1b[B", b"\x1b[B", b"\x05 foo=bar single maxcpus=1", b"\x18"];
    for key in keys {
        machine.input(Input::Type { terminal: 0, bytes: key.to_vec() });
        let later = machine.now() + Nanos::millis(200);
        machine.run_until(later, &mut || true);
    }
    machine.run_until(Nanos::seconds(60), &mut || true);
    let output = String::from_utf8_lossy(machine.terminal(0).expect("a console").output()).into_owned();
    let told = "Unknown kernel command line parameters \"single foo=bar\", will be passed to user space.";
    assert!(output.contains(told), "{output}");
}
