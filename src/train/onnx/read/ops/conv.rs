//! Convolutions.

use super::dense::bias;
use super::{Builder, MOST_PIXELS, Node, Value, Weights};
use crate::nn::graph;
use crate::nn::layers::{Conv2d, ConvTranspose2d, Layer, Padding};
use crate::train::onnx::read::constant::{places, product, steps};

/// Samples as images, channels last; a signal is an image of one row.
pub(super) struct Images {
    pub(super) node: graph::Node,
    pub(super) sides: [usize; 2],
    pub(super) channels: usize,
    /// Whether they are signals.
    pub(super) is_row: bool,
}

/// Sizes along both sides of images that a node has; along a row there is one of the second kind.
pub(super) struct Sides {
    pub(super) kernel: [usize; 2],
    pub(super) stride: [usize; 2],
    pub(super) dilation: [usize; 2],
}

impl Images {
    /// The first input of a node.
    pub(super) fn read<'a>(net: &mut Builder<'a>, node: &Node<'a>) -> Result<Self, String> {
        let x = net.value(node, 0)?;
        let (channels, sides, is_row) = match *x.shape {
            [channels, height, width] => (channels, [height, width], false),
            [channels, length] => (channels, [1, length], true),
            _ => {
                return Err(format!("goes over samples of shape {:?}; images and signals are read", x.shape));
            }
        };
        let x = Value { shape: vec![channels, sides[0], sides[1]], ..x };
        Ok(Self { node: net.arranged(&x, &[1, 2, 0])?, sides, channels, is_row })
    }

    /// Keeps the images that a layer has made, which have as many sides.
    pub(super) fn keep<'a>(
        &self,
        net: &mut Builder<'a>,
        from: &Node<'a>,
        made: graph::Node,
    ) -> Result<(), String> {
        let [height, width, channels] = *net.shape(made) else { return Err("makes no images".into()) };
        if self.is_row {
            net.made(from, made, vec![channels, width], &[1, 0]);
        } else {
            net.made(from, made, vec![channels, height, width], &[1, 2, 0]);
        }
        Ok(())
    }

    /// An attribute with a number for each side.
    fn each(&self, node: &Node<'_>, name: &str, usual: [usize; 2]) -> Result<[usize; 2], String> {
        let refused = || format!("has {name} that are no sizes of both sides of its images");
        let Some(some) = node.integers(name) else { return Ok(usual) };
        let some = some.iter().map(|size| usize::try_from(*size).ok()).collect::<Option<Vec<_>>>();
        match (self.is_row, &some.ok_or_else(refused)?[..]) {
            (true, [along]) => Ok([1, *along]),
            (false, [down, across]) => Ok([*down, *across]),
            _ => Err(refused()),
        }
    }

    /// What a node says of its windows, with the kernel's size if it leaves that out.
    pub(super) fn sides(&self, node: &Node<'_>, kernel: [usize; 2]) -> Result<Sides, String> {
        let kernel = self.each(node, "kernel_shape", kernel)?;
        let (stride, dilation) = (self.each(node, "strides", [1; 2])?, self.each(node, "dilations", [1; 2])?);
        if [kernel, stride, dilation].iter().flatten().any(|size| *size == 0 || *size >= MOST_PIXELS) {
            return Err(format!(
                "has a kernel of {kernel:?} with stride {stride:?} and dilation {dilation:?}"
            ));
        }
        Ok(Sides { kernel, stride, dilation })
    }

    /// Zeros around the images: above, on the left, below, on the right.
    pub(super) fn padding(&self, node: &Node<'_>, sides: &Sides) -> Result<Padding, String> {
        match &*node.text("auto_pad", "NOTSET") {
            "SAME_UPPER" => Ok(Padding::Same),
            "SAME_LOWER" => Ok(self.lower(sides)),
            "VALID" => Ok(Padding::Valid),
            "NOTSET" => {
                let pads = node.integers("pads").unwrap_or(&[0; 4][..if self.is_row { 2 } else { 4 }]);
                let pads = pads
                    .iter()
                    .map(|pixels| usize::try_from(*pixels).ok().filter(|pixels| *pixels < MOST_PIXELS));
                match (self.is_row, &pads.collect::<Option<Vec<_>>>().unwrap_or_default()[..]) {
                    (_, [0, 0] | [0, 0, 0, 0]) => Ok(Padding::Valid),
                    (true, [left, right]) => Ok(Padding::Explicit([0, *left, 0, *right])),
                    (false, [above, left, below, right]) => {
                        Ok(Padding::Explicit([*above, *left, *below, *right]))
                    }
                    _ => Err("has pads that are no numbers of rows and columns, 0 or more".into()),
                }
            }
            other => Err(format!("has the auto_pad {other:?}, which ONNX does not know")),
        }
    }

    /// As much as `Padding::Same`, with the odd row above and the odd column on the left.
    fn lower(&self, Sides { kernel, stride, dilation }: &Sides) -> Padding {
        let [down, across] = [0, 1].map(|side| {
            let spanned = (self.sides[side].div_ceil(stride[side]) - 1) * stride[side]
                + (kernel[side] - 1) * dilation[side]
                + 1;
            let total = spanned.saturating_sub(self.sides[side]);
            [total - total / 2, total / 2]
        });
        Padding::Explicit([down[0], across[0], down[1], across[1]])
    }
}

