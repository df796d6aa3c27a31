//! free(1).

use crate::user::getopt::{Order, Parsed, Syntax};
use crate::user::io::read_text;
use crate::user::tool::{Done, Tool};
use crate::user::{Args, Sys};

const SYNTAX: Syntax = Syntax {
    options: &["b bytes", "k kibi", "m mebi", "g gibi", "h human", "t total", "w wide"],
    unmodelled: &[
        "kilo",
        "mega",
        "giga",
        "tera",
        "peta",
        "tebi",
        "pebi",
        "si",
        "l lohi",
        "L line",
        "s seconds=",
        "c count=",
        "v committed",
        "help",
        "V version",
    ],
    order: Order::Permute,
};

pub async fn main(sys: Sys, args: Args) -> i32 {
    let mut tool = Tool::short_named(sys, args);
    let done = run(&mut tool).await;
    tool.finish(done).await
}

async fn run(tool: &mut Tool) -> Done {
    let options = tool.options(SYNTAX, 1).await?;
    let text = match read_text(&tool.sys, "/proc/meminfo").await {
        Ok(text) => text,
        Err(errno) => {
            return tool.die(format!("Unable to create system information structure: {errno}"), 1).await;
        }
    };
    let kib = |name: &str| -> u64 {
        let line = text.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(':'));
        line.and_then(|rest| rest.trim().trim_end_matches(" kB").parse().ok()).unwrap_or(0)
    };
    let (total, free, available) = (kib("MemTotal"), kib("MemFree"), kib("MemAvailable"));
    let (buffers, cache) = (kib("Buffers"), kib("Cached") + kib("SReclaimable"));
    let used = total.saturating_sub(available);
    let (swap_total, swap_free) = (kib("SwapTotal"), kib("SwapFree"));
    let wide = options.has("w");
    let mut heads = vec!["total", "used", "free", "shared"];
    let mut memory = vec![total, used, free, kib("Shmem")];
    if wide {
        heads.extend(["buffers", "cache"]);
        memory.extend([buffers, cache]);
    } else {
        heads.push("buff/cache");
        memory.push(buffers + cache);
    }
    heads.push("available");
    memory.push(available);

    let head: String = heads.iter().map(|head| format!("{head:>12}")).collect();
    tool.put(format!("{:8}{}\n", "", head));
    tool.put(row("Mem:", &memory, &options));
    tool.put(row("Swap:", &[swap_total, swap_total - swap_free, swap_free], &options));
    if options.has("t") {
        let totals = [total + swap_total, used + swap_total - swap_free, free + swap_free];
        tool.put(row("Total:", &totals, &options));
    }
    Ok(())
}

fn row(title: &str, kib: &[u64], options: &Parsed) -> String {
    let numbers: String = kib.iter().map(|&kib| format!("{:>12}", amount(kib, options))).collect();
    format!("{title:8}{numbers}\n")
}

fn amount(kib: u64, options: &Parsed) -> String {
    match options.last_of(&["b", "k", "m", "g", "h"]) {
        Some("b") => (kib * 1024).to_string(),
        Some("m") => (kib >> 10).to_string(),
        Some("g") => (kib >> 20).to_string(),
        Some("h") => human(kib * 1024),
        _ => kib.to_string(),
    }
}

/// At most three digits and a unit: `3.3Gi`, `17Mi`, `0B`.
fn human(bytes: u64) -> String {
    const UNITS: [&str; 5] = ["B", "Ki", "Mi", "Gi", "Ti"];
    let mut unit = 0;
    let mut size = 1_u64;
    while bytes / size >= 1024 && unit + 1 < UNITS.len() {
        size *= 1024;
        unit += 1;
    }
    let tenths = bytes * 10 / size;
    if unit > 0 && tenths < 100 {
        format!("{}.{}{}", tenths / 10, tenths % 10, UNITS[unit])
    } else {
        format!("{}{}", bytes / size, UNITS[unit])
    }
}
