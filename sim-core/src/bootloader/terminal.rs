//! GRUB's serial terminal: 80 columns, 24 rows, a VT100's escape sequences.

/// The terminal of `terminal_output serial`. It keeps count of where the cursor is, as GRUB does.
#[derive(Debug)]
pub(super) struct Terminal {
    out: Vec<u8>,
    /// From 1.
    row: u32,
    /// From 1.
    column: u32,
}

pub(super) const WIDTH: u32 = 80;
const HEIGHT: u32 = 24;
/// Messages leave the last column free.
const MESSAGE_WIDTH: u32 = WIDTH - 1;
const TAB: u32 = 8;

impl Default for Terminal {
    fn default() -> Self {
        Terminal { out: Vec::new(), row: 1, column: 1 }
    }
}

impl Terminal {
    /// What is to be sent.
    pub(super) fn take(&mut self) -> Vec<u8> {
        std::mem::take(&mut self.out)
    }

    pub(super) fn row(&self) -> u32 {
        self.row
    }

    /// Sends bytes that do not move the cursor.
    pub(super) fn control(&mut self, sequence: &str) {
        self.out.extend_from_slice(sequence.as_bytes());
    }

    pub(super) fn clear(&mut self) {
        self.control("\x1b[H\x1b[J");
        self.goto(1, 1);
    }

    pub(super) fn goto(&mut self, row: u32, column: u32) {
        self.control(&format!("\x1b[{row};{column}H"));
        (self.row, self.column) = (row, column);
    }

    pub(super) fn newline(&mut self) {
        self.control("\n\r");
        self.row = (self.row + 1).min(HEIGHT);
        self.column = 1;
    }

    /// Prints text where the cursor is.
    pub(super) fn print(&mut self, text: &str) {
        for character in text.chars() {
            match character {
                '\n' => self.newline(),
                _ => self.put(character),
            }
        }
    }

    /// Prints what is being typed. GRUB goes to a new line as soon as the last column is reached. Returns
    /// how many lines the screen scrolled.
    pub(super) fn print_typed(&mut self, text: &str) -> u32 {
        let mut scrolled = 0;
        for character in text.chars() {
            self.put(character);
            if self.column > MESSAGE_WIDTH {
                scrolled += u32::from(self.row == HEIGHT);
                self.newline();
            }
        }
        scrolled
    }

    /// Prints a message, breaking lines before the last column: at its spaces, or in a word that is longer
    /// than a line.
    pub(super) fn message(&mut self, text: &str) {
        let mut spaces = 0;
        let mut characters = text.chars().peekable();
        while let Some(&character) = characters.peek() {
            match character {
                '\n' => {
                    self.spaces(spaces);
                    self.newline();
                }
                ' ' | '\t' => {
                    let before_tab_stop = TAB - (self.column - 1 + spaces) % TAB;
                    spaces += if character == '\t' { before_tab_stop } else { 1 };
                    characters.next();
                    continue;
                }
                _ => {
                    let mut word = String::new();
                    while let Some(character) = characters.next_if(|c| !c.is_whitespace()) {
                        word.push(character);
                    }
                    self.word(spaces, &word);
                    spaces = 0;
                    continue;
                }
            }
            characters.next();
            spaces = 0;
        }
        self.spaces(spaces);
    }

    /// Prints a word and the spaces before it, which a line break replaces.
    fn word(&mut self, spaces: u32, word: &str) {
        if spaces > 0 && self.column - 1 + spaces + word.chars().count() as u32 > MESSAGE_WIDTH {
            self.newline();
        } else {
            self.spaces(spaces);
        }
        for character in word.chars() {
            if self.column > MESSAGE_WIDTH {
                self.newline();
            }
            self.put(character);
        }
    }

    fn spaces(&mut self, count: u32) {
        if count > 0 && self.column - 1 + count > MESSAGE_WIDTH {
            return self.newline();
        }
        (0..count).for_each(|_| self.put(' '));
    }

    fn put(&mut self, character: char) {
        let mut bytes = [0; 4];
        self.out.extend_from_slice(character.encode_utf8(&mut bytes).as_bytes());
        self.column += 1;
    }
}
