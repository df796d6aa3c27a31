//! `lscpu --extended` and `lscpu --parse`: a line for each CPU.

use super::machine::{Cpu, Machine};
use crate::user::getopt::Parsed;
use crate::user::json::{self, Key, Kind};
use crate::user::table::{self, Column, Headings, Row, Style};
use crate::user::tool::{Done, Tool};

/// Name, and how JSON has it; numbers stand on the right.
const COLUMNS: &[(&str, Kind)] = &[
    ("BOGOMIPS", Kind::Number),
    ("CPU", Kind::Number),
    ("CORE", Kind::Number),
    ("SOCKET", Kind::Number),
    ("NODE", Kind::Number),
    (CACHE, Kind::Text),
    ("ONLINE", Kind::Boolean),
    ("MHZ", Kind::Number),
];
/// Under its name in a list of columns; the heading is made of the names of the caches.
const CACHE: &str = "CACHE";

/// What the real one has besides; none of it means anything on this machine.
const UNMODELLED: &[&str] =
    &["CLUSTER", "BOOK", "DRAWER", "POLARIZATION", "ADDRESS", "CONFIGURED", "SCALMHZ%", "MAXMHZ", "MINMHZ"];

const EXTENDED: &str = "CPU,NODE,SOCKET,CORE,CACHE,ONLINE";
const PARSABLE: &str = "CPU,CORE,SOCKET,NODE,CACHE";

const PARSABLE_HEADER: &str = "\
# The following is the parsable format, which can be fed to other
# programs. Each different item in every column has an unique ID
# starting usually from zero.
";

pub(super) async fn print(tool: &mut Tool, options: &Parsed, machine: &Machine) -> Done {
    let parsable = options.has("p");
    let columns = chosen(tool, options, if parsable { PARSABLE } else { EXTENDED }).await?;
    let shown = |cpu: &&Cpu| match options.last_of(&["a", "b", "c"]) {
        Some("a") => true,
        Some("c") => !cpu.online,
        Some(_) => cpu.online,
        None => cpu.online || !parsable,
    };
    let cpus: Vec<&Cpu> = machine.cpus.iter().filter(shown).collect();
    if parsable {
        print_parsable(tool, &columns, machine, &cpus);
    } else if !cpus.is_empty() {
        print_extended(tool, options, &columns, machine, &cpus).await;
    }
    Ok(())
}

type Chosen = Vec<(&'static str, Kind)>;

async fn chosen(tool: &mut Tool, options: &Parsed, default: &str) -> Done<Chosen> {
    let list = table::column_list(super::list_of(options), default);
    let mut columns = Vec::new();
    for name in list.split(',') {
        let Some(&column) = COLUMNS.iter().find(|(known, _)| known.eq_ignore_ascii_case(name)) else {
            if UNMODELLED.iter().any(|known| known.eq_ignore_ascii_case(name)) {
                crate::user::unmodelled(&tool.sys, format!("lscpu column {name}"));
            }
            return tool.die(format!("unknown column: {name}"), 1).await;
        };
        columns.push(column);
    }
    Ok(columns)
}

/// The caches have a column each, after an empty one if others came before.
fn print_parsable(tool: &mut Tool, columns: &Chosen, machine: &Machine, cpus: &[&Cpu]) {
    let row = |text: &dyn Fn(&str) -> String| {
        let mut row = String::new();
        for (index, &(name, _)) in columns.iter().enumerate() {
            if name == CACHE && machine.caches.is_empty() {
                continue;
            }
            row += match (index, name) {
                (0, _) => "",
                (_, CACHE) => ",,",
                _ => ",",
            };
            row += &text(name);
        }
        row + "\n"
    };
    tool.put(PARSABLE_HEADER);
    tool.put(format!("# {}", row(&|name| heading(machine, name, ","))));
    for cpu in cpus {
        tool.put(row(&|name| cell(machine, cpu, name, ",")));
    }
}

/// Abbreviations stay in capitals.
fn heading(machine: &Machine, column: &str, separator: &str) -> String {
    match column {
        CACHE => cache_names(machine, separator),
        "BOGOMIPS" | "CPU" => column.to_owned(),
        _ => column[..1].to_owned() + &column[1..].to_ascii_lowercase(),
    }
}

fn cache_names(machine: &Machine, separator: &str) -> String {
    let names: Vec<&str> = machine.caches.iter().map(|cache| cache.name.as_str()).collect();
    if names.is_empty() { CACHE.to_owned() } else { names.join(separator) }
}

async fn print_extended(
    tool: &mut Tool,
    options: &Parsed,
    columns: &Chosen,
    machine: &Machine,
    cpus: &[&Cpu],
) {
    let caches = cache_names(machine, ":");
    let header = |name: &'static str| if name == CACHE { caches.as_str() } else { name };
    let row = |cpu: &&Cpu| {
        let cells = columns.iter().map(|&(name, _)| cell(machine, cpu, name, ":"));
        let cells = cells.map(|cell| if cell.is_empty() { "-".to_owned() } else { cell });
        Row { cells: cells.collect(), parent: None }
    };
    let rows: Vec<Row> = cpus.iter().map(row).collect();
    if options.has("J") {
        let keys: Vec<Key> = columns.iter().map(|&(name, kind)| Key { name: header(name), kind }).collect();
        tool.put(json::table("cpus", &keys, &rows));
        return;
    }
    let column = |&(name, kind): &(&'static str, Kind)| Column {
        right: kind != Kind::Text,
        ..Column::left(header(name))
    };
    let columns: Vec<Column> = columns.iter().map(column).collect();
    table::print(tool, &columns, rows, Headings::Shown, Style::Aligned).await;
}

fn cell(machine: &Machine, cpu: &Cpu, column: &str, separator: &str) -> String {
    match column {
        "BOGOMIPS" => cpu.bogomips.clone(),
        "CPU" => cpu.number.to_string(),
        "CORE" => cpu.core.to_string(),
        "SOCKET" => cpu.socket.to_string(),
        "NODE" => {
            let node = machine.nodes.iter().position(|cpus| cpus.contains(&cpu.number));
            node.map(|node| node.to_string()).unwrap_or_default()
        }
        CACHE => cpu.caches.join(separator),
        "ONLINE" => if cpu.online { "yes" } else { "no" }.to_owned(),
        // The kernel writes three digits after the point, lscpu four.
        _ if cpu.mhz.is_empty() => String::new(),
        _ => format!("{}0", cpu.mhz),
    }
}
