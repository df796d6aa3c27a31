//! The steps of a `console` fence.

use std::ops::Range;

use super::{Line, Session, SourceFile};
use crate::scenario::expect::{ExpectedLine, LineEnd, Pattern};
use crate::scenario::model::{Action, Expected, Prompt, Step, Terminal, Until};
use crate::scenario::notation::{self, Input, Written};
use crate::scenario::problem::Problem;

/// Reads the fence's lines, which stand at `content`. `power_on` is where the word stands, if the
/// machine is switched on first.
pub(super) fn read(
    file: &SourceFile<'_>,
    content: Range<usize>,
    terminal: &Terminal,
    power_on: Option<Range<usize>>,
    session: &mut Session,
) -> Result<Vec<Step>, Vec<Problem>> {
    let before = match power_on {
        Some(_) => {
            session.terminals.clear();
            Until::Waiting
        }
        None => session.terminals.get(terminal).copied().unwrap_or(Until::Done),
    };
    let mut reader = Reader { file, session, steps: Vec::new(), open: None, before, problems: Vec::new() };
    if let Some(at) = power_on {
        reader.begin(at, Action::PowerOn, content.start);
    }
    for line in file.lines(content) {
        reader.line(line);
    }
    let last = reader.end(None);
    let Reader { steps, problems, .. } = reader;
    session.terminals.insert(terminal.clone(), last);
    if problems.is_empty() { Ok(steps) } else { Err(problems) }
}

struct Reader<'a> {
    file: &'a SourceFile<'a>,
    session: &'a mut Session,
    steps: Vec<Step>,
    /// The step whose output is being read.
    open: Option<OpenStep>,
    /// How the terminal's last step before this fence ended.
    before: Until,
    problems: Vec<Problem>,
}

struct OpenStep {
    at: Range<usize>,
    action: Action,
    lines: Vec<ExpectedLine>,
    output: Range<usize>,
    /// Where `[no-prompt]` stands, if it does.
    no_prompt: Option<Range<usize>>,
}

/// What comes after a step in its fence.
#[derive(Clone, Copy)]
enum Next {
    Command,
    Input,
}

