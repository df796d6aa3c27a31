//! The order of entries, and every layout but the long one.

use super::{Format, Item, Wanted, long};
use crate::abi::{FileType, Stat, Timespec};
use crate::user::quote::{Quote, quote};
use crate::user::tool::Tool;

pub(super) fn sort(items: &mut [Item], wanted: &Wanted) {
    let key = sort_key(wanted);
    if key == Some("U") || key == Some("f") {
        return;
    }
    items.sort_by(|a, b| a.name.cmp(&b.name));
    match key {
        Some("S") => items.sort_by_key(|item| std::cmp::Reverse(item.stat.map(|stat| stat.size))),
        Some("t") => {
            items.sort_by_key(|item| std::cmp::Reverse(item.stat.map(|stat| time_of(&stat, wanted))))
        }
        Some("X") => items.sort_by(|a, b| extension(&a.name).cmp(extension(&b.name))),
        _ => {}
    }
    if wanted.has("r") {
        items.reverse();
    }
    if wanted.has("group-directories-first") {
        items.sort_by_key(|item| !is_directory(item));
    }
}

/// -c and -u sort by their time, except in a long listing that is not sorted by time.
fn sort_key(wanted: &Wanted) -> Option<&'static str> {
    let given = wanted.options.last_of(&["S", "t", "U", "f", "X"]);
    let other_time = wanted.has("c") || wanted.has("u");
    given.or((other_time && wanted.format != Format::Long).then_some("t"))
}

fn extension(name: &[u8]) -> &[u8] {
    name.iter().rposition(|&b| b == b'.').map_or(b"", |dot| &name[dot..])
}

fn is_directory(item: &Item) -> bool {
    let behind = item.target.as_ref().and_then(|(_, stat)| *stat).map(|stat| stat.mode.file_type);
    behind.or(item.file_type) == Some(FileType::Directory)
}

pub(super) fn time_of(stat: &Stat, wanted: &Wanted) -> Timespec {
    match wanted.options.last_of(&["c", "u"]) {
        Some("c") => stat.changed,
        Some(_) => stat.accessed,
        None => stat.modified,
    }
}

pub(super) async fn print(tool: &mut Tool, items: &[Item], wanted: &Wanted) {
    if wanted.format == Format::Long {
        return long::print(tool, items, wanted).await;
    }
    let cells = cells(items, wanted);
    match wanted.format {
        Format::Long | Format::OnePerLine => {
            for cell in cells {
                tool.line(cell).await;
            }
        }
        Format::Commas => print_with_commas(tool, &cells, wanted.width).await,
        Format::Columns | Format::Rows => print_grid(tool, &cells, wanted).await,
    }
}

/// Each entry with what stands before and after its name.
fn cells(items: &[Item], wanted: &Wanted) -> Vec<Vec<u8>> {
    let aligned = matches!(wanted.format, Format::Columns | Format::Rows);
    let names = names(items, wanted, aligned);
    let inode_width = column_width(items, |stat| stat.ino.to_string());
    let size_width = column_width(items, |stat| long::blocks(stat.blocks, wanted));
    let cell = |(item, name): (&Item, Vec<u8>)| {
        let mut cell = Vec::new();
        for (option, width) in [("i", inode_width), ("s", size_width)] {
            if wanted.has(option) {
                let text = match item.stat {
                    Some(stat) if option == "i" => stat.ino.to_string(),
                    Some(stat) => long::blocks(stat.blocks, wanted),
                    None => "?".to_owned(),
                };
                let width = if wanted.format == Format::Commas { 0 } else { width };
                cell.extend(format!("{text:>width$} ").bytes());
            }
        }
        cell.extend(name);
        cell.extend(indicator(item.file_type, item.stat.as_ref(), wanted).bytes());
        cell
    };
    items.iter().zip(names).map(cell).collect()
}

fn column_width(items: &[Item], text: impl Fn(&Stat) -> String) -> usize {
    items.iter().filter_map(|item| item.stat.as_ref()).map(|stat| text(stat).len()).max().unwrap_or(1)
}

