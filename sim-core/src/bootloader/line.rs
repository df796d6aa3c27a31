//! The line editor of the `grub>` prompt.

use super::keys::Key;
use super::terminal::{Terminal, WIDTH};

/// A line being typed.
#[derive(Debug, Default)]
pub(super) struct Line {
    text: Vec<char>,
    at: usize,
    /// What Ctrl-K, Ctrl-U and Ctrl-W took, for Ctrl-Y.
    killed: Vec<char>,
    /// Where the first character stands on the screen.
    prompt_columns: u32,
    first_row: u32,
    /// How far back in the history, 0 for the line that is new.
    history_at: usize,
}

/// What a key made of the line.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Typed {
    Editing,
    Finished(String),
    Escaped,
    /// The key does something that is not modelled.
    Unmodelled,
}

impl Line {
    /// Prints the prompt and begins a line.
    pub(super) fn start(terminal: &mut Terminal, prompt: &str) -> Line {
        terminal.print(prompt);
        let prompt_columns = prompt.chars().count() as u32;
        Line { prompt_columns, first_row: terminal.row(), ..Line::default() }
    }

    /// Takes one key.
    pub(super) fn key(&mut self, key: Key, terminal: &mut Terminal, history: &[String]) -> Typed {
        match key {
            Key::Char(character) => self.insert(terminal, &[character]),
            Key::Enter => {
                terminal.newline();
                return Typed::Finished(self.text.iter().collect());
            }
            Key::Escape => return Typed::Escaped,
            Key::Left | Key::Control('b') if self.at > 0 => self.move_to(terminal, self.at - 1),
            Key::Right | Key::Control('f') if self.at < self.text.len() => {
                self.move_to(terminal, self.at + 1);
            }
            Key::Home | Key::Control('a') => self.move_to(terminal, 0),
            Key::End | Key::Control('e') => self.move_to(terminal, self.text.len()),
            Key::Backspace | Key::Control('h') if self.at > 0 => {
                self.move_to(terminal, self.at - 1);
                self.delete(terminal, 1);
            }
            Key::Delete | Key::Control('d') => self.delete(terminal, 1),
            Key::Control('k') => {
                self.killed = self.text[self.at..].to_vec();
                self.delete(terminal, self.killed.len());
            }
            Key::Control('u') => {
                let len = self.at;
                self.killed = self.text[..len].to_vec();
                self.move_to(terminal, 0);
                self.delete(terminal, len);
            }
            Key::Control('y') => self.insert(terminal, &self.killed.clone()),
            Key::Up | Key::Control('p') if self.history_at < history.len() => {
                self.history_at += 1;
                self.replace(terminal, &history[history.len() - self.history_at]);
            }
            Key::Down | Key::Control('n') if self.history_at > 0 => {
                self.history_at -= 1;
                let newer = history.len() - self.history_at;
                self.replace(terminal, history.get(newer).map_or("", String::as_str));
            }
            Key::Tab => return Typed::Unmodelled,
            _ => {}
        }
        Typed::Editing
    }

    fn replace(&mut self, terminal: &mut Terminal, text: &str) {
        self.at = 0;
        self.delete(terminal, self.text.len());
        self.insert(terminal, &text.chars().collect::<Vec<char>>());
    }

    fn move_to(&mut self, terminal: &mut Terminal, at: usize) {
        self.at = at;
        self.show_cursor(terminal, at);
    }

    fn insert(&mut self, terminal: &mut Terminal, characters: &[char]) {
        self.text.splice(self.at..self.at, characters.iter().copied());
        self.show_cursor(terminal, self.at);
        self.show_from(terminal, self.at);
        self.move_to(terminal, self.at + characters.len());
    }

    /// Deletes at the cursor. The end of the line is blanked first, then the rest is printed anew.
    fn delete(&mut self, terminal: &mut Terminal, count: usize) {
        if self.at + count > self.text.len() {
            return;
        }
        self.show_cursor(terminal, self.text.len() - count);
        terminal.print(&" ".repeat(count));
        self.show_cursor(terminal, self.at);
        self.text.drain(self.at..self.at + count);
        self.show_from(terminal, self.at);
        self.show_cursor(terminal, self.at);
    }

    fn show_from(&mut self, terminal: &mut Terminal, at: usize) {
        let rest: String = self.text[at..].iter().collect();
        self.first_row -= terminal.print_typed(&rest).min(self.first_row - 1);
    }

    fn show_cursor(&self, terminal: &mut Terminal, at: usize) {
        let column = self.prompt_columns + at as u32;
        terminal.goto(self.first_row + column / WIDTH, column % WIDTH + 1);
    }
}
