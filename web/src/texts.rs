//! Every text that a reader of the page sees, in one place.
//!
//! Words that a beginner knows come first, Linux's own name stands beside them.

use sim_core::view::{
    CpuState, EventKind, FirmwareKind, Layer, NamespaceKind, Part, Stage, TaskState, Toggle,
};

pub const NAME: &str = "Glasshull";
pub const TAGLINE: &str = "a Linux you can see through";
pub const SKIP_TO_TERMINAL: &str = "Skip to the terminal";

pub const SCENARIO_LABEL: &str = "Lesson";
pub const SCENARIO_NONE: &str = "No lesson: just the machine";
pub const MACHINE_LABEL: &str = "Machine";
pub const COPY_LINK: &str = "Copy link";
pub const COPY_LINK_HINT: &str =
    "The link holds the machine, everything you typed and the moment you look at";
pub const COPIED: &str = "Link copied";
pub const COPY_FAILED: &str = "The browser did not allow it: copy the address bar instead";
pub const THEME: &str = "Colours";
pub const THEME_AUTO: &str = "as the system";
pub const THEME_LIGHT: &str = "light";
pub const THEME_DARK: &str = "dark";

pub const PANE_MACHINE: &str = "Machine";
pub const PANE_TERMINAL: &str = "Terminal";
pub const PANE_LESSON: &str = "Lesson";
pub const PANE_EVENTS: &str = "Events";
pub const PANES: &str = "Parts of the page";

pub const DRAWING_LABEL: &str =
    "Cross-section of the machine: hardware at the bottom, the kernel above it, programs on top";
pub const TERMINAL_TITLE: &str = "Terminal";
pub const TERMINAL_LINES: &str = "Which of the machine's terminals";
/// The machine's terminals, by the serial line at whose end each is.
pub const LINE_HINTS: [&str; 3] =
    ["the serial console, ttyS0", "a second terminal, ttyS1", "a third terminal, ttyS2"];
pub const TERMINAL_LABEL: &str = "Terminal of the machine";
pub const TERMINAL_LOADING: &str = "Unpacking the terminal …";
pub const TERMINAL_FAILED: &str = "The terminal could not be loaded. Reload the page to try again.";
pub const TERMINAL_OFF: &str = "the machine is off: press its power button";
pub const TERMINAL_STILL: &str = "time stands still: run or step to see what your keys do";
pub const TERMINAL_PAST: &str = "you look at the past: typing here starts a new history from this moment";

pub fn on_line(line: u32) -> String {
    format!("on terminal {}", line + 1)
}

pub const LESSON_TAB: &str = "Lesson";
pub const CLOSER_TAB: &str = "Closer look";
pub const SIDE_TABS: &str = "Beside the machine";
pub const CLOSER_EMPTY: &str =
    "Choose anything in the drawing or in the list of events: a part, a process, a namespace, a call.";
pub const TYPE_IT: &str = "Type it";
pub const TYPE_IT_HINT: &str = "Types this command into the terminal";
pub const PRESS_IT: &str = "Press power";
pub const WATCH: &str = "what runs here goes on";
pub const EXPECTED: &str = "What real Linux prints";
pub const NO_LESSON: &str = "No lesson chosen. The machine is yours: press its power button, log in as root or \
    ada (no password), and type. Nothing you do here can break anything.";

pub const EVENTS_TITLE: &str = "What happened";
pub const EVENTS_HINT: &str = "one line for each event, system calls as strace prints them";
pub const EVENTS_EMPTY: &str = "Nothing has happened yet.";
pub const EVENTS_EMPTY_FILTER: &str = "Nothing of this sort so far.";
pub const FILTER_LABEL: &str = "Show";
pub const FILTER_ALL: &str = "everything";
pub const FILTER_CALLS: &str = "system calls";
pub const FILTER_DENIED: &str = "failures";
pub const FILTER_BOOT: &str = "booting";
pub const CAUSED_BY: &str = "Caused by";
pub const GO_THERE: &str = "Go to this moment";
pub const WHEN: &str = "When";
pub const WHO: &str = "Who";
pub const TOUCHES: &str = "Touches";
pub const RULE: &str = "The rule";
pub const ADVICE: &str = "What helps";
pub const LOOKED_AT: &str = "What the kernel looked at";
pub const DOCUMENTED_IN: &str = "Documented in";
pub const FROM_OUTSIDE: &str = "nothing inside the machine: it came from outside";

