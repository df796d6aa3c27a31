//! lsns(8).

use std::collections::BTreeMap;

use crate::abi::{DirFd, Mode, OpenFlags};
use crate::user::accounts::Accounts;
use crate::user::getopt::{Order, Parsed, Syntax};
use crate::user::io::{read_file, read_text};
use crate::user::table::{self, Column, Headings, Row, Style};
use crate::user::tool::{Done, Exit, Tool};
use crate::user::{Args, Sys};

const SYNTAX: Syntax = Syntax {
    options: &["l list", "n noheadings", "o output=", "p task=", "r raw", "t type=", "u notruncate"],
    unmodelled: &["J json", "output-all", "T tree[=]", "W nowrap", "h help", "V version"],
    order: Order::Permute,
};

const TYPES: &[&str] = &["mnt", "net", "ipc", "user", "pid", "uts", "cgroup", "time"];

const COLUMNS: &[(&str, bool)] = &[
    ("NS", true),
    ("TYPE", false),
    ("PATH", false),
    ("NPROCS", true),
    ("PID", true),
    ("PPID", true),
    ("COMMAND", false),
    ("UID", true),
    ("USER", false),
];

const DEFAULT_COLUMNS: &str = "NS,TYPE,NPROCS,PID,USER,COMMAND";

pub async fn main(sys: Sys, args: Args) -> i32 {
    let mut tool = Tool::short_named(sys, args);
    let done = run(&mut tool).await;
    tool.finish(done).await
}

struct Process {
    pid: u32,
    ppid: u32,
    uid: u32,
    command: String,
    namespaces: Vec<(&'static str, u64)>,
}

/// A namespace, and its first process among those that could be read.
struct Namespace {
    inode: u64,
    kind: &'static str,
    processes: u32,
    /// An index.
    first: usize,
}

async fn run(tool: &mut Tool) -> Done {
    let options = tool.options(SYNTAX, 1).await?;
    let types = chosen_types(tool, &options).await?;
    let columns = chosen_columns(tool, &options).await?;
    let task: Option<u32> = match options.value("p").map(|text| (text.parse(), text)) {
        Some((Ok(pid), _)) => Some(pid),
        Some((Err(_), text)) => return tool.die(format!("invalid PID argument: '{text}'"), 1).await,
        None => None,
    };
    let processes = read_processes(&tool.sys).await;
    let namespaces = collect(&processes);
    let of_task = |namespace: &Namespace| {
        let owner = task.and_then(|pid| processes.iter().find(|process| process.pid == pid));
        match (task, owner) {
            (None, _) => true,
            (_, Some(process)) => process.namespaces.contains(&(namespace.kind, namespace.inode)),
            _ => false,
        }
    };
    let wanted_inode = match options.operands.first() {
        Some(operand) => match operand.to_text().parse::<u64>() {
            Ok(inode) => Some(inode),
            Err(_) => {
                let message = format!("invalid namespace argument: '{}'", operand.to_text());
                return tool.die(message, 1).await;
            }
        },
        None => None,
    };
    if wanted_inode.is_some() {
        // It lists the processes of one namespace as a tree.
        crate::user::unmodelled(&tool.sys, "lsns NAMESPACE");
        return Err(Exit(1));
    }
    let shown = namespaces
        .iter()
        .filter(|namespace| (types.is_empty() || types.contains(&namespace.kind)) && of_task(namespace));
    let accounts = Accounts::read(&tool.sys).await;
    let mut rows: Vec<Row> = Vec::new();
    let mut line_of: BTreeMap<u32, usize> = BTreeMap::new();
    for namespace in shown {
        let process = &processes[namespace.first];
        let cells = columns.iter().map(|column| cell(column.header, namespace, process, &accounts));
        // A namespace hangs from that of its process's parent.
        rows.push(Row { cells: cells.collect(), parent: line_of.get(&process.ppid).copied() });
        line_of.insert(process.pid, rows.len() - 1);
    }
    if rows.is_empty() {
        return Ok(());
    }
    let headings = if options.has("n") { Headings::Hidden } else { Headings::Shown };
    let style = if options.has("r") { Style::Raw } else { Style::Aligned };
    let mut columns = columns;
    for column in &mut columns {
        let command = column.header == "COMMAND";
        column.tree = command && !options.has("l") && !options.has("r");
        column.cut = command && !options.has("u");
    }
    table::print(tool, &columns, rows, headings, style).await;
    Ok(())
}

async fn chosen_types(tool: &mut Tool, options: &Parsed) -> Done<Vec<&'static str>> {
    let mut types = Vec::new();
    for (option, value) in &options.options {
        let Some(value) = value.as_ref().filter(|_| *option == "t") else { continue };
        match TYPES.iter().find(|kind| kind.as_bytes() == value.as_slice()) {
            Some(kind) => types.push(*kind),
            None => return tool.die(format!("unknown namespace type: {}", value.to_text()), 1).await,
        }
    }
    Ok(types)
}

