//! The board: power button, processors with their rings, memory, firmware, disk, cards, serial port.

use sim_core::view::{CpuState, CpuView, DiskView, HardwareView, MemoryView, Part, Stage};
use yew::prelude::*;

use super::parts::{Look, PartBox, count, fit, line, on_key, px, size};
use super::plan::{Plan, Rect};
use crate::texts;

#[derive(Properties, PartialEq)]
pub struct HardwareProps {
    pub plan: Plan,
    pub hardware: HardwareView,
    pub stage: Stage,
    pub memory: Option<MemoryView>,
    pub look: Callback<Part, Look>,
    pub onselect: Callback<Part>,
    pub onpower: Callback<()>,
}

#[component]
pub fn Hardware(props: &HardwareProps) -> Html {
    let at = |part| props.plan.rect(part);
    let board = &props.hardware;
    let boxed = |part: Part, says: String, inside: Html| {
        html! {
            <PartBox {part} rect={at(part)} look={props.look.emit(part)} says={says}
                onselect={props.onselect.clone()}>{ inside }</PartBox>
        }
    };
    let firmware = &board.firmware;
    let firmware_now = match firmware.post_code {
        Some(code) if !firmware.phase.is_empty() => format!("{} · {code:02X}", firmware.phase),
        _ => texts::firmware_kind(firmware.kind).to_owned(),
    };
    let nic = board.nics.first();
    let nic_name = match nic {
        None => "none".to_owned(),
        Some(nic) if nic.name.is_empty() => "no driver".to_owned(),
        Some(nic) => nic.name.clone(),
    };
    let serial = &board.serial;
    html! {
        <>
            { bus(&props.plan, props.look.emit(Part::Pci)) }
            { power(at(Part::Power), props) }
            { boxed(Part::Cpu, cpus_say(&board.cpus), cpus(at(Part::Cpu), &board.cpus)) }
            { boxed(Part::Ram, String::new(), ram(at(Part::Ram), board, props.memory)) }
            { boxed(Part::FirmwareChip, firmware_now.clone(), chip(at(Part::FirmwareChip), &firmware_now)) }
            { boxed(Part::BootLoader, String::new(), line(at(Part::BootLoader), -0.05, "GRUB")) }
            { boxed(Part::Disk, String::new(), disk(at(Part::Disk), board.disks.first())) }
            { boxed(Part::Nic, nic_name.clone(), line(at(Part::Nic), -0.05, nic_name)) }
            { boxed(Part::Keyboard, String::new(), line(at(Part::Keyboard), -0.05, "i8042")) }
            { boxed(Part::Serial, String::new(), html! { <>
                { socket(at(Part::Serial)) }
                { line(at(Part::Serial), 3.0, format!("{} out", count(serial.bytes_sent))) }
                { line(at(Part::Serial), 4.0, format!("{} in", count(serial.bytes_received))) }
            </> }) }
        </>
    }
}

/// The line that joins the devices.
fn bus(plan: &Plan, look: Look) -> Html {
    let y = plan.hardware.y + 10.0;
    let first = plan.rect(Part::Power);
    let last = plan.rect(Part::Serial);
    let drops = plan.rows.iter().rev().find(|row| row.places.iter().any(|p| p.parts[0].0 == Part::Cpu));
    let drops = drops.into_iter().flat_map(|row| &row.places).map(|place| {
        let rect = place.parts[0].1;
        format!("M{:.1} {y:.1}V{:.1}", rect.centre(), rect.y)
    });
    let class = classes!("bus", look.lit.then_some("lit"), look.touched.then_some("touched"));
    html! {
        <path {class} d={format!("M{:.1} {y:.1}H{:.1}{}", first.x, last.right().max(plan.hardware.right() - 24.0), drops.collect::<String>())} />
    }
}

