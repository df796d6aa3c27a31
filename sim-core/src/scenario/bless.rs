//! The file with what real Linux printed.

use std::collections::BTreeMap;
use std::fmt;
use std::ops::Range;

use super::compare::match_or_align;
use super::diff::Pair;
use super::expect::{ExpectedLine, LineEnd, Pattern};
use super::matching::{self, ActualLine, Bindings, matches_line};
use super::model::{Action, Fence, FenceKind, Scenario, Span, Step, StepId, Until};
use super::notation;
use super::transcript::{ArmName, Ending, StepRecord, Transcript};

/// Why a file cannot be recorded.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum BlessError {
    /// The transcript is not one of a real kernel.
    NotReal(ArmName),
    /// The scenario was not carried out to its end.
    Incomplete { reason: String },
    /// The step at this line ended in another way than the file says, so that the steps below it are
    /// not what their author meant.
    EndsOtherwise { line: u32, actual: Until },
    /// What was printed would end the fence at this line.
    FenceTooShort { line: u32 },
}

/// The text of the scenario's file, with the expected output replaced wherever real Linux printed
/// something else. Lines that still match stay as they are, with their `[..]` and captures; nothing
/// else of the file changes.
///
/// `source` is the text from which the scenario was parsed.
pub fn bless(source: &str, scenario: &Scenario, transcript: &Transcript) -> Result<String, BlessError> {
    if !transcript.arm.is_real() {
        return Err(BlessError::NotReal(transcript.arm));
    }
    if let Ending::Skipped { reason } | Ending::Broken { reason } = &transcript.ending {
        return Err(BlessError::Incomplete { reason: reason.clone() });
    }
    let records: BTreeMap<StepId, &StepRecord> =
        transcript.steps.iter().map(|record| (record.step, record)).collect();
    let mut blessed = Blessed { source, text: String::with_capacity(source.len()), done: 0 };
    let mut bindings = Bindings::default();
    for fence in scenario.fences() {
        let is_known = fence.known_differences.iter().any(|known| known.arm == transcript.arm);
        for (index, step) in fence.steps.iter().enumerate() {
            let Some(record) = records.get(&step.id) else {
                let reason = format!("line {} was not carried out", step.span.line);
                return Err(BlessError::Incomplete { reason });
            };
            if !is_known {
                let next = fence.steps.get(index + 1).map(|step| &step.action);
                blessed.step(fence, step, next, record, &mut bindings)?;
            }
        }
    }
    Ok(blessed.finish())
}

/// The new text, as far as it goes.
struct Blessed<'a> {
    source: &'a str,
    text: String,
    /// Up to here the source has been taken over or replaced.
    done: usize,
}

