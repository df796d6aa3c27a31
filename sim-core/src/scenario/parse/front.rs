//! The front matter: YAML between two lines `---` at the file's beginning.

use std::fmt;
use std::ops::Range;

use serde::Deserialize;
use serde::de::{Deserializer, IgnoredAny, MapAccess, Visitor};
use serde_json::Value;
use serde_saphyr::{Location, MessageFormatter, Spanned, UserMessageFormatter};

use super::SourceFile;
use crate::hardware::spec::{self, BoardSpec, SpecError};
use crate::scenario::model::{FrontMatter, MachineRef, Need, Start, User};
use crate::scenario::problem::Problem;

const KEYS: [&str; 6] = ["title", "start", "user", "machine", "needs", "goal"];

/// Reads the front matter, which stands at `at` with its two lines `---`.
pub(super) fn read(file: &SourceFile<'_>, at: Range<usize>) -> Result<FrontMatter, Vec<Problem>> {
    let block = &file.text[at.clone()];
    let start = block.find('\n').map_or(at.end, |newline| at.start + newline + 1);
    let length = file.text[start..at.end].trim_end().rfind('\n').map_or(0, |newline| newline + 1);
    let yaml = Yaml { text: &file.text[start..start + length], start };
    if yaml.text.trim().is_empty() {
        return Err(vec![no_title(at.start..at.start + "---".len())]);
    }
    let keys: Keys = yaml.read().map_err(|problems| {
        let with_help =
            |problem: Problem| problem.help("front matter is lines such as `title: A page`, each key once");
        problems.into_iter().map(with_help).collect::<Vec<_>>()
    })?;
    let mut reader = Reader { yaml: &yaml, problems: unknown_keys(&yaml, &keys) };
    let written: Written =
        yaml.read().map_err(|problems| [std::mem::take(&mut reader.problems), problems].concat())?;
    if written.title.is_none() {
        reader.problems.push(no_title(at.start..at.start + "---".len()));
    }
    let front = FrontMatter {
        title: reader.text("title", written.title).unwrap_or_default(),
        start: reader
            .choice("start", written.start, &[("booted", Start::Booted), ("power-off", Start::PowerOff)])
            .unwrap_or_default(),
        user: reader
            .choice("user", written.user, &[("root", User::Root), ("ada", User::Ada)])
            .unwrap_or_default(),
        machine: written.machine.map(|machine| reader.machine(machine)).unwrap_or_default(),
        needs: written.needs.map(|needs| reader.needs(needs)).unwrap_or_default(),
        goal: reader.text("goal", written.goal),
    };
    if reader.problems.is_empty() { Ok(front) } else { Err(reader.problems) }
}

/// There is no front matter at all.
pub(super) fn missing() -> Problem {
    Problem::new(0..0, "the file does not begin with front matter")
        .help("begin with a line `---`, then `title: ...`, then a line `---`")
}

fn no_title(at: Range<usize>) -> Problem {
    Problem::new(at, "the scenario has no title").help("add a line such as `title: A hostname of one's own`")
}

fn unknown_keys(yaml: &Yaml<'_>, keys: &Keys) -> Vec<Problem> {
    keys.0
        .iter()
        .filter(|key| !KEYS.contains(&key.value.as_str()))
        .map(|key| {
            Problem::new(yaml.place(&key.referenced), format!("there is no key `{}`", key.value))
                .did_you_mean(&key.value, &KEYS)
        })
        .collect()
}

/// The front matter as written; what the values are is looked at one by one, so that each mistake is
/// reported at its place.
#[derive(Deserialize)]
struct Written {
    title: Option<Spanned<Value>>,
    start: Option<Spanned<Value>>,
    user: Option<Spanned<Value>>,
    machine: Option<Spanned<Value>>,
    needs: Option<Spanned<Value>>,
    goal: Option<Spanned<Value>>,
}

/// The front matter once more, for the places of the list's items.
#[derive(Deserialize)]
struct WrittenNeeds {
    needs: Vec<Spanned<Value>>,
}

/// The keys alone, with their places.
struct Keys(Vec<Spanned<String>>);

impl<'de> Deserialize<'de> for Keys {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct KeysVisitor;
        impl<'de> Visitor<'de> for KeysVisitor {
            type Value = Keys;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("lines such as `title: ...`")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Keys, A::Error> {
                let mut keys = Vec::new();
                while let Some((key, IgnoredAny)) = map.next_entry()? {
                    keys.push(key);
                }
                Ok(Keys(keys))
            }
        }
        deserializer.deserialize_map(KeysVisitor)
    }
}

