//! Whatever a scenario does, and however its runner ends, the host is as it was before.

mod common;
#[path = "host/fingerprint.rs"]
mod fingerprint;

use std::collections::BTreeSet;
use std::io::{BufRead, BufReader};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use common::{config, no_sandbox_here};
use fingerprint::{family, files_marked, fingerprint, is_alive, processes_marked};
use native_runner::linux::console::Goal;
use native_runner::linux::sandbox::Config;
use native_runner::linux::{Privilege, Sandbox};
use sim_core::scenario::model::User;

/// Set for a copy of this program that a test runs as an ordinary user, so that it does not run another.
const AS_USER: &str = "GLASSHULL_TEST_AS_USER";

/// Commands that somebody who means harm, or somebody careless, could write. `MARK` stands for a name
/// that is nowhere else.
const NASTY: &[&str] = &[
    "for d in / /etc /usr /usr/bin /var /tmp /root /home /run /dev /mnt /opt; do echo x > $d/MARK; done",
    "hostname MARK; domainname MARK; date --set 2001-01-01",
    "mount --make-rshared /; mount -t tmpfs none /mnt; mount --bind /etc /mnt; mount -o remount,ro /",
    "mount --bind /dev /opt; mount -t cgroup2 none /srv; mkdir /srv/MARK /sys/fs/cgroup/MARK",
    "for f in panic core_pattern pid_max printk threads-max modprobe; do echo 7 > /proc/sys/kernel/$f; done",
    "echo 61 > /proc/sys/vm/swappiness; echo 99 > /proc/sys/fs/file-max; echo 1 > /proc/sys/net/ipv4/ip_forward",
    "mknod /tmp/disk b 8 0; mknod /tmp/disk b 254 0; mknod /dev/mem c 1 1; mknod /tmp/null c 1 3; echo > /tmp/null",
    "losetup -f /etc/passwd; swapoff -a; chmod 700 / /etc /usr; chown ada / /etc; chattr +i /etc/passwd",
    "ip link add gh0 type dummy; ip link set lo down; ipcmk -S 3; ipcmk -M 4096; ipcmk -Q",
    "for i in 1 2 3 4 5; do (trap '' HUP TERM INT; exec -a MARK setsid -f bash -c 'exec -a MARK sleep 1000'); done",
    "unshare --user --map-root-user --pid --fork --mount --net bash -c '(exec -a MARK sleep 1000) & disown'",
    "(exec -a MARK nohup sleep 1000 >/dev/null 2>&1 &); renice -n -20 $$; ulimit -c unlimited",
    "nsenter --target 1 --all hostname MARK; chroot /proc/1/root hostname MARK; ls /proc/1/root/proc/1/cwd",
    "touch /proc/1/root/MARK /proc/1/cwd/MARK; cd /; for i in $(seq 30); do cd ..; done; touch MARK",
    "kill -9 1; kill -9 -1; kill -TERM -1",
    "(exec -a MARK sleep 1000 &); rm -rf /etc /home /root /var /boot 2>/dev/null",
    "umount -l /proc /sys /dev/pts; rm -rf /dev; umount -l /",
];

#[test]
fn a_nasty_scenario_leaves_no_trace() {
    again_as_ordinary_user("a_nasty_scenario_leaves_no_trace");
    if no_sandbox_here().is_some() {
        return;
    }
    let mark = new_mark();
    let before = fingerprint();
    let clock = clock_offset();
    let sandbox = Sandbox::start(&config()).expect("this host offers all that a sandbox needs");
    let mut console = sandbox.log_in(User::Root, Duration::from_secs(30)).unwrap();
    for command in NASTY {
        let printed = console.run(&sandbox, &command.replace("MARK", &mark), Goal::Prompt);
        if command.contains("kill -9 -1") {
            // The login is dead, and this shell about to be hung up on, or already.
            console = sandbox.log_in(User::Root, Duration::from_secs(30)).unwrap();
            continue;
        }
        println!("# {command}\n{}", String::from_utf8_lossy(&printed.unwrap().bytes));
    }
    // The scenario did do all that, to its own machine.
    assert!(!processes_marked(&mark).is_empty(), "no process of the scenario was to be seen");
    drop(sandbox);
    assert_eq!(processes_marked(&mark), [0; 0]);
    assert_untouched(&before, &mark);
    assert!((clock_offset() - clock).abs() <= 2, "the host's clock was set");
}