fn power(rect: Rect, props: &HardwareProps) -> Html {
    let on = props.stage != Stage::Off;
    let label = if on { texts::POWER_OFF } else { texts::POWER_ON };
    let (cx, cy) = (rect.centre(), rect.middle() + 7.0);
    let r = (rect.w / 2.0 - 8.0).min(24.0);
    let a = r * 0.42;
    let sign = format!(
        "M{cx:.1} {:.1}V{:.1}M{:.1} {:.1}A{a:.1} {a:.1} 0 1 0 {:.1} {:.1}",
        cy - a * 1.25,
        cy - a * 0.1,
        cx - a * 0.72,
        cy - a * 0.62,
        cx + a * 0.72,
        cy - a * 0.62
    );
    let press = props.onpower.clone();
    html! {
        <g class={classes!("power", on.then_some("on"))} role="button" tabindex="0" aria-label={label}
            onclick={press.reform(|_: MouseEvent| ())} onkeydown={on_key(press)}>
            <title>{ label }</title>
            <rect class="hit" x={px(rect.x - 4.0)} y={px(rect.y)} width={px(rect.w + 8.0)} height={px(rect.h)} />
            <text class="words" x={px(cx)} y={px(rect.y + 16.0)} text-anchor="middle">{ texts::part(Part::Power).0 }</text>
            <circle class="halo" cx={px(cx)} cy={px(cy)} r={px(r + 5.0)} />
            <circle class="knob" cx={px(cx)} cy={px(cy)} r={px(r)} />
            <path class="sign" d={sign} />
        </g>
    }
}

fn cpus_say(cpus: &[CpuView]) -> String {
    let say = |cpu: &CpuView| format!("{}: {}", cpu.number, texts::cpu_state(cpu.state));
    cpus.iter().map(say).collect::<Vec<_>>().join(", ")
}

/// Each processor as its rings: 3 outside, 0 in the middle; the one it is in is filled.
fn cpus(rect: Rect, cpus: &[CpuView]) -> Html {
    let room = Rect { x: rect.x + 7.0, y: rect.y + 24.0, w: rect.w - 10.0, h: rect.h - 28.0 };
    let columns = match cpus.len() {
        0..=2 => 1,
        3..=8 => 2,
        _ => 4,
    };
    let lines = cpus.len().div_ceil(columns).max(1);
    let cell_w = room.w / columns as f64;
    let cell_h = room.h / lines as f64;
    let r = ((cell_h - 5.0) / 2.0).min(cell_w / 4.0).min(14.5);
    let draw = |(index, cpu): (usize, &CpuView)| {
        let cx = room.x + (index % columns) as f64 * cell_w + r + 1.0;
        let cy = room.y + (index / columns) as f64 * cell_h + cell_h / 2.0;
        let ring = |class: &'static str, part: f64, filled: bool| {
            let class = classes!("ring", class, filled.then_some("in"));
            html! { <circle {class} cx={px(cx)} cy={px(cy)} r={px(r * part)} /> }
        };
        let state = cpu.state;
        html! {
            <g class={classes!("cpu", (state == CpuState::Off).then_some("off"))}>
                <title>{ format!("CPU {}: {}", cpu.number, texts::cpu_state(state)) }</title>
                { ring("ring3", 1.0, state == CpuState::Ring3) }
                { ring("middle", 0.72, false) }
                { ring("ring0", 0.46, matches!(state, CpuState::Ring0 | CpuState::RealMode)) }
                <text class="value" x={px(cx + r + 5.0)} y={px(cy + 4.0)}>
                    { if cell_w - 2.0 * r > 31.0 { fit(short(state), cell_w - 2.0 * r - 6.0, 6.2) } else { String::new() } }
                </text>
            </g>
        }
    };
    html! { <>{ for cpus.iter().enumerate().map(draw) }</> }
}

fn short(state: CpuState) -> &'static str {
    match state {
        CpuState::RealMode => "real",
        other => texts::cpu_state(other),
    }
}

/// Modules as sticks with chips; what is in use fills them from below.
fn ram(rect: Rect, board: &HardwareView, memory: Option<MemoryView>) -> Html {
    let total: u64 = board.ram.iter().filter_map(|module| module.size_mib).sum();
    let count = board.ram.len().max(1);
    let bottom = rect.bottom() - 22.0;
    let top = rect.y + 24.0;
    let pitch = ((rect.w - 16.0) / count as f64).min(34.0);
    let stick_w = (pitch - 6.0).max(4.0);
    let (used, of) =
        memory.map_or((0, 1), |memory| (memory.used_kib + memory.cache_kib, memory.total_kib.max(1)));
    let full = (bottom - top) * used as f64 / of as f64;
    let stick = |(index, module): (usize, &sim_core::view::RamModuleView)| {
        let x = rect.x + 8.0 + index as f64 * pitch;
        let class =
            classes!("stick", module.faulty.then_some("bad"), module.size_mib.is_none().then_some("empty"),);
        html! {
            <g {class}>
                <title>{ format!("{}: {}", module.slot, module.size_mib.map_or("empty".to_owned(), |mib| size(mib * 1024))) }</title>
                if module.size_mib.is_some() {
                    <rect class="fill" x={px(x)} y={px(bottom - full)} width={px(stick_w)} height={px(full)} />
                }
                <rect class="outline" x={px(x)} y={px(top)} width={px(stick_w)} height={px(bottom - top)} rx="1.5" />
                { for (0..4).map(|chip| {
                    let y = top + 4.0 + f64::from(chip) * (bottom - top - 6.0) / 4.0;
                    html! { <rect class="chip" x={px(x + 4.0)} y={px(y)} width={px(stick_w - 8.0)} height={px((bottom - top) / 4.0 - 5.0)} /> }
                }) }
            </g>
        }
    };
    html! {
        <>
            { for board.ram.iter().enumerate().map(stick) }
            <text class="value" x={px(rect.x + 8.0)} y={px(rect.bottom() - 7.0)}>
                { if total == 0 { "none".to_owned() } else { size(total * 1024) } }
            </text>
        </>
    }
}

