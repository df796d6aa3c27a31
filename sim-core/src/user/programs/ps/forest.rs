//! Processes below their parents: ps f, ps -H.

use std::collections::BTreeMap;

use super::process::Process;

/// How the tree is drawn.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Forest {
    None,
    /// With branches; children of process 1 stand alone.
    Branches,
    /// Indented.
    Indented,
}

/// Puts children after their parents and says what stands before each command.
pub(super) fn arrange(processes: &mut Vec<Process>, forest: Forest) -> Vec<String> {
    if forest == Forest::None {
        return vec![String::new(); processes.len()];
    }
    let mut children: BTreeMap<i32, Vec<usize>> = BTreeMap::new();
    let mut roots = Vec::new();
    for (index, process) in processes.iter().enumerate() {
        let adopted = forest == Forest::Branches && process.ppid == 1;
        let parent = processes.iter().any(|other| other.pid == process.ppid && other.pid != process.pid);
        if parent && !adopted {
            children.entry(process.ppid).or_default().push(index);
        } else {
            roots.push(index);
        }
    }
    let mut order = Vec::new();
    for root in roots {
        visit(processes, &children, root, String::new(), String::new(), forest, &mut order);
    }
    let prefixes = order.iter().map(|(_, prefix)| prefix.clone()).collect();
    *processes = order.into_iter().map(|(index, _)| processes[index].clone()).collect();
    prefixes
}

fn visit(
    processes: &[Process],
    children: &BTreeMap<i32, Vec<usize>>,
    index: usize,
    own: String,
    below: String,
    forest: Forest,
    order: &mut Vec<(usize, String)>,
) {
    order.push((index, own));
    let Some(list) = children.get(&processes[index].pid) else { return };
    for (place, &child) in list.iter().enumerate() {
        let (branch, trunk) = match forest {
            Forest::Branches if place + 1 < list.len() => (" \\_ ", " |  "),
            Forest::Branches => (" \\_ ", "    "),
            _ => ("  ", "  "),
        };
        let (own, deeper) = (format!("{below}{branch}"), format!("{below}{trunk}"));
        visit(processes, children, child, own, deeper, forest, order);
    }
}
