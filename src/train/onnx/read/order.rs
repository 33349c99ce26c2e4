//! In which order a tensor of wgrad has the numbers that ONNX has row by row. Images are channels first there and channels last here.

use super::constant::{places, steps};

/// The dimensions of the tensor here, the outermost first: how many numbers each has, and how far apart ONNX has them. Dimensions of
/// one number are left out, and those that go on evenly are one. So equal orders are equal values, whatever the shape.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Order(Vec<[usize; 2]>);

impl Order {
    /// That of a tensor which has the axes of a shape of ONNX in this order.
    pub(super) fn of(shape: &[usize], axes: &[usize]) -> Self {
        let steps = steps(shape);
        Self::joined(axes.iter().map(|axis| [shape[*axis], steps[*axis]]))
    }

    fn joined(dimensions: impl Iterator<Item = [usize; 2]>) -> Self {
        let mut joined: Vec<[usize; 2]> = Vec::new();
        for [size, step] in dimensions.filter(|[size, _]| *size != 1) {
            match joined.last_mut() {
                Some([before, apart]) if *apart == size * step => {
                    *before *= size;
                    *apart = step;
                }
                _ => joined.push([size, step]),
            }
        }
        Self(joined)
    }

    /// The axes of a shape of ONNX in the order of the tensor, without those of one number; `None` if the tensor has parts of an axis
    /// apart from each other.
    pub(super) fn axes(&self, shape: &[usize]) -> Option<Vec<usize>> {
        let steps = steps(shape);
        let mut axes = Vec::new();
        for [size, step] in &self.0 {
            let (mut rest, mut whole) = (*size, size * step);
            while rest > 1 {
                let begins = |axis: &usize| shape[*axis] > 1 && steps[*axis] * shape[*axis] == whole;
                let axis = (0..shape.len()).find(begins)?;
                if !rest.is_multiple_of(shape[axis]) {
                    return None;
                }
                rest /= shape[axis];
                whole = steps[axis];
                axes.push(axis);
            }
        }
        Some(axes)
    }

    /// For each number of the tensor, its place in ONNX's.
    pub(super) fn places(&self) -> Vec<usize> {
        places(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_order_knows_its_axes_whatever_the_shape() {
        let images = Order::of(&[2, 3, 4], &[1, 2, 0]);
        assert_eq!(images.axes(&[2, 3, 4]), Some(vec![1, 2, 0]));
        assert_eq!(images.axes(&[2, 12]), Some(vec![1, 0]));
        assert_eq!(images.axes(&[1, 2, 1, 12]), Some(vec![3, 1]));
        assert_eq!(images.axes(&[24]), None);
        assert_eq!(images.places()[..4], [0, 12, 1, 13]);
        assert_eq!(Order::of(&[1, 3, 4], &[1, 2, 0]), Order::of(&[12], &[0]));
        assert_eq!(Order::of(&[2, 3], &[0, 1]).axes(&[6, 1]), Some(vec![0]));
        assert_eq!(Order::of(&[1], &[0]).places(), [0]);
    }
}
