//! How each type of argument is written.

use std::fmt::{Display, Write};

use super::super::*;
use super::{Notation, quote, unquote};

fn number<T: std::str::FromStr>(text: &str) -> Result<T, String> {
    text.parse().map_err(|_| format!("expected a number, found `{text}`"))
}

/// A number in C notation: decimal, `0x` or leading 0.
fn c_number(text: &str) -> Result<u64, String> {
    let parsed = if let Some(hex) = text.strip_prefix("0x") {
        u64::from_str_radix(hex, 16)
    } else if text.len() > 1 && text.starts_with('0') {
        u64::from_str_radix(&text[1..], 8)
    } else {
        text.parse()
    };
    parsed.map_err(|_| format!("expected a number, found `{text}`"))
}

fn write(out: &mut String, value: impl Display) {
    let _ = write!(out, "{value}");
}

macro_rules! plain_numbers {
    ($($ty:ty),*) => {$(
        impl Notation for $ty {
            fn print(&self, out: &mut String) {
                write(out, self);
            }
            fn parse(text: &str) -> Result<Self, String> {
                number(text)
            }
        }
    )*};
}

plain_numbers!(i32, i64, u32, u64);

macro_rules! id_numbers {
    ($($ty:ident),*) => {$(
        impl Notation for $ty {
            fn print(&self, out: &mut String) {
                write(out, self.0);
            }
            fn parse(text: &str) -> Result<Self, String> {
                number(text).map($ty)
            }
        }
    )*};
}

id_numbers!(Fd, Pid);

macro_rules! user_ids {
    ($($ty:ident),*) => {$(
        impl Notation for $ty {
            fn print(&self, out: &mut String) {
                if self.0 == u32::MAX { out.push_str("-1") } else { write(out, self.0) }
            }
            fn parse(text: &str) -> Result<Self, String> {
                if text == "-1" { Ok($ty(u32::MAX)) } else { number(text).map($ty) }
            }
        }
    )*};
}

user_ids!(Uid, Gid);

impl Notation for DirFd {
    fn print(&self, out: &mut String) {
        if *self == DirFd::CWD { out.push_str("AT_FDCWD") } else { write(out, self.0) }
    }

    fn parse(text: &str) -> Result<Self, String> {
        if text == "AT_FDCWD" { Ok(DirFd::CWD) } else { number(text).map(DirFd) }
    }
}

impl Notation for Bytes {
    fn print(&self, out: &mut String) {
        quote(out, self);
    }

    fn parse(text: &str) -> Result<Self, String> {
        unquote(text).map(Bytes)
    }
}

impl Notation for Text {
    fn print(&self, out: &mut String) {
        match self {
            Some(bytes) => bytes.print(out),
            None => out.push_str("NULL"),
        }
    }

    fn parse(text: &str) -> Result<Self, String> {
        if text == "NULL" { Ok(None) } else { Bytes::parse(text).map(Some) }
    }
}

impl Notation for Null {
    fn print(&self, out: &mut String) {
        out.push_str("NULL");
    }

    fn parse(text: &str) -> Result<Self, String> {
        if text == "NULL" { Ok(Null) } else { Err(format!("only NULL is modelled here, found `{text}`")) }
    }

    fn when_left_out() -> Option<Self> {
        Some(Null)
    }
}

macro_rules! lists {
    ($($item:ty),*) => {$(
        impl Notation for Vec<$item> {
            fn print(&self, out: &mut String) {
                out.push('[');
                for (i, item) in self.iter().enumerate() {
                    if i > 0 {
                        out.push_str(", ");
                    }
                    item.print(out);
                }
                out.push(']');
            }

            fn parse(text: &str) -> Result<Self, String> {
                let inner = text
                    .strip_prefix('[')
                    .filter(|rest| rest.ends_with(']'))
                    .ok_or_else(|| format!("expected a list in square brackets, found `{text}`"))?;
                // `split` reads up to a closing parenthesis.
                let as_arguments = format!("{})", &inner[..inner.len() - 1]);
                let (pieces, _) = super::split(&as_arguments, 0).map_err(|error| error.message)?;
                pieces.into_iter().map(|(_, piece)| <$item>::parse(piece)).collect()
            }
        }
    )*};
}

lists!(Bytes, Gid);

impl Notation for Mode {
    fn print(&self, out: &mut String) {
        let _ = write!(out, "0{:03o}", self.0);
    }

