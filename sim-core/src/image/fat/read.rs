//! Reading a FAT volume, through the crate `fatfs`, as firmware and bootloader do.

use std::cell::RefCell;
use std::collections::BTreeSet;
use std::io::{self, Read, Seek, SeekFrom, Write};

use fatfs::{FileSystem, FsOptions};

use crate::hardware::{Disk, SECTOR_LEN};
use crate::image::partition::Partition;

/// One entry of a directory on a FAT volume.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DirectoryEntry {
    pub name: String,
    pub kind: EntryKind,
    pub bytes: u64,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum EntryKind {
    File,
    Directory,
}

/// What is behind a path on a FAT volume.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Found {
    File(Vec<u8>),
    Directory(Vec<DirectoryEntry>),
}

/// Why a path led nowhere.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NotFound {
    /// The partition holds no FAT volume.
    NoFileSystem,
    /// No file or directory of that name.
    NoFile,
}

/// Sectors of the disk that were read, in a row.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Extent {
    pub first_lba: u64,
    pub sectors: u64,
}

/// Follows a path, `/` or `\` between its names, to a file or directory of the FAT volume on a partition.
/// Also returns what was read from the disk on the way, each sector once, as through a cache.
pub fn open(disk: &Disk, partition: &Partition, path: &str) -> (Result<Found, NotFound>, Vec<Extent>) {
    let read = RefCell::new(BTreeSet::new());
    let (first_lba, len) = (partition.first_lba, partition.sectors * SECTOR_LEN);
    let found = follow(Volume { disk, first_lba, len, position: 0, read: &read }, path);
    let mut extents: Vec<Extent> = Vec::new();
    for lba in read.into_inner() {
        match extents.last_mut() {
            Some(extent) if extent.first_lba + extent.sectors == lba => extent.sectors += 1,
            _ => extents.push(Extent { first_lba: lba, sectors: 1 }),
        }
    }
    (found, extents)
}

/// The label and serial number of the FAT volume on a partition, if it holds one.
pub fn identity(disk: &Disk, partition: &Partition) -> Option<(String, u32)> {
    let (first_lba, len) = (partition.first_lba, partition.sectors * SECTOR_LEN);
    let read = RefCell::new(BTreeSet::new());
    let fs =
        FileSystem::new(Volume { disk, first_lba, len, position: 0, read: &read }, FsOptions::new()).ok()?;
    Some((fs.volume_label().trim_end().to_owned(), fs.volume_id()))
}

fn follow(volume: Volume<'_>, path: &str) -> Result<Found, NotFound> {
    let fs = FileSystem::new(volume, FsOptions::new()).map_err(|_| NotFound::NoFileSystem)?;
    let path = path.replace('\\', "/");
    let mut names = path.split('/').filter(|name| !name.is_empty()).peekable();
    let mut directory = fs.root_dir();
    while let Some(name) = names.next() {
        let entry = directory
            .iter()
            .filter_map(Result::ok)
            .find(|entry| entry.file_name().eq_ignore_ascii_case(name))
            .ok_or(NotFound::NoFile)?;
        if entry.is_dir() {
            directory = entry.to_dir();
            continue;
        }
        if names.peek().is_some() {
            return Err(NotFound::NoFile);
        }
        let mut contents = Vec::new();
        entry.to_file().read_to_end(&mut contents).map_err(|_| NotFound::NoFile)?;
        return Ok(Found::File(contents));
    }
    let entries = directory.iter().filter_map(Result::ok).filter(|entry| !is_dot(&entry.file_name()));
    let describe = |entry: fatfs::DirEntry<'_, Volume<'_>>| DirectoryEntry {
        name: entry.file_name(),
        kind: if entry.is_dir() { EntryKind::Directory } else { EntryKind::File },
        bytes: entry.len(),
    };
    Ok(Found::Directory(entries.map(describe).collect()))
}

fn is_dot(name: &str) -> bool {
    name == "." || name == ".."
}

/// A stretch of a disk, read byte by byte.
struct Volume<'a> {
    disk: &'a Disk,
    first_lba: u64,
    len: u64,
    position: u64,
    read: &'a RefCell<BTreeSet<u64>>,
}

impl Read for Volume<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let offset = (self.position % SECTOR_LEN) as usize;
        let left = usize::try_from(self.len.saturating_sub(self.position)).unwrap_or(usize::MAX);
        let len = buffer.len().min(SECTOR_LEN as usize - offset).min(left);
        if len > 0 {
            let lba = self.first_lba + self.position / SECTOR_LEN;
            let sector = self.disk.read(lba).map_err(|_| io::ErrorKind::UnexpectedEof)?;
            self.read.borrow_mut().insert(lba);
            buffer[..len].copy_from_slice(&sector[offset..offset + len]);
            self.position += len as u64;
        }
        Ok(len)
    }
}

/// `fatfs` wants to be able to write; reading never does.
impl Write for Volume<'_> {
    fn write(&mut self, _: &[u8]) -> io::Result<usize> {
        Err(io::ErrorKind::PermissionDenied.into())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl Seek for Volume<'_> {
    fn seek(&mut self, to: SeekFrom) -> io::Result<u64> {
        let target = match to {
            SeekFrom::Start(offset) => Some(offset),
            SeekFrom::Current(offset) => self.position.checked_add_signed(offset),
            SeekFrom::End(offset) => self.len.checked_add_signed(offset),
        };
        self.position = target.ok_or(io::ErrorKind::InvalidInput)?;
        Ok(self.position)
    }
}
