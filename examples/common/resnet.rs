//! A small residual net over images (He et al., *Deep Residual Learning for Image Recognition*, 2016).

use wgrad::layers::{Add, BatchNorm, Conv2d, GlobalAvgPool2d, Padding, Relu};
use wgrad::{Graph, Init, Node};

/// A convolution to the first of `filters`, a block of two for each of them, which halves both sides except in the first, and the
/// means of the last's outputs.
pub(crate) fn resnet(net: &mut Graph, images: Node, filters: &[usize]) -> Node {
    let mut before = filters.first().copied().unwrap_or(1);
    let x = convolved(net, images, before, 3, 1);
    let mut x = net.add(Relu, [x]);
    for (number, filters) in filters.iter().enumerate() {
        x = block(net, x, [before, *filters], if number == 0 { 1 } else { 2 });
        before = *filters;
    }
    net.add(GlobalAvgPool2d, [x])
}

/// Two convolutions, and what went into them added.
fn block(net: &mut Graph, x: Node, [before, filters]: [usize; 2], stride: usize) -> Node {
    let hidden = convolved(net, x, filters, 3, stride);
    let hidden = net.add(Relu, [hidden]);
    let inner = convolved(net, hidden, filters, 3, 1);
    let shortcut = if before == filters && stride == 1 { x } else { convolved(net, x, filters, 1, stride) };
    let sum = net.add(Add, [shortcut, inner]);
    net.add(Relu, [sum])
}

/// A convolution without a bias, and a norm, whose shift is one.
fn convolved(net: &mut Graph, x: Node, filters: usize, kernel: usize, stride: usize) -> Node {
    let padding = Padding::explicit(kernel / 2);
    let conv = Conv2d::new(filters, kernel).stride(stride).padding(padding).init(Init::HeNormal);
    let made = net.add(conv.without_bias(), [x]);
    net.add(BatchNorm::new(), [made])
}
