//! Modes as chmod(1) reads them: octal numbers, or changes such as `u+x,g=r`.

/// A change of permission bits.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ModeChange {
    Absolute(u32),
    Symbolic(Vec<Clause>),
}

/// One change: for whom, how, and what.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Clause {
    /// The bits of those it is for; none where nobody was named.
    who: Option<u32>,
    operator: char,
    what: What,
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum What {
    /// Letters out of `rwxXst`.
    Bits(String),
    /// The bits that another class has.
    CopyOf(char),
}

const USER: u32 = 0o4700;
const GROUP: u32 = 0o2070;
const OTHERS: u32 = 0o1007;

impl ModeChange {
    pub fn parse(text: &str) -> Option<ModeChange> {
        if text.starts_with(|c: char| c.is_ascii_digit()) {
            let number = u32::from_str_radix(text, 8).ok()?;
            return (number <= 0o7777).then_some(ModeChange::Absolute(number));
        }
        let mut clauses = Vec::new();
        for part in text.split(',') {
            let start = part.find(['+', '-', '='])?;
            let mut who = None;
            for class in part[..start].chars() {
                let bits = match class {
                    'u' => USER,
                    'g' => GROUP,
                    'o' => OTHERS,
                    'a' => 0o7777,
                    _ => return None,
                };
                who = Some(who.unwrap_or(0) | bits);
            }
            let mut rest = &part[start..];
            while let Some(operator) = rest.chars().next() {
                let end = rest[1..].find(['+', '-', '=']).map_or(rest.len(), |at| at + 1);
                let what = match &rest[1..end] {
                    copied @ ("u" | "g" | "o") => What::CopyOf(copied.chars().next()?),
                    bits if bits.chars().all(|c| "rwxXst".contains(c)) => What::Bits(bits.to_owned()),
                    _ => return None,
                };
                clauses.push(Clause { who, operator, what });
                rest = &rest[end..];
            }
        }
        Some(ModeChange::Symbolic(clauses))
    }

    /// The new mode of a file. Where nobody is named, the bits in `umask` stay as they are.
    pub fn apply(&self, old: u32, is_directory: bool, umask: u32) -> u32 {
        let clauses = match self {
            // A directory keeps its set-id bits unless five digits are given.
            ModeChange::Absolute(mode) if is_directory => return mode | (old & 0o6000),
            ModeChange::Absolute(mode) => return *mode,
            ModeChange::Symbolic(clauses) => clauses,
        };
        clauses.iter().fold(old, |mode, clause| clause.apply(mode, is_directory, umask))
    }
}

impl Clause {
    fn apply(&self, mode: u32, is_directory: bool, umask: u32) -> u32 {
        let affected = self.who.unwrap_or(0o7777 & !umask);
        let bits = match &self.what {
            What::CopyOf(class) => {
                let from = match class {
                    'u' => mode >> 6,
                    'g' => mode >> 3,
                    _ => mode,
                };
                (from & 7) * 0o111
            }
            What::Bits(letters) => letters.chars().fold(0, |bits, letter| {
                bits | match letter {
                    'r' => 0o444,
                    'w' => 0o222,
                    'x' => 0o111,
                    'X' if is_directory || mode & 0o111 != 0 => 0o111,
                    's' => 0o6000,
                    't' => 0o1000,
                    _ => 0,
                }
            }),
        };
        let bits = bits & affected;
        match self.operator {
            '+' => mode | bits,
            '-' => mode & !bits,
            _ => {
                let cleared = self.who.unwrap_or(0o7777);
                let kept = if is_directory { 0o6000 & !bits } else { 0 };
                (mode & (!cleared | kept)) | bits
            }
        }
    }
}
