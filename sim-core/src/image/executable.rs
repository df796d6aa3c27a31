//! Executables of the image: real ELF files that name their program in a note.
//!
//! The kernel's exec reads the note and asks user space's registry for the program of that name, so a
//! copy of `/bin/ls` is `ls` wherever it lies and whatever it is called. elf(5) describes the layout.

const ELF_MAGIC: &[u8; 4] = b"\x7fELF";
const ELF_HEADER_LEN: u16 = 64;
const PROGRAM_HEADER_LEN: u16 = 56;
const PT_LOAD: u32 = 1;
const PT_NOTE: u32 = 4;
/// Where a static x86-64 executable is usually linked to.
const LOAD_ADDRESS: u64 = 0x40_0000;
/// The owner of our note, with its null byte, padded to four bytes as notes are.
const NOTE_OWNER: &[u8; 12] = b"Glasshull\0\0\0";
const NOTE_OWNER_LEN: u32 = 10;
const NOTE_NAMES_THE_PROGRAM: u32 = 1;

/// An x86-64 ELF executable whose note says which program it is.
pub fn executable(program: &str) -> Vec<u8> {
    let note = note(program);
    let note_offset = u64::from(ELF_HEADER_LEN + 2 * PROGRAM_HEADER_LEN);
    let file_len = note_offset + note.len() as u64;
    let mut file = elf_header(LOAD_ADDRESS + note_offset);
    let (readable, executable) = (4, 1);
    file.extend(program_header(PT_LOAD, readable | executable, 0, file_len, 0x1000));
    file.extend(program_header(PT_NOTE, readable, note_offset, note.len() as u64, 4));
    file.extend(note);
    file
}

fn elf_header(entry: u64) -> Vec<u8> {
    let mut header = Vec::with_capacity(usize::from(ELF_HEADER_LEN));
    header.extend(ELF_MAGIC);
    header.extend([2, 1, 1, 0]); // 64 bits, little endian, version 1, System V
    header.extend([0; 8]);
    header.extend(2u16.to_le_bytes()); // ET_EXEC
    header.extend(62u16.to_le_bytes()); // EM_X86_64
    header.extend(1u32.to_le_bytes());
    header.extend(entry.to_le_bytes());
    header.extend(u64::from(ELF_HEADER_LEN).to_le_bytes()); // program headers follow at once
    header.extend(0u64.to_le_bytes()); // no sections
    header.extend(0u32.to_le_bytes());
    for field in [ELF_HEADER_LEN, PROGRAM_HEADER_LEN, 2, 0, 0, 0] {
        header.extend(field.to_le_bytes());
    }
    header
}

fn program_header(kind: u32, flags: u32, offset: u64, len: u64, align: u64) -> Vec<u8> {
    let mut header = Vec::with_capacity(usize::from(PROGRAM_HEADER_LEN));
    header.extend(kind.to_le_bytes());
    header.extend(flags.to_le_bytes());
    let address = LOAD_ADDRESS + offset;
    for field in [offset, address, address, len, len, align] {
        header.extend(field.to_le_bytes());
    }
    header
}

fn note(program: &str) -> Vec<u8> {
    let mut note = Vec::new();
    let name_len = u32::try_from(program.len()).expect("a program's name is short");
    for field in [NOTE_OWNER_LEN, name_len, NOTE_NAMES_THE_PROGRAM] {
        note.extend(field.to_le_bytes());
    }
    note.extend(NOTE_OWNER);
    note.extend(program.as_bytes());
    note.resize(note.len().next_multiple_of(4), 0);
    note
}

/// The program an executable names, or none if the bytes are no executable of ours (for exec(2):
/// ENOEXEC).
pub fn program_of(file: &[u8]) -> Option<&str> {
    if !file.starts_with(ELF_MAGIC) {
        return None;
    }
    let headers_offset = u64_at(file, 32)?;
    let header_count = u64::from(u16_at(file, 56)?);
    for index in 0..header_count {
        let offset = headers_offset.checked_add(index * u64::from(PROGRAM_HEADER_LEN))?;
        let header = file.get(usize::try_from(offset).ok()?..)?;
        if u32_at(header, 0)? == PT_NOTE {
            let note_offset = usize::try_from(u64_at(header, 8)?).ok()?;
            return program_in_note(file.get(note_offset..)?);
        }
    }
    None
}

fn program_in_note(note: &[u8]) -> Option<&str> {
    let (owner_len, name_len, kind) = (u32_at(note, 0)?, u32_at(note, 4)?, u32_at(note, 8)?);
    let rest = note.get(12..)?;
    if owner_len != NOTE_OWNER_LEN || kind != NOTE_NAMES_THE_PROGRAM || !rest.starts_with(NOTE_OWNER) {
        return None;
    }
    let name = rest.get(NOTE_OWNER.len()..)?.get(..name_len as usize)?;
    std::str::from_utf8(name).ok()
}

fn u16_at(bytes: &[u8], offset: usize) -> Option<u16> {
    Some(u16::from_le_bytes(*bytes.get(offset..)?.first_chunk()?))
}

fn u32_at(bytes: &[u8], offset: usize) -> Option<u32> {
    Some(u32::from_le_bytes(*bytes.get(offset..)?.first_chunk()?))
}

fn u64_at(bytes: &[u8], offset: usize) -> Option<u64> {
    Some(u64::from_le_bytes(*bytes.get(offset..)?.first_chunk()?))
}

#[cfg(test)]
mod tests {
    use super::{executable, program_of};

    #[test]
    fn an_executable_names_its_program_and_nothing_else_does() {
        let ls = executable("ls");
        assert_eq!(program_of(&ls), Some("ls"));
        assert_eq!(program_of(&executable("switch_root")), Some("switch_root"));
        assert_eq!(program_of(b""), None);
        assert_eq!(program_of(b"#!/bin/sh\n"), None);
        assert_eq!(program_of(b"\x7fELF"), None);
        for len in 0..ls.len() - 2 {
            assert_eq!(program_of(&ls[..len]), None, "cut to {len} bytes");
        }
    }
}
