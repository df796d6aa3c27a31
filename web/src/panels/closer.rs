//! A closer look at what the reader chose: a part, a process, a namespace, an event.

use std::rc::Rc;

use sim_core::view::{
    DenialView, EventView, IdMapLine, KernelView, MachineView, NamespaceDetail, NamespaceView, Part, TaskView,
};
use yew::prelude::*;

use super::timeline::{number, time};
use crate::drawing::{SwatchIcon, digest, name_of, ordinal};
use crate::state::Selection;
use crate::texts;

#[derive(Properties, PartialEq)]
pub struct CloserProps {
    pub view: Rc<MachineView>,
    pub events: Rc<Vec<Rc<EventView>>>,
    pub selection: Selection,
    pub onselect: Callback<Selection>,
    pub ongoto: Callback<u64>,
}

#[component]
pub fn Closer(props: &CloserProps) -> Html {
    let kernel = props.view.kernel.as_ref();
    let found = match props.selection {
        Selection::Nothing => None,
        Selection::Part(part) => Some(about_part(props, part)),
        Selection::Task(id) => kernel.and_then(|kernel| {
            let task = kernel.tasks.iter().find(|task| task.id == id)?;
            Some(about_task(props, kernel, task))
        }),
        Selection::Namespace(inode) => kernel.and_then(|kernel| {
            let namespace = kernel.namespaces.iter().find(|namespace| namespace.inode == inode)?;
            Some(about_namespace(props, kernel, namespace))
        }),
        Selection::Event(number) => {
            props.events.iter().find(|event| event.number == number).map(|event| about_event(props, event))
        }
    };
    html! {
        <div class="closer">
            { found.unwrap_or_else(|| html! { <p class="hint">{ texts::CLOSER_EMPTY }</p> }) }
        </div>
    }
}

fn about_part(props: &CloserProps, part: Part) -> Html {
    let (words, linux) = texts::part(part);
    html! {
        <>
            <h3>{ words }<small>{ linux }</small></h3>
            <p>{ texts::about(part) }</p>
            { for also_here(part).iter().map(|other| html! {
                <p><strong>{ texts::part(*other).0 }{ ". " }</strong>{ texts::about(*other) }</p>
            }) }
            { facts(part_facts(&props.view, part)) }
        </>
    }
}

/// What else is drawn in the same box.
fn also_here(part: Part) -> &'static [Part] {
    match part {
        Part::Processes => &[Part::Scheduler],
        Part::Vfs => &[Part::FileSystems],
        Part::Drivers => &[Part::Terminals],
        _ => &[],
    }
}

fn part_facts(view: &MachineView, part: Part) -> Vec<(String, Html)> {
    let board = &view.hardware;
    let fact = |label: &str, value: String| (label.to_owned(), html! { { value } });
    match part {
        Part::FirmwareChip => {
            let firmware = &board.firmware;
            vec![
                fact("kind", format!("{} ({})", texts::firmware_kind(firmware.kind), firmware.name)),
                fact("boot order", firmware.boot_order.join(", then ")),
                fact("virtualisation", texts::toggle(firmware.virtualisation).to_owned()),
                fact("Secure Boot", texts::toggle(firmware.secure_boot).to_owned()),
            ]
        }
        Part::Disk => {
            let partitions = board.disks.iter().flat_map(|disk| &disk.partitions);
            partitions
                .map(|partition| {
                    let mounted = partition.mounted_at.as_ref().map(|at| format!(", mounted at {at}"));
                    let value = format!(
                        "{}, {} from sector {}{}",
                        partition.kind,
                        partition.file_system.as_deref().unwrap_or("no file system"),
                        number(partition.start_sector),
                        mounted.unwrap_or_default()
                    );
                    fact(&partition.name, value)
                })
                .collect()
        }
        Part::Pci | Part::Nic | Part::Drivers => {
            let device = |device: &sim_core::view::PciDeviceView| {
                let driver = device.driver.as_deref().unwrap_or("no driver");
                fact(&device.address, format!("{}: {} ({driver})", device.class, device.name))
            };
            board.pci.iter().map(device).collect()
        }
        Part::Vfs => {
            let initial =
                view.kernel.iter().flat_map(|kernel| &kernel.namespaces).find_map(|n| match &n.detail {
                    NamespaceDetail::Mnt { mounts } if n.initial => Some(mounts),
                    _ => None,
                });
            initial.into_iter().flatten().map(|mount| fact(&mount.target, mount_words(mount))).collect()
        }
        Part::Processes => view.kernel.as_ref().map_or_else(Vec::new, |kernel| {
            vec![fact("kernel", kernel.release.clone()), fact("command line", kernel.command_line.clone())]
        }),
        _ => Vec::new(),
    }
}

