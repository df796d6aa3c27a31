//! lscpu(1).

mod columns;
mod machine;
mod summary;

use crate::user::getopt::{Order, Parsed, Syntax};
use crate::user::tool::{Done, Tool};
use crate::user::{Args, Sys};
use machine::Machine;

const SYNTAX: Syntax = Syntax {
    options: &["a all", "b online", "B bytes", "c offline", "e extended[=]", "J json", "p parse[=]"],
    unmodelled: &["C caches[=]", "output-all", "s sysroot=", "x hex", "y physical", "h help", "V version"],
    order: Order::Permute,
};

/// Options of which only one may be given.
const EXCLUSIVE: &[&[(&str, &str)]] = &[
    &[("C", "--caches"), ("e", "--extended"), ("p", "--parse")],
    &[("a", "--all"), ("b", "--online"), ("c", "--offline")],
];

pub async fn main(sys: Sys, args: Args) -> i32 {
    let mut tool = Tool::short_named(sys, args);
    let done = run(&mut tool).await;
    tool.finish(done).await
}

async fn run(tool: &mut Tool) -> Done {
    let options = tool.options(SYNTAX, 1).await?;
    tool.refuse_together(&options, EXCLUSIVE).await?;
    let lists = options.has("e") || options.has("p");
    if !lists && options.last_of(&["a", "b", "c"]).is_some() {
        let message =
            "options --all, --online and --offline may only be used with options --extended or --parse.";
        return tool.die(message, 1).await;
    }
    if !options.operands.is_empty() {
        return tool.usage("bad usage", 1).await;
    }
    let machine = match Machine::read(&tool.sys).await {
        Ok(machine) => machine,
        Err(message) => return tool.die(message, 1).await,
    };
    if lists {
        columns::print(tool, &options, &machine).await
    } else {
        summary::print(tool, &options, &machine).await
    }
}

/// The columns of `--extended` or `--parse`, as they were asked for.
fn list_of(options: &Parsed) -> Option<String> {
    let value = options.value("e").or_else(|| options.value("p"))?;
    // `-e=LIST` is a way to write `-eLIST`.
    Some(value.strip_prefix('=').map_or(value.clone(), str::to_owned))
}
