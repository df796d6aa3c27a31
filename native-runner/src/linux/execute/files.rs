//! Files and descriptors.

use std::mem::offset_of;

use sim_core::abi::*;

use super::memory::Argument::{Bytes as InBytes, Number, Space, Structure as Struct, Text as InText};
use super::memory::Structure;
use super::{Answer, Fault, ioctl, padded, plain, space, text};

pub(super) fn execute(number: u32, call: &Syscall) -> Option<Answer> {
    Some(match call {
        Syscall::Read(call) => read(number, call),
        Syscall::Write(call) => write(number, call),
        Syscall::Close(Close { fd }) => unit(plain(number, &mut [int(fd.0)])),
        Syscall::Fstat(Fstat { fd }) => stat(|to| plain(number, &mut [int(fd.0), Struct(to)])),
        Syscall::Lseek(Lseek { fd, offset, whence }) => {
            plain(number, &mut [int(fd.0), int(*offset), int(whence.value())]).map(|at| Offset(at).into())
        }
        Syscall::Ioctl(call) => ioctl::execute(number, call),
        Syscall::Dup(Dup { oldfd }) => fd(plain(number, &mut [int(oldfd.0)])),
        Syscall::Dup3(Dup3 { oldfd, newfd, flags }) => {
            fd(plain(number, &mut [int(oldfd.0), int(newfd.0), int(flags.bits())]))
        }
        Syscall::Fcntl(Fcntl { fd, command }) => fcntl(number, *fd, *command),
        Syscall::Ftruncate(Ftruncate { fd, length }) => unit(plain(number, &mut [int(fd.0), int(*length)])),
        Syscall::Getdents64(call) => getdents(number, call),
        Syscall::Pipe2(Pipe2 { flags }) => pipe(number, *flags),
        _ => return paths(number, call),
    })
}

/// The calls that name a file by a path.
fn paths(number: u32, call: &Syscall) -> Option<Answer> {
    let made = match call {
        Syscall::Openat(Openat { dirfd, path, flags, mode }) => {
            return Some(text(path).and_then(|path| {
                fd(plain(number, &mut [int(dirfd.0), InText(&path), int(flags.bits()), int(mode.0)]))
            }));
        }
        Syscall::Newfstatat(Newfstatat { dirfd, path, flags }) => {
            return Some(text(path).and_then(|path| {
                stat(|to| plain(number, &mut [int(dirfd.0), InText(&path), Struct(to), int(flags.bits())]))
            }));
        }
        Syscall::Readlinkat(call) => return Some(readlink(number, call)),
        Syscall::Mkdirat(Mkdirat { dirfd, path, mode })
        | Syscall::Fchmodat(Fchmodat { dirfd, path, mode }) => {
            text(path).and_then(|path| plain(number, &mut [int(dirfd.0), InText(&path), int(mode.0)]))
        }
        Syscall::Mknodat(Mknodat { dirfd, path, mode, dev }) => text(path).and_then(|path| {
            let device = libc::makedev(dev.major, dev.minor);
            plain(number, &mut [int(dirfd.0), InText(&path), int(mode.bits()), Number(device as i64)])
        }),
        Syscall::Fchownat(Fchownat { dirfd, path, owner, group, flags }) => text(path).and_then(|path| {
            plain(number, &mut [int(dirfd.0), InText(&path), int(owner.0), int(group.0), int(flags.bits())])
        }),
        Syscall::Unlinkat(Unlinkat { dirfd, path, flags }) => {
            text(path).and_then(|path| plain(number, &mut [int(dirfd.0), InText(&path), int(flags.bits())]))
        }
        Syscall::Linkat(Linkat { olddirfd, oldpath, newdirfd, newpath, flags }) => both(oldpath, newpath)
            .and_then(|(old, new)| {
                let flags = int(flags.bits());
                plain(number, &mut [int(olddirfd.0), InText(&old), int(newdirfd.0), InText(&new), flags])
            }),
        Syscall::Renameat2(Renameat2 { olddirfd, oldpath, newdirfd, newpath, flags }) => {
            both(oldpath, newpath).and_then(|(old, new)| {
                let flags = int(flags.bits());
                plain(number, &mut [int(olddirfd.0), InText(&old), int(newdirfd.0), InText(&new), flags])
            })
        }
        Syscall::Symlinkat(Symlinkat { target, newdirfd, linkpath }) => both(target, linkpath)
            .and_then(|(target, link)| plain(number, &mut [InText(&target), int(newdirfd.0), InText(&link)])),
        Syscall::Utimensat(Utimensat { dirfd, path, times: Null, flags }) => text(path)
            .and_then(|path| plain(number, &mut [int(dirfd.0), InText(&path), Number(0), int(flags.bits())])),
        Syscall::Faccessat2(Faccessat2 { dirfd, path, mode, flags }) => text(path).and_then(|path| {
            plain(number, &mut [int(dirfd.0), InText(&path), int(mode.bits()), int(flags.bits())])
        }),
        _ => return None,
    };
    Some(unit(made))
}

/// A number as an argument.
pub(super) fn int(number: impl Into<i64>) -> super::Argument<'static> {
    Number(number.into())
}

pub(super) fn unit(made: Result<i64, Fault>) -> Answer {
    made.map(|_| Unit.into())
}

fn fd(made: Result<i64, Fault>) -> Answer {
    made.map(|fd| Fd(fd as i32).into())
}

