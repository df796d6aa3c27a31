//! Reading commands, from a string, a file or a terminal, and running them one by one.

use std::collections::VecDeque;

use brush_parser::ast::{CompoundList, Program};

use super::exec::Then;
use super::expand::Nested;
use super::parse::{self, Missing, Parse, Wrong};
use super::{Dialect, Outcome, Shell, Source, Unwind, text};
use crate::abi::{Errno, Fd};
use crate::user::io::{self, STDIN};

/// Where lines come from.
pub(super) enum Lines {
    /// All of them are known.
    Known(VecDeque<String>),
    /// Read as they are needed, so that commands can read on where the shell stopped.
    From(Fd),
    Prompted,
}

/// One line, with its newline if it had one.
enum Line {
    Text(String),
    /// ^C: what has been typed is forgotten.
    Interrupted,
    End,
}

/// What comes next in the input.
enum Next {
    Program(Program),
    End,
    /// What the grammar does not allow, which has been said: the text is given up.
    Wrong,
}

/// The status of a text with an error in its grammar.
const WRONG: i32 = 2;

/// How much one read of a terminal asks for: it gives a line at a time.
const TERMINAL_READ: u64 = 1024;

/// How an error in the grammar is introduced.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Text {
    Main,
    Eval,
}

impl Lines {
    pub(super) fn of(text: &str) -> Lines {
        Lines::Known(text.split_inclusive('\n').map(str::to_owned).collect())
    }

    fn is_at_end(&self) -> bool {
        matches!(self, Lines::Known(lines) if lines.is_empty())
    }
}

impl Shell {
    /// Runs a script; its commands are this shell's last.
    pub(super) fn run_script<'a>(&'a mut self, script: &'a str) -> Nested<'a, i32> {
        Box::pin(async move { self.run_lines(&mut Lines::of(script), Text::Main).await })
    }

    /// Runs what `eval` or a trap is given.
    pub(super) fn run_text<'a>(&'a mut self, script: &'a str) -> Nested<'a, i32> {
        Box::pin(async move {
            let lines_before = self.lines_before;
            self.lines_before = self.line.saturating_sub(1);
            let outcome = self.run_lines(&mut Lines::of(script), Text::Eval).await;
            self.lines_before = lines_before;
            outcome
        })
    }

    /// Runs the text of a command substitution, in its child.
    pub(super) async fn run_substituted(&mut self, script: &str) -> Outcome {
        self.lines_before = self.line.saturating_sub(1);
        self.run_lines(&mut Lines::of(script), Text::Main).await
    }

    /// Reads and runs commands to the end of the input.
    pub(super) async fn run_from(&mut self, mut lines: Lines) -> Outcome {
        self.run_lines(&mut lines, Text::Main).await
    }

    async fn run_lines(&mut self, lines: &mut Lines, kind: Text) -> Outcome {
        // A text of its own has its own idea of the last status.
        let mut status = if kind == Text::Eval { 0 } else { self.status };
        loop {
            if matches!(lines, Lines::Prompted) {
                self.tell_changes().await;
            }
            let first_line = self.lines_before;
            let program = match self.next_program(lines, kind).await? {
                Next::Program(program) => program,
                Next::End => return Ok(status),
                Next::Wrong => return Ok(WRONG),
            };
            if program.complete_commands.is_empty() || self.options.no_exec {
                continue;
            }
            if matches!(lines, Lines::Prompted) {
                self.show_prompt("PS0").await;
            }
            let after = self.lines_before;
            self.lines_before = first_line;
            let is_last = lines.is_at_end()
                && kind == Text::Main
                && self.source == Source::CommandString
                && self.script.is_none()
                && !self.in_subshell;
            let outcome = self.run_program(&program, is_last).await;
            self.lines_before = after;
            status = match outcome {
                Ok(status) => status,
                Err(Unwind::Discard) if matches!(lines, Lines::Prompted) => {
                    self.abandon_line();
                    self.status
                }
                Err(Unwind::Break(_) | Unwind::Continue(_)) if self.loop_depth == 0 => self.status,
                Err(unwind) => return Err(unwind),
            };
            self.status = status;
            if self.source != Source::Terminal && !self.in_subshell {
                self.tell_changes_of_script().await;
            }
        }
    }

