//! A [`Syscall`] value as a real system call of this process, and the kernel's answer as a [`Reply`].
//!
//! One file for each family of calls, in the order of the syscall table. Numbers and structures are
//! those of x86-64, as in the table.

mod credentials;
mod files;
mod ioctl;
mod machine;
mod memory;
mod places;
mod signals;
mod tasks;

use sim_core::abi::{Bytes, Reply, Syscall};

use memory::Argument;

/// Why there is no reply.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Fault {
    /// The kernel's error number.
    Errno(i32),
    /// The call was not made, because it cannot be made from here.
    Refused(String),
}

type Answer = Result<Reply, Fault>;

/// The largest buffer that is tried.
const MOST_BYTES: u64 = 16 << 20;

/// Makes the call. `clone` is not made here: its caller has to go on in two processes.
pub(super) fn execute(call: &Syscall) -> Answer {
    if !cfg!(target_arch = "x86_64") {
        return Err(Fault::Refused(
            "the syscall table is that of x86-64, this machine is another".to_owned(),
        ));
    }
    let number = call.spec().number;
    files::execute(number, call)
        .or_else(|| places::execute(number, call))
        .or_else(|| tasks::execute(number, call))
        .or_else(|| signals::execute(number, call))
        .or_else(|| credentials::execute(number, call))
        .or_else(|| machine::execute(number, call))
        .unwrap_or_else(|| Err(Fault::Refused(format!("{} is not made here", call.spec().name))))
}

/// A call whose arguments are only numbers and paths.
fn plain(number: u32, arguments: &mut [Argument<'_>]) -> Result<i64, Fault> {
    memory::system_call(number, arguments).map_err(Fault::Errno)
}

/// A path or another string for the kernel, which ends it at a zero byte.
fn text(bytes: &Bytes) -> Result<std::ffi::CString, Fault> {
    std::ffi::CString::new(bytes.0.clone()).map_err(|_| {
        Fault::Refused("a string with a zero byte in it cannot be given to the kernel".to_owned())
    })
}

fn optional_text(bytes: &Option<Bytes>) -> Result<Option<std::ffi::CString>, Fault> {
    bytes.as_ref().map(text).transpose()
}

/// Room for what a call writes.
fn space(bytes: u64) -> Result<Vec<u8>, Fault> {
    if bytes > MOST_BYTES {
        return Err(Fault::Refused(format!("a buffer of {bytes} bytes is larger than what is tried")));
    }
    Ok(vec![0; bytes as usize])
}

/// `bytes` as a buffer of `length`: a program that says more than it has passes what lies behind.
fn padded(bytes: &[u8], length: u64) -> Result<Vec<u8>, Fault> {
    let mut buffer = space(length)?;
    let given = bytes.len().min(buffer.len());
    buffer[..given].copy_from_slice(&bytes[..given]);
    Ok(buffer)
}
