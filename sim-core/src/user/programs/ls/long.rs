//! The long listing: ls -l.

use super::list::{indicator, names, time_of};
use super::{Item, Wanted};
use crate::abi::{FileType, Mode, Stat};
use crate::user::accounts::Accounts;
use crate::user::calendar::Date;
use crate::user::quote::{Quote, quote};
use crate::user::tool::Tool;

/// Half a year of 365.2425 days, in seconds: older files show the year.
const HALF_YEAR: i64 = 31_556_952 / 2;

/// A line before its columns are aligned.
struct Line {
    inode: String,
    blocks: String,
    mode: String,
    links: String,
    owner: String,
    group: String,
    size: Size,
    date: String,
}

enum Size {
    Bytes(String),
    Device(String, String),
}

pub(super) async fn print(tool: &mut Tool, items: &[Item], wanted: &Wanted) {
    let accounts = if wanted.has("n") { Accounts::default() } else { Accounts::read(&tool.sys).await };
    let lines: Vec<Line> = items.iter().map(|item| line(item, wanted, &accounts)).collect();
    let width = |text: fn(&Line) -> &String| lines.iter().map(|line| text(line).len()).max().unwrap_or(0);
    let [inode, blocks, links, owner, group, date] = [
        width(|line| &line.inode),
        width(|line| &line.blocks),
        width(|line| &line.links),
        width(|line| &line.owner),
        width(|line| &line.group),
        width(|line| &line.date),
    ];
    let sizes = SizeWidths::of(&lines);
    for ((item, name), row) in items.iter().zip(names(items, wanted, false)).zip(&lines) {
        let mut text = String::new();
        if wanted.has("i") {
            text += &format!("{:>inode$} ", row.inode);
        }
        if wanted.has("s") {
            text += &format!("{:>blocks$} ", row.blocks);
        }
        text += &format!("{} {:>links$} ", row.mode, row.links);
        if !wanted.has("g") {
            text += &aligned(&row.owner, owner, wanted);
        }
        if !wanted.has("G") && !wanted.has("o") {
            text += &aligned(&row.group, group, wanted);
        }
        text += &format!("{} {:>date$} ", sizes.align(&row.size), row.date);
        let mut bytes = text.into_bytes();
        bytes.extend(name);
        bytes.extend(behind_name(item, wanted).bytes());
        tool.line(bytes).await;
    }
}

/// Names to the left, numbers to the right.
fn aligned(text: &str, width: usize, wanted: &Wanted) -> String {
    let number = wanted.has("n") || text.bytes().all(|b| b.is_ascii_digit());
    if number { format!("{text:>width$} ") } else { format!("{text:<width$} ") }
}

struct SizeWidths {
    whole: usize,
    major: usize,
    minor: usize,
}

impl SizeWidths {
    fn of(lines: &[Line]) -> SizeWidths {
        let mut widths = SizeWidths { whole: 0, major: 0, minor: 0 };
        for line in lines {
            match &line.size {
                Size::Bytes(text) => widths.whole = widths.whole.max(text.len()),
                Size::Device(major, minor) => {
                    widths.major = widths.major.max(major.len());
                    widths.minor = widths.minor.max(minor.len());
                    widths.whole = widths.whole.max(widths.major + 2 + widths.minor);
                }
            }
        }
        widths
    }

    fn align(&self, size: &Size) -> String {
        let width = self.whole;
        match size {
            Size::Bytes(text) => format!("{text:>width$}"),
            Size::Device(major, minor) => {
                let left = self.whole - 2 - self.minor;
                format!("{major:>left$}, {minor:>right$}", right = self.minor)
            }
        }
    }
}

fn line(item: &Item, wanted: &Wanted, accounts: &Accounts) -> Line {
    let Some(stat) = &item.stat else { return unknown_line(item, wanted) };
    let device = matches!(stat.mode.file_type, FileType::CharDevice | FileType::BlockDevice);
    let size = if device {
        Size::Device(stat.rdev.major.to_string(), stat.rdev.minor.to_string())
    } else if wanted.has("h") {
        Size::Bytes(human(stat.size as u64))
    } else {
        Size::Bytes(stat.size.to_string())
    };
    Line {
        inode: stat.ino.to_string(),
        blocks: blocks(stat.blocks, wanted),
        mode: mode_text(stat.mode.file_type, stat.mode.permissions),
        links: stat.nlink.to_string(),
        owner: accounts.user_name(stat.uid.0),
        group: accounts.group_name(stat.gid.0),
        size,
        date: date(stat, wanted),
    }
}