pub const TIMELINE: &str = "Timeline";
pub const RUN: &str = "Run";
pub const PAUSE: &str = "Pause";
pub const FINGERPRINT: &str = "The same machine, seed and typing give the same fingerprint on every computer. \
    Up to here it is";
pub const STEP: &str = "Step forward one event";
pub const STEP_BACK: &str = "Step back one event";
pub const TO_NOW: &str = "To the newest moment";
pub const SPEED: &str = "Speed";
pub const MOMENT: &str = "Moment";
pub const POWER_ON: &str = "Press the power button";
pub const POWER_OFF: &str = "Press the power button: the machine is on, it will shut down";
pub const IDLE: &str = "waits for you";
pub const RUNNING: &str = "running";
pub const PAUSED: &str = "paused";
pub const SEEKING: &str = "going there …";
pub const IN_THE_PAST: &str = "in the past";

pub const FAULT_TITLE: &str = "The machine goes no further";
pub const BAD_LINK_TITLE: &str = "This link could not be opened";
pub const BAD_LINK_KEPT: &str = "Here it is, unchanged, in case a piece got lost on the way:";
pub const DISMISS: &str = "Close";
pub const CRASH_TITLE: &str = "The simulator has a bug, and you have found it";
pub const CRASH_TEXT: &str = "Nothing you did was wrong. What led here is kept in this link: please send it to us. \
    It opens the machine just before this happened.";
pub const CRASH_MESSAGE: &str = "What it said";
pub const CRASH_LINK: &str = "The link";
pub const CRASH_FRESH: &str = "Start with a fresh machine";

pub const NAMESPACES_WORN: &str = "Namespaces it lives in";
pub const INITIAL: &str = "the one the machine booted with";
pub const NOT_THERE_YET: &str = "not there yet";
pub const NO_PROGRAMS: &str = "No program runs yet";
pub const NO_REFUSAL: &str = "nothing refused so far";
pub const MORE: &str = "more";

pub fn layer(layer: Layer) -> (&'static str, &'static str) {
    match layer {
        Layer::User => ("Programs", "user space"),
        Layer::Kernel => ("Kernel", "kernel space"),
        Layer::Firmware => ("Firmware", "before the kernel"),
        Layer::Hardware => ("Hardware", "the board"),
    }
}

pub fn stage(stage: Stage) -> &'static str {
    match stage {
        Stage::Off => "Off",
        Stage::Post => "Self-test",
        Stage::Firmware => "Firmware",
        Stage::BootLoader => "Boot loader",
        Stage::Kernel => "Kernel",
        Stage::Initramfs => "Initramfs",
        Stage::Init => "Init",
        Stage::Running => "Login",
        Stage::ShuttingDown => "Shutting down",
        Stage::Stuck => "Stuck",
    }
}

/// What a beginner calls a part, and Linux's or the trade's own name.
pub fn part(part: Part) -> (&'static str, &'static str) {
    match part {
        Part::Power => ("Power", "power button"),
        Part::Cpu => ("Processors", "CPU"),
        Part::Ram => ("Memory", "RAM"),
        Part::FirmwareChip => ("Firmware", "flash chip"),
        Part::Disk => ("Disk", "block device"),
        Part::Nic => ("Network", "NIC"),
        Part::Serial => ("Serial", "ttyS0"),
        Part::Keyboard => ("Keyboard", "i8042"),
        Part::Pci => ("Slots", "PCI bus"),
        Part::BootLoader => ("Boot loader", "GRUB"),
        Part::SyscallInterface => ("The only way in", "system calls"),
        Part::Processes => ("Processes", "tasks"),
        Part::Scheduler => ("Who runs when", "scheduler"),
        Part::Memory => ("Who has room", "mm"),
        Part::Vfs => ("Files", "VFS"),
        Part::FileSystems => ("File systems", "fs"),
        Part::Namespaces => ("Who sees what", "namespaces"),
        Part::Security => ("Permissions", "security"),
        Part::Ipc => ("Pipes", "IPC"),
        Part::Terminals => ("Terminals", "tty"),
        Part::Drivers => ("Devices", "drivers"),
        Part::Network => ("Network", "net"),
        Part::Time => ("Time", "timers"),
        Part::UserSpace => ("Programs", "user space"),
    }
}

