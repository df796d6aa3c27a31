//! ls(1).

mod list;
mod long;

pub use long::mode_text;

use crate::abi::{AtFlags, Bytes, DirFd, Errno, FileType, Mode, OpenFlags, Stat, Timespec};
use crate::user::getopt::{Order, Parsed, Syntax};
use crate::user::tool::{Done, Tool};
use crate::user::{Args, Sys, quote};

const SYNTAX: Syntax = Syntax {
    options: &[
        "a all",
        "A almost-all",
        "B ignore-backups",
        "C",
        "c",
        "d directory",
        "f",
        "F classify",
        "full-time",
        "g",
        "G no-group",
        "group-directories-first",
        "h human-readable",
        "H dereference-command-line",
        "i inode",
        "k kibibytes",
        "l",
        "L dereference",
        "m",
        "n numeric-uid-gid",
        "N literal",
        "o",
        "p",
        "r reverse",
        "R recursive",
        "s size",
        "S",
        "t",
        "u",
        "U",
        "w width=",
        "x",
        "X",
        "1",
    ],
    unmodelled: &[
        "author",
        "b escape",
        "block-size=",
        "color[=]",
        "D dired",
        "dereference-command-line-symlink-to-dir",
        "file-type",
        "format=",
        "hide=",
        "hyperlink[=]",
        "I ignore=",
        "indicator-style=",
        "q hide-control-chars",
        "Q quote-name",
        "quoting-style=",
        "show-control-chars",
        "si",
        "sort=",
        "T tabsize=",
        "time=",
        "time-style=",
        "v",
        "Z context",
        "zero",
        "help",
        "version",
    ],
    order: Order::Permute,
};

/// Mistakes on the command line, and names on it that lead nowhere.
const SERIOUS: i32 = 2;

pub async fn main(sys: Sys, args: Args) -> i32 {
    let mut tool = Tool::new(sys, args);
    let done = run(&mut tool).await;
    tool.finish(done).await
}

/// How entries are laid out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Format {
    Long,
    OnePerLine,
    /// In columns, top to bottom.
    Columns,
    /// In rows, left to right.
    Rows,
    Commas,
}

/// What the options ask for.
struct Wanted {
    format: Format,
    options: Parsed,
    quote: bool,
    width: usize,
    now: Timespec,
}

impl Wanted {
    fn has(&self, option: &str) -> bool {
        self.options.has(option)
    }
}

/// Something to list.
struct Item {
    name: Bytes,
    /// None where the kernel would not tell.
    stat: Option<Stat>,
    /// Where a symbolic link leads, and what is there.
    target: Option<(Bytes, Option<Stat>)>,
    file_type: Option<FileType>,
}

async fn run(tool: &mut Tool) -> Done {
    let options = tool.options(SYNTAX, SERIOUS).await?;
    let wanted = interpret(tool, options).await?;
    let operands = match &wanted.options.operands[..] {
        [] => vec![Bytes::from(".")],
        operands => operands.to_vec(),
    };
    let (mut files, mut directories) = (Vec::new(), Vec::new());
    for operand in &operands {
        match inspect_operand(tool, operand, &wanted).await {
            Ok(item) if item.file_type == Some(FileType::Directory) && !wanted.has("d") => {
                directories.push(item);
            }
            Ok(item) => files.push(item),
            Err(errno) => {
                tool.status = SERIOUS;
                tool.complain(format!("cannot access {}: {errno}", quote::always(operand))).await;
            }
        }
    }
    list::sort(&mut files, &wanted);
    list::sort(&mut directories, &wanted);
    if !files.is_empty() {
        list::print(tool, &files, &wanted).await;
    }
    let titled = operands.len() > 1 || wanted.has("R");
    let mut first = files.is_empty();
    let mut queue: Vec<Bytes> = directories.into_iter().rev().map(|item| item.name).collect();
    while let Some(path) = queue.pop() {
        let title = titled.then_some(first);
        let Some(below) = list_directory(tool, &path, &wanted, title, &operands).await else { continue };
        first = false;
        if wanted.has("R") {
            queue.extend(below.into_iter().rev());
        }
    }
    Ok(())
}

