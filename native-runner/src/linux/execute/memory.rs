//! The one place where a system call is made, and how its memory is passed and read.

use std::ffi::CStr;

/// An argument of a system call, together with the memory that it points to.
pub(super) enum Argument<'a> {
    Number(i64),
    Text(&'a CStr),
    /// A string or a null pointer.
    MaybeText(Option<&'a CStr>),
    /// Two arguments: where the bytes are, and how many.
    Bytes(&'a [u8]),
    /// Two arguments: where the kernel may write, and how much.
    Space(&'a mut [u8]),
    /// Two arguments, the other way round.
    SizedSpace(&'a mut [u8]),
    /// Two arguments: how many ids there is room for, and where.
    Ids(&'a mut [u32]),
    /// A structure that the kernel reads, or writes, or both.
    Structure(&'a mut Structure),
    /// An array of strings that a null pointer ends.
    Texts(&'a [&'a CStr]),
}

/// Room for any structure of the table's calls; the largest that the kernel writes is `struct utsname`
/// with 390 bytes.
pub(super) struct Structure(pub(super) [u8; 512]);

impl Structure {
    pub(super) fn zeroed() -> Structure {
        Structure([0; 512])
    }

    pub(super) fn u16(&self, offset: usize) -> u16 {
        u16::from_ne_bytes(self.array(offset))
    }

    pub(super) fn u32(&self, offset: usize) -> u32 {
        u32::from_ne_bytes(self.array(offset))
    }

    pub(super) fn i32(&self, offset: usize) -> i32 {
        i32::from_ne_bytes(self.array(offset))
    }

    pub(super) fn u64(&self, offset: usize) -> u64 {
        u64::from_ne_bytes(self.array(offset))
    }

    pub(super) fn i64(&self, offset: usize) -> i64 {
        i64::from_ne_bytes(self.array(offset))
    }

    /// The C string in the `length` bytes from `offset`.
    pub(super) fn text(&self, offset: usize, length: usize) -> Vec<u8> {
        let field = &self.0[offset..offset + length];
        field.iter().copied().take_while(|&byte| byte != 0).collect()
    }

    pub(super) fn put(&mut self, offset: usize, bytes: &[u8]) {
        self.0[offset..offset + bytes.len()].copy_from_slice(bytes);
    }

    fn array<const N: usize>(&self, offset: usize) -> [u8; N] {
        self.0[offset..offset + N].try_into().expect("the slice has the array's length")
    }
}

/// Makes a system call. The error is the kernel's number.
pub(super) fn system_call(number: u32, arguments: &mut [Argument<'_>]) -> Result<i64, i32> {
    let mut words: Vec<usize> = Vec::with_capacity(6);
    let mut tables: Vec<Vec<usize>> = Vec::new();
    for argument in arguments {
        match argument {
            Argument::Number(number) => words.push(*number as usize),
            Argument::Text(text) => words.push(text.as_ptr().expose_provenance()),
            Argument::MaybeText(text) => words.push(text.map_or(0, |text| text.as_ptr().expose_provenance())),
            Argument::Bytes(bytes) => words.extend([bytes.as_ptr().expose_provenance(), bytes.len()]),
            Argument::Space(space) => words.extend([space.as_mut_ptr().expose_provenance(), space.len()]),
            Argument::SizedSpace(space) => {
                words.extend([space.len(), space.as_mut_ptr().expose_provenance()])
            }
            Argument::Ids(ids) => words.extend([ids.len(), ids.as_mut_ptr().expose_provenance()]),
            Argument::Structure(structure) => words.push(structure.0.as_mut_ptr().expose_provenance()),
            Argument::Texts(texts) => {
                let table: Vec<usize> =
                    texts.iter().map(|text| text.as_ptr().expose_provenance()).chain([0]).collect();
                words.push(table.as_ptr().expose_provenance());
                tables.push(table);
            }
        }
    }
    words.resize(6, 0);
    let [a, b, c, d, e, f] = words[..] else { panic!("a system call has at most six arguments") };
    // SAFETY: every address is that of memory that `arguments` (or `tables`) holds until the call has
    // returned. What the kernel writes to is borrowed mutably, and is as long as the length beside it
    // says, or longer than any structure. No call of the table keeps an address beyond its return, and
    // those that take over memory or flow of control (clone, the handlers of rt_sigaction) do not come
    // here.
    let answer = unsafe { libc::syscall(i64::from(number), a, b, c, d, e, f) };
    drop(tables);
    match answer {
        -1 => Err(std::io::Error::last_os_error().raw_os_error().expect("the error comes from the kernel")),
        answer => Ok(answer),
    }
}