/// The front matter once more, for the places in the board.
#[derive(Deserialize)]
struct WrittenMachine {
    machine: BoardSpec,
}

struct Yaml<'a> {
    text: &'a str,
    /// Where it stands in the file.
    start: usize,
}

impl<'a> Yaml<'a> {
    fn read<T: Deserialize<'a>>(&self) -> Result<T, Vec<Problem>> {
        // `title: On` is a title.
        let options = serde_saphyr::options! { strict_booleans: true };
        serde_saphyr::from_str_with_options(self.text, options).map_err(|error| {
            let at = match error.location() {
                Some(location) => self.place(&location),
                None => self.start..self.start,
            };
            let error = error.without_snippet();
            let message = format!("in the front matter: {}", UserMessageFormatter.format_message(error));
            vec![Problem::new(at, message)]
        })
    }

    /// Where something stands in the file.
    fn place(&self, location: &Location) -> Range<usize> {
        let span = location.span();
        let offset = |bytes: Option<u64>| bytes.and_then(|bytes| usize::try_from(bytes).ok()).unwrap_or(0);
        let start = floor_boundary(self.text, offset(span.byte_offset()));
        let end = floor_boundary(self.text, start.saturating_add(offset(span.byte_len())));
        self.start + start..self.start + end
    }
}

fn floor_boundary(text: &str, at: usize) -> usize {
    text.floor_char_boundary(at.min(text.len()))
}

struct Reader<'a> {
    yaml: &'a Yaml<'a>,
    problems: Vec<Problem>,
}

impl Reader<'_> {
    fn text(&mut self, key: &str, value: Option<Spanned<Value>>) -> Option<String> {
        let value = value?;
        match &value.value {
            Value::String(text) => Some(text.clone()),
            _ => {
                let at = self.yaml.place(&value.referenced);
                self.problems.push(
                    Problem::new(at, format!("`{key}` must be text"))
                        .help("YAML reads this as something else; put it in quotes"),
                );
                None
            }
        }
    }

    fn choice<T: Copy>(
        &mut self,
        key: &str,
        value: Option<Spanned<Value>>,
        known: &[(&str, T)],
    ) -> Option<T> {
        let at = self.yaml.place(&value.as_ref()?.referenced);
        let written = self.text(key, value)?;
        let choice = known.iter().find(|(name, _)| *name == written).map(|(_, choice)| *choice);
        if choice.is_none() {
            let names: Vec<&str> = known.iter().map(|(name, _)| *name).collect();
            self.problems.push(
                Problem::new(at, format!("`{key}` cannot be `{written}`")).did_you_mean(&written, &names),
            );
        }
        choice
    }

    fn machine(&mut self, machine: Spanned<Value>) -> MachineRef {
        let at = self.yaml.place(&machine.referenced);
        match machine.value {
            Value::String(name) => match spec::named(&name) {
                Some(board) => return MachineRef::Named { name, board: Box::new(board) },
                None => {
                    let known: Vec<&str> = spec::NAMED.iter().map(|(name, _)| *name).collect();
                    let problem = Problem::new(at, format!("there is no board `{name}`"));
                    self.problems.push(problem.did_you_mean(&name, &known));
                }
            },
            Value::Object(_) => match self.yaml.read().map(|WrittenMachine { machine }| machine) {
                Ok(board) => {
                    if let Err(SpecError { key, problem, advice }) = board.check() {
                        self.problems
                            .push(Problem::new(at, format!("machine: {key}: {problem}")).help(advice));
                    }
                    return MachineRef::Inline(Box::new(board));
                }
                Err(problems) => self.problems.extend(problems),
            },
            _ => self.problems.push(
                Problem::new(at, "`machine` is the name of a board, or a board's own keys")
                    .help("for example `machine: uefi`, or `machine: { ram_mib: [512] }`"),
            ),
        }
        MachineRef::Default
    }

    fn needs(&mut self, written: Spanned<Value>) -> Vec<Need> {
        let known = Need::ALL.map(|need| (need.name(), need));
        let (true, Ok(WrittenNeeds { needs })) = (written.value.is_array(), self.yaml.read()) else {
            let at = self.yaml.place(&written.referenced);
            self.problems
                .push(Problem::new(at, "`needs` is a list").help("for example `needs: [net-admin]`"));
            return Vec::new();
        };
        let mut needs: Vec<Need> =
            needs.into_iter().filter_map(|need| self.choice("needs", Some(need), &known)).collect();
        needs.sort();
        needs.dedup();
        needs
    }
}
