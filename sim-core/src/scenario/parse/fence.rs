//! What a live fence says around its steps: the info string, the comments above it, its end.

use std::ops::Range;

use super::SourceFile;
use crate::scenario::model::{KnownDifference, Terminal};
use crate::scenario::problem::Problem;
use crate::scenario::transcript::ArmName;

/// What the words after the fence's mark say.
pub(super) enum Info {
    Prose,
    Console {
        terminal: Terminal,
        /// Where the word `power-on` stands, if it is there.
        power_on: Option<Range<usize>>,
    },
    Strace,
}

const LIVE: [&str; 2] = ["console", "strace"];

/// What other tools call a terminal session; not run here, so probably not meant.
const OTHER_NAMES: [&str; 7] =
    ["terminal", "session", "shell-session", "shellsession", "sh-session", "bash-session", "shell-console"];

/// Reads an info string, which stands at `start` in the file.
pub(super) fn classify(info: &str, start: usize) -> Result<Info, Vec<Problem>> {
    let mut words = words(info, start);
    let Some((first, at)) = words.next() else { return Ok(Info::Prose) };
    match first {
        "console" => console(words),
        "strace" => match words.next() {
            None => Ok(Info::Strace),
            Some((word, at)) => Err(vec![
                Problem::new(at, format!("a strace fence has no word `{word}`"))
                    .help("the tasks are named in the statements: `a: getpid() = 1`"),
            ]),
        },
        "boot" => Err(vec![
            Problem::new(at, "`boot` fences are not run yet")
                .help("name the fence `text`, or show the boot in a `console power-on` fence"),
        ]),
        other if is_live_looking(other) => Err(vec![
            Problem::new(at, format!("`{other}` fences are not run"))
                .did_you_mean(other, &LIVE)
                .help("name a fence that is not to run `text`"),
        ]),
        _ => Ok(Info::Prose),
    }
}

fn is_live_looking(word: &str) -> bool {
    let word = word.to_lowercase();
    OTHER_NAMES.contains(&word.as_str())
        || LIVE.iter().any(|live| strsim::damerau_levenshtein(&word, live) <= 1)
}

fn console<'a>(words: impl Iterator<Item = (&'a str, Range<usize>)>) -> Result<Info, Vec<Problem>> {
    let mut terminal = Terminal::default();
    let mut power_on = None;
    let mut problems = Vec::new();
    for (word, at) in words {
        match word.strip_prefix("term=") {
            Some(name) if is_terminal_name(name) => terminal = Terminal(name.to_owned()),
            Some(_) => problems.push(
                Problem::new(at, "a terminal's name is one small letter")
                    .help("the first terminal is `a`, a second one `term=b`"),
            ),
            None if word == "power-on" => power_on = Some(at),
            None => problems.push(
                Problem::new(at, format!("a console fence has no word `{word}`"))
                    .did_you_mean(word, &["term=b", "power-on"]),
            ),
        }
    }
    if problems.is_empty() { Ok(Info::Console { terminal, power_on }) } else { Err(problems) }
}

fn is_terminal_name(name: &str) -> bool {
    name.len() == 1 && name.starts_with(|c: char| c.is_ascii_lowercase())
}

/// The words of an info string, each with its place in the file.
fn words(info: &str, start: usize) -> impl Iterator<Item = (&str, Range<usize>)> {
    info.split_whitespace().map(move |word| {
        let at = start + (word.as_ptr() as usize - info.as_ptr() as usize);
        (word, at..at + word.len())
    })
}

/// The lines between the fence's first and last one.
pub(super) fn content(file: &SourceFile<'_>, at: Range<usize>) -> Result<Range<usize>, Vec<Problem>> {
    let text = &file.text[at.clone()];
    let first = file.lines(at.clone()).next().expect("a fence has a first line");
    let mark = first.text.chars().next().unwrap_or('`');
    let width = first.text.len() - first.text.trim_start_matches(mark).len();
    let last_start =
        text.trim_end_matches(['\n', '\r']).rfind('\n').map_or(at.start, |newline| at.start + newline + 1);
    let last = file.text[last_start..at.end].trim();
    if last_start == at.start || last.len() < width || !last.chars().all(|c| c == mark) {
        return Err(vec![
            Problem::new(first.at, "this fence does not end")
                .help(format!("end it with a line {}", mark.to_string().repeat(width))),
        ]);
    }
    let indented = file.text[..at.start].rfind('\n').map_or(0, |newline| newline + 1) != at.start;
    if indented {
        return Err(vec![
            Problem::new(first.at, "a live fence begins at the left margin")
                .help("remove the blanks before it"),
        ]);
    }
    Ok(first.next..last_start)
}

/// The comments about known differences in a block of HTML.
pub(super) fn known_differences(
    file: &SourceFile<'_>,
    at: Range<usize>,
) -> Result<Vec<KnownDifference>, Vec<Problem>> {
    let mut known = Vec::new();
    let mut problems = Vec::new();
    let mut next = at.start;
    while let Some(start) = file.text[next..at.end].find("<!--").map(|offset| next + offset) {
        let length =
            file.text[start..at.end].find("-->").map_or(at.end - start, |length| length + "-->".len());
        let place = start..start + length;
        next = place.end;
        match known_difference(&file.text[place.clone()], place.start) {
            Ok(Some((arm, reason))) => known.push(KnownDifference { span: file.span(place), arm, reason }),
            Ok(None) => {}
            Err(problem) => problems.push(problem),
        }
    }
    if problems.is_empty() { Ok(known) } else { Err(problems) }
}

/// Reads `<!-- differs on ARM: reason -->`; other comments are nothing to us.
fn known_difference(comment: &str, start: usize) -> Result<Option<(ArmName, String)>, Problem> {
    let inside = comment.trim_start_matches("<!--").trim_end_matches("-->").trim();
    let Some(rest) = inside.strip_prefix("differs") else { return Ok(None) };
    let whole = start..start + comment.trim_end().len();
    let malformed = |message: &str| {
        Problem::new(whole.clone(), message)
            .help("write `<!-- differs on ARM: reason -->`, such as `<!-- differs on sim: no IPv6 yet -->`")
    };
    let Some(rest) = rest.trim_start().strip_prefix("on ") else {
        return Err(malformed("this comment does not say where the output differs"));
    };
    let Some((name, reason)) = rest.split_once(':') else {
        return Err(malformed("this comment does not say why the output differs"));
    };
    let (name, reason) = (name.trim(), reason.split_whitespace().collect::<Vec<_>>().join(" "));
    let Some(arm) = ArmName::ALL.into_iter().find(|arm| arm.name() == name) else {
        let known = ArmName::ALL.map(ArmName::name);
        return Err(
            Problem::new(whole.clone(), format!("there is no arm `{name}`")).did_you_mean(name, &known)
        );
    };
    if reason.is_empty() {
        return Err(malformed("this comment does not say why the output differs"));
    }
    Ok(Some((arm, reason)))
}

pub(super) fn no_step(file: &SourceFile<'_>, at: Range<usize>) -> Problem {
    let first = file.text[at.clone()].lines().next().unwrap_or_default();
    Problem::new(at.start..at.start + first.len(), "this fence does nothing")
        .help("a live fence has a command, or a call; name one that is not to run `text`")
}

pub(super) fn must_power_on(file: &SourceFile<'_>, at: Range<usize>) -> Problem {
    let first = file.text[at.clone()].lines().next().unwrap_or_default();
    Problem::new(at.start..at.start + first.len(), "the machine is off, and this fence does not switch it on")
        .help("with `start: power-off` the first live fence is `console power-on`")
}
