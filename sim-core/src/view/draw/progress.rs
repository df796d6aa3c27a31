//! How far the machine has come: what is told from all its events, also those the trace no longer keeps.

use std::collections::BTreeMap;

use crate::kernel::event::KernelEvent;
use crate::kernel::table::TaskId;
use crate::machine::Input;
use crate::trace::{Event, Outcome, What};
use crate::view::{EventKind, FaultView, Part, Stage};

/// Folded over every event.
#[derive(Clone, Debug, Default)]
pub(crate) struct Progress {
    pub(super) stage: Stage,
    pub(super) note: String,
    pub(super) fault: Option<FaultView>,
    /// Bit `n` is the part at place `n` of [`Part::ALL`].
    reached: u32,
    pub(super) syscalls: u64,
    pub(super) denials: u64,
    pub(super) beeps: u32,
    pub(super) sectors_read: BTreeMap<u32, u64>,
    pub(super) bytes_received: u64,
    /// Pid in the initial namespace, and the newest name, of every task there has been.
    names: BTreeMap<TaskId, (i32, String)>,
}

impl Progress {
    pub(crate) fn note(&mut self, event: &Event) {
        match &event.what {
            What::Syscall { call, outcome, .. } => {
                self.syscalls += 1;
                self.denials += u64::from(matches!(outcome, Outcome::Denied(_)));
                self.reach(super::parts::of_call(call));
            }
            What::Kernel(change) => self.note_kernel(event, change),
            What::Input(Input::PowerButton) => self.reach(&[Part::Power]),
            What::Input(Input::Type { bytes, .. }) => {
                self.bytes_received += bytes.len() as u64;
                self.reach(&[Part::Keyboard, Part::Serial]);
            }
            What::Input(Input::Resize { .. } | Input::TakeOver { .. } | Input::Call { .. }) => {}
            What::Hardware(hardware) => self.note_hardware(hardware),
            What::Firmware(firmware) => {
                let (kind, text, path) = super::before_kernel::tell_firmware(firmware);
                self.note_step(event, kind, text, &path);
            }
            What::Bootloader(loader) => {
                let (kind, text, path) = super::before_kernel::tell_bootloader(loader);
                self.note_step(event, kind, text, &path);
            }
            What::Console { .. } => self.reach(&[Part::Serial]),
            What::Hint { .. } => {}
            What::Blocked { .. } => self.reach(&[Part::Scheduler]),
        }
        if let Some(stage) = super::event::begins(event) {
            if stage == Stage::Post || stage == Stage::Off {
                self.restart();
            }
            self.stage = stage;
        }
    }

    fn note_step(&mut self, event: &Event, kind: EventKind, text: String, path: &[Part]) {
        self.reach(path);
        if kind == EventKind::Fault {
            let part = path.last().copied().unwrap_or(Part::FirmwareChip);
            self.fault = Some(FaultView { part, text: text.clone(), event: event.number.0 });
        }
        self.note = text;
    }

    /// Everything is dark again.
    fn restart(&mut self) {
        let kept = Progress { bytes_received: self.bytes_received, ..Progress::default() };
        *self = kept;
    }

    fn note_hardware(&mut self, event: &crate::hardware::HardwareEvent) {
        use crate::hardware::HardwareEvent as H;
        match event {
            H::PowerOn { .. } | H::Reset { .. } => self.reach(&[Part::Power]),
            H::PowerOff => {}
            H::Cpu { .. } => self.reach(&[Part::Cpu]),
            H::PortWrite { .. } => {}
            H::Beep { count } => self.beeps += count,
            H::DiskRead { disk, sectors, .. } => {
                *self.sectors_read.entry(*disk).or_default() += sectors;
                self.reach(&[Part::Disk]);
            }
        }
    }

    fn note_kernel(&mut self, event: &Event, change: &KernelEvent) {
        self.reach(super::parts::of_kernel_event(change));
        match change {
            KernelEvent::TaskCreated { task, parent, pid } => {
                let name = self.names.get(parent).map_or_else(String::new, |(_, name)| name.clone());
                self.names.insert(*task, (*pid, name));
            }
            KernelEvent::Executed { task, argv, program } => {
                let path = argv.first().unwrap_or(program).to_text();
                let name = path.rsplit('/').next().unwrap_or_default().to_owned();
                let pid = self.names.get(task).map_or(1, |(pid, _)| *pid);
                self.names.insert(*task, (pid, name));
            }
            // What went wrong at GRUB's prompt was made up for.
            KernelEvent::Boot { .. } => self.fault = None,
            KernelEvent::Printk { level, text } => {
                self.note.clone_from(text);
                if *level == 0 && text.starts_with("Kernel panic") {
                    let number = event.number.0;
                    self.fault = Some(FaultView { part: Part::Processes, text: text.clone(), event: number });
                }
            }
            _ => {}
        }
    }

    pub(super) fn reach(&mut self, parts: &[Part]) {
        for part in parts {
            self.reached |= 1 << *part as u32;
        }
    }

    pub(super) fn reached(&self) -> Vec<Part> {
        Part::ALL.into_iter().filter(|part| self.reached >> *part as u32 & 1 == 1).collect()
    }

    /// Pid and name of a task, also of one that has ended.
    pub(crate) fn task_name(&self, task: TaskId) -> Option<(i32, &str)> {
        self.names.get(&task).map(|(pid, name)| (*pid, name.as_str()))
    }
}
