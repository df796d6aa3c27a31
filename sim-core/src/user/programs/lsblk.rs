//! lsblk(8): the block devices, as sysfs lists them.

use crate::abi::{AccessMode, AtFlags, Bytes, DirFd, FileType};
use crate::user::accounts::Accounts;
use crate::user::getopt::{Order, Parsed, Syntax};
use crate::user::io::{names_in, read_text};
use crate::user::json::{self, Key, Kind};
use crate::user::mountinfo::{self, Entry};
use crate::user::programs::ls::mode_text;
use crate::user::sizes::{Unit, human};
use crate::user::table::{self, Column, Headings, Row, Style};
use crate::user::tool::{Done, Exit, Tool};
use crate::user::{Args, Sys};

const SYNTAX: Syntax = Syntax {
    options: &[
        "a all",
        "b bytes",
        "d nodeps",
        "i ascii",
        "J json",
        "l list",
        "m perms",
        "n noheadings",
        "o output=",
        "p paths",
        "P pairs",
        "r raw",
    ],
    unmodelled: &[
        "A noempty",
        "D discard",
        "e exclude=",
        "E dedup=",
        "f fs",
        "I include=",
        "M merge",
        "O output-all",
        "s inverse",
        "S scsi",
        "sysroot=",
        "t topology",
        "T tree[=]",
        "w width=",
        "x sort=",
        "y shell",
        "z zoned",
        "h help",
        "V version",
    ],
    order: Order::Permute,
};

/// Options of which only one may be given.
const EXCLUSIVE: &[&[(&str, &str)]] = &[
    &[("J", "--json"), ("P", "--pairs"), ("r", "--raw")],
    &[("P", "--pairs"), ("T", "--tree"), ("l", "--list"), ("r", "--raw")],
];

/// Name, whether it stands on the right, and how JSON has it.
const COLUMNS: &[(&str, bool, Kind)] = &[
    ("NAME", false, Kind::Text),
    ("KNAME", false, Kind::Text),
    ("PATH", false, Kind::Text),
    ("MAJ:MIN", false, Kind::Text),
    ("RM", true, Kind::Boolean),
    ("SIZE", true, Kind::Text),
    ("RO", true, Kind::Boolean),
    ("TYPE", false, Kind::Text),
    ("MOUNTPOINT", false, Kind::Text),
    ("MOUNTPOINTS", false, Kind::Lines),
    ("PKNAME", false, Kind::Text),
    ("ROTA", true, Kind::Boolean),
    ("START", true, Kind::Number),
    ("OWNER", false, Kind::Text),
    ("GROUP", false, Kind::Text),
    ("MODE", false, Kind::Text),
];

/// What the real one has besides.
const UNMODELLED_COLUMNS: &str = "ALIGNMENT,DISC-ALN,DAX,DISC-GRAN,DISC-MAX,DISC-ZERO,FSAVAIL,FSROOTS,FSSIZE,\
    FSTYPE,FSUSED,FSUSE%,FSVER,HCTL,HOTPLUG,LABEL,LOG-SEC,MIN-IO,MODEL,OPT-IO,PARTFLAGS,PARTLABEL,PARTTYPENAME,\
    PARTTYPE,PARTUUID,PHY-SEC,PTTYPE,PTUUID,RAND,RA,REV,RQ-SIZE,SCHED,SERIAL,STATE,SUBSYSTEMS,TRAN,UUID,VENDOR,\
    WSAME,WWN,ZONED,ZONE-SZ,ZONE-WGRAN,ZONE-APP,ZONE-NR,ZONE-OMAX,ZONE-AMAX";

const DEFAULT_COLUMNS: &str = "NAME,MAJ:MIN,RM,SIZE,RO,TYPE,MOUNTPOINTS";
const PERMISSION_COLUMNS: &str = "NAME,SIZE,OWNER,GROUP,MODE";

/// Exit statuses for devices on the command line: none of them, not all of them.
const ALL_FAILED: i32 = 32;
const SOME_OK: i32 = 64;

/// A disk or a partition, as /sys/dev/block describes it.
struct Device {
    name: String,
    /// Major and minor number.
    number: (u32, u32),
    /// The disk of a partition.
    disk: Option<String>,
    size_bytes: u64,
    read_only: String,
    removable: String,
    rotational: String,
    /// The first sector of a partition.
    start: String,
    owner: String,
    group: String,
    mode: String,
    mounted_at: Vec<String>,
}

/// What applies to every cell.
struct Wishes {
    bytes: bool,
    paths: bool,
}

