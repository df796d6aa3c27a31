//! Terminals and their line discipline: termios(3), tty(4).

use std::collections::VecDeque;

use crate::abi::*;
use crate::kernel::event::KernelEvent;
use crate::kernel::security::{Stop, SysResult, Why, deny, ensure};
use crate::kernel::table::{TaskId, TtyId};
use crate::kernel::task::signal;
use crate::kernel::{Kernel, WaitOn};

/// A terminal: between the line to the outside and the programs that have it open.
#[derive(Debug)]
pub struct Tty {
    /// In /dev, as `ttyS0`.
    pub name: Bytes,
    pub dev: Dev,
    pub termios: Termios,
    pub size: Winsize,
    /// The session whose controlling terminal this is.
    pub session: Option<TaskId>,
    /// The process group in the foreground: it gets the signals from the keyboard.
    pub foreground: Option<TaskId>,
    /// Lines, or in raw mode bytes, that can be read.
    ready: VecDeque<Chunk>,
    /// The line being typed, in canonical mode.
    line: Vec<u8>,
    /// The column of the cursor, for erasing tabs and control characters.
    escape: bool,
}

/// What one read(2) can get: a line, or what was typed before ^D.
#[derive(Debug)]
struct Chunk(VecDeque<u8>);

const INTR: u8 = 0x03;
const EOF: u8 = 0x04;
const ERASE: u8 = 0x7f;
const KILL: u8 = 0x15;
const WERASE: u8 = 0x17;
const QUIT: u8 = 0x1c;
const SUSP: u8 = 0x1a;
const LNEXT: u8 = 0x16;

/// The longest line: N_TTY_BUF_SIZE, less the end of line.
const LINE_MAX: usize = 4095;

impl Tty {
    pub fn new(name: &str, dev: Dev) -> Tty {
        Tty {
            name: name.into(),
            dev,
            termios: Termios::default(),
            size: Winsize { rows: 24, columns: 80 },
            session: None,
            foreground: None,
            ready: VecDeque::new(),
            line: Vec::new(),
            escape: false,
        }
    }

    /// How many bytes can be read now.
    pub fn readable(&self) -> u32 {
        self.ready.iter().map(|chunk| chunk.0.len() as u32).sum()
    }

    fn flush_input(&mut self) {
        self.ready.clear();
        self.line.clear();
    }
}

/// Bytes come in over the line.
pub fn receive(k: &mut Kernel, id: TtyId, bytes: &[u8]) {
    for &byte in bytes {
        receive_byte(k, id, byte);
    }
    if !k.ttys[id].ready.is_empty() {
        k.wake(WaitOn::TtyReadable(id));
    }
}

fn receive_byte(k: &mut Kernel, id: TtyId, byte: u8) {
    let termios = k.ttys[id].termios;
    let byte = if byte == b'\r' && termios.input.contains(InputFlags::ICRNL) { b'\n' } else { byte };
    if std::mem::take(&mut k.ttys[id].escape) {
        k.ttys[id].line.push(byte);
        return echo(k, id, byte);
    }
    if termios.local.contains(LocalFlags::ISIG)
        && let Some(signal) = signal_of(byte)
    {
        return interrupt(k, id, byte, signal);
    }
    if !termios.local.contains(LocalFlags::ICANON) {
        echo(k, id, byte);
        let tty = &mut k.ttys[id];
        match tty.ready.back_mut() {
            Some(chunk) => chunk.0.push_back(byte),
            None => tty.ready.push_back(Chunk(VecDeque::from([byte]))),
        }
        return;
    }
    match byte {
        EOF => complete_line(k, id),
        b'\n' => {
            k.ttys[id].line.push(byte);
            if termios.local.intersects(LocalFlags::ECHO | LocalFlags::ECHONL) {
                write_processed(k, id, b"\n");
            }
            complete_line(k, id);
        }
        ERASE | 0x08 => {
            erase(k, id, 1);
        }
        KILL => {
            let all = k.ttys[id].line.len();
            erase(k, id, all);
        }
        WERASE => {
            let word = word_at_end(&k.ttys[id].line);
            erase(k, id, word);
        }
        LNEXT if termios.local.contains(LocalFlags::IEXTEN) => k.ttys[id].escape = true,
        _ if k.ttys[id].line.len() < LINE_MAX => {
            k.ttys[id].line.push(byte);
            echo(k, id, byte);
        }
        _ => {}
    }
}

fn signal_of(byte: u8) -> Option<Signal> {
    match byte {
        INTR => Some(Signal::SIGINT),
        QUIT => Some(Signal::SIGQUIT),
        SUSP => Some(Signal::SIGTSTP),
        _ => None,
    }
}

/// ^C and its like: what was typed is dropped, the foreground group is signalled.
fn interrupt(k: &mut Kernel, id: TtyId, byte: u8, signal: Signal) {
    echo(k, id, byte);
    k.ttys[id].flush_input();
    let Some(group) = k.ttys[id].foreground else { return };
    let members: Vec<TaskId> =
        k.tasks.iter().filter(|(_, task)| task.group == group).map(|(member, _)| member).collect();
    for member in members {
        signal::send(k, member, signal, None);
    }
}

