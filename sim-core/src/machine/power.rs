//! Power, reset, and what runs before user space: firmware, bootloader, the start of the kernel.

use super::{Due, Machine, Running};
use crate::bootloader::KernelHandover;
use crate::clock::{Nanos, TimerId};
use crate::firmware::{BareMetal, Next};
use crate::hardware::{Power, ResetSource};
use crate::kernel::PowerRequest;
use crate::kernel::boot::{Boot, Progress};
use crate::trace::EventNumber;
use crate::user::programs;

/// Software that has the board to itself, and what it waits for.
pub(super) struct Bare {
    software: BareMetal,
    /// Typed, and not read yet.
    keys: Vec<u8>,
    /// When it goes on by itself.
    wakes: Option<TimerId>,
    waits_for_key: bool,
    /// The event from which its next step follows.
    cause: Option<EventNumber>,
}

/// How long it takes from the last thing a bootloader does to the first thing a kernel does.
const JUMP: Nanos = Nanos::micros(10);

impl Machine {
    /// Pressing the button of a machine that is off switches it on. Of one that is on, its init is told, which
    /// shuts the machine down; where there is none, or it has been told already, the button is held down, and
    /// the power goes.
    pub(super) fn press_power_button(&mut self) {
        match self.board.power() {
            Power::Off => {
                let takes = self.board.power_on(&mut self.trace);
                self.start_firmware(takes);
            }
            Power::On if self.tell_init_of_power_button() => self.after_kernel(),
            Power::On => {
                self.stop_software();
                self.board.power_off(&mut self.trace);
            }
        }
    }

    /// Whether there is somebody to tell.
    fn tell_init_of_power_button(&mut self) -> bool {
        let is_starting = self.boot.is_some();
        match &mut self.running {
            Running::Kernel(kernel) if !is_starting => kernel.press_power_button(),
            _ => false,
        }
    }

    /// The first processor stands at the reset vector, and begins after this time.
    fn start_firmware(&mut self, after: Nanos) {
        self.stop_software();
        let wakes = self.due.insert(self.now + after, Due::BareMetal);
        self.running = Running::BareMetal(Box::new(Bare {
            software: BareMetal::at_reset_vector(&self.board),
            keys: Vec::new(),
            wakes: Some(wakes),
            waits_for_key: false,
            cause: self.trace.cause(),
        }));
    }

    /// Nothing runs any more. The disks stay.
    fn stop_software(&mut self) {
        if let Running::Kernel(kernel) = &mut self.running {
            self.board.disks = kernel.block.release();
        }
        self.running = Running::Nothing;
        self.boot = None;
        self.threads = Default::default();
        self.due = Default::default();
    }

    /// Keys for firmware and bootloader, which know only the first serial line.
    pub(super) fn type_at_bare_metal(&mut self, bytes: &[u8]) {
        let Running::BareMetal(bare) = &mut self.running else { return };
        bare.keys.extend_from_slice(bytes);
        bare.cause = self.trace.cause();
        if bare.waits_for_key {
            if let Some(timeout) = bare.wakes.take() {
                self.due.cancel(timeout);
            }
            self.step_bare_metal();
        }
    }

    /// Firmware or bootloader makes its next step.
    pub(super) fn step_bare_metal(&mut self) {
        let Running::BareMetal(bare) = &mut self.running else { return };
        self.trace.set_cause(bare.cause);
        let keys = std::mem::take(&mut bare.keys);
        let next = bare.software.advance(&mut self.board, &keys, &mut self.trace);
        bare.cause = self.trace.cause();
        self.terminals[0].output.extend(self.board.serial.take_output());
        let mut wait = |after: Option<Nanos>, waits_for_key| {
            bare.wakes = after.map(|after| self.due.insert(self.now + after, Due::BareMetal));
            bare.waits_for_key = waits_for_key;
        };
        match next {
            Next::After(time) => wait(Some(time), false),
            Next::AwaitKey { timeout } => wait(timeout, true),
            Next::StartKernel(handover) => self.start_kernel(*handover),
            Next::Reset => self.reset(),
            Next::PowerOff => {
                self.stop_software();
                self.board.acpi_power_off(&mut self.trace);
            }
            Next::Halted => self.running = Running::Stuck,
        }
    }

    fn reset(&mut self) {
        self.stop_software();
        self.board.reset(&mut self.trace, ResetSource::Software);
        self.start_firmware(Nanos::millis(1));
    }

    fn start_kernel(&mut self, handover: KernelHandover) {
        let (seed, known) = (self.session.seed, programs::is_known);
        let (boot, kernel) = Boot::enter(handover, &mut self.board, seed, known, self.now);
        self.boot = Some((boot, self.trace.cause()));
        self.running = Running::Kernel(Box::new(kernel));
        self.due.insert(self.now + JUMP, Due::Boot);
    }

    /// The kernel makes the next stage of its start.
    pub(super) fn step_boot(&mut self) {
        let Running::Kernel(kernel) = &mut self.running else { return };
        let Some((mut boot, cause)) = self.boot.take() else { return };
        self.trace.set_cause(cause);
        kernel.set_event(self.trace.next());
        let progress = boot.step(kernel, &mut self.board, &mut self.trace);
        let stage_event = self.after_boot_stage();
        match progress {
            Progress::After(time) => {
                self.boot = Some((boot, stage_event));
                self.due.insert(self.now + time, Due::Boot);
            }
            Progress::Running { init } => self.run_init(init),
            Progress::Panicked => {}
        }
    }

    /// What the kernel has asked to be done with the machine.
    pub(super) fn follow_power_request(&mut self) {
        let Running::Kernel(kernel) = &mut self.running else { return };
        match kernel.power_request.take() {
            None => {}
            Some(PowerRequest::Restart) => self.reset(),
            Some(PowerRequest::PowerOff) => {
                self.stop_software();
                self.board.acpi_power_off(&mut self.trace);
            }
            Some(PowerRequest::Halt) => kernel.sched.stop(),
        }
    }
}
