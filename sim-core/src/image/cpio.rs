//! The "newc" cpio archive, the format of an initramfs.
//!
//! Source: the kernel's Documentation/driver-api/early-userspace/buffer-format.rst. Every header field
//! is eight hexadecimal digits; names and contents are padded to four bytes.

use std::fmt;

const MAGIC: &[u8; 6] = b"070701";
const MAGIC_WITH_CHECKSUM: &[u8; 6] = b"070702";
const HEADER_LEN: usize = 110;
const TRAILER: &[u8] = b"TRAILER!!!";
/// `cpio` writes whole blocks of this many bytes.
const BLOCK_LEN: usize = 512;

/// The bits of `mode` that say what kind of file an entry is, inode(7).
pub const S_IFMT: u32 = 0o170000;
pub const S_IFSOCK: u32 = 0o140000;
pub const S_IFLNK: u32 = 0o120000;
pub const S_IFREG: u32 = 0o100000;
pub const S_IFBLK: u32 = 0o060000;
pub const S_IFDIR: u32 = 0o040000;
pub const S_IFCHR: u32 = 0o020000;
pub const S_IFIFO: u32 = 0o010000;

/// One file of an archive.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Entry {
    /// Relative to where the archive is unpacked, without a leading slash; `.` is that place itself.
    pub path: Vec<u8>,
    /// Entries of one archive with the same number (and more than one link) are the same file.
    pub inode: u32,
    /// Kind, set-id bits and permissions, inode(7).
    pub mode: u32,
    pub uid: u32,
    pub gid: u32,
    pub links: u32,
    /// Seconds since 1970.
    pub mtime_s: u32,
    /// The device a device file stands for: major and minor.
    pub device: (u32, u32),
    /// The contents of a file, or where a symbolic link points.
    pub data: Vec<u8>,
}

impl Entry {
    /// The kind of file: one of the `S_IF...` values.
    pub fn kind(&self) -> u32 {
        self.mode & S_IFMT
    }
}

/// Why bytes are not an archive.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CpioError {
    /// Where in the archive.
    pub offset: u64,
    pub problem: &'static str,
}

const NO_TRAILER: &str = "the archive ends without a trailer";
const HEADER_CUT: &str = "a header is longer than the archive";
const FILE_CUT: &str = "a file is longer than the archive";

impl CpioError {
    /// Whether the bytes may be the beginning of an archive that goes on.
    pub fn is_end_missing(&self) -> bool {
        [NO_TRAILER, HEADER_CUT, FILE_CUT].contains(&self.problem)
    }
}

impl fmt::Display for CpioError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "cpio archive, byte {}: {}", self.offset, self.problem)
    }
}

impl std::error::Error for CpioError {}

/// Writes an archive of `entries`, in their order, with its trailer.
pub fn write<'a>(entries: impl IntoIterator<Item = &'a Entry>) -> Vec<u8> {
    let mut archive = Vec::new();
    for entry in entries {
        write_entry(&mut archive, entry);
    }
    write_entry(&mut archive, &Entry { path: TRAILER.to_vec(), links: 1, ..Entry::default() });
    pad(&mut archive, BLOCK_LEN);
    archive
}

fn write_entry(archive: &mut Vec<u8>, entry: &Entry) {
    let fields = [
        entry.inode,
        entry.mode,
        entry.uid,
        entry.gid,
        entry.links,
        entry.mtime_s,
        u32::try_from(entry.data.len()).expect("a file in a newc archive is below 4 GiB"),
        0, // the device the file was on: major
        0, // and minor
        entry.device.0,
        entry.device.1,
        u32::try_from(entry.path.len() + 1).expect("a path is at most 4096 bytes"),
        0, // checksum: only in the 070702 kind
    ];
    archive.extend_from_slice(MAGIC);
    for field in fields {
        for shift in (0..8).rev() {
            archive.push(b"0123456789ABCDEF"[(field >> (shift * 4) & 0xf) as usize]);
        }
    }
    archive.extend_from_slice(&entry.path);
    archive.push(0);
    pad(archive, 4);
    archive.extend_from_slice(&entry.data);
    pad(archive, 4);
}

fn pad(archive: &mut Vec<u8>, to: usize) {
    archive.resize(archive.len().next_multiple_of(to), 0);
}

/// Reads an archive up to its trailer; what follows is ignored, as on a partition that is longer than
/// the archive.
pub fn read(archive: &[u8]) -> Result<Vec<Entry>, CpioError> {
    let mut entries = Vec::new();
    let mut reader = Reader { archive, offset: 0 };
    loop {
        let entry = reader.entry()?;
        if entry.path == TRAILER {
            return Ok(entries);
        }
        entries.push(entry);
    }
}

/// How many bytes the archive at the start of `bytes` takes, its trailer and padding included. Another
/// archive may follow there.
pub fn archive_len(bytes: &[u8]) -> Result<u64, CpioError> {
    let mut reader = Reader { archive: bytes, offset: 0 };
    while reader.entry()?.path != TRAILER {}
    Ok(reader.offset.next_multiple_of(BLOCK_LEN).min(bytes.len()) as u64)
}