    fn parse(text: &str) -> Result<Self, String> {
        c_number(text).map(|bits| Mode(bits as u32))
    }

    fn is_left_out(&self) -> bool {
        self.0 == 0
    }

    fn when_left_out() -> Option<Self> {
        Some(Mode(0))
    }
}

impl Notation for FileMode {
    fn print(&self, out: &mut String) {
        let _ = write!(out, "{}|0{:03o}", self.file_type.mode_name(), self.permissions.0);
    }

    fn parse(text: &str) -> Result<Self, String> {
        let (file_type, permissions) = match text.split_once('|') {
            Some((name, permissions)) => {
                let file_type = [
                    FileType::Regular,
                    FileType::Directory,
                    FileType::Symlink,
                    FileType::CharDevice,
                    FileType::BlockDevice,
                    FileType::Fifo,
                    FileType::Socket,
                ]
                .into_iter()
                .find(|file_type| file_type.mode_name() == name)
                .ok_or_else(|| format!("`{name}` is no file type, such as S_IFREG"))?;
                (file_type, permissions)
            }
            None => (FileType::Regular, text),
        };
        Ok(FileMode { file_type, permissions: Mode::parse(permissions)? })
    }
}

impl Notation for Dev {
    fn print(&self, out: &mut String) {
        let _ = write!(out, "makedev({:#x}, {:#x})", self.major, self.minor);
    }

    fn parse(text: &str) -> Result<Self, String> {
        if text == "0" {
            return Ok(Dev::default());
        }
        let numbers = text
            .strip_prefix("makedev(")
            .and_then(|rest| rest.strip_suffix(')'))
            .and_then(|inner| inner.split_once(','));
        let (major, minor) =
            numbers.ok_or_else(|| format!("expected `makedev(MAJOR, MINOR)`, found `{text}`"))?;
        Ok(Dev { major: c_number(major.trim())? as u32, minor: c_number(minor.trim())? as u32 })
    }

    fn is_left_out(&self) -> bool {
        *self == Dev::default()
    }

    fn when_left_out() -> Option<Self> {
        Some(Dev::default())
    }
}

impl Notation for Timespec {
    fn print(&self, out: &mut String) {
        let _ = write!(out, "{{tv_sec={}, tv_nsec={}}}", self.seconds, self.nanoseconds);
    }

    fn parse(text: &str) -> Result<Self, String> {
        let inner = text.strip_prefix("{tv_sec=").and_then(|rest| rest.strip_suffix('}'));
        let (seconds, nanoseconds) = inner
            .and_then(|inner| inner.split_once(", tv_nsec="))
            .ok_or_else(|| format!("expected `{{tv_sec=1, tv_nsec=0}}`, found `{text}`"))?;
        Ok(Timespec { seconds: number(seconds)?, nanoseconds: number(nanoseconds)? })
    }
}

/// Writes the names of the flags that are set, joined by `|`, and what is left as a number.
pub(super) fn print_flags<F: bitflags::Flags<Bits: Into<u64>>>(flags: &F, out: &mut String) -> bool {
    let mut names = flags.iter_names();
    let mut any = false;
    for (name, _) in names.by_ref() {
        if any {
            out.push('|');
        }
        out.push_str(name);
        any = true;
    }
    let rest: u64 = names.remaining().bits().into();
    if rest != 0 {
        if any {
            out.push('|');
        }
        let _ = write!(out, "{rest:#x}");
        any = true;
    }
    any
}

fn parse_flags<F: bitflags::Flags<Bits = B> + Copy, B: bitflags::Bits + TryFrom<u64>>(
    text: &str,
    also: impl Fn(&str) -> Option<F>,
) -> Result<F, String> {
    let mut flags = F::empty();
    for name in text.split('|').map(str::trim) {
        let bits = if let Some(flag) = F::from_name(name).or_else(|| also(name)) {
            flag.bits()
        } else if name.starts_with(|c: char| c.is_ascii_digit()) {
            B::try_from(c_number(name)?).map_err(|_| format!("`{name}` does not fit the flags"))?
        } else {
            return Err(format!("`{name}` is no flag of this call"));
        };
        flags = F::from_bits_retain(flags.bits() | bits);
    }
    Ok(flags)
}

