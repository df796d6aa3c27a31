//! head(1).

use super::stream::{Ending, Input, Unit, newlines};
use crate::abi::{Bytes, Errno};
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
struct Amount {
    unit: Unit,
    count: i64,
}

/// How much head reads at once, in bytes.
const BLOCK: usize = 8192;

async fn run(tool: &mut Tool) -> Done {
    let options = tool.options(SYNTAX, 1).await?;
    let mut amount = Amount { unit: Unit::Lines, count: 10 };
    for (name, value) in &options.options {
        let Some(value) = value else { continue };
        let text = value.to_text();
        let Some(count) = number(&text) else {
            let what = if *name == "c" { "bytes" } else { "lines" };
            let message = format!("invalid number of {what}: {}", tool.quoted(&text));
            return tool.die(message, 1).await;
        };
        amount = Amount { unit: if *name == "c" { Unit::Bytes } else { Unit::Lines }, count };
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
        let input = match Input::open(&tool.sys, file).await {
            Ok(input) => input,
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
        let shown = show(tool, &input, amount).await;
        input.close().await;
        tool.check_input(file, shown?).await?;
    }
    Ok(())
}

/// Shows what is to be shown of an input; the inner failure is that of reading it.
async fn show(tool: &mut Tool, input: &Input, amount: Amount) -> Done<Result<(), Errno>> {
    let count = usize::try_from(amount.count.unsigned_abs()).unwrap_or(usize::MAX);
    match amount.unit {
        unit if amount.count < 0 => all_but_the_end(tool, input, Ending::new(unit, count)).await,
        Unit::Bytes => first_bytes(tool, input, count).await,
        Unit::Lines => first_lines(tool, input, count).await,
    }
}

async fn first_bytes(tool: &mut Tool, input: &Input, mut left: usize) -> Done<Result<(), Errno>> {
    while left > 0 {
        let data = match input.read(left.min(BLOCK)).await {
            Ok(data) => data,
            Err(errno) => return Ok(Err(errno)),
        };
        if data.is_empty() {
            break;
        }
        left -= data.len();
        tool.put_on(&data).await?;
    }
    Ok(Ok(()))
}

async fn first_lines(tool: &mut Tool, input: &Input, mut left: usize) -> Done<Result<(), Errno>> {
    while left > 0 {
        let data = match input.read(BLOCK).await {
            Ok(data) => data,
            Err(errno) => return Ok(Err(errno)),
        };
        if data.is_empty() {
            break;
        }
        let shown = len_of_lines(&data, left);
        left -= newlines(&data[..shown]);
        if left == 0 && shown < data.len() {
            input.give_back(data.len() - shown).await;
        }
        tool.put_on(&data[..shown]).await?;
    }
    Ok(Ok(()))
}

/// How far so many lines reach, or as many as there are.
fn len_of_lines(data: &[u8], lines: usize) -> usize {
    data.split_inclusive(|&byte| byte == b'\n').take(lines).map(<[u8]>::len).sum()
}

async fn all_but_the_end(tool: &mut Tool, input: &Input, mut ending: Ending) -> Done<Result<(), Errno>> {
    loop {
        let data = match input.read(BLOCK).await {
            Ok(data) if data.is_empty() => break,
            Ok(data) => data,
            Err(errno) => return Ok(Err(errno)),
        };
        match ending.push(&data) {
            Ok(before) => tool.put_on(before).await?,
            Err(errno) => return Ok(Err(errno)),
        }
    }
    let (before, _) = ending.finish();
    tool.put_on(before).await.map(Ok)
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
