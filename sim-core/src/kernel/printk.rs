//! The kernel's own messages: to the log, and to the consoles. Documentation/core-api/printk-basics.rst.

use super::Kernel;
use super::WaitOn;
use super::event::{KernelEvent, LogLine};
use super::fs::tty;
use super::table::TtyId;

/// How important a message is: syslog(2), "The loglevel".
pub(crate) const EMERG: u8 = 0;
pub(crate) const ERR: u8 = 3;
pub(crate) const WARNING: u8 = 4;
pub(crate) const NOTICE: u8 = 5;
pub(crate) const INFO: u8 = 6;
pub(crate) const DEBUG: u8 = 7;

/// Messages below these levels are shown: the default, `quiet` and `debug`.
const LEVEL_DEFAULT: u8 = 7;
const LEVEL_QUIET: u8 = 4;
const LEVEL_DEBUG: u8 = 10;
const LEVEL_ALL: u8 = 15;

/// Where messages are shown: Documentation/admin-guide/serial-console.rst.
#[derive(Debug)]
pub(super) struct Console {
    /// The serial lines that `console=` names, in its order; the last is /dev/console.
    wanted: Vec<u32>,
    /// Those of them whose driver is there.
    enabled: Vec<TtyId>,
    /// Messages below this level are shown.
    level: u8,
    /// Lines of the log that the consoles have not shown, because they were not there yet.
    unshown: u32,
}

impl Console {
    /// As the kernel's command line says.
    pub(super) fn new(command_line: &str) -> Console {
        let mut console =
            Console { wanted: Vec::new(), enabled: Vec::new(), level: LEVEL_DEFAULT, unshown: 0 };
        let mut named = false;
        for word in command_line.split_ascii_whitespace() {
            match word.split_once('=') {
                Some(("console", value)) => {
                    named = true;
                    console.wanted.extend(serial_line(value));
                }
                Some(("loglevel", value)) => console.level = value.parse().unwrap_or(console.level),
                None if word == "quiet" => console.level = LEVEL_QUIET,
                None if word == "debug" => console.level = LEVEL_DEBUG,
                _ => {}
            }
        }
        if !named {
            // The first driver that comes becomes the console.
            console.wanted.push(0);
        }
        console
    }
}

/// `ttyS1,115200n8`: the number of the line.
fn serial_line(value: &str) -> Option<u32> {
    value.split(',').next()?.strip_prefix("ttyS")?.parse().ok()
}

impl Kernel {
    /// Logs a line; the consoles show it if its level is below theirs.
    pub(crate) fn printk(&mut self, level: u8, text: impl Into<String>) {
        let line = LogLine { at: self.uptime(), level, text: text.into() };
        self.note(KernelEvent::Printk { level, text: line.text.clone() });
        if self.console.enabled.is_empty() {
            self.console.unshown += 1;
        } else {
            self.show(&line);
        }
        self.log.push(line);
        self.wake(WaitOn::Log);
    }

    fn show(&mut self, line: &LogLine) {
        if line.level >= self.console.level {
            return;
        }
        let text = format!("[{:5}.{:06}] {}\n", line.at.as_seconds(), line.at.subsecond_micros(), line.text);
        for console in self.console.enabled.clone() {
            tty::write_processed(self, console, text.as_bytes());
        }
    }

    /// The driver of the serial lines is there: those that `console=` names become consoles, and show what was
    /// logged before.
    pub(super) fn enable_consoles(&mut self) {
        let lines: Vec<TtyId> = self
            .console
            .wanted
            .iter()
            .map(|line| TtyId(line + 1))
            .filter(|&id| self.ttys.contains(id))
            .collect();
        for &id in &lines {
            let name = self.ttys[id].name.to_text();
            self.printk(INFO, format!("printk: legacy console [{name}] enabled"));
        }
        self.console.enabled = lines;
        let unshown = std::mem::take(&mut self.console.unshown) as usize;
        let skip = self.log.lines().len().saturating_sub(unshown);
        let early: Vec<LogLine> = self.log.lines().skip(skip).cloned().collect();
        for line in &early {
            self.show(line);
        }
    }

    /// Before a panic is reported: no message is held back.
    pub(super) fn show_everything(&mut self) {
        self.console.level = LEVEL_ALL;
    }

    /// The terminal that /dev/console is: the last that `console=` names.
    pub fn console(&self) -> Option<TtyId> {
        self.console.enabled.last().copied()
    }

    /// A line written to /dev/kmsg, with an optional level: `<5>text`.
    pub(crate) fn printk_from_user(&mut self, data: &[u8]) {
        let text = String::from_utf8_lossy(data);
        let text = text.trim_end_matches('\n');
        let level = text.strip_prefix('<').and_then(|rest| rest.split_once('>')).and_then(|(level, rest)| {
            let level: u8 = level.parse().ok()?;
            Some((level & 7, rest.to_owned()))
        });
        let (level, text) = level.unwrap_or((4, text.to_owned()));
        self.printk(level, text);
    }
}
