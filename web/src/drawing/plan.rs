//! Where everything lies in the drawing, in CSS pixels, for the room that the page gives it.
//!
//! Letters keep their size whatever the room, so it is the parts that are laid out anew: in a few wide
//! rows on a desk, in many narrow ones on a phone.

use sim_core::view::Part;

#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Rect {
    pub x: f64,
    pub y: f64,
    pub w: f64,
    pub h: f64,
}

impl Rect {
    pub fn right(self) -> f64 {
        self.x + self.w
    }

    pub fn bottom(self) -> f64 {
        self.y + self.h
    }

    pub fn middle(self) -> f64 {
        self.y + self.h / 2.0
    }

    pub fn centre(self) -> f64 {
        self.x + self.w / 2.0
    }
}

/// One or two parts, the second below the first, that share a place in a row.
#[derive(Clone, Debug, PartialEq)]
pub struct Place {
    pub parts: Vec<(Part, Rect)>,
}

#[derive(Clone, Debug, PartialEq)]
pub struct Row {
    pub places: Vec<Place>,
    pub y: f64,
    pub h: f64,
}

#[derive(Clone, Debug, PartialEq)]
pub struct Plan {
    pub width: f64,
    pub height: f64,
    pub user: Rect,
    /// The system-call interface: the line between user space and kernel.
    pub gate: Rect,
    pub kernel: Rect,
    pub hardware: Rect,
    /// From the top: the kernel's rows, then the hardware's.
    pub rows: Vec<Row>,
}

/// From here on there is room for a desk's plan.
const WIDE: f64 = 560.0;
pub const HULL: f64 = 11.0;
const GUTTER: f64 = 24.0;
pub const GAP: f64 = 13.0;
const PAD: f64 = 10.0;
const GATE: f64 = 34.0;

type Shape = &'static [(&'static [Part], f64)];

const KERNEL_WIDE: [Shape; 2] = [
    &[(&[Part::Processes], 1.25), (&[Part::Memory], 1.0), (&[Part::Vfs], 1.25), (&[Part::Ipc], 0.75)],
    &[(&[Part::Namespaces], 2.0), (&[Part::Security], 1.15), (&[Part::Drivers], 1.1)],
];
const KERNEL_NARROW: [Shape; 4] = [
    &[(&[Part::Processes], 1.0), (&[Part::Memory], 1.0)],
    &[(&[Part::Vfs], 1.35), (&[Part::Ipc], 0.65)],
    &[(&[Part::Namespaces], 1.0)],
    &[(&[Part::Security], 1.0), (&[Part::Drivers], 1.0)],
];
const HARDWARE_WIDE: [Shape; 1] = [&[
    (&[Part::Power], 50.0),
    (&[Part::Cpu], 190.0),
    (&[Part::Ram], 84.0),
    (&[Part::FirmwareChip, Part::BootLoader], 122.0),
    (&[Part::Disk], 118.0),
    (&[Part::Nic, Part::Keyboard], 92.0),
    (&[Part::Serial], 78.0),
]];
const HARDWARE_NARROW: [Shape; 3] = [
    &[(&[Part::Power], 0.5), (&[Part::Cpu], 1.5)],
    &[(&[Part::Ram], 1.0), (&[Part::FirmwareChip, Part::BootLoader], 1.0)],
    &[(&[Part::Disk], 1.3), (&[Part::Nic, Part::Keyboard], 0.9), (&[Part::Serial], 0.9)],
];

impl Plan {
    /// The plan for a drawing of this size; it may come out higher where the room is too low.
    pub fn new(width: f64, room: f64) -> Plan {
        let wide = width >= WIDE;
        let (kernel_shape, hardware_shape): (&[Shape], &[Shape]) =
            if wide { (&KERNEL_WIDE, &HARDWARE_WIDE) } else { (&KERNEL_NARROW, &HARDWARE_NARROW) };
        let hardware_row = if wide { 118.0 } else { 106.0 };
        let (kernel_row_least, user_least) = if wide { (82.0, 118.0) } else { (84.0, 176.0) };
        let rows_of = |count: usize, row: f64| count as f64 * (row + GAP) + PAD;
        let hardware_h = rows_of(hardware_shape.len(), hardware_row) + PAD;
        let least =
            2.0 * HULL + user_least + GATE + rows_of(kernel_shape.len(), kernel_row_least) + hardware_h;
        let height = room.max(least);
        let spare = height - least;
        let kernel_row = kernel_row_least + (spare * 0.4 / kernel_shape.len() as f64).min(44.0);
        let kernel_h = rows_of(kernel_shape.len(), kernel_row);
        let user_h = height - 2.0 * HULL - GATE - kernel_h - hardware_h;

        let x = HULL;
        let w = width - 2.0 * HULL;
        let user = Rect { x, y: HULL, w, h: user_h };
        let gate = Rect { x, y: user.bottom(), w, h: GATE };
        let kernel = Rect { x, y: gate.bottom(), w, h: kernel_h };
        let hardware = Rect { x, y: kernel.bottom(), w, h: hardware_h };
        let inner = |band: Rect| (band.x + GUTTER + PAD, band.w - GUTTER - 2.0 * PAD - 4.0);
        let mut rows = lay_rows(kernel_shape, inner(kernel), kernel.y + GAP, kernel_row);
        rows.extend(lay_rows(hardware_shape, inner(hardware), hardware.y + GAP + PAD, hardware_row));
        Plan { width, height, user, gate, kernel, hardware, rows }
    }

