//! Small errands in the browser's page.

use web_sys::{Element, HtmlElement, ScrollBehavior, ScrollIntoViewOptions};
use yew::NodeRef;

use crate::state::{Pane, Theme};

const THEME_KEY: &str = "glasshull.theme";

pub fn focus_terminal() {
    let area = gloo::utils::document().query_selector("#terminal textarea").ok().flatten();
    if let Some(area) = area.and_then(|area| wasm_bindgen::JsCast::dyn_into::<HtmlElement>(area).ok()) {
        // Without focus there is nothing to do but to go on without it.
        let _ = area.focus();
    }
}

pub fn scroll_to_end(list: &NodeRef) {
    if let Some(element) = list.cast::<Element>() {
        element.set_scroll_top(element.scroll_height());
    }
}

/// Brings a pane into view where panes lie side by side in a narrow window.
pub fn show_pane(pane: Pane) {
    if let Some(element) = gloo::utils::document().get_element_by_id(pane.id()) {
        let options = ScrollIntoViewOptions::new();
        options.set_behavior(if reduced_motion() { ScrollBehavior::Instant } else { ScrollBehavior::Smooth });
        options.set_block(web_sys::ScrollLogicalPosition::Nearest);
        options.set_inline(web_sys::ScrollLogicalPosition::Start);
        element.scroll_into_view_with_scroll_into_view_options(&options);
    }
}

/// The pane that a reader has swiped to, once the swipe has come to rest.
pub fn pane_in_view() -> Option<Pane> {
    let is_near = |pane: &Pane| {
        let element = gloo::utils::document().get_element_by_id(pane.id());
        element.is_some_and(|element| element.get_bounding_client_rect().left().abs() < 20.0)
    };
    if narrow() { Pane::ALL.into_iter().find(is_near) } else { None }
}

/// The reader asked their system for less motion.
pub fn reduced_motion() -> bool {
    matches("(prefers-reduced-motion: reduce)")
}

/// One pane at a time is in view.
pub fn narrow() -> bool {
    matches("(max-width: 899px)")
}

/// The size of the terminal's letters: eighty of them fit beside the drawing.
pub fn letter_px() -> u32 {
    match (narrow(), matches("(max-width: 1399px)")) {
        (true, _) => 11,
        (false, true) => 12,
        (false, false) => 13,
    }
}

fn matches(query: &str) -> bool {
    gloo::utils::window().match_media(query).ok().flatten().is_some_and(|list| list.matches())
}

/// The page is shown as a block inside another page.
pub fn embedded() -> bool {
    let search = gloo::utils::window().location().search().unwrap_or_default();
    search.trim_start_matches('?').split('&').any(|word| word == "embed" || word.starts_with("embed="))
}

pub fn apply_theme(theme: Theme) {
    let root = gloo::utils::document_element();
    // Setting an attribute with a plain name cannot fail.
    let _ = root.set_attribute("data-theme", theme.name());
}

/// The choice of an earlier visit; automatic where the browser keeps nothing.
pub fn kept_theme() -> Theme {
    let kept = storage().and_then(|storage| storage.get_item(THEME_KEY).ok().flatten());
    kept.map(|name| Theme::from_name(&name)).unwrap_or_default()
}

pub fn keep_theme(theme: Theme) {
    if let Some(storage) = storage() {
        // A full or forbidden store only means that the choice is forgotten.
        let _ = storage.set_item(THEME_KEY, theme.name());
    }
}

fn storage() -> Option<web_sys::Storage> {
    gloo::utils::window().local_storage().ok().flatten()
}