/// Not even as the host's own root does a process reach, by way of the sandbox's init, a file that its
/// runner has open.
#[test]
fn what_the_runner_has_open_is_out_of_reach() {
    if no_sandbox_here().is_some() || doctor_refuses("real-root") {
        return;
    }
    let mark = new_mark();
    let held = std::env::temp_dir().join(format!("{mark}-held"));
    std::fs::write(&held, "as it was\n").unwrap();
    let open = || std::fs::File::options().append(true).open(&held).unwrap();
    let mut runner = Command::new("sh");
    runner
        .args(["-c", "exec \"$@\" 7>&2", "sh"])
        .arg(std::env::current_exe().unwrap())
        .args(["--exact", "holder", "--ignored", "--nocapture"])
        .env("GLASSHULL_TEST_MARK", &mark)
        .stderr(open());
    let output = runner.output().unwrap();
    let printed = String::from_utf8_lossy(&output.stdout).into_owned();
    let kept = std::fs::read_to_string(&held).unwrap();
    std::fs::remove_file(&held).unwrap();
    println!("{printed}");
    assert!(output.status.success(), "{kept}");
    assert_eq!(kept, "as it was\n");
    let targets: Vec<&str> = printed
        .lines()
        .filter_map(|line| Some(line.split_once(" -> ")?.1.trim_matches(['\'', '\r'])))
        .collect();
    assert!(targets.len() >= 5, "init has three standard streams, a socket and two directories");
    for target in targets {
        let is_own = matches!(target, "/dev/null" | "/dev/pts" | "/proc") || target.starts_with("socket:");
        assert!(is_own, "the sandbox's init has {target} open");
    }
}

/// Not a test: the runner of the test above, whose standard error and descriptor 7 are a file.
#[test]
#[ignore = "run by another test"]
fn holder() {
    if std::env::var_os("GLASSHULL_TEST_MARK").is_none() {
        return;
    }
    let config = Config { privilege: Privilege::RealRoot, ..config() };
    let sandbox = Sandbox::start(&config).unwrap();
    let mut console = sandbox.log_in(User::Root, Duration::from_secs(30)).unwrap();
    for command in [
        "ls -l /proc/1/fd",
        "for fd in /proc/1/fd/*; do echo pwned > $fd; chmod 667 $fd; done",
        "stat -c '%a %n' /dev/null",
    ] {
        let printed = console.run(&sandbox, command, Goal::Prompt).unwrap();
        println!("{}", String::from_utf8_lossy(&printed.bytes));
    }
    let host =
        std::os::unix::fs::PermissionsExt::mode(&std::fs::metadata("/dev/null").unwrap().permissions());
    assert_eq!(host & 0o777, 0o666, "the mode of the host's /dev/null");
}

#[test]
fn a_killed_runner_leaves_no_trace() {
    again_as_ordinary_user("a_killed_runner_leaves_no_trace");
    if no_sandbox_here().is_some() {
        return;
    }
    let mark = new_mark();
    let before = fingerprint();
    let mut runner = start_victim(&mark);
    wait_for_line(&mut runner, "in the middle");
    let family = family(runner.id());
    assert!(family.len() >= 10, "runner, supervisor, init, login, shell and five daemons, not {family:?}");
    runner.kill().unwrap();
    runner.wait().unwrap();
    wait_until("the runner's processes are gone", || !family.iter().any(is_alive));
    assert_untouched(&before, &mark);
}

/// Whenever in a sandbox's making the runner is killed, nothing of it stays.
#[test]
fn a_runner_killed_early_leaves_no_trace() {
    if no_sandbox_here().is_some() {
        return;
    }
    let mark = new_mark();
    let before = fingerprint();
    for delay_ms in (0..60).step_by(3) {
        let mut runner = start_victim(&mark);
        wait_for_line(&mut runner, "before");
        std::thread::sleep(Duration::from_millis(delay_ms));
        let family = family(runner.id());
        runner.kill().unwrap();
        runner.wait().unwrap();
        wait_until("the runner's processes are gone", || !family.iter().any(is_alive));
    }
    assert_untouched(&before, &mark);
}

/// Nor does the sandbox survive its supervisor.
#[test]
fn a_killed_supervisor_takes_the_sandbox_along() {
    if no_sandbox_here().is_some() {
        return;
    }
    let mark = new_mark();
    let before = fingerprint();
    let mut runner = start_victim(&mark);
    wait_for_line(&mut runner, "in the middle");
    let family = family(runner.id());
    let supervisor = family.iter().map(|(pid, _)| *pid).filter(|pid| *pid != runner.id()).min().unwrap();
    Command::new("kill").args(["-KILL", &supervisor.to_string()]).status().unwrap();
    // The runner sees it, and cleans up what the supervisor no longer can.
    runner.wait().unwrap();
    wait_until("the sandbox's processes are gone", || !family.iter().any(is_alive));
    assert_untouched(&before, &mark);
}

