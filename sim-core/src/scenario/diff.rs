//! Which printed lines stand for which expected ones, and how a difference is shown.

use std::collections::BTreeSet;
use std::fmt;
use std::ops::Range;

use serde::{Deserialize, Serialize};
use similar::DiffOp;
use similar::algorithms::{Capture, myers};

use super::expect::{ExpectedLine, LineEnd, Pattern, Piece};
use super::matching::{ActualLine, Bindings, matches_line};
use super::notation;

/// Lines of the file and lines that were printed, side by side. The numbers are places in either list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Pair {
    Same {
        expected: usize,
        actual: usize,
    },
    /// `[...]` and the lines that it stands for, perhaps none.
    AnyLines {
        expected: usize,
        actual: Range<usize>,
    },
    Missing {
        expected: usize,
    },
    Extra {
        actual: usize,
    },
}

/// Both lists side by side, with as many lines as possible the same, and the captures bound by those.
pub(super) fn align(
    expected: &[ExpectedLine],
    actual: &[ActualLine<'_>],
    bindings: &mut Bindings,
) -> Vec<Pair> {
    let mut aligned = Vec::new();
    let mut run = Run::default();
    for op in edit_script(expected, actual, bindings) {
        for (old, new) in op_lines(&op) {
            match (old, new) {
                (Some(old), Some(new)) if matches_line(&expected[old], &actual[new], bindings) => {
                    run.drain_into(&mut aligned, expected);
                    aligned.push(Pair::Same { expected: old, actual: new });
                }
                (old, new) => {
                    run.expected.extend(old);
                    run.actual.extend(new);
                }
            }
        }
    }
    run.drain_into(&mut aligned, expected);
    aligned
}

/// Lines between two that are the same.
#[derive(Default)]
struct Run {
    expected: Vec<usize>,
    actual: Vec<usize>,
}

impl Run {
    /// A `[...]` in the run stands for all that was printed there.
    fn drain_into(&mut self, aligned: &mut Vec<Pair>, lines: &[ExpectedLine]) {
        let mut extra = std::mem::take(&mut self.actual);
        for expected in std::mem::take(&mut self.expected) {
            if lines[expected].pattern == Pattern::AnyLines {
                let taken = std::mem::take(&mut extra);
                let actual = taken.first().map_or(0..0, |first| *first..first + taken.len());
                aligned.push(Pair::AnyLines { expected, actual });
            } else {
                aligned.push(Pair::Missing { expected });
            }
        }
        aligned.extend(extra.into_iter().map(|actual| Pair::Extra { actual }));
    }
}

/// A printed line that can be asked whether it is as expected, whatever the lines around it are.
struct Candidate<'a> {
    line: &'a ActualLine<'a>,
    bindings: &'a Bindings,
}

impl PartialEq<ExpectedLine> for Candidate<'_> {
    fn eq(&self, expected: &ExpectedLine) -> bool {
        matches_line(expected, self.line, &mut self.bindings.clone())
    }
}

/// The time that the shortest edit script takes grows with the square of this; of more lines only those
/// at both ends are compared.
const MOST_LINES: usize = 2000;

