//! The kernel's subsystems, each with what it holds at the moment.

use std::rc::Rc;

use sim_core::view::{EventView, KernelView, NamespaceDetail, NamespaceKind, NamespaceView, Part, TaskState};
use yew::prelude::*;

use super::namespaces::{Swatch, ordinal};
use super::parts::{Look, PartBox, fit, line, plural, px, size, width_of};
use super::plan::{Plan, Rect};
use crate::texts;

#[derive(Properties, PartialEq)]
pub struct KernelProps {
    pub plan: Plan,
    pub kernel: Option<KernelView>,
    pub look: Callback<Part, Look>,
    /// The newest refusal up to the moment in view.
    pub refusal: Option<Rc<EventView>>,
    pub selected_namespace: Option<u64>,
    pub onselect: Callback<Part>,
    pub onselect_namespace: Callback<u64>,
}

#[component]
pub fn Kernel(props: &KernelProps) -> Html {
    let boxed = |part: Part, says: String, inside: Html| {
        html! {
            <PartBox {part} rect={props.plan.rect(part)} look={props.look.emit(part)} says={says}
                onselect={props.onselect.clone()}>{ inside }</PartBox>
        }
    };
    let Some(kernel) = &props.kernel else {
        let parts = [
            Part::Processes,
            Part::Memory,
            Part::Vfs,
            Part::Ipc,
            Part::Namespaces,
            Part::Security,
            Part::Drivers,
        ];
        return html! { <>{ for parts.into_iter().map(|part| boxed(part, String::new(), html! {})) }</> };
    };
    let at = |part| props.plan.rect(part);
    let (processes, scheduler) = processes(kernel);
    let memory = &kernel.memory;
    let mounts = kernel.file_systems.iter().map(|(name, count)| match count {
        1 => name.clone(),
        n => format!("{name} ×{n}"),
    });
    let mounts: Vec<String> = mounts.collect();
    html! {
        <>
            { boxed(Part::Processes, format!("{processes}, {scheduler}"), html! { <>
                { line(at(Part::Processes), 0.0, &processes) }
                { line(at(Part::Processes), 1.0, &scheduler) }
                { line(at(Part::Processes), 2.0, plural(kernel.context_switches, "switch", "switches")) }
            </> }) }
            { boxed(Part::Memory, format!("{} of {} used", size(memory.used_kib), size(memory.total_kib)), html! { <>
                { gauge(at(Part::Memory), &[(memory.used_kib, "used"), (memory.cache_kib, "cache")], memory.total_kib) }
                { line(at(Part::Memory), 1.1, format!("{} used", size(memory.used_kib))) }
                { line(at(Part::Memory), 2.1, format!("{} cached", size(memory.cache_kib))) }
            </> }) }
            { boxed(Part::Vfs, mounts.join(", "), lines_of_words(at(Part::Vfs), &mounts)) }
            { boxed(Part::Ipc, format!("{} pipes", kernel.pipes), pipes(at(Part::Ipc), kernel.pipes)) }
            { boxed(Part::Namespaces, String::new(), html! {}) }
            { namespaces(props, kernel, at(Part::Namespaces)) }
            { boxed(Part::Security, String::new(), refusal(at(Part::Security), kernel, props.refusal.as_deref())) }
            { boxed(Part::Drivers, kernel.drivers.join(", "), lines_of_words(at(Part::Drivers), &kernel.drivers)) }
        </>
    }
}

fn processes(kernel: &KernelView) -> (String, String) {
    let count = |state| kernel.tasks.iter().filter(|task| task.state == state).count();
    let zombies = count(TaskState::Zombie);
    let zombies = if zombies > 0 { format!(", {zombies} ended") } else { String::new() };
    let running = count(TaskState::Running);
    (
        plural(kernel.tasks.len() as u64, "task", "tasks") + &zombies,
        format!("{running} running, {} in the queue", kernel.run_queue.len()),
    )
}