fn both(one: &Bytes, other: &Bytes) -> Result<(std::ffi::CString, std::ffi::CString), Fault> {
    Ok((text(one)?, text(other)?))
}

fn read(number: u32, Read { fd, count }: &Read) -> Answer {
    let mut buffer = space(*count)?;
    let length = plain(number, &mut [int(fd.0), Space(&mut buffer)])?;
    buffer.truncate(length as usize);
    Ok(Data(Bytes(buffer)).into())
}

fn write(number: u32, Write { fd, buf, count }: &Write) -> Answer {
    let buffer = padded(buf, *count)?;
    plain(number, &mut [int(fd.0), InBytes(&buffer)]).map(|count| Count(count as u64).into())
}

fn readlink(number: u32, Readlinkat { dirfd, path, bufsiz }: &Readlinkat) -> Answer {
    let path = text(path)?;
    let mut buffer = space(*bufsiz)?;
    let length = plain(number, &mut [int(dirfd.0), InText(&path), Space(&mut buffer)])?;
    buffer.truncate(length as usize);
    Ok(Data(Bytes(buffer)).into())
}

fn pipe(number: u32, flags: OpenFlags) -> Answer {
    let mut ends = Structure::zeroed();
    plain(number, &mut [Struct(&mut ends), int(flags.bits())])?;
    Ok(PipeEnds { read: Fd(ends.i32(0)), write: Fd(ends.i32(4)) }.into())
}

fn fcntl(number: u32, fd: Fd, command: FcntlCommand) -> Answer {
    let (command, argument) = match command {
        FcntlCommand::F_DUPFD(least) => (libc::F_DUPFD, i64::from(least)),
        FcntlCommand::F_DUPFD_CLOEXEC(least) => (libc::F_DUPFD_CLOEXEC, i64::from(least)),
        FcntlCommand::F_GETFD => (libc::F_GETFD, 0),
        FcntlCommand::F_SETFD(flags) => (libc::F_SETFD, i64::from(flags)),
        FcntlCommand::F_GETFL => (libc::F_GETFL, 0),
        FcntlCommand::F_SETFL(flags) => (libc::F_SETFL, i64::from(flags.bits())),
        FcntlCommand::Other(command) => (command, 0),
    };
    plain(number, &mut [int(fd.0), int(command), Number(argument)]).map(|value| Count(value as u64).into())
}

/// stat(2): `struct stat` of asm/stat.h.
fn stat(fill: impl FnOnce(&mut Structure) -> Result<i64, Fault>) -> Answer {
    let mut s = Structure::zeroed();
    fill(&mut s)?;
    let time = |seconds, nanoseconds| Timespec { seconds: s.i64(seconds), nanoseconds: s.i64(nanoseconds) };
    let mode = s.u32(offset_of!(libc::stat, st_mode));
    Ok(Stat {
        dev: device(s.u64(offset_of!(libc::stat, st_dev))),
        ino: s.u64(offset_of!(libc::stat, st_ino)),
        mode: FileMode {
            file_type: FileType::from_mode_bits(mode).unwrap_or(FileType::Regular),
            permissions: Mode(mode & 0o7777),
        },
        nlink: s.u64(offset_of!(libc::stat, st_nlink)),
        uid: Uid(s.u32(offset_of!(libc::stat, st_uid))),
        gid: Gid(s.u32(offset_of!(libc::stat, st_gid))),
        rdev: device(s.u64(offset_of!(libc::stat, st_rdev))),
        size: s.i64(offset_of!(libc::stat, st_size)),
        block_size: s.i64(offset_of!(libc::stat, st_blksize)),
        blocks: s.i64(offset_of!(libc::stat, st_blocks)),
        accessed: time(offset_of!(libc::stat, st_atime), offset_of!(libc::stat, st_atime_nsec)),
        modified: time(offset_of!(libc::stat, st_mtime), offset_of!(libc::stat, st_mtime_nsec)),
        changed: time(offset_of!(libc::stat, st_ctime), offset_of!(libc::stat, st_ctime_nsec)),
    }
    .into())
}

fn device(number: u64) -> Dev {
    Dev { major: libc::major(number), minor: libc::minor(number) }
}

/// getdents(2): `struct linux_dirent64` is inode, offset, length of the entry, type, name.
fn getdents(number: u32, Getdents64 { fd, count }: &Getdents64) -> Answer {
    let mut buffer = space(*count)?;
    let length = plain(number, &mut [int(fd.0), Space(&mut buffer)])? as usize;
    let mut entries = Vec::new();
    let mut rest = &buffer[..length];
    while let Some((head, _)) = rest.split_first_chunk::<19>() {
        let entry_length = usize::from(u16::from_ne_bytes([head[16], head[17]]));
        let name = rest[19..entry_length].split(|&byte| byte == 0).next().unwrap_or_default();
        entries.push(Dirent {
            ino: u64::from_ne_bytes(*head.first_chunk().expect("19 bytes begin with 8")),
            // The type as in st_mode, shifted down: inode(7), "The file type and mode".
            file_type: FileType::from_mode_bits(u32::from(head[18]) << 12).unwrap_or(FileType::Regular),
            name: Bytes(name.to_vec()),
        });
        rest = &rest[entry_length..];
    }
    Ok(Dirents(entries).into())
}
