//! The power-on self-test: component by component, from the processor to the disks.
//!
//! The codes on port 0x80 are those of AMI's Aptio firmware ("Aptio 4.x Status Codes").

use super::{Component, FirmwareEvent, record};
use crate::clock::Nanos;
use crate::hardware::Board;
use crate::trace::Trace;

/// Where the self-test is.
#[derive(Debug, Default)]
pub(super) struct SelfTest {
    next: u32,
    /// Within the component: the next memory module.
    slot: u32,
}

/// How far one step of the self-test came.
pub(super) enum Progress {
    /// Go on after this time.
    Took(Nanos),
    /// The component was the last.
    Passed,
    /// The machine cannot go on.
    Failed,
}

const STEPS: &[(Component, u8, Nanos)] = &[
    (Component::Processor, 0x11, Nanos::millis(2)),
    (Component::NorthBridge, 0x15, Nanos::millis(3)),
    (Component::SouthBridge, 0x19, Nanos::millis(3)),
    (Component::MemoryDetection, 0x2c, Nanos::millis(12)),
    (Component::MemoryTest, 0x2e, Nanos::ZERO),
    (Component::MemoryReady, 0x31, Nanos::millis(1)),
    (Component::OtherProcessors, 0x34, Nanos::millis(10)),
    (Component::PciBus, 0x94, Nanos::millis(15)),
    (Component::SerialConsole, 0x97, Nanos::millis(2)),
    (Component::Keyboard, 0x98, Nanos::millis(20)),
    (Component::Disks, 0xa2, Nanos::millis(2)),
];

const MEMORY_NOT_INSTALLED: u8 = 0x55;
const NO_USABLE_MEMORY: u8 = 0x53;
/// Aptio beeps once for missing memory; AMI's older BIOSes beep three times for memory that fails.
const BEEPS_NOT_INSTALLED: u32 = 1;
const BEEPS_NOT_USABLE: u32 = 3;

/// Alternating bits find lines that stick to a level or to their neighbour.
const PATTERNS: [u64; 4] = [0, u64::MAX, 0x5555_5555_5555_5555, 0xaaaa_aaaa_aaaa_aaaa];
/// The firmware tests samples of each MiB, not every word.
const TEST_PER_MIB: Nanos = Nanos::micros(40);
const DISK_IDENTIFY: Nanos = Nanos::millis(4);

impl SelfTest {
    /// The component that the next step looks at.
    pub(super) fn component(&self) -> Option<Component> {
        STEPS.get(self.next as usize).map(|&(component, ..)| component)
    }

    pub(super) fn advance(&mut self, board: &mut Board, trace: &mut Trace) -> Progress {
        let Some(&(component, code, takes)) = STEPS.get(self.next as usize) else { return Progress::Passed };
        if self.slot == 0 {
            board.show_post_code(trace, code);
            record(trace, FirmwareEvent::SelfTest { component, code, takes });
        }
        match component {
            Component::MemoryDetection if board.ram.is_empty() => {
                let why = "no module answers in any slot";
                return fail(board, trace, component, MEMORY_NOT_INSTALLED, BEEPS_NOT_INSTALLED, why);
            }
            Component::MemoryTest => return self.test_memory(board, trace),
            Component::OtherProcessors => find_processors(board, trace),
            Component::PciBus => find_pci_devices(board, trace),
            Component::Disks => {
                self.next += 1;
                return Progress::Took(takes + find_disks(board, trace));
            }
            _ => {}
        }
        self.next += 1;
        Progress::Took(takes)
    }

    /// Tests one module a step; modules that fail are left out of the memory map.
    fn test_memory(&mut self, board: &mut Board, trace: &mut Trace) -> Progress {
        if let Some(module) = board.ram.get_mut(self.slot as usize) {
            let takes = Nanos(TEST_PER_MIB.0 * module.size_mib);
            let mismatch = module.test(&PATTERNS).err().map(|mismatch| (mismatch.written, mismatch.read));
            module.usable = mismatch.is_none();
            let (slot, size_mib) = (module.slot, module.size_mib);
            self.slot += 1;
            record(trace, FirmwareEvent::MemoryTested { slot, size_mib, mismatch, takes });
            return Progress::Took(takes);
        }
        self.slot = 0;
        self.next += 1;
        if board.usable_ram_bytes() == 0 {
            let why = "every module returns other bits than were written";
            return fail(board, trace, Component::MemoryTest, NO_USABLE_MEMORY, BEEPS_NOT_USABLE, why);
        }
        Progress::Took(Nanos::ZERO)
    }
}

fn fail(
    board: &mut Board,
    trace: &mut Trace,
    component: Component,
    code: u8,
    beeps: u32,
    why: &'static str,
) -> Progress {
    record(trace, FirmwareEvent::SelfTestFailed { component, code, why });
    board.show_post_code(trace, code);
    board.beep(trace, beeps);
    Progress::Failed
}

/// Wakes the other processors by INIT and SIPI messages; each reports itself and waits again.
fn find_processors(board: &Board, trace: &mut Trace) {
    for cpu in board.cpus.iter().filter(|cpu| cpu.apic_id != 0) {
        record(trace, FirmwareEvent::ProcessorFound { apic_id: cpu.apic_id });
    }
}

/// Asks every device number of bus 0 for its vendor; silence reads as 0xFFFF.
fn find_pci_devices(board: &Board, trace: &mut Trace) {
    for device in &board.pci {
        record(
            trace,
            FirmwareEvent::PciDeviceFound {
                address: device.address,
                vendor_id: device.vendor_id,
                device_id: device.device_id,
                class: device.class,
                name: device.name(),
            },
        );
    }
}

/// Returns how long the disks took to answer.
fn find_disks(board: &Board, trace: &mut Trace) -> Nanos {
    let mut takes = Nanos::ZERO;
    for (disk, device) in (0..).zip(&board.disks) {
        let sectors = device.sector_count();
        record(trace, FirmwareEvent::DiskFound { disk, sectors, takes: DISK_IDENTIFY });
        takes = takes + DISK_IDENTIFY;
    }
    takes
}
