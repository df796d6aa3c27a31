//! Simple commands: assignments, words, redirections.

use brush_parser::ast::*;

use super::Then;
use crate::user::io;
use crate::user::programs::sh::builtins::{self, Builtin};
use crate::user::programs::sh::jobs::Ground;
use crate::user::programs::sh::{COMMAND_COST, Dialect, Outcome, Shell, Unwind, text};

/// The parts of a simple command, in order.
struct Parts<'a> {
    assignments: Vec<&'a Assignment>,
    words: Vec<Argument<'a>>,
    redirects: Vec<&'a IoRedirect>,
    has_process_substitution: bool,
}

/// A word of a command; what looks like an assignment counts as one for `export` and its kin.
enum Argument<'a> {
    Word(&'a Word),
    Assignment(&'a Assignment, &'a Word),
}

impl<'a> Parts<'a> {
    fn of(command: &'a SimpleCommand) -> Parts<'a> {
        let mut parts = Parts {
            assignments: Vec::new(),
            words: Vec::new(),
            redirects: Vec::new(),
            has_process_substitution: false,
        };
        for item in command.prefix.iter().flat_map(|prefix| &prefix.0) {
            if let CommandPrefixOrSuffixItem::AssignmentWord(assignment, _) = item {
                parts.assignments.push(assignment);
            } else {
                parts.add(item);
            }
        }
        parts.words.extend(command.word_or_name.iter().map(Argument::Word));
        for item in command.suffix.iter().flat_map(|suffix| &suffix.0) {
            parts.add(item);
        }
        parts
    }

    fn add(&mut self, item: &'a CommandPrefixOrSuffixItem) {
        match item {
            CommandPrefixOrSuffixItem::IoRedirect(redirect) => self.redirects.push(redirect),
            CommandPrefixOrSuffixItem::Word(word) => self.words.push(Argument::Word(word)),
            CommandPrefixOrSuffixItem::AssignmentWord(assignment, word) => {
                self.words.push(Argument::Assignment(assignment, word));
            }
            CommandPrefixOrSuffixItem::ProcessSubstitution(..) => self.has_process_substitution = true,
        }
    }

    fn is_declaration(&self) -> bool {
        match self.words.first() {
            Some(Argument::Word(word)) => {
                matches!(word.value.as_str(), "export" | "readonly" | "local" | "declare" | "typeset")
            }
            _ => false,
        }
    }
}

impl Shell {
    pub(super) async fn simple(&mut self, command: &SimpleCommand, then: Then) -> Outcome {
        self.sys.compute(COMMAND_COST).await;
        self.act_on_signals().await?;
        if let Some(location) = command.location() {
            self.line = self.lines_before + location.start.line as u32;
        }
        self.substitution_status = None;
        let parts = Parts::of(command);
        if parts.has_process_substitution {
            self.unmodelled("process substitution");
            self.complain("syntax error near unexpected token `('").await;
            return Err(self.fail(2));
        }
        let arguments = self.arguments(&parts).await?;
        match arguments.first() {
            None => self.only_assignments(&parts).await,
            Some(name) if !name.contains('/') && self.functions.contains_key(name) => {
                self.trace(&arguments).await;
                self.function_command(&parts, &arguments).await
            }
            Some(name) => match builtins::find(name, self.dialect) {
                Some(builtin) => {
                    self.trace(&arguments).await;
                    self.builtin_command(builtin, &parts, &arguments, then).await
                }
                None => {
                    self.trace(&arguments).await;
                    self.external_command(command, &parts, arguments, then).await
                }
            },
        }
    }

    async fn arguments(&mut self, parts: &Parts<'_>) -> Result<Vec<String>, Unwind> {
        let is_declaration = parts.is_declaration();
        let mut arguments = Vec::new();
        for argument in &parts.words {
            match argument {
                Argument::Assignment(assignment, _) if is_declaration => {
                    if let Some((name, value)) = self.assignment(assignment).await? {
                        arguments.push(format!("{name}={value}"));
                    }
                }
                Argument::Word(word) | Argument::Assignment(_, word) => {
                    arguments.extend(self.fields(std::slice::from_ref(*word)).await?);
                }
            }
        }
        Ok(arguments)
    }

    /// Name and value of an assignment; none if it is one that is not modelled.
    async fn assignment(&mut self, assignment: &Assignment) -> Result<Option<(String, String)>, Unwind> {
        let (AssignmentName::VariableName(name), AssignmentValue::Scalar(word)) =
            (&assignment.name, &assignment.value)
        else {
            self.unmodelled("arrays");
            self.complain("syntax error near unexpected token `('").await;
            return Err(self.fail(2));
        };
        let mut value = self.assigned(&word.value).await?;
        if assignment.append {
            value.insert_str(0, &self.variable(name).unwrap_or_default());
        }
        Ok(Some((name.clone(), value)))
    }

    /// Sets a variable as an assignment does.
    pub(in crate::user::programs::sh) async fn assign(
        &mut self,
        name: &str,
        value: String,
    ) -> Result<(), Unwind> {
        if self.variables.set(name, value).is_err() {
            self.complain(format!("{name}: readonly variable")).await;
            return Err(self.fail(1));
        }
        if self.options.all_export {
            self.variables.export(name);
        }
        if name == "PATH" {
            self.hashed.clear();
        }
        Ok(())
    }

    /// Without a command the assignments stay, and redirections only open and close their files.
    async fn only_assignments(&mut self, parts: &Parts<'_>) -> Outcome {
        for assignment in &parts.assignments {
            if let Some((name, value)) = self.assignment(assignment).await? {
                self.trace(&[format!("{name}={}", quoted_for_trace(&value))]).await;
                self.assign(&name, value).await?;
            }
        }
        let Some(saved) = self.redirect(&parts.redirects).await? else { return self.redirect_failed(None) };
        self.restore(saved).await;
        Ok(self.substitution_status.unwrap_or(0))
    }

