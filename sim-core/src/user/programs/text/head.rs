//! head(1).

use super::read_input;
use crate::abi::Bytes;
use crate::user::getopt::{Order, Syntax};
use crate::user::tool::{Done, Tool};
use crate::user::{Args, Sys, quote};

const SYNTAX: Syntax = Syntax {
    options: &["c bytes=", "n lines=", "q quiet silent", "v verbose"],
    unmodelled: &["z zero-terminated", "help", "version"],
    order: Order::Permute,
};

pub async fn main(sys: Sys, mut args: Args) -> i32 {
    // The old form: `head -3`.
    if let Some(first) = args.argv.get_mut(1) {
        let digits =
            first.strip_prefix(b"-").filter(|rest| !rest.is_empty() && rest.iter().all(u8::is_ascii_digit));
        if let Some(digits) = digits {
            *first = [b"-n".as_slice(), digits].concat().into();
        }
    }
    let mut tool = Tool::new(sys, args);
    let done = run(&mut tool).await;
    tool.finish(done).await
}

/// How much of a file is shown; negative counts leave out the end.
#[derive(Clone, Copy)]
enum Amount {
    Lines(i64),
    Bytes(i64),
}

async fn run(tool: &mut Tool) -> Done {
    let options = tool.options(SYNTAX, 1).await?;
    let mut amount = Amount::Lines(10);
    for (name, value) in &options.options {
        let Some(value) = value else { continue };
        let text = value.to_text();
        let Some(number) = number(&text) else {
            let what = if *name == "c" { "bytes" } else { "lines" };
            let message = format!("invalid number of {what}: {}", tool.quoted(&text));
            return tool.die(message, 1).await;
        };
        amount = if *name == "c" { Amount::Bytes(number) } else { Amount::Lines(number) };
    }
    let mut files = options.operands.clone();
    let titled = match options.last_of(&["q", "v"]) {
        Some(option) => option == "v",
        None => files.len() > 1,
    };
    if files.is_empty() {
        files.push("-".into());
    }
    let mut first = true;
    for file in &files {
        let content = match read_input(&tool.sys, file).await {
            Ok(content) => content,
            Err(errno) => {
                tool.fail(format!("cannot open {} for reading: {errno}", quote::always(file))).await;
                continue;
            }
        };
        if titled {
            let gap = if first { "" } else { "\n" };
            tool.put(format!("{gap}==> {} <==\n", title(file)));
        }
        first = false;
        tool.put(cut(&content, amount));
        tool.flush().await;
    }
    Ok(())
}

fn title(file: &Bytes) -> String {
    if file.as_slice() == b"-" { "standard input".to_owned() } else { file.to_text() }
}

/// A count with an optional multiplier: `2K`.
fn number(text: &str) -> Option<i64> {
    let digits = text.trim_end_matches(|c: char| c.is_ascii_alphabetic());
    let factor = match &text[digits.len()..] {
        "" => 1,
        "b" => 512,
        "kB" => 1000,
        "k" | "K" | "KiB" => 1 << 10,
        "M" | "MiB" => 1 << 20,
        _ => return None,
    };
    digits.parse::<i64>().ok()?.checked_mul(factor)
}

fn cut(content: &[u8], amount: Amount) -> &[u8] {
    let end = match amount {
        Amount::Bytes(n) if n >= 0 => content.len().min(n as usize),
        Amount::Bytes(n) => content.len().saturating_sub(n.unsigned_abs() as usize),
        Amount::Lines(n) => {
            let ends: Vec<usize> = line_ends(content);
            let count =
                if n >= 0 { n as usize } else { ends.len().saturating_sub(n.unsigned_abs() as usize) };
            match count {
                0 => 0,
                count => ends.get(count - 1).copied().unwrap_or(content.len()),
            }
        }
    };
    &content[..end]
}

/// Where each line ends, behind its newline.
fn line_ends(content: &[u8]) -> Vec<usize> {
    let mut ends: Vec<usize> =
        content.iter().enumerate().filter(|&(_, &b)| b == b'\n').map(|(at, _)| at + 1).collect();
    if !content.is_empty() && !content.ends_with(b"\n") {
        ends.push(content.len());
    }
    ends
}
