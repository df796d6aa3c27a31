//! When the simulator panics, nothing of the page can be trusted any more: what remains is a card,
//! written without Yew, with the session that led there.

use std::cell::RefCell;
use std::panic::PanicHookInfo;

use wasm_bindgen::JsCast;
use web_sys::{Element, HtmlElement};

use crate::texts;

thread_local! {
    /// The session's address, kept up to date by the conductor: a panic hook gets nothing but the panic.
    static ADDRESS: RefCell<String> = const { RefCell::new(String::new()) };
}

/// A session that only raises the alarm: `#fire-drill` shows what a reader sees when the simulator breaks.
pub const FIRE_DRILL: &str = "fire-drill";

/// From now on a panic shows the card.
pub fn install() {
    yew::set_custom_panic_hook(Box::new(|panic| {
        web_sys::console::error_1(&panic.to_string().into());
        show(panic);
    }));
}

/// Remembers the address to which a panic would point.
pub fn remember(address: &str) {
    ADDRESS.with_borrow_mut(|kept| address.clone_into(kept));
}

fn show(panic: &PanicHookInfo<'_>) {
    let address = ADDRESS.try_with(|kept| kept.try_borrow().map(|kept| kept.clone()).unwrap_or_default());
    let address = address.unwrap_or_default();
    let document = gloo::utils::document();
    let Some(card) = document.get_element_by_id("crash") else { return };
    fill(&card, "h2", texts::CRASH_TITLE);
    fill(&card, "p", texts::CRASH_TEXT);
    fill(&card, ".message-title", texts::CRASH_MESSAGE);
    fill(&card, "pre", &panic.to_string());
    fill(&card, ".link-title", texts::CRASH_LINK);
    set(&card, "input", "value", &address);
    fill(&card, ".fresh", texts::CRASH_FRESH);
    if let Some(card) = card.dyn_ref::<HtmlElement>() {
        card.set_hidden(false);
        // Without the focus the card is still there to be read.
        let _ = card.focus();
    }
    if let Some(page) = document.get_element_by_id("app") {
        // What is behind the card is dead: neither keys nor clicks may reach it.
        let _ = page.set_attribute("inert", "");
    }
}

fn fill(card: &Element, selector: &str, text: &str) {
    if let Ok(Some(element)) = card.query_selector(selector) {
        element.set_text_content(Some(text));
    }
}

fn set(card: &Element, selector: &str, attribute: &str, value: &str) {
    if let Ok(Some(element)) = card.query_selector(selector) {
        // A plain attribute name cannot be refused.
        let _ = element.set_attribute(attribute, value);
    }
}
