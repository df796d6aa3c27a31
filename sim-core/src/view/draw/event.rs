//! One event as a line to read.

use super::Progress;
use super::before_kernel::{tell_bootloader, tell_firmware};
use super::parts::{of_call, of_kernel_event};
use crate::abi::notation::{print_call, print_completed};
use crate::abi::{Errno, Reply, Syscall, WaitStatus};
use crate::bootloader::BootloaderEvent;
use crate::firmware::FirmwareEvent;
use crate::hardware::HardwareEvent;
use crate::kernel::WaitOn;
use crate::kernel::event::KernelEvent;
use crate::kernel::security::Denied;
use crate::kernel::table::TaskId;
use crate::machine::{Input, Machine};
use crate::trace::{Event, Outcome, What};
use crate::view::{Actor, DenialView, EventKind, EventView, Evidence, Part, Stage};

/// An event of `machine` as front ends show it.
pub fn draw_event(machine: &Machine, event: &Event) -> EventView {
    let progress = machine.progress();
    let (kind, task, text, path) = tell(progress, event);
    let denial = match &event.what {
        What::Syscall { outcome: Outcome::Denied(denied), .. } => Some(draw_denial(denied)),
        _ => None,
    };
    EventView {
        number: event.number.0,
        at_ns: event.at.0,
        cause: event.cause.map(|cause| cause.0),
        kind,
        actor: task.map(|task| actor(progress, task)),
        text,
        path,
        denial,
        begins: begins(event),
    }
}

/// The stage that the machine enters with an event.
pub(super) fn begins(event: &Event) -> Option<Stage> {
    match &event.what {
        What::Hardware(HardwareEvent::PowerOn { .. } | HardwareEvent::Reset { .. }) => Some(Stage::Post),
        What::Hardware(HardwareEvent::PowerOff) => Some(Stage::Off),
        What::Firmware(FirmwareEvent::BootAttempt { .. } | FirmwareEvent::EfiApplicationStarted { .. }) => {
            Some(Stage::Firmware)
        }
        What::Firmware(FirmwareEvent::SelfTestFailed { .. } | FirmwareEvent::NoBootableDevice) => {
            Some(Stage::Stuck)
        }
        What::Bootloader(BootloaderEvent::BootSector { .. } | BootloaderEvent::CoreStarted { .. }) => {
            Some(Stage::BootLoader)
        }
        What::Bootloader(BootloaderEvent::KernelStarted { .. }) => Some(Stage::Kernel),
        What::Kernel(KernelEvent::Printk { text, .. }) if text.starts_with("Linux version") => {
            Some(Stage::Kernel)
        }
        What::Kernel(KernelEvent::Printk { level: 0, text }) if text.starts_with("Kernel panic") => {
            Some(Stage::Stuck)
        }
        What::Kernel(KernelEvent::Executed { program, .. }) => match program.as_slice() {
            b"initramfs-init" => Some(Stage::Initramfs),
            b"init" => Some(Stage::Init),
            b"agetty" => Some(Stage::Running),
            _ => None,
        },
        What::Syscall { call: Syscall::Reboot(_), outcome: Outcome::Returned(_), .. } => {
            Some(Stage::ShuttingDown)
        }
        _ => None,
    }
}

fn actor(progress: &Progress, task: TaskId) -> Actor {
    let (pid, comm) = progress.task_name(task).unwrap_or((1, "swapper/0"));
    Actor { task: u64::from(task.0), pid: pid.max(0) as u32, comm: comm.to_owned() }
}

/// A refusal with everything there is to learn from it.
pub fn draw_denial(denied: &Denied) -> DenialView {
    let rule = denied.why.rule();
    DenialView {
        errno: denied.errno.name().to_owned(),
        errno_text: denied.errno.message().to_owned(),
        rule: rule.name.to_owned(),
        sentence: rule.sentence.to_owned(),
        source: rule.source.to_owned(),
        evidence: denied
            .why
            .evidence()
            .into_iter()
            .map(|(label, value)| Evidence { label: label.replace('_', " "), value })
            .collect(),
        advice: rule.remedy.map(str::to_owned),
    }
}

type Told = (EventKind, Option<TaskId>, String, Vec<Part>);

