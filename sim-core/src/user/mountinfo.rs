//! The mounts of the caller's namespace, as programs read them from /proc/self/mountinfo.

use super::Sys;
use super::io::read_text;
use crate::abi::Errno;

/// A line of mountinfo: proc(5).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    pub id: u32,
    pub parent: u32,
    /// `major:minor`.
    pub device: String,
    /// What of the file system is mounted.
    pub root: String,
    pub target: String,
    /// Options of the mount.
    pub mount_options: String,
    /// `shared:1` and its like.
    pub optional: Vec<String>,
    pub fs_type: String,
    pub source: String,
    /// Options of the file system.
    pub fs_options: String,
}

/// Every mount that the caller can see.
pub async fn read(sys: &Sys) -> Result<Vec<Entry>, Errno> {
    let text = read_text(sys, "/proc/self/mountinfo").await?;
    Ok(text.lines().filter_map(parse).collect())
}

fn parse(line: &str) -> Option<Entry> {
    let (left, right) = line.split_once(" - ")?;
    let mut left = left.split(' ');
    let mut right = right.split(' ');
    Some(Entry {
        id: left.next()?.parse().ok()?,
        parent: left.next()?.parse().ok()?,
        device: left.next()?.to_owned(),
        root: unescape(left.next()?),
        target: unescape(left.next()?),
        mount_options: left.next()?.to_owned(),
        optional: left.map(str::to_owned).collect(),
        fs_type: right.next()?.to_owned(),
        source: unescape(right.next()?),
        fs_options: right.next()?.to_owned(),
    })
}

/// Undoes the octal escapes.
fn unescape(field: &str) -> String {
    let mut bytes = Vec::new();
    let mut rest = field.as_bytes();
    while let [first, after @ ..] = rest {
        let octal = (*first == b'\\').then(|| std::str::from_utf8(after.get(..3)?).ok()).flatten();
        match octal.and_then(|digits| u8::from_str_radix(digits, 8).ok()) {
            Some(byte) => {
                bytes.push(byte);
                rest = &after[3..];
            }
            None => {
                bytes.push(*first);
                rest = after;
            }
        }
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

impl Entry {
    /// All options, as mount(8) shows them: read-only if the mount or its file system is.
    pub fn options(&self) -> String {
        let read_only =
            [&self.mount_options, &self.fs_options].into_iter().any(|options| is_read_only(options));
        let rest = |options: &str| {
            let others = options.split(',').filter(|option| !matches!(*option, "ro" | "rw"));
            others.map(|option| format!(",{option}")).collect::<String>()
        };
        let access = if read_only { "ro" } else { "rw" };
        format!("{access}{}{}", rest(&self.mount_options), rest(&self.fs_options))
    }

    /// The source, with what of it is mounted where that is not all.
    pub fn source_with_root(&self) -> String {
        if self.root == "/" { self.source.clone() } else { format!("{}[{}]", self.source, self.root) }
    }
}

fn is_read_only(options: &str) -> bool {
    options.split(',').any(|option| option == "ro")
}

/// The mount that is seen at a path: the last that was mounted there.
pub fn at<'a>(entries: &'a [Entry], path: &str) -> Option<&'a Entry> {
    entries.iter().rev().find(|entry| entry.target == path)
}
