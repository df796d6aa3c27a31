//! The machine as a whole.

use std::mem::offset_of;

use sim_core::abi::*;

use super::files::{int, unit};
use super::memory::Argument::{Number, Space, Structure as Struct};
use super::memory::Structure;
use super::{Answer, plain, space};

pub(super) fn execute(number: u32, call: &Syscall) -> Option<Answer> {
    Some(match call {
        Syscall::Uname(Uname {}) => uname(number),
        Syscall::Sysinfo(Sysinfo {}) => sysinfo(number),
        Syscall::Syslog(Syslog { action, len }) => syslog(number, *action, *len),
        Syscall::Reboot(Reboot { magic, magic2, command, arg: Null }) => unit(plain(
            number,
            &mut [int(magic.value()), int(magic2.value()), int(command.value()), Number(0)],
        )),
        Syscall::Getrandom(Getrandom { count, flags }) => getrandom(number, *count, *flags),
        _ => return None,
    })
}

/// uname(2): six fields of 65 bytes.
fn uname(number: u32) -> Answer {
    let mut s = Structure::zeroed();
    plain(number, &mut [Struct(&mut s)])?;
    let field = |index: usize| Bytes(s.text(index * 65, 65));
    Ok(Utsname {
        sysname: field(0),
        nodename: field(1),
        release: field(2),
        version: field(3),
        machine: field(4),
        domainname: field(5),
    }
    .into())
}

fn sysinfo(number: u32) -> Answer {
    let mut s = Structure::zeroed();
    plain(number, &mut [Struct(&mut s)])?;
    let unit = u64::from(s.u32(offset_of!(libc::sysinfo, mem_unit)));
    let size = |offset| s.u64(offset) * unit;
    Ok(SysinfoReply {
        uptime_seconds: s.i64(offset_of!(libc::sysinfo, uptime)),
        total_ram: size(offset_of!(libc::sysinfo, totalram)),
        free_ram: size(offset_of!(libc::sysinfo, freeram)),
        total_swap: size(offset_of!(libc::sysinfo, totalswap)),
        free_swap: size(offset_of!(libc::sysinfo, freeswap)),
        procs: s.u16(offset_of!(libc::sysinfo, procs)),
    }
    .into())
}

/// The reading actions return how many bytes they wrote, the others how many there are, or 0.
fn syslog(number: u32, action: SyslogAction, len: u64) -> Answer {
    let mut buffer = space(len)?;
    let count = plain(number, &mut [int(action.value()), Space(&mut buffer)])? as usize;
    buffer.resize(count, 0);
    Ok(Data(Bytes(buffer)).into())
}

fn getrandom(number: u32, count: u64, flags: u32) -> Answer {
    let mut buffer = space(count)?;
    let length = plain(number, &mut [Space(&mut buffer), int(flags)])?;
    buffer.truncate(length as usize);
    Ok(Data(Bytes(buffer)).into())
}
