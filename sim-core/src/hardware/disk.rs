//! A disk: numbered sectors of 512 bytes. Sectors never written read as zeros and take no space.

use std::collections::BTreeMap;

/// Bytes in a sector.
pub const SECTOR_LEN: u64 = 512;

pub type Sector = [u8; SECTOR_LEN as usize];

/// A virtio block device.
#[derive(Clone, Debug)]
pub struct Disk {
    sectors: BTreeMap<u64, Box<Sector>>,
    sector_count: u64,
}

/// A sector number beyond the end of the disk.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct BeyondEnd {
    pub lba: u64,
    pub sector_count: u64,
}

impl Disk {
    pub fn new(sector_count: u64) -> Disk {
        Disk { sectors: BTreeMap::new(), sector_count }
    }

    pub fn sector_count(&self) -> u64 {
        self.sector_count
    }

    /// Reads one sector by its logical block address.
    pub fn read(&self, lba: u64) -> Result<Sector, BeyondEnd> {
        self.check(lba)?;
        Ok(self.sectors.get(&lba).map_or([0; SECTOR_LEN as usize], |sector| **sector))
    }

    /// Writes one sector.
    pub fn write(&mut self, lba: u64, sector: &Sector) -> Result<(), BeyondEnd> {
        self.check(lba)?;
        if sector.iter().all(|&byte| byte == 0) {
            self.sectors.remove(&lba);
        } else {
            self.sectors.insert(lba, Box::new(*sector));
        }
        Ok(())
    }

    /// Reads `count` sectors in a row.
    pub fn read_many(&self, first_lba: u64, count: u64) -> Result<Vec<u8>, BeyondEnd> {
        if let Some(last) = count.checked_sub(1) {
            self.check(first_lba.saturating_add(last))?;
        }
        let mut bytes = vec![0; usize::try_from(count * SECTOR_LEN).expect("a read fits the address space")];
        for (lba, sector) in self.sectors.range(first_lba..first_lba + count) {
            let offset = ((lba - first_lba) * SECTOR_LEN) as usize;
            bytes[offset..offset + sector.len()].copy_from_slice(&sector[..]);
        }
        Ok(bytes)
    }

    /// Writes `bytes` from the start of `first_lba`; the rest of the last sector becomes zeros.
    pub fn write_many(&mut self, first_lba: u64, bytes: &[u8]) -> Result<(), BeyondEnd> {
        for (lba, chunk) in (first_lba..).zip(bytes.chunks(SECTOR_LEN as usize)) {
            let mut sector = [0; SECTOR_LEN as usize];
            sector[..chunk.len()].copy_from_slice(chunk);
            self.write(lba, &sector)?;
        }
        Ok(())
    }

    /// The sectors that hold something, in order: what a page draws and a test writes to a file.
    pub fn written(&self) -> impl Iterator<Item = (u64, &Sector)> {
        self.sectors.iter().map(|(&lba, sector)| (lba, &**sector))
    }

    fn check(&self, lba: u64) -> Result<(), BeyondEnd> {
        if lba < self.sector_count {
            return Ok(());
        }
        Err(BeyondEnd { lba, sector_count: self.sector_count })
    }
}