impl Reader<'_> {
    fn line(&mut self, line: Line<'_>) {
        let prompt = [Prompt::Root, Prompt::User].into_iter().find_map(|prompt| {
            let command = line.text.strip_prefix(prompt.symbol())?;
            (command.is_empty() || command.starts_with(' ')).then_some((prompt, command))
        });
        if let Some((prompt, command)) = prompt {
            self.command(prompt, command, line);
        } else if !self.continues_command(&line) {
            self.output(line);
        }
    }

    fn command(&mut self, prompt: Prompt, command: &str, line: Line<'_>) {
        if command.trim().is_empty() {
            self.problems.push(
                Problem::new(line.at.clone(), "a prompt without a command")
                    .help(format!("for a line of output that is this very text, write `\\{}`", line.text)),
            );
        }
        self.check_is_prompting(&line);
        self.end(Some(Next::Command));
        // One blank belongs to the prompt, any further one to the command.
        let command = command.strip_prefix(' ').unwrap_or(command).to_owned();
        self.begin(line.at, Action::Command { prompt, line: command }, line.next);
    }

    /// A command can be typed only where a shell asks for one.
    fn check_is_prompting(&mut self, line: &Line<'_>) {
        let waiting = match &self.open {
            Some(open) => open.no_prompt.is_some(),
            None => self.before == Until::Waiting,
        };
        if waiting {
            self.problems.push(
                Problem::new(line.at.clone(), "no shell asks for a command here")
                    .label("the step before this one ended without a prompt")
                    .help("end what runs with `[key:Ctrl-C]`, or use another terminal: `console term=b`")
                    .help(
                        "if it has ended by itself, begin a fence with what it has printed, or with `[...]`",
                    ),
            );
        }
    }

    /// Takes a line typed at the prompt `> ` into the command above it.
    fn continues_command(&mut self, line: &Line<'_>) -> bool {
        let Some(OpenStep {
            at,
            action: Action::Command { line: command, .. },
            lines,
            output,
            no_prompt: None,
        }) = &mut self.open
        else {
            return false;
        };
        let Some(rest) = line.text.strip_prefix('>') else { return false };
        if !lines.is_empty() || !(rest.is_empty() || rest.starts_with(' ')) {
            return false;
        }
        command.push('\n');
        command.push_str(rest.strip_prefix(' ').unwrap_or(rest));
        at.end = line.at.end;
        *output = line.next..line.next;
        true
    }

    fn output(&mut self, line: Line<'_>) {
        match notation::read_line(line.text, line.at.start) {
            Err(problems) => self.problems.extend(problems),
            Ok(Written::Input { before, input, at }) => {
                if !before.is_empty() {
                    let pattern = Pattern::Line { pieces: before, end: LineEnd::Open };
                    self.expect(pattern, line.at.start..at.start, at.start);
                }
                self.input(input, at, line.next);
            }
            Ok(Written::NoPrompt) => {
                self.watch(&line.at);
                match &mut self.open {
                    Some(open) => {
                        open.output.end = line.next;
                        open.no_prompt = Some(line.at);
                    }
                    None => self.no_command(line.at),
                }
            }
            Ok(Written::Expected(pattern)) => self.expect(pattern, line.at, line.next),
        }
    }

    /// Adds a line of output, which stands at `at`, to the open step; the output so far ends at `end`.
    fn expect(&mut self, pattern: Pattern, at: Range<usize>, end: usize) {
        let span = self.file.span(at.clone());
        self.watch(&at);
        let Some(open) = &mut self.open else { return self.no_command(at) };
        let is_after_open_line = matches!(
            open.lines.last(),
            Some(ExpectedLine { pattern: Pattern::Line { end: LineEnd::Open, .. }, .. })
        );
        if is_after_open_line || open.no_prompt.is_some() {
            self.problems.push(
                Problem::new(at, "no output can follow here")
                    .help("`[no-newline]` and `[no-prompt]` end what a command prints"),
            );
            return;
        }
        open.lines.push(ExpectedLine { span, pattern });
        open.output.end = end;
    }

    /// Output at the fence's beginning, at `at`, is that of what was left running.
    fn watch(&mut self, at: &Range<usize>) {
        if self.open.is_none() && self.before == Until::Waiting {
            self.begin(at.clone(), Action::Watch, at.start);
        }
    }

    fn no_command(&mut self, at: Range<usize>) {
        // One is enough: the lines below are the same output.
        if self.problems.iter().any(|problem| problem.message == OUTPUT_BEFORE_COMMAND) {
            return;
        }
        self.problems.push(
            Problem::new(at, OUTPUT_BEFORE_COMMAND)
                .help("a command begins with `# ` (root) or `$ ` (a user), whatever the real prompt is")
                .help("what a machine prints when it is switched on belongs into a `console power-on` fence"),
        );
    }

    fn input(&mut self, input: Input, at: Range<usize>, next_line: usize) {
        if self.open.is_none() && self.before == Until::Done {
            self.problems.push(
                Problem::new(at.clone(), "no program waits for input on this terminal")
                    .help("say that the command above does not return: a line `[no-prompt]` below it"),
            );
        }
        self.end(Some(Next::Input));
        let action = match input {
            Input::Type(text) => Action::Type { text },
            Input::Press(key) => Action::Press { key },
        };
        self.begin(at, action, next_line);
    }

    fn begin(&mut self, at: Range<usize>, action: Action, output: usize) {
        self.open = Some(OpenStep { at, action, lines: Vec::new(), output: output..output, no_prompt: None });
    }

    /// Ends the open step, if there is one, and says how the terminal is left.
    fn end(&mut self, next: Option<Next>) -> Until {
        let Some(open) = self.open.take() else { return self.before };
        let until = match (open.no_prompt, next) {
            (Some(_), _) | (None, Some(Next::Input)) => Until::Waiting,
            (None, Some(Next::Command) | None) => Until::Done,
        };
        self.steps.push(Step {
            id: self.session.next_step(),
            span: self.file.span(open.at),
            action: open.action,
            expected: Expected { span: self.file.span(open.output), lines: open.lines, until },
        });
        until
    }
}

const OUTPUT_BEFORE_COMMAND: &str = "output before any command";
