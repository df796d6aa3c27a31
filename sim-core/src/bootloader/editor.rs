//! The editor for a menu entry's commands, drawn as GRUB 2.06 draws it.

use super::keys::Key;
use super::menu::{COLUMNS, FIRST_COLUMN, FIRST_ROW, LAST_ROW, MenuEntry, frame};
use super::terminal::Terminal;

const HELP: [&str; 3] = [
    "     Minimum Emacs-like screen editing is supported. TAB lists           ",
    "      completions. Press Ctrl-x or F10 to boot, Ctrl-c or F2 for          ",
    "      a command-line or ESC to discard edits and return to the GRUB menu. ",
];
/// A longer line goes on in the next row, after a backslash.
const ROW_WIDTH: usize = COLUMNS - 1;
const TAB: &str = "        ";

/// The commands of an entry while they are edited.
#[derive(Debug)]
pub(super) struct Editor {
    lines: Vec<Vec<char>>,
    line: usize,
    at: usize,
    /// Where Up and Down would like to be, past lines that are shorter.
    goal: usize,
    /// The line in the top row.
    top: usize,
    killed: Vec<char>,
}

/// What a key asks for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Asked {
    Nothing,
    Boot,
    CommandLine,
    Discard,
    Unmodelled,
}

impl Editor {
    /// Opens an entry: its commands after a line that gives the entry's title.
    pub(super) fn open(terminal: &mut Terminal, entry: &MenuEntry) -> Editor {
        let source = format!("setparams '{}'\n{}", entry.title, entry.body);
        let lines = source.split('\n').map(|line| line.chars().collect()).collect();
        let editor = Editor { lines, line: 0, at: 0, goal: 0, top: 0, killed: Vec::new() };
        editor.draw(terminal);
        editor
    }

    /// The commands as they are now.
    pub(super) fn source(&self) -> String {
        let lines: Vec<String> = self.lines.iter().map(|line| line.iter().collect()).collect();
        lines.join("\n")
    }

    pub(super) fn draw(&self, terminal: &mut Terminal) {
        frame(terminal, HELP);
        terminal.control("\x1b[?25l");
        self.draw_lines(terminal, self.top);
        terminal.goto(FIRST_ROW, 80);
        terminal.print(if self.top > 0 { "^" } else { " " });
        self.draw_more(terminal);
        self.show_cursor(terminal);
        terminal.control("\x1b[?25h");
    }

    /// Takes one key.
    pub(super) fn key(&mut self, key: Key, terminal: &mut Terminal) -> Asked {
        match key {
            Key::Control('x') | Key::F(10) => return Asked::Boot,
            Key::Control('c') | Key::F(2) => return Asked::CommandLine,
            Key::Escape => return Asked::Discard,
            Key::Tab => return Asked::Unmodelled,
            _ => {}
        }
        terminal.control("\x1b[?25l");
        let (rows_before, lines_before) = (self.rows(self.line), self.lines.len());
        let redraw = self.edit(key);
        if !matches!(key, Key::Up | Key::Down | Key::Control('p' | 'n')) {
            self.goal = self.at;
        }
        if self.scroll() {
            self.draw(terminal);
            return Asked::Nothing;
        }
        match redraw {
            Redraw::Nothing => {}
            Redraw::From(line) if self.lines.len() != lines_before || self.rows(line) != rows_before => {
                self.draw_lines(terminal, line);
                self.draw_more(terminal);
            }
            Redraw::From(line) => self.draw_line(terminal, line),
        }
        self.show_cursor(terminal);
        Asked::Nothing
    }

    fn edit(&mut self, key: Key) -> Redraw {
        let len = self.lines[self.line].len();
        match key {
            Key::Char(character) => {
                self.lines[self.line].insert(self.at, character);
                self.at += 1;
            }
            Key::Enter => {
                let rest = self.lines[self.line].split_off(self.at);
                self.lines.insert(self.line + 1, rest);
                self.line += 1;
                self.at = 0;
                return Redraw::From(self.line - 1);
            }
            Key::Backspace | Key::Control('h') if self.at > 0 => {
                self.at -= 1;
                self.lines[self.line].remove(self.at);
            }
            Key::Backspace | Key::Control('h') if self.line > 0 => {
                self.line -= 1;
                self.at = self.lines[self.line].len();
                self.join_next();
            }
            Key::Delete | Key::Control('d') if self.at < len => drop(self.lines[self.line].remove(self.at)),
            Key::Delete | Key::Control('d') if self.line + 1 < self.lines.len() => self.join_next(),
            Key::Control('k') if self.at < len => self.killed = self.lines[self.line].split_off(self.at),
            Key::Control('k') if self.line + 1 < self.lines.len() => self.join_next(),
            Key::Control('u') => {
                self.killed = self.lines[self.line].drain(..self.at).collect();
                self.at = 0;
            }
            Key::Control('y') => {
                self.lines[self.line].splice(self.at..self.at, self.killed.iter().copied());
                self.at += self.killed.len();
            }
            _ => {
                self.move_cursor(key);
                return Redraw::Nothing;
            }
        }
        Redraw::From(self.line)
    }

