//! The steps of a `strace` fence.
//!
//! ```text
//! a: unshare(CLONE_NEWUTS) = -1 EPERM
//! b = a: clone(CLONE_NEWUSER|CLONE_NEWPID|SIGCHLD)
//! a: wait4(-1, ..., 0, NULL) <unfinished ...>
//! b: exit_group(0) = ?
//! a: <... wait4 resumed> = [PID:b]
//! ```
//!
//! The calls are kept as text, for the captures in them; the system call table has read them once, so
//! that a call that does not exist, or has other arguments, is a mistake of the file.

use std::collections::BTreeMap;
use std::ops::Range;

use super::{Line, Session, SourceFile};
use crate::abi::notation::{self as call_notation, ParsedLine};
use crate::scenario::expect::{ExpectedLine, Kind, LineEnd, Pattern, Piece};
use crate::scenario::model::{Action, Expected, Step, Until};
use crate::scenario::notation;
use crate::scenario::problem::Problem;

/// The tasks that exist so far, each with the name of the call that it is blocked in.
pub(super) struct Tasks {
    blocked_in: BTreeMap<String, Option<String>>,
}

impl Default for Tasks {
    fn default() -> Self {
        Tasks { blocked_in: BTreeMap::from([(FIRST_TASK.to_owned(), None)]) }
    }
}

/// The task that a file may use without having made it.
const FIRST_TASK: &str = "a";

const UNFINISHED: &str = "<unfinished ...>";

/// Reads the fence's lines, which stand at `content`.
pub(super) fn read(
    file: &SourceFile<'_>,
    content: Range<usize>,
    session: &mut Session,
) -> Result<Vec<Step>, Vec<Problem>> {
    let mut steps = Vec::new();
    let mut problems = Vec::new();
    for line in file.lines(content).filter(|line| !line.text.trim().is_empty()) {
        match statement(file, &line).and_then(|statement| {
            check_tasks(&statement, &mut session.tasks)?;
            Ok(statement)
        }) {
            Ok(Statement { action, expected, .. }) => {
                steps.push(Step { id: session.next_step(), span: file.span(line.at), action, expected });
            }
            Err(problem) => problems.extend(problem),
        }
    }
    if problems.is_empty() { Ok(steps) } else { Err(problems) }
}

struct Statement {
    /// Where the task's name stands.
    task: Range<usize>,
    child: Range<usize>,
    action: Action,
    expected: Expected,
}

fn statement(file: &SourceFile<'_>, line: &Line<'_>) -> Result<Statement, Vec<Problem>> {
    let mut cursor = Cursor { text: line.text, at: line.at.start, done: 0 };
    let (mut task, mut task_at) = cursor.name("a task's name")?;
    let mut child = None;
    let mut child_at = task_at.start..task_at.start;
    if cursor.eat(" = ") {
        (child, child_at) = (Some(task), task_at);
        (task, task_at) = cursor.name("the name of the task that makes the call")?;
    }
    cursor.expect(":", "the name of the task is followed by `: `")?;
    cursor.expect(" ", "the name of the task is followed by `: `")?;
    if cursor.eat("<... ") {
        let (call_name, _) = cursor.name("the name of the call that was blocked")?;
        cursor.expect(" resumed>", "write `<... NAME resumed> = RESULT`")?;
        let expected = result(file, &cursor, None)?;
        let action = Action::Resume { task, call_name };
        return Ok(Statement { task: task_at, child: child_at, action, expected });
    }
    let call_at = cursor.call()?;
    let call = file.text[call_at.clone()].to_owned();
    let mut expected = result(file, &cursor, child.as_deref())?;
    let shown = shown(file, call_at.clone())?;
    if expected.until == Until::Done {
        expected.lines.extend(shown);
    }
    let action = Action::Call { task, child, call, call_span: file.span(call_at) };
    Ok(Statement { task: task_at, child: child_at, action, expected })
}

