//! Nets that classify images, each with its training.

use clap::ValueEnum;
use wgrad::layers::{Conv2d, Dense, Dropout, Flatten, MaxPool2d, Padding, RandomAffine, Relu, Reshape};
use wgrad::ndarray::ArrayView1;
use wgrad::{Graph, Init, Node, Optimizer, Schedule};

use super::resnet::resnet;

/// A kind of net.
#[derive(Clone, Copy, Debug, ValueEnum)]
pub enum Net {
    /// Dense layers over all pixels.
    Mlp,
    /// Convolutions of 3 × 3 pixels, each with a pool of 2 × 2, and dense layers.
    Conv,
    /// Residual blocks of convolutions with batch normalisation.
    Resnet,
}

/// A part of a training, without which a net trains as well, and learns less.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Part {
    /// Images that are rotated, shifted, scaled and sheared at random.
    Augmentation,
    /// Units that are dropped at random.
    Dropout,
    /// A learning rate that rises for an epoch and then falls.
    Schedule,
    /// An average of the weights of the last steps in place of the last weights.
    Averages,
}

/// A net and its training.
#[derive(Clone, Debug)]
pub struct Plan {
    pub net: Net,
    /// Filters of convolutions or blocks, from the first to the last.
    pub filters: Vec<usize>,
    pub epochs: usize,
    pub parts: Vec<Part>,
}

impl Net {
    pub fn plan(self) -> Plan {
        let (filters, epochs, parts) = match self {
            Net::Mlp => (vec![], 12, vec![Part::Dropout, Part::Schedule]),
            Net::Conv => {
                (vec![24, 48], 20, vec![Part::Augmentation, Part::Dropout, Part::Schedule, Part::Averages])
            }
            Net::Resnet => (vec![16, 32, 64], 40, vec![Part::Augmentation, Part::Schedule, Part::Averages]),
        };
        Plan { net: self, filters, epochs, parts }
    }
}

impl Plan {
    fn has(&self, part: Part) -> bool {
        self.parts.contains(&part)
    }

    pub fn optimizer(&self, rate: f32) -> Optimizer {
        let mut optimizer = Optimizer::adam_w(rate, 0.01).clip_norm(1.0);
        if self.has(Part::Schedule) {
            optimizer = optimizer.schedule(Schedule::WarmupCosine { epochs: 1, floor: 0.01 });
        }
        if self.has(Part::Averages) {
            optimizer = optimizer.average(0.999);
        }
        optimizer
    }

    /// The net for images of this shape.
    pub fn net(&self, image: &[usize], classes: usize) -> Graph {
        let mut net = Graph::new();
        let mut x = net.input("images", image);
        if self.has(Part::Augmentation) {
            let affine = RandomAffine::new().rotate(10.0).translate(0.08).scale(0.9..1.1).shear(10.0);
            x = net.add(affine, [x]);
        }
        if let ([height, width], Net::Conv | Net::Resnet) = (image, self.net) {
            x = net.add(Reshape::new([*height, *width, 1]), [x]);
        }
        let x = match self.net {
            Net::Mlp => self.mlp(&mut net, x),
            Net::Conv => self.conv(&mut net, x),
            Net::Resnet => resnet(&mut net, x, &self.filters),
        };
        net.add(Dense::new(classes), [x]);
        net
    }

    fn mlp(&self, net: &mut Graph, x: Node) -> Node {
        let x = net.add(Flatten, [x]);
        let x = net.add(Dense::new(256).init(Init::HeNormal), [x]);
        let x = net.add(Relu, [x]);
        let x = self.dropped(net, x);
        let x = net.add(Dense::new(128).init(Init::HeNormal), [x]);
        net.add(Relu, [x])
    }

    fn conv(&self, net: &mut Graph, mut x: Node) -> Node {
        for filters in &self.filters {
            x = net.add(Conv2d::new(*filters, 3).padding(Padding::Same).init(Init::HeNormal), [x]);
            x = net.add(Relu, [x]);
            x = net.add(MaxPool2d::new(2), [x]);
        }
        let x = net.add(Flatten, [x]);
        let x = net.add(Dense::new(128).init(Init::HeNormal), [x]);
        let x = net.add(Relu, [x]);
        self.dropped(net, x)
    }

    fn dropped(&self, net: &mut Graph, x: Node) -> Node {
        if self.has(Part::Dropout) { net.add(Dropout::new(0.2), [x]) } else { x }
    }
}

/// The first largest output, which is that of the predicted class.
pub fn winner(outputs: ArrayView1<f32>) -> usize {
    (1..outputs.len()).fold(0, |best, output| if outputs[output] > outputs[best] { output } else { best })
}
