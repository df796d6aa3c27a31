//! The terminal's frame on the page.

use web_sys::HtmlElement;
use yew::prelude::*;

use crate::services::conductor::Conductor;
use crate::terminal::{OpenTerminal, failure_words};
use crate::texts;

const LINES: usize = texts::LINE_HINTS.len();

#[derive(Properties, PartialEq)]
pub struct TerminalProps {
    /// Where the bytes come from and go to.
    pub conductor: Conductor,
    /// What to know before typing, if anything.
    pub hint: Option<&'static str>,
    /// The serial line at whose end it is.
    pub line: u32,
    pub online: Callback<u32>,
}

#[component]
pub fn Terminal(props: &TerminalProps) -> Html {
    let place = use_node_ref();
    let state = use_state(|| Some(texts::TERMINAL_LOADING.to_owned()));
    use_effect_with(props.conductor.clone(), {
        let (place, state) = (place.clone(), state.clone());
        move |conductor| {
            let conductor = conductor.clone();
            let detach = conductor.clone();
            if let Some(element) = place.cast::<HtmlElement>() {
                wasm_bindgen_futures::spawn_local(async move {
                    let typed = conductor.clone();
                    match OpenTerminal::open(&element, move |bytes| typed.type_bytes(bytes)).await {
                        Ok(terminal) => {
                            conductor.attach_terminal(terminal);
                            state.set(None);
                        }
                        Err(problem) => state.set(Some(failure_words(&problem))),
                    }
                });
            }
            move || detach.detach_terminal()
        }
    });
    html! {
        <section class="terminal" aria-label={texts::TERMINAL_LABEL}>
            <div class="bar">
                <h2>{ texts::TERMINAL_TITLE }</h2>
                <span class="hint">{ props.hint.unwrap_or(texts::LINE_HINTS[props.line as usize % LINES]) }</span>
                <div class="lines-choice" role="group" aria-label={texts::TERMINAL_LINES}>
                    { for (0..LINES as u32).map(|line| html! {
                        <button type="button" aria-pressed={(line == props.line).to_string()}
                            title={texts::LINE_HINTS[line as usize]}
                            onclick={props.online.reform(move |_: MouseEvent| line)}>{ line + 1 }</button>
                    }) }
                </div>
            </div>
            <div class="screen" id="terminal"><div class="glass" ref={place}></div></div>
            if let Some(words) = &*state { <p class="waiting">{ words }</p> }
        </section>
    }
}
