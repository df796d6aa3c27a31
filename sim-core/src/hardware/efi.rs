//! UEFI's variables: kept in the firmware's own memory, so that they outlive a power-off.

use std::fmt;

use serde::Serialize;

use super::Switch;

/// The value of a variable. UEFI specification 3.3, "Globally Defined Variables".
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum EfiVariable {
    /// `Boot####`: something that can be started.
    BootOption(BootOption),
    /// The numbers of the boot options, first to last.
    BootOrder(Vec<u16>),
    /// The option that was started.
    BootCurrent(u16),
    SecureBoot(Switch),
}

/// A disk whose fallback application is started.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct BootOption {
    pub disk: u32,
    pub description: &'static str,
    /// The device path, as text.
    pub path: String,
}

impl fmt::Display for EfiVariable {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            EfiVariable::BootOption(option) => write!(f, "\"{}\" {}", option.description, option.path),
            EfiVariable::BootOrder(order) => {
                let numbers: Vec<String> = order.iter().map(|number| format!("{number:04X}")).collect();
                f.write_str(&numbers.join(","))
            }
            EfiVariable::BootCurrent(number) => write!(f, "{number:04X}"),
            EfiVariable::SecureBoot(Switch::On) => f.write_str("1"),
            EfiVariable::SecureBoot(Switch::Off) => f.write_str("0"),
        }
    }
}