fn edit_script(expected: &[ExpectedLine], actual: &[ActualLine<'_>], bindings: &Bindings) -> Vec<DiffOp> {
    let candidates: Vec<Candidate<'_>> = actual.iter().map(|line| Candidate { line, bindings }).collect();
    if expected.len() + actual.len() > MOST_LINES {
        return ends_alone(expected, &candidates);
    }
    let mut ops = Capture::new();
    let (old, new) = (0..expected.len(), 0..actual.len());
    match myers::diff_deadline_raw(&mut ops, expected, old, candidates.as_slice(), new, None) {
        Ok(()) => ops.into_ops(),
        Err(never) => match never {},
    }
}

/// The edit script that replaces all between what is the same at the beginning and at the end.
fn ends_alone(expected: &[ExpectedLine], actual: &[Candidate<'_>]) -> Vec<DiffOp> {
    let same = |(expected, actual): &(&ExpectedLine, &Candidate<'_>)| *actual == *expected;
    let start = expected.iter().zip(actual).take_while(same).count();
    let most = expected.len().min(actual.len()) - start;
    let end = expected.iter().rev().zip(actual.iter().rev()).take(most).take_while(same).count();
    let (old_len, new_len) = (expected.len() - start - end, actual.len() - start - end);
    let at_end = (expected.len() - end, actual.len() - end);
    vec![
        DiffOp::Equal { old_index: 0, new_index: 0, len: start },
        DiffOp::Replace { old_index: start, old_len, new_index: start, new_len },
        DiffOp::Equal { old_index: at_end.0, new_index: at_end.1, len: end },
    ]
}

/// The lines of an operation: both where they are the same, else first the expected ones.
fn op_lines(op: &DiffOp) -> Vec<(Option<usize>, Option<usize>)> {
    let (old, new) = (op.old_range(), op.new_range());
    match op {
        DiffOp::Equal { .. } => old.zip(new).map(|(old, new)| (Some(old), Some(new))).collect(),
        _ => old.map(|old| (Some(old), None)).chain(new.map(|new| (None, Some(new)))).collect(),
    }
}

/// A difference as it is shown, line by line.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Diff {
    pub lines: Vec<DiffLine>,
    /// What the lines alone do not show.
    pub notes: Vec<String>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct DiffLine {
    pub side: Side,
    /// In the file's notation.
    pub text: String,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Side {
    /// As expected.
    Both,
    /// Expected, and not printed.
    Expected,
    /// Printed, and not expected.
    Actual,
    /// How many lines are not shown here.
    LeftOut,
}

/// Lines that are as expected are shown up to this far from a difference.
const CONTEXT: usize = 3;

/// Of lines of one side in a row, this many are shown.
const MOST_IN_A_ROW: usize = 40;

impl Diff {
    pub(super) fn new(
        aligned: &[Pair],
        expected: &[ExpectedLine],
        actual: &[ActualLine<'_>],
        bindings: &Bindings,
    ) -> Diff {
        let mut diff = Diff { lines: Vec::new(), notes: Vec::new() };
        let mut left_out = 0;
        for (index, pair) in aligned.iter().enumerate() {
            let near = &aligned[index.saturating_sub(CONTEXT)..aligned.len().min(index + CONTEXT + 1)];
            if near.iter().all(is_as_expected) {
                left_out += pair_lines(pair);
                continue;
            }
            diff.push_left_out(std::mem::take(&mut left_out));
            match pair {
                Pair::Same { actual: index, .. } => diff.push(Side::Both, written(&actual[*index])),
                Pair::AnyLines { expected: index, .. } => {
                    diff.push(Side::Both, notation::write(&expected[*index].pattern));
                }
                Pair::Missing { expected: index } => {
                    diff.push(Side::Expected, notation::write(&expected[*index].pattern));
                    diff.note_values(&expected[*index], actual, bindings);
                }
                Pair::Extra { actual: index } => diff.push(Side::Actual, written(&actual[*index])),
            }
        }
        diff.push_left_out(left_out);
        diff.shorten_rows();
        diff.show_blanks();
        diff
    }

    fn push(&mut self, side: Side, text: String) {
        self.lines.push(DiffLine { side, text });
    }

    fn push_left_out(&mut self, lines: usize) {
        match lines {
            0 => {}
            1 => self.push(Side::LeftOut, "1 line as expected".to_owned()),
            _ => self.push(Side::LeftOut, format!("{lines} lines as expected")),
        }
    }

    /// Says which values kept an expected line from being one that was printed: what its captures stand
    /// for, or whose value they would have had to take.
    fn note_values(&mut self, line: &ExpectedLine, actual: &[ActualLine<'_>], bindings: &Bindings) {
        let mut alone = Bindings::default();
        if actual.len() > MOST_LINES || !actual.iter().any(|actual| matches_line(line, actual, &mut alone)) {
            return;
        }
        let Pattern::Line { pieces, .. } = &line.pattern else { return };
        for piece in pieces {
            let Piece::Value { kind, name: Some(name) } = piece else { continue };
            let Some(value) = alone.get(*kind, name) else { continue };
            match (bindings.get(*kind, name), bindings.other_name(*kind, name, value)) {
                (Some(bound), _) => self.note(format!("[{}:{name}] is {bound}", kind.name())),
                (None, Some(other)) if kind.is_identity() => {
                    self.note(format!("{value} is [{}:{other}], so it cannot be [{0}:{name}]", kind.name()));
                }
                (None, _) => {}
            }
        }
    }

    fn note(&mut self, note: String) {
        if !self.notes.contains(&note) {
            self.notes.push(note);
        }
    }

    fn shorten_rows(&mut self) {
        let mut shortened: Vec<DiffLine> = Vec::new();
        for row in self.lines.chunk_by(|a, b| a.side == b.side) {
            shortened.extend(row.iter().take(MOST_IN_A_ROW).cloned());
            if row.len() > MOST_IN_A_ROW {
                let text = format!("{} more lines", row.len() - MOST_IN_A_ROW);
                shortened.push(DiffLine { side: Side::LeftOut, text });
            }
        }
        self.lines = shortened;
    }

    /// Where lines differ in nothing but blanks, makes those visible.
    fn show_blanks(&mut self) {
        let squeezed = |line: &DiffLine| line.text.split_whitespace().collect::<String>();
        let of = |side: Side| -> BTreeSet<String> {
            self.lines.iter().filter(|line| line.side == side).map(squeezed).collect()
        };
        let (expected, actual) = (of(Side::Expected), of(Side::Actual));
        let mut are_shown = false;
        for line in &mut self.lines {
            let others = match line.side {
                Side::Expected => &actual,
                Side::Actual => &expected,
                Side::Both | Side::LeftOut => continue,
            };
            if others.contains(&squeezed(line)) {
                line.text = line.text.replace(' ', "·").replace('\t', "→");
                are_shown = true;
            }
        }
        if are_shown {
            self.notes.push("the lines differ in blanks: `·` is a space, `→` a tab".to_owned());
        }
    }
}

fn is_as_expected(pair: &Pair) -> bool {
    matches!(pair, Pair::Same { .. } | Pair::AnyLines { .. })
}

fn pair_lines(pair: &Pair) -> usize {
    match pair {
        Pair::AnyLines { actual, .. } => actual.len(),
        _ => 1,
    }
}

/// A printed line in the file's notation.
fn written(line: &ActualLine<'_>) -> String {
    let text = notation::escape_line(line.text);
    match line.end {
        LineEnd::Newline => text,
        LineEnd::Open => text + notation::NO_NEWLINE,
    }
}

impl fmt::Display for Diff {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for line in &self.lines {
            match line.side {
                Side::Both => writeln!(f, "  {}", line.text)?,
                Side::Expected => writeln!(f, "- {}", line.text)?,
                Side::Actual => writeln!(f, "+ {}", line.text)?,
                Side::LeftOut => writeln!(f, "  ({})", line.text)?,
            }
        }
        self.notes.iter().try_for_each(|note| writeln!(f, "  note: {note}"))
    }
}
