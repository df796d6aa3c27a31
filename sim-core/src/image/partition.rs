//! Partition tables: the MBR's four entries, and the GPT of the UEFI specification (chapter 5).
//!
//! Written here because the crates for it want random GUIDs from the host; this one is 200 lines.

use crc::{CRC_32_ISO_HDLC, Crc};
use serde::Serialize;

use crate::hardware::{BeyondEnd, Disk, SECTOR_LEN, Sector};

const CRC32: Crc<u32> = Crc::<u32>::new(&CRC_32_ISO_HDLC);

const MBR_TABLE: usize = 446;
const MBR_ENTRY_LEN: usize = 16;
const GPT_SIGNATURE: &[u8; 8] = b"EFI PART";
const GPT_HEADER_LEN: u32 = 92;
const GPT_ENTRIES: u32 = 128;
const GPT_ENTRY_LEN: u32 = 128;
/// The sectors of one copy of the table: 128 entries of 128 bytes.
const GPT_TABLE_SECTORS: u64 = 32;

/// A GUID as GPT stores it: the first three groups little-endian, the rest as written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize)]
pub struct Guid(pub u32, pub u16, pub u16, pub [u8; 8]);

/// The partition type of an EFI system partition: C12A7328-F81F-11D2-BA4B-00A0C93EC93B.
pub const EFI_SYSTEM: Guid =
    Guid(0xc12a_7328, 0xf81f, 0x11d2, [0xba, 0x4b, 0x00, 0xa0, 0xc9, 0x3e, 0xc9, 0x3b]);
/// The partition type of Linux files: 0FC63DAF-8483-4772-8E79-3D69D8477DE4.
pub const LINUX_FILESYSTEM: Guid =
    Guid(0x0fc6_3daf, 0x8483, 0x4772, [0x8e, 0x79, 0x3d, 0x69, 0xd8, 0x47, 0x7d, 0xe4]);

impl Guid {
    fn to_bytes(self) -> [u8; 16] {
        let mut bytes = [0; 16];
        bytes[..4].copy_from_slice(&self.0.to_le_bytes());
        bytes[4..6].copy_from_slice(&self.1.to_le_bytes());
        bytes[6..8].copy_from_slice(&self.2.to_le_bytes());
        bytes[8..].copy_from_slice(&self.3);
        bytes
    }

    fn from_bytes(bytes: &[u8; 16]) -> Guid {
        let [a, b, c, d, e, f, g, h, rest @ ..] = *bytes;
        Guid(u32::from_le_bytes([a, b, c, d]), u16::from_le_bytes([e, f]), u16::from_le_bytes([g, h]), rest)
    }
}

impl std::fmt::Display for Guid {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Guid(a, b, c, d) = self;
        write!(f, "{a:08x}-{b:04x}-{c:04x}-{:02x}{:02x}-", d[0], d[1])?;
        d[2..].iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

/// Which kind of table a disk has.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum TableKind {
    Mbr,
    Gpt,
}

/// One partition.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Partition {
    /// From 1, as Linux counts: the entry's place in the table.
    pub number: u32,
    pub first_lba: u64,
    pub sectors: u64,
    pub kind: PartitionKind,
}

/// What a partition is for, in the words of its table.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum PartitionKind {
    Mbr { kind: u8, active: bool },
    Gpt { kind: Guid, unique: Guid },
}

/// The partitions of a disk, as firmware, bootloader and kernel find them.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct PartitionTable {
    pub kind: TableKind,
    pub partitions: Vec<Partition>,
    /// GPT: which copy of the table held.
    pub from: GptCopy,
}

/// Where a table was read from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum GptCopy {
    Primary,
    /// The copy at the end of the disk, because the first is damaged.
    Backup,
}

/// Reads the partition table of a disk; none if it has none.
pub fn read_table(disk: &Disk) -> Option<PartitionTable> {
    let mbr = disk.read(0).ok()?;
    if mbr[510..] != [0x55, 0xaa] {
        return None;
    }
    let partitions: Vec<Partition> = (1..=4).filter_map(|number| mbr_entry(&mbr, number)).collect();
    let protective = |partition: &Partition| {
        matches!(partition.kind, PartitionKind::Mbr { kind: MBR_KIND_PROTECTIVE, .. })
    };
    if !partitions.iter().any(protective) {
        return Some(PartitionTable { kind: TableKind::Mbr, partitions, from: GptCopy::Primary });
    }
    let (from, partitions) = match read_gpt(disk, 1) {
        Some(partitions) => (GptCopy::Primary, partitions),
        None => (GptCopy::Backup, read_gpt(disk, disk.sector_count() - 1)?),
    };
    Some(PartitionTable { kind: TableKind::Gpt, partitions, from })
}