    /// The variables that are in force for one command, which runs even if one of them cannot be set.
    async fn set_for_command(&mut self, assignments: &[&Assignment]) -> Result<(), Unwind> {
        for assignment in assignments {
            let Some((name, value)) = self.assignment(assignment).await? else { continue };
            if self.variables.set_for_command(&name, value).is_err() {
                self.complain(format!("{name}: readonly variable")).await;
            } else if name == "PATH" {
                self.hashed.clear();
            }
        }
        Ok(())
    }

    /// The status of a command whose redirection failed. In dash one of a special builtin ends the shell.
    pub(super) fn redirect_failed(&mut self, builtin: Option<Builtin>) -> Outcome {
        match self.dialect {
            Dialect::Bash => Ok(1),
            Dialect::Dash if builtin.is_some_and(builtins::is_special) => Err(self.fail(2)),
            Dialect::Dash => Ok(2),
        }
    }

    async fn function_command(&mut self, parts: &Parts<'_>, arguments: &[String]) -> Outcome {
        let Some(saved) = self.redirect(&parts.redirects).await? else { return self.redirect_failed(None) };
        self.variables.enter_scope();
        let outcome = match self.set_for_command(&parts.assignments).await {
            Ok(()) => {
                let function = self.functions[&arguments[0]].clone();
                self.call_function(function, &arguments[1..]).await
            }
            Err(unwind) => Err(unwind),
        };
        self.variables.leave_scope();
        self.restore(saved).await;
        outcome
    }

    async fn builtin_command(
        &mut self,
        builtin: Builtin,
        parts: &Parts<'_>,
        arguments: &[String],
        then: Then,
    ) -> Outcome {
        let Some(saved) = self.redirect(&parts.redirects).await? else {
            return self.redirect_failed(Some(builtin));
        };
        let has_scope = !parts.assignments.is_empty();
        if has_scope {
            self.variables.enter_scope();
        }
        let outcome = match self.set_for_command(&parts.assignments).await {
            Ok(()) => self.run_builtin(builtin, arguments, then).await,
            Err(unwind) => Err(unwind),
        };
        if has_scope {
            self.variables.leave_scope();
        }
        // `exec` without a command is how a script redirects itself for good.
        let keeps = builtin == Builtin::Exec && arguments.len() == 1;
        if keeps {
            self.forget(saved).await
        } else {
            self.restore(saved).await
        }
        outcome
    }

    async fn external_command(
        &mut self,
        command: &SimpleCommand,
        parts: &Parts<'_>,
        arguments: Vec<String>,
        then: Then,
    ) -> Outcome {
        if then == Then::Nothing && self.traps.is_empty() {
            return self.become_program(parts, &arguments).await;
        }
        if parts.assignments.iter().any(|assignment| assignment.name.to_string() == "PATH") {
            // What was found by another PATH does not count, and what this one finds is not kept.
            self.hashed.clear();
        } else {
            // Looked up here, so that the shell remembers where it is.
            self.remember_program(&arguments[0]).await;
        }
        let text = command.to_string();
        let number = self.start_program(command.clone(), arguments, &text).await?;
        self.finish_foreground(number).await
    }

    /// `command NAME`: a program, whatever function has its name.
    pub(in crate::user::programs::sh) async fn run_program_named(
        &mut self,
        arguments: &[String],
        then: Then,
    ) -> Outcome {
        if then == Then::Nothing && self.traps.is_empty() {
            return self.execute(arguments).await;
        }
        self.remember_program(&arguments[0]).await;
        let text = arguments.join(" ");
        let arguments = arguments.to_vec();
        let pid = self
            .fork(super::Group::Own, Ground::Foreground, move |shell| {
                Box::pin(async move { shell.execute(&arguments).await })
            })
            .await?;
        let number = self.jobs.add(text, pid, &[pid], Ground::Foreground);
        self.finish_foreground(number).await
    }

    async fn start_program(
        &mut self,
        command: SimpleCommand,
        arguments: Vec<String>,
        text: &str,
    ) -> Result<u32, Unwind> {
        let pid = self
            .fork(super::Group::Own, Ground::Foreground, move |shell| {
                Box::pin(async move { shell.become_program(&Parts::of(&command), &arguments).await })
            })
            .await?;
        Ok(self.jobs.add(text.to_owned(), pid, &[pid], Ground::Foreground))
    }

    /// In the process that will be the program: redirections, environment, execve(2).
    async fn become_program(&mut self, parts: &Parts<'_>, arguments: &[String]) -> Outcome {
        if self.redirect(&parts.redirects).await?.is_none() {
            return self.redirect_failed(None);
        }
        self.variables.enter_scope();
        self.set_for_command(&parts.assignments).await?;
        self.execute(arguments).await
    }

    /// `set -x`.
    async fn trace(&self, arguments: &[String]) {
        if !self.options.trace {
            return;
        }
        let words: Vec<String> = match arguments {
            [assignment] if assignment.contains('=') => vec![assignment.clone()],
            words => words.iter().map(|word| quoted_for_trace(word)).collect(),
        };
        let prefix = self.variables.get("PS4").unwrap_or("+ ");
        io::eprint(&self.sys, text::encode(&format!("{prefix}{}\n", words.join(" ")))).await;
    }
}

/// A word as `set -x` shows it.
fn quoted_for_trace(word: &str) -> String {
    let is_plain = !word.is_empty()
        && !word.contains(|c: char| c.is_ascii_whitespace() || "'\"\\|&;()<>`$*?[]{}!^~#".contains(c));
    if is_plain { word.to_owned() } else { text::quote(word) }
}
