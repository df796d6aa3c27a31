//! User space: the tree of processes, each wearing its namespaces.

use std::collections::BTreeMap;

use sim_core::view::{NamespaceView, TaskState, TaskView};
use yew::prelude::*;

use super::namespaces::{Swatch, ordinal};
use super::parts::{fit, on_key, px, width_of};
use super::plan::Rect;
use crate::texts;

const COLUMN_LEAST: f64 = 226.0;
const COLUMN_MOST: f64 = 340.0;
const COLUMN_GAP: f64 = 16.0;
const CARD: f64 = 25.0;
const PITCH_MOST: f64 = 34.0;
const INDENT: f64 = 12.0;
/// Room below the cards, for how many are left over.
const MORE: f64 = 10.0;
const DEPTH_MOST: usize = 5;

/// Where a process is drawn.
#[derive(Clone, Debug, PartialEq)]
pub struct Card {
    pub task: u64,
    pub rect: Rect,
    /// Where its calls go down to the gate, right of its column.
    pub shaft_x: f64,
    parent: Option<Rect>,
}

/// The cards of as many processes as there is room for, and how many are left over.
pub fn lay_cards(tasks: &[TaskView], room: Rect) -> (Vec<Card>, usize) {
    let tree = tree_order(tasks);
    let fitting = ((room.w + COLUMN_GAP) / (COLUMN_LEAST + COLUMN_GAP)).floor().max(1.0) as usize;
    let room = Rect { h: room.h - MORE, ..room };
    let lines_most = ((room.h - CARD) / (CARD + 4.0)).floor().max(0.0) as usize + 1;
    let shown = tree.len().min(fitting * lines_most);
    let columns = fitting.min(shown.max(1));
    let lines = shown.div_ceil(columns).max(1);
    let pitch = ((room.h - CARD) / (lines.max(2) - 1) as f64).clamp(CARD + 4.0, PITCH_MOST);
    let column_w = ((room.w + COLUMN_GAP) / columns as f64 - COLUMN_GAP).min(COLUMN_MOST);
    let mut cards: Vec<Card> = Vec::new();
    for (index, (task, depth)) in tree.iter().take(shown).enumerate() {
        let column = index / lines;
        let left = room.x + column as f64 * (column_w + COLUMN_GAP);
        let indent = INDENT * (*depth).min(DEPTH_MOST) as f64;
        let y = room.y + (index % lines) as f64 * pitch;
        let rect = Rect { x: left + indent, y, w: column_w - indent, h: CARD };
        let in_column = |card: &&Card| card.rect.y < y && card.shaft_x == left + column_w + COLUMN_GAP / 2.0;
        let parent = cards.iter().filter(in_column).find(|card| Some(card.task) == task.parent);
        let parent = parent.map(|card| card.rect);
        cards.push(Card { task: task.id, rect, shaft_x: left + column_w + COLUMN_GAP / 2.0, parent });
    }
    (cards, tree.len() - shown)
}

/// Parents before their children, each child below its parent; with the depth.
fn tree_order(tasks: &[TaskView]) -> Vec<(&TaskView, usize)> {
    let programs: Vec<&TaskView> = tasks.iter().filter(|task| !task.kernel_thread).collect();
    let mut children: BTreeMap<Option<u64>, Vec<&TaskView>> = BTreeMap::new();
    for task in &programs {
        let parent = task.parent.filter(|parent| programs.iter().any(|other| other.id == *parent));
        children.entry(parent).or_default().push(task);
    }
    let mut order = Vec::new();
    let mut stack: Vec<(&TaskView, usize)> =
        children.get(&None).into_iter().flatten().rev().map(|task| (*task, 0)).collect();
    while let Some((task, depth)) = stack.pop() {
        order.push((task, depth));
        let below = children.get(&Some(task.id)).into_iter().flatten().rev();
        stack.extend(below.map(|child| (*child, depth + 1)));
    }
    order
}

#[derive(Properties, PartialEq)]
pub struct ProcessesProps {
    pub tasks: Vec<TaskView>,
    pub namespaces: Vec<NamespaceView>,
    pub cards: Vec<Card>,
    pub left_over: usize,
    pub room: Rect,
    /// The task behind the event in view.
    pub acting: Option<u64>,
    pub selected: Option<u64>,
    pub onselect: Callback<u64>,
}