/// A part in two or three sentences, for someone who meets it for the first time.
pub fn about(part: Part) -> &'static str {
    match part {
        Part::Power => {
            "Pressing it lets current flow. When the supply is steady it says \"power good\", and the first \
             processor starts at a fixed address, the reset vector, where the firmware is found."
        }
        Part::Cpu => {
            "Each processor carries out instructions, one after the other. The rings are its levels of \
             privilege: in ring 0 everything is allowed, and that is where the kernel runs; programs run in \
             ring 3 and must ask the kernel for everything else."
        }
        Part::Ram => {
            "What the machine knows at this moment: the kernel, the programs, and copies of what was read \
             from disk. It is empty when the power goes."
        }
        Part::FirmwareChip => {
            "A small program soldered to the board, BIOS or UEFI. It is the first thing that runs: it tests \
             the hardware, finds a disk to start from, and hands over."
        }
        Part::Disk => {
            "Keeps its bytes without power, in numbered sectors. A table at its start says which partition \
             lies where."
        }
        Part::Nic => "Connects the machine to a network. The kernel needs a driver to speak to it.",
        Part::Serial => {
            "A line that carries one byte after the other. The terminal of this page is the device at its \
             other end: what you type goes in here, what the machine prints comes out."
        }
        Part::Keyboard => "Its controller turns keys into codes. This machine is used over its serial port.",
        Part::Pci => {
            "The bus on which devices sit. Firmware and kernel ask every slot who is there, and get a vendor \
             and a device number as the answer."
        }
        Part::BootLoader => {
            "A program that the firmware finds on the disk. GRUB reads its menu from a file, loads the kernel \
             and its first small file system into memory, and jumps into the kernel."
        }
        Part::SyscallInterface => {
            "A program that wants anything from outside itself, a file, another process, the time, makes a \
             system call: it puts a number and some arguments into registers and enters ring 0. There is no \
             other way in. On the way back it gets a result, or an error such as EPERM."
        }
        Part::Processes => {
            "The kernel's list of everything that runs. A process is made by cloning another one (clone), \
             becomes another program by execve, and leaves an exit status that its parent collects."
        }
        Part::Scheduler => {
            "There are more processes than processors. The scheduler decides who runs next, and for how long, \
             by keeping count of the time each has had."
        }
        Part::Memory => {
            "Gives every process an address space of its own, and keeps what was read from files in the page \
             cache as long as there is room."
        }
        Part::Vfs => {
            "One tree of names for everything. The virtual file system walks a path step by step, crosses \
             mounts, checks permissions, and hands the rest to the file system that is mounted there."
        }
        Part::FileSystems => {
            "What hangs in the tree: tmpfs keeps files in memory, proc and sysfs make up their files from \
             the kernel's own tables while you read them."
        }
        Part::Namespaces => {
            "What a process can see of the machine: its host name, its list of processes, its mounts, its \
             users. Processes in one namespace share a view. Containers are processes in namespaces of \
             their own, and nothing more mysterious than that."
        }
        Part::Security => {
            "Every \"no\" is said here. May this user open that file? Does the process hold the capability \
             this needs, in the user namespace where it counts?"
        }
        Part::Ipc => {
            "How processes talk to each other: bytes written into one end of a pipe come out at the other."
        }
        Part::Terminals => {
            "Between the serial port and the shell sits the line discipline: it echoes what you type, lets \
             you correct it, and hands over a whole line on Enter. It also turns Ctrl-C into a signal."
        }
        Part::Drivers => "The parts of the kernel that know how to speak to one kind of device each.",
        Part::Network => "Packets, addresses, routes, sockets.",
        Part::Time => {
            "Timers wake those who sleep. When nobody can run, the machine's clock jumps to the next one."
        }
        Part::UserSpace => {
            "Everything that is not the kernel: the first process (init), your shell, the commands you type. \
             All of them live up here in ring 3."
        }
    }
}