/// Not a test: the runner that the tests above kill, as a process of its own.
#[test]
#[ignore = "run by other tests"]
fn victim() {
    let Ok(mark) = std::env::var("GLASSHULL_TEST_MARK") else { return };
    println!("\nbefore");
    let sandbox = Sandbox::start(&config()).unwrap();
    let mut console = sandbox.log_in(User::Root, Duration::from_secs(30)).unwrap();
    for command in &NASTY[..10] {
        console.run(&sandbox, &command.replace("MARK", &mark), Goal::Prompt).unwrap();
    }
    println!("\nin the middle");
    let _ = console.run(&sandbox, "sleep 1000", Goal::Prompt);
}

/// Whether the host lacks this, as `glasshull doctor` sees it.
fn doctor_refuses(name: &str) -> bool {
    let probes = native_runner::doctor::examine(std::path::Path::new(env!("CARGO_BIN_EXE_glasshull")));
    probes.iter().any(|probe| probe.name == name && !probe.offered)
}

fn start_victim(mark: &str) -> Child {
    Command::new(std::env::current_exe().unwrap())
        .args(["--exact", "victim", "--ignored", "--nocapture"])
        .env("GLASSHULL_TEST_MARK", mark)
        .stdout(Stdio::piped())
        .spawn()
        .unwrap()
}

/// Reads what the victim prints up to this line.
fn wait_for_line(victim: &mut Child, wanted: &str) {
    let lines = BufReader::with_capacity(1, victim.stdout.as_mut().unwrap()).lines();
    assert!(lines.map(Result::unwrap).any(|line| line == wanted), "the victim ended before: {wanted}");
}

/// A word that is in no command line and no file name but those of one test.
fn new_mark() -> String {
    let nanos = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap().as_nanos();
    format!("gh{}x{nanos:x}", std::process::id())
}

/// Other sandboxes may come and go meanwhile, so what is new has some time to vanish; what has vanished
/// has not.
fn assert_untouched(before: &BTreeSet<String>, mark: &str) {
    let mut last = fingerprint();
    let deadline = Instant::now() + Duration::from_secs(20);
    while last.difference(before).next().is_some() && Instant::now() < deadline {
        std::thread::sleep(Duration::from_millis(50));
        last = fingerprint();
    }
    let new: Vec<&String> = last.difference(before).collect();
    let lost: Vec<&String> = before
        .difference(&last)
        .filter(|line| !line.starts_with("namespace") && !line.starts_with("cgroup"))
        .collect();
    assert!(new.is_empty() && lost.is_empty(), "the host has changed\nnew: {new:#?}\nlost: {lost:#?}");
    assert_eq!(files_marked(mark), [""; 0].map(std::path::PathBuf::from));
    assert_eq!(processes_marked(mark), [0; 0]);
}

fn wait_until(what: &str, mut holds: impl FnMut() -> bool) {
    let deadline = Instant::now() + Duration::from_secs(20);
    while !holds() {
        assert!(Instant::now() < deadline, "not within 20 s: {what}");
        std::thread::sleep(Duration::from_millis(5));
    }
}

/// Wall clock minus time since boot, in seconds: changes only if somebody sets the clock.
fn clock_offset() -> i64 {
    use rustix::time::{ClockId, clock_gettime};
    clock_gettime(ClockId::Realtime).tv_sec - clock_gettime(ClockId::Boottime).tv_sec
}

/// Where the caller is root: the same test once more as a user without any privilege.
fn again_as_ordinary_user(test: &str) {
    if !rustix::process::geteuid().is_root() || std::env::var_os(AS_USER).is_some() {
        return;
    }
    let ordinary = |program: &std::ffi::OsStr, arguments: &[&str]| {
        Command::new("setpriv")
            .args([
                "--reuid",
                "1000",
                "--regid",
                "1000",
                "--clear-groups",
                "--inh-caps=-all",
                "--no-new-privs",
            ])
            .arg("--")
            .arg(program)
            .args(arguments)
            .env(AS_USER, "1")
            .output()
    };
    let this = std::env::current_exe().unwrap();
    match ordinary("test".as_ref(), &["-x", this.to_str().unwrap()]) {
        Ok(output) if output.status.success() => {}
        other => {
            println!("skipped as an ordinary user: it cannot run {}: {other:?}", this.display());
            return;
        }
    }
    let output = ordinary(this.as_os_str(), &["--exact", test, "--nocapture"]).unwrap();
    println!("{}", String::from_utf8_lossy(&output.stdout));
    assert!(output.status.success(), "as an ordinary user: {}", String::from_utf8_lossy(&output.stderr));
}
