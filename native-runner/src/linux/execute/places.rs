//! The caller's place in the file tree, and mounts.

use std::mem::offset_of;

use sim_core::abi::*;

use super::files::{int, unit};
use super::memory::Argument::{MaybeText, Number, Space, Structure as Struct, Text as InText};
use super::memory::Structure;
use super::{Answer, optional_text, plain, space, text};

pub(super) fn execute(number: u32, call: &Syscall) -> Option<Answer> {
    let made = match call {
        Syscall::Getcwd(Getcwd { size }) => return Some(getcwd(number, *size)),
        Syscall::Umask(Umask { mask }) => {
            return Some(plain(number, &mut [int(mask.0)]).map(|old| Mode(old as u32).into()));
        }
        Syscall::Statfs(Statfs { path }) => return Some(statfs(number, path)),
        Syscall::Chdir(Chdir { path }) | Syscall::Chroot(Chroot { path }) => {
            text(path).and_then(|path| plain(number, &mut [InText(&path)]))
        }
        Syscall::Fchdir(Fchdir { fd }) => plain(number, &mut [int(fd.0)]),
        Syscall::PivotRoot(PivotRoot { new_root, put_old }) => text(new_root).and_then(|new_root| {
            let put_old = text(put_old)?;
            plain(number, &mut [InText(&new_root), InText(&put_old)])
        }),
        Syscall::Sync(Sync {}) => plain(number, &mut []),
        Syscall::Mount(call) => return Some(mount(number, call)),
        Syscall::Umount2(Umount2 { target, flags }) => {
            text(target).and_then(|target| plain(number, &mut [InText(&target), int(flags.bits())]))
        }
        _ => return None,
    };
    Some(unit(made))
}

fn getcwd(number: u32, size: u64) -> Answer {
    let mut buffer = space(size)?;
    let length = plain(number, &mut [Space(&mut buffer)])?;
    // Without the zero byte, which is counted.
    buffer.truncate(length as usize - 1);
    Ok(Cwd(Bytes(buffer)).into())
}

fn mount(number: u32, Mount { source, target, fstype, flags, data }: &Mount) -> Answer {
    let (source, target) = (optional_text(source)?, text(target)?);
    let (fstype, data) = (optional_text(fstype)?, optional_text(data)?);
    unit(plain(
        number,
        &mut [
            MaybeText(source.as_deref()),
            InText(&target),
            MaybeText(fstype.as_deref()),
            Number(flags.bits() as i64),
            MaybeText(data.as_deref()),
        ],
    ))
}

fn statfs(number: u32, path: &Bytes) -> Answer {
    let path = text(path)?;
    let mut s = Structure::zeroed();
    plain(number, &mut [InText(&path), Struct(&mut s)])?;
    Ok(StatfsReply {
        fs_type: s.u32(offset_of!(libc::statfs, f_type)),
        block_size: s.u64(offset_of!(libc::statfs, f_bsize)),
        blocks: s.u64(offset_of!(libc::statfs, f_blocks)),
        blocks_free: s.u64(offset_of!(libc::statfs, f_bfree)),
        files: s.u64(offset_of!(libc::statfs, f_files)),
        files_free: s.u64(offset_of!(libc::statfs, f_ffree)),
    }
    .into())
}