async fn interpret(tool: &mut Tool, options: Parsed) -> Done<Wanted> {
    let terminal = tool.writes_to_terminal().await;
    let default = if terminal { Format::Columns } else { Format::OnePerLine };
    let chosen = options.last_of(&["l", "g", "n", "o", "full-time", "1", "C", "x", "m"]);
    let long = ["l", "g", "n", "o", "full-time"].iter().any(|option| options.has(option));
    let format = match chosen {
        // -1 has no effect on a long listing.
        Some("1") if long => Format::Long,
        Some("1") => Format::OnePerLine,
        Some("C") => Format::Columns,
        Some("x") => Format::Rows,
        Some("m") => Format::Commas,
        Some(_) => Format::Long,
        None => default,
    };
    let width = match options.value("w") {
        Some(text) => match text.parse() {
            Ok(width) => width,
            Err(_) => {
                let message = format!("invalid line width: {}", tool.quoted(&text));
                return tool.die(message, SERIOUS).await;
            }
        },
        None => {
            let from_environment = tool.args.env("COLUMNS").and_then(|text| text.to_text().parse().ok());
            match from_environment {
                Some(width) => width,
                None => tool.terminal_width().await.filter(|_| terminal).unwrap_or(80),
            }
        }
    };
    let now = tool.sys.clock_gettime(crate::abi::ClockId::CLOCK_REALTIME).await.unwrap_or_default();
    Ok(Wanted { format, quote: terminal && !options.has("N"), width, now, options })
}

/// A name on the command line. Without a long listing a link to a directory counts as the directory.
async fn inspect_operand(tool: &mut Tool, name: &Bytes, wanted: &Wanted) -> Result<Item, Errno> {
    let stay = wanted.format == Format::Long || wanted.has("d") || wanted.has("F");
    let follow = wanted.has("L") || wanted.has("H");
    if !stay && !follow {
        let followed = stat(&tool.sys, name, AtFlags::empty()).await;
        if let Ok(found) = followed
            && found.mode.file_type == FileType::Directory
        {
            return Ok(item(name.clone(), found));
        }
    }
    inspect(tool, name, name.clone(), wanted, follow).await
}

async fn inspect(
    tool: &mut Tool,
    path: &Bytes,
    name: Bytes,
    wanted: &Wanted,
    follow: bool,
) -> Result<Item, Errno> {
    let own = AtFlags::AT_SYMLINK_NOFOLLOW;
    let found = if follow {
        match stat(&tool.sys, path, AtFlags::empty()).await {
            Err(Errno::ENOENT | Errno::ELOOP) => stat(&tool.sys, path, own).await,
            found => found,
        }
    } else {
        stat(&tool.sys, path, own).await
    }?;
    let mut item = item(name, found);
    if found.mode.file_type == FileType::Symlink && (wanted.format == Format::Long || wanted.has("F")) {
        let target = tool.sys.readlinkat(DirFd::CWD, path, 4096_u64).await;
        if let Ok(target) = target {
            let behind = stat(&tool.sys, path, AtFlags::empty()).await.ok();
            item.target = Some((target.0, behind));
        }
    }
    Ok(item)
}

fn item(name: Bytes, stat: Stat) -> Item {
    Item { name, stat: Some(stat), target: None, file_type: Some(stat.mode.file_type) }
}

async fn stat(sys: &Sys, path: &Bytes, flags: AtFlags) -> Result<Stat, Errno> {
    sys.newfstatat(DirFd::CWD, path, flags).await
}