pub async fn main(sys: Sys, args: Args) -> i32 {
    let mut tool = Tool::short_named(sys, args);
    let done = run(&mut tool).await;
    tool.finish(done).await
}

async fn run(tool: &mut Tool) -> Done {
    let options = tool.options(SYNTAX, 1).await?;
    tool.refuse_together(&options, EXCLUSIVE).await?;
    let all = AccessMode::R_OK;
    if let Err(errno) = tool.sys.faccessat2(DirFd::CWD, "/sys/dev/block", all, AtFlags::empty()).await {
        return tool.die(format!("failed to access sysfs directory: /sys/dev/block: {errno}"), 1).await;
    }
    let columns = chosen_columns(tool, &options).await?;
    let devices = devices(&tool.sys, &options).await;
    let shown = chosen_devices(tool, &options, &devices).await?;
    if !shown.is_empty() {
        print(tool, &options, columns, &shown).await;
    }
    Ok(())
}

async fn chosen_columns(tool: &mut Tool, options: &Parsed) -> Done<Vec<(&'static str, bool, Kind)>> {
    let default = if options.has("m") { PERMISSION_COLUMNS } else { DEFAULT_COLUMNS };
    let list = table::column_list(options.value("o"), default);
    let mut columns = Vec::new();
    for name in list.split(',') {
        let found = COLUMNS.iter().find(|(header, ..)| header.eq_ignore_ascii_case(name));
        let Some(&(header, right, kind)) = found else {
            if UNMODELLED_COLUMNS.split(',').any(|known| known.eq_ignore_ascii_case(name)) {
                crate::user::unmodelled(&tool.sys, format!("lsblk -o {name}"));
            }
            return tool.die_plain(format!("lsblk: unknown column: {name}"), 1).await;
        };
        let number = header == "SIZE" && options.has("b");
        columns.push((header, right, if number { Kind::Number } else { kind }));
    }
    Ok(columns)
}

/// All devices by their numbers; those without size only with `--all`.
async fn devices(sys: &Sys, options: &Parsed) -> Vec<Device> {
    let accounts = Accounts::read(sys).await;
    let mounts = mountinfo::read(sys).await.unwrap_or_default();
    let mut devices = Vec::new();
    for disk in names(sys, "/sys/block").await {
        devices.extend(read_device(sys, &disk, None, &accounts, &mounts).await);
        for name in names(sys, &format!("/sys/block/{disk}")).await {
            if name.starts_with(&disk) {
                devices.extend(read_device(sys, &name, Some(&disk), &accounts, &mounts).await);
            }
        }
    }
    devices.retain(|device| options.has("a") || device.size_bytes > 0);
    devices.sort_by_key(|device| device.number);
    devices
}

async fn names(sys: &Sys, directory: &str) -> Vec<String> {
    let names = names_in(sys, directory).await.unwrap_or_default();
    names.iter().map(Bytes::to_text).collect()
}

async fn read_device(
    sys: &Sys,
    name: &str,
    disk: Option<&str>,
    accounts: &Accounts,
    mounts: &[Entry],
) -> Option<Device> {
    let whole = format!("/sys/block/{}", disk.unwrap_or(name));
    let own = if disk.is_some() { format!("{whole}/{name}") } else { whole.clone() };
    let read = async |path: String| {
        let text = read_text(sys, path).await.unwrap_or_default();
        text.trim_end().to_owned()
    };
    let number = read(format!("{own}/dev")).await;
    let (major, minor) = number.split_once(':')?;
    let node = sys.newfstatat(DirFd::CWD, format!("/dev/{name}"), AtFlags::empty()).await.ok();
    let sectors: u64 = read(format!("{own}/size")).await.parse().unwrap_or(0);
    let here = mounts.iter().filter(|mount| mount.device == number);
    Some(Device {
        name: name.to_owned(),
        number: (major.parse().ok()?, minor.parse().ok()?),
        disk: disk.map(str::to_owned),
        size_bytes: sectors * 512,
        read_only: read(format!("{own}/ro")).await,
        removable: read(format!("{whole}/removable")).await,
        rotational: read(format!("{whole}/queue/rotational")).await,
        start: read(format!("{own}/start")).await,
        owner: node.as_ref().map_or_else(String::new, |node| accounts.user_name(node.uid.0)),
        group: node.as_ref().map_or_else(String::new, |node| accounts.group_name(node.gid.0)),
        mode: node
            .as_ref()
            .map_or_else(String::new, |node| mode_text(node.mode.file_type, node.mode.permissions)),
        mounted_at: here.map(|mount| mount.target.clone()).collect(),
    })
}

