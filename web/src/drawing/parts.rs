//! What all parts of the drawing have in common: a box that can be chosen, a name, a state.

use sim_core::view::{Layer, Part};
use yew::prelude::*;

use super::plan::Rect;
use crate::texts;

/// How wide a letter of a part's name is, at most: which of the typefaces is there, only the browser knows.
const WORDS: f64 = 8.0;
/// The same where the name has little room.
const WORDS_TIGHT: f64 = 6.3;

/// How a part is drawn.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Look {
    /// Boot has reached it.
    pub lit: bool,
    /// The event in view passes through it.
    pub touched: bool,
    pub at_fault: bool,
    pub selected: bool,
}

impl Look {
    fn classes(self) -> Classes {
        classes!(
            self.lit.then_some("lit"),
            self.touched.then_some("touched"),
            self.at_fault.then_some("fault"),
            self.selected.then_some("selected"),
        )
    }
}

#[derive(Properties, PartialEq)]
pub struct PartBoxProps {
    pub part: Part,
    pub rect: Rect,
    pub look: Look,
    /// What its state is at the moment, for those who hear the page.
    #[prop_or_default]
    pub says: AttrValue,
    pub onselect: Callback<Part>,
    #[prop_or_default]
    pub children: Html,
}

/// A part's box with its name; what is in the box comes as children.
#[component]
pub fn PartBox(props: &PartBoxProps) -> Html {
    let Rect { x, y, w, h } = props.rect;
    let (words, linux) = texts::part(props.part);
    let unlit = if props.look.lit { "" } else { texts::NOT_THERE_YET };
    let label = format!("{words}, {linux}. {} {unlit}", props.says);
    let layer = if props.part.layer() <= Layer::Firmware { "board" } else { "inside" };
    let tight = width_of(words, WORDS) + 12.0 > w;
    let letter = if tight { WORDS_TIGHT } else { WORDS };
    let both = width_of(words, WORDS) + width_of(linux, 6.3) + 18.0 <= w;
    html! {
        <g class={classes!("part", props.look.classes(), layer)} role="button" tabindex="0" aria-label={label}
            aria-pressed={props.look.selected.to_string()}
            onclick={choose(&props.onselect, props.part)} onkeydown={on_key(choose_key(&props.onselect, props.part))}>
            <rect class="box" x={px(x)} y={px(y)} width={px(w)} height={px(h)} rx="4" />
            <text class={classes!("words", tight.then_some("tight"))} x={px(x + 8.0)} y={px(y + 16.0)}>{ fit(words, w - 12.0, letter) }</text>
            if both {
                <text class="linux" x={px(x + w - 7.0)} y={px(y + 15.5)} text-anchor="end">{ linux }</text>
            }
            { props.children.clone() }
        </g>
    }
}

fn choose(onselect: &Callback<Part>, part: Part) -> Callback<MouseEvent> {
    onselect.reform(move |_| part)
}

fn choose_key(onselect: &Callback<Part>, part: Part) -> Callback<()> {
    onselect.reform(move |()| part)
}

/// Enter and the space bar press what has the focus, as on any button.
pub fn on_key(press: Callback<()>) -> Callback<KeyboardEvent> {
    Callback::from(move |event: KeyboardEvent| {
        if matches!(event.key().as_str(), "Enter" | " ") {
            event.prevent_default();
            press.emit(());
        }
    })
}

/// A length as SVG wants it.
pub fn px(length: f64) -> String {
    format!("{length:.1}")
}

/// About how wide a text is, for letters that are `letter` wide on average.
pub fn width_of(text: &str, letter: f64) -> f64 {
    text.chars().count() as f64 * letter
}

/// The text, or its beginning and an ellipsis where it is wider than the room.
pub fn fit(text: &str, room: f64, letter: f64) -> String {
    if width_of(text, letter) <= room {
        return text.to_owned();
    }
    let keep = ((room / letter).floor() - 1.0).max(0.0) as usize;
    let mut short: String = text.chars().take(keep).collect();
    short.push('…');
    short
}

/// A line of small text in a box; `row` counts from the first below the name.
pub fn line(rect: Rect, row: f64, text: impl AsRef<str>) -> Html {
    html! {
        <text class="value" x={px(rect.x + 8.0)} y={px(rect.y + 33.0 + row * 15.0)}>
            { fit(text.as_ref(), rect.w - 14.0, 6.25) }
        </text>
    }
}

/// How many, in few letters: 999, 12k, 3M.
pub fn count(n: u64) -> String {
    match n {
        0..10_000 => n.to_string(),
        10_000..10_000_000 => format!("{}k", n / 1_000),
        _ => format!("{}M", n / 1_000_000),
    }
}

/// The thing, and how many of it.
pub fn plural(n: u64, one: &str, many: &str) -> String {
    format!("{} {}", count(n), if n == 1 { one } else { many })
}

/// A size as people say it.
pub fn size(kib: u64) -> String {
    match kib {
        0..1024 => format!("{kib} KiB"),
        1024..1_048_576 => format!("{} MiB", kib / 1024),
        _ if kib.is_multiple_of(1_048_576) => format!("{} GiB", kib / 1_048_576),
        _ => format!("{}.{} GiB", kib / 1_048_576, kib % 1_048_576 * 10 / 1_048_576),
    }
}
