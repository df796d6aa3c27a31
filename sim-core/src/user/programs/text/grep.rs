//! grep(1).

use regex_lite::Regex;

use super::pattern::{Extent, Flavour, compile};
use super::stream::{Input, Lines};
use crate::abi::{Bytes, Errno};
use crate::user::getopt::{Order, Parsed, Syntax};
use crate::user::tool::{Done, Exit, Tool};
use crate::user::{Args, Sys};

const SYNTAX: Syntax = Syntax {
    options: &[
        "E extended-regexp",
        "F fixed-strings",
        "G basic-regexp",
        "e regexp=",
        "i ignore-case y",
        "v invert-match",
        "w word-regexp",
        "x line-regexp",
        "c count",
        "l files-with-matches",
        "L files-without-match",
        "m max-count=",
        "o only-matching",
        "q quiet silent",
        "s no-messages",
        "H with-filename",
        "h no-filename",
        "n line-number",
    ],
    unmodelled: &[
        "P perl-regexp",
        "f file=",
        "A after-context=",
        "B before-context=",
        "C context=",
        "r recursive",
        "R dereference-recursive",
        "a text",
        "b byte-offset",
        "z null-data",
        "Z null",
        "color[=]",
        "colour[=]",
        "no-ignore-case",
        "line-buffered",
        "label=",
        "binary-files=",
        "d directories=",
        "D devices=",
        "include=",
        "exclude=",
        "exclude-from=",
        "exclude-dir=",
        "T initial-tab",
        "group-separator=",
        "no-group-separator",
        "U binary",
        "I",
        "help",
        "V version",
    ],
    order: Order::Permute,
};

const USAGE: &str = "Usage: grep [OPTION]... PATTERNS [FILE]...\nTry 'grep --help' for more information.";

pub async fn main(sys: Sys, args: Args) -> i32 {
    let mut tool = Tool::short_named(sys, args);
    let done = run(&mut tool).await;
    tool.finish(done).await
}

async fn run(tool: &mut Tool) -> Done {
    let options = match crate::user::getopt::parse(SYNTAX, tool.args.argv.get(1..).unwrap_or_default()) {
        Ok(options) => options,
        Err(refusal) => {
            tool.note_refusal(&refusal);
            tool.complain(&refusal.message).await;
            return tool.die_plain(USAGE, 2).await;
        }
    };
    let mut files = options.operands.clone();
    let patterns: Vec<String> = options
        .options
        .iter()
        .filter(|(name, _)| *name == "e")
        .filter_map(|(_, value)| value.as_ref().map(Bytes::to_text))
        .collect();
    let patterns = if !patterns.is_empty() {
        patterns.join("\n")
    } else if files.is_empty() {
        return tool.die_plain(USAGE, 2).await;
    } else {
        files.remove(0).to_text()
    };
    let regex = match regex_of(&options, &patterns) {
        Ok(regex) => regex,
        Err(message) => return tool.die(message, 2).await,
    };
    let named = files.len() > 1;
    if files.is_empty() {
        files.push("-".into());
    }
    let mut search = Search { regex, options: &options, named, found: false, trouble: false };
    for file in &files {
        search.file(tool, file).await?;
    }
    let status = match (search.found, search.trouble) {
        (true, true) if !options.has("q") => 2,
        (false, true) => 2,
        (true, _) => 0,
        (false, false) => 1,
    };
    Err(Exit(status))
}

fn regex_of(options: &Parsed, patterns: &str) -> Result<Regex, String> {
    let flavour = match options.last_of(&["E", "F", "G"]) {
        Some("E") => Flavour::Extended,
        Some("F") => Flavour::Fixed,
        _ => Flavour::Basic,
    };
    let extent = match (options.has("x"), options.has("w")) {
        (true, _) => Extent::Line,
        (false, true) => Extent::Word,
        (false, false) => Extent::Anywhere,
    };
    compile(patterns, flavour, extent, options.has("i"))
}

struct Search<'a> {
    regex: Regex,
    options: &'a Parsed,
    /// Whether file names are shown by default.
    named: bool,
    found: bool,
    trouble: bool,
}

impl Search<'_> {
    async fn file(&mut self, tool: &mut Tool, file: &Bytes) -> Done {
        let name = if file.as_slice() == b"-" { "(standard input)".to_owned() } else { file.to_text() };
        let input = match Input::open(&tool.sys, file).await {
            Ok(input) => input,
            Err(errno) => return self.complain(tool, &name, errno).await,
        };
        let mut lines = Lines::of(input);
        let searched = self.lines(tool, &name, &mut lines).await;
        lines.close().await;
        match searched? {
            Ok(()) => Ok(()),
            Err(errno) => self.complain(tool, &name, errno).await,
        }
    }

    async fn complain(&mut self, tool: &mut Tool, name: &str, errno: Errno) -> Done {
        if errno == Errno::ENOMEM {
            return tool.die("memory exhausted", 2).await;
        }
        self.trouble = true;
        if !self.options.has("s") {
            tool.complain(format!("{name}: {errno}")).await;
        }
        Ok(())
    }

    /// Looks at line after line, no further than it has to; the inner failure is that of reading them.
    async fn lines(&mut self, tool: &mut Tool, name: &str, lines: &mut Lines) -> Done<Result<(), Errno>> {
        let limit = self.options.value("m").and_then(|max| max.parse().ok()).unwrap_or(u64::MAX);
        let limit = if self.options.has("l") || self.options.has("L") { limit.min(1) } else { limit };
        let inverted = self.options.has("v");
        let mut count = 0_u64;
        let mut number = 0_u64;
        while count < limit {
            let line = match lines.next().await {
                Ok(Some(line)) => line,
                Ok(None) => break,
                Err(errno) => return Ok(Err(errno)),
            };
            number += 1;
            let text = String::from_utf8_lossy(&line);
            if self.regex.is_match(&text) == inverted {
                continue;
            }
            count += 1;
            self.found = true;
            if self.options.has("q") {
                return Err(Exit(0));
            }
            if self.prints_lines() {
                if lines.is_binary {
                    tool.line(format!("grep: {name}: binary file matches")).await;
                    return Ok(Ok(()));
                }
                self.print(tool, name, number, &text).await;
            }
        }
        self.print_summary(tool, name, count).await;
        Ok(Ok(()))
    }

    fn prints_lines(&self) -> bool {
        !["c", "l", "L"].iter().any(|option| self.options.has(option))
    }

    fn prefix(&self, name: &str) -> String {
        let shown = match self.options.last_of(&["H", "h"]) {
            Some(option) => option == "H",
            None => self.named,
        };
        if shown { format!("{name}:") } else { String::new() }
    }

    async fn print(&self, tool: &mut Tool, name: &str, number: u64, text: &str) {
        let mut prefix = self.prefix(name);
        if self.options.has("n") {
            prefix.push_str(&format!("{number}:"));
        }
        if !self.options.has("o") {
            return tool.line(format!("{prefix}{text}")).await;
        }
        for found in self.regex.find_iter(text).filter(|found| !found.is_empty()) {
            tool.line(format!("{prefix}{}", found.as_str())).await;
        }
    }

    async fn print_summary(&self, tool: &mut Tool, name: &str, count: u64) {
        if self.options.has("l") {
            if count > 0 {
                tool.line(name).await;
            }
        } else if self.options.has("L") {
            if count == 0 {
                tool.line(name).await;
            }
        } else if self.options.has("c") {
            tool.line(format!("{}{count}", self.prefix(name))).await;
        }
    }
}
