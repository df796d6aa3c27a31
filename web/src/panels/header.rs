//! The head of the page: its name, the choice of lesson, the link, the colours.

use sim_core::hardware::spec::NAMED;
use yew::prelude::*;

use crate::scenarios::Shelf;
use crate::services::address;
use crate::services::conductor::Conductor;
use crate::state::Theme;
use crate::texts;

#[derive(Properties, PartialEq)]
pub struct HeaderProps {
    pub shelf: Shelf,
    pub scenario: Option<String>,
    pub theme: Theme,
    /// The name of the machine on the desk; none for one that a link brought.
    pub machine: Option<String>,
    pub conductor: Conductor,
    pub onscenario: Callback<Option<String>>,
    pub onmachine: Callback<String>,
    pub ontheme: Callback<Theme>,
}

#[component]
pub fn Header(props: &HeaderProps) -> Html {
    let choose = props.onscenario.reform(|event: Event| {
        let path = event.target_unchecked_into::<web_sys::HtmlSelectElement>().value();
        (!path.is_empty()).then_some(path)
    });
    let theme = props.ontheme.reform(|event: Event| {
        Theme::from_name(&event.target_unchecked_into::<web_sys::HtmlSelectElement>().value())
    });
    let machine = props
        .onmachine
        .reform(|event: Event| event.target_unchecked_into::<web_sys::HtmlSelectElement>().value());
    let copied = use_state(|| None::<&'static str>);
    let copy = {
        let (copied, conductor) = (copied.setter(), props.conductor.clone());
        Callback::from(move |_: MouseEvent| {
            let copied = copied.clone();
            address::copy(&conductor, Callback::from(move |words| copied.set(words)));
        })
    };
    html! {
        <header class="head">
            <a class="skip" href="#terminal" onclick={skip()}>{ texts::SKIP_TO_TERMINAL }</a>
            <h1 aria-label={texts::NAME}>{ mark() }<span>{ texts::NAME }</span></h1>
            <p class="tagline">{ texts::TAGLINE }</p>
            <label class="choice scenario">
                <span>{ texts::SCENARIO_LABEL }</span>
                <select onchange={choose} aria-label={texts::SCENARIO_LABEL}>
                    <option value="" selected={props.scenario.is_none()}>{ texts::SCENARIO_NONE }</option>
                    { for props.shelf.folders().into_iter().map(|(folder, lessons)| html! {
                        <optgroup label={folder}>
                            { for lessons.into_iter().map(|lesson| html! {
                                <option value={lesson.path.clone()}
                                    selected={props.scenario.as_ref() == Some(&lesson.path)}>
                                    { &lesson.front.title }
                                </option>
                            }) }
                        </optgroup>
                    }) }
                </select>
            </label>
            if props.scenario.is_none() {
                <label class="choice scenario">
                    <span>{ texts::MACHINE_LABEL }</span>
                    <select onchange={machine} aria-label={texts::MACHINE_LABEL}>
                        { for NAMED.iter().map(|(name, words)| html! {
                            <option value={*name} selected={props.machine.as_deref() == Some(name)}>{ format!("{name}: {words}") }</option>
                        }) }
                    </select>
                </label>
            }
            <button class="link" type="button" title={texts::COPY_LINK_HINT}
                onclick={copy}>
                { copied.unwrap_or(texts::COPY_LINK) }
            </button>
            <label class="choice theme">
                <span>{ texts::THEME }</span>
                <select onchange={theme} aria-label={texts::THEME}>
                    { for Theme::ALL.into_iter().map(|theme| html! {
                        <option value={theme.name()} selected={props.theme == theme}>{ theme_words(theme) }</option>
                    }) }
                </select>
            </label>
        </header>
    }
}

fn theme_words(theme: Theme) -> &'static str {
    match theme {
        Theme::Auto => texts::THEME_AUTO,
        Theme::Light => texts::THEME_LIGHT,
        Theme::Dark => texts::THEME_DARK,
    }
}

/// The address bar keeps the session, so that the way to the terminal must not go through it.
fn skip() -> Callback<MouseEvent> {
    Callback::from(|event: MouseEvent| {
        event.prevent_default();
        crate::services::page::focus_terminal();
    })
}

/// A hull, cut open.
fn mark() -> Html {
    html! {
        <svg class="mark" width="26" height="26" viewBox="0 0 26 26" aria-hidden="true">
            <path class="glass" d="M3 4H23V13C23 19.5 18.5 23 13 23S3 19.5 3 13Z" />
            <path class="sea" d="M3 11q2.5 -2 5 0t5 0t5 0t5 0V13C23 19.5 18.5 23 13 23S3 19.5 3 13Z" />
            <path class="line" d="M3 4H23V13C23 19.5 18.5 23 13 23S3 19.5 3 13ZM3 11q2.5 -2 5 0t5 0t5 0t5 0M6.5 17H19.5" />
        </svg>
    }
}
