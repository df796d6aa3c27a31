//! Block devices: disks, and the partitions that their tables name.

use crate::abi::{Bytes, Dev};
use crate::hardware::{Disk, SECTOR_LEN};
use crate::image::partition::{PartitionKind, read_table};
use crate::kernel::Kernel;
use crate::kernel::security::{SysResult, Why, deny, ensure};
use crate::kernel::vfs::Node;

/// What `register_blkdev` gives the virtio block driver: the highest number of the dynamic range.
pub const VIRTBLK_MAJOR: u32 = 254;
/// How many minor numbers a disk has: itself and 15 partitions.
const MINORS_PER_DISK: u32 = 16;

/// The block layer: the disks that drivers have found, and what can be opened of them.
#[derive(Debug, Default)]
pub struct BlockLayer {
    /// As they are plugged in.
    disks: Vec<Disk>,
    devices: Vec<BlockDevice>,
}

/// A disk or one of its partitions.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BlockDevice {
    /// In /dev and /proc/partitions.
    pub name: String,
    pub dev: Dev,
    disk: u32,
    /// 0 for the disk as a whole.
    pub partition: u32,
    pub first_sector: u64,
    pub sectors: u64,
    /// Its directory in sysfs, below /sys.
    pub path: String,
    /// What tells the partition from all others: PARTUUID. Empty for a disk.
    pub uuid: String,
}

impl BlockLayer {
    /// The device that `root=` names: `early_lookup_bdev` in block/early-lookup.c.
    pub fn named_as_root(&self, name: &str) -> Option<&BlockDevice> {
        match name.strip_prefix("PARTUUID=") {
            Some(uuid) => self
                .devices
                .iter()
                .find(|device| device.partition > 0 && device.uuid.eq_ignore_ascii_case(uuid)),
            None => self.by_name(name.strip_prefix("/dev/")?),
        }
    }
}

impl BlockDevice {
    pub fn size_bytes(&self) -> u64 {
        self.sectors * SECTOR_LEN
    }
}

impl BlockLayer {
    pub(crate) fn new(disks: Vec<Disk>) -> BlockLayer {
        BlockLayer { disks, devices: Vec::new() }
    }

    pub fn disks(&self) -> &[Disk] {
        &self.disks
    }

    /// Gives the disks back to the board.
    pub(crate) fn release(&mut self) -> Vec<Disk> {
        self.devices.clear();
        std::mem::take(&mut self.disks)
    }

    /// The devices, each disk before its partitions.
    pub fn devices(&self) -> &[BlockDevice] {
        &self.devices
    }

    pub fn device(&self, dev: Dev) -> Option<&BlockDevice> {
        self.devices.iter().find(|device| device.dev == dev)
    }

    pub fn by_name(&self, name: &str) -> Option<&BlockDevice> {
        self.devices.iter().find(|device| device.name == name)
    }

    fn read(&self, device: &BlockDevice, offset: u64, count: u64) -> Vec<u8> {
        let end = offset.saturating_add(count).min(device.size_bytes());
        if offset >= end {
            return Vec::new();
        }
        let (first, last) = (offset / SECTOR_LEN, (end - 1) / SECTOR_LEN);
        let disk = &self.disks[device.disk as usize];
        let sectors = disk.read_many(device.first_sector + first, last - first + 1).unwrap_or_default();
        let skip = (offset - first * SECTOR_LEN) as usize;
        sectors.into_iter().skip(skip).take((end - offset) as usize).collect()
    }

    /// Writes within the device; sectors that are written in part keep the rest.
    fn write(&mut self, device: &BlockDevice, offset: u64, data: &[u8]) {
        let mut sectors = {
            let (first, last) = (offset / SECTOR_LEN, (offset + data.len() as u64 - 1) / SECTOR_LEN);
            self.read(device, first * SECTOR_LEN, (last - first + 1) * SECTOR_LEN)
        };
        let skip = (offset % SECTOR_LEN) as usize;
        sectors[skip..skip + data.len()].copy_from_slice(data);
        let disk = &mut self.disks[device.disk as usize];
        let _ = disk.write_many(device.first_sector + offset / SECTOR_LEN, &sectors);
    }
}

