//! How much memory there is and how much is used: what free(1) shows. Address spaces are not modelled: a task
//! counts for what a small program takes.

use super::Kernel;
use super::table::TaskId;
use super::vfs::Node;

/// Memory, in bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Memory {
    /// What is left of the RAM when the kernel has taken its share.
    pub total_bytes: u64,
    pub free_bytes: u64,
    /// File contents: page cache and tmpfs.
    pub cached_bytes: u64,
    /// The part of it that is tmpfs.
    pub shared_bytes: u64,
}

/// What the kernel reserves for itself: its image, and one page in 64 to describe the others.
const KERNEL_BYTES: u64 = 48 << 20;
/// A small program's resident set.
pub(super) const TASK_RESIDENT_BYTES: u64 = 1536 << 10;
/// The addresses that a small program and its C library take.
pub(super) const TASK_VIRTUAL_BYTES: u64 = 3060 << 10;
/// A kernel stack, of which eight fill the memory at most with tasks: set_max_threads() in kernel/fork.c.
const STACK_BYTES: u64 = 16 << 10;

impl Kernel {
    /// What a task's memory is taken to be, in bytes.
    pub fn resident_bytes(&self, task: TaskId) -> u64 {
        if self.is_alive(task) { TASK_RESIDENT_BYTES } else { 0 }
    }

    /// How many tasks there may be: /proc/sys/kernel/threads-max.
    pub(super) fn threads_max(&self) -> u64 {
        (self.memory().total_bytes / (STACK_BYTES * 8)).max(20)
    }

    pub fn memory(&self) -> Memory {
        let total_bytes =
            self.info.ram_bytes - self.info.ram_bytes / 64 - KERNEL_BYTES.min(self.info.ram_bytes / 2);
        let shared_bytes: u64 = self
            .supers
            .iter()
            .flat_map(|(_, sb)| sb.inodes.values())
            .map(|inode| match &inode.node {
                Node::Regular(data) => (data.len() as u64).next_multiple_of(4096),
                _ => 0,
            })
            .sum();
        let tasks_bytes = u64::from(self.tasks.len()) * TASK_RESIDENT_BYTES;
        let free_bytes = total_bytes.saturating_sub(shared_bytes + tasks_bytes);
        Memory { total_bytes, free_bytes, cached_bytes: shared_bytes, shared_bytes }
    }
}