/// The names, quoted for a terminal. Where one of them is quoted and they stand in columns, the others are
/// moved by the width of a quote.
pub(super) fn names(items: &[Item], wanted: &Wanted, aligned: bool) -> Vec<Vec<u8>> {
    if !wanted.quote {
        return items.iter().map(|item| item.name.0.clone()).collect();
    }
    let quoted: Vec<String> = items.iter().map(|item| quote(&item.name, Quote::IfNeeded)).collect();
    let is_quoted = |name: &String| name.starts_with(['\'', '"']);
    let shift = aligned && quoted.iter().any(is_quoted);
    let moved = quoted.into_iter().map(|name| match shift && !is_quoted(&name) {
        true => format!(" {name}").into_bytes(),
        false => name.into_bytes(),
    });
    moved.collect()
}

/// The mark behind a name: -F, -p.
pub(super) fn indicator(file_type: Option<FileType>, stat: Option<&Stat>, wanted: &Wanted) -> &'static str {
    let executable = stat.is_some_and(|stat| stat.mode.permissions.0 & 0o111 != 0);
    match (wanted.options.last_of(&["F", "p"]), file_type) {
        (Some(_), Some(FileType::Directory)) => "/",
        (Some("F"), Some(FileType::Symlink)) if wanted.format != Format::Long => "@",
        (Some("F"), Some(FileType::Fifo)) => "|",
        (Some("F"), Some(FileType::Socket)) => "=",
        (Some("F"), Some(FileType::Regular)) if executable => "*",
        _ => "",
    }
}

async fn print_with_commas(tool: &mut Tool, cells: &[Vec<u8>], width: usize) {
    let mut column = 0;
    for (index, cell) in cells.iter().enumerate() {
        let needed = display_width(cell);
        if index > 0 {
            tool.put(",");
            if column + needed + 2 < width {
                tool.put(" ");
                column += 2;
            } else {
                tool.put("\n");
                column = 0;
            }
        }
        tool.put(cell);
        column += needed;
    }
    tool.line("").await;
}

/// As many columns as fit; each is as wide as its widest entry and two spaces.
async fn print_grid(tool: &mut Tool, cells: &[Vec<u8>], wanted: &Wanted) {
    if cells.is_empty() {
        return;
    }
    let widths: Vec<usize> = cells.iter().map(|cell| display_width(cell)).collect();
    let by_row = wanted.format == Format::Rows;
    let (columns, column_widths) = fit(&widths, wanted.width, by_row);
    let rows = cells.len().div_ceil(columns);
    for row in 0..rows {
        let mut at = 0;
        let mut start = 0;
        for (column, column_width) in column_widths.iter().enumerate() {
            let index = if by_row { row * columns + column } else { column * rows + row };
            let Some(cell) = cells.get(index).filter(|_| by_row || column * rows + row < cells.len()) else {
                break;
            };
            tool.put(indent(at, start));
            tool.put(cell);
            at = start + widths[index];
            start += column_width;
        }
        tool.line("").await;
    }
}

const COLUMN_WIDTH_MIN: usize = 3;

fn fit(widths: &[usize], line: usize, by_row: bool) -> (usize, Vec<usize>) {
    let columns_max = (line / COLUMN_WIDTH_MIN).max(1).min(widths.len());
    for columns in (1..=columns_max).rev() {
        let rows = widths.len().div_ceil(columns);
        let mut column_widths = vec![COLUMN_WIDTH_MIN; columns];
        for (index, width) in widths.iter().enumerate() {
            let column = if by_row { index % columns } else { index / rows };
            let gap = if column == columns - 1 { 0 } else { 2 };
            column_widths[column] = column_widths[column].max(width + gap);
        }
        if columns == 1 || column_widths.iter().sum::<usize>() < line {
            return (columns, column_widths);
        }
    }
    (1, vec![0])
}

/// From one column to another, with tabs where they reach.
fn indent(from: usize, to: usize) -> String {
    const TAB: usize = 8;
    let mut text = String::new();
    let mut at = from;
    while at < to {
        if to / TAB > (at + 1) / TAB {
            text.push('\t');
            at += TAB - at % TAB;
        } else {
            text.push(' ');
            at += 1;
        }
    }
    text
}

/// One column for each character; what is not UTF-8 takes one for each byte.
fn display_width(cell: &[u8]) -> usize {
    cell.utf8_chunks().map(|chunk| chunk.valid().chars().count() + chunk.invalid().len()).sum()
}
