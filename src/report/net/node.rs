//! What the box of a node says.

use crate::error::{Result, shape_text};
use crate::nn::graph::{Graph, Kind};
use crate::report::canvas::PX;
use crate::report::text::{MEDIUM, SMALL, on_one_line, width};

/// The widest that a line of a name may be; longer names have several.
const NAME_WIDTH: i32 = 320 * PX;
/// Room around the text.
const PADDING: i32 = 12 * PX;
/// From one line of text to the next.
pub(super) const LINE: i32 = 20 * PX;

/// How a box looks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Role {
    Input,
    Layer,
    Output,
}

/// The box of a node, in units of the drawing.
#[derive(Clone, Debug)]
pub(super) struct NodeBox {
    /// Its name, in as many lines as it needs.
    pub name: Vec<String>,
    pub notes: Vec<String>,
    pub role: Role,
    /// Whether its layer serves several times.
    pub shared: bool,
    pub width: f64,
    pub height: f64,
}

impl NodeBox {
    fn new(name: &str, notes: Vec<String>, role: Role, shared: bool) -> Self {
        let name = wrapped(name);
        let of_name = name.iter().map(|line| width(line, MEDIUM));
        let widest = of_name.chain(notes.iter().map(|line| width(line, SMALL))).max().unwrap_or(0);
        let lines = (name.len() + notes.len()) as i32;
        let (width, height) = (widest + 2 * PADDING, lines * LINE + PADDING);
        Self { name, notes, role, shared, width: width.into(), height: height.into() }
    }
}

/// The boxes of a net's nodes, in their order.
pub(super) fn boxes(net: &Graph) -> Result<Vec<NodeBox>> {
    let (rows, outputs) = (net.summary()?.rows, net.output_places());
    let mut boxes = Vec::new();
    for (at, (vertex, row)) in net.vertices.iter().zip(rows).enumerate() {
        let is_output = outputs.contains(&at);
        let (kind, mut role) = match &vertex.kind {
            Kind::Input { integers: true, .. } => ("input of integers", Role::Input),
            Kind::Input { .. } => ("input", Role::Input),
            Kind::Call { .. } => (row.kind.as_str(), Role::Layer),
        };
        let mut notes = vec![format!("{kind}, {}", shape_text(&row.shape))];
        if row.count > 0 {
            notes.push(format!("{} parameters", row.count));
        }
        let sharing = sharing(net, at);
        let shared = sharing.is_some();
        notes.extend(sharing);
        if is_output {
            role = Role::Output;
            notes.push("output".into());
        }
        boxes.push(NodeBox::new(&row.name, notes, role, shared));
    }
    Ok(boxes)
}

/// Which use of its layer a node is, where that serves several times.
fn sharing(net: &Graph, at: usize) -> Option<String> {
    let Kind::Call { layer, .. } = net.vertices[at].kind else { return None };
    let mut uses = Vec::new();
    for (place, vertex) in net.vertices.iter().enumerate() {
        if matches!(vertex.kind, Kind::Call { layer: other, .. } if other == layer) {
            uses.push(place);
        }
    }
    let number = uses.iter().position(|place| *place == at)? + 1;
    (uses.len() > 1).then(|| format!("shared layer, use {number} of {}", uses.len()))
}

/// A name in lines that are not too wide.
fn wrapped(name: &str) -> Vec<String> {
    let (mut lines, mut last) = (Vec::new(), String::new());
    for letter in on_one_line(name).chars() {
        last.push(letter);
        if width(&last, MEDIUM) > NAME_WIDTH {
            last.pop();
            lines.push(std::mem::replace(&mut last, letter.to_string()));
        }
    }
    lines.push(last);
    lines
}
