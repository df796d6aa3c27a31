//! Things to be told at once: a link that could not be opened, a machine that goes no further.

use sim_core::view::FaultView;
use yew::prelude::*;

use crate::texts;

#[derive(Properties, PartialEq)]
pub struct BadLinkProps {
    /// What is wrong with it, in words.
    pub problem: AttrValue,
    pub link: AttrValue,
    pub onclose: Callback<()>,
}

#[component]
pub fn BadLink(props: &BadLinkProps) -> Html {
    html! {
        <aside class="notice" role="alert">
            <div>
                <strong>{ texts::BAD_LINK_TITLE }</strong>
                <p>{ &props.problem }</p>
                <label>{ texts::BAD_LINK_KEPT }<input readonly=true value={props.link.clone()} /></label>
            </div>
            <button type="button" onclick={props.onclose.reform(|_: MouseEvent| ())}>{ texts::DISMISS }</button>
        </aside>
    }
}

#[derive(Properties, PartialEq)]
pub struct FaultProps {
    pub fault: FaultView,
    pub onselect: Callback<u64>,
}

#[component]
pub fn Fault(props: &FaultProps) -> Html {
    let event = props.fault.event;
    html! {
        <p class="fault" role="status">
            <strong>{ texts::FAULT_TITLE }{ ": " }</strong>
            <button type="button" class="inline" onclick={props.onselect.reform(move |_: MouseEvent| event)}>
                { &props.fault.text }
            </button>
        </p>
    }
}
