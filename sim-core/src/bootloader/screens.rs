//! Menu, editor and prompt: what a person sees and types.

use std::collections::VecDeque;

use super::editor::{Asked, Editor};
use super::keys::{self, Key, Read};
use super::line::{Line, Typed};
use super::menu::{self, Menu, MenuEntry};
use super::script::{self, SyntaxError};
use super::{BootloaderEvent, ESCAPE_WAIT, Grub, Origin, Prompt, StartedBy, State, record};
use crate::clock::Nanos;
use crate::firmware::Next;
use crate::trace::Trace;

impl Grub {
    /// What is shown after the configuration file was read.
    pub(super) fn first_menu(&mut self, trace: &mut Trace) -> Next {
        if self.entries.is_empty() {
            return self.open_prompt();
        }
        let session = self.session();
        let selected: usize = session.variable("default").parse().unwrap_or(0);
        let timeout = session.variable("timeout");
        let selected = selected.min(self.entries.len() - 1);
        if timeout == "0" {
            return self.start_entry(selected, StartedBy::Timeout, trace);
        }
        self.show_menu(selected, trace)
    }

    pub(super) fn show_menu(&mut self, selected: usize, trace: &mut Trace) -> Next {
        if self.entries.is_empty() {
            return self.open_prompt();
        }
        let seconds_left = self.session().variable("timeout").parse().ok();
        let menu = Menu { selected, seconds_left };
        menu.draw(&mut self.terminal, &self.entries);
        let entries = self.entries.iter().map(|entry| entry.title.clone()).collect();
        record(trace, BootloaderEvent::MenuShown { entries, seconds: seconds_left });
        self.wait_at_menu(menu)
    }

    fn wait_at_menu(&mut self, menu: Menu) -> Next {
        let timeout = menu.seconds_left.map(|_| Nanos::seconds(1));
        self.state = State::Menu(menu);
        Next::AwaitKey { timeout }
    }

    pub(super) fn menu(&mut self, mut menu: Menu, keys: &mut VecDeque<u8>, trace: &mut Trace) -> Next {
        loop {
            let key = match self.read_key(keys) {
                Read::Key(key) => key,
                Read::Unfinished => {
                    self.state = State::Menu(menu);
                    return Next::AwaitKey { timeout: Some(ESCAPE_WAIT) };
                }
                Read::Empty => break,
            };
            if menu.seconds_left.take().is_some() {
                self.session().stop_timeout();
                menu.clear_timeout(&mut self.terminal);
            }
            let selected = menu.selected;
            match key {
                Key::Up | Key::Char('^') | Key::Control('p') => {
                    menu.select(&mut self.terminal, &self.entries, selected.saturating_sub(1));
                }
                Key::Down | Key::Char('v') | Key::Control('n') => {
                    let next = (selected + 1).min(self.entries.len() - 1);
                    menu.select(&mut self.terminal, &self.entries, next);
                }
                Key::Home | Key::Control('a') => menu.select(&mut self.terminal, &self.entries, 0),
                Key::End => menu.select(&mut self.terminal, &self.entries, self.entries.len() - 1),
                Key::Enter | Key::Right | Key::Control('f') => {
                    return self.start_entry(selected, StartedBy::Key, trace);
                }
                Key::Char('c') => {
                    menu::leave(&mut self.terminal);
                    return self.open_prompt();
                }
                Key::Char('e') => {
                    menu::leave(&mut self.terminal);
                    let editor = Editor::open(&mut self.terminal, &self.entries[selected]);
                    self.state = State::Editor(editor);
                    return self.keep_reading(keys);
                }
                _ => {}
            }
        }
        match &mut menu.seconds_left {
            Some(0) => return self.start_entry(menu.selected, StartedBy::Timeout, trace),
            Some(seconds) if keys.is_empty() => {
                *seconds -= 1;
                menu.draw_timeout(&mut self.terminal);
                if menu.seconds_left == Some(0) {
                    return self.start_entry(menu.selected, StartedBy::Timeout, trace);
                }
            }
            _ => {}
        }
        self.wait_at_menu(menu)
    }

    fn start_entry(&mut self, selected: usize, by: StartedBy, trace: &mut Trace) -> Next {
        let MenuEntry { title, body } = self.entries[selected].clone();
        record(trace, BootloaderEvent::EntryStarted { title: title.clone(), by });
        menu::leave(&mut self.terminal);
        self.terminal.clear();
        let origin = match by {
            StartedBy::Timeout => {
                self.session().stop_timeout();
                self.terminal.message(&format!("  Booting `{title}'\n\n"));
                Origin::DefaultEntry
            }
            StartedBy::Key => Origin::ChosenEntry { selected },
        };
        self.run_source(&body, origin)
    }

