//! Making a FAT32 volume with files in it, front to back, nothing fragmented.
//!
//! Source: the "Microsoft FAT Specification" of 2005. Written here because what the crate `fatfs` 0.3
//! writes fails fsck.fat (long names for `.` and `..`, dates of month 0), and because the free part of a
//! volume need not be written at all to a disk of zeros.

use std::collections::BTreeMap;

use crate::hardware::{BeyondEnd, Disk, SECTOR_LEN};

/// A volume's label, padded with spaces, and its serial number.
pub struct Identity {
    pub label: [u8; 11],
    pub serial: u32,
}

const RESERVED_SECTORS: u64 = 32;
const FATS: u64 = 2;
const FS_INFO_SECTOR: u64 = 1;
const BACKUP_BOOT_SECTOR: u64 = 6;
/// A cluster is a sector here; the numbers of data clusters begin at 2.
const FIRST_CLUSTER: u32 = 2;
const ENTRY_LEN: usize = 32;
const END_OF_CHAIN: u32 = 0x0fff_ffff;

const ATTRIBUTE_LABEL: u8 = 0x08;
const ATTRIBUTE_DIRECTORY: u8 = 0x10;
const ATTRIBUTE_FILE: u8 = 0x20;
const ATTRIBUTE_LONG_NAME: u8 = 0x0f;
/// 2025-12-01 00:00, as every file of the image.
const DATE: u16 = (2025 - 1980) << 9 | 12 << 5 | 1;

/// Formats part of an empty disk as FAT32 and fills it: each file's path (with `/`) and contents.
/// Directories are made as needed.
pub fn make(
    disk: &mut Disk,
    first_lba: u64,
    sectors: u64,
    identity: Identity,
    files: &[(String, Vec<u8>)],
) -> Result<(), BeyondEnd> {
    let geometry = Geometry::new(first_lba, sectors);
    let mut volume = Volume { disk, geometry, chains: Vec::new(), next_cluster: FIRST_CLUSTER };
    let tree = Directory::of(files);
    // The root directory is the first cluster by custom, so its length is settled before its contents.
    let root_cluster = volume.reserve(tree.bytes_long(Level::Root))?;
    let label = short_entry(&identity.label, ATTRIBUTE_LABEL, 0, 0);
    volume.fill_directory(root_cluster, &tree, label.to_vec(), Level::Root)?;
    volume.write_tables(&identity)
}

/// A directory to be: what is in it, by name.
#[derive(Default)]
struct Directory<'a> {
    entries: BTreeMap<&'a str, Node<'a>>,
}

enum Node<'a> {
    Directory(Directory<'a>),
    File(&'a [u8]),
}

/// The root directory begins with the volume's label, others with `.` and `..`.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Level {
    Root,
    Below { parent_cluster: u32 },
}

impl<'a> Directory<'a> {
    fn of(files: &'a [(String, Vec<u8>)]) -> Directory<'a> {
        let mut root = Directory::default();
        for (path, contents) in files {
            let mut directory = &mut root;
            let (parents, name) = path.rsplit_once('/').unwrap_or(("", path));
            for parent in parents.split('/').filter(|parent| !parent.is_empty()) {
                let node = directory.entries.entry(parent).or_insert(Node::Directory(Directory::default()));
                match node {
                    Node::Directory(child) => directory = child,
                    Node::File(_) => panic!("{parent} in {path} is a file"),
                }
            }
            directory.entries.insert(name, Node::File(contents));
        }
        root
    }

    fn bytes_long(&self, level: Level) -> u64 {
        let fixed = if level == Level::Root { 1 } else { 2 };
        let names = self.entries.keys().zip(1..);
        let entries: usize =
            names.map(|(name, number)| 1 + long_entries(name, &short_name(name, number))).sum();
        ((fixed + entries) * ENTRY_LEN) as u64
    }
}

struct Geometry {
    first_lba: u64,
    sectors: u64,
    fat_sectors: u64,
}

impl Geometry {
    fn new(first_lba: u64, sectors: u64) -> Geometry {
        // Each FAT sector describes 128 clusters of one sector, and itself takes FATS sectors.
        let fat_sectors = (sectors - RESERVED_SECTORS + 2).div_ceil(128 + FATS);
        Geometry { first_lba, sectors, fat_sectors }
    }

    fn data_clusters(&self) -> u64 {
        self.sectors - RESERVED_SECTORS - FATS * self.fat_sectors
    }