struct Reader<'a> {
    archive: &'a [u8],
    offset: usize,
}

impl<'a> Reader<'a> {
    fn entry(&mut self) -> Result<Entry, CpioError> {
        let at = self.offset;
        let magic = self.take(MAGIC.len(), NO_TRAILER)?;
        if magic != MAGIC && magic != MAGIC_WITH_CHECKSUM {
            return Err(CpioError { offset: at as u64, problem: "no cpio magic" });
        }
        let mut fields = [0u32; 13];
        for field in &mut fields {
            *field = self.number()?;
        }
        let [inode, mode, uid, gid, links, mtime_s, data_len, _, _, major, minor, path_len, _] = fields;
        debug_assert_eq!(self.offset, at + HEADER_LEN);
        let path = self.take(path_len as usize, HEADER_CUT)?;
        let path = path.strip_suffix(b"\0").ok_or(CpioError {
            offset: at as u64 + HEADER_LEN as u64,
            problem: "a name does not end with a null byte",
        })?;
        self.skip_padding();
        let data = self.take(data_len as usize, FILE_CUT)?.to_vec();
        self.skip_padding();
        let path = path.to_vec();
        Ok(Entry { path, inode, mode, uid, gid, links, mtime_s, device: (major, minor), data })
    }

    fn number(&mut self) -> Result<u32, CpioError> {
        let offset = self.offset as u64;
        let digits = self.take(8, HEADER_CUT)?;
        std::str::from_utf8(digits)
            .ok()
            .and_then(|digits| u32::from_str_radix(digits, 16).ok())
            .ok_or(CpioError { offset, problem: "a header field is not a hexadecimal number" })
    }

    fn take(&mut self, len: usize, problem: &'static str) -> Result<&'a [u8], CpioError> {
        let end = self.offset.checked_add(len).filter(|&end| end <= self.archive.len());
        let end = end.ok_or(CpioError { offset: self.offset as u64, problem })?;
        let taken = &self.archive[self.offset..end];
        self.offset = end;
        Ok(taken)
    }

    fn skip_padding(&mut self) {
        self.offset = self.offset.next_multiple_of(4).min(self.archive.len());
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Written by GNU cpio 2.13 with `-o -H newc --reproducible`.
    const DEBIAN: &[u8] = include_bytes!("testdata/debian.cpio");

    #[test]
    fn reads_what_gnu_cpio_wrote() {
        let entries = read(DEBIAN).unwrap();
        let listing: Vec<String> = entries
            .iter()
            .map(|entry| {
                let Entry { mode, uid, gid, links, mtime_s, device, .. } = entry;
                let (path, data) =
                    (String::from_utf8_lossy(&entry.path), String::from_utf8_lossy(&entry.data));
                format!("{path} {mode:o} {uid}:{gid} links {links} at {mtime_s} dev {device:?} {data:?}")
            })
            .collect();
        let expected = [
            r#". 40755 0:0 links 3 at 1764547200 dev (0, 0) """#,
            r#"hello 104755 0:0 links 1 at 1764547200 dev (0, 0) "hello\n""#,
            r#"link 120777 0:0 links 1 at 1764547200 dev (0, 0) "hello""#,
            r#"console 20644 0:0 links 1 at 1764547200 dev (5, 1) """#,
            r#"loop0 60644 0:0 links 1 at 1764547200 dev (7, 0) """#,
            r#"pipe 10644 0:0 links 1 at 1764547200 dev (0, 0) """#,
            r#"etc 41777 0:0 links 2 at 1764547200 dev (0, 0) """#,
            r#"etc/three 100644 1000:1000 links 1 at 1764547200 dev (0, 0) "abc""#,
            r#"etc/four 100644 0:0 links 1 at 1764547200 dev (0, 0) "abcd""#,
        ];
        assert_eq!(listing, expected);
        assert_eq!(archive_len(DEBIAN), Ok(DEBIAN.len() as u64));
    }

    #[test]
    fn writes_what_gnu_cpio_writes() {
        let entries = read(DEBIAN).unwrap();
        assert!(write(&entries) == DEBIAN, "the archives differ");
    }

    #[test]
    fn says_where_an_archive_is_broken() {
        let damaged = |at: usize, byte: u8| {
            let mut bytes = DEBIAN.to_vec();
            bytes[at] = byte;
            read(&bytes).unwrap_err().to_string()
        };
        assert_eq!(damaged(0, b'1'), "cpio archive, byte 0: no cpio magic");
        assert_eq!(damaged(20, b'x'), "cpio archive, byte 14: a header field is not a hexadecimal number");
        assert_eq!(read(&DEBIAN[..100]).unwrap_err().problem, "a header is longer than the archive");
        assert_eq!(read(&DEBIAN[..112]).unwrap_err().problem, "the archive ends without a trailer");
        assert_eq!(read(&[]).unwrap_err().problem, "the archive ends without a trailer");
    }
}