    /// What was being run when an error or ^C ended the line.
    fn abandon_line(&mut self) {
        self.loop_depth = 0;
        self.lists = 0;
        self.function_depth = 0;
        self.script = None;
        self.in_condition = 0;
        self.variables.leave_all_scopes();
    }

    async fn tell_changes_of_script(&mut self) {
        if self.jobs.iter().next().is_some() {
            self.tell_changes().await;
        }
    }

    async fn run_program(&mut self, program: &Program, is_last: bool) -> Outcome {
        let mut status = 0;
        for (index, list) in program.complete_commands.iter().enumerate() {
            let ends_all = is_last && index + 1 == program.complete_commands.len() && ends_simply(list);
            status = self.list_then(list, if ends_all { Then::Nothing } else { Then::Continue }).await?;
        }
        Ok(status)
    }

    /// Reads lines until they make a command; none at the end of the input.
    async fn next_program(&mut self, lines: &mut Lines, kind: Text) -> Result<Next, Unwind> {
        let mut source = String::new();
        let mut count = 0;
        loop {
            let line = self.next_line(lines, source.is_empty()).await;
            match line {
                Line::Text(line) => {
                    source.push_str(&line);
                    count += 1;
                }
                Line::Interrupted => {
                    source.clear();
                    self.status = 130;
                    continue;
                }
                Line::End if source.is_empty() => return Ok(Next::End),
                Line::End => return self.ended_within(&source, count, kind).await,
            }
            match parse::parse(&source, self.dialect) {
                Parse::Complete(program) => {
                    self.lines_before += count;
                    return Ok(Next::Program(program));
                }
                Parse::Incomplete(_) => {}
                Parse::Wrong(wrong) => {
                    self.report_wrong(&source, &wrong, kind).await;
                    self.status = 2;
                    self.lines_before += count;
                    if self.is_interactive() && matches!(lines, Lines::Prompted) {
                        source.clear();
                        count = 0;
                        continue;
                    }
                    return self.give_up(kind);
                }
            }
        }
    }

    /// The input ended in the middle of a command.
    async fn ended_within(&mut self, source: &str, count: u32, kind: Text) -> Result<Next, Unwind> {
        let Parse::Incomplete(missing) = parse::parse(source, self.dialect) else { return Ok(Next::End) };
        let last_line = self.lines_before + count + u32::from(source.ends_with('\n') || count > 0);
        match missing {
            Missing::HereEnd { delimiter } => {
                let begun = source.lines().position(|line| line.contains("<<")).unwrap_or(0) as u32 + 1;
                self.line = self.lines_before + count;
                let begun = self.lines_before + begun;
                self.complain(format!(
                    "warning: here-document at line {begun} delimited by end-of-file (wanted `{delimiter}')"
                ))
                .await;
                let closed = format!("{}\n{delimiter}\n", source.trim_end_matches('\n'));
                if let Parse::Complete(program) = parse::parse(&closed, self.dialect) {
                    self.lines_before += count;
                    return Ok(Next::Program(program));
                }
            }
            Missing::Closing { mark, line } => {
                let message = match self.dialect {
                    Dialect::Bash => format!("unexpected EOF while looking for matching `{mark}'"),
                    Dialect::Dash => "Syntax error: Unterminated quoted string".to_owned(),
                };
                self.report_syntax(self.lines_before + line, &message, kind).await;
            }
            Missing::Command => {
                let message = match self.dialect {
                    Dialect::Bash => "syntax error: unexpected end of file",
                    Dialect::Dash => "Syntax error: end of file unexpected",
                };
                self.report_syntax(last_line, message, kind).await;
            }
        }
        self.give_up(kind)
    }

