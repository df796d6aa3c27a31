//! The page as a whole: what the reader chose, what the machine shows, and the panels between the two.

use std::rc::Rc;

use gloo::timers::callback::Timeout;
use sim_core::scenario::model::{Action as Deed, Step};
use sim_core::view::{EventView, Stage};
use yew::prelude::*;

use crate::drawing::{Drawing, NamespacePatterns};
use crate::panels::closer::Closer;
use crate::panels::events::Events;
use crate::panels::header::Header;
use crate::panels::lesson::Lesson;
use crate::panels::notice::{BadLink, Fault};
use crate::panels::terminal::Terminal;
use crate::panels::timeline::Timeline;
use crate::scenarios::Shelf;
use crate::services::conductor::Conductor;
use crate::services::opening::{self, Opening};
use crate::services::snapshot::Snapshot;
use crate::services::{address, page};
use crate::state::{Action, Choices, Motion, Pane, Selection, SideTab};
use crate::texts;

/// How long a swipe must have been at rest to be over.
const SWIPE_REST_MS: u32 = 150;

#[derive(Properties, PartialEq)]
pub struct AppProps {
    pub shelf: Shelf,
}

#[component]
pub fn App(props: &AppProps) -> Html {
    let snapshot = use_state(|| None::<Snapshot>);
    let Opening { conductor, choices: chosen, bad_link } = (*use_memo((), {
        let tell = Callback::from({
            let setter = snapshot.setter();
            move |news| setter.set(Some(news))
        });
        let shelf = props.shelf.clone();
        move |()| opening::open(&shelf, tell)
    }))
    .clone();
    let choices = use_reducer(|| chosen);
    let bad_link = use_state(|| bad_link);
    let dispatch = use_callback((), {
        let dispatcher = choices.dispatcher();
        move |action: Action, ()| dispatcher.dispatch(action)
    });
    use_obeyed(&conductor, &choices);
    use_address(&conductor, &choices, &snapshot, bad_link.is_some());
    let Some(snapshot) = (*snapshot).clone() else { return html! {} };
    let close = bad_link.setter();
    html! {
        <Desk {conductor} choices={(*choices).clone()} {snapshot} shelf={props.shelf.clone()} {dispatch}
            bad_link={(*bad_link).clone()} onclose={Callback::from(move |()| close.set(None))} />
    }
}

/// What the reader chose, carried out.
#[hook]
fn use_obeyed(conductor: &Conductor, choices: &Choices) {
    use_effect_with(choices.theme, |theme| {
        page::apply_theme(*theme);
        page::keep_theme(*theme);
    });
    use_effect_with(choices.pane, |pane| page::show_pane(*pane));
    use_effect_with((conductor.clone(), choices.line), |(conductor, line)| conductor.show_line(*line));
    use_effect_with((conductor.clone(), choices.speed), |(conductor, speed)| conductor.set_speed(*speed));
    use_effect_with((conductor.clone(), choices.motion), |(conductor, motion)| conductor.set_motion(*motion));
    use_effect_with((conductor.clone(), choices.wish), |(conductor, wish)| {
        if let Some(wish) = wish {
            conductor.go_to(wish.event);
        }
    });
}

/// The session in the address bar, a moment after it last changed.
#[hook]
fn use_address(conductor: &Conductor, choices: &Choices, snapshot: &Option<Snapshot>, hands_off: bool) {
    let told = snapshot.as_ref().map(|snapshot| {
        let at_rest = snapshot.pace == crate::services::snapshot::Pace::Still;
        (snapshot.inputs, at_rest.then_some(snapshot.position.at), at_rest)
    });
    let scenario = choices.scenario.clone();
    use_effect_with(
        (conductor.clone(), scenario, choices.motion, told),
        move |(conductor, scenario, _, told)| {
            let worth_it = !hands_off && told.is_some_and(|(inputs, ..)| inputs > 0 || scenario.is_some());
            let pending = worth_it.then(|| address::write_soon(conductor.clone()));
            move || drop(pending)
        },
    );
}

#[derive(Properties, PartialEq)]
struct DeskProps {
    conductor: Conductor,
    choices: Choices,
    snapshot: Snapshot,
    shelf: Shelf,
    dispatch: Callback<Action>,
    bad_link: Option<(String, String)>,
    onclose: Callback<()>,
}

