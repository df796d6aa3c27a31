//! A deterministic simulation of a Linux machine, from the power button to a container.
//!
//! No I/O, no host clock, no threads, no globals: the same machine, seed and inputs give the same
//! trace, byte for byte, natively, under wasmtime and in a browser.
#![forbid(unsafe_code)]
#![deny(clippy::float_arithmetic)]

pub mod abi;
pub mod bootloader;
pub mod clock;
pub mod firmware;
pub mod hardware;
pub mod image;
pub mod kernel;
pub mod link;
pub mod machine;
pub mod scenario;
pub mod trace;
pub mod user;
pub mod view;
