//! Bytes of the serial line as keys.

use std::collections::VecDeque;

/// A key of GRUB's serial terminal. Control combinations arrive as bytes, and so does Enter.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Key {
    Char(char),
    /// Control and a letter, given in lower case.
    Control(char),
    Enter,
    Tab,
    Backspace,
    Delete,
    Escape,
    Up,
    Down,
    Left,
    Right,
    Home,
    End,
    F(u8),
}

/// What is at the front of the queue.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Read {
    Key(Key),
    /// The start of an escape sequence, or the Escape key: time will tell.
    Unfinished,
    Empty,
}

const SEQUENCES: &[(&[u8], Key)] = &[
    (b"[A", Key::Up),
    (b"[B", Key::Down),
    (b"[C", Key::Right),
    (b"[D", Key::Left),
    (b"OA", Key::Up),
    (b"OB", Key::Down),
    (b"OC", Key::Right),
    (b"OD", Key::Left),
    (b"[H", Key::Home),
    (b"[F", Key::End),
    (b"[1~", Key::Home),
    (b"[3~", Key::Delete),
    (b"[4~", Key::End),
    (b"OP", Key::F(1)),
    (b"OQ", Key::F(2)),
    (b"[21~", Key::F(10)),
];

/// Takes the next key. Bytes that are no key are dropped.
pub(super) fn read(queue: &mut VecDeque<u8>) -> Read {
    loop {
        let Some(&byte) = queue.front() else { return Read::Empty };
        if byte == 0x1b {
            return read_sequence(queue);
        }
        queue.pop_front();
        let key = match byte {
            b'\r' | b'\n' => Key::Enter,
            b'\t' => Key::Tab,
            0x08 | 0x7f => Key::Backspace,
            0x01..=0x1a => Key::Control(char::from(byte - 1 + b'a')),
            b' '..=b'~' => Key::Char(char::from(byte)),
            _ => continue,
        };
        return Read::Key(key);
    }
}

fn read_sequence(queue: &mut VecDeque<u8>) -> Read {
    let rest: Vec<u8> = queue.iter().skip(1).copied().take(4).collect();
    if let Some((sequence, key)) = SEQUENCES.iter().find(|(sequence, _)| rest.starts_with(sequence)) {
        queue.drain(..=sequence.len());
        return Read::Key(*key);
    }
    if SEQUENCES.iter().any(|(sequence, _)| sequence.starts_with(&rest)) {
        return Read::Unfinished;
    }
    queue.pop_front();
    Read::Key(Key::Escape)
}

/// The time for the rest of a sequence is over: what looked like one was the Escape key.
pub(super) fn read_as_escape(queue: &mut VecDeque<u8>) -> Option<Key> {
    (queue.pop_front()? == 0x1b).then_some(Key::Escape)
}
