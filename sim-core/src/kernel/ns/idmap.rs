//! Maps between the ids inside and outside a user namespace: user_namespaces(7).

/// A range of ids.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Extent {
    /// The first id inside.
    pub inside: u32,
    /// The first id in the parent namespace, as it was written.
    pub parent: u32,
    /// The same id as the kernel knows it.
    pub kernel: u32,
    pub count: u32,
}

/// The map of a user namespace; empty until it is written.
#[derive(Clone, Debug, Default)]
pub struct IdMap {
    pub extents: Vec<Extent>,
}

/// What an id without a mapping looks like: /proc/sys/kernel/overflowuid.
pub const OVERFLOW_ID: u32 = 65_534;

impl IdMap {
    /// Every id is itself: the initial namespace.
    pub fn identity() -> IdMap {
        IdMap { extents: vec![Extent { inside: 0, parent: 0, kernel: 0, count: u32::MAX }] }
    }

    pub fn is_written(&self) -> bool {
        !self.extents.is_empty()
    }

    /// The id inside of one that the kernel knows.
    pub fn from_kernel(&self, id: u32) -> Option<u32> {
        self.extents.iter().find_map(|extent| shift(id, extent.kernel, extent.inside, extent.count))
    }

    pub fn from_kernel_or_overflow(&self, id: u32) -> u32 {
        self.from_kernel(id).unwrap_or(OVERFLOW_ID)
    }

    /// The kernel's id of one inside.
    pub fn to_kernel(&self, id: u32) -> Option<u32> {
        self.extents.iter().find_map(|extent| shift(id, extent.inside, extent.kernel, extent.count))
    }

    /// The kernel's first id of a whole range inside, where one extent covers it.
    pub fn range_to_kernel(&self, first: u32, count: u32) -> Option<u32> {
        self.extents.iter().find_map(|extent| {
            let last = first.checked_add(count - 1)?;
            shift(last, extent.inside, extent.kernel, extent.count)?;
            shift(first, extent.inside, extent.kernel, extent.count)
        })
    }
}

fn shift(id: u32, from: u32, to: u32, count: u32) -> Option<u32> {
    let offset = id.checked_sub(from)?;
    (offset < count).then(|| to + offset)
}
