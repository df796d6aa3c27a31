//! The address bar, which holds the session.

use gloo::timers::callback::Timeout;
use sim_core::link::Link;
use wasm_bindgen::JsValue;
use wasm_bindgen_futures::{JsFuture, spawn_local};
use yew::Callback;

use super::conductor::Conductor;
use crate::texts;

/// How long the session must have rested before it is written.
const REST_MS: u32 = 400;
/// How long to say that the link was copied.
const SAY_MS: u32 = 2500;

/// What follows the `#`; empty where nothing does.
pub fn fragment() -> String {
    let hash = gloo::utils::window().location().hash().unwrap_or_default();
    hash.trim_start_matches('#').to_owned()
}

/// All of the address.
pub fn whole() -> String {
    gloo::utils::window().location().href().unwrap_or_default()
}

/// The whole address of this page with a session.
pub fn of_link(link: &Link) -> String {
    let href = whole();
    let base = href.split('#').next().unwrap_or_default();
    format!("{base}#{}", link.encode())
}

/// Writes the session into the address bar in a moment, unless the answer is dropped before.
pub fn write_soon(conductor: Conductor) -> Timeout {
    Timeout::new(REST_MS, move || {
        let address = of_link(&conductor.link());
        if let Ok(history) = gloo::utils::window().history() {
            // A browser may refuse very frequent changes; the next one comes with the next change.
            let _ = history.replace_state_with_url(&JsValue::NULL, "", Some(&address));
        }
    })
}

/// Copies the link to the clipboard and says for a moment what came of it.
pub fn copy(conductor: &Conductor, say: Callback<Option<&'static str>>) {
    let address = of_link(&conductor.link());
    let clipboard = gloo::utils::window().navigator().clipboard();
    spawn_local(async move {
        // Outside a secure context there is no clipboard at all.
        let copied =
            !clipboard.is_undefined() && JsFuture::from(clipboard.write_text(&address)).await.is_ok();
        say.emit(Some(if copied { texts::COPIED } else { texts::COPY_FAILED }));
        Timeout::new(SAY_MS, move || say.emit(None)).forget();
    });
}
