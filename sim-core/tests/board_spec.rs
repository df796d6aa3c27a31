//! Board specs: what can be written, and what a mistake is answered with.

use sim_core::hardware::spec::{self, BoardSpec, FirmwareKind};
use sim_core::hardware::{Board, PciFunction, Switch};
use sim_core::image::Software;

#[test]
fn every_named_board_can_be_built() {
    for (name, _) in spec::NAMED {
        let spec = spec::named(name).unwrap_or_else(|| panic!("{name} is listed and not there"));
        Board::new(&spec, Software::default()).unwrap_or_else(|error| panic!("{name}: {error}"));
    }
    assert_eq!(spec::named("toaster"), None);
}

#[test]
fn an_empty_spec_is_the_default_board() {
    let spec: BoardSpec = serde_json::from_str("{}").unwrap();
    assert_eq!(spec, BoardSpec::default());
    let board = Board::new(&spec, Software::default()).unwrap();
    assert_eq!((board.cpus.len(), board.usable_ram_bytes()), (4, 2 << 30));
    assert_eq!(board.disks.len(), 1);
    assert_eq!(board.disks[0].sector_count() * 512, 8 << 30);
    assert_eq!(board.spec().firmware.kind, FirmwareKind::Bios);
}

#[test]
fn a_spec_survives_writing_and_reading() {
    for (name, _) in spec::NAMED {
        let spec = spec::named(name).unwrap();
        let text = serde_json::to_string(&spec).unwrap();
        assert_eq!(serde_json::from_str::<BoardSpec>(&text).unwrap(), spec, "{name}");
    }
}

/// What is wrong, and what is said about it.
const MISTAKES: &[(&str, &str)] = &[
    (
        r#"{"ram_mib": []}"#,
        "machine: ram_mib: 0 memory modules; list 1 to 8, and use the fault `no_ram` for an empty board",
    ),
    (
        r#"{"ram_mib": [1024, 1000]}"#,
        "machine: ram_mib[1]: there is no module of 1000 MiB; use a power of two from 64 to 65536",
    ),
    (
        r#"{"cores_per_socket": 0}"#,
        "machine: cores_per_socket: the board would have 0 cores; give it 1 to 64 in all",
    ),
    (
        r#"{"disks": [{}, {"size_mib": 64}]}"#,
        "machine: disks[1].size_mib: 64 MiB do not hold this content; use 128 to 2097152",
    ),
    (
        r#"{"nics": [{"mac": "52:54:00"}]}"#,
        "machine: nics[0].mac: `52:54:00` is no MAC address; write six bytes as 52:54:00:12:34:56",
    ),
    (
        r#"{"firmware": {"boot_order": [0, 1]}}"#,
        "machine: firmware.boot_order[1]: there is no disk 1; number the disks from 0",
    ),
    (
        r#"{"firmware": {"secure_boot": "on"}}"#,
        "machine: firmware.secure_boot: a BIOS has no Secure Boot; switch it off, or use `kind: uefi`",
    ),
];

#[test]
fn mistakes_say_what_where_and_what_to_do() {
    for (text, expected) in MISTAKES {
        let spec: BoardSpec = serde_json::from_str(text).unwrap();
        let error = Board::new(&spec, Software::default()).map(drop).unwrap_err();
        assert_eq!(error.to_string(), *expected, "{text}");
    }
}

#[test]
fn unknown_keys_are_errors() {
    for text in [r#"{"cpu": 1}"#, r#"{"disks": [{"size": 1}]}"#, r#"{"firmware": {"vt": "on"}}"#] {
        let error = serde_json::from_str::<BoardSpec>(text).unwrap_err().to_string();
        assert!(error.starts_with("unknown field"), "{text}: {error}");
    }
}

#[test]
fn firmware_settings_and_cards_reach_the_board() {
    let text = r#"{"firmware": {"virtualisation": "off"}, "disks": [{}, {"content": "blank"}], "nics": []}"#;
    let spec: BoardSpec = serde_json::from_str(text).unwrap();
    assert_eq!(spec.firmware.virtualisation, Switch::Off);
    let board = Board::new(&spec, Software::default()).unwrap();
    assert!(!board.cpu_model.flags.contains(&"vmx"));
    let default = Board::new(&BoardSpec::default(), Software::default()).unwrap();
    assert!(default.cpu_model.flags.contains(&"vmx"));
    let cards: Vec<String> = board
        .pci
        .iter()
        .filter(|device| matches!(device.function, PciFunction::Disk(_) | PciFunction::Nic(_)))
        .map(|device| format!("{} {:04x}:{:04x}", device.address, device.vendor_id, device.device_id))
        .collect();
    assert_eq!(cards, ["00:03.0 1af4:1001", "00:04.0 1af4:1001"]);
    assert_eq!(board.disks[1].written().count(), 0);
}
