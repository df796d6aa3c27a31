//! Running a program: execve(2).

use crate::abi::{Bytes, DirFd, Execve, FileType, SigAction, Signal, Unit};
use crate::image;
use crate::kernel::Kernel;
use crate::kernel::event::KernelEvent;
use crate::kernel::security::{CapSet, Cred, Kuid, SysResult, Want, Why, check_access, deny, ensure};
use crate::kernel::table::TaskId;
use crate::kernel::vfs::path::{Follow, Found, lookup};
use crate::kernel::vfs::{Mount, Node};

/// How often a `#!` line may lead to a file with a `#!` line.
const INTERPRETERS_MAX: u32 = 5;
/// comm holds 16 bytes with its final NUL.
const COMM_MAX: usize = 15;

/// What is to be run in the end, after `#!` lines.
struct Image {
    found: Found,
    program: String,
    path: Bytes,
    argv: Vec<Bytes>,
}

/// execve(2): on success the caller's thread is replaced by the program's.
pub fn execve(k: &mut Kernel, caller: TaskId, call: &Execve) -> SysResult<Unit> {
    let image = resolve(k, caller, &call.path, call.argv.clone(), 0)?;
    let cred = cred_after(k, caller, &image);

    let exe_path = {
        let root = k.fs_infos[k.tasks[caller].fs].root;
        k.path_of(image.found.place, image.found.entry.as_ref(), root).unwrap_or_else(|| image.path.clone())
    };
    let table = k.tasks[caller].fds;
    if k.fd_tables[table].users > 1 {
        let own = k.copy_descriptors(table);
        k.release_descriptors(table);
        k.tasks[caller].fds = own;
    }
    close_on_exec(k, caller);
    let task = &mut k.tasks[caller];
    // Handlers are code of the program that is going: signal(7). What is ignored stays ignored.
    task.signals.actions.retain(|_, action| *action == SigAction::SIG_IGN);
    task.signals.caught = Default::default();
    if (task.cred.euid, task.cred.egid) != (cred.euid, cred.egid) {
        task.parent_death_signal = Signal::NONE;
    }
    task.cred = cred;
    let name = image.path.rsplit(|&b| b == b'/').next().unwrap_or_default();
    task.comm = name[..name.len().min(COMM_MAX)].into();
    task.argv = image.argv.clone();
    task.envp = call.envp.clone();
    task.exe = Some((image.found.place, exe_path));
    task.has_execed = true;
    k.exec_request = Some(image.program.clone());
    k.note(KernelEvent::Executed { task: caller, program: image.program.into(), argv: image.argv });
    Ok(Unit)
}

fn resolve(k: &Kernel, caller: TaskId, path: &Bytes, argv: Vec<Bytes>, depth: u32) -> SysResult<Image> {
    ensure(depth <= INTERPRETERS_MAX, Why::InterpretersTooDeep)?;
    let found = lookup(k, caller, DirFd::CWD, path, Follow::Yes)?;
    let inode = found.place.inode;
    ensure(k.file_type(inode) == FileType::Regular, Why::NotExecutable { path: path.clone() })?;
    let noexec = k.mounts[found.place.mount].flags.contains(crate::abi::MountFlags::MS_NOEXEC & Mount::FLAGS);
    ensure(!noexec, Why::NotExecutable { path: path.clone() })?;
    check_access(k, &k.tasks[caller].cred, inode, Want::EXECUTE)?;
    let Some(Node::Regular(content)) = k.inode(inode).map(|inode| &inode.node) else {
        return deny(Why::NotExecutable { path: path.clone() });
    };
    if let Some(line) = content.strip_prefix(b"#!") {
        let (interpreter, argument) = interpreter_line(line);
        ensure(!interpreter.is_empty(), Why::NotAProgram { path: path.clone() })?;
        let mut with = vec![interpreter.clone()];
        with.extend(argument);
        with.push(path.clone());
        with.extend(argv.into_iter().skip(1));
        return resolve_script(k, caller, path, &interpreter, with, depth);
    }
    let Some(program) = image::program_of(content) else {
        return deny(Why::NotAProgram { path: path.clone() });
    };
    ensure((k.knows_program)(program), Why::UnknownProgram { program: program.into() })?;
    Ok(Image { program: program.to_owned(), found, path: path.clone(), argv })
}

/// A script runs its interpreter, but is known by its own name.
fn resolve_script(
    k: &Kernel,
    caller: TaskId,
    script: &Bytes,
    interpreter: &Bytes,
    argv: Vec<Bytes>,
    depth: u32,
) -> SysResult<Image> {
    let mut image = resolve(k, caller, interpreter, argv, depth + 1)?;
    image.path = script.clone();
    Ok(image)
}

/// The interpreter and its one optional argument.
fn interpreter_line(line: &[u8]) -> (Bytes, Option<Bytes>) {
    let line = line.split(|&b| b == b'\n').next().unwrap_or_default().trim_ascii();
    let split = line.iter().position(u8::is_ascii_whitespace).unwrap_or(line.len());
    let (interpreter, rest) = line.split_at(split);
    let rest = rest.trim_ascii();
    (interpreter.into(), (!rest.is_empty()).then(|| rest.into()))
}

fn close_on_exec(k: &mut Kernel, caller: TaskId) {
    let table = k.tasks[caller].fds;
    let entries = &mut k.fd_tables[table].entries;
    let closing: Vec<i32> = entries.iter().filter(|(_, entry)| entry.cloexec).map(|(&fd, _)| fd).collect();
    let files: Vec<_> = closing.iter().filter_map(|fd| entries.remove(fd)).collect();
    for entry in files {
        k.release_file(entry.file);
    }
}

/// Credentials after execve: set-user-id and set-group-id bits, and capabilities(7), "Transformation of
/// capabilities during execve()".
fn cred_after(k: &Kernel, caller: TaskId, image: &Image) -> Cred {
    let task = &k.tasks[caller];
    let mut cred = task.cred.clone();
    let file = k.attributes(image.found.place.inode);
    let mount = &k.mounts[image.found.place.mount];
    let ns = &k.user_ns[cred.user_ns];
    // Ids that the namespace does not map cannot be taken on; nor on a mount of a foreign namespace.
    let mapped = ns.uid_map.from_kernel(file.uid.0).is_some() && ns.gid_map.from_kernel(file.gid.0).is_some();
    let setid = mapped && !task.no_new_privs && !mount.flags.contains(crate::abi::MountFlags::MS_NOSUID);
    if setid && file.mode & 0o4000 != 0 {
        cred.euid = file.uid;
    }
    if setid && file.mode & 0o2010 == 0o2010 {
        cred.egid = file.gid;
    }
    let changed = (cred.euid, cred.egid) != (task.cred.euid, task.cred.egid);
    cred.suid = cred.euid;
    cred.sgid = cred.egid;

    let root = ns.uid_map.to_kernel(0).map(Kuid);
    let ambient = if changed { CapSet::EMPTY } else { task.cred.ambient };
    // Root's programs count as having all capabilities in their file.
    let (file_permitted, file_inheritable, file_effective) = if Some(cred.euid) == root {
        (CapSet::FULL, CapSet::FULL, true)
    } else if Some(cred.ruid) == root {
        (CapSet::FULL, CapSet::FULL, false)
    } else {
        (CapSet::EMPTY, CapSet::EMPTY, false)
    };
    let inherited = cred.inheritable.intersection(file_inheritable);
    cred.permitted = file_permitted.intersection(cred.bounding).union(inherited).union(ambient);
    cred.effective = if file_effective { cred.permitted } else { ambient };
    cred.ambient = ambient;
    cred
}
