//! id(1), whoami(1).

use crate::user::accounts::Accounts;
use crate::user::getopt::{Order, Parsed, Syntax};
use crate::user::tool::{Done, Tool};
use crate::user::{Args, Sys};

const SYNTAX: Syntax = Syntax {
    options: &["a", "u user", "g group", "G groups", "n name", "r real", "z zero"],
    unmodelled: &["Z context", "help", "version"],
    order: Order::Permute,
};

pub async fn main(sys: Sys, args: Args) -> i32 {
    let mut tool = Tool::new(sys, args);
    let done = run(&mut tool).await;
    tool.finish(done).await
}

/// Who the answer is about.
struct Identity {
    ruid: u32,
    euid: u32,
    rgid: u32,
    egid: u32,
    /// The primary group first.
    groups: Vec<u32>,
}

async fn run(tool: &mut Tool) -> Done {
    let options = tool.options(SYNTAX, 1).await?;
    let which: Vec<&str> = ["u", "g", "G"].into_iter().filter(|name| options.has(name)).collect();
    if which.len() > 1 {
        return tool.die("cannot print \"only\" of more than one choice", 1).await;
    }
    if which.is_empty() && (options.has("n") || options.has("r")) {
        return tool.die("cannot print only names or real IDs in default format", 1).await;
    }
    if which.is_empty() && options.has("z") {
        return tool.die("option --zero not permitted in default format", 1).await;
    }
    let accounts = Accounts::read(&tool.sys).await;
    if options.operands.is_empty() {
        let identity = of_caller(tool).await;
        return show(tool, &options, &accounts, &identity).await;
    }
    for name in &options.operands {
        let name = name.to_text();
        let by_number = || name.parse().ok().and_then(|uid| accounts.user(uid));
        match accounts.user_named(&name).or_else(by_number) {
            Some(user) => {
                let (uid, gid, groups) = (user.uid, user.gid, accounts.groups_of(user));
                let identity = Identity { ruid: uid, euid: uid, rgid: gid, egid: gid, groups };
                show(tool, &options, &accounts, &identity).await?;
            }
            None => {
                let message = format!("{}: no such user", tool.quoted(&name));
                tool.fail(message).await;
            }
        }
    }
    Ok(())
}

async fn of_caller(tool: &mut Tool) -> Identity {
    let sys = &tool.sys;
    let uid = |result: Result<crate::abi::Uid, _>| result.map_or(0, |uid| uid.0);
    let gid = |result: Result<crate::abi::Gid, _>| result.map_or(0, |gid| gid.0);
    let (ruid, euid) = (uid(sys.getuid().await), uid(sys.geteuid().await));
    let (rgid, egid) = (gid(sys.getgid().await), gid(sys.getegid().await));
    let supplementary = sys.getgroups(65536_u64).await.map(|groups| groups.0).unwrap_or_default();
    let mut groups = vec![egid];
    for group in supplementary {
        if group.0 != egid && groups.last() != Some(&group.0) {
            groups.push(group.0);
        }
    }
    Identity { ruid, euid, rgid, egid, groups }
}

async fn show(tool: &mut Tool, options: &Parsed, accounts: &Accounts, who: &Identity) -> Done {
    let (real, names) = (options.has("r"), options.has("n"));
    let text = if options.has("u") {
        let uid = if real { who.ruid } else { who.euid };
        one(tool, uid, names.then(|| accounts.user(uid).map(|user| user.name.clone())), "user").await
    } else if options.has("g") {
        let gid = if real { who.rgid } else { who.egid };
        one(tool, gid, names.then(|| accounts.group(gid).map(|group| group.name.clone())), "group").await
    } else if options.has("G") {
        let mut listed = vec![who.rgid];
        listed.extend(who.groups.iter().copied().filter(|gid| *gid != who.rgid));
        let mut words = Vec::new();
        for gid in listed {
            let name = names.then(|| accounts.group(gid).map(|group| group.name.clone()));
            words.push(one(tool, gid, name, "group").await);
        }
        words.join(if options.has("z") { "\0" } else { " " })
    } else {
        everything(accounts, who)
    };
    if options.has("z") {
        tool.put(text + "\0");
    } else {
        tool.line(text).await;
    }
    Ok(())
}

/// A number, or its name where that was asked for.
async fn one(tool: &mut Tool, id: u32, name: Option<Option<String>>, kind: &str) -> String {
    match name {
        Some(Some(name)) => name,
        Some(None) => {
            tool.fail(format!("cannot find name for {kind} ID {id}")).await;
            id.to_string()
        }
        None => id.to_string(),
    }
}

fn everything(accounts: &Accounts, who: &Identity) -> String {
    let user = |uid: u32| match accounts.user(uid) {
        Some(user) => format!("{uid}({})", user.name),
        None => uid.to_string(),
    };
    let group = |gid: u32| match accounts.group(gid) {
        Some(group) => format!("{gid}({})", group.name),
        None => gid.to_string(),
    };
    let mut text = format!("uid={} gid={}", user(who.ruid), group(who.rgid));
    if who.euid != who.ruid {
        text += &format!(" euid={}", user(who.euid));
    }
    if who.egid != who.rgid {
        text += &format!(" egid={}", group(who.egid));
    }
    let groups: Vec<String> = who.groups.iter().map(|&gid| group(gid)).collect();
    text + " groups=" + &groups.join(",")
}

const WHOAMI: Syntax = Syntax { options: &[], unmodelled: &["help", "version"], order: Order::Permute };

pub async fn whoami(sys: Sys, args: Args) -> i32 {
    let mut tool = Tool::new(sys, args);
    let done = run_whoami(&mut tool).await;
    tool.finish(done).await
}

async fn run_whoami(tool: &mut Tool) -> Done {
    let options = tool.options(WHOAMI, 1).await?;
    if let Some(extra) = options.operands.first() {
        let message = format!("extra operand {}", tool.quoted(extra));
        return tool.usage(message, 1).await;
    }
    let uid = tool.sys.geteuid().await.map_or(0, |uid| uid.0);
    match Accounts::read(&tool.sys).await.user(uid) {
        Some(user) => tool.line(&user.name).await,
        None => return tool.die(format!("cannot find name for user ID {uid}"), 1).await,
    }
    Ok(())
}
