//! Boards from the power button to where they end: what a person at the serial line reads on the way.

use sim_core::clock::Nanos;
use sim_core::hardware::{BoardSpec, Fault, Power, spec};
use sim_core::machine::{Input, Machine};

/// How long the machine is watched after the last key.
const PATIENCE: Nanos = Nanos::seconds(100);

struct Case {
    name: &'static str,
    board: BoardSpec,
    /// What is waited for on the first serial line, and what is typed then.
    dialogue: &'static [(&'static str, &'static str)],
    /// What is to be read in the end, in this order.
    shows: &'static [&'static str],
    power: Power,
}

fn broken(faults: &[Fault]) -> BoardSpec {
    BoardSpec { faults: faults.to_vec(), ..BoardSpec::default() }
}

const PROMPT: &str = "glasshull login: ";

fn cases() -> Vec<Case> {
    let board = |name: &str| spec::named(name).unwrap();
    let mut with_password = BoardSpec::default();
    with_password.passwords.root = "correct horse".to_owned();
    vec![
        Case {
            name: "BIOS to a login",
            board: board("default"),
            dialogue: &[(PROMPT, "root\r")],
            shows: &[
                "] Linux version 6.18.0-glasshull ",
                "BIOS-e820: [mem 0x0000000000000000-0x000000000009fbff] usable",
                "] printk: legacy console [ttyS0] enabled",
                "] .... node  #0, CPUs:      #1 #2 #3",
                "] smp: Brought up 1 node, 4 CPUs",
                "] Trying to unpack rootfs image as initramfs...",
                "[vda] 16777216 512-byte logical blocks (8.59 GB/8.00 GiB)",
                "]  vda: vda1 vda2",
                "] Run /init as init process",
                "Reached target \x1b[0;1;39mmulti-user.target\x1b[0m - Multi-User System.",
                "glasshull login: root\n",
                "# ",
            ],
            power: Power::On,
        },
        Case {
            name: "UEFI to a login",
            board: board("uefi"),
            dialogue: &[(PROMPT, "ada\r")],
            shows: &["] efi: EFI v2.70 by EDK II", "]  vda: vda1 vda2", "login: ada\n", "$ "],
            power: Power::On,
        },
        Case {
            name: "power off",
            board: board("default"),
            dialogue: &[(PROMPT, "root\r"), ("# ", "poweroff\r")],
            shows: &[
                "Stopped target \x1b[0;1;39mmulti-user.target",
                "Stopped \x1b[0;1;39mserial-getty@ttyS0.service",
                "init[1]: Powering off.",
                "] reboot: Power down\n",
            ],
            power: Power::Off,
        },
        Case {
            name: "reboot",
            board: board("default"),
            dialogue: &[(PROMPT, "root\r"), ("# ", "reboot\r")],
            shows: &["] reboot: Restarting system\n", "SeaBIOS (version", "] Linux version", PROMPT],
            power: Power::On,
        },
        Case {
            name: "halt",
            board: board("default"),
            dialogue: &[(PROMPT, "root\r"), ("# ", "halt\r")],
            shows: &["] reboot: System halted\n"],
            power: Power::On,
        },
        Case {
            name: "wrong root device, no initramfs",
            board: board("wrong-root"),
            dialogue: &[],
            shows: &[
                "] /dev/root: Can't open blockdev\n",
                "] VFS: Cannot open root device \"/dev/vdz2\" or unknown-block(0,0): error -6\n",
                "] Please append a correct \"root=\" boot option; here are the available partitions:\n",
                "] fe00         8388608 vda \n",
                "]  driver: virtio_blk\n",
                "]   fe01           65536 vda1 6c687367-01\n",
                "] Kernel panic - not syncing: VFS: Unable to mount root fs on unknown-block(0,0)\n",
                "CPU: 0 UID: 0 PID: 1 Comm: swapper/0 Not tainted 6.18.0-glasshull #1",
                "---[ end Kernel panic - not syncing: VFS: Unable to mount root fs on unknown-block(0,0) ]---\n",
            ],
            power: Power::On,
        },
        Case {
            name: "wrong root device, initramfs",
            board: broken(&[Fault::WrongRoot]),
            dialogue: &[],
            shows: &[
                "Begin: Waiting for root file system ... ",
                "ALERT!  /dev/vdz2 does not exist.\n",
                "] Kernel panic - not syncing: Attempted to kill init! exitcode=0x00000100\n",
                "PID: 1 Comm: init Not tainted",
            ],
            power: Power::On,
        },
        Case {
            name: "panic= restarts, and a panic is not quiet",
            board: board("default"),
            dialogue: &[
                ("executed automatically", "c"),
                ("grub> ", "linux /vmlinuz-6.18.0-glasshull root=/dev/vdz2 console=ttyS0 quiet panic=5\r"),
                ("grub> ", "boot\r"),
            ],
            shows: &[
                "] /dev/root: Can't open blockdev\n",
                "] Kernel panic - not syncing: VFS: Unable to mount root fs on unknown-block(0,0)\n",
                "] Rebooting in 5 seconds..\n",
                "SeaBIOS (version",
                PROMPT,
            ],
            power: Power::On,
        },
        Case {
            name: "an initramfs without init",
            board: broken(&[Fault::InitramfsWithoutInit]),
            dialogue: &[],
            shows: &[
                "] List of all partitions:\n",
                "] No filesystem could mount root, tried: \n",
                "] Kernel panic - not syncing: VFS: Unable to mount root fs on unknown-block(254,2)\n",
            ],
            power: Power::On,
        },
        Case {
            name: "no init",
            board: board("no-init"),
            dialogue: &[],
            shows: &[
                "] Failed to execute /init (error -8)\n",
                "] Run /sbin/init as init process\n",
                "] Run /bin/sh as init process\n",
                "] Kernel panic - not syncing: No working init found.  Try passing init= option to kernel. \
                 See Linux Documentation/admin-guide/init.rst for guidance.\n",
            ],
            power: Power::On,
        },
        Case {
            name: "a root file system without init",
            board: broken(&[Fault::NoInit]),
            dialogue: &[],
            shows: &[
                "No init found. Try passing init= bootarg.\n",
                "Attempted to kill init! exitcode=0x00000100\n",
            ],
            power: Power::On,
        },
        Case {
            name: "a shell for init",
            board: board("default"),
            dialogue: &[
                ("executed automatically", "c"),
                (
                    "grub> ",
                    "linux /vmlinuz-6.18.0-glasshull root=/dev/vda2 console=ttyS0 quiet init=/bin/sh\r",
                ),
                ("grub> ", "initrd /initrd.img-6.18.0-glasshull\r"),
                ("grub> ", "boot\r"),
                ("# ", "echo $PATH\r"),
                ("# ", "uname -n\r"),
            ],
            shows: &[
                "/bin/sh: 0: can't access tty; job control turned off\n# ",
                "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin\n# ",
                "uname -n\n(none)\n# ",
            ],
            power: Power::On,
        },
        Case {
            name: "a bad password, then the right one",
            board: with_password,
            dialogue: &[
                (PROMPT, "root\r"),
                ("Password: ", "wrong\r"),
                ("\nLogin incorrect\nglasshull login: ", "root\r"),
                ("Password: ", "correct horse\r"),
            ],
            shows: &["Password: \n\nLogin incorrect\nglasshull login: root\nPassword: \n", "# "],
            power: Power::On,
        },
        Case {
            name: "nobody types a password",
            board: board("default"),
            dialogue: &[(PROMPT, "nobody\r")],
            shows: &["Password: ", "\nLogin timed out after 60 seconds.\n", PROMPT],
            power: Power::On,
        },
    ]
}

