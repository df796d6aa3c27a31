//! What is on the PCI bus. The ids are those of the PCI ID database.

use std::fmt;

use serde::{Serialize, Serializer};

/// Where a device is: bus, device and function.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct PciAddress {
    pub bus: u8,
    pub device: u8,
    pub function: u8,
}

impl fmt::Display for PciAddress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:02x}:{:02x}.{:x}", self.bus, self.device, self.function)
    }
}

impl Serialize for PciAddress {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

/// What a device on the bus is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum PciFunction {
    HostBridge,
    IsaBridge,
    PowerManagement,
    /// The network card, by its place in the spec.
    Nic(u32),
    /// A disk, by its place in the spec.
    Disk(u32),
}

/// One device on the bus, as its configuration space describes it.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize)]
pub struct PciDevice {
    pub address: PciAddress,
    pub vendor_id: u16,
    pub device_id: u16,
    /// Class, subclass and programming interface.
    pub class: u32,
    pub revision: u8,
    pub function: PciFunction,
}

impl PciDevice {
    /// What the device is called in the PCI ID database.
    pub fn name(&self) -> &'static str {
        match self.function {
            PciFunction::HostBridge => "Intel Corporation 440FX - 82441FX PMC [Natoma]",
            PciFunction::IsaBridge => "Intel Corporation 82371SB PIIX3 ISA [Natoma/Triton II]",
            PciFunction::PowerManagement => "Intel Corporation 82371AB/EB/MB PIIX4 ACPI",
            PciFunction::Nic(_) => "Red Hat, Inc. Virtio network device",
            PciFunction::Disk(_) => "Red Hat, Inc. Virtio block device",
        }
    }
}

/// The chipset of a classic PC, then the cards in the order of the spec.
pub(super) fn devices(nic_count: u32, disk_count: u32) -> Vec<PciDevice> {
    let soldered = [
        (0, 0, 0x1237, 0x060000, 0x02, PciFunction::HostBridge),
        (1, 0, 0x7000, 0x060100, 0x00, PciFunction::IsaBridge),
        (1, 3, 0x7113, 0x068000, 0x03, PciFunction::PowerManagement),
    ];
    let mut devices: Vec<PciDevice> = soldered
        .into_iter()
        .map(|(device, function_number, device_id, class, revision, function)| PciDevice {
            address: PciAddress { bus: 0, device, function: function_number },
            vendor_id: 0x8086,
            device_id,
            class,
            revision,
            function,
        })
        .collect();
    let cards = (0..nic_count).map(PciFunction::Nic).chain((0..disk_count).map(PciFunction::Disk));
    for (slot, function) in (3..).zip(cards) {
        let (device_id, class) = match function {
            PciFunction::Disk(_) => (0x1001, 0x010000),
            _ => (0x1000, 0x020000),
        };
        let address = PciAddress { bus: 0, device: slot, function: 0 };
        devices.push(PciDevice { address, vendor_id: 0x1af4, device_id, class, revision: 0, function });
    }
    devices
}