impl Blessed<'_> {
    fn step(
        &mut self,
        fence: &Fence,
        step: &Step,
        next: Option<&Action>,
        record: &StepRecord,
        bindings: &mut Bindings,
    ) -> Result<(), BlessError> {
        if step.expected.until != record.until {
            return Err(BlessError::EndsOtherwise { line: step.span.line, actual: record.until });
        }
        if let (Action::Command { prompt: expected, .. }, Some(actual)) = (&step.action, record.prompt)
            && *expected != actual
        {
            let at = range(step.span).start;
            self.replace(at..at + expected.symbol().len_utf8(), &actual.symbol().to_string());
        }
        let Some(aligned) = match_or_align(&step.expected.lines, &record.output, bindings) else {
            return Ok(());
        };
        let actual = matching::lines(&record.output);
        match fence.kind {
            FenceKind::Strace => {
                self.call(step, &actual, bindings);
            }
            FenceKind::Console { .. } => {
                self.check_fence_holds(fence, &aligned, &actual)?;
                let lines = self.console_lines(step, next, &aligned, &actual);
                self.replace(range(step.expected.span), &lines);
            }
        }
        Ok(())
    }

    /// A call's result, and what it shows of the reply, each where it stands in the statement.
    fn call(&mut self, step: &Step, actual: &[ActualLine<'_>], bindings: &Bindings) {
        let is_as_expected = |index: usize| match (step.expected.lines.get(index), actual.get(index)) {
            (Some(expected), Some(actual)) => matches_line(expected, actual, &mut bindings.clone()),
            (expected, _) => expected.is_none(),
        };
        let text = |index: usize| actual.get(index).map(|line| notation::escape_brackets(line.text));
        if let Some(shown) = step.expected.lines.get(1)
            && shown.pattern != Pattern::AnyLines
            && !is_as_expected(1)
        {
            self.replace(range(shown.span), &text(1).unwrap_or_else(|| "...".to_owned()));
        }
        if !is_as_expected(0) {
            self.replace(range(step.expected.span), &format!(" = {}", text(0).unwrap_or_default()));
        }
    }

    /// The lines of a step in a console fence: those that match as they are written, the others as
    /// printed.
    fn console_lines(
        &self,
        step: &Step,
        next: Option<&Action>,
        aligned: &[Pair],
        actual: &[ActualLine<'_>],
    ) -> String {
        let newline = if self.source.contains("\r\n") { "\r\n" } else { "\n" };
        let at = range(step.expected.span);
        let is_input_next = matches!(next, Some(Action::Type { .. } | Action::Press { .. }));
        let mut lines = String::new();
        for pair in aligned {
            let (text, end) = match pair {
                Pair::Missing { .. } => continue,
                Pair::Same { expected, .. } | Pair::AnyLines { expected, .. } => {
                    self.as_written(&step.expected.lines[*expected])
                }
                Pair::Extra { actual: index } => {
                    (notation::escape_line(actual[*index].text), actual[*index].end)
                }
            };
            lines.push_str(&text);
            match end {
                LineEnd::Newline => lines.push_str(newline),
                // The input that follows is written in the same line.
                LineEnd::Open if is_input_next => {}
                LineEnd::Open => {
                    lines.push_str(notation::NO_NEWLINE);
                    lines.push_str(newline);
                }
            }
        }
        if self.source[at].lines().last() == Some(notation::NO_PROMPT) {
            lines.push_str(notation::NO_PROMPT);
            lines.push_str(newline);
        }
        lines
    }

    /// An expected line as its author wrote it, but for the mark of a missing newline.
    fn as_written(&self, line: &ExpectedLine) -> (String, LineEnd) {
        let text = &self.source[range(line.span)];
        match line.pattern {
            Pattern::Line { end: LineEnd::Open, .. } => {
                (text.strip_suffix(notation::NO_NEWLINE).unwrap_or(text).to_owned(), LineEnd::Open)
            }
            Pattern::Line { end: LineEnd::Newline, .. } | Pattern::AnyLines => {
                (text.to_owned(), LineEnd::Newline)
            }
        }
    }

    /// A printed line may look like the fence's end.
    fn check_fence_holds(
        &self,
        fence: &Fence,
        aligned: &[Pair],
        actual: &[ActualLine<'_>],
    ) -> Result<(), BlessError> {
        let opening = &self.source[range(fence.span)];
        let mark = opening.chars().next().unwrap_or('`');
        let width = opening.len() - opening.trim_start_matches(mark).len();
        let ends_fence = |text: &str| {
            let text = text.trim();
            text.len() >= width && text.chars().all(|c| c == mark)
        };
        let is_ended = aligned
            .iter()
            .any(|pair| matches!(pair, Pair::Extra { actual: index } if ends_fence(actual[*index].text)));
        if is_ended { Err(BlessError::FenceTooShort { line: fence.span.line }) } else { Ok(()) }
    }

    fn replace(&mut self, at: Range<usize>, text: &str) {
        self.text.push_str(&self.source[self.done..at.start]);
        self.text.push_str(text);
        self.done = at.end;
    }

    fn finish(mut self) -> String {
        self.text.push_str(&self.source[self.done..]);
        self.text
    }
}

fn range(span: Span) -> Range<usize> {
    span.start as usize..span.end as usize
}

impl fmt::Display for BlessError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            BlessError::NotReal(arm) => {
                write!(f, "expected output is recorded on real Linux, never on `{}`", arm.name())
            }
            BlessError::Incomplete { reason } => write!(f, "nothing was recorded: {reason}"),
            BlessError::EndsOtherwise { line, actual: Until::Waiting } => write!(
                f,
                "line {line}: no prompt follows this step; say so with a line `[no-prompt]`, or give it input"
            ),
            BlessError::EndsOtherwise { line, actual: Until::Done } => {
                write!(f, "line {line}: this step returns to the prompt, so nothing waits after it")
            }
            BlessError::FenceTooShort { line } => write!(
                f,
                "line {line}: the output has a line that would end this fence; begin and end it with more marks"
            ),
        }
    }
}

impl std::error::Error for BlessError {}
