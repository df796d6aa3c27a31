//! A shell in a sandbox answers as one on a machine of its own.

mod common;

use std::time::Duration;

use common::{config, no_sandbox_here};
use native_runner::linux::Sandbox;
use native_runner::linux::console::{Console, Goal, Halt};
use sim_core::scenario::model::User;

fn sandbox() -> Sandbox {
    Sandbox::start(&config()).expect("this host offers all that a sandbox needs")
}

fn log_in(sandbox: &Sandbox, user: User) -> Console {
    sandbox.log_in(user, Duration::from_secs(20)).expect("no login")
}

/// Runs each command at the same prompt and compares what is printed, and the prompt after it.
fn check(user: User, commands: &[(&str, &str, char)]) {
    let sandbox = sandbox();
    let mut console = log_in(&sandbox, user);
    for &(command, output, prompt) in commands {
        let printed = console.run(&sandbox, command, Goal::Prompt);
        let printed = printed.unwrap_or_else(|failure| panic!("{command}: {failure}"));
        assert_eq!(
            String::from_utf8_lossy(&printed.bytes).replace("\r\n", "\n"),
            output,
            "printed by {command}"
        );
        assert_eq!(printed.halt, Halt::Prompt(prompt), "after {command}");
    }
}

#[test]
fn root_has_a_machine_of_its_own() {
    if no_sandbox_here().is_some() {
        return;
    }
    check(
        User::Root,
        &[
            ("id -u; hostname; pwd; tty", "0\nglasshull\n/root\n/dev/pts/0\n", '#'),
            ("echo $- $0 $HISTFILE; umask; stty size", "himBHs -bash\n0022\n24 80\n", '#'),
            (
                "ps -t pts/0 -o comm=,args=",
                "login           /bin/login -p --\nbash            -bash\nps              ps -t pts/0 -o comm=,args=\n",
                '#',
            ),
            ("stat -c %y /etc/passwd", "2025-12-01 00:00:00.000000000 +0000\n", '#'),
            ("nosuch", "-bash: nosuch: command not found\n", '#'),
            (")", "-bash: syntax error near unexpected token `)'\n", '#'),
            ("cat <<X\nhome: $HOME\nX", "home: /root\n", '#'),
            ("printf 'no newline'", "no newline", '#'),
            ("", "", '#'),
            ("cat /proc/net/dev | tail -n +3 | cut -d: -f1", "    lo\n", '#'),
            ("ls /home /mnt /root /tmp", "/home:\nada\n\n/mnt:\n\n/root:\n\n/tmp:\n", '#'),
            ("tr -d '\\0' < /proc/1/cmdline; echo; cat /proc/1/comm", "/sbin/init\ninit\n", '#'),
            ("unshare --fork --pid --mount-proc ps -o pid,comm", "    PID COMMAND\n      1 ps\n", '#'),
            // Shells inside shells, in other namespaces, as other users.
            ("unshare --user bash", "", '$'),
            ("id -u", "65534\n", '$'),
            ("exit", "exit\n", '#'),
        ],
    );
}

/// Prompts are found in whatever shell a command starts.
#[test]
fn shells_in_shells() {
    if no_sandbox_here().is_some() {
        return;
    }
    check(
        User::Root,
        &[
            ("unshare --uts bash", "", '#'),
            ("hostname inner; env -i bash", "", '#'),
            ("hostname; exit", "inner\nexit\n", '#'),
            // No bash, and so without the marks of one.
            ("sh", "", '#'),
            ("echo $0; for i in 1 2\ndo echo $i\ndone", "sh\n1\n2\n", '#'),
            ("unshare --user sh", "", '$'),
            ("exit", "", '#'),
            ("exit", "", '#'),
            ("exit", "exit\n", '#'),
        ],
    );
}

/// What takes more than one id, or files of root's own.
#[test]
fn the_guest_is_whole() {
    if no_sandbox_here().is_some() {
        return;
    }
    let offer = sandbox().offer().clone();
    if let Err(reason) = offer.many_ids.and(offer.owned_files) {
        println!("skipped: {reason}");
        return;
    }
    check(
        User::Root,
        &[
            ("su - ada", "", '$'),
            ("pwd; nosuch", "/home/ada\n-bash: nosuch: command not found\n", '$'),
            ("exit", "logout\n", '#'),
            (
                "stat -c '%U:%G %a' / /etc/shadow /usr/bin/passwd",
                "root:root 755\nroot:shadow 640\nroot:root 4755\n",
                '#',
            ),
            (
                "echo mine > /etc/mine; rm -r /etc/apt; mkdir /etc/apt; ls /etc/apt; cat /etc/mine",
                "mine\n",
                '#',
            ),
            ("touch /tmp/x; chown ada:users /tmp/x; stat -c %U:%G /tmp/x", "ada:users\n", '#'),
        ],
    );
}