/// What a namespace of this kind keeps apart, in words.
pub fn namespace(kind: NamespaceKind) -> &'static str {
    match kind {
        NamespaceKind::Cgroup => "groups",
        NamespaceKind::Ipc => "messages",
        NamespaceKind::Mnt => "mounts",
        NamespaceKind::Net => "network",
        NamespaceKind::Pid => "process numbers",
        NamespaceKind::Time => "clocks",
        NamespaceKind::User => "users, rights",
        NamespaceKind::Uts => "host name",
    }
}

pub fn about_namespace(kind: NamespaceKind) -> &'static str {
    match kind {
        NamespaceKind::Cgroup => {
            "Processes in here take the group they were in as the top of the tree of groups."
        }
        NamespaceKind::Ipc => "Processes in here share System V message queues, semaphores and POSIX queues.",
        NamespaceKind::Mnt => {
            "Processes in here share a list of mounts, and so a tree of files. Mounting something in here \
             is not seen outside, unless the mount is shared."
        }
        NamespaceKind::Net => "Processes in here share network devices, addresses, routes and ports.",
        NamespaceKind::Pid => {
            "Processes in here have numbers of their own, beginning with 1. Outside, the same processes have \
             other numbers; from inside, what is outside cannot be seen at all. When its process 1 ends, all end."
        }
        NamespaceKind::Time => "Processes in here share an offset to the clocks that count from boot.",
        NamespaceKind::User => {
            "Users and rights of their own: somebody may be root in here and nobody in particular outside. The map \
             says which number inside stands for which outside. Capabilities gained in here count for what this \
             namespace owns, and for nothing else."
        }
        NamespaceKind::Uts => "Processes in here share a host name. Changing it is not seen outside.",
    }
}

pub fn task_state(state: TaskState) -> (&'static str, &'static str) {
    match state {
        TaskState::Running => ("R", "runs on a processor"),
        TaskState::Runnable => ("R", "ready, waits for a processor"),
        TaskState::Sleeping => ("S", "sleeps until something happens"),
        TaskState::Uninterruptible => ("D", "waits for a device, cannot be disturbed"),
        TaskState::Stopped => ("T", "stopped"),
        TaskState::Zombie => ("Z", "has ended; its parent has not asked for its exit status yet"),
    }
}

pub fn cpu_state(state: CpuState) -> &'static str {
    match state {
        CpuState::Off => "off",
        CpuState::RealMode => "real mode",
        CpuState::Ring0 => "ring 0",
        CpuState::Ring3 => "ring 3",
        CpuState::Idle => "idle",
    }
}

pub fn firmware_kind(kind: FirmwareKind) -> &'static str {
    match kind {
        FirmwareKind::Bios => "BIOS",
        FirmwareKind::Uefi => "UEFI",
    }
}

pub fn toggle(toggle: Toggle) -> &'static str {
    match toggle {
        Toggle::On => "on",
        Toggle::Off => "off",
        Toggle::Absent => "no such setting",
    }
}

/// The sign of a kind of event in the list, and what it means.
pub fn event_kind(kind: EventKind) -> (&'static str, &'static str) {
    match kind {
        EventKind::Input => ("▸", "from outside"),
        EventKind::Hardware => ("▪", "hardware"),
        EventKind::Firmware => ("▪", "firmware"),
        EventKind::BootLoader => ("▪", "boot loader"),
        EventKind::Kernel => ("◆", "kernel"),
        EventKind::SyscallEnter => ("↓", "a program calls the kernel"),
        EventKind::SyscallReturn => ("↑", "the kernel answers"),
        EventKind::Denied => ("✕", "the kernel refuses"),
        EventKind::Blocked => ("…", "waits"),
        EventKind::Woken => ("!", "goes on"),
        EventKind::Switch => ("⇄", "a processor turns to another task"),
        EventKind::Task => ("●", "a process begins, changes or ends"),
        EventKind::Signal => ("⚑", "a signal"),
        EventKind::Console => ("→", "printed on the serial line"),
        EventKind::Unmodelled => ("?", "real Linux has this, this machine has not yet"),
        EventKind::Fault => ("✕", "goes no further"),
        EventKind::Note => ("i", "a remark"),
    }
}