fn tell(progress: &Progress, event: &Event) -> Told {
    match &event.what {
        What::Input(input) => (EventKind::Input, None, tell_input(input), Vec::new()),
        What::Hardware(hardware) => tell_hardware(hardware),
        What::Firmware(firmware) => {
            let (kind, text, path) = tell_firmware(firmware);
            (kind, None, text, path)
        }
        What::Bootloader(loader) => {
            let (kind, text, path) = tell_bootloader(loader);
            (kind, None, text, path)
        }
        What::Console { bytes } => (EventKind::Console, None, printable(bytes), vec![Part::Serial]),
        What::Syscall { task, call, outcome, .. } => {
            let (kind, result) = match outcome {
                Outcome::Returned(reply) => (EventKind::SyscallReturn, Ok(reply.clone())),
                Outcome::Denied(denied) => (EventKind::Denied, Err(denied.errno)),
            };
            (kind, Some(*task), shorten(&print(call, &result)), of_call(call).to_vec())
        }
        What::Blocked { task, call, wait, .. } => {
            let text = format!("{} … {}", shorten(&print_call(call, None)), waits_for(wait));
            (EventKind::Blocked, Some(*task), text, of_call(call).to_vec())
        }
        What::Hint { task, text } => (EventKind::Note, Some(*task), text.clone(), Vec::new()),
        What::Kernel(change) => {
            let (kind, task, text) = tell_kernel(progress, change);
            (kind, task, text, of_kernel_event(change).to_vec())
        }
    }
}

fn print(call: &Syscall, result: &Result<Reply, Errno>) -> String {
    match (call, result) {
        // It does not return.
        (Syscall::ExitGroup(_), _) => format!("{} = ?", print_call(call, None)),
        _ => print_completed(call, result),
    }
}

/// Long data is cut in the middle of the line, as strace cuts strings.
fn shorten(text: &str) -> String {
    const CHARACTERS_MAX: usize = 240;
    if text.chars().count() <= CHARACTERS_MAX {
        return text.to_owned();
    }
    let start: String = text.chars().take(CHARACTERS_MAX - 40).collect();
    let end: Vec<char> = text.chars().rev().take(36).collect();
    format!("{start} … {}", end.into_iter().rev().collect::<String>())
}

fn tell_input(input: &Input) -> String {
    match input {
        Input::PowerButton => "power button pressed".to_owned(),
        Input::Type { terminal: 0, bytes } => format!("typed {}", printable(bytes)),
        Input::Type { terminal, bytes } => format!("typed at terminal {terminal}: {}", printable(bytes)),
        Input::TakeOver { terminal } => format!("the process at terminal {terminal} is taken over"),
        Input::Call { call, .. } => format!("the next call: {call}"),
        Input::Resize { rows, columns, .. } => format!("the terminal is {columns} columns by {rows} rows"),
    }
}

fn printable(bytes: &[u8]) -> String {
    let mut text = String::new();
    crate::abi::notation::quote(&mut text, bytes);
    shorten(&text)
}

fn tell_hardware(event: &HardwareEvent) -> Told {
    use HardwareEvent as H;
    let (text, path) = match event {
        H::PowerOn { takes } => {
            let millis = takes.0 / 1_000_000;
            (format!("power supply on; power good after {millis} ms"), vec![Part::Power])
        }
        H::PowerOff => ("power supply off".to_owned(), vec![Part::Power]),
        H::Reset { by } => (format!("reset by {by:?}").to_lowercase(), vec![Part::Power, Part::Cpu]),
        H::Cpu { apic_id, state, mode, ring } => (
            format!("CPU {apic_id}: {state:?}, {mode:?} mode, {ring:?}")
                .to_lowercase()
                .replacen("cpu", "CPU", 1),
            vec![Part::Cpu],
        ),
        H::PortWrite { port, value, meaning } => {
            (format!("out {value:#x} to port {port:#x} ({meaning:?})"), vec![Part::FirmwareChip])
        }
        H::Beep { count } => (format!("the speaker beeps {}", times(*count)), vec![Part::FirmwareChip]),
        H::DiskRead { disk, first_lba, sectors } => {
            (format!("disk {disk}: read {sectors} sectors from {first_lba}"), vec![Part::Disk])
        }
    };
    (EventKind::Hardware, None, text, path)
}

/// How often, in words: `once`, `3 times`.
pub fn times(count: u32) -> String {
    match count {
        1 => "once".to_owned(),
        count => format!("{count} times"),
    }
}

fn name(progress: &Progress, task: TaskId) -> String {
    match progress.task_name(task) {
        Some((pid, name)) => format!("{name}[{pid}]"),
        None => format!("task {}", task.0),
    }
}