fn complete_line(k: &mut Kernel, id: TtyId) {
    let tty = &mut k.ttys[id];
    let line = std::mem::take(&mut tty.line);
    tty.ready.push_back(Chunk(line.into()));
}

fn word_at_end(line: &[u8]) -> usize {
    let without_blanks = line.trim_ascii_end();
    let start = without_blanks.iter().rposition(u8::is_ascii_whitespace).map_or(0, |blank| blank + 1);
    line.len() - start
}

/// Takes characters off the end of the line, and off the screen. UTF-8 characters go whole.
fn erase(k: &mut Kernel, id: TtyId, bytes: usize) {
    let mut left = bytes;
    while left > 0 {
        let Some(byte) = k.ttys[id].line.pop() else { return };
        left -= 1;
        if byte & 0xc0 == 0x80 {
            // A continuation byte: the character goes on to the left.
            left += usize::from(left == 0);
            continue;
        }
        if k.ttys[id].termios.local.contains(LocalFlags::ECHO) {
            let columns = if byte < 0x20 { 2 } else { 1 };
            for _ in 0..columns {
                output(k, id, b"\x08 \x08");
            }
        }
    }
}

fn echo(k: &mut Kernel, id: TtyId, byte: u8) {
    let local = k.ttys[id].termios.local;
    if !local.contains(LocalFlags::ECHO) {
        return;
    }
    let is_control = byte < 0x20 && byte != b'\n' && byte != b'\t';
    if is_control && local.contains(LocalFlags::ECHOCTL) {
        output(k, id, &[b'^', byte + 0x40]);
    } else {
        write_processed(k, id, &[byte]);
    }
}

/// Output processing: a newline becomes carriage return and newline.
pub fn write_processed(k: &mut Kernel, id: TtyId, bytes: &[u8]) {
    let flags = k.ttys[id].termios.output;
    if !flags.contains(OutputFlags::OPOST | OutputFlags::ONLCR) {
        return output(k, id, bytes);
    }
    let mut processed = Vec::with_capacity(bytes.len() + 8);
    for &byte in bytes {
        if byte == b'\n' {
            processed.push(b'\r');
        }
        processed.push(byte);
    }
    output(k, id, &processed);
}

fn output(k: &mut Kernel, tty: TtyId, bytes: &[u8]) {
    k.note(KernelEvent::TerminalOutput { tty, bytes: bytes.into() });
}

/// read(2) of a terminal.
pub fn read(k: &mut Kernel, caller: TaskId, id: TtyId, count: u64, flags: OpenFlags) -> SysResult<Bytes> {
    check_foreground(k, caller, id, Signal::SIGTTIN)?;
    let tty = &mut k.ttys[id];
    let Some(chunk) = tty.ready.front_mut() else {
        if flags.contains(OpenFlags::O_NONBLOCK) {
            return deny(Why::WouldBlock);
        }
        return Err(Stop::Block(WaitOn::TtyReadable(id)));
    };
    let take = chunk.0.len().min(usize::try_from(count).unwrap_or(usize::MAX));
    let taken: Vec<u8> = chunk.0.drain(..take).collect();
    if chunk.0.is_empty() {
        tty.ready.pop_front();
    }
    Ok(taken.into())
}

/// A process in the background that reads its controlling terminal is stopped: tty(4), setpgid(2).
fn check_foreground(k: &mut Kernel, caller: TaskId, id: TtyId, signal: Signal) -> SysResult<()> {
    let tty = &k.ttys[id];
    let task = &k.tasks[caller];
    let in_background =
        tty.session == Some(task.session) && tty.foreground.is_some_and(|group| group != task.group);
    if !in_background {
        return Ok(());
    }
    let ignores = task.signals.blocked.contains(signal) || task.signals.action(signal) == SigAction::SIG_IGN;
    ensure(!ignores && !is_orphaned(k, task.group), Why::OrphanedBackground)?;
    let group = task.group;
    let members: Vec<TaskId> =
        k.tasks.iter().filter(|(_, task)| task.group == group).map(|(member, _)| member).collect();
    for member in members {
        signal::send(k, member, signal, None);
    }
    // The call is dispatched again when the task has been continued.
    Err(Stop::Block(WaitOn::Signal))
}

/// A process group is orphaned when no member has a parent in another group of the same session.
fn is_orphaned(k: &Kernel, group: TaskId) -> bool {
    !k.tasks.iter().filter(|(_, task)| task.group == group).any(|(_, task)| {
        task.parent
            .and_then(|parent| k.tasks.get(parent))
            .is_some_and(|parent| parent.group != group && parent.session == task.session)
    })
}

