//! findmnt(8), mountpoint(1).

use crate::abi::{AtFlags, Bytes, DirFd, FileType};
use crate::user::getopt::{Order, Parsed, Syntax};
use crate::user::mountinfo::{self, Entry};
use crate::user::realpath::{Exists, realpath};
use crate::user::table::{self, Column, Headings, Row, Style};
use crate::user::tool::{Done, Exit, Tool};
use crate::user::{Args, Sys};

const SYNTAX: Syntax = Syntax {
    options: &[
        "l list",
        "M mountpoint=",
        "n noheadings",
        "o output=",
        "r raw",
        "R submounts",
        "S source=",
        "t types=",
        "T target=",
        "u notruncate",
    ],
    unmodelled: &[
        "A all",
        "a ascii",
        "b bytes",
        "c canonicalize",
        "C nocanonicalize",
        "D df",
        "d direction=",
        "e evaluate",
        "F tab-file=",
        "f first-only",
        "i invert",
        "J json",
        "k kernel",
        "m mtab",
        "N task=",
        "O options=",
        "output-all",
        "P pairs",
        "p poll[=]",
        "pseudo",
        "real",
        "s fstab",
        "shadowed",
        "tree",
        "U uniq",
        "v nofsroot",
        "verbose",
        "verify",
        "vfs-all",
        "w timeout=",
        "x",
        "y shell",
        "h help",
        "V version",
    ],
    order: Order::Permute,
};

const COLUMNS: &[&str] = &[
    "TARGET",
    "SOURCE",
    "FSTYPE",
    "OPTIONS",
    "VFS-OPTIONS",
    "FS-OPTIONS",
    "PROPAGATION",
    "FSROOT",
    "MAJ:MIN",
    "ID",
    "PARENT",
    "OPT-FIELDS",
];

pub async fn findmnt(sys: Sys, args: Args) -> i32 {
    let mut tool = Tool::short_named(sys, args);
    let done = run(&mut tool).await;
    tool.finish(done).await
}

async fn run(tool: &mut Tool) -> Done {
    let options = tool.options(SYNTAX, 1).await?;
    let mut columns = chosen_columns(tool, &options).await?;
    let entries = match mountinfo::read(&tool.sys).await {
        Ok(entries) => entries,
        Err(errno) => return tool.die(format!("can't read /proc/self/mountinfo: {errno}"), 1).await,
    };
    let chosen = choose(tool, &options, &entries).await;
    if chosen.is_empty() {
        return Err(Exit(1));
    }
    let whole = chosen.len() == entries.len() || options.has("R");
    let as_tree = whole && !options.has("l") && !options.has("r");
    for column in &mut columns {
        column.tree = as_tree && column.header == "TARGET";
        column.cut = !options.has("u") && column.header == "OPTIONS";
    }
    let row = |entry: &Entry| Row {
        cells: columns.iter().map(|column| cell(column.header, entry)).collect(),
        parent: chosen.iter().position(|other| other.id == entry.parent && other.id != entry.id),
    };
    let rows = chosen.iter().map(row).collect();
    let headings = if options.has("n") { Headings::Hidden } else { Headings::Shown };
    let style = if options.has("r") { Style::Raw } else { Style::Aligned };
    table::print(tool, &columns, rows, headings, style).await;
    Ok(())
}

async fn chosen_columns(tool: &mut Tool, options: &Parsed) -> Done<Vec<Column<'static>>> {
    let default = "TARGET,SOURCE,FSTYPE,OPTIONS";
    let list = table::column_list(options.value("o"), default);
    let mut columns = Vec::new();
    for name in list.split(',') {
        match COLUMNS.iter().find(|known| known.eq_ignore_ascii_case(name)) {
            Some(&header) => {
                let right = matches!(header, "ID" | "PARENT");
                columns.push(Column { right, ..Column::left(header) });
            }
            None => {
                crate::user::unmodelled(&tool.sys, format!("findmnt -o {name}"));
                return tool.die(format!("unknown column: {name}"), 1).await;
            }
        }
    }
    Ok(columns)
}