macro_rules! flag_words {
    ($($ty:ident, $left_out:literal;)*) => {$(
        impl Notation for $ty {
            fn print(&self, out: &mut String) {
                if !print_flags(self, out) {
                    out.push('0');
                }
            }

            fn parse(text: &str) -> Result<Self, String> {
                parse_flags(text, |_| None)
            }

            fn is_left_out(&self) -> bool {
                $left_out && self.is_empty()
            }

            fn when_left_out() -> Option<Self> {
                $left_out.then(Self::empty)
            }
        }
    )*};
}

flag_words! {
    AtFlags, false;
    RenameFlags, false;
    MountFlags, false;
    UmountFlags, false;
    WaitOptions, false;
    SleepFlags, false;
}

impl Notation for OpenFlags {
    fn print(&self, out: &mut String) {
        if self.access_mode() == 0 {
            out.push_str("O_RDONLY");
            if !self.is_empty() {
                out.push('|');
            }
        }
        print_flags(self, out);
    }

    fn parse(text: &str) -> Result<Self, String> {
        parse_flags(text, |name| (name == "O_RDONLY").then(OpenFlags::empty))
    }
}

impl Notation for AccessMode {
    fn print(&self, out: &mut String) {
        if !print_flags(self, out) {
            out.push_str("F_OK");
        }
    }

    fn parse(text: &str) -> Result<Self, String> {
        parse_flags(text, |name| (name == "F_OK").then(AccessMode::empty))
    }
}

impl Notation for CloneFlags {
    fn print(&self, out: &mut String) {
        let signal = self.exit_signal();
        let named = signal.name().filter(|_| !self.contains(CloneFlags::CLONE_NEWTIME));
        let flags = match named {
            Some(_) => CloneFlags::from_bits_retain(self.bits() & !0xff),
            None => *self,
        };
        let any = print_flags(&flags, out);
        if let Some(name) = named {
            if any {
                out.push('|');
            }
            out.push_str(name);
        } else if !any {
            out.push('0');
        }
    }

    fn parse(text: &str) -> Result<Self, String> {
        parse_flags(text, |name| {
            let signal = name.starts_with("SIG").then(|| Signal::from_name(name)).flatten()?;
            Some(CloneFlags::empty().with_exit_signal(signal))
        })
    }
}

macro_rules! named_values {
    ($($ty:ident),*) => {$(
        impl Notation for $ty {
            fn print(&self, out: &mut String) {
                out.push_str(self.name());
            }

            fn parse(text: &str) -> Result<Self, String> {
                let names = $ty::NAMES;
                names.iter().find(|(name, _)| *name == text).map(|(_, value)| *value).ok_or_else(|| {
                    let names: Vec<&str> = names.iter().map(|(name, _)| *name).collect();
                    format!("expected {}, found `{text}`", names.join(" or "))
                })
            }
        }
    )*};
}

named_values!(Whence, SigHow, ClockId, SyslogAction, RebootMagic, RebootMagic2, RebootCommand);

impl Notation for Signal {
    fn print(&self, out: &mut String) {
        match self.name() {
            Some(name) => out.push_str(name),
            None => write(out, self.0),
        }
    }

    fn parse(text: &str) -> Result<Self, String> {
        Signal::from_name(text)
            .filter(|_| text.starts_with("SIG"))
            .map_or_else(|| number(text).map(Signal), Ok)
    }
}

impl Notation for SignalSet {
    fn print(&self, out: &mut String) {
        out.push('[');
        for (i, signal) in self.iter().enumerate() {
            if i > 0 {
                out.push(' ');
            }
            match signal.name() {
                Some(name) => out.push_str(&name[3..]),
                None => write(out, signal.0),
            }
        }
        out.push(']');
    }

    fn parse(text: &str) -> Result<Self, String> {
        let inner = text.strip_prefix('[').and_then(|rest| rest.strip_suffix(']')).ok_or_else(|| {
            format!("expected signals in square brackets, such as `[INT TERM]`, found `{text}`")
        })?;
        inner.split_whitespace().try_fold(SignalSet::EMPTY, |set, name| {
            let signal = Signal::from_name(name).ok_or_else(|| format!("`{name}` is no signal"))?;
            Ok(set.with(signal))
        })
    }
}

impl Notation for SigAction {
    fn print(&self, out: &mut String) {
        out.push_str(match self {
            SigAction::SIG_DFL => "{sa_handler=SIG_DFL}",
            SigAction::SIG_IGN => "{sa_handler=SIG_IGN}",
            SigAction::Handler => "{sa_handler=handler}",
            SigAction::HandlerRestart => "{sa_handler=handler, sa_flags=SA_RESTART}",
        });
    }

