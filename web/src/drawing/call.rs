//! The way of one event through the machine: a call goes down from its process to the parts that it
//! needs, and comes back up with the answer.

use std::rc::Rc;

use sim_core::view::{EventKind, EventView, Layer, Part};
use yew::prelude::*;

use super::parts::px;
use super::plan::{Plan, Point, home};
use super::user::Card;
use crate::state::Motion;

#[derive(Properties, PartialEq)]
pub struct CallProps {
    pub plan: Plan,
    pub event: Rc<EventView>,
    /// The card of the process that calls.
    pub card: Card,
    /// Whether time stands still, so that there is time to see the line being drawn.
    pub motion: Motion,
}

#[component]
pub fn Call(props: &CallProps) -> Html {
    let CallProps { plan, event, card, motion } = props;
    let parts = stops(event);
    let answered = matches!(event.kind, EventKind::SyscallReturn | EventKind::Denied | EventKind::Unmodelled);
    let refused = matches!(event.kind, EventKind::Denied | EventKind::Unmodelled);
    let shaft = card.shaft_x.min(plan.user.right() - 8.0);
    let head =
        [(card.rect.right(), card.rect.middle()), (shaft, card.rect.middle()), (shaft, plan.gate.bottom())];
    let ways: Vec<Vec<Point>> =
        parts.iter().map(|part| head.iter().copied().chain(plan.route(shaft, *part)).collect()).collect();
    let class =
        classes!("call", refused.then_some("refused"), (*motion == Motion::Paused).then_some("drawn"));
    html! {
        <g {class} key={event.number} aria-hidden="true">
            { for ways.iter().map(|way| html! { <path class="down" d={path(way)} pathLength="1" /> }) }
            if answered && let Some(last) = ways.last() {
                <path class="up" pathLength="1" d={path(&back(last))} marker-end="url(#arrow)" />
            }
            { for ways.iter().enumerate().map(|(index, way)| stop(index, way[way.len() - 1])) }
        </g>
    }
}

/// The boxes that an event passes, each once, in order.
fn stops(event: &EventView) -> Vec<Part> {
    let mut parts: Vec<Part> = Vec::new();
    let below = event.path.iter().filter(|part| !matches!(part.layer(), Layer::User) && **part != Part::Pci);
    for part in below.map(|part| home(*part)) {
        if !parts.contains(&part) {
            parts.push(part);
        }
    }
    parts
}

fn stop(index: usize, (x, y): Point) -> Html {
    html! {
        <g class="stop">
            <circle cx={px(x)} cy={px(y)} r="7.5" />
            <text x={px(x)} y={px(y + 3.7)} text-anchor="middle">{ index + 1 }</text>
        </g>
    }
}

/// The way back runs beside the way there.
fn back(way: &[Point]) -> Vec<Point> {
    let mut way: Vec<Point> = way.iter().rev().map(|(x, y)| (x + 4.0, y + 4.0)).collect();
    if let Some(end) = way.last_mut() {
        end.0 += 1.0;
    }
    way
}

/// Corners joined by straight lines, a little rounded by the pen (`stroke-linejoin`).
fn path(way: &[Point]) -> String {
    way.iter()
        .enumerate()
        .map(|(index, (x, y))| format!("{}{x:.1} {y:.1}", if index == 0 { 'M' } else { 'L' }))
        .collect()
}