    fn move_cursor(&mut self, key: Key) {
        let len = self.lines[self.line].len();
        match key {
            Key::Left | Key::Control('b') if self.at > 0 => self.at -= 1,
            Key::Left | Key::Control('b') if self.line > 0 => {
                self.line -= 1;
                self.at = self.lines[self.line].len();
            }
            Key::Right | Key::Control('f') if self.at < len => self.at += 1,
            Key::Right | Key::Control('f') if self.line + 1 < self.lines.len() => {
                self.line += 1;
                self.at = 0;
            }
            Key::Home | Key::Control('a') => self.at = 0,
            Key::End | Key::Control('e') => self.at = len,
            Key::Up | Key::Control('p') if self.line > 0 => self.line -= 1,
            Key::Down | Key::Control('n') if self.line + 1 < self.lines.len() => self.line += 1,
            _ => {}
        }
        if matches!(key, Key::Up | Key::Down | Key::Control('p' | 'n')) {
            self.at = self.goal.min(self.lines[self.line].len());
        }
    }

    fn join_next(&mut self) {
        let next = self.lines.remove(self.line + 1);
        self.lines[self.line].extend(next);
    }

    /// How many rows a line takes.
    fn rows(&self, line: usize) -> usize {
        self.lines.get(line).map_or(1, |line| row_starts(line).len())
    }

    /// The row where a line begins.
    fn row_of(&self, line: usize) -> u32 {
        FIRST_ROW + (self.top..line).map(|line| self.rows(line) as u32).sum::<u32>()
    }

    /// Moves the text until the cursor's row is on the screen. Did it have to?
    fn scroll(&mut self) -> bool {
        let before = self.top;
        self.top = self.top.min(self.line);
        while self.row_of(self.line) + self.rows(self.line) as u32 - 1 > LAST_ROW && self.top < self.line {
            self.top += 1;
        }
        self.top != before
    }

    /// Draws from a line to the last row.
    fn draw_lines(&self, terminal: &mut Terminal, from: usize) {
        for line in from..self.lines.len() {
            self.draw_line(terminal, line);
        }
        for row in self.row_of(self.lines.len())..=LAST_ROW {
            terminal.goto(row, FIRST_COLUMN);
            terminal.print(&" ".repeat(COLUMNS));
        }
    }

    fn draw_line(&self, terminal: &mut Terminal, line: usize) {
        let characters = &self.lines[line];
        let starts = row_starts(characters);
        for (part, &start) in starts.iter().enumerate() {
            let row = self.row_of(line) + part as u32;
            if row > LAST_ROW {
                return;
            }
            let end = starts.get(part + 1).copied();
            let mut text = shown(&characters[start..end.unwrap_or(characters.len())]);
            if end.is_some() {
                text.push('\\');
            }
            terminal.goto(row, FIRST_COLUMN);
            terminal.print(&format!("{text:<COLUMNS$}"));
            if end.is_some() {
                terminal.newline();
            }
        }
    }

    /// Says in the last row whether there is more below.
    fn draw_more(&self, terminal: &mut Terminal) {
        terminal.goto(LAST_ROW, 80);
        terminal.print(if self.row_of(self.lines.len()) > LAST_ROW + 1 { "v" } else { " " });
    }

    fn show_cursor(&self, terminal: &mut Terminal) {
        let characters = &self.lines[self.line];
        let starts = row_starts(characters);
        let part = starts.iter().rposition(|&start| start <= self.at).unwrap_or(0);
        let column = shown(&characters[starts[part]..self.at]).chars().count() as u32;
        terminal.goto(self.row_of(self.line) + part as u32, FIRST_COLUMN + column);
        terminal.control("\x1b[?25h");
    }
}

/// The text as it stands on the screen: a tab is eight columns wherever it is.
fn shown(characters: &[char]) -> String {
    characters.iter().collect::<String>().replace('\t', TAB)
}

/// Where each row of a line begins. A tab that does not fit goes to the next row whole.
fn row_starts(line: &[char]) -> Vec<usize> {
    let (mut starts, mut columns) = (vec![0], 0);
    for (index, &character) in line.iter().enumerate() {
        let width = if character == '\t' { TAB.len() } else { 1 };
        if columns + width > ROW_WIDTH {
            starts.push(index);
            columns = 0;
        }
        columns += width;
    }
    starts
}

enum Redraw {
    Nothing,
    From(usize),
}