/// Lists a directory and returns the directories in it, for -R; none if it could not be opened.
async fn list_directory(
    tool: &mut Tool,
    path: &Bytes,
    wanted: &Wanted,
    title: Option<bool>,
    operands: &[Bytes],
) -> Option<Vec<Bytes>> {
    let entries = match read_directory(&tool.sys, path).await {
        Ok(entries) => entries,
        Err((doing, errno)) => {
            tool.status = if operands.contains(path) { SERIOUS } else { tool.status.max(1) };
            tool.complain(format!("{doing} {}: {errno}", quote::always(path))).await;
            return None;
        }
    };
    if let Some(first) = title {
        let quoted = if wanted.quote { quote::leading(path) } else { path.to_text() };
        let blank = if first { "" } else { "\n" };
        tool.line(format!("{blank}{quoted}:")).await;
    }
    let mut items = Vec::new();
    for (name, file_type) in entries {
        if is_hidden(&name, wanted) {
            continue;
        }
        let below: Bytes = join(path, &name);
        if !needs_stat(wanted) {
            items.push(Item { name, stat: None, target: None, file_type: Some(file_type) });
            continue;
        }
        match inspect(tool, &below, name.clone(), wanted, wanted.has("L")).await {
            Ok(item) => items.push(item),
            Err(errno) => {
                tool.fail(format!("cannot access {}: {errno}", quote::always(&below))).await;
                items.push(Item { name, stat: None, target: None, file_type: None });
            }
        }
    }
    list::sort(&mut items, wanted);
    if wanted.format == Format::Long || wanted.has("s") {
        let blocks: i64 = items.iter().filter_map(|item| item.stat).map(|stat| stat.blocks).sum();
        let total = long::blocks(blocks, wanted);
        tool.line(format!("total {total}")).await;
    }
    list::print(tool, &items, wanted).await;
    let directories = items.iter().filter(|item| {
        item.file_type == Some(FileType::Directory) && !matches!(item.name.as_slice(), b"." | b"..")
    });
    Some(directories.map(|item| join(path, &item.name)).collect())
}

fn join(directory: &[u8], name: &[u8]) -> Bytes {
    match directory {
        b"." if name.is_empty() => ".".into(),
        directory if directory.ends_with(b"/") => [directory, name].concat().into(),
        directory => [directory, b"/", name].concat().into(),
    }
}

fn is_hidden(name: &[u8], wanted: &Wanted) -> bool {
    if wanted.has("B") && name.ends_with(b"~") {
        return true;
    }
    let all = wanted.options.last_of(&["a", "A", "f"]);
    match all {
        Some("A") => matches!(name, b"." | b".."),
        Some(_) => false,
        None => name.starts_with(b"."),
    }
}

/// What a name and a type do not tell.
fn needs_stat(wanted: &Wanted) -> bool {
    let sorted_by_stat = ["S", "t", "c", "u"].iter().any(|option| wanted.has(option));
    wanted.format == Format::Long
        || sorted_by_stat
        || ["i", "s", "F", "p", "L"].iter().any(|option| wanted.has(option))
}

async fn read_directory(sys: &Sys, path: &Bytes) -> Result<Vec<(Bytes, FileType)>, (&'static str, Errno)> {
    let flags = OpenFlags::O_NONBLOCK | OpenFlags::O_CLOEXEC | OpenFlags::O_DIRECTORY;
    let opened = sys.openat(DirFd::CWD, path, flags, Mode(0)).await;
    let fd = opened.map_err(|errno| ("cannot open directory", errno))?;
    let mut entries = Vec::new();
    let outcome = loop {
        match sys.getdents64(fd, 32_768_u64).await {
            Ok(dirents) if dirents.0.is_empty() => break Ok(()),
            Ok(dirents) => entries.extend(dirents.0.into_iter().map(|entry| (entry.name, entry.file_type))),
            Err(errno) => break Err(("reading directory", errno)),
        }
    };
    let _ = sys.close(fd).await;
    outcome.map(|()| entries)
}