impl Kernel {
    /// The driver has found a disk, behind the device at `parent` in sysfs: it gets its name, its partitions are
    /// looked for, and devtmpfs gets nodes.
    /// Returns the names, as the log lists them.
    pub(super) fn add_disk(&mut self, disk: u32, parent: &str) -> Vec<String> {
        let name = format!("vd{}", letters(disk));
        let path = format!("{parent}/block/{name}");
        let device = &self.block.disks[disk as usize];
        let whole = (0, 0, device.sector_count(), String::new());
        let table = read_table(device);
        let partitions = table.iter().flat_map(|table| &table.partitions);
        let disk_id = device
            .read(0)
            .map_or(0, |sector| u32::from_le_bytes([sector[440], sector[441], sector[442], sector[443]]));
        let ranges = partitions.map(|partition| {
            let uuid = match partition.kind {
                PartitionKind::Mbr { .. } => format!("{disk_id:08x}-{:02x}", partition.number),
                PartitionKind::Gpt { unique, .. } => unique.to_string(),
            };
            (partition.number, partition.first_lba, partition.sectors, uuid)
        });
        let devices: Vec<BlockDevice> = std::iter::once(whole)
            .chain(ranges)
            .filter(|&(partition, ..)| partition < MINORS_PER_DISK)
            .map(|(partition, first_sector, sectors, uuid)| BlockDevice {
                name: if partition == 0 { name.clone() } else { format!("{name}{partition}") },
                dev: Dev { major: VIRTBLK_MAJOR, minor: disk * MINORS_PER_DISK + partition },
                disk,
                partition,
                path: if partition == 0 { path.clone() } else { format!("{path}/{name}{partition}") },
                first_sector,
                sectors,
                uuid,
            })
            .collect();
        let names = devices.iter().map(|device| device.name.clone()).collect();
        for device in devices {
            self.add_device_node(&device.name, Node::BlockDevice(device.dev), 0o600);
            self.block.devices.push(device);
        }
        names
    }

    fn block_device(&self, dev: Dev) -> SysResult<BlockDevice> {
        let device = self.block.device(dev).cloned();
        device.ok_or_else(|| Why::NoDeviceBehind { major: dev.major, minor: dev.minor }.into())
    }

    /// read(2) of a block device.
    pub(crate) fn read_block(&self, dev: Dev, offset: u64, count: u64) -> SysResult<Bytes> {
        let device = self.block_device(dev)?;
        Ok(self.block.read(&device, offset, count.min(READ_MAX)).into())
    }

    /// write(2) to a block device. Returns how many bytes were written: it ends where the device ends.
    pub(crate) fn write_block(&mut self, dev: Dev, offset: u64, data: &[u8]) -> SysResult<u64> {
        let device = self.block_device(dev)?;
        if data.is_empty() {
            return Ok(0);
        }
        let room = device.size_bytes().saturating_sub(offset).min(data.len() as u64);
        ensure(room > 0, Why::DeviceEnd)?;
        self.block.write(&device, offset, &data[..room as usize]);
        Ok(room)
    }

    /// How long an open block device is, in bytes: where SEEK_END leads.
    pub(crate) fn block_size_bytes(&self, dev: Dev) -> u64 {
        self.block.device(dev).map_or(0, BlockDevice::size_bytes)
    }

    /// Whether a driver stands behind the number of a block device: open(2).
    pub(crate) fn check_block_device(&self, dev: Dev) -> SysResult<()> {
        match self.block.device(dev) {
            Some(_) => Ok(()),
            None => deny(Why::NoDeviceBehind { major: dev.major, minor: dev.minor }),
        }
    }
}

/// a, b, .., z, aa, ab, ..: how Linux counts disks.
fn letters(index: u32) -> String {
    let last = char::from(b'a' + (index % 26) as u8);
    match index / 26 {
        0 => last.to_string(),
        more => letters(more - 1) + &last.to_string(),
    }
}

/// The most that one read gives, in bytes: what Linux reads at once, MAX_RW_COUNT, is more than anyone wants.
const READ_MAX: u64 = 16 << 20;