fn mount_words(mount: &sim_core::view::MountView) -> String {
    let propagation =
        if mount.propagation.is_empty() { "private".to_owned() } else { mount.propagation.clone() };
    format!("{} from {} ({}; {propagation})", mount.file_system, mount.source, mount.options)
}

fn about_task(props: &CloserProps, kernel: &KernelView, task: &TaskView) -> Html {
    let (letter, state) = texts::task_state(task.state);
    let who = &task.credentials;
    let user = who.user.clone().unwrap_or_else(|| "no name".to_owned());
    let outside = if who.uid == who.kuid { String::new() } else { format!(", outside {}", who.kuid) };
    let pids = task.pids.iter().map(|pid| pid.pid.to_string()).collect::<Vec<_>>().join(", outside ");
    let rights = if who.all_capabilities {
        "all capabilities, as root has".to_owned()
    } else if who.effective.is_empty() {
        "none of its own".to_owned()
    } else {
        who.effective.join(", ")
    };
    let text = |label: &str, value: String| (label.to_owned(), html! { { value } });
    let mut rows = vec![
        text("number", if pids.is_empty() { task.pid.to_string() } else { pids }),
        text("command", task.argv.join(" ")),
        text("state", format!("{letter}: {state}")),
        text("user", format!("{user} ({}{outside})", who.uid)),
        text("rights", rights),
        text("directory", task.working_directory.clone()),
        text("memory", format!("{} KiB", number(task.rss_kib))),
    ];
    if let Some(waits) = &task.waits_in {
        rows.insert(3, text("waits in", waits.clone()));
    }
    if task.root_directory != "/" {
        rows.push(text("root", task.root_directory.clone()));
    }
    let files = task.files.iter().map(|file| format!("{} → {}", file.fd, file.target)).collect::<Vec<_>>();
    rows.push(text("open files", files.join(", ")));
    html! {
        <>
            <h3>{ &task.comm }<small>{ format!("process {}", task.pid) }</small></h3>
            <h4>{ texts::NAMESPACES_WORN }</h4>
            <ul class="worn">
                { for task.namespaces.iter().map(|worn| {
                    let ordinal = ordinal(&kernel.namespaces, worn.inode);
                    let inode = worn.inode;
                    html! {
                        <li><button type="button" onclick={props.onselect.reform(move |_: MouseEvent| Selection::Namespace(inode))}>
                            <SwatchIcon kind={worn.kind} {ordinal} />
                            <code>{ format!("{}:[{inode}]", worn.kind.name()) }</code>
                        </button></li>
                    }
                }) }
            </ul>
            { facts(rows) }
        </>
    }
}

fn about_namespace(props: &CloserProps, kernel: &KernelView, namespace: &NamespaceView) -> Html {
    let ordinal = ordinal(&kernel.namespaces, namespace.inode);
    let text = |label: &str, value: String| (label.to_owned(), html! { { value } });
    let mut rows = vec![
        text("number", format!("{}:[{}]", namespace.kind.name(), namespace.inode)),
        ("processes".to_owned(), members(props, kernel, namespace)),
    ];
    match &namespace.detail {
        NamespaceDetail::Uts { hostname, domain_name } => {
            rows.push(text("host name", hostname.clone()));
            rows.push(text("domain name", domain_name.clone()));
        }
        NamespaceDetail::Pid { level } => rows.push(text("nested", format!("{level} deep"))),
        NamespaceDetail::Mnt { mounts } => {
            rows.extend(mounts.iter().map(|mount| text(&mount.target, mount_words(mount))));
        }
        NamespaceDetail::User { level, uid_map, gid_map, setgroups_allowed } => {
            rows.push(text("nested", format!("{level} deep")));
            rows.push(text("users (uid_map)", map_words(uid_map)));
            rows.push(text("groups (gid_map)", map_words(gid_map)));
            rows.push(text("setgroups", if *setgroups_allowed { "allow" } else { "deny" }.to_owned()));
        }
        NamespaceDetail::Other => rows.push(text("holds", digest(namespace))),
    }
    if let Some(owner) = namespace.owner {
        rows.push(text("owned by", format!("user:[{owner}]")));
    }
    html! {
        <>
            <h3><SwatchIcon kind={namespace.kind} {ordinal} />{ texts::namespace(namespace.kind) }
                <small>{ format!("{} namespace", namespace.kind.name()) }</small></h3>
            <p>{ texts::about_namespace(namespace.kind) }</p>
            <p class="hint">{ name_of(namespace.kind, ordinal) }</p>
            { facts(rows) }
        </>
    }
}

