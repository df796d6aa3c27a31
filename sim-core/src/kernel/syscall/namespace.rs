//! sethostname(2), setdomainname(2).

use crate::abi::{Bytes, Setdomainname, Sethostname, Unit};
use crate::kernel::Kernel;
use crate::kernel::event::KernelEvent;
use crate::kernel::security::{Cap, SysResult, Why, ensure, ns_capable};
use crate::kernel::table::{TaskId, UtsNsId};

/// __NEW_UTS_LEN: the longest name, in bytes.
const NAME_MAX: u32 = 64;

/// sethostname(2).
pub fn sethostname(k: &mut Kernel, caller: TaskId, call: &Sethostname) -> SysResult<Unit> {
    let uts = k.tasks[caller].ns.uts;
    ns_capable(k, caller, k.uts_ns[uts].owner, Cap::CAP_SYS_ADMIN)?;
    ensure(call.len <= u64::from(NAME_MAX), Why::HostNameTooLong { max: NAME_MAX })?;
    k.set_hostname(uts, cut(&call.name, call.len));
    Ok(Unit)
}

/// setdomainname(2).
pub fn setdomainname(k: &mut Kernel, caller: TaskId, call: &Setdomainname) -> SysResult<Unit> {
    let uts = k.tasks[caller].ns.uts;
    ns_capable(k, caller, k.uts_ns[uts].owner, Cap::CAP_SYS_ADMIN)?;
    ensure(call.len <= u64::from(NAME_MAX), Why::HostNameTooLong { max: NAME_MAX })?;
    k.uts_ns[uts].domainname = cut(&call.name, call.len);
    Ok(Unit)
}

fn cut(name: &Bytes, len: u64) -> Bytes {
    name[..name.len().min(len as usize)].into()
}

impl Kernel {
    pub(crate) fn set_hostname(&mut self, uts: UtsNsId, name: Bytes) {
        let ino = self.uts_ns[uts].ino;
        self.note(KernelEvent::HostnameSet { ino, name: name.clone() });
        self.uts_ns[uts].hostname = name;
    }
}
