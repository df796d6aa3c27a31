//! From the boot sector to the configuration file.

use super::commands::Session;
use super::{BootloaderEvent, CORE_START, Grub, Origin, READ_PER_SECTOR, SECTORS_PER_READ, State, record};
use crate::clock::Nanos;
use crate::firmware::{FirmwareEvent, Next, enter_mode, record as record_firmware};
use crate::hardware::{Board, CpuMode, FirmwareKind, SECTOR_LEN};
use crate::image::boot_code::{BootSector, CoreImage};
use crate::trace::Trace;

impl Grub {
    pub(super) fn boot_sector(&mut self, sector: BootSector, trace: &mut Trace) -> Next {
        let BootSector { core_lba, core_sectors } = sector;
        record(trace, BootloaderEvent::BootSector { core_lba, core_sectors });
        self.terminal.control("GRUB ");
        self.state = State::LoadCore(sector);
        Next::After(Nanos::millis(1))
    }

    pub(super) fn load_core(&mut self, sector: BootSector, board: &mut Board, trace: &mut Trace) -> Next {
        let bytes = board.disk_read(trace, self.boot_disk, sector.core_lba, sector.core_sectors);
        let Ok(bytes) = bytes else {
            self.terminal.control("Read Error");
            return Next::Halted;
        };
        self.terminal.control("loading");
        let pieces = sector.core_sectors.div_ceil(SECTORS_PER_READ);
        (0..pieces).for_each(|_| self.terminal.control("."));
        self.terminal.control("\r\n");
        let sectors = bytes.len() as u64 / SECTOR_LEN;
        let takes = Nanos(READ_PER_SECTOR.0 * sectors) + CORE_START;
        let Some(core) = CoreImage::recognise(&bytes) else {
            record_firmware(trace, FirmwareEvent::UnknownCode { address: 0x8000 });
            return Next::Halted;
        };
        record(trace, BootloaderEvent::CoreLoaded { sectors, takes });
        self.state = State::Core(core);
        Next::After(takes)
    }

    pub(super) fn start_core(&mut self, core: CoreImage, board: &mut Board, trace: &mut Trace) -> Next {
        // Unpacking itself takes 32-bit mode; each call of the BIOS goes back to real mode for a moment.
        let welcome = match board.spec().firmware.kind {
            FirmwareKind::Bios => {
                enter_mode(board, trace, CpuMode::Protected);
                "\x1b[0;30;47mWelcome to GRUB!\r\n\n"
            }
            FirmwareKind::Uefi => "\x1b[0m\x1b[30m\x1b[47mWelcome to GRUB!\n\r\n\r\x1b[0m\x1b[37m\x1b[40m",
        };
        self.terminal.control(welcome);
        record(trace, BootloaderEvent::CoreStarted { prefix: core.prefix.clone() });
        self.session = Some(Session::new(board, self.boot_disk, &core.prefix));
        self.run_source(&core.embedded_config, Origin::EmbeddedConfig)
    }

    pub(super) fn read_config(&mut self, board: &mut Board, trace: &mut Trace) -> Next {
        let session = self.session();
        session.enter_normal_mode();
        let path = session.variable("prefix") + "/grub.cfg";
        match session.read(&path, board, trace) {
            Ok((bytes, takes)) => {
                let source = String::from_utf8_lossy(&bytes).into_owned();
                self.run_source(&source, Origin::Config { path });
                Next::After(takes)
            }
            Err(_) => {
                record(trace, BootloaderEvent::ConfigMissing { path });
                self.open_prompt()
            }
        }
    }
}