#[component]
pub fn Processes(props: &ProcessesProps) -> Html {
    let cards = props.cards.iter().filter_map(|card| {
        let task = props.tasks.iter().find(|task| task.id == card.task)?;
        Some(draw_card(props, card, task))
    });
    html! {
        <g role="list" aria-label={texts::part(sim_core::view::Part::Processes).0}>
            if props.cards.is_empty() {
                <text class="nothing" x={px(props.room.centre())} y={px(props.room.middle() + 4.0)} text-anchor="middle">
                    { texts::NO_PROGRAMS }
                </text>
            }
            { for cards }
            if props.left_over > 0 {
                <text class="value" x={px(props.room.right())} y={px(props.room.bottom() + 3.0)} text-anchor="end">
                    { format!("+ {} {}", props.left_over, texts::MORE) }
                </text>
            }
        </g>
    }
}

fn draw_card(props: &ProcessesProps, card: &Card, task: &TaskView) -> Html {
    let Rect { x, y, w, h } = card.rect;
    let (letter, state) = texts::task_state(task.state);
    let user = task.credentials.user.clone().unwrap_or_else(|| task.credentials.uid.to_string());
    let inner = task.pids.first().filter(|_| task.pids.len() > 1);
    let pid = match inner {
        Some(inside) if inside.pid != task.pid => format!("{}={}", task.pid, inside.pid),
        _ => task.pid.to_string(),
    };
    let swatches_w = task.namespaces.len() as f64 * 16.0;
    let pid_x = x + 22.0;
    let comm_x = pid_x + width_of(&pid, 6.7) + 8.0;
    let room = x + w - swatches_w - 8.0 - comm_x;
    let user_w = width_of(&user, 6.2) + 8.0;
    let comm_room = if room - user_w > 44.0 { room - user_w } else { room };
    let select = props.onselect.reform({
        let id = task.id;
        move |()| id
    });
    let class = classes!(
        "task",
        (props.acting == Some(task.id)).then_some("touched"),
        (props.selected == Some(task.id)).then_some("selected"),
        (task.state == TaskState::Zombie).then_some("zombie"),
        (task.state == TaskState::Running).then_some("running"),
    );
    let new_ones = task.namespaces.iter().filter(|namespace| !namespace.initial).map(|n| n.kind.name());
    let worn = new_ones.collect::<Vec<_>>().join(", ");
    let worn = if worn.is_empty() { String::new() } else { format!(", in new namespaces: {worn}") };
    let label = format!("process {pid}, {}, of {user}: {state}{worn}", task.comm);
    html! {
        <g key={task.id} role="listitem">
            if let Some(parent) = card.parent {
                <path class="branch" d={format!("M{:.1} {:.1}V{:.1}H{:.1}",
                    parent.x + 6.0, parent.bottom(), y + h / 2.0, x)} />
            }
            <g {class} role="button" tabindex="0" aria-label={label.clone()}
                onclick={select.reform(|_: MouseEvent| ())} onkeydown={on_key(select)}>
                <title>{ label }</title>
                <rect class="box" x={px(x)} y={px(y)} width={px(w)} height={px(h)} rx="12.5" />
                <text class="state" x={px(x + 12.0)} y={px(y + 17.0)} text-anchor="middle">{ letter }</text>
                <text class="pid" x={px(pid_x)} y={px(y + 17.0)}>{ pid }</text>
                <text class="comm" x={px(comm_x)} y={px(y + 17.0)}>{ fit(&task.comm, comm_room, 7.0) }</text>
                if comm_room < room {
                    <text class="user" x={px(x + w - swatches_w - 10.0)} y={px(y + 17.0)} text-anchor="end">{ user }</text>
                }
                { for task.namespaces.iter().enumerate().map(|(index, namespace)| html! {
                    <Swatch kind={namespace.kind} ordinal={ordinal(&props.namespaces, namespace.inode)}
                        x={x + w - swatches_w - 4.0 + index as f64 * 16.0} y={y + 6.0} />
                }) }
            </g>
        </g>
    }
}
