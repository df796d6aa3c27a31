//! The command line of ps(1): Unix options with a dash, BSD options without, GNU options with two.

use super::columns::{Column, UNMODELLED};
use super::forest::Forest;
use super::process::Process;
use crate::user::accounts::Accounts;

/// Which processes are shown where no list says so.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Select {
    /// The caller's, on the caller's terminal.
    Own,
    /// -a
    AllWithTerminal,
    /// -d
    NotLeaders,
}

/// A list of what to show.
#[derive(Clone, Debug)]
pub(super) enum List {
    Pids(Vec<i32>),
    Parents(Vec<i32>),
    Sessions(Vec<i32>),
    Commands(Vec<String>),
    EffectiveUsers(Vec<u32>),
    RealUsers(Vec<u32>),
    Terminals(Vec<String>),
}

impl List {
    pub(super) fn matches(&self, process: &Process) -> bool {
        match self {
            List::Pids(pids) => pids.contains(&process.pid),
            List::Parents(pids) => pids.contains(&process.ppid),
            List::Sessions(pids) => pids.contains(&process.session),
            List::Commands(names) => names.iter().any(|name| name.chars().take(15).eq(process.comm.chars())),
            List::EffectiveUsers(uids) => uids.contains(&process.uids[1]),
            List::RealUsers(uids) => uids.contains(&process.uids[0]),
            List::Terminals(names) => names.contains(&process.tty_name),
        }
    }
}

/// What is asked for.
#[derive(Debug)]
pub(super) struct Request {
    pub select: Select,
    pub all: bool,
    pub negate: bool,
    /// BSD's `a`: of all users.
    pub any_user: bool,
    /// BSD's `x`: without a terminal too.
    pub no_terminal: bool,
    pub bsd: bool,
    pub lists: Vec<List>,
    pub columns: Vec<Column>,
    /// Columns, and whether each goes downwards.
    pub sort: Vec<(Column, bool)>,
    pub header: bool,
    pub forest: Forest,
    pub wide: u32,
    /// BSD's `c`: names instead of command lines.
    pub command_as_name: bool,
    /// BSD's `e`.
    pub environment: bool,
}

/// A command line that ps does not take.
#[derive(Debug)]
pub(super) struct Mistake {
    pub message: String,
    pub unmodelled: Option<String>,
}

fn mistake<T>(message: impl Into<String>) -> Result<T, Mistake> {
    Err(Mistake { message: message.into(), unmodelled: None })
}

/// Reads the arguments; where Unix options make no sense they are tried as BSD ones, so that `ps -aux` is
/// what people mean by it.
pub(super) fn parse(arguments: &[String], accounts: &Accounts) -> Result<Request, Mistake> {
    let first = Parser::new(arguments, accounts).run();
    if let Err(mistake) = &first
        && mistake.unmodelled.is_none()
        && arguments.iter().any(|argument| argument.starts_with('-') && !argument.starts_with("--"))
    {
        let bsd: Vec<String> =
            arguments.iter().map(|argument| argument.trim_start_matches('-').to_owned()).collect();
        if let Ok(request) = Parser::new(&bsd, accounts).run() {
            return Ok(request);
        }
    }
    first
}

struct Parser<'a> {
    rest: Vec<String>,
    accounts: &'a Accounts,
    request: Request,
    /// The letters that choose a format.
    unix_format: Vec<char>,
    bsd_format: Vec<char>,
    user_columns: Vec<Column>,
    added: Vec<Column>,
}