#[test]
fn machines_boot_and_end_as_they_should() {
    let failures: Vec<String> = cases().iter().filter_map(|case| run(case).err()).collect();
    assert!(failures.is_empty(), "\n{}", failures.join("\n\n"));
}

fn run(case: &Case) -> Result<(), String> {
    let mut machine = Machine::new(&case.board, 1).unwrap();
    machine.input(Input::PowerButton);
    let mut seen = 0;
    for (prompt, keys) in case.dialogue {
        let deadline = machine.now() + PATIENCE;
        seen = loop {
            let all = shown(&machine);
            if let Some(at) = all[seen..].find(prompt) {
                break seen + at + prompt.len();
            }
            let left = machine.next_due().is_some_and(|due| due <= deadline);
            if !left {
                return Err(format!("{}: no `{prompt}` in\n{all}", case.name));
            }
            machine.run_until(machine.now() + Nanos::millis(10), &mut || true);
        };
        machine.input(Input::Type { terminal: 0, bytes: keys.as_bytes().to_vec() });
    }
    machine.run_until(machine.now() + PATIENCE, &mut || true);
    let all = shown(&machine);
    let mut rest = all.as_str();
    for line in case.shows {
        match rest.find(line) {
            Some(at) => rest = &rest[at + line.len()..],
            None => return Err(format!("{}: `{line}` is missing in\n{all}", case.name)),
        }
    }
    if machine.board().power() != case.power {
        return Err(format!("{}: the power is {:?}\n{all}", case.name, machine.board().power()));
    }
    Ok(())
}

fn shown(machine: &Machine) -> String {
    String::from_utf8_lossy(machine.terminal(0).unwrap().output()).replace('\r', "")
}

/// A stopped kernel does not even echo.
#[test]
fn keys_after_a_panic_do_nothing() {
    let mut machine = Machine::new(&spec::named("no-init").unwrap(), 1).unwrap();
    machine.input(Input::PowerButton);
    machine.run_until(PATIENCE, &mut || true);
    let before = shown(&machine);
    machine.input(Input::Type { terminal: 0, bytes: b"hello\r".to_vec() });
    machine.run_until(PATIENCE + PATIENCE, &mut || true);
    assert!(before.contains("end Kernel panic"));
    assert_eq!(shown(&machine), before);
}

#[test]
fn the_same_session_gives_the_same_trace() {
    let session = |_| {
        let mut machine = Machine::new(&BoardSpec::default(), 7).unwrap();
        machine.input(Input::PowerButton);
        machine.run_until(Nanos::seconds(10), &mut || true);
        (machine.fingerprint(), machine.last_event())
    };
    assert_eq!(session(1), session(2));
}
