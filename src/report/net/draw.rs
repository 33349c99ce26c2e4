//! A graph as SVG.

use plotters::style::RGBColor;

use super::layout::{Layout, Slot};
use super::node::{LINE, NodeBox, Role};
use crate::report::canvas::{MARGIN, PX};
use crate::report::chart::COLORS;
use crate::report::text::{DARK, GREY, MEDIUM, SMALL};

/// Room between rows, in which lines go from one place to another.
const GAP: f64 = (44 * PX) as f64;
/// Length and width of an arrow's head.
const HEAD: f64 = (8 * PX) as f64;
/// Between the arrows into one box, if it is wide enough.
const BETWEEN_HEADS: f64 = (24 * PX) as f64;

/// Where rows lie in the picture, in units of the drawing.
struct Drawing<'l> {
    layout: &'l Layout,
    /// The left end of all rows.
    left: f64,
    width: f64,
    /// The upper and the lower edge of each row.
    rows: Vec<[f64; 2]>,
}

/// Draws boxes where a layout has them, on white.
pub(super) fn svg(boxes: &[NodeBox], layout: &Layout) -> String {
    let drawing = Drawing::new(boxes, layout);
    let mut elements = Vec::new();
    for number in 0..layout.lines.len() {
        elements.extend(drawing.arrow(boxes, number));
    }
    for (node, slot) in boxes.iter().zip(&layout.slots) {
        let corner = [slot.x - slot.width / 2.0 - drawing.left, drawing.rows[slot.row][0]];
        elements.push(frame(node, corner));
        elements.extend(words(node, corner));
    }
    drawing.document(&elements)
}

impl<'l> Drawing<'l> {
    fn new(boxes: &[NodeBox], layout: &'l Layout) -> Self {
        let edges = |slot: &Slot| [slot.x - slot.width / 2.0, slot.x + slot.width / 2.0];
        let [mut left, mut right] = layout.slots.first().map_or([0.0; 2], edges);
        for slot in &layout.slots {
            left = left.min(edges(slot)[0]);
            right = right.max(edges(slot)[1]);
        }
        let mut top = f64::from(MARGIN);
        let mut rows = Vec::new();
        for row in &layout.rows {
            let heights = row.iter().filter_map(|at| boxes.get(*at)).map(|node| node.height);
            let bottom = top + heights.fold(0.0, f64::max);
            rows.push([top, bottom]);
            top = bottom + GAP;
        }
        let margin = f64::from(MARGIN);
        Self { layout, left: left - margin, width: right - left + 2.0 * margin, rows }
    }

    /// The whole picture, with its size in pixels.
    fn document(&self, elements: &[String]) -> String {
        let bottom = self.rows.last().map_or(0.0, |[_, bottom]| *bottom);
        let [width, height] = [self.width, bottom + f64::from(MARGIN)].map(f64::ceil);
        let [shown_width, shown_height] = [width, height].map(|units| units / f64::from(PX));
        format!(
            "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"{shown_width}\" height=\"{shown_height}\" \
             viewBox=\"0 0 {width} {height}\">\n\
             <rect x=\"0\" y=\"0\" width=\"{width}\" height=\"{height}\" fill=\"#ffffff\"/>\n{}\n</svg>\n",
            elements.join("\n")
        )
    }

    /// A line from box to box, and its head.
    fn arrow(&self, boxes: &[NodeBox], number: usize) -> [String; 2] {
        let line = &self.layout.lines[number];
        let end = &self.layout.slots[line[line.len() - 1]];
        let (x, tip) = (end.x - self.left + self.port(number), self.rows[end.row][0]);
        let base = tip - HEAD;
        let (path, color, stroke) = (self.path(boxes, line, [x, base]), hex(GREY), 3 * PX / 2);
        let [left, right] = [x - HEAD / 2.0, x + HEAD / 2.0];
        [
            format!("<path d=\"{path}\" fill=\"none\" stroke=\"{color}\" stroke-width=\"{stroke}\"/>"),
            format!(
                "<polygon points=\"{left:.0},{base:.0} {right:.0},{base:.0} {x:.0},{tip:.0}\" fill=\"{color}\"/>"
            ),
        ]
    }