fn chip(rect: Rect, now: &str) -> Html {
    let pins = (0..5).map(|pin| {
        let x = rect.right() - 42.0 + f64::from(pin) * 7.0;
        format!("M{x:.1} {:.1}v-4M{x:.1} {:.1}v4", rect.bottom() - 20.0, rect.bottom() - 7.0)
    });
    html! {
        <>
            if rect.w > 128.0 {
                <path class="pins" d={pins.collect::<String>()} />
            }
            { line(rect, -0.05, now) }
        </>
    }
}

/// The disk as a bar of its partitions, each as wide as its share, no narrower than can be seen.
fn disk(rect: Rect, disk: Option<&DiskView>) -> Html {
    let Some(disk) = disk else { return line(rect, 0.0, "none") };
    let (x0, w, y) = (rect.x + 8.0, rect.w - 16.0, rect.y + 46.0);
    let h = (rect.h - 78.0).clamp(14.0, 30.0);
    let sectors = disk.size_bytes / 512;
    let mut from = x0;
    let parts = disk.partitions.iter().map(|partition| {
        let x = (x0 + w * partition.start_sector as f64 / sectors.max(1) as f64).max(from);
        let share = (w * partition.sectors as f64 / sectors.max(1) as f64).max(14.0).min(x0 + w - x);
        from = x + share;
        let mounted = partition.mounted_at.is_some();
        let kind = partition.file_system.clone().unwrap_or_else(|| partition.name.clone());
        html! {
            <g class={classes!("partition", mounted.then_some("mounted"))}>
                <title>{ format!("{}: {} ({kind})", partition.name, partition.kind) }</title>
                <rect x={px(x)} y={px(y)} width={px(share)} height={px(h)} />
                <text class="value" x={px(x + share / 2.0)} y={px(y + h / 2.0 + 4.0)} text-anchor="middle">
                    { if share > 22.0 { fit(&kind, share - 2.0, 6.2) } else { String::new() } }
                </text>
            </g>
        }
    });
    let table = disk.table.as_deref().map_or("", |table| if table == "dos" { "MBR" } else { "GPT" });
    html! {
        <>
            { line(rect, 0.0, format!("{} {} {table}", disk.name, size(disk.size_bytes / 1024))) }
            { for parts }
            <rect class="outline" x={px(x0)} y={px(y)} width={px(w)} height={px(h)} rx="2" />
            <text class="value" x={px(rect.x + 8.0)} y={px(rect.bottom() - 7.0)}>
                { fit(&format!("{} read", count(disk.sectors_read)), rect.w - 14.0, 6.25) }
            </text>
        </>
    }
}

/// A nine-pin socket.
fn socket(rect: Rect) -> Html {
    let w = (rect.w - 20.0).min(60.0);
    let (x, y) = (rect.centre() - w / 2.0, rect.y + 26.0);
    let pins = |count: u32, inset: f64, y: f64| {
        (0..count)
            .map(|pin| format!("M{:.1} {y:.1}h.01", x + inset + f64::from(pin) * (w - 18.0) / 4.0))
            .collect::<String>()
    };
    html! {
        <>
            <path class="outline" d={format!("M{:.1} {y:.1}h{w:.1}l-6 26h{:.1}z", x, 12.0 - w)} />
            <path class="dots" d={pins(5, 9.0, y + 9.0) + &pins(4, 9.0 + (w - 18.0) / 8.0, y + 18.0)} />
        </>
    }
}