    pub(super) fn show_editor(&mut self, editor: Editor) -> Next {
        editor.draw(&mut self.terminal);
        self.state = State::Editor(editor);
        Next::AwaitKey { timeout: None }
    }

    pub(super) fn editor(&mut self, mut editor: Editor, keys: &mut VecDeque<u8>, trace: &mut Trace) -> Next {
        loop {
            let key = match self.read_key(keys) {
                Read::Key(key) => key,
                Read::Unfinished => {
                    self.state = State::Editor(editor);
                    return Next::AwaitKey { timeout: Some(ESCAPE_WAIT) };
                }
                Read::Empty => {
                    self.state = State::Editor(editor);
                    return Next::AwaitKey { timeout: None };
                }
            };
            match editor.key(key, &mut self.terminal) {
                Asked::Nothing => {}
                Asked::Unmodelled => {
                    record(trace, BootloaderEvent::Unmodelled { command: "completion".to_owned() });
                }
                Asked::Boot => {
                    self.terminal.clear();
                    self.terminal.message("  Booting a command list\n\n");
                    let source = editor.source();
                    // The first line sets parameters that no command of an entry reads.
                    let commands = source.split_once('\n').map_or("", |(_, commands)| commands).to_owned();
                    return self.run_source(&commands, Origin::Editor(editor));
                }
                Asked::CommandLine => return self.open_prompt(),
                Asked::Discard => return self.show_menu_again(keys, trace),
            }
        }
    }

    fn show_menu_again(&mut self, keys: &VecDeque<u8>, trace: &mut Trace) -> Next {
        self.show_menu(0, trace);
        self.keep_reading(keys)
    }

    pub(super) fn open_prompt(&mut self) -> Next {
        menu::header(&mut self.terminal);
        self.terminal.control("\x1b[?25h");
        self.terminal.print(
            "   Minimal BASH-like line editing is supported. For the first word, TAB   \n   \
             lists possible command completions. Anywhere else TAB lists possible   \n   ",
        );
        // With no menu to go back to, Escape does nothing.
        let last = if self.entries.is_empty() {
            "device or file completions.                                            "
        } else {
            "device or file completions. ESC at any time exits.                     "
        };
        self.terminal.print(last);
        self.terminal.print("\n\n\n");
        self.new_line(String::new())
    }

    pub(super) fn new_line(&mut self, before: String) -> Next {
        let prompt = if before.is_empty() { "grub> " } else { "> " };
        let line = Line::start(&mut self.terminal, prompt);
        self.goes_on_with(State::Prompt(Prompt { line, before }))
    }

    pub(super) fn prompt(&mut self, mut prompt: Prompt, keys: &mut VecDeque<u8>, trace: &mut Trace) -> Next {
        loop {
            let key = match self.read_key(keys) {
                Read::Key(key) => key,
                Read::Unfinished => {
                    self.state = State::Prompt(prompt);
                    return Next::AwaitKey { timeout: Some(ESCAPE_WAIT) };
                }
                Read::Empty => {
                    self.state = State::Prompt(prompt);
                    return Next::AwaitKey { timeout: None };
                }
            };
            match prompt.line.key(key, &mut self.terminal, &self.history) {
                Typed::Editing => {}
                Typed::Unmodelled => {
                    record(trace, BootloaderEvent::Unmodelled { command: "completion".to_owned() });
                }
                Typed::Escaped if self.entries.is_empty() => {}
                Typed::Escaped => return self.show_menu_again(keys, trace),
                Typed::Finished(text) => return self.typed(prompt.before, text),
            }
        }
    }

    fn typed(&mut self, before: String, text: String) -> Next {
        if !text.is_empty() {
            self.history.push(text.clone());
        }
        let source = before + &text + "\n";
        match script::parse(&source) {
            Err(SyntaxError::Unfinished) => self.new_line(source),
            _ => self.run_source(&source, Origin::Prompt),
        }
    }

    /// Takes the next key; a lone Escape counts once nothing has followed it for a while.
    fn read_key(&mut self, keys: &mut VecDeque<u8>) -> Read {
        let waited = std::mem::take(&mut self.unfinished_len);
        match keys::read(keys) {
            Read::Unfinished if waited == keys.len() => {
                keys::read_as_escape(keys).map_or(Read::Empty, Read::Key)
            }
            Read::Unfinished => {
                self.unfinished_len = keys.len();
                Read::Unfinished
            }
            read => read,
        }
    }

    /// Reads on at once if there are more keys.
    fn keep_reading(&mut self, keys: &VecDeque<u8>) -> Next {
        if keys.is_empty() { Next::AwaitKey { timeout: None } } else { Next::After(Nanos::ZERO) }
    }
}
