//! What a reader watches before the kernel: the list of events of a board from power-on to the kernel's
//! first instruction, or to where a fault ends it.
//!
//! `GLASSHULL_BLESS=1 cargo test -p sim-core --test boot_events` writes the lists anew, to be read in the
//! diff before they are committed.

use std::fs;
use std::path::Path;

use sim_core::bootloader::BootloaderEvent;
use sim_core::clock::Nanos;
use sim_core::firmware::{BareMetal, FirmwareEvent, Next};
use sim_core::hardware::{Board, Power, ResetSource, spec};
use sim_core::image::Software;
use sim_core::trace::{Trace, What};

/// A booted board: its trace, and what came next.
struct Boot {
    board: Board,
    trace: Trace,
    next: Next,
    end: Nanos,
}

fn boot(name: &str) -> Boot {
    let spec = spec::named(name).unwrap();
    let mut board = Board::new(&spec, Software::default()).unwrap();
    let mut trace = Trace::new(10_000);
    let held = board.power_on(&mut trace);
    let (next, end) = run(&mut board, &mut trace, held);
    Boot { board, trace, next, end }
}

/// Runs without keys until nothing goes on by itself.
fn run(board: &mut Board, trace: &mut Trace, mut now: Nanos) -> (Next, Nanos) {
    let mut metal = BareMetal::at_reset_vector(board);
    loop {
        trace.set_now(now);
        let next = metal.advance(board, &[], trace);
        match next {
            Next::After(time) | Next::AwaitKey { timeout: Some(time) } if trace.window().len() < 5_000 => {
                now = now + time;
            }
            _ => return (next, now),
        }
    }
}

#[test]
fn events_are_as_recorded() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/events");
    let boards = [
        "default",
        "uefi",
        "no-ram",
        "bad-ram",
        "blank-disk",
        "no-boot-signature",
        "uefi-damaged-gpt",
        "uefi-secure-boot",
    ];
    let mut differing = Vec::new();
    for name in boards {
        let list = list(&boot(name).trace);
        let file = folder.join(name).with_extension("txt");
        if std::env::var_os("GLASSHULL_BLESS").is_some() {
            fs::write(&file, &list).unwrap();
        }
        let recorded = fs::read_to_string(&file).unwrap_or_default();
        if let Some((line, (now, before))) = list
            .lines()
            .zip(recorded.lines().chain(std::iter::repeat("")))
            .enumerate()
            .find(|(_, (a, b))| a != b)
        {
            differing.push(format!("{name}, line {}:\n  recorded: {before}\n       now: {now}", line + 1));
        } else if list.lines().count() != recorded.lines().count() {
            differing.push(format!("{name}: the recorded list goes on"));
        }
    }
    assert!(differing.is_empty(), "\n{}", differing.join("\n"));
}

/// One line an event: when, from which event, what. Screens are shortened to their length.
fn list(trace: &Trace) -> String {
    let mut list = String::new();
    for event in trace.window() {
        let cause = event.cause.map_or("-".to_owned(), |cause| cause.0.to_string());
        let what = match &event.what {
            What::Console { bytes } if bytes.len() > 200 => format!("{{\"console\":{} bytes}}", bytes.len()),
            What::Console { bytes } => format!("{{\"console\":\"{}\"}}", bytes.escape_ascii()),
            what => serde_json::to_string(what).unwrap(),
        };
        let (ms, us) = (event.at.0 / 1_000_000, event.at.0 / 1_000 % 1_000);
        list.push_str(&format!("{:>3} {ms:>5}.{us:03} ms <{cause:>3} {what}\n", event.number.0));
    }
    list
}

#[test]
fn memory_faults_end_with_a_post_code_and_beeps_and_without_a_word() {
    for (name, code, beeps) in [("no-ram", 0x55, 1), ("bad-ram", 0x53, 3)] {
        let mut boot = boot(name);
        assert!(matches!(boot.next, Next::Halted), "{name}");
        assert_eq!(boot.board.post_code, code, "{name}");
        assert_eq!(boot.board.serial.take_output(), b"", "{name}");
        let beeped: u32 = boot.trace.window().filter_map(|event| beep(&event.what)).sum();
        assert_eq!(beeped, beeps, "{name}");
    }
}

fn beep(what: &What) -> Option<u32> {
    match what {
        What::Hardware(sim_core::hardware::HardwareEvent::Beep { count }) => Some(*count),
        _ => None,
    }
}

#[test]
fn the_same_board_boots_the_same_way() {
    for (name, _) in spec::NAMED {
        let (first, second) = (boot(name), boot(name));
        assert_eq!(first.trace.fingerprint(), second.trace.fingerprint(), "{name}");
        assert_eq!(first.end, second.end, "{name}");
    }
}

#[test]
fn a_reset_boots_again_and_a_power_off_stops() {
    for name in ["default", "uefi"] {
        let Boot { mut board, mut trace, next, end } = boot(name);
        let Next::StartKernel(first) = next else { panic!("{name} does not boot") };
        board.reset(&mut trace, ResetSource::Software);
        let (next, end) = run(&mut board, &mut trace, end);
        let Next::StartKernel(second) = next else { panic!("{name} does not boot again") };
        assert_eq!(first, second, "{name}");
        board.acpi_power_off(&mut trace);
        assert_eq!(board.power(), Power::Off);
        assert!(end < Nanos::seconds(10), "{name} took {end:?}");
    }
}

