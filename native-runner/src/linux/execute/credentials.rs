//! Credentials and namespaces.

use sim_core::abi::*;

use super::files::{int, unit};
use super::memory::Argument::{Bytes as InBytes, Ids, Number, Structure as Struct};
use super::memory::Structure;
use super::{Answer, Fault, padded, plain, space};

pub(super) fn execute(number: u32, call: &Syscall) -> Option<Answer> {
    let uid = |made: Result<i64, _>| made.map(|id| Uid(id as u32).into());
    let gid = |made: Result<i64, _>| made.map(|id| Gid(id as u32).into());
    Some(match call {
        Syscall::Getuid(Getuid {}) | Syscall::Geteuid(Geteuid {}) => uid(plain(number, &mut [])),
        Syscall::Getgid(Getgid {}) | Syscall::Getegid(Getegid {}) => gid(plain(number, &mut [])),
        Syscall::Setuid(Setuid { uid }) => unit(plain(number, &mut [int(uid.0)])),
        Syscall::Setgid(Setgid { gid }) => unit(plain(number, &mut [int(gid.0)])),
        Syscall::Setresuid(Setresuid { ruid, euid, suid }) => {
            unit(plain(number, &mut [int(ruid.0), int(euid.0), int(suid.0)]))
        }
        Syscall::Setresgid(Setresgid { rgid, egid, sgid }) => {
            unit(plain(number, &mut [int(rgid.0), int(egid.0), int(sgid.0)]))
        }
        Syscall::Getgroups(Getgroups { size }) => getgroups(number, *size),
        Syscall::Setgroups(call) => setgroups(number, call),
        Syscall::Capget(Capget { pid }) => capget(number, *pid),
        Syscall::Capset(Capset { sets }) => capset(number, *sets),
        Syscall::Sethostname(Sethostname { name, len })
        | Syscall::Setdomainname(Setdomainname { name, len }) => {
            padded(name, *len).and_then(|name| unit(plain(number, &mut [InBytes(&name)])))
        }
        Syscall::Unshare(Unshare { flags }) => unit(plain(number, &mut [Number(flags.bits() as i64)])),
        Syscall::Setns(Setns { fd, nstype }) => {
            unit(plain(number, &mut [int(fd.0), Number(nstype.bits() as i64)]))
        }
        _ => return None,
    })
}

/// With room for none the kernel says only how many groups there are.
fn getgroups(number: u32, size: u64) -> Answer {
    let mut ids = ids(size)?;
    let count = plain(number, &mut [Ids(&mut ids)])?;
    Ok(Groups(ids.into_iter().take(count as usize).map(Gid).collect()).into())
}

fn setgroups(number: u32, Setgroups { size, list }: &Setgroups) -> Answer {
    let mut ids = ids(*size)?;
    for (to, from) in ids.iter_mut().zip(list) {
        *to = from.0;
    }
    unit(plain(number, &mut [Ids(&mut ids)]))
}

fn ids(size: u64) -> Result<Vec<u32>, Fault> {
    // Only to have the limit on memory looked at.
    space(size.saturating_mul(4)).map(|bytes| vec![0; bytes.len() / 4])
}

/// capget(2): the version of the structures with 64 capabilities.
const CAPABILITY_VERSION_3: u32 = 0x2008_0522;

fn capget(number: u32, pid: Pid) -> Answer {
    let (mut header, mut data) = (Structure::zeroed(), Structure::zeroed());
    header.put(0, &CAPABILITY_VERSION_3.to_ne_bytes());
    header.put(4, &pid.0.to_ne_bytes());
    plain(number, &mut [Struct(&mut header), Struct(&mut data)])?;
    // Effective, permitted, inheritable, of the lower 32 capabilities; then of the upper.
    let set = |offset| u64::from(data.u32(offset)) | u64::from(data.u32(offset + 12)) << 32;
    Ok(CapSets { effective: set(0), permitted: set(4), inheritable: set(8) }.into())
}

fn capset(number: u32, sets: CapSets) -> Answer {
    let (mut header, mut data) = (Structure::zeroed(), Structure::zeroed());
    header.put(0, &CAPABILITY_VERSION_3.to_ne_bytes());
    for (offset, set) in [(0, sets.effective), (4, sets.permitted), (8, sets.inheritable)] {
        data.put(offset, &(set as u32).to_ne_bytes());
        data.put(offset + 12, &((set >> 32) as u32).to_ne_bytes());
    }
    unit(plain(number, &mut [Struct(&mut header), Struct(&mut data)]))
}