/// The devices on the command line, each with its partitions, or all.
async fn chosen_devices<'d>(
    tool: &mut Tool,
    options: &Parsed,
    devices: &'d [Device],
) -> Done<Vec<&'d Device>> {
    let depends = |device: &Device, on: &str| !options.has("d") && device.disk.as_deref() == Some(on);
    if options.operands.is_empty() {
        return Ok(devices.iter().filter(|device| device.disk.is_none() || !options.has("d")).collect());
    }
    let mut shown: Vec<&Device> = Vec::new();
    let mut failed = 0;
    for operand in &options.operands {
        let node = tool.sys.newfstatat(DirFd::CWD, operand, AtFlags::empty()).await.ok();
        let node = node.filter(|node| node.mode.file_type == FileType::BlockDevice);
        let number = node.map(|node| (node.rdev.major, node.rdev.minor));
        let Some(found) = devices.iter().find(|device| Some(device.number) == number) else {
            tool.complain(format!("{}: not a block device", operand.to_text())).await;
            failed += 1;
            continue;
        };
        let tree =
            devices.iter().filter(|device| device.number == found.number || depends(device, &found.name));
        shown.extend(tree);
    }
    if failed == options.operands.len() {
        return Err(Exit(ALL_FAILED));
    }
    tool.status = if failed > 0 { SOME_OK } else { 0 };
    shown.sort_by_key(|device| device.number);
    shown.dedup_by_key(|device| device.number);
    Ok(shown)
}

async fn print(
    tool: &mut Tool,
    options: &Parsed,
    chosen: Vec<(&'static str, bool, Kind)>,
    devices: &[&Device],
) {
    let wishes = Wishes { bytes: options.has("b"), paths: options.has("p") };
    let as_tree = !["l", "r", "P"].iter().any(|flat| options.has(flat));
    let row = |device: &&Device| Row {
        cells: chosen.iter().map(|(header, ..)| cell(header, device, &wishes)).collect(),
        parent: devices.iter().position(|disk| as_tree && device.disk.as_ref() == Some(&disk.name)),
    };
    let rows: Vec<Row> = devices.iter().map(row).collect();
    if options.has("J") {
        let keys: Vec<Key> = chosen.iter().map(|&(name, _, kind)| Key { name, kind }).collect();
        tool.put(json::table("blockdevices", &keys, &rows));
        return;
    }
    if options.has("P") {
        for row in &rows {
            let cells = chosen.iter().zip(&row.cells);
            let pairs: Vec<String> = cells.map(|((name, ..), cell)| format!("{name}=\"{cell}\"")).collect();
            tool.line(pairs.join(" ")).await;
        }
        return;
    }
    let column = |&(header, right, _): &(&'static str, bool, Kind)| Column {
        right,
        hint: if header == "SIZE" { 5 } else { 0 },
        tree: as_tree && header == "NAME",
        ..Column::left(header)
    };
    let columns: Vec<Column> = chosen.iter().map(column).collect();
    let headings = if options.has("n") { Headings::Hidden } else { Headings::Shown };
    let style = match (options.has("r"), options.has("i")) {
        (true, _) => Style::Raw,
        (_, true) => Style::Ascii,
        _ => Style::Aligned,
    };
    table::print(tool, &columns, rows, headings, style).await;
}

fn cell(column: &str, device: &Device, wishes: &Wishes) -> String {
    let name = |name: &str| if wishes.paths { format!("/dev/{name}") } else { name.to_owned() };
    match column {
        "NAME" | "KNAME" => name(&device.name),
        "PATH" => format!("/dev/{}", device.name),
        "PKNAME" => device.disk.as_deref().map_or_else(String::new, name),
        "MAJ:MIN" => {
            let (major, minor) = device.number;
            format!("{major}:{minor}")
        }
        "RM" => device.removable.clone(),
        "SIZE" if wishes.bytes => device.size_bytes.to_string(),
        "SIZE" => human(device.size_bytes, Unit::Letter),
        "RO" => device.read_only.clone(),
        "TYPE" => if device.disk.is_some() { "part" } else { "disk" }.to_owned(),
        "MOUNTPOINT" => device.mounted_at.last().cloned().unwrap_or_default(),
        "MOUNTPOINTS" => device.mounted_at.join("\n"),
        "ROTA" => device.rotational.clone(),
        "START" => device.start.clone(),
        "OWNER" => device.owner.clone(),
        "GROUP" => device.group.clone(),
        _ => device.mode.clone(),
    }
}
