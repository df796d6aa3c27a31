//! The drivers behind device files: null(4), full(4), random(4), kmsg(4), tty(4).

use crate::abi::Dev;
use crate::kernel::Kernel;
use crate::kernel::security::{SysResult, Why, deny};
use crate::kernel::table::{TaskId, TtyId};

/// A device that has been opened.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Device {
    Null,
    Zero,
    Full,
    Random,
    Kmsg,
    Tty(TtyId),
    /// A disk or partition.
    Block(Dev),
}

/// The character devices with a driver: name in /dev, number, mode.
pub const CHAR_DEVICES: &[(&str, Dev, u32)] = &[
    ("null", Dev { major: 1, minor: 3 }, 0o666),
    ("zero", Dev { major: 1, minor: 5 }, 0o666),
    ("full", Dev { major: 1, minor: 7 }, 0o666),
    ("random", Dev { major: 1, minor: 8 }, 0o666),
    ("urandom", Dev { major: 1, minor: 9 }, 0o666),
    ("kmsg", Dev { major: 1, minor: 11 }, 0o644),
    ("tty", Dev { major: 5, minor: 0 }, 0o666),
    ("console", Dev { major: 5, minor: 1 }, 0o600),
];

/// /dev/console, which never becomes a controlling terminal: `tty_open` in drivers/tty/tty_io.c.
pub const CONSOLE: Dev = Dev { major: 5, minor: 1 };

/// The number of the first serial line, /dev/ttyS0.
pub const TTY_S0: Dev = Dev { major: 4, minor: 64 };

/// The driver that opening a device number reaches.
pub fn open(k: &Kernel, caller: TaskId, dev: Dev) -> SysResult<Device> {
    Ok(match (dev.major, dev.minor) {
        (1, 3) => Device::Null,
        (1, 5) => Device::Zero,
        (1, 7) => Device::Full,
        (1, 8 | 9) => Device::Random,
        (1, 11) => Device::Kmsg,
        (5, 0) => match k.controlling_tty(caller) {
            Some(tty) => Device::Tty(tty),
            None => return deny(Why::NoControllingTerminal),
        },
        (5, 1) => match k.console() {
            Some(tty) => Device::Tty(tty),
            None => return deny(Why::NoConsole),
        },
        (4, minor @ 64..) if k.ttys.contains(TtyId(minor - 63)) => Device::Tty(TtyId(minor - 63)),
        (major, minor) => return deny(Why::NoDeviceBehind { major, minor }),
    })
}
