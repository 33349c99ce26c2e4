//! Where the boxes of a graph stand and its lines go, after Sugiyama, Tagawa and Toda, *Methods for Visual Understanding of
//! Hierarchical System Structures* (1981): rows by the longest path, and a place in each row that a line passes.

use crate::report::canvas::PX;

/// The room that a line takes where it passes a row.
const PASSAGE: f64 = (16 * PX) as f64;
/// Room between neighbours in a row.
const GAP: f64 = (24 * PX) as f64;
/// How often neighbours are brought closer together.
const SWEEPS: usize = 8;
/// How much a box counts beside a line, which gives way.
const BOX_WEIGHT: f64 = 1e6;

/// A place in a row: a box, or where a line passes.
#[derive(Clone, Debug)]
pub(super) struct Slot {
    pub row: usize,
    /// Its middle, in units of the drawing.
    pub x: f64,
    pub width: f64,
    is_box: bool,
    /// Its number in its row.
    place: usize,
    above: Vec<usize>,
    below: Vec<usize>,
}

/// Rows of boxes, and the lines between them.
#[derive(Clone, Debug, Default)]
pub(super) struct Layout {
    /// The boxes, in the order of the nodes, and then the places where lines pass.
    pub slots: Vec<Slot>,
    /// The slots of each row, from left to right.
    pub rows: Vec<Vec<usize>>,
    /// The slots that each line goes through, from box to box.
    pub lines: Vec<Vec<usize>>,
}

/// Neighbours of a slot on one side.
type Side = fn(&Slot) -> &[usize];

impl Layout {
    /// Places boxes of these widths, each of which has inputs before it.
    pub fn new(widths: &[f64], inputs: &[&[usize]]) -> Self {
        let mut layout = Self::default();
        for (width, inputs) in widths.iter().zip(inputs) {
            let below = |input: &usize| layout.slots[*input].row + 1;
            let row = inputs.iter().map(below).max().unwrap_or(0);
            layout.add(row, *width, true);
        }
        for (node, inputs) in inputs.iter().enumerate() {
            inputs.iter().for_each(|input| layout.connect(*input, node));
        }
        for sweep in 0..SWEEPS {
            layout.sweep(sweep, Self::sort);
        }
        layout.rows.clone().iter().for_each(|row| layout.spread(row, &vec![0.0; row.len()]));
        for sweep in 0..SWEEPS {
            layout.sweep(sweep, Self::straighten);
        }
        layout
    }

    fn add(&mut self, row: usize, width: f64, is_box: bool) -> usize {
        self.rows.resize(self.rows.len().max(row + 1), Vec::new());
        let (at, place) = (self.slots.len(), self.rows[row].len());
        self.rows[row].push(at);
        self.slots.push(Slot { row, x: 0.0, width, is_box, place, above: Vec::new(), below: Vec::new() });
        at
    }

    /// Draws a line between boxes, through a place of its own in each row between them.
    fn connect(&mut self, from: usize, to: usize) {
        let mut line = vec![from];
        for row in self.slots[from].row + 1..self.slots[to].row {
            line.push(self.add(row, PASSAGE, false));
        }
        line.push(to);
        for pair in line.windows(2) {
            self.slots[pair[0]].below.push(pair[1]);
            self.slots[pair[1]].above.push(pair[0]);
        }
        self.lines.push(line);
    }

    /// Changes all rows by their neighbours: those above and those below in turn, and above at last.
    fn sweep(&mut self, number: usize, change: fn(&mut Self, usize, Side)) {
        if (SWEEPS - number).is_multiple_of(2) {
            (0..self.rows.len()).rev().for_each(|row| change(self, row, |slot| &slot.below));
        } else {
            (0..self.rows.len()).for_each(|row| change(self, row, |slot| &slot.above));
        }
    }

    /// Orders a row by the mean places of its neighbours on one side, so that fewer lines cross.
    fn sort(&mut self, row: usize, side: Side) {
        let key = |at: &usize| {
            let slot = &self.slots[*at];
            mean(side(slot).iter().map(|other| self.slots[*other].place as f64)).unwrap_or(slot.place as f64)
        };
        let mut keyed: Vec<(f64, usize)> = self.rows[row].iter().map(|at| (key(at), *at)).collect();
        keyed.sort_by(|one, other| one.0.total_cmp(&other.0));
        for (place, (_, at)) in keyed.into_iter().enumerate() {
            self.slots[at].place = place;
            self.rows[row][place] = at;
        }
    }

    /// Moves a row to under or over its neighbours on one side. Boxes follow boxes and lines follow lines, where there are any.
    fn straighten(&mut self, row: usize, side: Side) {
        let row = self.rows[row].clone();
        let mut wanted = Vec::new();
        for at in &row {
            let slot = &self.slots[*at];
            let alike = side(slot).iter().filter(|other| self.slots[**other].is_box == slot.is_box);
            let of_alike = mean(alike.map(|other| self.slots[*other].x));
            let of_all = mean(side(slot).iter().map(|other| self.slots[*other].x));
            wanted.push(of_alike.or(of_all).unwrap_or(slot.x));
        }
        self.spread(&row, &wanted);
    }

    /// Sets the slots of a row as near as possible to where they are wanted, none over another.
    fn spread(&mut self, row: &[usize], wanted: &[f64]) {
        let mut targets = Vec::new();
        let mut end = 0.0;
        for (at, wanted) in row.iter().zip(wanted) {
            let Slot { width, is_box, .. } = self.slots[*at];
            // Where its middle is if the row begins at 0: what is left when that is taken off must only not fall.
            let middle = end + width / 2.0;
            end += width + GAP;
            targets.push((wanted - middle, if is_box { BOX_WEIGHT } else { 1.0 }, middle));
        }
        let shifts = rising(targets.iter().map(|(shift, weight, _)| (*shift, *weight)));
        for ((at, (_, _, middle)), shift) in row.iter().zip(&targets).zip(shifts) {
            self.slots[*at].x = middle + shift;
        }
    }
}

fn mean(values: impl Iterator<Item = f64>) -> Option<f64> {
    let (mut sum, mut count) = (0.0, 0);
    for value in values {
        sum += value;
        count += 1;
    }
    (count > 0).then(|| sum / f64::from(count))
}

/// The numbers that do not fall and are nearest to these by weighted least squares: pool adjacent violators (Barlow et al.,
/// *Statistical Inference under Order Restrictions*, 1972).
fn rising(numbers: impl Iterator<Item = (f64, f64)>) -> Vec<f64> {
    let mut pools: Vec<(f64, f64, usize)> = Vec::new();
    for (value, weight) in numbers {
        let mut pool = (value, weight, 1);
        while let Some(before) = pools.pop_if(|before| before.0 > pool.0) {
            let weight = before.1 + pool.1;
            pool = ((before.0 * before.1 + pool.0 * pool.1) / weight, weight, before.2 + pool.2);
        }
        pools.push(pool);
    }
    pools.into_iter().flat_map(|(value, _, count)| std::iter::repeat_n(value, count)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_rise_at_the_least_cost() {
        let found = rising([(0.0, 1.0), (3.0, 1.0), (1.0, 3.0), (2.0, 1.0)].into_iter());
        assert_eq!(found, [0.0, 1.5, 1.5, 2.0]);
        assert!(rising(std::iter::empty()).is_empty());
    }
}
