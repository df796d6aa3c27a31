//! Command lines as getopt_long(3) reads them, with the messages of GNU's libc.

use crate::abi::Bytes;

/// The options of a program.
///
/// An entry lists the names of one option, its letters and long names: `"a all"`. The entry ends in `=` if
/// the option takes a value and in `[=]` if it may. The first name is what the program knows it by.
#[derive(Clone, Copy, Debug)]
pub struct Syntax {
    pub options: &'static [&'static str],
    /// What the real program has besides: refused like an option that does not exist, and noted.
    pub unmodelled: &'static [&'static str],
    pub order: Order,
}

/// Where operands may stand.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Order {
    /// Anywhere between the options.
    Permute,
    /// The first one ends the options: what follows belongs to another command.
    OptionsFirst,
}

/// A command line that has been understood.
#[derive(Clone, Debug, Default)]
pub struct Parsed {
    /// In the order given.
    pub options: Vec<(&'static str, Option<Bytes>)>,
    pub operands: Vec<Bytes>,
}

impl Parsed {
    pub fn has(&self, name: &str) -> bool {
        self.options.iter().any(|(given, _)| *given == name)
    }

    /// The value of the option's last occurrence, as text.
    pub fn value(&self, name: &str) -> Option<String> {
        let found = self.options.iter().rev().find(|(given, _)| *given == name);
        found.and_then(|(_, value)| value.as_ref()).map(Bytes::to_text)
    }

    /// The last of these options that was given.
    pub fn last_of(&self, names: &[&str]) -> Option<&'static str> {
        self.options.iter().rev().map(|(given, _)| *given).find(|given| names.contains(given))
    }
}

/// Why a command line is refused.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refusal {
    /// What getopt_long prints after the program's name.
    pub message: String,
    /// The option, where the real program would have known it.
    pub unmodelled: Option<String>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Takes {
    Nothing,
    Value,
    PerhapsValue,
}

#[derive(Clone, Copy, Debug)]
struct Name {
    name: &'static str,
    /// The first name of the entry.
    option: &'static str,
    takes: Takes,
    modelled: bool,
}

/// Reads the arguments that follow the program's name.
pub fn parse(syntax: Syntax, arguments: &[Bytes]) -> Result<Parsed, Refusal> {
    let names = names(syntax);
    let mut parsed = Parsed::default();
    let mut rest = arguments.iter();
    while let Some(argument) = rest.next() {
        if argument.as_slice() == b"--" {
            break;
        } else if let Some(long) = argument.strip_prefix(b"--") {
            let option = parse_long(&names, long, &mut rest)?;
            parsed.options.push(option);
        } else if argument.len() > 1 && argument.starts_with(b"-") {
            parse_letters(&names, &argument[1..], &mut rest, &mut parsed.options)?;
        } else {
            parsed.operands.push(argument.clone());
            if syntax.order == Order::OptionsFirst {
                break;
            }
        }
    }
    parsed.operands.extend(rest.cloned());
    Ok(parsed)
}

type Given = (&'static str, Option<Bytes>);

fn parse_long<'a>(
    names: &[Name],
    argument: &[u8],
    rest: &mut impl Iterator<Item = &'a Bytes>,
) -> Result<Given, Refusal> {
    let equals = argument.iter().position(|&b| b == b'=');
    let (typed, value) = match equals {
        Some(at) => (&argument[..at], Some(Bytes::from(&argument[at + 1..]))),
        None => (argument, None),
    };
    let typed = String::from_utf8_lossy(typed).into_owned();
    let name = find_long(names, &typed)?;
    let long = name.name;
    check_modelled(name, || format!("unrecognized option '--{typed}'"))?;
    match (name.takes, value) {
        (Takes::Nothing, Some(_)) => refuse(format!("option '--{long}' doesn't allow an argument")),
        (Takes::Value, None) => match rest.next() {
            Some(next) => Ok((name.option, Some(next.clone()))),
            None => refuse(format!("option '--{long}' requires an argument")),
        },
        (_, value) => Ok((name.option, value)),
    }
}

/// A long option by its name, or by a beginning that fits only one.
fn find_long<'a>(names: &'a [Name], typed: &str) -> Result<&'a Name, Refusal> {
    let long = || names.iter().filter(|name| name.name.len() > 1);
    if let Some(exact) = long().find(|name| name.name == typed) {
        return Ok(exact);
    }
    let fitting: Vec<&Name> = long().filter(|name| name.name.starts_with(typed)).collect();
    let Some(first) = fitting.first() else {
        return refuse(format!("unrecognized option '--{typed}'"));
    };
    if fitting.iter().all(|name| name.option == first.option) {
        return Ok(first);
    }
    let possibilities: String = fitting.iter().map(|name| format!(" '--{}'", name.name)).collect();
    refuse(format!("option '--{typed}' is ambiguous; possibilities:{possibilities}"))
}

fn parse_letters<'a>(
    names: &[Name],
    letters: &[u8],
    rest: &mut impl Iterator<Item = &'a Bytes>,
    options: &mut Vec<Given>,
) -> Result<(), Refusal> {
    let mut left = letters;
    while let Some((&letter, after)) = left.split_first() {
        left = after;
        let unknown = || format!("invalid option -- '{}'", letter as char);
        let Some(name) = names.iter().find(|name| name.name.as_bytes() == [letter]) else {
            return refuse(unknown());
        };
        check_modelled(name, unknown)?;
        let value = match name.takes {
            Takes::Nothing => {
                options.push((name.option, None));
                continue;
            }
            Takes::PerhapsValue => (!left.is_empty()).then(|| left.into()),
            Takes::Value if !left.is_empty() => Some(left.into()),
            Takes::Value => match rest.next() {
                Some(next) => Some(next.clone()),
                None => return refuse(format!("option requires an argument -- '{}'", letter as char)),
            },
        };
        options.push((name.option, value));
        break;
    }
    Ok(())
}

fn check_modelled(name: &Name, message: impl Fn() -> String) -> Result<(), Refusal> {
    if name.modelled {
        return Ok(());
    }
    let dashes = if name.name.len() > 1 { "--" } else { "-" };
    Err(Refusal { message: message(), unmodelled: Some(format!("{dashes}{}", name.name)) })
}

fn refuse<T>(message: String) -> Result<T, Refusal> {
    Err(Refusal { message, unmodelled: None })
}

fn names(syntax: Syntax) -> Vec<Name> {
    let read = |entry: &'static str, modelled| {
        let (list, takes) = match (entry.strip_suffix("[=]"), entry.strip_suffix('=')) {
            (Some(list), _) => (list, Takes::PerhapsValue),
            (None, Some(list)) => (list, Takes::Value),
            (None, None) => (entry, Takes::Nothing),
        };
        let option = list.split(' ').next().unwrap_or(list);
        list.split(' ').map(move |name| Name { name, option, takes, modelled })
    };
    let modelled = syntax.options.iter().flat_map(|entry| read(entry, true));
    modelled.chain(syntax.unmodelled.iter().flat_map(|entry| read(entry, false))).collect()
}