/// Has the system call table read the call. What it shows of the reply is what is expected there.
fn shown(file: &SourceFile<'_>, call_at: Range<usize>) -> Result<Option<ExpectedLine>, Vec<Problem>> {
    let call = &file.text[call_at.clone()];
    let ParsedLine { call: syscall, shown, .. } = call_notation::parse(&with_numbers_for_captures(call))
        .map_err(|error| {
            let at = file.text.floor_char_boundary(call_at.start + error.at as usize).min(call_at.end);
            let rest = &file.text[at..call_at.end];
            let length = rest.find([',', '(', ')']).unwrap_or(rest.len());
            vec![Problem::new(at..at + length, error.message)]
        })?;
    let Some(shown) = shown else {
        let span = file.span(call_at.end..call_at.end);
        let is_left_open = ExpectedLine { span, pattern: Pattern::AnyLines };
        return Ok(call_notation::shows_reply(&syscall).then_some(is_left_open));
    };
    let start = call_at.start + shown.at as usize;
    let at = start..start + shown.text.len();
    let text = &file.text[at.clone()];
    let pattern = match text {
        "..." => Pattern::AnyLines,
        _ => notation::read_result(text, at.start)?,
    };
    Ok(Some(ExpectedLine { span: file.span(at), pattern }))
}

/// The call with a number of the same length in the place of each capture.
fn with_numbers_for_captures(call: &str) -> String {
    let mut numbered = String::with_capacity(call.len());
    let mut rest = call;
    while let Some(start) = rest.find('[') {
        let length = notation::capture_length(&rest[start..]);
        numbered.push_str(&rest[..start]);
        match length {
            Some(length) => numbered.push_str(&format!("{:0length$}", 1)),
            None => numbered.push('['),
        }
        rest = &rest[start + length.unwrap_or(1)..];
    }
    numbered + rest
}

/// What is written after the call: ` = RESULT`, ` <unfinished ...>` or nothing. A statement that names
/// a child may leave the result out: it is the child's pid. Any other needs one; recording writes it.
fn result(file: &SourceFile<'_>, cursor: &Cursor<'_>, child: Option<&str>) -> Result<Expected, Vec<Problem>> {
    let start = cursor.here();
    let rest = cursor.rest().trim_end();
    let at = start..start + rest.len();
    let span = file.span(at.clone());
    let trimmed = rest.trim_start();
    if trimmed.is_empty() {
        let some_pid = Piece::Value { kind: Kind::Pid, name: None };
        let pieces = child.map(|_| some_pid).into_iter().collect();
        let pattern = Pattern::Line { pieces, end: LineEnd::Newline };
        return Ok(Expected { span, lines: vec![ExpectedLine { span, pattern }], until: Until::Done });
    }
    if trimmed == UNFINISHED {
        return Ok(Expected { span, lines: Vec::new(), until: Until::Waiting });
    }
    let Some(text) = trimmed.strip_prefix("= ").map(str::trim_start).filter(|text| !text.is_empty()) else {
        return Err(vec![
            Problem::new(at, "this is neither a result nor unfinished")
                .help(format!("after the call stands ` = RESULT`, or ` {UNFINISHED}` if it blocks")),
        ]);
    };
    let text_at = at.end - text.len()..at.end;
    let pattern = notation::read_result(without_message(text), text_at.start)?;
    let lines = vec![ExpectedLine { span: file.span(text_at), pattern }];
    Ok(Expected { span, lines, until: Until::Done })
}

/// An error may be written as strace does, `-1 EPERM (Operation not permitted)`; its name says it all.
fn without_message(result: &str) -> &str {
    match result.split_once(" (") {
        Some((error, _)) if error.starts_with("-1 E") && result.ends_with(')') => error,
        _ => result,
    }
}

