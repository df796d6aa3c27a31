//! lscpu without `--extended` and `--parse`: `print_summary` of sys-utils/lscpu.c.

use super::machine::{Machine, list};
use crate::user::getopt::Parsed;
use crate::user::json::{self, Key, Kind};
use crate::user::sizes::{Unit, human};
use crate::user::table::Row;
use crate::user::tool::{Done, Tool};

/// On a terminal the lines are in sections.
struct Summary {
    rows: Vec<Row>,
    sections: bool,
}

impl Summary {
    /// A line that others may hang from: where it is.
    fn section(&mut self, field: &str, data: impl Into<String>) -> Option<usize> {
        self.line(None, field, data)
    }

    /// A line of a section. A heading without data is for terminals only, and so is what hangs from it.
    fn line(&mut self, section: Option<usize>, field: &str, data: impl Into<String>) -> Option<usize> {
        let data = data.into();
        if data.is_empty() && !self.sections {
            return None;
        }
        let parent = section.filter(|_| self.sections);
        self.rows.push(Row { cells: vec![field.to_owned(), data], parent });
        Some(self.rows.len() - 1)
    }
}

pub(super) async fn print(tool: &mut Tool, options: &Parsed, machine: &Machine) -> Done {
    let mut summary = Summary { rows: Vec::new(), sections: tool.writes_to_terminal().await };
    fill(&mut summary, machine, options.has("B"));
    if options.has("J") {
        let keys = ["field", "data"].map(|name| Key { name, kind: Kind::Text });
        tool.put(json::table("lscpu", &keys, &summary.rows));
        return Ok(());
    }
    let width = if summary.sections { tool.terminal_width().await.or(Some(80)) } else { None };
    for line in lines(&summary.rows, width) {
        tool.line(line).await;
    }
    Ok(())
}

fn fill(summary: &mut Summary, machine: &Machine, bytes: bool) {
    let flags = machine.says("flags");
    let has = |flag: &str| flags.split(' ').any(|known| known == flag);
    let section = summary.section("Architecture:", &machine.architecture);
    summary.line(section, "CPU op-mode(s):", if has("lm") { "32-bit, 64-bit" } else { "32-bit" });
    summary.line(section, "Address sizes:", machine.says("address sizes"));
    summary.line(section, "Byte Order:", "Little Endian");

    let section = summary.section("CPU(s):", machine.cpus.len().to_string());
    let online: Vec<u32> = machine.cpus.iter().filter(|cpu| cpu.online).map(|cpu| cpu.number).collect();
    summary.line(section, "On-line CPU(s) list:", list(&online));

    let section = summary.section("Vendor ID:", machine.says("vendor_id"));
    let (cores, sockets) = (machine.cores(), machine.sockets());
    let section = summary.line(section, "Model name:", machine.says("model name"));
    for (field, data) in [
        ("CPU family:", machine.says("cpu family")),
        ("Model:", machine.says("model")),
        ("Thread(s) per core:", (machine.cpus.len() / cores).to_string()),
        ("Core(s) per socket:", (cores / sockets).to_string()),
        ("Socket(s):", sockets.to_string()),
        ("Stepping:", machine.says("stepping")),
        ("BogoMIPS:", machine.says("bogomips")),
        ("Flags:", flags.clone()),
    ] {
        summary.line(section, field, data);
    }
    if has("vmx") {
        let section = summary.section("Virtualization features:", "");
        summary.line(section, "Virtualization:", "VT-x");
    }
    caches(summary, machine, bytes);
    nodes(summary, machine);
}

fn caches(summary: &mut Summary, machine: &Machine, bytes: bool) {
    if machine.caches.is_empty() {
        return;
    }
    let section = summary.section("Caches (sum of all):", "");
    let word = if summary.sections { "" } else { " cache" };
    for cache in &machine.caches {
        let count = cache.ids.len();
        let all = cache.size_bytes * count as u64;
        let size = if bytes { all.to_string() } else { human(all, Unit::Word) };
        let plural = if count == 1 { "" } else { "s" };
        summary.line(
            section,
            &format!("{}{word}:", cache.name),
            format!("{size} ({count} instance{plural})"),
        );
    }
}

fn nodes(summary: &mut Summary, machine: &Machine) {
    if machine.nodes.is_empty() {
        return;
    }
    let section = summary.section("NUMA:", "");
    summary.line(section, "NUMA node(s):", machine.nodes.len().to_string());
    for (number, cpus) in machine.nodes.iter().enumerate() {
        summary.line(section, &format!("NUMA node{number} CPU(s):"), list(cpus));
    }
}

/// Both columns; what does not fit the terminal goes on below.
fn lines(rows: &[Row], terminal: Option<usize>) -> Vec<String> {
    let depth = |row: &Row| std::iter::successors(row.parent, |&parent| rows[parent].parent).count();
    let fields: Vec<String> = rows.iter().map(|row| "  ".repeat(depth(row)) + &row.cells[0]).collect();
    let width = fields.iter().map(String::len).max().unwrap_or(0);
    let room = terminal.map_or(usize::MAX, |terminal| terminal.saturating_sub(width + 1).max(1));
    let mut lines = Vec::new();
    for (field, row) in fields.iter().zip(rows) {
        let data: Vec<char> = row.cells[1].chars().collect();
        let mut pieces = data.chunks(room).map(String::from_iter);
        lines.push(format!("{field:width$} {}", pieces.next().unwrap_or_default()));
        lines.extend(pieces.map(|piece| format!("{:width$} {piece}", "")));
    }
    lines
}
