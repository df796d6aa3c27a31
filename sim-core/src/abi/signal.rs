//! Signals: signal(7).

use serde::{Deserialize, Serialize};

/// A signal by its x86-64 number; 0 is no signal, as kill(2) takes it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Signal(pub u8);

/// What a signal does to a process that has not said otherwise.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DefaultAction {
    Terminate,
    /// Terminate; a core would be dumped, if core dumps were modelled.
    Core,
    Ignore,
    Stop,
    Continue,
}

macro_rules! signals {
    ($($name:ident = $number:literal, $action:ident, $message:literal;)*) => {
        impl Signal {
            $(pub const $name: Signal = Signal($number);)*

            const NAMED: &'static [(&'static str, Signal)] = &[$((stringify!($name), Signal::$name),)*];

            /// The disposition without a handler: the table of signal(7).
            pub const fn default_action(self) -> DefaultAction {
                match self.0 {
                    $($number => DefaultAction::$action,)*
                    _ => DefaultAction::Terminate,
                }
            }

            /// What strsignal(3) says.
            pub const fn message(self) -> &'static str {
                match self.0 { $($number => $message,)* _ => "Real-time signal" }
            }
        }
    };
}

signals! {
    SIGHUP = 1, Terminate, "Hangup";
    SIGINT = 2, Terminate, "Interrupt";
    SIGQUIT = 3, Core, "Quit";
    SIGILL = 4, Core, "Illegal instruction";
    SIGTRAP = 5, Core, "Trace/breakpoint trap";
    SIGABRT = 6, Core, "Aborted";
    SIGBUS = 7, Core, "Bus error";
    SIGFPE = 8, Core, "Floating point exception";
    SIGKILL = 9, Terminate, "Killed";
    SIGUSR1 = 10, Terminate, "User defined signal 1";
    SIGSEGV = 11, Core, "Segmentation fault";
    SIGUSR2 = 12, Terminate, "User defined signal 2";
    SIGPIPE = 13, Terminate, "Broken pipe";
    SIGALRM = 14, Terminate, "Alarm clock";
    SIGTERM = 15, Terminate, "Terminated";
    SIGSTKFLT = 16, Terminate, "Stack fault";
    SIGCHLD = 17, Ignore, "Child exited";
    SIGCONT = 18, Continue, "Continued";
    SIGSTOP = 19, Stop, "Stopped (signal)";
    SIGTSTP = 20, Stop, "Stopped";
    SIGTTIN = 21, Stop, "Stopped (tty input)";
    SIGTTOU = 22, Stop, "Stopped (tty output)";
    SIGURG = 23, Ignore, "Urgent I/O condition";
    SIGXCPU = 24, Core, "CPU time limit exceeded";
    SIGXFSZ = 25, Core, "File size limit exceeded";
    SIGVTALRM = 26, Terminate, "Virtual timer expired";
    SIGPROF = 27, Terminate, "Profiling timer expired";
    SIGWINCH = 28, Ignore, "Window changed";
    SIGIO = 29, Terminate, "I/O possible";
    SIGPWR = 30, Terminate, "Power failure";
    SIGSYS = 31, Core, "Bad system call";
}

impl Signal {
    pub const NONE: Signal = Signal(0);
    /// One more than the highest signal number (`_NSIG` is 64 on x86-64, counted from 1).
    pub const MAX: u8 = 64;

    /// The name, as `SIGTERM`, where it has one.
    pub fn name(self) -> Option<&'static str> {
        Signal::NAMED.iter().find(|(_, signal)| *signal == self).map(|(name, _)| *name)
    }

    /// By name, with or without `SIG`.
    pub fn from_name(name: &str) -> Option<Signal> {
        let short = name.strip_prefix("SIG").unwrap_or(name);
        Signal::NAMED.iter().find(|(full, _)| &full[3..] == short).map(|(_, signal)| *signal)
    }
}

/// A set of signals: bit `n - 1` is signal `n`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct SignalSet(pub u64);

impl SignalSet {
    pub const EMPTY: SignalSet = SignalSet(0);

    pub const fn of(signal: Signal) -> SignalSet {
        SignalSet(1 << (signal.0 - 1))
    }

    pub const fn contains(self, signal: Signal) -> bool {
        self.0 & SignalSet::of(signal).0 != 0
    }

    pub const fn with(self, signal: Signal) -> SignalSet {
        SignalSet(self.0 | SignalSet::of(signal).0)
    }

    pub const fn without(self, signal: Signal) -> SignalSet {
        SignalSet(self.0 & !SignalSet::of(signal).0)
    }

    pub const fn union(self, other: SignalSet) -> SignalSet {
        SignalSet(self.0 | other.0)
    }

    pub const fn minus(self, other: SignalSet) -> SignalSet {
        SignalSet(self.0 & !other.0)
    }

    pub const fn is_empty(self) -> bool {
        self.0 == 0
    }

    /// The signals in it, lowest first.
    pub fn iter(self) -> impl Iterator<Item = Signal> {
        (1..=Signal::MAX).map(Signal).filter(move |&signal| self.contains(signal))
    }
}

/// What a process does on a signal: sigaction(2).
///
/// A handler is user code: the kernel knows only that there is one. The thread learns which handlers
/// ran from its next [`Answer`](super::Answer).
#[allow(non_camel_case_types)]
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum SigAction {
    #[default]
    SIG_DFL,
    SIG_IGN,
    /// A handler; an interrupted call fails with EINTR.
    Handler,
    /// A handler with `SA_RESTART`: an interrupted call goes on.
    HandlerRestart,
}
