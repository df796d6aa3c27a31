//! What runs before the kernel: the firmware in its chip, then whatever it starts.
//!
//! [`BareMetal`] owns the board alone, one step at a time; the machine carries its virtual time and its
//! keys. A step is a few events and says when the next is due.

mod bios;
mod int13;
mod post;
mod uefi;

use std::collections::VecDeque;
use std::fmt;

use serde::Serialize;

use crate::bootloader::{Grub, KernelHandover};
use crate::clock::Nanos;
use crate::hardware::{Board, CpuMode, CpuState, FirmwareKind, PciAddress, Ring, Switch};
use crate::image::partition::{GptCopy, TableKind};
use crate::trace::{EventNumber, Trace, What};
use bios::Bios;
pub use uefi::Phase;
use uefi::Uefi;

/// What comes after a step.
#[derive(Debug)]
pub enum Next {
    /// Call again after this time.
    After(Nanos),
    /// Call again when a key was pressed, or when `timeout` has passed.
    AwaitKey { timeout: Option<Nanos> },
    /// The processor jumped into a kernel.
    StartKernel(Box<KernelHandover>),
    /// The board was asked to reset.
    Reset,
    /// The board was asked to switch itself off.
    PowerOff,
    /// Nothing goes on until somebody presses the power button.
    Halted,
}

/// Software with the whole board to itself.
#[derive(Debug)]
pub struct BareMetal {
    running: Running,
    keys: VecDeque<u8>,
    /// The event that the next step follows from, when no key came.
    last_cause: Option<EventNumber>,
}

#[derive(Debug)]
enum Running {
    Bios(Bios),
    Uefi(Uefi),
    Grub(Box<Grub>),
}

/// What one step of a program on the bare board leads to.
#[derive(Debug)]
pub(crate) enum Step {
    Next(Next),
    /// Another program took the processor over; it begins after this time.
    Chain(Box<Grub>, Nanos),
}

impl From<Next> for Step {
    fn from(next: Next) -> Step {
        Step::Next(next)
    }
}

impl BareMetal {
    /// What the first processor finds at the reset vector: the board's firmware.
    pub fn at_reset_vector(board: &Board) -> BareMetal {
        let running = match board.spec().firmware.kind {
            FirmwareKind::Bios => Running::Bios(Bios::default()),
            FirmwareKind::Uefi => Running::Uefi(Uefi::default()),
        };
        BareMetal { running, keys: VecDeque::new(), last_cause: None }
    }

    /// Makes one step; `keys` is what came over the serial line since the last one.
    ///
    /// Events follow from the trace's cause if there are keys (the machine sets it to their arrival), else
    /// from the step before.
    pub fn advance(&mut self, board: &mut Board, keys: &[u8], trace: &mut Trace) -> Next {
        self.keys.extend(keys);
        if keys.is_empty() && self.last_cause.is_some() {
            trace.set_cause(self.last_cause);
        }
        let step = match &mut self.running {
            Running::Bios(bios) => bios.advance(board, trace),
            Running::Uefi(uefi) => uefi.advance(board, self.keys.make_contiguous(), trace),
            Running::Grub(grub) => grub.advance(board, &mut self.keys, trace),
        };
        if !matches!(self.running, Running::Grub(_)) {
            self.keys.clear(); // firmware that has nothing to ask throws keys away
        }
        self.last_cause = trace.cause();
        match step {
            Step::Next(next) => next,
            Step::Chain(program, after) => {
                self.running = Running::Grub(program);
                Next::After(after)
            }
        }
    }
}

/// A step of the firmware.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum FirmwareEvent {
    /// The first processor fetches its first instruction.
    ResetVector { address: u64, firmware: FirmwareKind },
    /// The power-on self-test came to a component; `code` is what port 0x80 shows.
    SelfTest { component: Component, code: u8, takes: Nanos },
    /// A memory module was written and read back; `mismatch` is what was written and what was read.
    MemoryTested { slot: u32, size_mib: u64, mismatch: Option<(u64, u64)>, takes: Nanos },
    /// Another processor was woken up, said that it is there, and waits.
    ProcessorFound { apic_id: u32 },
    /// A device answered on the PCI bus.
    PciDeviceFound { address: PciAddress, vendor_id: u16, device_id: u16, class: u32, name: &'static str },
    /// A disk said how long it is.
    DiskFound { disk: u32, sectors: u64, takes: Nanos },
    /// BIOS: a disk got a drive number and a geometry, by which INT 13h knows it.
    Int13Drive { drive: u8, disk: u32, cylinders: u32, heads: u32, sectors_per_track: u32 },
    /// The self-test ended here: the machine cannot go on.
    SelfTestFailed { component: Component, code: u8, why: &'static str },
    /// The next device of the boot order is tried.
    BootAttempt { device: BootDevice },
    /// The boot sector is in memory; its last two bytes decide.
    BootSectorRead { disk: u32, address: u64, signature: u16 },
    /// A device of the boot order was given up.
    BootAttemptFailed { device: BootDevice, why: &'static str },
    /// The processor jumps to what was read from the disk.
    BootSectorStarted { disk: u32, address: u64 },
    /// Bytes were executed that no program of this machine put there.
    UnknownCode { address: u64 },
    /// The boot order is at its end.
    NoBootableDevice,
    /// UEFI: a phase of the firmware begins.
    Phase { phase: Phase },
    /// UEFI: a variable was set in the firmware's memory, where it outlives a power-off.
    EfiVariableSet { name: String, value: String },
    /// UEFI: a disk's partition table was read, and which copy of it held.
    PartitionTable { disk: u32, kind: TableKind, copy: GptCopy, partitions: u32 },
    /// UEFI: Secure Boot looked for a signature, or would have.
    SignatureChecked { enforced: Switch, signed: bool },
    /// UEFI: the processor jumps into an application.
    EfiApplicationStarted { disk: u32, path: &'static str },
    /// A key asked for something that is not modelled.
    Unmodelled { what: &'static str },
}

/// What the firmware may start a system from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum BootDevice {
    /// A disk, by its place in the spec.
    Disk(u32),
    Floppy,
}

impl fmt::Display for BootDevice {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            BootDevice::Disk(disk) => write!(f, "disk {disk}"),
            BootDevice::Floppy => f.write_str("the floppy drive"),
        }
    }
}

/// What the power-on self-test looks at.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Component {
    Processor,
    NorthBridge,
    SouthBridge,
    MemoryDetection,
    MemoryTest,
    MemoryReady,
    OtherProcessors,
    PciBus,
    SerialConsole,
    Keyboard,
    Disks,
    BootSelection,
}

/// Records a firmware event and makes it the cause of what follows.
pub(crate) fn record(trace: &mut Trace, event: FirmwareEvent) {
    trace.record_as_cause(What::Firmware(event));
}

/// Switches the first processor to another mode, in ring 0.
pub(crate) fn enter_mode(board: &mut Board, trace: &mut Trace, mode: CpuMode) {
    board.set_cpu(trace, 0, CpuState::Running, mode, Ring::Ring0);
}