/// A bar of shares of a total.
fn gauge(rect: Rect, shares: &[(u64, &'static str)], total: u64) -> Html {
    let (x0, w, y) = (rect.x + 8.0, rect.w - 16.0, rect.y + 24.0);
    let mut x = x0;
    let bars = shares.iter().map(|(share, class)| {
        let share_w = w * *share as f64 / total.max(1) as f64;
        let bar = html! { <rect class={*class} x={px(x)} y={px(y)} width={px(share_w)} height="8" /> };
        x += share_w;
        bar
    });
    html! {
        <g class="gauge">
            { for bars }
            <rect class="frame" x={px(x0)} y={px(y)} width={px(w)} height="8" rx="1" />
        </g>
    }
}

/// Words one after the other, in as many lines as the box has.
fn lines_of_words(rect: Rect, words: &[String]) -> Html {
    let rows = ((rect.h - 26.0) / 15.0).floor().max(1.0) as usize;
    let mut lines: Vec<String> = vec![String::new()];
    for word in words {
        let last = lines.last_mut().expect("there is always a line");
        let joined = if last.is_empty() { word.clone() } else { format!("{last}  {word}") };
        if width_of(&joined, 6.25) <= rect.w - 14.0 || last.is_empty() {
            *last = joined;
        } else {
            lines.push(word.clone());
        }
    }
    if lines.len() > rows {
        lines.truncate(rows);
        if let Some(last) = lines.last_mut() {
            last.push_str(" …");
        }
    }
    html! { <>{ for lines.iter().enumerate().map(|(row, text)| line(rect, row as f64, text)) }</> }
}

fn pipes(rect: Rect, count: u32) -> Html {
    let y = rect.y + 33.0;
    let shown = f64::from(count.min(3));
    html! {
        <>
            { line(rect, 0.0, match count { 0 => "none open".to_owned(), 1 => "1 open".to_owned(), n => format!("{n} open") }) }
            { for (0..shown as u32).map(|index| {
                let y = y + 10.0 + f64::from(index) * 11.0;
                html! { <path class="pipe" d={format!("M{:.1} {y:.1}h{:.1}", rect.x + 12.0, rect.w - 24.0)} /> }
            }) }
        </>
    }
}

fn refusal(rect: Rect, kernel: &KernelView, refusal: Option<&EventView>) -> Html {
    let Some((event, denial)) = refusal.and_then(|event| Some((event, event.denial.as_ref()?))) else {
        return line(rect, 0.0, texts::NO_REFUSAL);
    };
    let call = event.text.split('(').next().unwrap_or_default();
    html! {
        <>
            { line(rect, 0.0, plural(kernel.denials, "failed call", "failed calls")) }
            <text class="value no" x={px(rect.x + 8.0)} y={px(rect.y + 48.0)}>
                { fit(&format!("✕ {call}"), rect.w - 14.0, 6.6) }
            </text>
            <text class="value no" x={px(rect.x + 8.0)} y={px(rect.y + 63.0)}>
                { fit(&format!("{}: {}", denial.errno, denial.rule.replace(['-', '_'], " ")), rect.w - 14.0, 6.3) }
            </text>
        </>
    }
}

/// One cell for each kind: its words, a swatch for each namespace, what the newest one says.
fn namespaces(props: &KernelProps, kernel: &KernelView, rect: Rect) -> Html {
    let kinds: Vec<NamespaceKind> = NamespaceKind::ALL
        .into_iter()
        .filter(|kind| kernel.namespaces.iter().any(|namespace| namespace.kind == *kind))
        .collect();
    let columns = if (rect.h - 28.0) / kinds.len() as f64 >= 14.5 { 1 } else { 2 };
    let lines = kinds.len().div_ceil(columns).max(1);
    let pitch = ((rect.h - 28.0) / lines as f64).min(20.0);
    let cell_w = (rect.w - 16.0) / columns as f64;
    let cells = kinds.into_iter().enumerate().map(|(index, kind)| {
        let x = rect.x + 8.0 + (index / lines) as f64 * cell_w;
        let y = rect.y + 24.0 + (index % lines) as f64 * pitch;
        namespace_cell(props, kernel, kind, Rect { x, y, w: cell_w - 8.0, h: pitch })
    });
    html! { <g class="namespaces">{ for cells }</g> }
}

fn namespace_cell(props: &KernelProps, kernel: &KernelView, kind: NamespaceKind, cell: Rect) -> Html {
    let all: Vec<&NamespaceView> = kernel.namespaces.iter().filter(|n| n.kind == kind).collect();
    let words = kind.name();
    let words_w = 34.0;
    let room = ((cell.w - words_w) / 17.0).floor() as usize;
    let shown = all.iter().rev().take(room.saturating_sub(1).max(1)).rev();
    let swatches = shown.enumerate().map(|(index, namespace)| {
        let onselect = props.onselect_namespace.reform({
            let inode = namespace.inode;
            move |()| inode
        });
        html! {
            <Swatch key={namespace.inode} {kind} ordinal={ordinal(&kernel.namespaces, namespace.inode)}
                x={cell.x + words_w + index as f64 * 17.0} y={cell.y} {onselect}
                selected={props.selected_namespace == Some(namespace.inode)} />
        }
    });
    let used = words_w + all.len().min(room) as f64 * 17.0 + 4.0;
    let newest = all.last().map(|namespace| digest(namespace)).unwrap_or_default();
    html! {
        <g>
            <text class="value" x={px(cell.x)} y={px(cell.y + 11.0)}>{ words }</text>
            { for swatches }
            <text class="value dim" x={px(cell.x + used)} y={px(cell.y + 11.0)}>
                { fit(&newest, cell.w - used, 6.2) }
            </text>
        </g>
    }
}

/// What a namespace keeps, in a few letters.
pub fn digest(namespace: &NamespaceView) -> String {
    match &namespace.detail {
        NamespaceDetail::Uts { hostname, .. } => format!("\"{hostname}\""),
        NamespaceDetail::Pid { .. } => plural(namespace.members.len() as u64, "process", "processes"),
        NamespaceDetail::Mnt { mounts } => plural(mounts.len() as u64, "mount", "mounts"),
        NamespaceDetail::User { uid_map, .. } => match uid_map.first() {
            None => "no map yet".to_owned(),
            Some(line) if line.count > 1 => "all users".to_owned(),
            Some(line) => format!("uid {} → {}", line.inside, line.outside),
        },
        NamespaceDetail::Other => String::new(),
    }
}
