//! uname(1), hostname(1).

use crate::abi::{Bytes, Errno, Utsname};
use crate::user::getopt::{Order, Parsed, Syntax};
use crate::user::io::read_file;
use crate::user::tool::{Done, Tool};
use crate::user::{Args, Sys, getopt};

const UNAME: Syntax = Syntax {
    options: &[
        "a all",
        "s kernel-name sysname",
        "n nodename",
        "r kernel-release release",
        "v kernel-version",
        "m machine",
        "p processor",
        "i hardware-platform",
        "o operating-system",
    ],
    unmodelled: &["help", "version"],
    order: Order::Permute,
};

pub async fn uname(sys: Sys, args: Args) -> i32 {
    let mut tool = Tool::new(sys, args);
    let done = run_uname(&mut tool).await;
    tool.finish(done).await
}

async fn run_uname(tool: &mut Tool) -> Done {
    let options = tool.options(UNAME, 1).await?;
    if let Some(extra) = options.operands.first() {
        let message = format!("extra operand {}", tool.quoted(extra));
        return tool.usage(message, 1).await;
    }
    let names = match tool.sys.uname().await {
        Ok(names) => names,
        Err(errno) => return tool.die(format!("cannot get system name: {errno}"), 1).await,
    };
    let words: Vec<Bytes> = uname_words(&options, &names);
    tool.line(words.join(&b' ')).await;
    Ok(())
}

/// Debian's uname knows no processor type and no platform: `-a` leaves them out.
fn uname_words(options: &Parsed, names: &Utsname) -> Vec<Bytes> {
    let all = options.has("a");
    let wanted = |option| all || options.has(option);
    let mut words = Vec::new();
    for (option, word) in [
        ("s", &names.sysname),
        ("n", &names.nodename),
        ("r", &names.release),
        ("v", &names.version),
        ("m", &names.machine),
        ("p", &"unknown".into()),
        ("i", &"unknown".into()),
        ("o", &"GNU/Linux".into()),
    ] {
        let known = word.as_slice() != b"unknown";
        if (wanted(option) && (known || !all)) || (option == "s" && options.options.is_empty()) {
            words.push(word.clone());
        }
    }
    words
}

const HOSTNAME: Syntax = Syntax {
    options: &["b boot", "F file=", "s short"],
    unmodelled: &[
        "a alias",
        "A all-fqdns",
        "d domain",
        "f fqdn long",
        "h help",
        "i ip-address",
        "I all-ip-addresses",
        "V version",
        "y yp nis",
    ],
    order: Order::Permute,
};

pub async fn hostname(sys: Sys, args: Args) -> i32 {
    let mut tool = Tool::short_named(sys, args);
    let done = run_hostname(&mut tool).await;
    tool.finish(done).await
}

async fn run_hostname(tool: &mut Tool) -> Done {
    // The page of usage that follows a mistake is not reproduced.
    let options = match getopt::parse(HOSTNAME, &tool.args.argv[1..]) {
        Ok(options) => options,
        Err(refusal) => {
            tool.note_refusal(&refusal);
            return tool.die(refusal.message, 255).await;
        }
    };
    let name = match options.value("F") {
        Some(file) => Some(read_name(tool, &file).await?),
        None => options.operands.first().cloned(),
    };
    match name {
        Some(name) => set_hostname(tool, &name).await,
        None => {
            let name = tool.sys.uname().await.map(|names| names.nodename).unwrap_or_default();
            let end = if options.has("s") { name.iter().position(|&b| b == b'.') } else { None };
            tool.line(&name[..end.unwrap_or(name.len())]).await;
            Ok(())
        }
    }
}

/// The first line that is not a comment.
async fn read_name(tool: &mut Tool, file: &str) -> Done<Bytes> {
    match read_file(&tool.sys, file).await {
        Ok(content) => {
            let mut lines = content.split(|&b| b == b'\n').map(<[u8]>::trim_ascii);
            let name = lines.find(|line| !line.is_empty() && !line.starts_with(b"#"));
            Ok(name.unwrap_or_default().into())
        }
        Err(errno) => tool.die(errno.message(), 1).await,
    }
}

async fn set_hostname(tool: &mut Tool, name: &Bytes) -> Done {
    if !is_valid(name) {
        return tool.die("the specified hostname is invalid", 1).await;
    }
    match tool.sys.sethostname(name, name.len() as u64).await {
        Ok(_) => Ok(()),
        Err(Errno::EPERM) => tool.die("you must be root to change the host name", 1).await,
        Err(Errno::EINVAL) => tool.die("name too long", 1).await,
        Err(errno) => tool.die(errno.message(), 1).await,
    }
}

/// Labels of letters, digits and inner hyphens, separated by dots.
fn is_valid(name: &[u8]) -> bool {
    let is_label = |label: &[u8]| {
        let inner = |b: &u8| b.is_ascii_alphanumeric() || *b == b'-';
        let ends_well = label.first().is_some_and(u8::is_ascii_alphanumeric)
            && label.last().is_some_and(u8::is_ascii_alphanumeric);
        ends_well && label.iter().all(inner)
    };
    !name.is_empty() && name.split(|&b| b == b'.').all(is_label)
}
