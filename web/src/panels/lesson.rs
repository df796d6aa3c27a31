//! The lesson beside the machine: prose, and commands with a button that types them.

use sim_core::scenario::expect::{ExpectedLine, LineEnd, Pattern, Piece};
use sim_core::scenario::model::{Action, Block, Fence, FenceKind, Key, Step, Terminal};
use sim_core::scenario::{Scenario, StepId};
use sim_core::view::Part;
use yew::prelude::*;

use crate::texts;

#[derive(Properties, PartialEq)]
pub struct LessonProps {
    pub lesson: Option<std::rc::Rc<Scenario>>,
    /// Carries out a step at a serial line: types a command, presses a key or the power button.
    pub onstep: Callback<(u32, Step)>,
}

#[component]
pub fn Lesson(props: &LessonProps) -> Html {
    let done = use_state(Vec::<StepId>::new);
    use_effect_with(props.lesson.as_ref().map(|lesson| lesson.path.clone()), {
        let done = done.clone();
        move |_| done.set(Vec::new())
    });
    let Some(lesson) = &props.lesson else {
        return html! { <div class="lesson"><p>{ texts::NO_LESSON }</p></div> };
    };
    let onstep = {
        let (done, onstep) = (done.clone(), props.onstep.clone());
        Callback::from(move |(line, step): (u32, Step)| {
            let mut so_far = (*done).clone();
            so_far.push(step.id);
            done.set(so_far);
            onstep.emit((line, step));
        })
    };
    html! {
        <article class="lesson" key={lesson.path.clone()}>
            { for lesson.blocks.iter().map(|block| match block {
                Block::Prose(prose) => html! {
                    <div class="prose">{ Html::from_html_unchecked(AttrValue::from(prose.html.clone())) }</div>
                },
                Block::Fence(fence) => draw_fence(fence, line_of(lesson, fence), &done, &onstep),
            }) }
        </article>
    }
}

/// The serial line of a fence: a lesson's terminals are the machine's, in the order in which it uses them.
fn line_of(lesson: &Scenario, fence: &Fence) -> u32 {
    let mut terminals: Vec<&Terminal> = Vec::new();
    for fence in lesson.fences() {
        if let FenceKind::Console { terminal } = &fence.kind
            && !terminals.contains(&terminal)
        {
            terminals.push(terminal);
        }
    }
    let place = match &fence.kind {
        FenceKind::Console { terminal } => terminals.iter().position(|known| *known == terminal),
        FenceKind::Strace => None,
    };
    place.unwrap_or(0) as u32
}

fn draw_fence(fence: &Fence, line: u32, done: &[StepId], onstep: &Callback<(u32, Step)>) -> Html {
    html! {
        <div class="fence">
            if line > 0 { <p class="hint">{ texts::on_line(line) }</p> }
            { for fence.steps.iter().map(|step| draw_step(step, line, done.contains(&step.id), onstep)) }
        </div>
    }
}

fn draw_step(step: &Step, line: u32, done: bool, onstep: &Callback<(u32, Step)>) -> Html {
    let (prompt, words) = step_words(&step.action);
    let button = match &step.action {
        Action::PowerOn => Some((texts::PRESS_IT, texts::POWER_ON)),
        Action::Command { .. } | Action::Type { .. } | Action::Press { .. } => {
            Some((texts::TYPE_IT, texts::TYPE_IT_HINT))
        }
        Action::Watch | Action::Call { .. } | Action::Resume { .. } => None,
    };
    let onclick = onstep.reform({
        let step = step.clone();
        move |_: MouseEvent| (line, step.clone())
    });
    let output: Vec<String> = step.expected.lines.iter().map(expected_words).collect();
    html! {
        <div class={classes!("step", done.then_some("done"))}>
            <div class="command">
                <code><span class="prompt">{ prompt }</span>{ words.clone() }</code>
                if let Some((label, hint)) = button {
                    <button type="button" title={hint} aria-label={format!("{label}: {words}")} {onclick}>{ label }</button>
                }
            </div>
            if !output.is_empty() {
                <details>
                    <summary>{ texts::EXPECTED }</summary>
                    <pre>{ output.join("\n") }</pre>
                </details>
            }
        </div>
    }
}

/// A step as its reader sees it: what stands before the cursor, and what is to be typed.
fn step_words(action: &Action) -> (String, String) {
    match action {
        Action::PowerOn => (String::new(), texts::part(Part::Power).1.to_owned()),
        Action::Command { prompt, line } => (format!("{} ", prompt.symbol()), line.clone()),
        Action::Type { text } if text.is_empty() => (String::new(), "Enter".to_owned()),
        Action::Type { text } => (String::new(), text.clone()),
        Action::Press { key } => (String::new(), key_words(*key)),
        Action::Watch => ("… ".to_owned(), texts::WATCH.to_owned()),
        Action::Call { task, call, .. } => (format!("{task}: "), call.clone()),
        Action::Resume { task, call_name } => (format!("{task}: "), format!("<... {call_name} resumed>")),
    }
}

fn key_words(key: Key) -> String {
    match key {
        Key::Ctrl(letter) => format!("Ctrl-{letter}"),
        Key::Function(number) => format!("F{number}"),
        Key::Char(letter) => letter.to_string(),
        other => format!("{other:?}"),
    }
}

fn expected_words(line: &ExpectedLine) -> String {
    match &line.pattern {
        Pattern::AnyLines => "…".to_owned(),
        Pattern::Line { pieces, end } => {
            let words = pieces.iter().map(|piece| match piece {
                Piece::Literal(text) => text.clone(),
                Piece::Anything => "…".to_owned(),
                Piece::Value { kind, name } => match name {
                    Some(name) => format!("⟨{name}⟩"),
                    None => format!("⟨{}⟩", format!("{kind:?}").to_lowercase()),
                },
            });
            let open = if *end == LineEnd::Open { " ▏" } else { "" };
            words.collect::<String>() + open
        }
    }
}