/// An operand may be a directory or a source.
async fn choose(tool: &mut Tool, options: &Parsed, entries: &[Entry]) -> Vec<Entry> {
    let mut operand = options.operands.first().map(Bytes::to_text);
    operand = options.value("M").or(operand);
    if let Some(path) = options.value("T") {
        let path = realpath(&tool.sys, path.as_bytes(), Exists::All).await.map(|path| path.to_text());
        return path.ok().and_then(|path| containing(entries, &path)).into_iter().collect();
    }
    let mut canonical = operand.clone();
    if let Some(text) = &operand
        && let Ok(path) = realpath(&tool.sys, text.as_bytes(), Exists::All).await
    {
        canonical = Some(path.to_text());
    }
    let source = options.value("S");
    let fits = |entry: &&Entry| {
        let place = operand.is_none()
            || canonical.as_ref() == Some(&entry.target)
            || operand.as_ref() == Some(&entry.source);
        let types = options.value("t").is_none_or(|types| super::type_matches(&types, &entry.fs_type));
        place && types && source.as_ref().is_none_or(|source| *source == entry.source)
    };
    let found: Vec<Entry> = entries.iter().filter(fits).cloned().collect();
    if !options.has("R") {
        return found;
    }
    let under = |entry: &&Entry| {
        found.iter().any(|top| {
            entry.id == top.id || entry.target.starts_with(&format!("{}/", top.target.trim_end_matches('/')))
        })
    };
    entries.iter().filter(under).cloned().collect()
}

/// The mount that a path is on.
fn containing(entries: &[Entry], path: &str) -> Option<Entry> {
    let holds = |entry: &&Entry| {
        let directory = entry.target.trim_end_matches('/');
        path == entry.target || path.starts_with(&format!("{directory}/"))
    };
    entries.iter().filter(holds).max_by_key(|entry| entry.target.len()).cloned()
}

fn cell(column: &str, entry: &Entry) -> String {
    match column {
        "TARGET" => entry.target.clone(),
        "SOURCE" => entry.source_with_root(),
        "FSTYPE" => entry.fs_type.clone(),
        "OPTIONS" => entry.options(),
        "VFS-OPTIONS" => entry.mount_options.clone(),
        "FS-OPTIONS" => entry.fs_options.clone(),
        "PROPAGATION" => propagation(entry),
        "FSROOT" => entry.root.clone(),
        "MAJ:MIN" => entry.device.clone(),
        "ID" => entry.id.to_string(),
        "PARENT" => entry.parent.to_string(),
        _ => entry.optional.join(" "),
    }
}

fn propagation(entry: &Entry) -> String {
    let has = |kind: &str| entry.optional.iter().any(|field| field.starts_with(kind));
    let mut text = if has("shared:") { "shared" } else { "private" }.to_owned();
    if has("master:") {
        text += ",slave";
    }
    if has("unbindable") {
        text += ",unbindable";
    }
    text
}

const MOUNTPOINT: Syntax = Syntax {
    options: &["d fs-devno", "nofollow", "q quiet"],
    unmodelled: &["x devno", "h help", "V version"],
    order: Order::Permute,
};

pub async fn mountpoint(sys: Sys, args: Args) -> i32 {
    let mut tool = Tool::short_named(sys, args);
    let done = run_mountpoint(&mut tool).await;
    tool.finish(done).await
}

async fn run_mountpoint(tool: &mut Tool) -> Done {
    let options = tool.options(MOUNTPOINT, 1).await?;
    let [path] = &options.operands[..] else { return tool.usage("bad usage", 1).await };
    let text = path.to_text();
    let quiet = options.has("q");
    let flags = if options.has("nofollow") { AtFlags::AT_SYMLINK_NOFOLLOW } else { AtFlags::empty() };
    let found = match tool.sys.newfstatat(DirFd::CWD, path, flags).await {
        Ok(found) => found,
        Err(_) if quiet => return Err(Exit(1)),
        Err(errno) => return tool.die(format!("{text}: {errno}"), 1).await,
    };
    let canonical =
        realpath(&tool.sys, path, Exists::All).await.map(|path| path.to_text()).unwrap_or_default();
    let entries = mountinfo::read(&tool.sys).await.unwrap_or_default();
    let link = found.mode.file_type == FileType::Symlink;
    if link || mountinfo::at(&entries, &canonical).is_none() {
        if !quiet {
            tool.line(format!("{text} is not a mountpoint")).await;
        }
        return Err(Exit(32));
    }
    if options.has("d") {
        tool.line(format!("{}:{}", found.dev.major, found.dev.minor)).await;
    } else if !quiet {
        tool.line(format!("{text} is a mountpoint")).await;
    }
    Ok(())
}
