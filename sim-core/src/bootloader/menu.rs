//! GRUB's menu on the serial terminal, drawn as GRUB 2.06 draws it.

use super::terminal::Terminal;

/// The version the screens show: Debian 12's.
pub(super) const VERSION: &str = "2.06-13+deb12u2";

pub(super) const FIRST_ROW: u32 = 5;
pub(super) const LAST_ROW: u32 = 16;
pub(super) const FIRST_COLUMN: u32 = 3;
/// The columns inside the frame.
pub(super) const COLUMNS: usize = 76;
const LAST_COLUMN: u32 = 78;
const SCROLL_COLUMN: u32 = 80;
const TIMEOUT_ROW: u32 = 22;

const HELP: [&str; 3] = [
    "     Use the ^ and v keys to select which entry is highlighted.          ",
    "      Press enter to boot the selected OS, `e' to edit the commands       ",
    "      before booting or `c' for a command-line.                           ",
];

/// An entry of the menu.
#[derive(Clone, Debug)]
pub(super) struct MenuEntry {
    pub(super) title: String,
    /// The commands between its braces, as text.
    pub(super) body: String,
}

/// The menu on the screen.
#[derive(Clone, Debug)]
pub(super) struct Menu {
    pub(super) selected: usize,
    /// Whole seconds until the default entry is started; none once a key was pressed.
    pub(super) seconds_left: Option<u32>,
}

impl Menu {
    /// The entry in the top row.
    fn first_shown(&self) -> usize {
        let rows = (LAST_ROW - FIRST_ROW + 1) as usize;
        self.selected.saturating_sub(rows - 1)
    }

    pub(super) fn draw(&self, terminal: &mut Terminal, entries: &[MenuEntry]) {
        terminal.control("\x1b[?25l");
        frame(terminal, HELP);
        let first = self.first_shown();
        terminal.goto(FIRST_ROW, SCROLL_COLUMN);
        terminal.print(if first > 0 { "^" } else { " " });
        for row in FIRST_ROW..=LAST_ROW {
            self.draw_row(terminal, entries, first + (row - FIRST_ROW) as usize, Some(self.selected));
        }
        let last = first + (LAST_ROW - FIRST_ROW) as usize;
        terminal.goto(LAST_ROW, SCROLL_COLUMN);
        terminal.print(if last + 1 < entries.len() { "v" } else { " " });
        self.park_cursor(terminal);
        self.draw_timeout(terminal);
    }

    /// Draws the row of the entry with this number, highlighted if it is the selected one; rows without an
    /// entry are blank.
    fn draw_row(
        &self,
        terminal: &mut Terminal,
        entries: &[MenuEntry],
        entry: usize,
        selected: Option<usize>,
    ) {
        let row = FIRST_ROW + (entry - self.first_shown()) as u32;
        let (attribute, mark) = if selected == Some(entry) { ("\x1b[7m", '*') } else { ("\x1b[m", ' ') };
        terminal.control(attribute);
        terminal.goto(row, FIRST_COLUMN);
        let title = entries.get(entry).map_or("", |entry| &entry.title);
        let width = COLUMNS - 1;
        terminal.print(&format!("{mark}{title:<width$.width$}"));
        terminal.control("\x1b[m");
        terminal.goto(row, LAST_COLUMN);
        terminal.control("\x1b[m");
    }

    pub(super) fn draw_timeout(&self, terminal: &mut Terminal) {
        match self.seconds_left {
            Some(seconds) => {
                let text = format!("   The highlighted entry will be executed automatically in {seconds}s.");
                terminal.goto(TIMEOUT_ROW, 1);
                terminal.print(&format!("{text:<79}"));
                self.park_cursor(terminal);
            }
            None => self.clear_timeout(terminal),
        }
    }

    pub(super) fn clear_timeout(&self, terminal: &mut Terminal) {
        for row in [TIMEOUT_ROW, TIMEOUT_ROW + 1] {
            terminal.goto(row, 1);
            terminal.print(&" ".repeat(79));
        }
        self.park_cursor(terminal);
    }

    /// Moves the highlight.
    pub(super) fn select(&mut self, terminal: &mut Terminal, entries: &[MenuEntry], selected: usize) {
        let (before, first_before) = (self.selected, self.first_shown());
        self.selected = selected;
        if self.first_shown() != first_before {
            return self.draw(terminal, entries);
        }
        self.draw_row(terminal, entries, before, None);
        self.draw_row(terminal, entries, selected, Some(selected));
    }

    fn park_cursor(&self, terminal: &mut Terminal) {
        terminal.goto(FIRST_ROW + (self.selected - self.first_shown()) as u32, LAST_COLUMN);
    }
}

/// Leaves the menu's screen.
pub(super) fn leave(terminal: &mut Terminal) {
    terminal.control("\x1b[?25h");
    terminal.clear();
}

/// The line at the top of every screen.
pub(super) fn header(terminal: &mut Terminal) {
    terminal.clear();
    terminal.goto(2, 24);
    terminal.print(&format!("GNU GRUB  version {VERSION}\n\n"));
}

/// Header, box and the help below it.
pub(super) fn frame(terminal: &mut Terminal, help: [&str; 3]) {
    let edge = format!("+{}+", "-".repeat(COLUMNS));
    terminal.control("\x1b[m");
    header(terminal);
    terminal.control("\x1b[m");
    terminal.goto(FIRST_ROW - 1, FIRST_COLUMN - 1);
    terminal.print(&edge);
    for row in FIRST_ROW..=LAST_ROW {
        for column in [FIRST_COLUMN - 1, LAST_COLUMN + 1] {
            terminal.goto(row, column);
            terminal.print("|");
        }
    }
    terminal.goto(LAST_ROW + 1, FIRST_COLUMN - 1);
    terminal.print(&edge);
    terminal.control("\x1b[m");
    terminal.goto(LAST_ROW + 2, FIRST_COLUMN - 1);
    terminal.goto(LAST_ROW + 3, FIRST_COLUMN - 1);
    terminal.control("\x1b[m");
    terminal.print(&help.join("\n"));
}
