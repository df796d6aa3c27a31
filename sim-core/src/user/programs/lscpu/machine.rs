//! What lscpu reads: /proc/cpuinfo, and below /sys/devices/system the topology, the caches and the nodes.

use crate::user::Sys;
use crate::user::io::read_text;

const CPUS: &str = "/sys/devices/system/cpu";

/// The processors of the machine.
pub struct Machine {
    /// uname(2)'s.
    pub architecture: String,
    /// The lines of the first processor in /proc/cpuinfo.
    first: Vec<(String, String)>,
    pub cpus: Vec<Cpu>,
    /// By name, as `L1d`.
    pub caches: Vec<Cache>,
    /// The CPUs of each NUMA node.
    pub nodes: Vec<Vec<u32>>,
}

/// A logical CPU; its core and its socket are counted from 0 through the whole machine.
pub struct Cpu {
    pub number: u32,
    pub core: usize,
    pub socket: usize,
    pub online: bool,
    pub mhz: String,
    pub bogomips: String,
    /// The ids of its caches, as they stand in `Machine::caches`.
    pub caches: Vec<String>,
}

/// All caches of a name.
pub struct Cache {
    pub name: String,
    /// Of one of them.
    pub size_bytes: u64,
    /// The ids of those that were found.
    pub ids: Vec<String>,
}

impl Machine {
    /// Reads it all; without the list of CPUs nothing can be said.
    pub async fn read(sys: &Sys) -> Result<Machine, String> {
        let possible = read_text(sys, format!("{CPUS}/possible"))
            .await
            .map_err(|errno| format!("failed to determine number of CPUs: {CPUS}/possible: {errno}"))?;
        let info = read_text(sys, "/proc/cpuinfo")
            .await
            .map_err(|errno| format!("cannot open /proc/cpuinfo: {errno}"))?;
        let blocks: Vec<Vec<(String, String)>> =
            info.split("\n\n").filter(|block| !block.is_empty()).map(block).collect();
        let online = numbers(&attribute(sys, "online").await);
        let names = sys.uname().await;
        let mut machine = Machine {
            architecture: names.map(|names| names.machine.to_text()).unwrap_or_default(),
            first: blocks.first().cloned().unwrap_or_default(),
            cpus: Vec::new(),
            caches: Vec::new(),
            nodes: nodes(sys).await,
        };
        let (mut cores, mut sockets) = (Vec::new(), Vec::new());
        for number in numbers(&possible) {
            let lines = blocks.iter().find(|block| value(block, "processor") == number.to_string());
            let said = |name: &str| lines.map(|block| value(block, name)).unwrap_or_default();
            let topology = format!("cpu{number}/topology");
            let core = attribute(sys, &format!("{topology}/thread_siblings")).await;
            let socket = attribute(sys, &format!("{topology}/core_siblings")).await;
            let caches = machine.read_caches(sys, number).await;
            machine.cpus.push(Cpu {
                number,
                core: place(&mut cores, core),
                socket: place(&mut sockets, socket),
                online: online.contains(&number),
                mhz: said("cpu MHz"),
                bogomips: said("bogomips"),
                caches,
            });
        }
        Ok(machine)
    }

    /// What /proc/cpuinfo says of the first processor.
    pub fn says(&self, name: &str) -> String {
        value(&self.first, name)
    }

    pub fn cores(&self) -> usize {
        self.cpus.iter().map(|cpu| cpu.core + 1).max().unwrap_or(1)
    }

    pub fn sockets(&self) -> usize {
        self.cpus.iter().map(|cpu| cpu.socket + 1).max().unwrap_or(1)
    }

    /// The ids of a processor's caches. Those that are seen for the first time are added.
    async fn read_caches(&mut self, sys: &Sys, cpu: u32) -> Vec<String> {
        let mut ids = Vec::new();
        for index in 0.. {
            let read =
                async |name: &str| attribute(sys, &format!("cpu{cpu}/cache/index{index}/{name}")).await;
            let level = read("level").await;
            if level.is_empty() {
                break;
            }
            let letter = match read("type").await.as_str() {
                "Data" => "d",
                "Instruction" => "i",
                _ => "",
            };
            let (name, id) = (format!("L{level}{letter}"), read("id").await);
            ids.push(id.clone());
            match self.caches.iter_mut().find(|cache| cache.name == name) {
                Some(cache) if cache.ids.contains(&id) => {}
                Some(cache) => cache.ids.push(id),
                None => {
                    let kib: u64 = read("size").await.trim_end_matches('K').parse().unwrap_or(0);
                    self.caches.push(Cache { name, size_bytes: kib * 1024, ids: vec![id] });
                }
            }
        }
        ids
    }
}

/// An attribute below /sys/devices/system/cpu; empty if there is none.
async fn attribute(sys: &Sys, name: &str) -> String {
    let text = read_text(sys, format!("{CPUS}/{name}")).await.unwrap_or_default();
    text.trim_end().to_owned()
}

/// The CPUs of node 0, 1 and so on.
async fn nodes(sys: &Sys) -> Vec<Vec<u32>> {
    let mut nodes = Vec::new();
    while let Ok(list) = read_text(sys, format!("/sys/devices/system/node/node{}/cpulist", nodes.len())).await
    {
        nodes.push(numbers(&list));
    }
    nodes
}

/// The lines of a processor: name and value.
fn block(text: &str) -> Vec<(String, String)> {
    let lines = text.lines().filter_map(|line| line.split_once(':'));
    lines.map(|(name, value)| (name.trim().to_owned(), value.trim().to_owned())).collect()
}

fn value(block: &[(String, String)], name: &str) -> String {
    let found = block.iter().find(|(known, _)| known == name);
    found.map(|(_, value)| value.clone()).unwrap_or_default()
}

/// Where something stands among those seen so far.
fn place(seen: &mut Vec<String>, what: String) -> usize {
    match seen.iter().position(|known| *known == what) {
        Some(place) => place,
        None => {
            seen.push(what);
            seen.len() - 1
        }
    }
}

/// A list as `0-3,6`: cpuset(7), "List format".
fn numbers(list: &str) -> Vec<u32> {
    let ranges = list.trim().split(',').filter_map(|range| {
        let (first, last) = range.split_once('-').unwrap_or((range, range));
        Some(first.parse().ok()?..=last.parse().ok()?)
    });
    ranges.flatten().collect()
}

/// The same, written: two in a row stay apart. `cpulist_create` in lib/cpuset.c.
pub fn list(cpus: &[u32]) -> String {
    let mut parts = Vec::new();
    let mut rest = cpus;
    while let Some(&first) = rest.first() {
        let run = (first..).zip(rest).take_while(|(expected, cpu)| expected == *cpu).count();
        match run {
            1 => parts.push(first.to_string()),
            2 => parts.push(format!("{first},{}", first + 1)),
            _ => parts.push(format!("{first}-{}", rest[run - 1])),
        }
        rest = &rest[run..];
    }
    parts.join(",")
}