async fn chosen_columns(tool: &mut Tool, options: &Parsed) -> Done<Vec<Column<'static>>> {
    let list = table::column_list(options.value("o"), DEFAULT_COLUMNS);
    let mut columns = Vec::new();
    for name in list.split(',') {
        match COLUMNS.iter().find(|(header, _)| header.eq_ignore_ascii_case(name)) {
            Some(&(header, right)) => columns.push(Column { right, ..Column::left(header) }),
            None => {
                if ["NETNSID", "NSFS", "PNS", "ONS"].iter().any(|known| known.eq_ignore_ascii_case(name)) {
                    crate::user::unmodelled(&tool.sys, format!("lsns -o {name}"));
                }
                return tool.die(format!("unknown column: {name}"), 1).await;
            }
        }
    }
    Ok(columns)
}

fn cell(column: &str, namespace: &Namespace, process: &Process, accounts: &Accounts) -> String {
    match column {
        "NS" => namespace.inode.to_string(),
        "TYPE" => namespace.kind.to_owned(),
        "PATH" => format!("/proc/{}/ns/{}", process.pid, namespace.kind),
        "NPROCS" => namespace.processes.to_string(),
        "PID" => process.pid.to_string(),
        "PPID" => process.ppid.to_string(),
        "UID" => process.uid.to_string(),
        "USER" => accounts.user_name(process.uid),
        _ => process.command.clone(),
    }
}

/// The namespaces of all processes, by their inode numbers.
fn collect(processes: &[Process]) -> Vec<Namespace> {
    let mut found: BTreeMap<u64, Namespace> = BTreeMap::new();
    for (index, process) in processes.iter().enumerate() {
        for &(kind, inode) in &process.namespaces {
            let namespace =
                found.entry(inode).or_insert(Namespace { inode, kind, processes: 0, first: index });
            namespace.processes += 1;
        }
    }
    found.into_values().collect()
}

async fn read_processes(sys: &Sys) -> Vec<Process> {
    let flags = OpenFlags::O_DIRECTORY | OpenFlags::O_CLOEXEC;
    let Ok(fd) = sys.openat(DirFd::CWD, "/proc", flags, Mode(0)).await else { return Vec::new() };
    let mut pids: Vec<u32> = Vec::new();
    while let Ok(entries) = sys.getdents64(fd, 32_768_u64).await {
        if entries.0.is_empty() {
            break;
        }
        pids.extend(entries.0.iter().filter_map(|entry| entry.name.to_text().parse::<u32>().ok()));
    }
    let _ = sys.close(fd).await;
    pids.sort_unstable();
    let mut processes = Vec::new();
    for pid in pids {
        processes.extend(read_process(sys, pid).await);
    }
    processes
}

/// One process; none if its namespaces may not be looked at.
async fn read_process(sys: &Sys, pid: u32) -> Option<Process> {
    let mut namespaces = Vec::new();
    for kind in TYPES {
        let link = sys.readlinkat(DirFd::CWD, format!("/proc/{pid}/ns/{kind}"), 64_u64).await;
        let inode = link.ok().and_then(|link| {
            let text = link.0.to_text();
            text.split_once('[')?.1.trim_end_matches(']').parse().ok()
        });
        namespaces.extend(inode.map(|inode| (*kind, inode)));
    }
    let stat = read_text(sys, format!("/proc/{pid}/stat")).await.ok()?;
    let fields: Vec<&str> = stat.rsplit_once(')')?.1.split_whitespace().collect();
    let name = stat.split_once('(')?.1.rsplit_once(')')?.0.to_owned();
    let directory = sys.newfstatat(DirFd::CWD, format!("/proc/{pid}"), crate::abi::AtFlags::empty()).await;
    let arguments = read_file(sys, format!("/proc/{pid}/cmdline")).await.unwrap_or_default();
    let arguments = arguments.strip_suffix(b"\0").unwrap_or(&arguments);
    let command = String::from_utf8_lossy(arguments).replace('\0', " ");
    Some(Process {
        pid,
        ppid: fields.get(1)?.parse().ok()?,
        uid: directory.ok()?.uid.0,
        command: if command.is_empty() { name } else { command },
        namespaces,
    })
}
