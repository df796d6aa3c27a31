//! What the `glasshull` command is made of: the arms that run scenarios, and what they need from
//! their host.

pub mod doctor;
pub mod linux;
pub mod session;
#[cfg(feature = "wasm")]
pub mod wasm;
