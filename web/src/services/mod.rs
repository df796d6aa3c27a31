//! Everything that has effects: the machine itself, the clock of the page, the address bar, the browser.

pub mod address;
pub mod conductor;
pub mod crash;
pub mod engine;
pub mod opening;
pub mod page;
pub mod size;
pub mod snapshot;