fn waits_for(wait: &WaitOn) -> &'static str {
    match wait {
        WaitOn::Child(_) => "waits for a child",
        WaitOn::PipeReadable(_) => "waits for data in the pipe",
        WaitOn::PipeWritable(_) => "waits for room in the pipe",
        WaitOn::PipeOpened(_) => "waits for the other end of the pipe",
        WaitOn::TtyReadable(_) => "waits for input on the terminal",
        WaitOn::Clock(_) => "sleeps",
        WaitOn::Signal => "waits for a signal",
        WaitOn::Log => "waits for a line in the kernel's log",
        WaitOn::Outside(_) => "waits for its next call from outside",
    }
}

fn waited_for(wait: &WaitOn) -> String {
    match wait {
        WaitOn::Clock(_) => "has slept for as long as it wanted".to_owned(),
        wait => waits_for(wait).replacen("waits", "waited", 1),
    }
}

fn tell_kernel(progress: &Progress, event: &KernelEvent) -> (EventKind, Option<TaskId>, String) {
    use KernelEvent as K;
    let who = |task: &TaskId| name(progress, *task);
    match event {
        K::Printk { text, .. } => (EventKind::Kernel, None, text.clone()),
        K::TaskCreated { task, parent, .. } => {
            (EventKind::Task, Some(*parent), format!("new task {}", who(task)))
        }
        K::Executed { task, argv, .. } => {
            let words: Vec<String> = argv.iter().map(|word| word.to_text()).collect();
            (EventKind::Task, Some(*task), format!("now runs: {}", words.join(" ")))
        }
        K::TaskEnded { task, status } => (EventKind::Task, Some(*task), tell_end(status)),
        K::Reaped { task, by } => {
            (EventKind::Task, Some(*by), format!("{} is gone: its parent has asked", who(task)))
        }
        K::Reparented { task, to } => {
            (EventKind::Task, Some(*task), format!("is an orphan and becomes a child of {}", who(to)))
        }
        K::SignalSent { signal, to, from } => {
            let signal = signal.name().map_or_else(|| format!("signal {}", signal.0), str::to_owned);
            (EventKind::Signal, *from, format!("{signal} to {}", who(to)))
        }
        K::Woken { task, wait } => (EventKind::Woken, Some(*task), format!("wakes: it {}", waited_for(wait))),
        K::NamespaceCreated { kind, ino, by } => {
            (EventKind::Kernel, *by, format!("new {} namespace {}:[{ino}]", kind.name(), kind.name()))
        }
        K::NamespaceEntered { kind, ino, task } => {
            (EventKind::Kernel, Some(*task), format!("enters {}:[{ino}]", kind.name()))
        }
        K::NamespaceEnded { kind, ino } => {
            (EventKind::Kernel, None, format!("{}:[{ino}] ends: nothing refers to it any more", kind.name()))
        }
        K::IdsMapped { ino, which, map } => {
            (EventKind::Kernel, None, format!("{which} of user:[{ino}] is {}", map.to_text().trim_end()))
        }
        K::HostnameSet { ino, name } => {
            (EventKind::Kernel, None, format!("the host name of uts:[{ino}] is {}", name.to_text()))
        }
        K::CredentialsChanged { task, uid, gid } => {
            (EventKind::Kernel, Some(*task), format!("is user {uid}, group {gid} now"))
        }
        K::Mounted { fs_type, target, .. } => {
            (EventKind::Kernel, None, format!("{} mounted on {}", fs_type.to_text(), target.to_text()))
        }
        K::Unmounted { target, .. } => (EventKind::Kernel, None, format!("{} unmounted", target.to_text())),
        K::MountChanged { target, .. } => {
            (EventKind::Kernel, None, format!("the mount on {} has changed", target.to_text()))
        }
        K::RootChanged { task } => (EventKind::Kernel, Some(*task), "has another root directory".to_owned()),
        K::TerminalOutput { bytes, .. } => (EventKind::Console, None, printable(bytes)),
        K::Unmodelled { task, what } => {
            (EventKind::Unmodelled, Some(*task), format!("not modelled: {}", what.to_text()))
        }
        #[allow(unreachable_patterns)]
        other => (EventKind::Kernel, None, format!("{other:?}")),
    }
}

fn tell_end(status: &WaitStatus) -> String {
    match status {
        WaitStatus::Exited(code) => format!("ends with status {code}"),
        WaitStatus::Signaled(signal) => {
            format!("is ended by {}", signal.name().unwrap_or("a signal"))
        }
        WaitStatus::Stopped(_) | WaitStatus::Continued => format!("{status:?}"),
    }
}