#[test]
fn memory_maps_cover_the_memory_and_do_not_overlap() {
    for (name, ram_mib) in [("bios", vec![1024, 1024]), ("uefi", vec![512]), ("bios", vec![4096, 4096])] {
        let spec = spec::BoardSpec { ram_mib: ram_mib.clone(), ..spec::named(name).unwrap() };
        let mut board = Board::new(&spec, Software::default()).unwrap();
        let mut trace = Trace::new(1);
        let (next, _) = run(&mut board, &mut trace, Nanos::ZERO);
        let Next::StartKernel(handover) = next else { panic!("{name} does not boot") };
        let map = &handover.memory_map;
        assert!(map.windows(2).all(|pair| pair[0].end <= pair[1].start), "{name}: {map:x?}");
        let ram: u64 = ram_mib.iter().sum::<u64>() << 20;
        let mapped: u64 = map.iter().map(|range| range.end - range.start).sum();
        // The chip below 4 GiB is no memory; between 640 KiB and 1 MiB only the BIOS itself is in the map.
        let (chip, hole) = if name == "bios" { (0x4_0000, 0x5_0000) } else { (0x40_0000, 0x6_0000) };
        assert_eq!(mapped, ram + chip - hole, "{name} {ram_mib:?}");
        let initramfs = handover.initramfs.as_ref().unwrap();
        let end = initramfs.address + initramfs.bytes.len() as u64;
        let holds =
            |range: &&sim_core::bootloader::MemoryRange| range.start <= initramfs.address && end <= range.end;
        assert!(map.iter().any(|range| holds(&range)), "{name}: the initramfs is not in memory");
    }
}

/// What Linux printed on QEMU's classic PC with 2 GiB, under SeaBIOS and under OVMF.
const E820: &[(&str, &str)] = &[
    (
        "bios",
        "\
[mem 0x0000000000000000-0x000000000009fbff] usable
[mem 0x000000000009fc00-0x000000000009ffff] reserved
[mem 0x00000000000f0000-0x00000000000fffff] reserved
[mem 0x0000000000100000-0x000000007ffdcfff] usable
[mem 0x000000007ffdd000-0x000000007fffffff] reserved
[mem 0x00000000fffc0000-0x00000000ffffffff] reserved
",
    ),
    (
        "uefi",
        "\
[mem 0x0000000000000000-0x000000000009ffff] usable
[mem 0x0000000000100000-0x0000000000805fff] usable
[mem 0x0000000000806000-0x0000000000807fff] ACPI NVS
[mem 0x0000000000808000-0x000000000080ffff] usable
[mem 0x0000000000810000-0x00000000008fffff] ACPI NVS
[mem 0x0000000000900000-0x000000007ea89fff] usable
[mem 0x000000007ea8a000-0x000000007eb8bfff] reserved
[mem 0x000000007eb8c000-0x000000007f4ebfff] usable
[mem 0x000000007f4ec000-0x000000007f5ebfff] reserved
[mem 0x000000007f5ec000-0x000000007f6ebfff] type 20
[mem 0x000000007f6ec000-0x000000007f76bfff] reserved
[mem 0x000000007f76c000-0x000000007f77dfff] ACPI data
[mem 0x000000007f77e000-0x000000007f7fdfff] ACPI NVS
[mem 0x000000007f7fe000-0x000000007fedbfff] usable
[mem 0x000000007fedc000-0x000000007ff5ffff] reserved
[mem 0x000000007ff60000-0x000000007fffffff] ACPI NVS
[mem 0x00000000ffc00000-0x00000000ffffffff] reserved
",
    ),
];

#[test]
fn memory_maps_are_those_linux_was_given() {
    for &(name, recorded) in E820 {
        let Next::StartKernel(handover) = boot(name).next else { panic!("{name} does not boot") };
        let map: String = handover.memory_map.iter().map(|range| format!("{range}\n")).collect();
        assert_eq!(map, recorded, "{name}");
    }
}

/// Boots a board, types `keys` as soon as it asks for one, and returns what was not modelled.
fn unmodelled(name: &str, keys: &[u8]) -> Vec<String> {
    boot_to_key(name, keys)
        .trace
        .window()
        .filter_map(|event| match &event.what {
            What::Bootloader(BootloaderEvent::Unmodelled { command }) => Some(command.clone()),
            What::Firmware(FirmwareEvent::Unmodelled { what }) => Some((*what).to_owned()),
            _ => None,
        })
        .collect()
}

/// Types `keys` as soon as the machine asks for one.
fn boot_to_key(name: &str, keys: &[u8]) -> Boot {
    let mut board = Board::new(&spec::named(name).unwrap(), Software::default()).unwrap();
    let mut trace = Trace::new(10_000);
    board.power_on(&mut trace);
    let mut metal = BareMetal::at_reset_vector(&board);
    let mut typed: &[u8] = &[];
    let mut left = keys;
    loop {
        let next = metal.advance(&mut board, std::mem::take(&mut typed), &mut trace);
        match next {
            Next::After(_) => {}
            Next::AwaitKey { .. } if !left.is_empty() => typed = std::mem::take(&mut left),
            next => return Boot { board, trace, next, end: Nanos::ZERO },
        }
    }
}

#[test]
fn what_is_not_modelled_says_so() {
    assert_eq!(unmodelled("default", b"chelp\r"), ["help"]);
    assert_eq!(unmodelled("default", b"cserial --unit=1\r"), ["serial --unit=1"]);
    assert_eq!(unmodelled("default", b"cif true; then ls; fi\r"), ["if true"]);
    assert_eq!(unmodelled("default", b"cli\t"), ["completion"]);
    assert_eq!(unmodelled("default", b"e\t"), ["completion"]);
    assert_eq!(unmodelled("default", b"cnosuch\r"), [""; 0], "GRUB has no such command either");
    assert_eq!(unmodelled("uefi-no-disk", b" "), ["the Boot Manager Menu"]);
}