    /// The way of a line to where its head begins: upright beside boxes, and bent between rows only.
    fn path(&self, boxes: &[NodeBox], line: &[usize], [x, base]: [f64; 2]) -> String {
        let place = |at: usize| {
            let slot = &self.layout.slots[at];
            (slot.x - self.left, self.rows[slot.row])
        };
        let (start, [top, _]) = place(line[0]);
        let mut path = format!("M{start:.0},{:.0}", top + boxes[line[0]].height);
        for (number, pair) in line.windows(2).enumerate() {
            let ((x1, [_, y1]), (x2, [y2, _])) = (place(pair[0]), place(pair[1]));
            let (x2, y2) = if number + 2 == line.len() { (x, base) } else { (x2, y2) };
            let middle = (y1 + y2) / 2.0;
            path += &format!(" L{x1:.0},{y1:.0} C{x1:.0},{middle:.0} {x2:.0},{middle:.0} {x2:.0},{y2:.0}");
        }
        path
    }

    /// Where a line meets its box, from the middle: lines into one box stand side by side, in the order in which they come.
    fn port(&self, number: usize) -> f64 {
        let lines = &self.layout.lines;
        let ends = |line: &[usize]| (line[line.len() - 1], self.layout.slots[line[line.len() - 2]].x);
        let (end, from) = ends(&lines[number]);
        let (mut before, mut count) = (0, 0);
        for (other, line) in lines.iter().enumerate().filter(|(_, line)| ends(line).0 == end) {
            count += 1;
            before += usize::from((ends(line).1, other) < (from, number));
        }
        let between = BETWEEN_HEADS.min(self.layout.slots[end].width / (count + 1) as f64);
        between * (before as f64 - (count - 1) as f64 / 2.0)
    }
}

/// The frame of a box.
fn frame(node: &NodeBox, [left, top]: [f64; 2]) -> String {
    let color = match node.role {
        Role::Input => hex(COLORS[0]),
        Role::Layer => hex(GREY),
        Role::Output => hex(COLORS[1]),
    };
    let dashes =
        if node.shared { format!(" stroke-dasharray=\"{} {}\"", 6 * PX, 4 * PX) } else { String::new() };
    format!(
        "<rect x=\"{left:.0}\" y=\"{top:.0}\" width=\"{:.0}\" height=\"{:.0}\" rx=\"{}\" fill=\"{color}\" \
         fill-opacity=\"0.08\" stroke=\"{color}\" stroke-width=\"{}\"{dashes}/>",
        node.width,
        node.height,
        6 * PX,
        3 * PX / 2
    )
}

/// The lines of text in a box.
fn words(node: &NodeBox, [left, top]: [f64; 2]) -> Vec<String> {
    let x = left + node.width / 2.0;
    let name = node.name.iter().map(|line| (line, MEDIUM, hex(DARK)));
    let notes = node.notes.iter().map(|line| (line, SMALL, hex(GREY)));
    let first = top + (node.height - f64::from(LINE) * (node.name.len() + node.notes.len() - 1) as f64) / 2.0;
    let mut texts = Vec::new();
    for (number, (line, size, color)) in name.chain(notes).enumerate() {
        let y = first + f64::from(LINE) * number as f64;
        texts.push(format!(
            "<text x=\"{x:.0}\" y=\"{y:.0}\" dy=\"0.5ex\" text-anchor=\"middle\" font-family=\"sans-serif\" \
             font-size=\"{size}\" fill=\"{color}\">{}</text>",
            escaped(line)
        ));
    }
    texts
}

/// Text as XML has it.
fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;")
}

fn hex(RGBColor(red, green, blue): RGBColor) -> String {
    format!("#{red:02x}{green:02x}{blue:02x}")
}