#[component]
fn Desk(props: &DeskProps) -> Html {
    let DeskProps { conductor, choices, snapshot, dispatch, .. } = props;
    let embedded = use_memo((), |()| page::embedded());
    let onselect = dispatch.reform(Action::Select);
    let ongoto = dispatch.reform(Action::GoTo);
    let event = event_in_view(choices.selection, snapshot);
    let lesson = choices.scenario.as_ref().and_then(|path| props.shelf.find(path));
    let onpower = {
        let (conductor, dispatch) = (conductor.clone(), dispatch.clone());
        Callback::from(move |()| {
            conductor.press_power();
            dispatch.emit(Action::SetMotion(Motion::Running));
        })
    };
    let onstep = {
        let (conductor, dispatch, onpower) = (conductor.clone(), dispatch.clone(), onpower.clone());
        Callback::from(move |(line, step): (u32, Step)| match typed_by(&step.action) {
            Some(bytes) => {
                dispatch.emit(Action::ShowLine(line));
                conductor.type_for_lesson(line, bytes);
            }
            None if step.action == Deed::PowerOn => onpower.emit(()),
            None => {}
        })
    };
    let rest = use_mut_ref(|| None::<Timeout>);
    let onscroll = {
        let dispatch = dispatch.clone();
        Callback::from(move |_: Event| {
            let dispatch = dispatch.clone();
            // Each further event puts off the look: where a swipe passes through is nobody's choice.
            *rest.borrow_mut() = Some(Timeout::new(SWIPE_REST_MS, move || {
                if let Some(pane) = page::pane_in_view() {
                    dispatch.emit(Action::ShowPane(pane));
                }
            }));
        })
    };
    html! {
        <div class={classes!("page", embedded.then_some("embedded"))}>
            <NamespacePatterns />
            <div class="top">
                if !*embedded { { header(props) } }
                if let Some((problem, link)) = props.bad_link.clone() {
                    <BadLink {problem} {link} onclose={props.onclose.clone()} />
                }
                { panes(choices.pane, dispatch) }
            </div>
            <main class="desk" {onscroll}>
                <div class="pane machine" id={Pane::Machine.id()}>
                    if let Some(fault) = snapshot.view.fault.clone() {
                        <Fault {fault} onselect={onselect.reform(Selection::Event)} />
                    }
                    <Drawing view={snapshot.view.clone()} {event} refusal={snapshot.refusal.clone()}
                        selection={choices.selection} motion={choices.motion} onselect={onselect.clone()} onpower={onpower.clone()} />
                </div>
                <div class="pane events-pane" id={Pane::Events.id()}>
                    <Events events={snapshot.events.clone()} filter={choices.filter} selection={choices.selection}
                        onselect={onselect.clone()} onfilter={dispatch.reform(Action::SetFilter)} ongoto={ongoto.clone()} />
                </div>
                <div class="pane side" id={Pane::Lesson.id()}>
                    { side_tabs(choices.side, dispatch) }
                    <div class="sheet" role="tabpanel" tabindex="0" id="side-sheet">
                        <div hidden={choices.side != SideTab::Lesson}><Lesson {lesson} {onstep} /></div>
                        if choices.side == SideTab::Closer {
                            <Closer view={snapshot.view.clone()} events={snapshot.events.clone()}
                                selection={choices.selection} {onselect} ongoto={ongoto.clone()} />
                        }
                    </div>
                </div>
                <div class="pane terminal-pane" id={Pane::Terminal.id()}>
                    <Terminal conductor={conductor.clone()} hint={hint(choices, snapshot)} line={choices.line}
                        online={dispatch.reform(Action::ShowLine)} />
                </div>
            </main>
            <Timeline position={snapshot.position} fingerprint={snapshot.view.fingerprint.clone()} marks={snapshot.marks.clone()} pace={snapshot.pace}
                motion={choices.motion} speed={choices.speed}
                powered={snapshot.view.stage != Stage::Off} {onpower} onmotion={dispatch.reform(Action::SetMotion)}
                onspeed={dispatch.reform(Action::SetSpeed)} {ongoto} />
            <p class="heard" role="status">{ spoken(snapshot) }</p>
        </div>
    }
}