fn unknown_line(item: &Item, wanted: &Wanted) -> Line {
    let unknown = || "?".to_owned();
    let letter = item.file_type.map_or('?', type_letter);
    Line {
        inode: unknown(),
        blocks: unknown(),
        mode: format!("{letter}?????????"),
        links: unknown(),
        owner: unknown(),
        group: unknown(),
        size: Size::Bytes(unknown()),
        date: format!("{:>1$}", "?", if wanted.has("full-time") { 35 } else { 12 }),
    }
}

fn behind_name(item: &Item, wanted: &Wanted) -> String {
    match &item.target {
        Some((target, behind)) => {
            let shown = if wanted.quote { quote(target, Quote::IfNeeded) } else { target.to_text() };
            let mark = indicator(behind.map(|stat| stat.mode.file_type), behind.as_ref(), wanted);
            format!(" -> {shown}{mark}")
        }
        None => indicator(item.file_type, item.stat.as_ref(), wanted).to_owned(),
    }
}

fn date(stat: &Stat, wanted: &Wanted) -> String {
    let time = time_of(stat, wanted);
    let date = Date::from_seconds(time.seconds);
    if wanted.has("full-time") {
        return format!("{}.{:09} +0000", date.format("%Y-%m-%d %H:%M:%S"), time.nanoseconds);
    }
    let age = wanted.now.seconds - time.seconds;
    let recent = time <= wanted.now && age < HALF_YEAR;
    date.format(if recent { "%b %e %H:%M" } else { "%b %e  %Y" })
}

/// Units of 512 bytes, as kibibytes or for people.
pub(super) fn blocks(units: i64, wanted: &Wanted) -> String {
    if wanted.has("h") { human(units as u64 * 512) } else { ((units + 1) / 2).to_string() }
}

/// A size for people, rounded up: `1.5K`, `12M`.
fn human(bytes: u64) -> String {
    const UNITS: [&str; 6] = ["K", "M", "G", "T", "P", "E"];
    if bytes < 1024 {
        return bytes.to_string();
    }
    let mut unit_bytes: u128 = 1024;
    for unit in UNITS {
        let tenths = (u128::from(bytes) * 10).div_ceil(unit_bytes);
        if tenths < 100 {
            return format!("{}.{}{unit}", tenths / 10, tenths % 10);
        }
        let whole = u128::from(bytes).div_ceil(unit_bytes);
        if whole < 1024 {
            return format!("{whole}{unit}");
        }
        unit_bytes *= 1024;
    }
    format!("{bytes}")
}

fn type_letter(file_type: FileType) -> char {
    match file_type {
        FileType::Regular => '-',
        FileType::Directory => 'd',
        FileType::Symlink => 'l',
        FileType::CharDevice => 'c',
        FileType::BlockDevice => 'b',
        FileType::Fifo => 'p',
        FileType::Socket => 's',
    }
}

/// `drwxr-xr-x`, with s, S, t and T for the three bits that change meanings.
pub fn mode_text(file_type: FileType, Mode(mode): Mode) -> String {
    let mut text = String::from(type_letter(file_type));
    for (shift, special, letter) in [(6, 0o4000, 's'), (3, 0o2000, 's'), (0, 0o1000, 't')] {
        let bits = mode >> shift;
        text.push(if bits & 4 != 0 { 'r' } else { '-' });
        text.push(if bits & 2 != 0 { 'w' } else { '-' });
        text.push(match (mode & special != 0, bits & 1 != 0) {
            (true, true) => letter,
            (true, false) => letter.to_ascii_uppercase(),
            (false, true) => 'x',
            (false, false) => '-',
        });
    }
    text
}
