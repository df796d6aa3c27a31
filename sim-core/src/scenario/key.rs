//! Keys by their names, and what they send.

use super::model::Key;

const NAMED_KEYS: [Key; 13] = [
    Key::Enter,
    Key::Escape,
    Key::Tab,
    Key::Backspace,
    Key::Delete,
    Key::Up,
    Key::Down,
    Key::Right,
    Key::Left,
    Key::Home,
    Key::End,
    Key::PageUp,
    Key::PageDown,
];

impl Key {
    /// The key of this name, as in `[key:name]`.
    pub fn from_name(name: &str) -> Option<Key> {
        let mut chars = name.chars();
        if let (Some(c), None) = (chars.next(), chars.next()) {
            return (!c.is_control()).then_some(Key::Char(c));
        }
        if let Some(number) = name.strip_prefix('F')
            && let Ok(number @ 1..=12) = number.parse()
        {
            return Some(Key::Function(number));
        }
        if let Some(with) = name.strip_prefix("Ctrl-") {
            let mut chars = with.chars();
            return match (chars.next(), chars.next()) {
                (Some(c), None) if c.is_ascii_alphabetic() => Some(Key::Ctrl(c.to_ascii_uppercase())),
                (Some(c @ ('[' | '\\' | ']' | '^' | '_')), None) => Some(Key::Ctrl(c)),
                _ => None,
            };
        }
        NAMED_KEYS.into_iter().find(|key| key.name() == name)
    }

    /// As in `[key:name]`.
    pub fn name(self) -> String {
        let name = match self {
            Key::Enter => "Enter",
            Key::Escape => "Escape",
            Key::Tab => "Tab",
            Key::Backspace => "Backspace",
            Key::Delete => "Delete",
            Key::Up => "Up",
            Key::Down => "Down",
            Key::Right => "Right",
            Key::Left => "Left",
            Key::Home => "Home",
            Key::End => "End",
            Key::PageUp => "PageUp",
            Key::PageDown => "PageDown",
            Key::Function(number) => return format!("F{number}"),
            Key::Ctrl(c) => return format!("Ctrl-{c}"),
            Key::Char(c) => return c.to_string(),
        };
        name.to_owned()
    }

    /// The bytes that an xterm or a serial terminal sends for this key (xterm's ctlseqs, normal mode).
    pub fn bytes(self) -> Vec<u8> {
        let text = match self {
            Key::Enter => "\r",
            Key::Escape => "\x1b",
            Key::Tab => "\t",
            Key::Backspace => "\x7f",
            Key::Delete => "\x1b[3~",
            Key::Up => "\x1b[A",
            Key::Down => "\x1b[B",
            Key::Right => "\x1b[C",
            Key::Left => "\x1b[D",
            Key::Home => "\x1b[H",
            Key::End => "\x1b[F",
            Key::PageUp => "\x1b[5~",
            Key::PageDown => "\x1b[6~",
            Key::Function(number @ 1..=4) => return vec![0x1b, b'O', b'P' + number - 1],
            Key::Function(number) => {
                // The numbers skip 16 and 22, as those of the VT220 did.
                let code = number
                    + if number <= 5 {
                        10
                    } else if number <= 10 {
                        11
                    } else {
                        12
                    };
                return format!("\x1b[{code}~").into_bytes();
            }
            Key::Ctrl(c) => return vec![c as u8 & 0x1f],
            Key::Char(c) => return c.to_string().into_bytes(),
        };
        text.as_bytes().to_vec()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_key_is_found_by_its_name() {
        let others = (1..=12).map(Key::Function).chain([
            Key::Ctrl('C'),
            Key::Ctrl(']'),
            Key::Char(']'),
            Key::Char('F'),
        ]);
        for key in NAMED_KEYS.into_iter().chain(others) {
            assert_eq!(Key::from_name(&key.name()), Some(key));
        }
    }

    #[test]
    fn function_keys_send_what_xterm_sends() {
        let sent = |number| String::from_utf8(Key::Function(number).bytes()).expect("ASCII");
        let all: Vec<String> = (1..=12).map(sent).collect();
        let expected =
            ["OP", "OQ", "OR", "OS", "[15~", "[17~", "[18~", "[19~", "[20~", "[21~", "[23~", "[24~"];
        assert_eq!(all, expected.map(|sequence| format!("\x1b{sequence}")));
        assert_eq!(Key::Ctrl('C').bytes(), [3]);
    }
}