    fn cluster_lba(&self, cluster: u32) -> u64 {
        let data = self.first_lba + RESERVED_SECTORS + FATS * self.fat_sectors;
        data + u64::from(cluster - FIRST_CLUSTER)
    }
}

struct Volume<'d> {
    disk: &'d mut Disk,
    geometry: Geometry,
    /// First and last cluster of everything on the volume.
    chains: Vec<(u32, u32)>,
    next_cluster: u32,
}

impl Volume<'_> {
    /// Takes the next clusters for `len` bytes.
    fn reserve(&mut self, len: u64) -> Result<u32, BeyondEnd> {
        let first = self.next_cluster;
        let count = len.div_ceil(SECTOR_LEN).max(1) as u32;
        self.next_cluster += count;
        let end = self.geometry.cluster_lba(self.next_cluster);
        let volume_end = self.geometry.first_lba + self.geometry.sectors;
        if end > volume_end {
            return Err(BeyondEnd { lba: end, sector_count: volume_end });
        }
        self.chains.push((first, self.next_cluster - 1));
        Ok(first)
    }

    fn fill_directory(
        &mut self,
        cluster: u32,
        directory: &Directory,
        mut table: Vec<u8>,
        level: Level,
    ) -> Result<(), BeyondEnd> {
        for ((name, node), number) in directory.entries.iter().zip(1..) {
            let (attribute, first_cluster, len) = match node {
                Node::File([]) => (ATTRIBUTE_FILE, 0, 0),
                Node::File(contents) => {
                    let first_cluster = self.reserve(contents.len() as u64)?;
                    self.disk.write_many(self.geometry.cluster_lba(first_cluster), contents)?;
                    (ATTRIBUTE_FILE, first_cluster, contents.len() as u32)
                }
                Node::Directory(child) => {
                    // The root is written as cluster 0 where a directory names its parent.
                    let parent_cluster = if level == Level::Root { 0 } else { cluster };
                    let below = Level::Below { parent_cluster };
                    let first_cluster = self.reserve(child.bytes_long(below))?;
                    let mut table =
                        short_entry(b".          ", ATTRIBUTE_DIRECTORY, first_cluster, 0).to_vec();
                    table.extend(short_entry(b"..         ", ATTRIBUTE_DIRECTORY, parent_cluster, 0));
                    self.fill_directory(first_cluster, child, table, below)?;
                    (ATTRIBUTE_DIRECTORY, first_cluster, 0)
                }
            };
            let short = short_name(name, number);
            table.extend(long_name(name, &short, long_entries(name, &short)));
            table.extend(short_entry(&short, attribute, first_cluster, len));
        }
        self.disk.write_many(self.geometry.cluster_lba(cluster), &table)
    }

    /// Writes boot sector, FSInfo and both FATs, once all chains are known.
    fn write_tables(&mut self, identity: &Identity) -> Result<(), BeyondEnd> {
        let mut fat = vec![0x0fff_fff8, END_OF_CHAIN];
        for &(first, last) in &self.chains {
            fat.extend(first + 1..=last);
            fat.push(END_OF_CHAIN);
        }
        let fat: Vec<u8> = fat.into_iter().flat_map(u32::to_le_bytes).collect();
        let first = self.geometry.first_lba;
        for copy in 0..FATS {
            self.disk.write_many(first + RESERVED_SECTORS + copy * self.geometry.fat_sectors, &fat)?;
        }
        let (boot, info) = (self.boot_sector(identity), self.fs_info());
        for base in [first, first + BACKUP_BOOT_SECTOR] {
            self.disk.write_many(base, &boot)?;
            self.disk.write_many(base + FS_INFO_SECTOR, &info)?;
        }
        Ok(())
    }

    fn boot_sector(&self, identity: &Identity) -> [u8; 512] {
        let mut sector = [0; 512];
        let mut put =
            |offset: usize, bytes: &[u8]| sector[offset..offset + bytes.len()].copy_from_slice(bytes);
        put(0, &[0xeb, 0x58, 0x90]);
        put(3, b"GLASSHUL"); // who made it
        put(11, &(SECTOR_LEN as u16).to_le_bytes());
        put(13, &[1]); // sectors in a cluster
        put(14, &(RESERVED_SECTORS as u16).to_le_bytes());
        put(16, &[FATS as u8]);
        put(21, &[0xf8]); // a fixed disk
        put(24, &63_u16.to_le_bytes()); // sectors in a track
        put(26, &255_u16.to_le_bytes()); // heads
        put(28, &(self.geometry.first_lba as u32).to_le_bytes());
        put(32, &(self.geometry.sectors as u32).to_le_bytes());
        put(36, &(self.geometry.fat_sectors as u32).to_le_bytes());
        put(44, &FIRST_CLUSTER.to_le_bytes()); // the root directory
        put(48, &(FS_INFO_SECTOR as u16).to_le_bytes());
        put(50, &(BACKUP_BOOT_SECTOR as u16).to_le_bytes());
        put(64, &[0x80, 0, 0x29]); // drive number, and that the next three fields are there
        put(67, &identity.serial.to_le_bytes());
        put(71, &identity.label);
        put(82, b"FAT32   ");
        put(510, &[0x55, 0xaa]);
        sector
    }

    fn fs_info(&self) -> [u8; 512] {
        let mut sector = [0; 512];
        let mut put =
            |offset: usize, value: u32| sector[offset..offset + 4].copy_from_slice(&value.to_le_bytes());
        let used = u64::from(self.next_cluster - FIRST_CLUSTER);
        put(0, 0x4161_5252);
        put(484, 0x6141_7272);
        put(488, (self.geometry.data_clusters() - used) as u32);
        put(492, self.next_cluster);
        put(508, 0xaa55_0000);
        sector
    }
}