/// A partition to write.
#[derive(Clone, Debug)]
pub struct NewPartition {
    pub first_lba: u64,
    pub sectors: u64,
    /// For an MBR.
    pub mbr_kind: u8,
    /// For a GPT.
    pub gpt_kind: Guid,
    pub gpt_unique: Guid,
    pub name: &'static str,
}

const MBR_KIND_PROTECTIVE: u8 = 0xee;
const ACTIVE: u8 = 0x80;

/// Writes an MBR with `partitions`, the first of them active, keeping the boot code.
pub fn write_mbr(disk: &mut Disk, disk_id: u32, partitions: &[NewPartition]) -> Result<(), BeyondEnd> {
    let mut mbr = disk.read(0)?;
    mbr[440..444].copy_from_slice(&disk_id.to_le_bytes());
    for (index, partition) in partitions.iter().enumerate() {
        let status = if index == 0 { ACTIVE } else { 0 };
        put_mbr_entry(&mut mbr, index, status, partition.mbr_kind, partition.first_lba, partition.sectors);
    }
    mbr[510..].copy_from_slice(&[0x55, 0xaa]);
    disk.write(0, &mbr)
}

fn put_mbr_entry(mbr: &mut Sector, index: usize, status: u8, kind: u8, first_lba: u64, sectors: u64) {
    let entry = &mut mbr[MBR_TABLE + index * MBR_ENTRY_LEN..][..MBR_ENTRY_LEN];
    entry[0] = status;
    entry[1..4].copy_from_slice(&chs(first_lba));
    entry[4] = kind;
    entry[5..8].copy_from_slice(&chs(first_lba + sectors - 1));
    let clamp = |number: u64| u32::try_from(number).unwrap_or(u32::MAX).to_le_bytes();
    entry[8..12].copy_from_slice(&clamp(first_lba));
    entry[12..16].copy_from_slice(&clamp(sectors));
}

/// A sector's cylinder, head and sector in an MBR's packing, for the geometry of 255 heads and 63
/// sectors; the largest value where the cylinder does not fit ten bits.
fn chs(lba: u64) -> [u8; 3] {
    let (cylinder, head, sector) = (lba / (255 * 63), lba / 63 % 255, lba % 63 + 1);
    if cylinder > 1023 {
        return [254, 0xff, 0xff];
    }
    [head as u8, (sector | cylinder >> 2 & 0xc0) as u8, cylinder as u8]
}

fn mbr_entry(mbr: &Sector, number: u32) -> Option<Partition> {
    let entry = &mbr[MBR_TABLE + (number as usize - 1) * MBR_ENTRY_LEN..][..MBR_ENTRY_LEN];
    let number_at = |at: usize| u32::from_le_bytes([entry[at], entry[at + 1], entry[at + 2], entry[at + 3]]);
    let kind = PartitionKind::Mbr { kind: entry[4], active: entry[0] == ACTIVE };
    let (first_lba, sectors) = (u64::from(number_at(8)), u64::from(number_at(12)));
    (entry[4] != 0 && sectors != 0).then_some(Partition { number, first_lba, sectors, kind })
}