    /// The plan of a narrow window.
    pub fn narrow(&self) -> bool {
        self.width < WIDE
    }

    /// Where a part is drawn; a part without a box of its own is drawn in another's.
    pub fn rect(&self, part: Part) -> Rect {
        let part = home(part);
        match part {
            Part::SyscallInterface => return self.gate,
            Part::UserSpace => return self.user,
            Part::Pci => return Rect { y: self.hardware.y + 6.0, h: 4.0, ..self.hardware },
            _ => {}
        }
        let boxes = self.rows.iter().flat_map(|row| &row.places).flat_map(|place| &place.parts);
        boxes.into_iter().find(|(found, _)| *found == part).map(|(_, rect)| *rect).unwrap_or_default()
    }

    /// The room for processes: what user space leaves between its margins.
    pub fn user_inner(&self) -> Rect {
        Rect {
            x: self.user.x + GUTTER + PAD,
            y: self.user.y + PAD,
            w: self.user.w - GUTTER - 2.0 * PAD - 4.0,
            h: self.user.h - PAD - 6.0,
        }
    }
}

/// The part in whose box a part is drawn.
pub fn home(part: Part) -> Part {
    match part {
        Part::Scheduler | Part::Time => Part::Processes,
        Part::FileSystems => Part::Vfs,
        Part::Terminals | Part::Network => Part::Drivers,
        other => other,
    }
}

fn lay_rows(shapes: &[Shape], (x0, width): (f64, f64), top: f64, h: f64) -> Vec<Row> {
    let mut rows = Vec::new();
    for (index, shape) in shapes.iter().enumerate() {
        let y = top + index as f64 * (h + GAP);
        let weights: f64 = shape.iter().map(|(_, weight)| weight).sum();
        let unit = (width - GAP * (shape.len() - 1) as f64) / weights;
        let mut x = x0;
        let mut places = Vec::new();
        for (parts, weight) in *shape {
            let w = unit * weight;
            let each = (h - 8.0 * (parts.len() - 1) as f64) / parts.len() as f64;
            let stack = parts.iter().enumerate().map(|(below, part)| {
                let y = y + below as f64 * (each + 8.0);
                (*part, Rect { x, y, w, h: each })
            });
            places.push(Place { parts: stack.collect() });
            x += w + GAP;
        }
        rows.push(Row { places, y, h });
    }
    rows
}

/// A corner of the way that a call takes.
pub type Point = (f64, f64);

impl Plan {
    /// The way from a point on the gate down to a part: through the gaps between boxes, never over one.
    pub fn route(&self, gate_x: f64, part: Part) -> Vec<Point> {
        let part = home(part);
        let mut way = vec![(gate_x, self.gate.bottom())];
        if part == Part::SyscallInterface {
            return vec![(gate_x, self.gate.bottom() - 1.0)];
        }
        let target = self.rect(part);
        for row in &self.rows {
            let channel = row.y - GAP / 2.0;
            let here = row.places.iter().position(|place| place.parts.iter().any(|(p, _)| *p == part));
            let Some(column) = here else {
                let x = nearest_gap(row, target.centre());
                way.push((way[way.len() - 1].0, channel));
                way.push((x, channel));
                continue;
            };
            let start = way[way.len() - 1].0;
            way.push((start, channel));
            if target.y > row.y {
                let x = row.places[column].parts[0].1.x - GAP / 2.0;
                way.extend([(x, channel), (x, target.middle()), (target.x, target.middle())]);
            } else {
                let x = start.clamp(target.x + 14.0, target.right() - 14.0);
                way.extend([(x, channel), (x, target.y)]);
            }
            break;
        }
        way
    }
}

/// Where a line can pass through a row without crossing a box, nearest to `x`.
fn nearest_gap(row: &Row, x: f64) -> f64 {
    let rects = row.places.iter().map(|place| place.parts[0].1);
    let first = rects.clone().next().map(|rect| rect.x - GAP / 2.0);
    let gaps = rects.map(|rect| rect.right() + GAP / 2.0);
    first.into_iter().chain(gaps).min_by(|a, b| (a - x).abs().total_cmp(&(b - x).abs())).unwrap_or(x)
}
