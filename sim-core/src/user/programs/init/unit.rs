//! Unit files: what there is to start, and in which order. systemd.unit(5), systemd.service(5).

use std::collections::BTreeSet;

use crate::user::Sys;
use crate::user::io::read_text;

/// Where units are looked for, the administrator's before the system's.
const UNIT_PATH: [&str; 2] = ["/etc/systemd/system", "/usr/lib/systemd/system"];

/// A unit, as its file describes it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Unit {
    pub name: String,
    pub description: String,
    pub requires: BTreeSet<String>,
    pub wants: BTreeSet<String>,
    pub after: BTreeSet<String>,
    pub before: BTreeSet<String>,
    /// What a service runs; none for a target.
    pub service: Option<Service>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Service {
    pub kind: ServiceKind,
    /// The command line, in words.
    pub command: Vec<String>,
    /// `-` before the command: it may fail.
    pub may_fail: bool,
    pub restart: Restart,
    /// It stays active when its process has ended.
    pub remains: bool,
    /// What is to be there, or the unit is skipped: ConditionPathExists=.
    pub needs_path: Option<String>,
}

/// When a service counts as started.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum ServiceKind {
    /// At once.
    Simple,
    /// At once, but it runs only when all others have been started.
    Idle,
    /// When its process has ended.
    Oneshot,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Restart {
    No,
    OnFailure,
    Always,
}

impl Unit {
    /// Reads the unit of this name; none if there is no file for it.
    pub async fn load(sys: &Sys, name: &str) -> Option<Unit> {
        // `getty@tty1.service` is made from `getty@.service`.
        let (prefix, suffix) = name.rsplit_once('.')?;
        let (template, instance) = match prefix.split_once('@') {
            Some((stem, instance)) => (format!("{stem}@.{suffix}"), instance),
            None => (name.to_owned(), ""),
        };
        for directory in UNIT_PATH {
            if let Ok(text) = read_text(sys, format!("{directory}/{template}")).await {
                return Some(Unit::parse(sys, name, &text.replace("%I", instance).replace("%i", instance)));
            }
        }
        None
    }

    fn parse(sys: &Sys, name: &str, text: &str) -> Unit {
        let mut unit = Unit {
            name: name.to_owned(),
            description: name.to_owned(),
            requires: BTreeSet::new(),
            wants: BTreeSet::new(),
            after: BTreeSet::new(),
            before: BTreeSet::new(),
            service: name.ends_with(".service").then(Service::default),
        };
        let mut default_dependencies = true;
        for (key, value) in settings(text) {
            let names = || value.split_ascii_whitespace().map(str::to_owned);
            match key {
                "Description" => unit.description = value.to_owned(),
                "Requires" | "Requisite" | "BindsTo" => unit.requires.extend(names()),
                "Wants" => unit.wants.extend(names()),
                "After" => unit.after.extend(names()),
                "Before" => unit.before.extend(names()),
                "DefaultDependencies" => default_dependencies = value != "no",
                "Documentation" | "WantedBy" | "AllowIsolate" => {}
                _ => {
                    let known = unit.service.as_mut().is_some_and(|service| service.set(key, value));
                    if !known {
                        crate::user::unmodelled(sys, format!("{name}: {key}={value}"));
                    }
                }
            }
        }
        if default_dependencies {
            unit.add_default_dependencies();
        }
        unit
    }

    /// What units depend on without saying so: systemd.special(7), systemd.service(5).
    fn add_default_dependencies(&mut self) {
        if self.service.is_some() {
            self.requires.insert("sysinit.target".to_owned());
            self.after.extend(["sysinit.target".to_owned(), "basic.target".to_owned()]);
        } else {
            // A target is reached when what it pulls in has been started.
            self.after.extend(self.requires.iter().chain(&self.wants).cloned());
        }
    }
}

impl Default for Service {
    fn default() -> Service {
        Service {
            kind: ServiceKind::Simple,
            command: Vec::new(),
            may_fail: false,
            restart: Restart::No,
            remains: false,
            needs_path: None,
        }
    }
}

impl Service {
    /// Takes a setting; false if it is not known.
    fn set(&mut self, key: &str, value: &str) -> bool {
        match (key, value) {
            ("Type", "simple" | "exec") => self.kind = ServiceKind::Simple,
            ("Type", "idle") => self.kind = ServiceKind::Idle,
            ("Type", "oneshot") => self.kind = ServiceKind::Oneshot,
            ("ExecStart", command) => {
                let (bare, may_fail) = match command.strip_prefix('-') {
                    Some(bare) => (bare, true),
                    None => (command, false),
                };
                self.may_fail = may_fail;
                self.command = words(bare);
            }
            ("Restart", "no") => self.restart = Restart::No,
            ("Restart", "on-failure") => self.restart = Restart::OnFailure,
            ("Restart", "always") => self.restart = Restart::Always,
            ("RemainAfterExit", value) => self.remains = value == "yes",
            ("ConditionPathExists", path) => self.needs_path = Some(path.to_owned()),
            _ => return false,
        }
        true
    }
}

/// `Key=value` lines of all sections, without comments; a line that ends in a backslash goes on.
fn settings(text: &str) -> impl Iterator<Item = (&str, &str)> {
    text.lines()
        .map(str::trim)
        .filter(|line| !line.is_empty() && !line.starts_with(['#', ';', '[']))
        .filter_map(|line| line.split_once('='))
        .map(|(key, value)| (key.trim(), value.trim()))
}

/// The words of a command line, with single and double quotes.
fn words(line: &str) -> Vec<String> {
    let mut words = Vec::new();
    let mut word = None;
    let mut quote = None;
    let mut characters = line.chars();
    while let Some(character) = characters.next() {
        match (quote, character) {
            (Some(open), _) if character == open => quote = None,
            (None, '\'' | '"') => {
                quote = Some(character);
                word.get_or_insert_with(String::new);
            }
            (None, ' ' | '\t') => words.extend(word.take()),
            (_, '\\') => word.get_or_insert_with(String::new).extend(characters.next()),
            _ => word.get_or_insert_with(String::new).push(character),
        }
    }
    words.extend(word);
    words
}

#[cfg(test)]
mod tests {
    use super::{settings, words};

    #[test]
    fn reads_settings_and_command_lines() {
        let text = "# comment\n[Unit]\nDescription = A B\n\n; another\nAfter=a.target b.target\n";
        let read: Vec<_> = settings(text).collect();
        assert_eq!(read, [("Description", "A B"), ("After", "a.target b.target")]);
        assert_eq!(words(r"/sbin/agetty -o '-p -- \\u' x"), ["/sbin/agetty", "-o", r"-p -- \u", "x"]);
        assert_eq!(words(r#"a "b c"  'd'e"#), ["a", "b c", "de"]);
    }
}
