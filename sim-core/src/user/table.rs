//! Tables as util-linux prints them: columns as wide as their widest cell, trees, and one column that is
//! cut where the terminal ends.

use super::tool::Tool;

/// The columns that `--output` names, of which `+LIST` means the default ones and these.
pub fn column_list(asked: Option<String>, default: &str) -> String {
    match asked {
        Some(list) => match list.strip_prefix('+') {
            Some(more) => format!("{default},{more}"),
            None => list,
        },
        None => default.to_owned(),
    }
}

/// A column of a table.
#[derive(Clone, Debug)]
pub struct Column<'h> {
    pub header: &'h str,
    pub right: bool,
    /// How wide a column is whose cells need less, but no less than the header: `width_hint`. 0 is none.
    pub hint: usize,
    /// Cut where a line does not fit the terminal.
    pub cut: bool,
    /// Where the branches of a tree are drawn.
    pub tree: bool,
}

impl<'h> Column<'h> {
    pub const fn left(header: &'h str) -> Column<'h> {
        Column { header, right: false, hint: 0, cut: false, tree: false }
    }

    pub const fn right(header: &'h str) -> Column<'h> {
        Column { right: true, ..Column::left(header) }
    }
}

/// A line: its cells, and the line that it hangs from.
#[derive(Clone, Debug)]
pub struct Row {
    pub cells: Vec<String>,
    pub parent: Option<usize>,
}

/// How a table is printed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Style {
    Aligned,
    /// The same, with trees drawn in ASCII.
    Ascii,
    /// One space between the cells, blanks in them escaped.
    Raw,
}

/// Prints a table; without columns of headers if `headings` is empty.
pub async fn print(
    tool: &mut Tool,
    columns: &[Column<'_>],
    rows: Vec<Row>,
    headings: Headings,
    style: Style,
) {
    let rows = draw_trees(columns, rows, tool.is_utf8() && style != Style::Ascii);
    let mut lines: Vec<Vec<String>> = Vec::new();
    let mut widths: Vec<usize> =
        (0..columns.len()).map(|index| width(&columns[index], index, &rows)).collect();
    if headings == Headings::Shown {
        lines.push(columns.iter().map(|column| column.header.to_owned()).collect());
    }
    lines.extend(rows);
    if style == Style::Raw {
        for line in lines {
            let cells: Vec<String> = line.iter().map(|cell| escape_blanks(cell)).collect();
            tool.line(cells.join(" ")).await;
        }
        return;
    }
    if tool.writes_to_terminal().await {
        let limit = tool.terminal_width().await.unwrap_or(80);
        let total = widths.iter().sum::<usize>() + widths.len().saturating_sub(1);
        let cut = columns.iter().rposition(|column| column.cut);
        if let Some(index) = cut.filter(|_| total > limit) {
            let header = columns[index].header.len();
            widths[index] = widths[index].saturating_sub(total - limit).max(header);
        }
    }
    for line in lines {
        tool.line(align(columns, &widths, &line)).await;
    }
}

/// Whether the first line names the columns.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Headings {
    Shown,
    Hidden,
}

/// The width of a column, also where headers are not shown: `count_column_width` of libsmartcols.
fn width(column: &Column<'_>, index: usize, rows: &[Vec<String>]) -> usize {
    let header = column.header.len();
    let cells = rows.iter().map(|cells| cells[index].chars().count()).max().unwrap_or(0);
    if cells < header || column.hint < header { cells.max(header) } else { cells.max(column.hint) }
}

fn align(columns: &[Column<'_>], widths: &[usize], cells: &[String]) -> String {
    let mut line = String::new();
    for (index, (column, cell)) in columns.iter().zip(cells).enumerate() {
        let width = widths[index];
        let last = index + 1 == columns.len();
        let cell: String = if column.cut { cell.chars().take(width).collect() } else { cell.clone() };
        if last && cell.is_empty() {
            break;
        }
        if column.right {
            line += &format!("{cell:>width$}");
        } else if last {
            line += &cell;
        } else {
            line += &format!("{cell:<width$}");
        }
        if !last {
            line.push(' ');
        }
    }
    line
}

/// Puts lines below the ones they hang from, with branches in the tree column.
fn draw_trees(columns: &[Column<'_>], rows: Vec<Row>, utf8: bool) -> Vec<Vec<String>> {
    let Some(tree) = columns.iter().position(|column| column.tree) else {
        return rows.into_iter().map(|row| row.cells).collect();
    };
    let mut drawn = Vec::new();
    let roots: Vec<usize> = (0..rows.len()).filter(|&index| rows[index].parent.is_none()).collect();
    for root in roots {
        draw(&rows, tree, utf8, root, String::new(), String::new(), &mut drawn);
    }
    drawn
}

fn draw(
    rows: &[Row],
    tree: usize,
    utf8: bool,
    index: usize,
    own: String,
    below: String,
    drawn: &mut Vec<Vec<String>>,
) {
    let mut cells = rows[index].cells.clone();
    cells[tree] = format!("{own}{}", cells[tree]);
    drawn.push(cells);
    let [branch, end, trunk] = if utf8 { ["├─", "└─", "│ "] } else { ["|-", "`-", "| "] };
    let children: Vec<usize> = (0..rows.len()).filter(|&child| rows[child].parent == Some(index)).collect();
    for (place, &child) in children.iter().enumerate() {
        let last = place + 1 == children.len();
        let own = format!("{below}{}", if last { end } else { branch });
        let deeper = format!("{below}{}", if last { "  " } else { trunk });
        draw(rows, tree, utf8, child, own, deeper, drawn);
    }
}

fn escape_blanks(cell: &str) -> String {
    cell.replace('\\', "\\x5c").replace(' ', "\\x20").replace('\t', "\\x09").replace('\n', "\\x0a")
}