impl<'a> Parser<'a> {
    fn new(arguments: &[String], accounts: &'a Accounts) -> Parser<'a> {
        let request = Request {
            select: Select::Own,
            all: false,
            negate: false,
            any_user: false,
            no_terminal: false,
            bsd: false,
            lists: Vec::new(),
            columns: Vec::new(),
            sort: Vec::new(),
            header: true,
            forest: Forest::None,
            wide: 0,
            command_as_name: false,
            environment: false,
        };
        Parser {
            rest: arguments.iter().rev().cloned().collect(),
            accounts,
            request,
            unix_format: Vec::new(),
            bsd_format: Vec::new(),
            user_columns: Vec::new(),
            added: Vec::new(),
        }
    }

    fn run(mut self) -> Result<Request, Mistake> {
        while let Some(argument) = self.rest.pop() {
            if let Some(long) = argument.strip_prefix("--") {
                self.gnu(long)?;
            } else if let Some(letters) = argument.strip_prefix('-').filter(|letters| !letters.is_empty()) {
                self.unix(letters)?;
            } else if argument.starts_with(|c: char| c.is_ascii_digit()) {
                self.request.bsd = true;
                let list = pids(&argument)?;
                self.request.lists.push(List::Pids(list));
            } else {
                self.bsd(&argument)?;
            }
        }
        // `ax` leaves nothing out.
        if self.request.any_user && self.request.no_terminal {
            self.request.all = true;
        }
        self.request.columns = self.columns()?;
        Ok(self.request)
    }

    fn unix(&mut self, letters: &str) -> Result<(), Mistake> {
        for (at, letter) in letters.char_indices() {
            let after = &letters[at + letter.len_utf8()..];
            match letter {
                'A' | 'e' => self.request.all = true,
                'a' => self.request.select = Select::AllWithTerminal,
                'd' => self.request.select = Select::NotLeaders,
                'N' => self.request.negate = true,
                'f' | 'F' | 'l' | 'j' | 'y' => self.unix_format.push(letter),
                'H' => self.request.forest = Forest::Indented,
                'w' => self.request.wide += 1,
                'o' | 'O' | 'p' | 'q' | 'C' | 'u' | 'U' | 't' | 's' | 'g' => {
                    let value = self.value(after, letter)?;
                    return self.with_value(letter, &value);
                }
                'c' | 'G' | 'L' | 'M' | 'm' | 'n' | 'P' | 'T' | 'V' | 'Z' => {
                    return Err(Mistake {
                        message: "unsupported SysV option".to_owned(),
                        unmodelled: Some(format!("-{letter}")),
                    });
                }
                _ => return mistake("unsupported SysV option"),
            }
        }
        Ok(())
    }

    fn value(&mut self, after: &str, letter: char) -> Result<String, Mistake> {
        if !after.is_empty() {
            return Ok(after.to_owned());
        }
        let what = match letter {
            'o' | 'O' => "format specification must follow -o",
            'p' | 'q' => "list of process IDs must follow -p",
            'C' => "list of command names must follow -C",
            'u' => "list of users must follow -u",
            'U' => "list of real users must follow -U",
            't' => "list of terminals (pty, tty...) must follow -t",
            's' => "list of session IDs must follow -s",
            _ => "list of session leaders OR effective group IDs or names must follow -g",
        };
        self.rest.pop().map_or_else(|| mistake(what), Ok)
    }

    fn with_value(&mut self, letter: char, value: &str) -> Result<(), Mistake> {
        let list = match letter {
            'o' => {
                let columns = format(value)?;
                self.user_columns.extend(columns);
                return Ok(());
            }
            'O' => {
                let columns = format(value)?;
                self.added.extend(columns);
                return Ok(());
            }
            'p' | 'q' => List::Pids(pids(value)?),
            's' | 'g' => List::Sessions(pids(value)?),
            'C' => List::Commands(items(value)),
            'u' => List::EffectiveUsers(self.users(value)?),
            'U' => List::RealUsers(self.users(value)?),
            _ => {
                let bare = |name: String| name.trim_start_matches("/dev/").to_owned();
                let full = |name: String| if name == "-" { "?".to_owned() } else { bare(name) };
                List::Terminals(items(value).into_iter().map(full).collect())
            }
        };
        self.request.lists.push(list);
        Ok(())
    }

    fn users(&self, value: &str) -> Result<Vec<u32>, Mistake> {
        let uid = |name: String| match self.accounts.user_named(&name) {
            Some(user) => Ok(user.uid),
            None => name.parse().or_else(|_| mistake("user name does not exist")),
        };
        items(value).into_iter().map(uid).collect()
    }

    fn bsd(&mut self, letters: &str) -> Result<(), Mistake> {
        self.request.bsd = true;
        for (at, letter) in letters.char_indices() {
            let after = &letters[at + 1..];
            match letter {
                'a' => self.request.any_user = true,
                'x' => self.request.no_terminal = true,
                'g' => {}
                'c' => self.request.command_as_name = true,
                'e' => self.request.environment = true,
                'f' => self.request.forest = Forest::Branches,
                'h' => self.request.header = false,
                'u' | 'l' | 'j' | 's' | 'v' => self.bsd_format.push(letter),
                'w' => self.request.wide += 1,
                'o' | 'O' | 'p' | 't' | 'U' => {
                    let value = self.value(after, letter)?;
                    return self.with_value(if letter == 'U' { 'u' } else { letter }, &value);
                }
                'k' => {
                    let value = self.value(after, 'o')?;
                    return self.sort_by(&value);
                }
                'A' | 'C' | 'E' | 'H' | 'L' | 'M' | 'N' | 'P' | 'Q' | 'R' | 'S' | 'T' | 'V' | 'X' | 'Z'
                | 'm' | 'n' | 'r' => {
                    return Err(Mistake {
                        message: "unsupported option (BSD syntax)".to_owned(),
                        unmodelled: Some(letter.to_string()),
                    });
                }
                _ => return mistake("unsupported option (BSD syntax)"),
            }
        }
        Ok(())
    }

    fn gnu(&mut self, long: &str) -> Result<(), Mistake> {
        let (name, value) = match long.split_once('=') {
            Some((name, value)) => (name, Some(value.to_owned())),
            None => (long, None),
        };
        match name {
            "deselect" => self.request.negate = true,
            "forest" => self.request.forest = Forest::Branches,
            "headers" | "heading" => {}
            "no-headers" | "no-heading" | "noheaders" | "noheading" => self.request.header = false,
            "pid" | "ppid" | "sid" | "user" | "User" | "tty" | "format" | "sort" | "cols" | "columns"
            | "width" => {
                let value = match value.or_else(|| self.rest.pop()) {
                    Some(value) => value,
                    None => return mistake("list of process IDs must follow --pid"),
                };
                return self.gnu_with_value(name, &value);
            }
            "context" | "cumulative" | "Group" | "group" | "help" | "info" | "lines" | "quick-pid"
            | "rows" | "signames" | "version" => {
                return Err(Mistake {
                    message: "unknown gnu long option".to_owned(),
                    unmodelled: Some(format!("--{name}")),
                });
            }
            _ => return mistake("unknown gnu long option"),
        }
        Ok(())
    }

    fn gnu_with_value(&mut self, name: &str, value: &str) -> Result<(), Mistake> {
        match name {
            "pid" => self.with_value('p', value),
            "sid" => self.with_value('s', value),
            "user" => self.with_value('u', value),
            "User" => self.with_value('U', value),
            "tty" => self.with_value('t', value),
            "format" => self.with_value('o', value),
            "sort" => self.sort_by(value),
            "ppid" => {
                self.request.lists.push(List::Parents(pids(value)?));
                Ok(())
            }
            _ => Err(Mistake {
                message: "unknown gnu long option".to_owned(),
                unmodelled: Some(format!("--{name}")),
            }),
        }
    }

    fn sort_by(&mut self, value: &str) -> Result<(), Mistake> {
        for key in value.split(',').filter(|key| !key.is_empty()) {
            let descending = key.starts_with('-');
            let name = key.trim_start_matches(['+', '-']);
            match Column::named(name) {
                Some(column) => self.request.sort.push((column, descending)),
                None => return mistake("unknown sort specifier"),
            }
        }
        Ok(())
    }

    /// The columns of the formats that the letters name: ps(1), "OUTPUT FORMAT CONTROL".
    fn columns(&self) -> Result<Vec<Column>, Mistake> {
        let has = |letter| self.unix_format.contains(&letter);
        if !self.user_columns.is_empty() {
            if !self.unix_format.is_empty() || !self.bsd_format.is_empty() {
                return mistake("conflicting format options");
            }
            return Ok(self.user_columns.clone());
        }
        let names = match self.bsd_format.last() {
            Some('u') => "user,pid,%cpu,%mem,vsz,rss,tname,stat,start_time,bsdtime,args",
            Some('j') => "ppid,pid,pgid,sid,tname,tpgid,stat,uid,bsdtime,args",
            Some(letter @ ('l' | 's' | 'v')) => return unmodelled_format(*letter, ""),
            _ if has('l') => return unmodelled_format('l', "-"),
            _ if has('F') => "user=UID,pid,ppid,c,sz,rss,psr,stime,tname,time,args=CMD",
            _ if has('f') && has('j') => "user=UID,pid,ppid,pgid,sid,c,stime,tname,time,args=CMD",
            _ if has('f') => "user=UID,pid,ppid,c,stime,tname,time,args=CMD",
            _ if has('j') => "pid,pgid,sid,tname,time,ucmd",
            _ if !self.added.is_empty() => "pid,+,s,tname,time,args",
            _ if self.request.bsd => "pid,tname,stat,bsdtime,args",
            _ => "pid,tname,time,ucmd",
        };
        let mut columns = Vec::new();
        for name in names.split(',') {
            match (name, name.split_once('=')) {
                ("+", _) => columns.extend(self.added.iter().cloned()),
                (_, Some((name, header))) => {
                    columns.extend(Column::named(name).map(|c| c.with_header(header)))
                }
                (name, None) => columns.extend(Column::named(name)),
            }
        }
        Ok(columns)
    }
}

/// The long formats show what the kernel waits for, which is not modelled.
fn unmodelled_format(letter: char, dash: &str) -> Result<Vec<Column>, Mistake> {
    Err(Mistake {
        message: if dash.is_empty() { "unsupported option (BSD syntax)" } else { "unsupported SysV option" }
            .to_owned(),
        unmodelled: Some(format!("{dash}{letter}")),
    })
}

fn items(value: &str) -> Vec<String> {
    value.split([',', ' ', '\t']).filter(|item| !item.is_empty()).map(str::to_owned).collect()
}

fn pids(value: &str) -> Result<Vec<i32>, Mistake> {
    let list = items(value);
    if list.is_empty() {
        return mistake("process ID list syntax error");
    }
    let pid = |item: String| item.parse().or_else(|_| mistake("process ID list syntax error"));
    list.into_iter().map(pid).collect()
}

/// A list of specifiers, each perhaps with a header of its own. A header with text runs to the end.
fn format(value: &str) -> Result<Vec<Column>, Mistake> {
    let mut columns = Vec::new();
    let mut rest = value;
    while !rest.is_empty() {
        let end = rest.find([',', ' ', '\t', '=']).unwrap_or(rest.len());
        let name = &rest[..end];
        let after = &rest[end..];
        let (name, width) = match name.split_once(':') {
            Some((name, width)) => match width.parse() {
                Ok(width) => (name, Some(width)),
                Err(_) => return mistake(format!("badly formatted width modifier: \"{width}\"")),
            },
            None => (name, None),
        };
        let Some(mut column) = Column::named(name) else {
            let unmodelled = UNMODELLED.contains(&name).then(|| format!("-o {name}"));
            return Err(Mistake {
                message: format!("unknown user-defined format specifier \"{name}\""),
                unmodelled,
            });
        };
        if let Some(width) = width {
            column.width = width;
        }
        if let Some(header) = after.strip_prefix('=') {
            // `pid=,comm=`: an empty header ends at once.
            if let Some(next) = header.strip_prefix(',') {
                columns.push(column.with_header(""));
                rest = next;
                continue;
            }
            columns.push(column.with_header(header));
            return Ok(columns);
        }
        columns.push(column);
        rest = after.get(1..).unwrap_or_default();
    }
    Ok(columns)
}
