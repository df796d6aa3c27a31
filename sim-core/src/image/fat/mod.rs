//! FAT volumes: making one on a partition, and reading files from it.

mod make;
mod read;

pub use make::{Identity, make};
pub use read::{DirectoryEntry, EntryKind, Extent, Found, NotFound, identity, open};
