//! The drawing: the cross-section of a machine.

mod call;
mod hardware;
mod kernel;
mod namespaces;
mod parts;
mod plan;
mod user;

use std::rc::Rc;

use sim_core::view::{EventView, Layer, MachineView, Part};
use yew::prelude::*;

use crate::services::size::use_size;
use crate::state::{Motion, Selection};
use crate::texts;
use call::Call;
use hardware::Hardware;
use kernel::Kernel;
pub use kernel::digest;
pub use namespaces::{NamespacePatterns, SwatchIcon, name_of, ordinal};
use parts::{Look, fit, on_key, px};
use plan::{HULL, Plan, Rect, home};
use user::{Processes, lay_cards};

#[derive(Properties, PartialEq)]
pub struct DrawingProps {
    pub view: Rc<MachineView>,
    /// The event that the machine is right behind.
    pub event: Option<Rc<EventView>>,
    pub refusal: Option<Rc<EventView>>,
    pub selection: Selection,
    pub motion: Motion,
    pub onselect: Callback<Selection>,
    pub onpower: Callback<()>,
}

#[component]
pub fn Drawing(props: &DrawingProps) -> Html {
    let frame = use_node_ref();
    let (width, height) = use_size(&frame);
    html! {
        <div class="drawing" ref={frame}>
            if width > 0.0 {
                { draw(props, &Plan::new(width, height)) }
            }
        </div>
    }
}

fn draw(props: &DrawingProps, plan: &Plan) -> Html {
    let view = &props.view;
    let room = plan.user_inner();
    let kernel = view.kernel.as_ref();
    let tasks = kernel.map(|kernel| kernel.tasks.clone()).unwrap_or_default();
    let (cards, left_over) = lay_cards(&tasks, room);
    let acting = props.event.as_ref().and_then(|event| event.actor.as_ref()).map(|actor| actor.task);
    let called = props.event.as_ref().is_some_and(|event| event.path.contains(&Part::SyscallInterface));
    let acting_card = cards.iter().find(|card| called && Some(card.task) == acting).cloned();
    let onselect_part = props.onselect.reform(Selection::Part);
    let selected_task = if let Selection::Task(id) = props.selection { Some(id) } else { None };
    let selected_namespace =
        if let Selection::Namespace(inode) = props.selection { Some(inode) } else { None };
    let look = look_of(props);
    let size = format!("0 0 {:.1} {:.1}", plan.width, plan.height);
    html! {
        <svg class="section" viewBox={size} width={px(plan.width)} height={px(plan.height)} role="group"
            aria-label={texts::DRAWING_LABEL}>
            <defs>
                <pattern id="hatch" width="5" height="5" patternUnits="userSpaceOnUse" patternTransform="rotate(45)">
                    <path d="M0 0V5" class="hatch" />
                </pattern>
                <marker id="arrow" viewBox="0 0 8 8" refX="7" refY="4" markerWidth="8" markerHeight="8"
                    markerUnits="userSpaceOnUse" orient="auto">
                    <path d="M0 0L8 4L0 8z" />
                </marker>
            </defs>
            { hull(plan) }
            { layer(plan.user, Layer::User) }
            { layer(plan.kernel, Layer::Kernel) }
            { layer(plan.hardware, Layer::Hardware) }
            <Hardware plan={plan.clone()} hardware={view.hardware.clone()} stage={view.stage}
                memory={kernel.map(|kernel| kernel.memory)} look={look.clone()}
                onselect={onselect_part.clone()} onpower={props.onpower.clone()} />
            <Kernel plan={plan.clone()} kernel={view.kernel.clone()} look={look.clone()} refusal={props.refusal.clone()}
                {selected_namespace} onselect={onselect_part.clone()}
                onselect_namespace={props.onselect.reform(Selection::Namespace)} />
            { gate(plan, look.emit(Part::SyscallInterface), onselect_part) }
            if let (Some(event), Some(card)) = (&props.event, acting_card) {
                <Call plan={plan.clone()} event={event.clone()} {card} motion={props.motion} />
            }
            { crossing(props, plan) }
            <Processes {tasks} namespaces={kernel.map(|kernel| kernel.namespaces.clone()).unwrap_or_default()}
                {cards} {left_over} {room} {acting} selected={selected_task}
                onselect={props.onselect.reform(Selection::Task)} />
        </svg>
    }
}

/// How each part is drawn at this moment.
fn look_of(props: &DrawingProps) -> Callback<Part, Look> {
    let view = props.view.clone();
    let path: Vec<Part> = props.event.iter().flat_map(|event| &event.path).map(|part| home(*part)).collect();
    let selection = props.selection;
    Callback::from(move |part: Part| Look {
        lit: view.reached.iter().any(|reached| home(*reached) == part),
        touched: path.contains(&part),
        at_fault: view.fault.as_ref().is_some_and(|fault| home(fault.part) == part),
        selected: selection == Selection::Part(part),
    })
}

