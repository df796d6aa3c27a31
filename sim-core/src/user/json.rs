//! JSON as util-linux prints it: lib/jsonwrt.c and libsmartcols.

use super::table::Row;

/// How the cells of a column are written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    Text,
    Number,
    /// `0` and `no` are false.
    Boolean,
    /// The lines of the cell, each a text.
    Lines,
}

/// A column: its name in small letters, and how its cells are written.
#[derive(Clone, Copy, Debug)]
pub struct Key<'a> {
    pub name: &'a str,
    pub kind: Kind,
}

/// A table under its name. Rows that hang from others are their `children` if it is a tree.
pub fn table(name: &str, keys: &[Key<'_>], rows: &[Row]) -> String {
    let roots = objects(keys, rows, None, 2);
    format!("{{\n   \"{name}\": [\n{roots}\n   ]\n}}\n")
}

/// The rows that hang from `parent`, in an array.
fn objects(keys: &[Key<'_>], rows: &[Row], parent: Option<usize>, depth: usize) -> String {
    let indent = "   ".repeat(depth);
    let here = (0..rows.len()).filter(|&index| rows[index].parent == parent);
    let objects: Vec<String> =
        here.map(|index| format!("{{\n{}\n{indent}}}", members(keys, rows, index, depth + 1))).collect();
    format!("{indent}{}", objects.join(","))
}

fn members(keys: &[Key<'_>], rows: &[Row], index: usize, depth: usize) -> String {
    let indent = "   ".repeat(depth);
    let cells = keys.iter().zip(&rows[index].cells);
    let mut members: Vec<String> = cells
        .map(|(key, cell)| {
            format!("{indent}{}: {}", quoted(&key.name.to_ascii_lowercase()), value(key.kind, cell, &indent))
        })
        .collect();
    if rows.iter().any(|row| row.parent == Some(index)) {
        let children = objects(keys, rows, Some(index), depth + 1);
        members.push(format!("{indent}\"children\": [\n{children}\n{indent}]"));
    }
    members.join(",\n")
}

fn value(kind: Kind, cell: &str, indent: &str) -> String {
    match kind {
        Kind::Lines => {
            let lines: Vec<String> = cell.split('\n').map(|line| value(Kind::Text, line, indent)).collect();
            format!("[\n{indent}    {}\n{indent}]", lines.join(", "))
        }
        _ if cell.is_empty() => "null".to_owned(),
        Kind::Text => quoted(cell),
        Kind::Number => cell.to_owned(),
        Kind::Boolean => (!cell.starts_with(['0', 'n', 'N'])).to_string(),
    }
}

/// With the escapes of JSON.
fn quoted(text: &str) -> String {
    let mut out = "\"".to_owned();
    for character in text.chars() {
        match character {
            '"' | '\\' => out.extend(['\\', character]),
            '\n' => out += "\\n",
            '\t' => out += "\\t",
            '\r' => out += "\\r",
            control if control < ' ' => out += &format!("\\u{:04x}", u32::from(control)),
            other => out.push(other),
        }
    }
    out + "\""
}