fn short_entry(name: &[u8; 11], attribute: u8, first_cluster: u32, len: u32) -> [u8; ENTRY_LEN] {
    let mut entry = [0; ENTRY_LEN];
    let mut put = |offset: usize, bytes: &[u8]| entry[offset..offset + bytes.len()].copy_from_slice(bytes);
    put(0, name);
    put(11, &[attribute]);
    put(16, &DATE.to_le_bytes()); // created
    put(18, &DATE.to_le_bytes()); // last read
    put(20, &((first_cluster >> 16) as u16).to_le_bytes());
    put(24, &DATE.to_le_bytes()); // last written
    put(26, &(first_cluster as u16).to_le_bytes());
    put(28, &len.to_le_bytes());
    entry
}

/// The 8.3 name: upper case, and `~number` where the long name does not fit.
fn short_name(name: &str, number: u32) -> [u8; 11] {
    let upper = name.to_ascii_uppercase();
    let (base, extension) = upper.rsplit_once('.').unwrap_or((&upper, ""));
    let fits = base.len() <= 8 && extension.len() <= 3 && !base.contains('.');
    let base = if fits {
        base.to_owned()
    } else {
        let tail = format!("~{number}");
        let start: String = base.chars().filter(|&c| c != '.').take(8 - tail.len()).collect();
        start + &tail
    };
    let mut short = [b' '; 11];
    short[..base.len()].copy_from_slice(base.as_bytes());
    let extension = &extension.as_bytes()[..extension.len().min(3)];
    short[8..8 + extension.len()].copy_from_slice(extension);
    short
}

const LONG_NAME_UNITS: usize = 13;

/// How many entries the long name takes; none if the short name says it all.
fn long_entries(name: &str, short: &[u8; 11]) -> usize {
    let (base, extension) = short.split_at(8);
    let trim = |part: &[u8]| String::from_utf8_lossy(part).trim_end().to_owned();
    let (base, extension) = (trim(base), trim(extension));
    let spelled = if extension.is_empty() { base } else { format!("{base}.{extension}") };
    if spelled == name { 0 } else { name.encode_utf16().count().div_ceil(LONG_NAME_UNITS) }
}

/// The entries of the long name, last part first, each with a checksum over the short name.
fn long_name(name: &str, short: &[u8; 11], count: usize) -> Vec<u8> {
    let checksum = short.iter().fold(0_u8, |sum, &byte| sum.rotate_right(1).wrapping_add(byte));
    let mut units: Vec<u16> = name.encode_utf16().collect();
    if !units.len().is_multiple_of(LONG_NAME_UNITS) {
        units.push(0);
    }
    units.resize(units.len().next_multiple_of(LONG_NAME_UNITS), 0xffff);
    let mut table = Vec::new();
    for (part, units) in units.chunks(LONG_NAME_UNITS).enumerate().take(count).rev() {
        let last = if part + 1 == count { 0x40 } else { 0 };
        let text: Vec<u8> = units.iter().flat_map(|unit| unit.to_le_bytes()).collect();
        table.push((part as u8 + 1) | last);
        table.extend(&text[..10]);
        table.extend([ATTRIBUTE_LONG_NAME, 0, checksum]);
        table.extend(&text[10..22]);
        table.extend([0, 0]);
        table.extend(&text[22..]);
    }
    table
}