/// Writes a protective MBR and both copies of a GPT.
pub fn write_gpt(disk: &mut Disk, disk_guid: Guid, partitions: &[NewPartition]) -> Result<(), BeyondEnd> {
    let last = disk.sector_count() - 1;
    let mut mbr = disk.read(0)?;
    put_mbr_entry(&mut mbr, 0, 0, MBR_KIND_PROTECTIVE, 1, last);
    mbr[510..].copy_from_slice(&[0x55, 0xaa]);
    disk.write(0, &mbr)?;

    let mut table = Vec::with_capacity((GPT_TABLE_SECTORS * SECTOR_LEN) as usize);
    for partition in partitions {
        table.extend(partition.gpt_kind.to_bytes());
        table.extend(partition.gpt_unique.to_bytes());
        table.extend(partition.first_lba.to_le_bytes());
        table.extend((partition.first_lba + partition.sectors - 1).to_le_bytes());
        table.extend(0_u64.to_le_bytes()); // attributes
        let end = table.len() + 72;
        table.extend(partition.name.encode_utf16().flat_map(u16::to_le_bytes));
        table.resize(end, 0);
    }
    table.resize((GPT_TABLE_SECTORS * SECTOR_LEN) as usize, 0);

    let backup_table = last - GPT_TABLE_SECTORS;
    disk.write_many(2, &table)?;
    disk.write_many(1, &gpt_header(1, last, 2, disk_guid, last, &table))?;
    disk.write_many(backup_table, &table)?;
    disk.write_many(last, &gpt_header(last, 1, backup_table, disk_guid, last, &table))
}

fn gpt_header(own: u64, other: u64, table_lba: u64, disk_guid: Guid, last: u64, table: &[u8]) -> Vec<u8> {
    let mut header = Vec::new();
    header.extend(GPT_SIGNATURE);
    header.extend(0x0001_0000_u32.to_le_bytes()); // revision 1.0
    header.extend(GPT_HEADER_LEN.to_le_bytes());
    header.extend([0; 8]); // the header's checksum, see below, and a reserved field
    header.extend(own.to_le_bytes());
    header.extend(other.to_le_bytes());
    header.extend((2 + GPT_TABLE_SECTORS).to_le_bytes()); // first usable
    header.extend((last - GPT_TABLE_SECTORS - 1).to_le_bytes()); // last usable
    header.extend(disk_guid.to_bytes());
    header.extend(table_lba.to_le_bytes());
    header.extend(GPT_ENTRIES.to_le_bytes());
    header.extend(GPT_ENTRY_LEN.to_le_bytes());
    header.extend(CRC32.checksum(table).to_le_bytes());
    let checksum = CRC32.checksum(&header);
    header[16..20].copy_from_slice(&checksum.to_le_bytes());
    header
}

/// Reads one copy of a GPT; none if its signature or a checksum is wrong.
fn read_gpt(disk: &Disk, header_lba: u64) -> Option<Vec<Partition>> {
    let header = disk.read(header_lba).ok()?;
    let u32_at = |at: usize| u32::from_le_bytes(*header[at..].first_chunk().expect("it is in the sector"));
    let u64_at = |at: usize| u64::from_le_bytes(*header[at..].first_chunk().expect("it is in the sector"));
    let header_len = u32_at(12) as usize;
    if header[..8] != *GPT_SIGNATURE || !(GPT_HEADER_LEN as usize..=header.len()).contains(&header_len) {
        return None;
    }
    let mut without_checksum = header;
    without_checksum[16..20].fill(0);
    if CRC32.checksum(&without_checksum[..header_len]) != u32_at(16) || u64_at(24) != header_lba {
        return None;
    }
    let (table_lba, count, entry_len) = (u64_at(72), u32_at(80), u32_at(84));
    if entry_len != GPT_ENTRY_LEN || count > 1024 {
        return None;
    }
    let table_len = u64::from(count) * u64::from(entry_len);
    let table = disk.read_many(table_lba, table_len.div_ceil(SECTOR_LEN)).ok()?;
    let table = &table[..table_len as usize];
    if CRC32.checksum(table) != u32_at(88) {
        return None;
    }
    Some((1..).zip(table.chunks(GPT_ENTRY_LEN as usize)).filter_map(gpt_entry).collect())
}

fn gpt_entry((number, entry): (u32, &[u8])) -> Option<Partition> {
    let kind = Guid::from_bytes(entry.first_chunk()?);
    if kind == Guid(0, 0, 0, [0; 8]) {
        return None;
    }
    let unique = Guid::from_bytes(entry[16..].first_chunk()?);
    let first_lba = u64::from_le_bytes(*entry[32..].first_chunk()?);
    let last_lba = u64::from_le_bytes(*entry[40..].first_chunk()?);
    let sectors = last_lba.checked_sub(first_lba)? + 1;
    Some(Partition { number, first_lba, sectors, kind: PartitionKind::Gpt { kind, unique } })
}
