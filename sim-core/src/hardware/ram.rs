//! Memory modules.

use serde::Serialize;

/// One memory module in its slot.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct RamModule {
    pub slot: u32,
    pub size_mib: u64,
    /// Firmware leaves modules that fail its test out of the memory map.
    pub usable: bool,
    /// Bits of every word that read as zero whatever was written.
    stuck_bits: u64,
}

/// A pattern that came back different.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Mismatch {
    pub written: u64,
    pub read: u64,
}

impl RamModule {
    pub(super) fn new(slot: u32, size_mib: u64) -> RamModule {
        RamModule { slot, size_mib, usable: true, stuck_bits: 0 }
    }

    /// Breaks a data line, as dust in the slot does.
    pub(super) fn break_data_line(&mut self, bit: u32) {
        self.stuck_bits |= 1 << bit;
    }

    /// Writes each pattern to the module and reads it back, as a memory test does.
    pub fn test(&self, patterns: &[u64]) -> Result<(), Mismatch> {
        for &written in patterns {
            let read = written & !self.stuck_bits;
            if read != written {
                return Err(Mismatch { written, read });
            }
        }
        Ok(())
    }
}
