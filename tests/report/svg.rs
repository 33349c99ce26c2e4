//! Reading an SVG back.

use std::fs;
use std::path::Path;

use roxmltree::{Document, Node};

/// A piece of text with the box around it, all in units of the drawing.
#[derive(Debug)]
pub struct Text {
    pub content: String,
    pub left: f64,
    pub top: f64,
    pub right: f64,
    pub bottom: f64,
}

impl Text {
    pub fn middle(&self) -> (f64, f64) {
        ((self.left + self.right) / 2.0, (self.top + self.bottom) / 2.0)
    }

    fn overlaps(&self, other: &Text) -> bool {
        self.left < other.right
            && other.left < self.right
            && self.top < other.bottom
            && other.top < self.bottom
    }
}

/// What an SVG shows.
pub struct Svg {
    pub shown: (f64, f64),
    pub units: (f64, f64),
    pub texts: Vec<Text>,
    pub lines: Vec<(String, Vec<(f64, f64)>)>,
    pub dots: Vec<(String, (f64, f64))>,
    pub rects: Vec<(String, (f64, f64))>,
    /// Left, top, right and bottom of rectangles with round corners.
    pub boxes: Vec<[f64; 4]>,
    /// Points along each path.
    pub paths: Vec<Vec<(f64, f64)>>,
    /// The lowest corners of polygons.
    pub tips: Vec<(f64, f64)>,
}

pub fn read(path: &Path) -> Svg {
    parse(&fs::read_to_string(path).unwrap())
}

pub fn parse(source: &str) -> Svg {
    let document = Document::parse(source).unwrap();
    let root = document.root_element();
    let view: Vec<f64> =
        root.attribute("viewBox").unwrap().split(' ').map(|part| part.parse().unwrap()).collect();
    let named = |name| root.children().filter(move |node| node.has_tag_name(name));
    let owned = |node: &Node, name| node.attribute(name).unwrap().to_owned();
    Svg {
        shown: (number(&root, "width"), number(&root, "height")),
        units: (view[2], view[3]),
        texts: named("text").map(|node| text(&node)).collect(),
        lines: named("polyline").map(|node| (owned(&node, "stroke"), points(&node))).collect(),
        dots: named("circle")
            .map(|node| (owned(&node, "fill"), (number(&node, "cx"), number(&node, "cy"))))
            .collect(),
        rects: named("rect")
            .map(|node| (owned(&node, "fill"), (number(&node, "x"), number(&node, "y"))))
            .collect(),
        boxes: named("rect").filter(|node| node.has_attribute("rx")).map(|node| edges(&node)).collect(),
        paths: named("path").map(|node| along(node.attribute("d").unwrap())).collect(),
        tips: named("polygon").map(|node| points(&node)[2]).collect(),
    }
}

impl Svg {
    pub fn words(&self) -> Vec<&str> {
        self.texts.iter().map(|text| text.content.as_str()).collect()
    }

    pub fn text(&self, content: &str) -> &Text {
        let found: Vec<_> = self.texts.iter().filter(|text| text.content == content).collect();
        assert_eq!(found.len(), 1, "{content:?} among {:?}", self.words());
        found[0]
    }

    pub fn lines_of(&self, color: &str) -> Vec<&[(f64, f64)]> {
        self.lines.iter().filter(|(stroke, _)| stroke == color).map(|(_, points)| &points[..]).collect()
    }

    /// Checks that every text and point is inside the picture and that no texts lie over each other.
    pub fn assert_readable(&self) {
        for (index, text) in self.texts.iter().enumerate() {
            let inside = text.left >= 0.0
                && text.top >= 0.0
                && text.right <= self.units.0
                && text.bottom <= self.units.1;
            assert!(inside, "{text:?} is cut off at {:?}", self.units);
            for other in &self.texts[..index] {
                assert!(!text.overlaps(other), "{text:?} lies over {other:?}");
            }
        }
        let dots = self.dots.iter().map(|(_, place)| place);
        for (x, y) in self.lines.iter().flat_map(|(_, points)| points).chain(dots) {
            assert!((0.0..=self.units.0).contains(x) && (0.0..=self.units.1).contains(y), "{x}, {y}");
        }
    }
}

fn number(node: &Node, name: &str) -> f64 {
    node.attribute(name).unwrap().parse().unwrap()
}

fn edges(node: &Node) -> [f64; 4] {
    let [left, top, width, height] = ["x", "y", "width", "height"].map(|name| number(node, name));
    [left, top, left + width, top + height]
}

/// Points along a path of straight lines and cubic curves.
fn along(path: &str) -> Vec<(f64, f64)> {
    let mut found: Vec<(f64, f64)> = Vec::new();
    for part in path.split(['M', 'L', 'C']).skip(1) {
        let numbers: Vec<f64> = part.split([' ', ',']).filter_map(|number| number.parse().ok()).collect();
        let mut corners: Vec<_> = found.last().copied().into_iter().collect();
        corners.extend(numbers.chunks(2).map(|pair| (pair[0], pair[1])));
        found.extend((1..=64).map(|step| on_curve(corners.clone(), f64::from(step) / 64.0)));
    }
    found
}

/// A place between the ends of a Bézier curve, by de Casteljau's construction.
fn on_curve(mut corners: Vec<(f64, f64)>, place: f64) -> (f64, f64) {
    while corners.len() > 1 {
        let between = |pair: &[(f64, f64)]| {
            let [(x1, y1), (x2, y2)] = [pair[0], pair[1]];
            (x1 + place * (x2 - x1), y1 + place * (y2 - y1))
        };
        corners = corners.windows(2).map(between).collect();
    }
    corners[0]
}

fn points(node: &Node) -> Vec<(f64, f64)> {
    let pair = |pair: &str| {
        let (x, y) = pair.split_once(',').unwrap();
        (x.parse().unwrap(), y.parse().unwrap())
    };
    node.attribute("points").unwrap().split_whitespace().map(pair).collect()
}

/// The width of a text in DejaVu Sans, a wide font, in units of its size: 0.64 for a digit, 0.52 for another
/// character on average.
fn length(content: &str) -> f64 {
    content.chars().map(|letter| if letter.is_ascii_digit() { 0.64 } else { 0.52 }).sum()
}

fn text(node: &Node) -> Text {
    assert_eq!(node.attribute("font-family"), Some("sans-serif"));
    let content = node.text().unwrap_or_default().trim().to_owned();
    let (x, y, size) = (number(node, "x"), number(node, "y"), number(node, "font-size"));
    let length = size * length(&content);
    let before = match node.attribute("text-anchor").unwrap() {
        "start" => 0.0,
        "middle" => length / 2.0,
        _ => length,
    };
    let under = match node.attribute("dy").unwrap() {
        "0.76em" => (0.0, 0.9 * size),
        "0.5ex" => (-0.45 * size, 0.45 * size),
        _ => (-0.9 * size, 0.0),
    };
    match node.attribute("transform").is_some_and(|transform| transform.starts_with("rotate(270")) {
        false => {
            let (left, right) = (x - before, x - before + length);
            Text { content, left, right, top: y + under.0, bottom: y + under.1 }
        }
        true => {
            let (top, bottom) = (y + before - length, y + before);
            Text { content, left: x + under.0, right: x + under.1, top, bottom }
        }
    }
}
