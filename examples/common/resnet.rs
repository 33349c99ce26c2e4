//! A small residual net over images (He et al., *Deep Residual Learning for Image Recognition*, 2016).

use wgrad::layers::{Add, BatchNorm, Conv2d, Dense, GlobalAvgPool2d, Padding, Relu, Reshape};
use wgrad::{Graph, Init, Node};

/// A convolution to the first of `filters`, a block of two for each of them, which halves both sides except in the first, and a dense
/// layer over the means of the last.
pub(crate) fn resnet(image: &[usize], filters: &[usize], classes: usize) -> Graph {
    let mut net = Graph::new();
    let mut x = net.input("images", image);
    if let [height, width] = *image {
        x = net.add(Reshape::new([height, width, 1]), [x]);
    }
    let mut before = filters.first().copied().unwrap_or(1);
    x = convolved(&mut net, x, before, 3, 1);
    x = net.add(Relu, [x]);
    for (number, filters) in filters.iter().enumerate() {
        x = block(&mut net, x, [before, *filters], if number == 0 { 1 } else { 2 });
        before = *filters;
    }
    let pooled = net.add(GlobalAvgPool2d, [x]);
    net.add(Dense::new(classes), [pooled]);
    net
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
