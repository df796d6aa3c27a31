//! Where the kernel keeps its entities: tables with typed ids that are never used twice.

use std::collections::BTreeMap;
use std::fmt;
use std::ops::{Index, IndexMut};

use serde::{Deserialize, Serialize};

/// Entities of one kind, by id, in the order they were made.
#[derive(Debug)]
pub struct Table<I, T> {
    rows: BTreeMap<I, T>,
    next: u32,
}

/// An id of a row: a number from 1.
pub trait Id: Copy + Ord + fmt::Debug {
    fn from_number(number: u32) -> Self;
}

impl<I: Id, T> Default for Table<I, T> {
    fn default() -> Self {
        Table { rows: BTreeMap::new(), next: 1 }
    }
}

impl<I: Id, T> Table<I, T> {
    pub fn insert(&mut self, row: T) -> I {
        self.insert_with(|_| row)
    }

    /// For a row that knows its own id.
    pub fn insert_with(&mut self, make: impl FnOnce(I) -> T) -> I {
        let id = self.next_id();
        self.next += 1;
        self.rows.insert(id, make(id));
        id
    }

    /// The id that the next row gets.
    pub fn next_id(&self) -> I {
        I::from_number(self.next)
    }

    pub fn get(&self, id: I) -> Option<&T> {
        self.rows.get(&id)
    }

    pub fn get_mut(&mut self, id: I) -> Option<&mut T> {
        self.rows.get_mut(&id)
    }

    pub fn remove(&mut self, id: I) -> Option<T> {
        self.rows.remove(&id)
    }

    pub fn contains(&self, id: I) -> bool {
        self.rows.contains_key(&id)
    }

    pub fn iter(&self) -> impl DoubleEndedIterator<Item = (I, &T)> {
        self.rows.iter().map(|(&id, row)| (id, row))
    }

    pub fn iter_mut(&mut self) -> impl Iterator<Item = (I, &mut T)> {
        self.rows.iter_mut().map(|(&id, row)| (id, row))
    }

    pub fn ids(&self) -> impl DoubleEndedIterator<Item = I> {
        self.rows.keys().copied()
    }

    pub fn len(&self) -> u32 {
        self.rows.len() as u32
    }

    pub fn is_empty(&self) -> bool {
        self.rows.is_empty()
    }
}

impl<I: Id, T> Index<I> for Table<I, T> {
    type Output = T;

    /// Panics on an id whose row is gone: ids are held only while what they name exists.
    fn index(&self, id: I) -> &T {
        self.rows.get(&id).unwrap_or_else(|| panic!("{id:?} is gone"))
    }
}

impl<I: Id, T> IndexMut<I> for Table<I, T> {
    fn index_mut(&mut self, id: I) -> &mut T {
        self.rows.get_mut(&id).unwrap_or_else(|| panic!("{id:?} is gone"))
    }
}

macro_rules! table_ids {
    ($($(#[$doc:meta])* $name:ident,)*) => {$(
        $(#[$doc])*
        #[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(transparent)]
        pub struct $name(pub u32);

        impl Id for $name {
            fn from_number(number: u32) -> Self {
                $name(number)
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, concat!(stringify!($name), " {}"), self.0)
            }
        }
    )*};
}

table_ids! {
    /// A task, for the whole life of the machine. What user space calls its pid depends on who asks.
    TaskId,
    /// A user namespace.
    UserNsId,
    /// A pid namespace.
    PidNsId,
    /// A mount namespace.
    MntNsId,
    /// A UTS namespace.
    UtsNsId,
    /// A mounted file system's instance: what `struct super_block` is in Linux.
    SuperId,
    /// A mount.
    MountId,
    /// An open file description: what descriptors refer to.
    FileId,
    /// A table of descriptors, shared by tasks cloned with `CLONE_FILES`.
    FdTableId,
    /// Root, working directory and umask, shared by tasks cloned with `CLONE_FS`.
    FsInfoId,
    /// A pipe.
    PipeId,
    /// A terminal.
    TtyId,
}