/// The event whose way is drawn: the one that the reader chose, or else the newest.
fn event_in_view(selection: Selection, snapshot: &Snapshot) -> Option<Rc<EventView>> {
    let chosen = |event: &&Rc<EventView>| selection == Selection::Event(event.number);
    snapshot.events.iter().find(chosen).or(snapshot.events.last()).cloned()
}

fn header(props: &DeskProps) -> Html {
    let begin = begin_callback(props);
    let onscenario = Callback::from({
        let (shelf, begin) = (props.shelf.clone(), begin.clone());
        move |path: Option<String>| {
            begin.emit(opening::Plan::of_lesson(path.and_then(|path| shelf.find(&path))))
        }
    });
    let onmachine = begin.reform(opening::Plan::of_machine);
    html! {
        <Header shelf={props.shelf.clone()} scenario={props.choices.scenario.clone()} machine={props.conductor.machine_name()}
            theme={props.choices.theme} conductor={props.conductor.clone()} {onscenario} {onmachine}
            ontheme={props.dispatch.reform(Action::SetTheme)} />
    }
}

fn begin_callback(props: &DeskProps) -> Callback<opening::Plan> {
    let (conductor, dispatch) = (props.conductor.clone(), props.dispatch.clone());
    Callback::from(move |plan| opening::begin(&conductor, &dispatch, plan))
}

/// The bytes that a step of a lesson types, if it types any.
fn typed_by(deed: &Deed) -> Option<Vec<u8>> {
    match deed {
        Deed::Command { line, .. } => Some((line.replace('\n', "\r") + "\r").into_bytes()),
        Deed::Type { text } => Some((text.clone() + "\r").into_bytes()),
        Deed::Press { key } => Some(key.bytes()),
        Deed::PowerOn | Deed::Watch | Deed::Call { .. } | Deed::Resume { .. } => None,
    }
}

/// What to know before typing.
fn hint(choices: &Choices, snapshot: &Snapshot) -> Option<&'static str> {
    let past = snapshot.position.at < snapshot.position.head;
    match choices.motion {
        _ if past => Some(texts::TERMINAL_PAST),
        Motion::Paused => Some(texts::TERMINAL_STILL),
        Motion::Running if snapshot.view.stage == Stage::Off => Some(texts::TERMINAL_OFF),
        Motion::Running => None,
    }
}

/// What is said to those who hear the page: the stage of the machine, and the newest refusal.
fn spoken(snapshot: &Snapshot) -> String {
    let stage = texts::stage(snapshot.view.stage);
    let refusal = snapshot.refusal.as_ref().and_then(|event| Some((event, event.denial.as_ref()?)));
    let refusal = refusal.map(|(event, denial)| format!(". {}. {}", event.text, denial.sentence));
    format!("{stage}{}", refusal.unwrap_or_default())
}

fn panes(current: Pane, dispatch: &Callback<Action>) -> Html {
    let words = |pane| match pane {
        Pane::Machine => texts::PANE_MACHINE,
        Pane::Terminal => texts::PANE_TERMINAL,
        Pane::Lesson => texts::PANE_LESSON,
        Pane::Events => texts::PANE_EVENTS,
    };
    html! {
        <nav class="panes" aria-label={texts::PANES}>
            { for Pane::ALL.into_iter().map(|pane| html! {
                <button type="button" aria-current={(pane == current).then_some("true")}
                    onclick={dispatch.reform(move |_: MouseEvent| Action::ShowPane(pane))}>{ words(pane) }</button>
            }) }
        </nav>
    }
}

fn side_tabs(current: SideTab, dispatch: &Callback<Action>) -> Html {
    let tabs = [(SideTab::Lesson, texts::LESSON_TAB), (SideTab::Closer, texts::CLOSER_TAB)];
    html! {
        <div class="tabs" role="tablist" aria-label={texts::SIDE_TABS}>
            { for tabs.into_iter().map(|(tab, words)| html! {
                <button type="button" role="tab" aria-selected={(tab == current).to_string()} aria-controls="side-sheet"
                    onclick={dispatch.reform(move |_: MouseEvent| Action::ShowSide(tab))}>{ words }</button>
            }) }
        </div>
    }
}
