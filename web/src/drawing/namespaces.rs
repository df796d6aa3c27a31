//! Each kind of namespace has one colour and one pattern, everywhere it appears.

use sim_core::view::{NamespaceKind, NamespaceView};
use yew::prelude::*;

use super::parts::{on_key, px};
use crate::texts;

/// The patterns, once in the page; everything else refers to them by id. The colours are in the style
/// sheet, as `--ns-KIND`.
#[component]
pub fn NamespacePatterns() -> Html {
    html! {
        <svg class="definitions" width="0" height="0" aria-hidden="true" focusable="false">
            <defs>
                { for NamespaceKind::ALL.into_iter().map(pattern) }
            </defs>
        </svg>
    }
}

fn pattern(kind: NamespaceKind) -> Html {
    let marks = match kind {
        NamespaceKind::Mnt => "M0 1.5H6M0 4.5H6",
        NamespaceKind::Ipc => "M1.5 0V6M4.5 0V6",
        NamespaceKind::User => "M-1 1L1 -1M0 6L6 0M5 7L7 5",
        NamespaceKind::Uts => "M-1 5L1 7M0 0L6 6M5 -1L7 1",
        NamespaceKind::Net => "M0 0L6 6M0 6L6 0",
        NamespaceKind::Pid => "M1.5 1.5h.01M4.5 4.5h.01M4.5 1.5h.01M1.5 4.5h.01",
        NamespaceKind::Cgroup => "M0 3H6M3 0V3M0 3V6",
        NamespaceKind::Time => "M1 3a2 2 0 1 0 4 0a2 2 0 1 0 -4 0",
    };
    html! {
        <pattern id={format!("ns-{}", kind.name())} width="6" height="6" patternUnits="userSpaceOnUse">
            <rect width="6" height="6" style={format!("fill: var(--ns-{})", kind.name())} />
            <path d={marks} class={classes!("marks", (kind == NamespaceKind::Pid).then_some("dots"))} />
        </pattern>
    }
}

/// Which of its kind a namespace is: 0 for the one that the machine booted with, then 1, 2, ...
pub fn ordinal(all: &[NamespaceView], inode: u64) -> usize {
    let Some(found) = all.iter().find(|namespace| namespace.inode == inode) else { return 0 };
    if found.initial {
        return 0;
    }
    1 + all.iter().filter(|other| other.kind == found.kind && !other.initial && other.inode < inode).count()
}

/// What to call a namespace: `uts 1`, or `uts, the one the machine booted with`.
pub fn name_of(kind: NamespaceKind, ordinal: usize) -> String {
    match ordinal {
        0 => format!("{} ({}): {}", texts::namespace(kind), kind.name(), texts::INITIAL),
        n => format!("{} ({}): new one, number {n}", texts::namespace(kind), kind.name()),
    }
}

#[derive(Properties, PartialEq)]
pub struct SwatchProps {
    pub kind: NamespaceKind,
    /// See [`ordinal`].
    pub ordinal: usize,
    pub x: f64,
    pub y: f64,
    #[prop_or(13.0)]
    pub size: f64,
    #[prop_or_default]
    pub selected: bool,
    /// Without it the swatch is only to be looked at.
    #[prop_or_default]
    pub onselect: Option<Callback<()>>,
}

/// A namespace as a small square: hollow for the one the machine booted with, filled with its kind's
/// pattern and its number for a new one.
#[component]
pub fn Swatch(props: &SwatchProps) -> Html {
    let SwatchProps { kind, ordinal, x, y, size, .. } = *props;
    let name = name_of(kind, ordinal);
    let fill = match ordinal {
        0 => "none".to_owned(),
        _ => format!("url(#ns-{})", kind.name()),
    };
    let class = classes!("swatch", (ordinal > 0).then_some("new"), props.selected.then_some("selected"));
    let inside = html! {
        <>
            <title>{ name.clone() }</title>
            <rect x={px(x)} y={px(y)} width={px(size)} height={px(size)} rx="2" fill={fill}
                style={format!("stroke: var(--ns-{})", kind.name())} />
            if ordinal > 0 {
                <text x={px(x + size / 2.0)} y={px(y + size / 2.0 + 3.6)} text-anchor="middle">{ ordinal }</text>
            }
        </>
    };
    match &props.onselect {
        None => html! { <g {class} aria-hidden="true">{ inside }</g> },
        Some(onselect) => {
            let click = onselect.clone();
            let onclick = Callback::from(move |event: MouseEvent| {
                event.stop_propagation();
                click.emit(());
            });
            html! {
                <g {class} role="button" tabindex="0" aria-label={name} {onclick} onkeydown={on_key(onselect.clone())}>
                    { inside }
                </g>
            }
        }
    }
}

/// The same as a piece of HTML.
#[component]
pub fn SwatchIcon(props: &SwatchIconProps) -> Html {
    html! {
        <svg class="swatch-icon" width="16" height="16" viewBox="0 0 16 16" aria-hidden="true">
            <Swatch kind={props.kind} ordinal={props.ordinal} x={1.0} y={1.0} size={14.0} />
        </svg>
    }
}

#[derive(Properties, PartialEq)]
pub struct SwatchIconProps {
    pub kind: NamespaceKind,
    pub ordinal: usize,
}
