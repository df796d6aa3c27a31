//! Sizes for people: `size_to_human_string` in util-linux's lib/strutils.c.

/// How the unit is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unit {
    /// `7.9G`.
    Letter,
    /// `7.9 GiB`.
    Word,
}

/// A size with at most one digit after the point.
pub fn human(bytes: u64, unit: Unit) -> String {
    const LETTERS: [&str; 7] = ["B", "K", "M", "G", "T", "P", "E"];
    let power = bytes.checked_ilog2().unwrap_or(0) / 10;
    let one = 1_u64 << (10 * power);
    let thousandths = u128::from(bytes % one) * 1000 / u128::from(one);
    let tenths = (thousandths as u64 + 50) / 100;
    let (whole, tenths) = (bytes / one + tenths / 10, tenths % 10);
    let number = if tenths == 0 { whole.to_string() } else { format!("{whole}.{tenths}") };
    let letter = LETTERS[power as usize];
    match unit {
        Unit::Letter => number + letter,
        Unit::Word if power == 0 => format!("{number} {letter}"),
        Unit::Word => format!("{number} {letter}iB"),
    }
}