/// The hull: glass, cut open, rounder at the keel.
fn hull(plan: &Plan) -> Html {
    let outline = |inset: f64| {
        let (l, t, r, b) = (inset, inset, plan.width - inset, plan.height - inset);
        let (top, keel) = (14.0 - inset.min(10.0), 40.0 - inset);
        format!(
            "M{:.1} {t:.1}H{:.1}Q{r:.1} {t:.1} {r:.1} {:.1}V{:.1}Q{r:.1} {b:.1} {:.1} {b:.1}H{:.1}Q{l:.1} {b:.1} {l:.1} \
             {:.1}V{:.1}Q{l:.1} {t:.1} {:.1} {t:.1}Z",
            l + top,
            r - top,
            t + top,
            b - keel,
            r - keel,
            l + keel,
            b - keel,
            t + top,
            l + top
        )
    };
    let (outer, inner) = (outline(1.0), outline(HULL - 1.0));
    html! {
        <g class="hull" aria-hidden="true">
            <path class="paper" d={outer.clone()} />
            <path class="wall" fill-rule="evenodd" d={format!("{outer}{inner}")} />
            <path class="edge" d={outer} />
            <path class="edge" d={inner} />
        </g>
    }
}

fn layer(band: Rect, layer: Layer) -> Html {
    let (words, linux) = texts::layer(layer);
    let (x, y) = (band.x + 17.0, band.middle());
    let class = match layer {
        Layer::User => "user",
        Layer::Kernel => "kernel",
        Layer::Firmware | Layer::Hardware => "hardware",
    };
    let name = if band.h > 150.0 { format!("{words} · {linux}") } else { words.to_owned() };
    html! {
        <g class={classes!("layer", class)}>
            if layer == Layer::Kernel {
                <rect x={px(band.x)} y={px(band.y)} width={px(band.w)} height={px(band.h)} />
            } else if layer == Layer::Hardware {
                <path class="floor" d={format!("M{:.1} {:.1}H{:.1}", band.x, band.y, band.right())} />
            }
            <text x={px(x)} y={px(y)} text-anchor="middle" transform={format!("rotate(-90 {x:.1} {y:.1})")}>
                { name }
            </text>
        </g>
    }
}

/// The call at the waterline, over the line that marks its way.
fn crossing(props: &DrawingProps, plan: &Plan) -> Html {
    let rect = plan.gate;
    let kernel = props.view.kernel.as_ref();
    let count = kernel.map(|kernel| format!("{} so far", kernel.syscalls)).unwrap_or_default();
    let call = props.event.as_ref().filter(|event| event.path.contains(&Part::SyscallInterface));
    let room = rect.w - gate_name(plan).chars().count() as f64 * 8.0 - 84.0;
    let shown = call.map_or(count, |event| event.text.clone());
    html! {
        <text class={classes!("crossing", call.is_some().then_some("now"))} x={px(rect.right() - 36.0)}
            y={px(rect.middle() + 3.0)} text-anchor="end" aria-hidden="true">
            { fit(&shown, room, 7.0) }
        </text>
    }
}

fn gate_name(plan: &Plan) -> String {
    let (words, linux) = texts::part(Part::SyscallInterface);
    if plan.narrow() { linux.to_owned() } else { format!("{words} · {linux}") }
}

/// The waterline between programs and kernel, with the call that crosses it.
fn gate(plan: &Plan, look: Look, onselect: Callback<Part>) -> Html {
    let rect = plan.gate;
    let name = gate_name(plan);
    let class = classes!(
        "gate",
        "part",
        look.lit.then_some("lit"),
        look.touched.then_some("touched"),
        look.selected.then_some("selected"),
    );
    let choose = onselect.reform(|()| Part::SyscallInterface);
    let wave: String = (0..(rect.w / 24.0) as u32).map(|_| "q6 -4 12 0t12 0").collect();
    html! {
        <g {class} role="button" tabindex="0" aria-label={name.clone()}
            onclick={choose.reform(|_: MouseEvent| ())} onkeydown={on_key(choose)}>
            <rect class="water" x={px(rect.x)} y={px(rect.y + 2.0)} width={px(rect.w)} height={px(rect.h - 2.0)} />
            <path class="wave" d={format!("M{:.1} {:.1}{wave}", rect.x, rect.y + 2.0)} />
            <path class="line" d={format!("M{:.1} {:.1}H{:.1}", rect.x, rect.bottom(), rect.right())} />
            <text class="words" x={px(rect.x + 34.0)} y={px(rect.middle() + 3.0)}>{ name }</text>
        </g>
    }
}
