//! The list of events, newest last, as strace shows them.

use std::rc::Rc;

use sim_core::view::{EventKind, EventView};
use yew::prelude::*;

use crate::state::{Filter, Selection};
use crate::texts;

/// How many lines the page keeps; older ones are reached by stepping back.
const LINES_MAX: usize = 150;

#[derive(Properties, PartialEq)]
pub struct EventsProps {
    pub events: Rc<Vec<Rc<EventView>>>,
    pub filter: Filter,
    pub selection: Selection,
    pub onselect: Callback<Selection>,
    pub onfilter: Callback<Filter>,
    pub ongoto: Callback<u64>,
}

#[component]
pub fn Events(props: &EventsProps) -> Html {
    let list = use_node_ref();
    let newest = props.events.last().map_or(0, |event| event.number);
    use_effect_with((newest, props.filter), {
        let list = list.clone();
        move |_| crate::services::page::scroll_to_end(&list)
    });
    let shown: Vec<&Rc<EventView>> =
        props.events.iter().filter(|event| passes(props.filter, event.kind)).collect();
    let from = shown.len().saturating_sub(LINES_MAX);
    html! {
        <section class="events" aria-label={texts::EVENTS_TITLE}>
            <div class="bar">
                <h2>{ texts::EVENTS_TITLE }</h2>
                <span class="hint">{ texts::EVENTS_HINT }</span>
                <div class="filters" role="group" aria-label={texts::FILTER_LABEL}>
                    { for Filter::ALL.into_iter().map(|filter| {
                        let onclick = props.onfilter.reform(move |_: MouseEvent| filter);
                        html! {
                            <button type="button" aria-pressed={(props.filter == filter).to_string()} {onclick}>
                                { filter_words(filter) }
                            </button>
                        }
                    }) }
                </div>
            </div>
            <ol class="lines" ref={list} tabindex="0" aria-label={texts::EVENTS_TITLE}>
                if shown.is_empty() {
                    <li class="empty">{ if props.events.is_empty() { texts::EVENTS_EMPTY } else { texts::EVENTS_EMPTY_FILTER } }</li>
                }
                { for shown[from..].iter().map(|event| {
                    let selected = props.selection == Selection::Event(event.number);
                    html! {
                        <Line key={event.number} event={(*event).clone()} {selected}
                            onselect={props.onselect.clone()} ongoto={props.ongoto.clone()} />
                    }
                }) }
            </ol>
        </section>
    }
}

fn passes(filter: Filter, kind: EventKind) -> bool {
    use EventKind::*;
    match filter {
        Filter::All => true,
        Filter::Calls => matches!(kind, SyscallEnter | SyscallReturn | Denied | Unmodelled | Blocked | Woken),
        Filter::Denied => matches!(kind, Denied | Unmodelled | Fault | Note),
        Filter::Boot => matches!(kind, Input | Hardware | Firmware | BootLoader | Kernel | Fault),
    }
}

fn filter_words(filter: Filter) -> &'static str {
    match filter {
        Filter::All => texts::FILTER_ALL,
        Filter::Calls => texts::FILTER_CALLS,
        Filter::Denied => texts::FILTER_DENIED,
        Filter::Boot => texts::FILTER_BOOT,
    }
}

#[derive(Properties, PartialEq)]
struct LineProps {
    event: Rc<EventView>,
    selected: bool,
    onselect: Callback<Selection>,
    ongoto: Callback<u64>,
}

#[component]
fn Line(props: &LineProps) -> Html {
    let LineProps { event, selected, .. } = props;
    let (sign, words) = texts::event_kind(event.kind);
    let number = event.number;
    let choose = props.onselect.reform({
        let selected = *selected;
        move |_: MouseEvent| if selected { Selection::Nothing } else { Selection::Event(number) }
    });
    let class = classes!(
        "line",
        format!("kind-{:?}", event.kind),
        selected.then_some("selected"),
        crate::services::engine::is_refusal(event).then_some("refusal")
    );
    html! {
        <li {class}>
            <button type="button" class="row" onclick={choose} aria-expanded={selected.to_string()}>
                <span class="at">{ clock(event.at_ns) }</span>
                <span class="sign" title={words} role="img" aria-label={words}>{ sign }</span>
                <span class="who">
                    if let Some(actor) = &event.actor { { format!("{} {}", actor.pid, actor.comm) } }
                </span>
                <span class="text">{ &event.text }</span>
            </button>
            if let (true, Some(denial)) = (*selected, &event.denial) {
                <p class="because">
                    <strong>{ format!("{}: {}. ", denial.errno, denial.errno_text) }</strong>{ &denial.sentence }
                </p>
            }
        </li>
    }
}

/// Seconds and microseconds, as `dmesg` has them.
fn clock(ns: u64) -> String {
    format!("{:>3}.{:06}", ns / 1_000_000_000, ns % 1_000_000_000 / 1000)
}
