//! The terminal: xterm.js, bound by hand. It is a device at the far end of the machine's serial line.

use wasm_bindgen::prelude::*;
use web_sys::HtmlElement;

use crate::services::page;
use crate::texts;

#[wasm_bindgen(module = "/src/terminal/xterm.js")]
extern "C" {
    /// What `open` in xterm.js answers.
    #[derive(Clone)]
    pub type Xterm;

    #[wasm_bindgen(catch, js_name = open)]
    async fn open_xterm(
        element: &HtmlElement,
        options: &JsValue,
        on_input: &Closure<dyn FnMut(Vec<u8>)>,
    ) -> Result<JsValue, JsValue>;

    #[wasm_bindgen(method)]
    pub fn write(this: &Xterm, bytes: &[u8]);

    #[wasm_bindgen(method)]
    pub fn reset(this: &Xterm);

    #[wasm_bindgen(method)]
    pub fn focus(this: &Xterm);

    #[wasm_bindgen(method)]
    pub fn dispose(this: &Xterm);
}

/// An open terminal; closes when dropped.
pub struct OpenTerminal {
    xterm: Xterm,
    _on_input: Closure<dyn FnMut(Vec<u8>)>,
}

impl OpenTerminal {
    /// Opens a terminal in the element and calls `on_input` with the bytes that are typed into it.
    pub async fn open(
        element: &HtmlElement,
        on_input: impl FnMut(Vec<u8>) + 'static,
    ) -> Result<OpenTerminal, JsValue> {
        let on_input = Closure::new(on_input);
        let xterm = open_xterm(element, &options(), &on_input).await?.unchecked_into();
        Ok(OpenTerminal { xterm, _on_input: on_input })
    }

    pub fn xterm(&self) -> &Xterm {
        &self.xterm
    }
}

impl Drop for OpenTerminal {
    fn drop(&mut self) {
        self.xterm.dispose();
    }
}

/// Paper and ink of the terminal; the sixteen colours are chosen to be legible on it (AA).
const COLOURS: [(&str, &str); 21] = [
    ("background", "#0f1b24"),
    ("foreground", "#e8e4da"),
    ("cursor", "#ffd479"),
    ("cursorAccent", "#0f1b24"),
    ("selectionBackground", "#35556b"),
    ("black", "#0f1b24"),
    ("red", "#ff8a7a"),
    ("green", "#8fd18b"),
    ("yellow", "#f0c674"),
    ("blue", "#82b4ff"),
    ("magenta", "#d7a5e8"),
    ("cyan", "#7fd4d4"),
    ("white", "#d8d4ca"),
    ("brightBlack", "#8b98a3"),
    ("brightRed", "#ffa99d"),
    ("brightGreen", "#b0e3ac"),
    ("brightYellow", "#ffdf9e"),
    ("brightBlue", "#abccff"),
    ("brightMagenta", "#e8c6f4"),
    ("brightCyan", "#a8e6e6"),
    ("brightWhite", "#ffffff"),
];

fn options() -> JsValue {
    let theme = COLOURS.iter().map(|(name, colour)| (*name, JsValue::from(*colour)));
    object(
        [
            ("theme", object(theme)),
            (
                "fontFamily",
                JsValue::from(
                    "ui-monospace, 'Cascadia Mono', Menlo, Consolas, 'DejaVu Sans Mono', monospace",
                ),
            ),
            ("fontSize", JsValue::from(page::letter_px())),
            ("lineHeight", JsValue::from(1.15)),
            ("scrollback", JsValue::from(5000)),
            ("cursorBlink", JsValue::from(!page::reduced_motion())),
            ("screenReaderMode", JsValue::TRUE),
            ("minimumContrastRatio", JsValue::from(4.5)),
        ]
        .into_iter(),
    )
}

fn object<'a>(entries: impl Iterator<Item = (&'a str, JsValue)>) -> JsValue {
    let object = js_sys::Object::new();
    for (name, value) in entries {
        // Setting a field of a plain new object cannot fail.
        let _ = js_sys::Reflect::set(&object, &JsValue::from(name), &value);
    }
    object.into()
}

/// Why the terminal did not open, for the reader.
pub fn failure_words(problem: &JsValue) -> String {
    let detail = problem.dyn_ref::<js_sys::Error>().map(|error| String::from(error.message()));
    format!("{} {}", texts::TERMINAL_FAILED, detail.unwrap_or_default())
}
