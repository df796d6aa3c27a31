//! The options that `set` changes, and the command line.

use super::Dialect;

/// What `set -X` switches.
#[derive(Clone, Debug, Default)]
pub(super) struct Options {
    /// -a: whatever is set is exported.
    pub(super) all_export: bool,
    /// -C: `>` does not overwrite.
    pub(super) no_clobber: bool,
    /// -e: the first failing command ends the shell.
    pub(super) exit_on_error: bool,
    /// -f: no pathname expansion.
    pub(super) no_glob: bool,
    /// -m: job control.
    pub(super) monitor: bool,
    /// -n: commands are read and not run.
    pub(super) no_exec: bool,
    /// -u: an unset variable is an error.
    pub(super) no_unset: bool,
    /// -x: commands are shown as they are run.
    pub(super) trace: bool,
    /// -o pipefail: a pipeline fails if any part does.
    pub(super) pipe_fail: bool,
    /// Read from standard input, -s; a -c command; interactive: for `$-` only.
    pub(super) letters_of_start: String,
}

/// Letter, long name.
const SETTABLE: &[(char, &str)] = &[
    ('a', "allexport"),
    ('C', "noclobber"),
    ('e', "errexit"),
    ('f', "noglob"),
    ('m', "monitor"),
    ('n', "noexec"),
    ('u', "nounset"),
    ('x', "xtrace"),
];

impl Options {
    fn switch(&mut self, letter: char) -> Option<&mut bool> {
        Some(match letter {
            'a' => &mut self.all_export,
            'C' => &mut self.no_clobber,
            'e' => &mut self.exit_on_error,
            'f' => &mut self.no_glob,
            'm' => &mut self.monitor,
            'n' => &mut self.no_exec,
            'u' => &mut self.no_unset,
            'x' => &mut self.trace,
            _ => return None,
        })
    }

    /// `set -X` or `set +X`; false if there is no such letter here.
    pub(super) fn set(&mut self, letter: char, on: Switch) -> bool {
        self.switch(letter).map(|switch| *switch = on == Switch::On).is_some()
    }

    /// `set -o NAME`; false if there is no such name here.
    pub(super) fn set_long(&mut self, name: &str, on: Switch) -> bool {
        if name == "pipefail" {
            self.pipe_fail = on == Switch::On;
            return true;
        }
        let letter = SETTABLE.iter().find(|(_, long)| *long == name).map(|(letter, _)| *letter);
        letter.is_some_and(|letter| self.set(letter, on))
    }

    /// `$-`.
    pub(super) fn letters(&self) -> String {
        let mut copy = self.clone();
        let mut letters: Vec<char> = SETTABLE
            .iter()
            .map(|(letter, _)| *letter)
            .filter(|&letter| copy.switch(letter).is_some_and(|on| *on))
            .collect();
        letters.extend(self.letters_of_start.chars());
        // As bash orders them: small letters, capitals, then what it was started with.
        letters.sort_by_key(|&letter| match letter {
            'c' => (2, 'c'),
            's' => (2, 's'),
            letter if letter.is_ascii_uppercase() => (1, letter),
            letter => (0, letter),
        });
        letters.into_iter().collect()
    }
}

/// `-` switches on, `+` off.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Switch {
    On,
    Off,
}

/// What the command line asks for.
#[derive(Clone, Debug, Default)]
pub(super) struct CommandLine {
    pub(super) options: Options,
    /// -c.
    pub(super) command: Option<String>,
    /// A script to be read.
    pub(super) script: Option<String>,
    /// What becomes `$0` after -c.
    pub(super) name: Option<String>,
    pub(super) parameters: Vec<String>,
    /// -i.
    pub(super) interactive: bool,
    /// -l, or a name that begins with `-`.
    pub(super) login: bool,
    /// -s: commands come from standard input although there are parameters.
    pub(super) from_stdin: bool,
    pub(super) no_profile: bool,
    pub(super) no_rc: bool,
    /// --version: print it and do nothing else.
    pub(super) version: bool,
}

/// What the command line has wrong.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Unusable {
    /// `-Z: invalid option`.
    Option(String),
    /// `-c` with nothing after it.
    NoCommand,
}

impl CommandLine {
    pub(super) fn parse(arguments: &[String], dialect: Dialect) -> Result<CommandLine, Unusable> {
        let mut line = CommandLine::default();
        let mut wants_command = false;
        let mut rest = arguments.iter();
        while let Some(argument) = rest.as_slice().first() {
            let is_option = argument.len() > 1 && argument.starts_with(['-', '+']);
            if !is_option {
                break;
            }
            rest.next();
            match argument.as_str() {
                "--" => break,
                long if long.starts_with("--") && dialect == Dialect::Bash => line.long_option(long)?,
                "-o" | "+o" => {
                    let on = if argument.starts_with('-') { Switch::On } else { Switch::Off };
                    let name = rest.next().ok_or_else(|| Unusable::Option(argument.clone()))?;
                    if !line.options.set_long(name, on) {
                        return Err(Unusable::Option(name.clone()));
                    }
                }
                letters => wants_command |= line.letters(letters)?,
            }
        }
        if rest.as_slice().first().is_some_and(|argument| argument == "-") {
            rest.next();
        }
        let mut rest = rest.cloned();
        if wants_command {
            line.command = Some(rest.next().ok_or(Unusable::NoCommand)?);
            line.name = rest.next();
        } else if !line.from_stdin {
            line.script = rest.next();
        }
        line.parameters = rest.collect();
        Ok(line)
    }

    fn long_option(&mut self, option: &str) -> Result<(), Unusable> {
        match option {
            "--login" => self.login = true,
            "--noprofile" => self.no_profile = true,
            "--norc" => self.no_rc = true,
            "--version" => self.version = true,
            // The terminal edits the line here, always.
            "--noediting" => {}
            _ => return Err(Unusable::Option(option.to_owned())),
        }
        Ok(())
    }

    /// A cluster such as `-xec`; whether -c is in it.
    fn letters(&mut self, cluster: &str) -> Result<bool, Unusable> {
        let on = if cluster.starts_with('-') { Switch::On } else { Switch::Off };
        let mut wants_command = false;
        for letter in cluster.chars().skip(1) {
            match letter {
                'c' => wants_command = true,
                'i' => self.interactive = true,
                'l' => self.login = true,
                's' => self.from_stdin = true,
                letter if self.options.set(letter, on) => {}
                letter => {
                    let sign = if on == Switch::On { '-' } else { '+' };
                    return Err(Unusable::Option(format!("{sign}{letter}")));
                }
            }
        }
        Ok(wants_command)
    }
}
