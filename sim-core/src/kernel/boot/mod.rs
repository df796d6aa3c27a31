//! The start of the kernel: from its first instruction to process 1, in the order of `start_kernel` and
//! `kernel_init` (init/main.c), one stage at a time.

mod drivers;
mod init;
mod initramfs;
mod parameters;
mod root;
mod setup;
mod tables;

pub(super) use setup::bogomips;

use serde::Serialize;

use super::Kernel;
use super::event::{KernelEvent, SystemInfo};
use super::printk::{DEBUG, ERR, INFO, NOTICE, WARNING};
use crate::abi::Bytes;
use crate::bootloader::KernelHandover;
use crate::clock::Nanos;
use crate::hardware::Board;
use crate::kernel::table::{MountId, TaskId};
use crate::trace::Trace;

/// A stage of the start.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Stage {
    /// The compressed kernel unpacks itself.
    Decompression,
    /// What the firmware says of the machine: memory map, tables, processors.
    Architecture,
    /// The page allocator and the caches of the kernel's objects.
    Memory,
    /// Run queues, read-copy-update, interrupts, timers.
    SchedulerAndInterrupts,
    /// The first serial line is set up: from here on messages can be seen.
    Console,
    /// How fast the processor is.
    Calibration,
    /// Tables of processes, files, mounts, security modules.
    Tables,
    /// The other processors are woken.
    Processors,
    /// devtmpfs, and the buses that drivers and devices meet on.
    DriverModel,
    /// ACPI tables are read and the PCI bus is searched.
    Buses,
    /// The protocol families of the network.
    Network,
    /// The initramfs is unpacked into the first root.
    Initramfs,
    /// Drivers take the devices they know.
    Drivers,
    /// The root file system, where no initramfs sees to it.
    Root,
    /// What only the start needed is given back.
    FreeInit,
    /// Process 1 executes its first program.
    RunInit,
}

/// The kernel at its start.
/// Its stages are in [`STAGES`].
#[derive(Debug)]
pub(crate) struct Boot {
    handover: KernelHandover,
    next: u32,
    /// Process 1, once there is one.
    init: Option<TaskId>,
}

/// What comes after a stage.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Progress {
    /// The next stage begins after this time.
    After(Nanos),
    /// Process 1 runs: user space has begun.
    Running { init: TaskId },
    /// The kernel has panicked.
    Panicked,
}

/// Each stage, with what it does and how long that takes.
type Step = fn(&mut Boot, &mut Kernel, &mut Board, &mut Trace);
const STAGES: &[(Stage, Step, Nanos)] = &[
    (Stage::Decompression, setup::decompress, Nanos::millis(180)),
    (Stage::Architecture, setup::architecture, Nanos::millis(6)),
    (Stage::Memory, setup::memory, Nanos::millis(12)),
    (Stage::SchedulerAndInterrupts, setup::scheduler_and_interrupts, Nanos::millis(8)),
    (Stage::Console, setup::console, Nanos::millis(4)),
    (Stage::Calibration, setup::calibration, Nanos::millis(22)),
    (Stage::Tables, setup::tables, Nanos::millis(31)),
    (Stage::Processors, setup::processors, Nanos::millis(64)),
    (Stage::DriverModel, setup::driver_model, Nanos::millis(47)),
    (Stage::Buses, drivers::buses, Nanos::millis(118)),
    (Stage::Network, drivers::network, Nanos::millis(37)),
    (Stage::Initramfs, initramfs::unpack, Nanos::millis(83)),
    (Stage::Drivers, drivers::drivers, Nanos::millis(196)),
    (Stage::Root, root::mount, Nanos::millis(9)),
    (Stage::FreeInit, drivers::free_init, Nanos::millis(14)),
    (Stage::RunInit, init::run, Nanos::millis(2)),
];

impl Boot {
    /// The processor has jumped into the kernel, which finds the board and what the bootloader left.
    pub(crate) fn enter(
        handover: KernelHandover,
        board: &mut Board,
        seed: u64,
        knows_program: fn(&str) -> bool,
        now: Nanos,
    ) -> (Boot, Kernel) {
        let tables = &handover.firmware;
        let info = SystemInfo {
            release: handover.kernel.release().to_owned(),
            version: handover.kernel.version().to_owned(),
            built_by: handover.kernel.built_by().to_owned(),
            command_line: handover.command_line.clone(),
            hardware_name: format!("Glasshull Standard PC, BIOS {} {}", tables.version, tables.date),
            cpus: board.cpus.len() as u32,
            cpu_model: board.cpu_model.clone(),
            cores_per_socket: board.spec().cores_per_socket,
            ram_bytes: board.usable_ram_bytes(),
            epoch_seconds: board.spec().rtc_s as i64,
        };
        let disks = std::mem::take(&mut board.disks);
        let kernel = Kernel::new(info, disks, seed, knows_program, now);
        (Boot { handover, next: 0, init: None }, kernel)
    }

    /// Makes the next stage.
    pub(crate) fn step(&mut self, k: &mut Kernel, board: &mut Board, trace: &mut Trace) -> Progress {
        let (stage, step, takes) = STAGES[self.next as usize];
        self.next += 1;
        k.note(KernelEvent::Boot { stage });
        step(self, k, board, trace);
        match self.init {
            _ if k.has_panicked() => Progress::Panicked,
            Some(init) if self.next as usize == STAGES.len() => Progress::Running { init },
            _ => Progress::After(takes),
        }
    }
}

impl Kernel {
    /// Whether the first root has a file of this path.
    fn is_in_first_root(&self, path: &str) -> bool {
        let mut at = self.mount_root(MountId(1)).inode;
        for name in path.split('/').filter(|name| !name.is_empty()) {
            let entries = self.directory_entries(at);
            let Some(&ino) = entries.and_then(|entries| entries.get(&Bytes::from(name))) else {
                return false;
            };
            at.ino = ino;
        }
        true
    }

    /// The clocks begin: sched_clock, and with it the stamps of the log.
    fn start_clock(&mut self) {
        self.started = self.now();
    }

    /// What the command line says after `NAME=`; of several the last counts.
    pub(crate) fn parameter(&self, name: &str) -> Option<&str> {
        let words = self.info.command_line.split_ascii_whitespace().rev();
        words.filter_map(|word| word.split_once('=')).find(|(key, _)| *key == name).map(|(_, value)| value)
    }
}