/// A statement is about tasks that exist, and about blocked ones only what can be.
fn check_tasks(statement: &Statement, tasks: &mut Tasks) -> Result<(), Vec<Problem>> {
    let (task, child) = match &statement.action {
        Action::Call { task, child, .. } => (task, child.as_ref()),
        Action::Resume { task, .. } => (task, None),
        _ => unreachable!("a strace fence has calls alone"),
    };
    let known: Vec<&str> = tasks.blocked_in.keys().map(String::as_str).collect();
    let Some(blocked_in) = tasks.blocked_in.get(task).cloned() else {
        return Err(vec![
            Problem::new(statement.task.clone(), format!("there is no task `{task}` yet"))
                .did_you_mean(task, &known)
                .help(format!(
                    "the first task is `{FIRST_TASK}`; others are made: `{task} = a: clone(SIGCHLD)`"
                )),
        ]);
    };
    let now_blocked_in = match (&statement.action, &blocked_in) {
        (Action::Resume { call_name, .. }, Some(name)) if name == call_name => None,
        (Action::Resume { call_name, .. }, _) => {
            return Err(vec![
                Problem::new(statement.task.clone(), format!("task `{task}` is not blocked in {call_name}"))
                    .help(format!("a call that blocks is first written with ` {UNFINISHED}`")),
            ]);
        }
        (_, Some(name)) => {
            return Err(vec![
                Problem::new(statement.task.clone(), format!("task `{task}` is still blocked in {name}"))
                    .help(format!("it goes on with `{task}: <... {name} resumed> = RESULT`")),
            ]);
        }
        (Action::Call { call, .. }, None) => match statement.expected.until {
            Until::Waiting => call.split_once('(').map(|(name, _)| name.to_owned()),
            Until::Done => None,
        },
        (_, None) => None,
    };
    if let Some(child) = child {
        if tasks.blocked_in.contains_key(child) {
            return Err(vec![
                Problem::new(statement.child.clone(), format!("there is a task `{child}` already"))
                    .help("give the new task a name of its own"),
            ]);
        }
        tasks.blocked_in.insert(child.clone(), None);
    }
    tasks.blocked_in.insert(task.clone(), now_blocked_in);
    Ok(())
}

/// Reads a line from left to right.
struct Cursor<'a> {
    text: &'a str,
    /// Where the line stands in the file.
    at: usize,
    done: usize,
}

impl<'a> Cursor<'a> {
    fn here(&self) -> usize {
        self.at + self.done
    }

    fn rest(&self) -> &'a str {
        &self.text[self.done..]
    }

    fn eat(&mut self, text: &str) -> bool {
        let is_next = self.rest().starts_with(text);
        if is_next {
            self.done += text.len();
        }
        is_next
    }

    fn expect(&mut self, text: &str, help: &str) -> Result<(), Vec<Problem>> {
        if self.eat(text) { Ok(()) } else { Err(self.malformed(help)) }
    }

    /// A name in small letters, digits and underscores, and where it stands.
    fn name(&mut self, what: &str) -> Result<(String, Range<usize>), Vec<Problem>> {
        let rest = self.rest();
        let length = rest
            .find(|c: char| !(c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_'))
            .unwrap_or(rest.len());
        if !rest.starts_with(|c: char| c.is_ascii_lowercase()) {
            return Err(self.malformed(&format!("expected {what}, in small letters")));
        }
        let at = self.here()..self.here() + length;
        self.done += length;
        Ok((rest[..length].to_owned(), at))
    }

    /// A call: its name, and its arguments up to the closing parenthesis. Gives its place in the file.
    fn call(&mut self) -> Result<Range<usize>, Vec<Problem>> {
        let start = self.here();
        self.name("the name of a system call")?;
        if !self.rest().starts_with('(') {
            return Err(self.malformed("the name of a system call is followed by `(`"));
        }
        let mut depth = 0;
        let mut in_string = false;
        let mut escaped = false;
        for (offset, c) in self.rest().char_indices() {
            match c {
                _ if escaped => escaped = false,
                '\\' if in_string => escaped = true,
                '"' => in_string = !in_string,
                '(' if !in_string => depth += 1,
                ')' if !in_string => depth -= 1,
                _ => {}
            }
            if depth == 0 {
                self.done += offset + 1;
                return Ok(start..self.here());
            }
        }
        let what = if in_string { "a string is not closed" } else { "the arguments end with `)`" };
        Err(self.malformed(what))
    }

    fn malformed(&self, help: &str) -> Vec<Problem> {
        let here = self.here();
        let width = self.rest().chars().next().map_or(0, char::len_utf8);
        vec![
            Problem::new(here..here + width, "this is no statement of a strace fence")
                .label(help)
                .help("write `task: call(arguments) = result`; a new task is `b = a: clone(...)`"),
        ]
    }
}
