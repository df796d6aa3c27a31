//! Devices and files by GRUB's names: `(hd0,msdos1)/grub/grub.cfg`. GRUB manual, "Naming convention".

use crate::clock::Nanos;
use crate::hardware::{Board, HardwareEvent};
use crate::image::fat::{self, Extent, Found, NotFound};
use crate::image::partition::{Partition, PartitionKind, TableKind, read_table};
use crate::trace::{Trace, What};

/// A device that GRUB can name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Device {
    Disk { number: u32 },
    Partition { disk: u32, partition: Partition },
}

/// The disks in the order in which GRUB numbers them: the one it was started from is the first.
#[derive(Clone, Debug)]
pub(super) struct Drives {
    disks: Vec<u32>,
}

/// A path and the device it is on.
pub(super) struct Place<'p> {
    pub(super) device: Device,
    pub(super) path: &'p str,
}

impl Drives {
    pub(super) fn new(board: &Board, boot_disk: u32) -> Drives {
        let others = (0..board.disks.len() as u32).filter(|&disk| disk != boot_disk);
        Drives { disks: std::iter::once(boot_disk).chain(others).collect() }
    }

    /// The names of all disks and partitions, as `ls` prints them: partitions from the last to the first.
    pub(super) fn names(&self, board: &Board) -> Vec<String> {
        let mut names = Vec::new();
        for (number, &disk) in (0_u32..).zip(&self.disks) {
            names.push(format!("(hd{number})"));
            let table = board.disks.get(disk as usize).and_then(read_table);
            for partition in table.iter().flat_map(|table| table.partitions.iter().rev()) {
                names.push(format!("(hd{number},{})", partition_name(partition)));
            }
        }
        names
    }

    /// The board's number of a drive.
    fn disk(&self, number: u32) -> Option<u32> {
        self.disks.get(number as usize).copied()
    }

    /// Splits a device from the path that follows it and finds the device; `root` is the device of paths
    /// that name none. The error is GRUB's message.
    pub(super) fn resolve<'p>(&self, board: &Board, path: &'p str, root: &str) -> Result<Place<'p>, String> {
        let Some(rest) = path.strip_prefix('(') else {
            return Ok(Place { device: self.device(board, root)?, path });
        };
        let (device, path) = rest.split_once(')').ok_or("invalid file name `".to_owned() + path + "'")?;
        Ok(Place { device: self.device(board, device)?, path })
    }

    fn device(&self, board: &Board, name: &str) -> Result<Device, String> {
        let (drive, partition) = match name.split_once(',') {
            Some((drive, partition)) => (drive, Some(partition)),
            None => (name, None),
        };
        let number = drive.strip_prefix("hd").and_then(|number| number.parse().ok());
        let number: u32 = number.ok_or("no server is specified")?; // other names are the network's
        let disk = self.disk(number).ok_or_else(|| format!("disk `{drive}' not found"))?;
        let Some(wanted) = partition else { return Ok(Device::Disk { number: disk }) };
        let table = board.disks.get(disk as usize).and_then(read_table);
        let mut partitions = table.into_iter().flat_map(|table| table.partitions);
        let is_wanted = |partition: &Partition| {
            partition_name(partition) == wanted || partition.number.to_string() == wanted
        };
        match partitions.find(is_wanted) {
            Some(partition) => Ok(Device::Partition { disk, partition }),
            None => Err(format!("disk `{name}' not found")),
        }
    }
}

fn partition_name(partition: &Partition) -> String {
    let table = match partition.kind {
        PartitionKind::Mbr { .. } => TableKind::Mbr,
        PartitionKind::Gpt { .. } => TableKind::Gpt,
    };
    format!("{}{}", if table == TableKind::Mbr { "msdos" } else { "gpt" }, partition.number)
}

/// Finding a file by its directories.
const SEEK: Nanos = Nanos::millis(2);
/// Firmware reads slowly: about 50 MB a second.
const READ_PER_SECTOR: Nanos = Nanos::micros(10);

/// What is behind a place, and how long reading it took. The error is GRUB's message.
pub(super) fn open(board: &Board, trace: &mut Trace, place: &Place) -> Result<(Found, Nanos), String> {
    let Device::Partition { disk, partition } = &place.device else {
        return Err("unknown filesystem".to_owned());
    };
    let (found, extents) = fat::open(&board.disks[*disk as usize], partition, place.path);
    let mut takes = SEEK;
    for Extent { first_lba, sectors } in extents {
        trace.record(What::Hardware(HardwareEvent::DiskRead { disk: *disk, first_lba, sectors }));
        takes = takes + Nanos(READ_PER_SECTOR.0 * sectors);
    }
    match found {
        Ok(found) => Ok((found, takes)),
        Err(NotFound::NoFileSystem) => Err("unknown filesystem".to_owned()),
        Err(NotFound::NoFile) => Err(format!("file `{}' not found", place.path)),
    }
}
