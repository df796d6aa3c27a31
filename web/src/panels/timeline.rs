//! The timeline: run, pause, one event forward or back, any moment, speed.

use std::rc::Rc;

use sim_core::view::Stage;
use yew::prelude::*;

use crate::services::snapshot::{Mark, MarkKind, Pace, Position};
use crate::state::{Motion, Speed};
use crate::texts;

#[derive(Properties, PartialEq)]
pub struct TimelineProps {
    pub position: Position,
    /// Of everything up to this moment.
    pub fingerprint: AttrValue,
    pub marks: Rc<Vec<Mark>>,
    pub pace: Pace,
    pub motion: Motion,
    pub speed: Speed,
    pub powered: bool,
    pub onpower: Callback<()>,
    pub onmotion: Callback<Motion>,
    pub onspeed: Callback<Speed>,
    pub ongoto: Callback<u64>,
}

#[component]
pub fn Timeline(props: &TimelineProps) -> Html {
    let Position { at, head, at_ns } = props.position;
    let past = at < head;
    let goto = |event: u64| props.ongoto.reform(move |_: MouseEvent| event);
    let drag = props.ongoto.reform(|event: InputEvent| {
        let value = event.target_unchecked_into::<web_sys::HtmlInputElement>().value();
        value.parse().unwrap_or(0)
    });
    let toggle = match props.motion {
        Motion::Running => Motion::Paused,
        Motion::Paused => Motion::Running,
    };
    let speed = props.onspeed.reform(|event: Event| {
        let value = event.target_unchecked_into::<web_sys::HtmlSelectElement>().value();
        Speed::ALL.into_iter().find(|speed| speed.name() == value).unwrap_or_default()
    });
    let place = format!("{}, event {} of {}", time(at_ns), number(at), number(head));
    html! {
        <section class={classes!("timeline", past.then_some("past"))} aria-label={texts::TIMELINE}>
            <div class="keys">
                <button type="button" class={classes!("key", "power-key", props.powered.then_some("on"))}
                    aria-label={power_words(props.powered)} title={power_words(props.powered)}
                    onclick={props.onpower.reform(|_: MouseEvent| ())}>{ sign("M9 3V9M5.3 5.2A5.6 5.6 0 1 0 12.7 5.2") }</button>
                <button type="button" class="key" aria-label={texts::STEP_BACK} title={texts::STEP_BACK}
                    disabled={at == 0} onclick={goto(at.saturating_sub(1))}>{ sign("M13 4L6 9L13 14ZM4 4V14") }</button>
                <button type="button" class="key main" onclick={props.onmotion.reform(move |_: MouseEvent| toggle)}
                    aria-label={run_words(props.motion)} title={run_words(props.motion)}>
                    { match props.motion {
                        Motion::Running => sign("M6 4V14M12 4V14"),
                        Motion::Paused => sign("M5 3L14 9L5 15Z"),
                    } }
                </button>
                <button type="button" class="key" aria-label={texts::STEP} title={texts::STEP}
                    onclick={goto(at + 1)}>{ sign("M5 4L12 9L5 14ZM14 4V14") }</button>
                <button type="button" class="key" aria-label={texts::TO_NOW} title={texts::TO_NOW}
                    disabled={!past} onclick={goto(head)}>{ sign("M3 4L8 9L3 14ZM9 4L14 9L9 14ZM16 4V14") }</button>
            </div>
            <div class="track">
                <div class="stages" aria-hidden="true">{ for stages(&props.marks, head) }</div>
                <input type="range" min="0" max={head.max(1).to_string()} value={at.to_string()} step="1"
                    aria-label={texts::MOMENT} aria-valuetext={place.clone()} oninput={drag}
                    style={format!("--done: {:.2}%", share(at, head))} />
                <div class="marks" aria-hidden="true">
                    { for props.marks.iter().filter_map(|mark| mark_sign(mark, head)) }
                </div>
            </div>
            <div class="where">
                <span class="place">{ time(at_ns) }{ " · " }<span class="pace">{ pace(props, past) }</span></span>
                <span class="place fingerprint" title={format!("{} {}", texts::FINGERPRINT, props.fingerprint)}>
                    { format!("event {} of {}", number(at), number(head)) }
                </span>
            </div>
            <label class="choice speed">
                <span>{ texts::SPEED }</span>
                <select onchange={speed} aria-label={texts::SPEED}>
                    { for Speed::ALL.into_iter().map(|speed| html! {
                        <option value={speed.name()} selected={props.speed == speed}>{ speed.name() }</option>
                    }) }
                </select>
            </label>
        </section>
    }
}

fn run_words(motion: Motion) -> &'static str {
    match motion {
        Motion::Running => texts::PAUSE,
        Motion::Paused => texts::RUN,
    }
}

fn power_words(powered: bool) -> &'static str {
    if powered { texts::POWER_OFF } else { texts::POWER_ON }
}

fn pace(props: &TimelineProps, past: bool) -> &'static str {
    match (props.pace, props.motion) {
        (Pace::Seeking, _) => texts::SEEKING,
        (Pace::Moving, Motion::Paused) | (Pace::Still, Motion::Paused) if past => texts::IN_THE_PAST,
        (_, Motion::Paused) => texts::PAUSED,
        (Pace::Moving, _) => texts::RUNNING,
        (Pace::Still, _) => texts::IDLE,
    }
}

fn share(event: u64, head: u64) -> f64 {
    100.0 * event as f64 / head.max(1) as f64
}

/// The stages of the boot as stretches of the track.
fn stages(marks: &[Mark], head: u64) -> Vec<Html> {
    let starts: Vec<(u64, Stage)> = marks
        .iter()
        .filter_map(|mark| match mark.kind {
            MarkKind::Stage(stage) => Some((mark.event, stage)),
            _ => None,
        })
        .collect();
    let ends = starts.iter().skip(1).map(|(event, _)| *event).chain([head]);
    let stretch = |((start, stage), end): (&(u64, Stage), u64)| {
        let (left, width) = (share(*start, head), share(end.saturating_sub(*start), head));
        let words = texts::stage(*stage);
        html! {
            <span class={format!("stage stage-{stage:?}")} style={format!("left: {left:.2}%; width: {width:.2}%")}
                title={words}>
                { if width > words.len() as f64 * 1.15 { words } else { "" } }
            </span>
        }
    };
    starts.iter().zip(ends).map(stretch).collect()
}

fn mark_sign(mark: &Mark, head: u64) -> Option<Html> {
    let class = match mark.kind {
        MarkKind::Stage(_) => return None,
        MarkKind::Input => "input",
        MarkKind::Denied => "denied",
    };
    Some(
        html! { <i key={mark.event} class={class} style={format!("left: {:.2}%", share(mark.event, head))}></i> },
    )
}

fn sign(path: &'static str) -> Html {
    html! { <svg width="18" height="18" viewBox="0 0 18 18" aria-hidden="true"><path d={path} /></svg> }
}

/// A moment on the machine's clock, as people read it.
pub fn time(ns: u64) -> String {
    let (seconds, rest) = (ns / 1_000_000_000, ns % 1_000_000_000);
    format!("{seconds}.{:03} {:03} s", rest / 1_000_000, rest / 1000 % 1000)
}

/// A number with thin spaces between its thousands.
pub fn number(n: u64) -> String {
    let digits = n.to_string();
    let mut spaced = String::new();
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            spaced.push('\u{2009}');
        }
        spaced.push(digit);
    }
    spaced
}
