//! Whether what was printed is what the file expects.
//!
//! Both levels work the same way: a pattern is cut at its wildcards (`[..]` in a line, `[...]` among
//! lines); the first part must stand at the beginning, the last one at the end, and each part between
//! is taken at the first place where it fits. There is no going back behind a part that was placed, so
//! the time is at most the product of both lengths, whatever the file says.

use std::collections::BTreeMap;

use super::expect::{ExpectedLine, Kind, LineEnd, Pattern, Piece};

/// The values that captures stand for, as far as they have been seen.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Bindings {
    values: BTreeMap<(Kind, String), String>,
}

impl Bindings {
    pub fn get(&self, kind: Kind, name: &str) -> Option<&str> {
        self.values.get(&(kind, name.to_owned())).map(String::as_str)
    }

    /// Whether the capture may stand for the value: its own where it has one; else, for an identity,
    /// one that no other name has. Keeps it if so.
    pub fn bind(&mut self, kind: Kind, name: &str, value: &str) -> bool {
        if let Some(known) = self.get(kind, name) {
            return known == value;
        }
        if kind.is_identity() && self.other_name(kind, name, value).is_some() {
            return false;
        }
        self.values.insert((kind, name.to_owned()), value.to_owned());
        true
    }

    /// The text with every capture that has a value replaced by it, as for the arguments of a call:
    /// `kill([PID:b], SIGTERM)`.
    pub fn fill(&self, text: &str) -> String {
        self.values.iter().fold(text.to_owned(), |text, ((kind, name), value)| {
            text.replace(&format!("[{}:{name}]", kind.name()), value)
        })
    }

    /// Another name of the same kind that has this value.
    pub fn other_name(&self, kind: Kind, name: &str, value: &str) -> Option<&str> {
        self.values
            .iter()
            .find(|((k, n), v)| *k == kind && n != name && *v == value)
            .map(|((_, n), _)| n.as_str())
    }
}

/// A line that was printed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ActualLine<'a> {
    pub text: &'a str,
    pub end: LineEnd,
}

/// Cuts what was printed into its lines.
pub fn lines(output: &str) -> Vec<ActualLine<'_>> {
    output
        .split_inclusive('\n')
        .map(|line| match line.strip_suffix('\n') {
            Some(text) => ActualLine { text, end: LineEnd::Newline },
            None => ActualLine { text: line, end: LineEnd::Open },
        })
        .collect()
}

/// Whether the whole output is as expected. Binds the captures if it is and nothing if it is not.
pub fn matches_output(expected: &[ExpectedLine], output: &str, bindings: &mut Bindings) -> bool {
    let actual = lines(output);
    let parts: Vec<&[ExpectedLine]> = expected.split(|line| line.pattern == Pattern::AnyLines).collect();
    let placed = place(parts.len(), actual.len(), bindings, |part, at, bindings| {
        let rest = &actual[at..];
        let fits = parts[part].len() <= rest.len()
            && parts[part].iter().zip(rest).all(|(line, actual)| matches_line(line, actual, bindings));
        fits.then(|| at + parts[part].len())
    });
    commit(placed, bindings)
}

/// Whether one line is as expected. Binds the captures if it is and nothing if it is not.
pub fn matches_line(expected: &ExpectedLine, actual: &ActualLine<'_>, bindings: &mut Bindings) -> bool {
    let Pattern::Line { pieces, end } = &expected.pattern else { return false };
    if *end != actual.end {
        return false;
    }
    let text = actual.text;
    let parts: Vec<&[Piece]> = pieces.split(|piece| *piece == Piece::Anything).collect();
    let placed = place(parts.len(), text.len(), bindings, |part, at, bindings| {
        let mut rest = text.get(at..)?;
        for (index, piece) in parts[part].iter().enumerate() {
            rest = match piece {
                Piece::Literal(literal) => {
                    let before_value = matches!(parts[part].get(index + 1), Some(Piece::Value { .. }));
                    let after_value = index > 0 && matches!(parts[part][index - 1], Piece::Value { .. });
                    let at_line_start = rest.len() == text.len();
                    let padding = Padding { after_value, before_value, at_line_start };
                    strip_literal(rest, literal, padding)?
                }
                Piece::Value { kind, name } => {
                    let value = kind.prefix(rest)?;
                    if let Some(name) = name
                        && !bindings.bind(*kind, name, value)
                    {
                        return None;
                    }
                    &rest[value.len()..]
                }
                Piece::Anything => unreachable!("the pieces were cut at these"),
            };
        }
        Some(text.len() - rest.len())
    });
    commit(placed, bindings)
}

/// Places `parts` parts one after the other over `length` positions. `fit(part, at, bindings)` says
/// where a part that begins at `at` would end. Gives the bindings that were made on the way.
fn place(
    parts: usize,
    length: usize,
    bindings: &Bindings,
    fit: impl Fn(usize, usize, &mut Bindings) -> Option<usize>,
) -> Option<Bindings> {
    let mut bindings = bindings.clone();
    let mut next = 0;
    for part in 0..parts {
        let (is_first, is_last) = (part == 0, part + 1 == parts);
        let candidates = if is_first { 0..=0 } else { next..=length };
        let (end, bound) = candidates.into_iter().find_map(|at| {
            let mut trial = bindings.clone();
            let end = fit(part, at, &mut trial)?;
            (!is_last || end == length).then_some((end, trial))
        })?;
        next = end;
        bindings = bound;
    }
    Some(bindings)
}

fn commit(placed: Option<Bindings>, bindings: &mut Bindings) -> bool {
    match placed {
        Some(bound) => {
            *bindings = bound;
            true
        }
        None => false,
    }
}

/// What stands beside a literal. Columns are padded with blanks to a width, so where a value has more
/// or fewer digits there are fewer or more blanks around it.
struct Padding {
    after_value: bool,
    before_value: bool,
    at_line_start: bool,
}

/// The rest of `text` after the literal. The literal's blanks beside a value stand for one blank or
/// more; at the line's beginning also for none.
fn strip_literal<'a>(text: &'a str, literal: &str, padding: Padding) -> Option<&'a str> {
    let mut core = literal;
    let mut text = text;
    if padding.after_value && core.starts_with(' ') {
        core = core.trim_start_matches(' ');
        text = text.strip_prefix(' ')?.trim_start_matches(' ');
        if core.is_empty() {
            return Some(text);
        }
    }
    if !(padding.before_value && core.ends_with(' ')) {
        return text.strip_prefix(core);
    }
    let core = core.trim_end_matches(' ');
    let text = text.strip_prefix(core)?;
    let padded = text.trim_start_matches(' ');
    let may_be_none = padding.at_line_start && core.is_empty();
    (padded.len() < text.len() || may_be_none).then_some(padded)
}