/// ioctl(2) on a terminal: ioctl_tty(2).
pub fn ioctl(k: &mut Kernel, caller: TaskId, id: TtyId, request: IoctlRequest) -> SysResult<IoctlReply> {
    let task_group = k.tasks[caller].group;
    let session = k.tasks[caller].session;
    let controls = k.ttys[id].session == Some(session);
    Ok(match request {
        IoctlRequest::TCGETS => IoctlReply::Termios(k.ttys[id].termios),
        IoctlRequest::TCSETS(termios) => {
            k.ttys[id].termios = termios;
            IoctlReply::Done
        }
        IoctlRequest::TCSETSF(termios) => {
            k.ttys[id].flush_input();
            k.ttys[id].termios = termios;
            IoctlReply::Done
        }
        IoctlRequest::TIOCGWINSZ => IoctlReply::Winsize(k.ttys[id].size),
        IoctlRequest::TIOCSWINSZ(size) => {
            k.ttys[id].size = size;
            IoctlReply::Done
        }
        IoctlRequest::FIONREAD => IoctlReply::Count(k.ttys[id].readable()),
        IoctlRequest::TIOCGPGRP => {
            ensure(controls, Why::NotATerminal)?;
            let group = k.ttys[id].foreground.unwrap_or(task_group);
            IoctlReply::Pid(k.pid_seen_by(caller, group))
        }
        IoctlRequest::TIOCSPGRP(pid) => {
            ensure(controls, Why::NotATerminal)?;
            check_foreground_change(k, caller, id)?;
            let Some(group) = k.id_by_pid(caller, pid) else {
                return deny(Why::NoSuchProcess { pid: pid.0 });
            };
            let same_session = k.tasks.iter().any(|(_, task)| task.group == group && task.session == session);
            ensure(same_session, Why::OtherSession)?;
            k.ttys[id].foreground = Some(group);
            IoctlReply::Done
        }
        IoctlRequest::TIOCGSID => {
            ensure(controls, Why::NotATerminal)?;
            IoctlReply::Pid(k.pid_seen_by(caller, session))
        }
        IoctlRequest::TIOCSCTTY(_) => {
            let free = k.ttys[id].session.is_none() && k.controlling_tty(caller).is_none();
            ensure(controls || (free && session == caller), Why::SessionLeader)?;
            k.ttys[id].session = Some(session);
            k.ttys[id].foreground = Some(task_group);
            IoctlReply::Done
        }
        IoctlRequest::TIOCNOTTY => {
            ensure(controls, Why::NotATerminal)?;
            if session == caller {
                k.ttys[id].session = None;
                k.ttys[id].foreground = None;
            }
            IoctlReply::Done
        }
        _ => return deny(Why::NotATerminal),
    })
}

/// A background process that takes the terminal is sent SIGTTOU, unless it blocks or ignores that.
fn check_foreground_change(k: &mut Kernel, caller: TaskId, id: TtyId) -> SysResult<()> {
    let task = &k.tasks[caller];
    let signal = Signal::SIGTTOU;
    let exempt = task.signals.blocked.contains(signal) || task.signals.action(signal) == SigAction::SIG_IGN;
    if exempt { Ok(()) } else { check_foreground(k, caller, id, signal) }
}

impl Kernel {
    /// The controlling terminal of a task's session.
    pub fn controlling_tty(&self, task: TaskId) -> Option<TtyId> {
        let session = self.tasks[task].session;
        self.ttys.iter().find(|(_, tty)| tty.session == Some(session)).map(|(id, _)| id)
    }

    /// A session leader that opens a terminal which controls nobody gets it: open(2), O_NOCTTY.
    pub(crate) fn acquire_terminal(&mut self, caller: TaskId, id: TtyId) {
        let leads = self.tasks[caller].session == caller;
        if leads && self.ttys[id].session.is_none() && self.controlling_tty(caller).is_none() {
            self.ttys[id].session = Some(caller);
            self.ttys[id].foreground = Some(self.tasks[caller].group);
        }
    }

    /// When a session leader ends, its terminal is free, and the foreground is hung up: setsid(2).
    pub(crate) fn leave_terminal(&mut self, task: TaskId) {
        if self.tasks[task].session != task {
            return;
        }
        let Some(tty) = self.controlling_tty(task) else { return };
        let foreground = self.ttys[tty].foreground.take();
        self.ttys[tty].session = None;
        self.ttys[tty].flush_input();
        let members: Vec<TaskId> = self
            .tasks
            .iter()
            .filter(|&(member, row)| Some(row.group) == foreground && member != task)
            .map(|(member, _)| member)
            .collect();
        for member in members {
            signal::send(self, member, Signal::SIGHUP, None);
            signal::send(self, member, Signal::SIGCONT, None);
        }
    }
}

/// The window changed its size: the foreground is told with SIGWINCH.
pub fn resize(k: &mut Kernel, id: TtyId, rows: u16, columns: u16) {
    let Some(tty) = k.ttys.get_mut(id) else { return };
    let size = Winsize { rows, columns };
    if tty.size == size {
        return;
    }
    tty.size = size;
    signal_group(k, tty_foreground(k, id), Signal::SIGWINCH);
}

fn tty_foreground(k: &Kernel, id: TtyId) -> Option<TaskId> {
    k.ttys[id].foreground
}

fn signal_group(k: &mut Kernel, group: Option<TaskId>, signal: Signal) {
    let members: Vec<TaskId> =
        k.tasks.iter().filter(|(_, task)| Some(task.group) == group).map(|(member, _)| member).collect();
    for member in members {
        signal::send(k, member, signal, None);
    }
}
