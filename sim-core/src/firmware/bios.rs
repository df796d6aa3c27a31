//! A PC BIOS, with the texts of SeaBIOS 1.16.2: self-test, then the boot sector of the first disk of the
//! boot order that has one.

use super::int13::{self, BOOT_SECTOR};
use super::post::{Progress, SelfTest};
use super::{BootDevice, Component, FirmwareEvent, Next, Step, record};
use crate::bootloader::{self, Grub};
use crate::clock::Nanos;
use crate::hardware::{Board, CpuMode, CpuState, RESET_VECTOR, Ring};
use crate::trace::Trace;

/// Where a BIOS puts the boot sector, and where the boot sector expects to be.
const BOOT_SECTOR_ADDRESS: u64 = 0x7c00;
/// The last two bytes of a boot sector, read as a little-endian number.
const BOOT_SIGNATURE: u16 = 0xaa55;
const POST_BOOT_SELECTION: u8 = 0x90;
const POST_LEGACY_BOOT: u8 = 0xae;

const BANNER: &[u8] = b"\x1bc\x1b[?7l\x1b[2J\x1b[0mSeaBIOS (version 1.16.2-debian-1.16.2-1)\r\n";

/// The BIOS at work.
#[derive(Debug, Default)]
pub(super) struct Bios {
    stage: Stage,
}

#[derive(Debug, Default)]
enum Stage {
    #[default]
    ResetVector,
    SelfTest(SelfTest),
    /// Trying the device with this place in the boot order.
    Boot(u32),
    Stopped,
}

impl Bios {
    pub(super) fn advance(&mut self, board: &mut Board, trace: &mut Trace) -> Step {
        match &mut self.stage {
            Stage::ResetVector => {
                let firmware = board.spec().firmware.kind;
                record(trace, FirmwareEvent::ResetVector { address: RESET_VECTOR, firmware });
                self.stage = Stage::SelfTest(SelfTest::default());
                Next::After(Nanos::millis(1)).into()
            }
            Stage::SelfTest(test) => {
                let component = test.component();
                match test.advance(board, trace) {
                    Progress::Took(takes) => {
                        if component == Some(Component::SerialConsole) {
                            board.serial_write(trace, BANNER);
                        }
                        Next::After(takes).into()
                    }
                    Progress::Passed => {
                        self.stage = Stage::Boot(0);
                        let (component, code) = (Component::BootSelection, POST_BOOT_SELECTION);
                        let takes = Nanos::millis(5);
                        board.show_post_code(trace, code);
                        record(trace, FirmwareEvent::SelfTest { component, code, takes });
                        number_drives(board, trace);
                        Next::After(takes).into()
                    }
                    Progress::Failed => self.stop(board, trace),
                }
            }
            Stage::Boot(attempt) => {
                let attempt = *attempt;
                self.stage = Stage::Boot(attempt + 1);
                self.boot(board, trace, attempt)
            }
            Stage::Stopped => Next::Halted.into(),
        }
    }

    fn boot(&mut self, board: &mut Board, trace: &mut Trace, attempt: u32) -> Step {
        let Some(&device) = boot_devices(board).get(attempt as usize) else {
            board.serial_write(trace, b"No bootable device.\r\n");
            record(trace, FirmwareEvent::NoBootableDevice);
            return self.stop(board, trace);
        };
        record(trace, FirmwareEvent::BootAttempt { device });
        let BootDevice::Disk(disk) = device else {
            board.serial_write(trace, b"Booting from Floppy...\r\n");
            return give_up(board, trace, device, "could not read the boot disk");
        };
        board.serial_write(trace, b"Booting from Hard Disk...\r\n");
        let drive = int13::drives(board).into_iter().find(|drive| drive.disk == disk);
        let Some(sector) = drive.and_then(|drive| drive.read(board, trace, BOOT_SECTOR)) else {
            return give_up(board, trace, device, "could not read the boot disk");
        };
        let signature = u16::from_le_bytes([sector[510], sector[511]]);
        record(trace, FirmwareEvent::BootSectorRead { disk, address: BOOT_SECTOR_ADDRESS, signature });
        if signature != BOOT_SIGNATURE {
            return give_up(board, trace, device, "not a bootable disk");
        }
        board.show_post_code(trace, POST_LEGACY_BOOT);
        record(trace, FirmwareEvent::BootSectorStarted { disk, address: BOOT_SECTOR_ADDRESS });
        match bootloader::boot_sector_code(&sector) {
            Some(boot_sector) => {
                Step::Chain(Box::new(Grub::from_boot_sector(disk, boot_sector)), Nanos::millis(1))
            }
            None => {
                record(trace, FirmwareEvent::UnknownCode { address: BOOT_SECTOR_ADDRESS });
                self.stop(board, trace)
            }
        }
    }

    fn stop(&mut self, board: &mut Board, trace: &mut Trace) -> Step {
        self.stage = Stage::Stopped;
        board.set_cpu(trace, 0, CpuState::Halted, CpuMode::Real, Ring::Ring0);
        Next::Halted.into()
    }
}

/// Gives the disks their drive numbers.
fn number_drives(board: &Board, trace: &mut Trace) {
    for int13::Drive { number, disk, cylinders } in int13::drives(board) {
        let (heads, sectors_per_track) = (int13::HEADS, int13::SECTORS_PER_TRACK);
        let drive = number;
        record(trace, FirmwareEvent::Int13Drive { drive, disk, cylinders, heads, sectors_per_track });
    }
}

/// What is tried, first to last. On a board without disks nothing stands in the settings, and the BIOS
/// falls back to what every PC once had.
fn boot_devices(board: &Board) -> Vec<BootDevice> {
    let disks = board.boot_order();
    if disks.is_empty() {
        return vec![BootDevice::Disk(0), BootDevice::Floppy];
    }
    disks.into_iter().map(BootDevice::Disk).collect()
}

fn give_up(board: &mut Board, trace: &mut Trace, device: BootDevice, why: &'static str) -> Step {
    record(trace, FirmwareEvent::BootAttemptFailed { device, why });
    board.serial_write(trace, format!("Boot failed: {why}\r\n\n").as_bytes());
    Next::After(Nanos::millis(10)).into()
}