    fn parse(text: &str) -> Result<Self, String> {
        Ok(match text {
            "{sa_handler=SIG_DFL}" => SigAction::SIG_DFL,
            "{sa_handler=SIG_IGN}" => SigAction::SIG_IGN,
            "{sa_handler=handler}" => SigAction::Handler,
            "{sa_handler=handler, sa_flags=SA_RESTART}" => SigAction::HandlerRestart,
            _ => {
                return Err(format!("expected `{{sa_handler=SIG_DFL}}`, SIG_IGN or handler, found `{text}`"));
            }
        })
    }
}

impl Notation for FcntlCommand {
    const TAKES_THE_REST: bool = true;

    fn print(&self, out: &mut String) {
        match self {
            FcntlCommand::F_DUPFD(least) => write(out, format_args!("F_DUPFD, {least}")),
            FcntlCommand::F_DUPFD_CLOEXEC(least) => write(out, format_args!("F_DUPFD_CLOEXEC, {least}")),
            FcntlCommand::F_GETFD => out.push_str("F_GETFD"),
            FcntlCommand::F_SETFD(0) => out.push_str("F_SETFD, 0"),
            FcntlCommand::F_SETFD(_) => out.push_str("F_SETFD, FD_CLOEXEC"),
            FcntlCommand::F_GETFL => out.push_str("F_GETFL"),
            FcntlCommand::F_SETFL(flags) => {
                out.push_str("F_SETFL, ");
                flags.print(out);
            }
            FcntlCommand::Other(number) => write(out, format_args!("{number:#x}")),
        }
    }

    fn parse(text: &str) -> Result<Self, String> {
        let (name, argument) = text.split_once(',').map_or((text, ""), |(name, rest)| (name, rest.trim()));
        Ok(match name {
            "F_DUPFD" => FcntlCommand::F_DUPFD(number(argument)?),
            "F_DUPFD_CLOEXEC" => FcntlCommand::F_DUPFD_CLOEXEC(number(argument)?),
            "F_GETFD" => FcntlCommand::F_GETFD,
            "F_SETFD" => FcntlCommand::F_SETFD(u32::from(argument == "FD_CLOEXEC")),
            "F_GETFL" => FcntlCommand::F_GETFL,
            "F_SETFL" => FcntlCommand::F_SETFL(OpenFlags::parse(argument)?),
            other => FcntlCommand::Other(c_number(other)? as i32),
        })
    }
}

impl Notation for PrctlOperation {
    const TAKES_THE_REST: bool = true;

    fn print(&self, out: &mut String) {
        match self {
            PrctlOperation::PR_SET_PDEATHSIG(signal) => {
                out.push_str("PR_SET_PDEATHSIG, ");
                signal.print(out);
            }
            PrctlOperation::PR_SET_NO_NEW_PRIVS(value) => {
                write(out, format_args!("PR_SET_NO_NEW_PRIVS, {value}, 0, 0, 0"));
            }
            PrctlOperation::PR_GET_NO_NEW_PRIVS => out.push_str("PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0"),
            PrctlOperation::Other(number) => write(out, format_args!("{number:#x}")),
        }
    }

    fn parse(text: &str) -> Result<Self, String> {
        let mut words = text.split(',').map(str::trim);
        let name = words.next().unwrap_or_default();
        let mut argument = || words.next().ok_or_else(|| format!("{name} takes an argument"));
        Ok(match name {
            "PR_SET_PDEATHSIG" => PrctlOperation::PR_SET_PDEATHSIG(Signal::parse(argument()?)?),
            "PR_SET_NO_NEW_PRIVS" => PrctlOperation::PR_SET_NO_NEW_PRIVS(number(argument()?)?),
            "PR_GET_NO_NEW_PRIVS" => PrctlOperation::PR_GET_NO_NEW_PRIVS,
            other => PrctlOperation::Other(c_number(other)? as i32),
        })
    }
}

impl Notation for CapSets {
    fn print(&self, out: &mut String) {
        let CapSets { effective, permitted, inheritable } = self;
        write(
            out,
            format_args!(
                "{{effective={effective:#x}, permitted={permitted:#x}, inheritable={inheritable:#x}}}"
            ),
        );
    }

