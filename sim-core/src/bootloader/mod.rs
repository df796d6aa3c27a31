//! GRUB: boot sector, core image, configuration file, menu, and the loading of a kernel.
//!
//! Its screens and messages are those of GRUB 2.06 as Debian 12 ships it, on a serial terminal.

mod commands;
mod devices;
mod editor;
mod handover;
mod keys;
mod line;
mod menu;
mod run;
mod screens;
mod script;
mod start;
mod terminal;

use std::collections::VecDeque;

use serde::Serialize;

use crate::clock::Nanos;
use crate::firmware::{Next, Step, enter_mode};
use crate::hardware::{Board, CpuMode, FirmwareKind};
use crate::image::boot_code::{BootSector, CoreImage};
use crate::trace::{Trace, What};
use commands::Session;
use editor::Editor;
pub use handover::{FirmwareTables, Initramfs, KernelHandover, MemoryKind, MemoryRange};
use line::Line;
use menu::{Menu, MenuEntry};
use script::Statement;
use terminal::Terminal;

/// A step of the bootloader.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum BootloaderEvent {
    /// The boot sector runs: 440 bytes that know where the core image lies.
    BootSector { core_lba: u64, core_sectors: u64 },
    /// The core image is in memory.
    CoreLoaded { sectors: u64, takes: Nanos },
    /// The core image runs: it can read file systems, and looks for its files at `prefix`.
    CoreStarted { prefix: String },
    /// A configuration file was read.
    ConfigRead { path: String, entries: u32 },
    /// There is no configuration file: a prompt is shown.
    ConfigMissing { path: String },
    /// The menu is on the screen.
    MenuShown { entries: Vec<String>, seconds: Option<u32> },
    /// A menu entry was started, because somebody chose it or because the time was over.
    EntryStarted { title: String, by: StartedBy },
    /// A command runs.
    Command { line: String },
    /// A file was read.
    FileRead { path: String, bytes: u64, takes: Nanos },
    /// A command failed.
    Failed { message: String },
    /// A command or key does something that is not modelled.
    Unmodelled { command: String },
    /// The processor jumps into the kernel.
    KernelStarted { release: String, address: u64, command_line: String, initramfs_bytes: Option<u64> },
}

/// Why a menu entry was started.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum StartedBy {
    Timeout,
    Key,
}

/// The bootloader at work.
#[derive(Debug)]
pub(crate) struct Grub {
    boot_disk: u32,
    terminal: Terminal,
    state: State,
    /// What is left to run before the state goes on.
    session: Option<Session>,
    entries: Vec<MenuEntry>,
    history: Vec<String>,
    /// The bytes that wait to become an escape sequence, if they do.
    unfinished_len: usize,
}

#[derive(Debug)]
enum State {
    BootSector(BootSector),
    LoadCore(BootSector),
    Core(CoreImage),
    ReadConfig,
    Run(Run),
    Menu(Menu),
    Editor(Editor),
    Prompt(Prompt),
    /// Waiting for any key, but not for ever.
    Pause(AfterPause),
    Stopped,
}

/// Statements on their way.
#[derive(Debug)]
struct Run {
    statements: VecDeque<Statement>,
    origin: Origin,
    failed: Failed,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Failed {
    Nothing,
    Something,
}

/// Where statements come from, and so what comes after them.
#[derive(Debug)]
enum Origin {
    EmbeddedConfig,
    Config { path: String },
    DefaultEntry,
    ChosenEntry { selected: usize },
    Editor(Editor),
    Prompt,
}

#[derive(Debug)]
enum AfterPause {
    /// A kernel is loaded after all.
    Boot,
    SayNothingBooted,
    Menu {
        selected: usize,
    },
    Editor(Editor),
}

#[derive(Debug)]
struct Prompt {
    line: Line,
    /// Lines before this one, if a quote is still open.
    before: String,
}

/// How long "Press any key to continue..." waits.
const PAUSE: Nanos = Nanos::seconds(10);
/// How long the rest of an escape sequence may take.
const ESCAPE_WAIT: Nanos = Nanos::millis(100);
/// The boot sector reads the core image in pieces of 127 sectors, the most that INT 13h takes.
const SECTORS_PER_READ: u64 = 127;
const READ_PER_SECTOR: Nanos = Nanos::micros(10);
/// The core image unpacks itself and starts.
const CORE_START: Nanos = Nanos::millis(160);

/// The boot sector of ours in this sector, if it is ours.
pub(crate) fn boot_sector_code(sector: &[u8]) -> Option<BootSector> {
    BootSector::recognise(sector.first_chunk()?)
}

fn record(trace: &mut Trace, event: BootloaderEvent) {
    trace.record_as_cause(What::Bootloader(event));
}

impl Grub {
    /// Begins where a BIOS jumps to.
    pub(crate) fn from_boot_sector(boot_disk: u32, boot_sector: BootSector) -> Grub {
        Grub::new(boot_disk, State::BootSector(boot_sector))
    }

    /// Begins where UEFI firmware starts the application.
    pub(crate) fn from_core(boot_disk: u32, core: CoreImage) -> Grub {
        Grub::new(boot_disk, State::Core(core))
    }

    fn new(boot_disk: u32, state: State) -> Grub {
        Grub {
            boot_disk,
            terminal: Terminal::default(),
            state,
            session: None,
            entries: Vec::new(),
            history: Vec::new(),
            unfinished_len: 0,
        }
    }

    /// Makes one step.
    pub(crate) fn advance(&mut self, board: &mut Board, keys: &mut VecDeque<u8>, trace: &mut Trace) -> Step {
        let next = match std::mem::replace(&mut self.state, State::Stopped) {
            State::BootSector(sector) => self.boot_sector(sector, trace),
            State::LoadCore(sector) => self.load_core(sector, board, trace),
            State::Core(core) => self.start_core(core, board, trace),
            State::ReadConfig => self.read_config(board, trace),
            State::Run(run) => self.run(run, board, trace),
            State::Menu(menu) => self.menu(menu, keys, trace),
            State::Editor(editor) => self.editor(editor, keys, trace),
            State::Prompt(prompt) => self.prompt(prompt, keys, trace),
            State::Pause(after) => self.after_pause(after, keys, board, trace),
            State::Stopped => Next::Halted,
        };
        board.serial_write(trace, &self.terminal.take());
        if let Next::StartKernel(handover) = &next {
            enter_kernel(board, trace, handover);
        }
        next.into()
    }

    fn session(&mut self) -> &mut Session {
        self.session.as_mut().expect("the core image has started")
    }

    fn goes_on_with(&mut self, state: State) -> Next {
        self.state = state;
        Next::After(Nanos::ZERO)
    }
}

fn enter_kernel(board: &mut Board, trace: &mut Trace, handover: &KernelHandover) {
    let mode = match handover.firmware.kind {
        FirmwareKind::Bios => CpuMode::Protected,
        FirmwareKind::Uefi => CpuMode::Long,
    };
    enter_mode(board, trace, mode);
    let event = BootloaderEvent::KernelStarted {
        release: handover.kernel.release().to_owned(),
        address: handover.kernel_address,
        command_line: handover.command_line.clone(),
        initramfs_bytes: handover.initramfs.as_ref().map(|initramfs| initramfs.bytes.len() as u64),
    };
    record(trace, event);
}