fn members(props: &CloserProps, kernel: &KernelView, namespace: &NamespaceView) -> Html {
    let tasks =
        kernel.tasks.iter().filter(|task| namespace.members.contains(&task.id) && !task.kernel_thread);
    html! {
        <>{ for tasks.map(|task| {
            let id = task.id;
            html! {
                <button type="button" class="inline" onclick={props.onselect.reform(move |_: MouseEvent| Selection::Task(id))}>
                    { format!("{} {}", task.pid, task.comm) }
                </button>
            }
        }) }</>
    }
}

fn map_words(map: &[IdMapLine]) -> String {
    if map.is_empty() {
        return "not written yet: everyone is 65534 (nobody)".to_owned();
    }
    let line = |line: &IdMapLine| match line.count {
        1 => format!("{} inside is {} outside", line.inside, line.outside),
        n => format!("{} inside is {} outside, and so on for {n}", line.inside, line.outside),
    };
    map.iter().map(line).collect::<Vec<_>>().join("; ")
}

fn about_event(props: &CloserProps, event: &EventView) -> Html {
    let (_, words) = texts::event_kind(event.kind);
    let number_of = event.number;
    let mut rows = vec![(
        texts::WHEN.to_owned(),
        html! {
            <>{ time(event.at_ns) }{ " " }
                <button type="button" class="inline" onclick={props.ongoto.reform(move |_: MouseEvent| number_of)}>
                    { texts::GO_THERE }
                </button>
            </>
        },
    )];
    if let Some(actor) = &event.actor {
        let id = actor.task;
        rows.push((texts::WHO.to_owned(), html! {
            <button type="button" class="inline" onclick={props.onselect.reform(move |_: MouseEvent| Selection::Task(id))}>
                { format!("{} {}", actor.pid, actor.comm) }
            </button>
        }));
    }
    rows.push((texts::CAUSED_BY.to_owned(), cause(props, event)));
    let parts = event.path.iter().map(|part| texts::part(*part).0).collect::<Vec<_>>().join(" → ");
    if !parts.is_empty() {
        rows.push((texts::TOUCHES.to_owned(), html! { { parts } }));
    }
    html! {
        <>
            <h3>{ words }<small>{ format!("event {}", number(event.number)) }</small></h3>
            <pre class="quote">{ &event.text }</pre>
            { for event.denial.iter().map(denial) }
            { facts(rows) }
        </>
    }
}

fn cause(props: &CloserProps, event: &EventView) -> Html {
    let Some(cause) = event.cause else { return html! { { texts::FROM_OUTSIDE } } };
    let known = props.events.iter().find(|other| other.number == cause);
    let words = known.map_or_else(|| format!("event {}", number(cause)), |other| other.text.clone());
    let onclick = match known {
        Some(_) => props.onselect.reform(move |_: MouseEvent| Selection::Event(cause)),
        None => props.ongoto.reform(move |_: MouseEvent| cause),
    };
    html! { <button type="button" class="inline" {onclick}>{ words }</button> }
}

fn denial(denial: &DenialView) -> Html {
    html! {
        <div class="rule">
            <p class="errno"><strong>{ &denial.errno }</strong>{ " " }{ &denial.errno_text }</p>
            <p>{ &denial.sentence }</p>
            if !denial.evidence.is_empty() {
                <h4>{ texts::LOOKED_AT }</h4>
                { facts(denial.evidence.iter().map(|one| (one.label.clone(), html! { <code>{ &one.value }</code> })).collect()) }
            }
            if let Some(advice) = &denial.advice {
                <h4>{ texts::ADVICE }</h4>
                <p>{ advice }</p>
            }
            <p class="hint">{ format!("{} {} · {} {}", texts::DOCUMENTED_IN, denial.source, texts::RULE.to_lowercase(), denial.rule) }</p>
        </div>
    }
}

fn facts(rows: Vec<(String, Html)>) -> Html {
    html! {
        <dl class="facts">
            { for rows.into_iter().map(|(label, value)| html! { <div><dt>{ label }</dt><dd>{ value }</dd></div> }) }
        </dl>
    }
}