    fn parse(text: &str) -> Result<Self, String> {
        let mut sets = CapSets::default();
        let inner = text.strip_prefix('{').and_then(|rest| rest.strip_suffix('}')).ok_or_else(|| {
            format!("expected `{{effective=.., permitted=.., inheritable=..}}`, found `{text}`")
        })?;
        for part in inner.split(',') {
            let (name, value) = part.trim().split_once('=').ok_or("expected `name=value`")?;
            *match name {
                "effective" => &mut sets.effective,
                "permitted" => &mut sets.permitted,
                "inheritable" => &mut sets.inheritable,
                _ => return Err(format!("`{name}` is no capability set of this call")),
            } = c_number(value)?;
        }
        Ok(sets)
    }
}

impl Notation for IoctlRequest {
    const TAKES_THE_REST: bool = true;

    fn print(&self, out: &mut String) {
        use IoctlRequest::*;
        match self {
            TCSETS(termios) => write(out, format_args!("TCSETS, {}", print_termios(termios))),
            TCSETSF(termios) => write(out, format_args!("TCSETSF, {}", print_termios(termios))),
            TIOCSPGRP(pid) => write(out, format_args!("TIOCSPGRP, [{pid}]")),
            TIOCSWINSZ(size) => write(out, format_args!("TIOCSWINSZ, {}", print_winsize(size))),
            TIOCSCTTY(steal) => write(out, format_args!("TIOCSCTTY, {steal}")),
            Other(number) => write(out, format_args!("{number:#x}")),
            plain => write(out, format_args!("{plain:?}")),
        }
    }

    fn parse(text: &str) -> Result<Self, String> {
        use IoctlRequest::*;
        // What a request brings back is shown behind it.
        let text = text.strip_suffix(", ...").unwrap_or(text);
        let (name, argument) = text.split_once(',').map_or((text, ""), |(name, rest)| (name, rest.trim()));
        let plain = [
            TCGETS,
            TIOCGPGRP,
            TIOCGWINSZ,
            TIOCNOTTY,
            TIOCGSID,
            FIONREAD,
            NS_GET_USERNS,
            NS_GET_PARENT,
            NS_GET_NSTYPE,
            NS_GET_OWNER_UID,
        ];
        if let Some(request) = plain.into_iter().find(|request| format!("{request:?}") == name) {
            return Ok(request);
        }
        Ok(match name {
            "TCSETS" => TCSETS(parse_termios(argument)?),
            "TCSETSF" => TCSETSF(parse_termios(argument)?),
            "TIOCSPGRP" => TIOCSPGRP(Pid::parse(argument.trim_matches(['[', ']']))?),
            "TIOCSWINSZ" => TIOCSWINSZ(parse_winsize(argument)?),
            "TIOCSCTTY" => TIOCSCTTY(number(argument)?),
            other => Other(c_number(other)?),
        })
    }
}

pub(super) fn print_winsize(size: &Winsize) -> String {
    format!("{{ws_row={}, ws_col={}}}", size.rows, size.columns)
}

fn parse_winsize(text: &str) -> Result<Winsize, String> {
    let (rows, columns) = text
        .strip_prefix("{ws_row=")
        .and_then(|rest| rest.strip_suffix('}'))
        .and_then(|inner| inner.split_once(", ws_col="))
        .ok_or_else(|| format!("expected `{{ws_row=24, ws_col=80}}`, found `{text}`"))?;
    Ok(Winsize { rows: number(rows)?, columns: number(columns)? })
}

pub(super) fn print_termios(termios: &Termios) -> String {
    let mut out = String::from("{c_iflag=");
    let mut word = |name: &str, print: &dyn Fn(&mut String) -> bool| {
        out.push_str(name);
        if !print(&mut out) {
            out.push('0');
        }
    };
    word("", &|out| print_flags(&termios.input, out));
    word(", c_oflag=", &|out| print_flags(&termios.output, out));
    word(", c_lflag=", &|out| print_flags(&termios.local, out));
    out.push('}');
    out
}

fn parse_termios(text: &str) -> Result<Termios, String> {
    let mut words = text.trim_matches(['{', '}']).split(", ").map(|part| part.split_once('='));
    let mut word = |expected: &str| match words.next() {
        Some(Some((name, value))) if name == expected => Ok(value),
        _ => Err(format!("expected `{expected}=` in `{text}`")),
    };
    Ok(Termios {
        input: parse_flags(word("c_iflag")?, |_| None)?,
        output: parse_flags(word("c_oflag")?, |_| None)?,
        local: parse_flags(word("c_lflag")?, |_| None)?,
    })
}
