//! The BIOS's view of disks: drive numbers from 0x80, and sectors by cylinder, head and sector as INT 13h,
//! AH=02h wants them.

use crate::hardware::{Board, Sector};
use crate::trace::Trace;

/// A disk as INT 13h shows it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Drive {
    /// 0x80 for the first.
    pub(super) number: u8,
    /// Its place in the spec.
    pub(super) disk: u32,
    pub(super) cylinders: u32,
}

/// The geometry that BIOSes give disks of more than 8 GB or so, whatever is inside them.
pub(super) const HEADS: u32 = 255;
pub(super) const SECTORS_PER_TRACK: u32 = 63;
/// Ten bits of a cylinder number fit the call's registers.
const CYLINDERS_MAX: u32 = 1024;
const FIRST_DRIVE: u8 = 0x80;

/// The place of a sector. Sectors count from 1, the others from 0.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Chs {
    pub(super) cylinder: u32,
    pub(super) head: u32,
    pub(super) sector: u32,
}

/// Where every disk begins.
pub(super) const BOOT_SECTOR: Chs = Chs { cylinder: 0, head: 0, sector: 1 };

/// The drives, numbered in the boot order: the first to be tried is 0x80.
pub(super) fn drives(board: &Board) -> Vec<Drive> {
    let order = board.boot_order();
    let others = (0..board.disks.len() as u32).filter(|disk| !order.contains(disk));
    let disks = order.iter().copied().chain(others);
    (FIRST_DRIVE..)
        .zip(disks)
        .map(|(number, disk)| {
            let tracks = board.disks[disk as usize].sector_count() / u64::from(SECTORS_PER_TRACK);
            let cylinders = (tracks / u64::from(HEADS)).min(u64::from(CYLINDERS_MAX)) as u32;
            Drive { number, disk, cylinders }
        })
        .collect()
}

impl Drive {
    /// Reads one sector; none if the place is not on the disk.
    pub(super) fn read(&self, board: &Board, trace: &mut Trace, place: Chs) -> Option<Sector> {
        let Chs { cylinder, head, sector } = place;
        if head >= HEADS || !(1..=SECTORS_PER_TRACK).contains(&sector) {
            return None;
        }
        let track = u64::from(cylinder) * u64::from(HEADS) + u64::from(head);
        let lba = track * u64::from(SECTORS_PER_TRACK) + u64::from(sector) - 1;
        let bytes = board.disk_read(trace, self.disk, lba, 1).ok()?;
        bytes.first_chunk().copied()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::hardware::BoardSpec;
    use crate::image::Software;

    #[test]
    fn places_are_those_of_the_partition_tables_chs_fields() {
        let board = Board::new(&BoardSpec::default(), Software::default()).unwrap();
        let drive = drives(&board)[0];
        assert_eq!((drive.number, drive.cylinders), (0x80, 1024));
        let mut trace = Trace::new(1);
        let mut read =
            |cylinder, head, sector| drive.read(&board, &mut trace, Chs { cylinder, head, sector });
        assert_eq!(read(0, 0, 1).map(|sector| [sector[510], sector[511]]), Some([0x55, 0xaa]));
        // Partition 1 begins at sector 2048: 32 tracks of 63, and 32 more.
        assert_eq!(read(0, 32, 33).map(|sector| sector[82..87].to_vec()), Some(b"FAT32".to_vec()));
        assert_eq!(read(0, 0, 0), None);
        assert_eq!(read(0, 255, 1), None);
        assert_eq!(read(2000, 0, 1), None);
    }
}
