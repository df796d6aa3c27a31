//! The kernel's command line: what the kernel takes for itself, and what it leaves to the first program.
//! kernel-command-line(7), Documentation/admin-guide/kernel-parameters.txt.

use crate::kernel::Kernel;
use crate::kernel::event::KernelEvent;
use crate::kernel::table::TaskId;

/// What this kernel does something about. GRUB names the file it has loaded; nobody is told of that.
const MODELLED: [&str; 12] = [
    "BOOT_IMAGE",
    "console",
    "debug",
    "init",
    "loglevel",
    "panic",
    "quiet",
    "rdinit",
    "ro",
    "root",
    "rootdelay",
    "rw",
];

/// What Linux does something about, and this kernel does not.
const UNMODELLED: [&str; 40] = [
    "acpi",
    "apparmor",
    "audit",
    "cgroup_disable",
    "cgroup_no_v1",
    "crashkernel",
    "default_hugepagesz",
    "earlyprintk",
    "hugepages",
    "hugepagesz",
    "ignore_loglevel",
    "initcall_debug",
    "iommu",
    "isolcpus",
    "lockdown",
    "log_buf_len",
    "lsm",
    "maxcpus",
    "mem",
    "memmap",
    "mitigations",
    "net.ifnames",
    "noapic",
    "nokaslr",
    "nolapic",
    "nomodeset",
    "noresume",
    "nosmp",
    "nosmt",
    "nr_cpus",
    "oops",
    "pci",
    "possible_cpus",
    "resume",
    "rootflags",
    "rootfstype",
    "rootwait",
    "security",
    "selinux",
    "swiotlb",
];

impl Kernel {
    /// What the first program gets of the command line: words as arguments, settings as environment.
    /// `unknown_bootoption` in init/main.c.
    pub(super) fn words_for_init(&self) -> [Vec<String>; 2] {
        let is_for_init = |word: &&str| {
            let name = word.split('=').next().unwrap_or_default();
            // A name with a dot is a module's, or systemd's, which looks for it itself.
            !name.contains('.') && !MODELLED.contains(&name) && !UNMODELLED.contains(&name)
        };
        let before_dashes = self.info.command_line.split_ascii_whitespace().take_while(|word| *word != "--");
        let behind = self.info.command_line.split_ascii_whitespace().skip_while(|word| *word != "--").skip(1);
        let (variables, mut words): (Vec<String>, Vec<String>) =
            before_dashes.filter(is_for_init).map(str::to_owned).partition(|word| word.contains('='));
        words.extend(behind.map(str::to_owned));
        [words, variables]
    }
}

/// Says what was asked for in vain.
pub(super) fn note_unmodelled(k: &mut Kernel, init: TaskId) {
    let words: Vec<String> = k.info.command_line.split_ascii_whitespace().map(str::to_owned).collect();
    for word in words {
        if UNMODELLED.contains(&word.split('=').next().unwrap_or_default()) {
            let what = format!("the kernel parameter {word}").as_str().into();
            k.note(KernelEvent::Unmodelled { task: init, what });
        }
    }
}