    /// After an error in the grammar: bash goes on after `eval` and `source`, and otherwise the shell ends.
    fn give_up(&mut self, kind: Text) -> Result<Next, Unwind> {
        self.status = WRONG;
        let goes_on = kind == Text::Eval || self.script.is_some();
        if goes_on && self.dialect == Dialect::Bash { Ok(Next::Wrong) } else { Err(self.fail(WRONG)) }
    }

    async fn report_wrong(&mut self, source: &str, wrong: &Wrong, kind: Text) {
        if wrong.is_too_deep {
            self.unmodelled("commands that nest so deep");
        }
        let line = self.lines_before + wrong.line;
        if self.dialect == Dialect::Dash {
            self.report_syntax(line, &format!("Syntax error: \"{}\" unexpected", wrong.token), kind).await;
            return;
        }
        let message = format!("syntax error near unexpected token `{}'", wrong.token);
        self.report_syntax(line, &message, kind).await;
        if !self.is_interactive() {
            let text = source.lines().nth(wrong.line as usize - 1).unwrap_or("").to_owned();
            self.report_syntax(line, &format!("`{text}'"), kind).await;
        }
    }

    /// Errors of the grammar name the text that they are in: `bash: -c: line 1: `.
    async fn report_syntax(&mut self, line: u32, message: &str, kind: Text) {
        self.line = line;
        let part = match (self.dialect, kind, self.source) {
            (Dialect::Dash, _, _) | (_, _, Source::Terminal) => None,
            (_, Text::Eval, _) => Some("eval"),
            (_, Text::Main, Source::CommandString) if self.script.is_none() => Some("-c"),
            _ => None,
        };
        match part {
            Some(part) => {
                let message = format!("{}: {part}: line {line}: {message}\n", self.name);
                io::eprint(&self.sys, text::encode(&message)).await;
            }
            None => self.complain(message).await,
        }
    }

    async fn next_line(&mut self, lines: &mut Lines, is_first: bool) -> Line {
        match lines {
            Lines::Known(lines) => lines.pop_front().map_or(Line::End, Line::Text),
            Lines::From(fd) => match io::read_line(&self.sys, *fd).await {
                Ok(line) if !line.is_empty() => Line::Text(text::decode(&line)),
                _ => Line::End,
            },
            Lines::Prompted => self.prompted_line(is_first).await,
        }
    }

    async fn prompted_line(&mut self, is_first: bool) -> Line {
        self.show_prompt(if is_first { "PS1" } else { "PS2" }).await;
        let mut line = Vec::new();
        loop {
            match self.sys.read(STDIN, TERMINAL_READ).await {
                Ok(data) => {
                    line.extend_from_slice(&data.0);
                    if data.0.is_empty() && line.is_empty() {
                        return Line::End;
                    }
                    if line.ends_with(b"\n") {
                        return Line::Text(text::decode(&line));
                    }
                }
                Err(Errno::EINTR) => {
                    if self.act_on_signals().await.is_err() {
                        return Line::Interrupted;
                    }
                }
                Err(_) => return Line::End,
            }
        }
    }
}

/// Whether a list ends in a plain command, whose program may take the shell's place.
fn ends_simply(list: &CompoundList) -> bool {
    use brush_parser::ast::{AndOr, Command, CommandPrefixOrSuffixItem as Item, SeparatorOperator};
    let Some(item) = list.0.last() else { return false };
    let last = match item.0.additional.last() {
        Some(AndOr::And(pipeline) | AndOr::Or(pipeline)) => pipeline,
        None => &item.0.first,
    };
    let [Command::Simple(simple)] = last.seq.as_slice() else { return false };
    let prefix = simple.prefix.iter().flat_map(|prefix| &prefix.0);
    let mut items = prefix.chain(simple.suffix.iter().flat_map(|suffix| &suffix.0));
    let redirects = items.any(|item| matches!(item, Item::IoRedirect(_)));
    matches!(item.1, SeparatorOperator::Sequence) && !last.bang && last.timed.is_none() && !redirects
}