#[test]
fn ada_is_an_ordinary_user() {
    if no_sandbox_here().is_some() {
        return;
    }
    let sandbox = sandbox();
    if let Err(reason) = &sandbox.offer().many_ids {
        println!("skipped: {reason}");
        return;
    }
    check(
        User::Ada,
        &[
            ("id", "uid=1000(ada) gid=1000(ada) groups=1000(ada),100(users)\n", '$'),
            ("pwd; stat -c '%U %A' . $(tty)", "/home/ada\nada drwx------\nada crw--w----\n", '$'),
            ("cat /etc/shadow", "cat: /etc/shadow: Permission denied\n", '$'),
            ("unshare --uts true", "unshare: unshare failed: Operation not permitted\n", '$'),
            ("unshare --user --map-root-user bash", "", '#'),
            (
                "hostname inner; hostname",
                "hostname: you must be root to change the host name\nglasshull\n",
                '#',
            ),
        ],
    );
}

/// A step that is to end when nothing moves any more does, and input goes to what waits for it.
#[test]
fn a_program_that_waits_is_seen_to_wait() {
    if no_sandbox_here().is_some() {
        return;
    }
    let sandbox = sandbox();
    let mut console = log_in(&sandbox, User::Root);
    let waits = console.run(&sandbox, "cat", Goal::Rest).unwrap();
    assert_eq!((waits.bytes.as_slice(), waits.halt), (&b""[..], Halt::Waiting));
    let answer = console.answer(&sandbox, b"hello\r", Goal::Rest).unwrap();
    assert_eq!((answer.bytes.as_slice(), answer.halt), (&b"hello\r\nhello\r\n"[..], Halt::Waiting));
    let end = console.answer(&sandbox, b"\x04", Goal::Prompt).unwrap();
    assert_eq!((end.bytes.as_slice(), end.halt), (&b""[..], Halt::Prompt('#')));
    // What is busy is not taken for waiting, however long it prints nothing.
    let busy =
        console.run(&sandbox, "i=0; while [ $i -lt 100000 ]; do i=$((i+1)); done; echo $i", Goal::Rest);
    assert_eq!(busy.unwrap().bytes, b"100000\r\n");
}

#[test]
fn terminals_share_the_machine() {
    if no_sandbox_here().is_some() {
        return;
    }
    let sandbox = sandbox();
    let (mut one, mut two) = (log_in(&sandbox, User::Root), log_in(&sandbox, User::Root));
    one.run(&sandbox, "hostname shared; touch /tmp/here", Goal::Prompt).unwrap();
    let seen = two.run(&sandbox, "hostname; ls /tmp; tty", Goal::Prompt).unwrap();
    assert_eq!(seen.bytes, b"shared\r\nhere\r\n/dev/pts/1\r\n");
}

#[test]
fn a_command_that_does_not_return_is_reported() {
    if no_sandbox_here().is_some() {
        return;
    }
    let sandbox = sandbox();
    let mut console = sandbox.log_in(User::Root, Duration::from_secs(1)).unwrap();
    let failure = console.run(&sandbox, "echo first; sleep 100", Goal::Prompt).unwrap_err();
    assert_eq!(failure.to_string(), "wait for the prompt: none within 1s; printed so far: \"first\"");
}

#[test]
fn a_shell_that_ends_is_reported() {
    if no_sandbox_here().is_some() {
        return;
    }
    let sandbox = sandbox();
    let mut console = log_in(&sandbox, User::Root);
    let failure = console.run(&sandbox, "kill -9 $$", Goal::Prompt).unwrap_err();
    assert_eq!(failure.to_string(), "read the terminal: its shell has ended");
}

/// What a runaway command takes of its host has an end.
#[test]
fn limits_hold() {
    if no_sandbox_here().is_some() {
        return;
    }
    let mut config = config();
    config.limits.processes = 50;
    config.limits.memory_bytes = 256 << 20;
    config.limits.files_bytes = 1 << 20;
    let sandbox = Sandbox::start(&config).unwrap();
    let mut console = log_in(&sandbox, User::Root);
    for (command, output) in [
        (
            "perl -e 'while (defined($child = fork)) { if (!$child) { sleep 100; exit } } print \"$!\\n\"; kill 9, -$$'",
            "Resource temporarily unavailable",
        ),
        ("perl -e '$text = \"x\" x (300 << 20); print \"got it\\n\"'", "Out of memory"),
        (
            "head -c 2M /dev/zero > /tmp/file",
            "head: error writing 'standard output': No space left on device",
        ),
        ("head -c 2M /dev/zero > /file", "head: error writing 'standard output': No space left on device"),
    ] {
        let printed = console.run(&sandbox, command, Goal::Prompt).unwrap();
        let printed = String::from_utf8_lossy(&printed.bytes).into_owned();
        assert!(printed.contains(output), "{command} printed {printed}");
    }
}