pub(super) fn conv<'a>(net: &mut Builder<'a>, node: &Node<'a>) -> Result<(), String> {
    let images = Images::read(net, node)?;
    let (kernel, [filters, channels], weights) = kernel(net, node, &images)?;
    let sides = images.sides(node, kernel)?;
    let groups = groups(node)?;
    let channels = channels.checked_mul(groups).ok_or("has more channels than can be counted")?;
    check(&images, kernel, &sides, channels)?;
    let layer = Conv2d::new(filters, kernel).stride(sides.stride).dilation(sides.dilation);
    let layer = layer.groups(groups).padding(images.padding(node, &sides)?);
    let bias = bias(net, node, filters)?;
    let layer = if bias.is_some() { layer } else { layer.without_bias() };
    convolved(net, node, &images, Box::new(layer), weights, bias)
}

pub(super) fn transposed<'a>(net: &mut Builder<'a>, node: &Node<'a>) -> Result<(), String> {
    let images = Images::read(net, node)?;
    let (kernel, [channels, filters], weights) = kernel(net, node, &images)?;
    let sides = images.sides(node, kernel)?;
    check(&images, kernel, &sides, channels)?;
    let groups = groups(node)?;
    if groups != 1 {
        return Err(format!("has {groups} groups; transposed convolutions of one group are read"));
    }
    if sides.dilation != [1; 2] || node.integers("output_shape").is_some() {
        return Err(
            "has dilations or an output_shape; a layer here has strides, pads and output_padding".into()
        );
    }
    let [down, across] = [0, 1].map(|side| (images.sides[side] + 1) * sides.stride[side] + kernel[side]);
    product(&[down, across, filters]).ok_or("makes images of more numbers than can be counted")?;
    let further = images.each(node, "output_padding", [0; 2])?;
    let layer = ConvTranspose2d::new(filters, kernel).stride(sides.stride).output_padding(further);
    let layer = layer.padding(images.padding(node, &sides)?);
    let bias = bias(net, node, filters)?;
    let layer = if bias.is_some() { layer } else { layer.without_bias() };
    convolved(net, node, &images, Box::new(layer), weights, bias)
}

fn convolved<'a>(
    net: &mut Builder<'a>,
    node: &Node<'a>,
    images: &Images,
    layer: Box<dyn Layer>,
    mut weights: Weights,
    bias: Option<Vec<f32>>,
) -> Result<(), String> {
    weights.extend(bias.map(|bias| ("bias", vec![bias.len()], bias)));
    let x = net.value(node, 0)?;
    let (made, _) = net.weighted(node, layer, &x, images.node, weights)?;
    images.keep(net, node, made)
}

/// The size of a kernel, its first two axes in the file, which are the last two here the other way round, and its numbers.
fn kernel<'a>(
    net: &mut Builder<'a>,
    node: &Node<'a>,
    images: &Images,
) -> Result<([usize; 2], [usize; 2], Weights), String> {
    let (shape, numbers) = net.reals(node, 1)?;
    let whole = match (images.is_row, shape) {
        (true, [first, second, along]) => [*first, *second, 1, *along],
        (false, [first, second, down, across]) => [*first, *second, *down, *across],
        _ => return Err(format!("has a kernel of shape {shape:?} for images of {:?}", images.sides)),
    };
    let (steps, axes) = (steps(&whole), [2, 3, 1, 0]);
    let turned = places(&axes.map(|axis| [whole[axis], steps[axis]]));
    let numbers = turned.iter().map(|at| numbers[*at]).collect();
    let weights = vec![("weight", axes.map(|axis| whole[axis]).to_vec(), numbers)];
    Ok(([whole[2], whole[3]], [whole[0], whole[1]], weights))
}

fn groups(node: &Node<'_>) -> Result<usize, String> {
    let groups = node.integer("group", 1);
    usize::try_from(groups).map_err(|_| format!("has {groups} groups"))
}

fn check(images: &Images, kernel: [usize; 2], sides: &Sides, channels: usize) -> Result<(), String> {
    if sides.kernel != kernel || images.channels != channels {
        return Err(format!(
            "has a kernel of {kernel:?} for {channels} channels, says {:?}, and goes over {} channels",
            sides.kernel, images.channels
        ));
    }
    Ok(())
}
