//! A person's terminal at the machine's console. The machine's clock follows the wall's.

use std::panic;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};
use rustix::event::{PollFd, PollFlags, Timespec, poll};
use signal_hook::consts::{SIGHUP, SIGINT, SIGQUIT, SIGTERM, SIGWINCH};
use sim_core::clock::Nanos;
use sim_core::machine::Input;

use super::raw::RawMode;
use super::{CONSOLE, Seat, remark};

/// How long the machine may run before keys and signals are looked at again.
const SLICE: Duration = Duration::from_millis(15);
/// The longest wait for a key: signals come in between, the clock goes on.
const IDLE: Duration = Duration::from_millis(100);

pub(super) fn sit(seat: &mut Seat) -> Result<()> {
    let signals = Signals::listen()?;
    let _hook = QuietPanics::begin();
    let terminal = RawMode::enter()?;
    remark("Ctrl-] q leaves, Ctrl-] ? tells more");
    let mut desk =
        Desk { seat, terminal, clock: None, size: None, fault: None, escape: Escape::None, left: false };
    while !desk.left {
        if signals.ended.load(Ordering::Relaxed) {
            remark("a signal ends the session");
            bail!("a signal ended the session");
        }
        if signals.resized.swap(false, Ordering::Relaxed) {
            desk.size = None;
        }
        desk.pass_size_on();
        desk.run()?;
        desk.read_keys()?;
    }
    Ok(())
}

/// What has been asked of the command by signals.
struct Signals {
    ended: Arc<AtomicBool>,
    resized: Arc<AtomicBool>,
}

impl Signals {
    fn listen() -> Result<Signals> {
        let signals = Signals { ended: Default::default(), resized: Default::default() };
        for signal in [SIGHUP, SIGINT, SIGQUIT, SIGTERM] {
            signal_hook::flag::register(signal, signals.ended.clone()).context("cannot catch signals")?;
        }
        signal_hook::flag::register(SIGWINCH, signals.resized.clone()).context("cannot catch signals")?;
        Ok(signals)
    }
}

type Hook = Box<dyn Fn(&panic::PanicHookInfo<'_>) + Sync + Send + 'static>;

/// While the terminal is raw a panic says nothing; whoever catches it does.
struct QuietPanics(Option<Hook>);

impl QuietPanics {
    fn begin() -> QuietPanics {
        let before = panic::take_hook();
        panic::set_hook(Box::new(|_| {}));
        QuietPanics(Some(before))
    }
}

impl Drop for QuietPanics {
    fn drop(&mut self) {
        // In a panic hooks cannot be changed, and the command ends anyway.
        if let (Some(before), false) = (self.0.take(), std::thread::panicking()) {
            panic::set_hook(before);
        }
    }
}

/// The way out: Ctrl-] and a letter.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Escape {
    None,
    Begun,
}

const ESCAPE: u8 = 0x1d;
const ESCAPE_HELP: &str = "Ctrl-] and: q leave, p press the power button, Ctrl-] send Ctrl-]";

struct Desk<'a> {
    seat: &'a mut Seat,
    terminal: RawMode,
    /// A moment on the wall's clock, and the machine's at that moment.
    clock: Option<(Instant, Nanos)>,
    /// What the machine was told of the window.
    size: Option<(u16, u16)>,
    /// The fault that has been told.
    fault: Option<String>,
    escape: Escape,
    left: bool,
}

impl Desk<'_> {
    /// A kernel must run to hear of it.
    fn pass_size_on(&mut self) {
        if self.seat.machine.kernel().is_none() {
            self.size = None;
        } else if self.size.is_none()
            && let Some((rows, columns)) = self.terminal.size()
        {
            self.seat.machine.input(Input::Resize { terminal: CONSOLE, rows, columns });
            self.size = Some((rows, columns));
        }
    }

    /// Brings the machine's clock to the wall's, for a slice of time at most. What it could not do in that it
    /// is let off.
    fn run(&mut self) -> Result<()> {
        let start = Instant::now();
        let (wall, machine) = *self.clock.get_or_insert((start, self.seat.machine.now()));
        let passed = u64::try_from((start - wall).as_nanos()).unwrap_or(u64::MAX);
        let target = machine + Nanos(passed);
        if !self.seat.machine.run_until(target, &mut || start.elapsed() < SLICE) {
            self.clock = None;
        }
        self.seat.show()?;
        self.tell_fault();
        if self.seat.is_off() {
            remark("the machine is off");
            self.left = true;
        }
        Ok(())
    }

    /// Once, as soon as there is one.
    fn tell_fault(&mut self) {
        let fault = self.seat.silent_fault();
        if fault != self.fault {
            if let Some(text) = &fault {
                remark(text);
            }
            self.fault = fault;
        }
    }

    fn read_keys(&mut self) -> Result<()> {
        let stdin = std::io::stdin();
        let mut waiting = [PollFd::new(&stdin, PollFlags::IN)];
        let wait = Timespec::try_from(self.patience()).expect("a tenth of a second at most");
        match poll(&mut waiting, Some(&wait)) {
            Ok(0) | Err(rustix::io::Errno::INTR) => return Ok(()),
            Ok(_) => {}
            Err(error) => return Err(error).context("cannot wait for a key"),
        }
        let mut buffer = [0; 4096];
        let count = match rustix::io::read(&stdin, &mut buffer) {
            Ok(count) => count,
            Err(rustix::io::Errno::INTR) => return Ok(()),
            Err(error) => return Err(error).context("cannot read keys"),
        };
        self.left |= count == 0;
        self.take_keys(&buffer[..count]);
        Ok(())
    }

    /// How long nothing will happen on the machine.
    fn patience(&self) -> Duration {
        let machine = &self.seat.machine;
        match machine.next_due() {
            _ if self.left || self.clock.is_none() => Duration::ZERO,
            Some(due) => IDLE.min(Duration::from_nanos((due - machine.now()).0)),
            None => IDLE,
        }
    }

    fn take_keys(&mut self, keys: &[u8]) {
        let mut typed = Vec::new();
        for &key in keys {
            match (self.escape, key) {
                (Escape::None, ESCAPE) => self.escape = Escape::Begun,
                (Escape::None, key) => typed.push(key),
                (Escape::Begun, key) => {
                    self.escape = Escape::None;
                    match key {
                        ESCAPE => typed.push(key),
                        b'q' => self.left = true,
                        b'p' => self.seat.machine.input(Input::PowerButton),
                        _ => remark(ESCAPE_HELP),
                    }
                }
            }
        }
        if !typed.is_empty() {
            self.seat.type_bytes(typed);
        }
    }
}
