//! Autoencoders: the nets of two course reports, wgrad's own, and the way back from latents to images.

use wgrad::backend::Backend;
use wgrad::layers::{Conv2d, ConvTranspose2d, Dense, Dropout, Flatten, Padding, Relu, Reshape, Sigmoid};
use wgrad::ndarray::{Array2, ArrayView2};
use wgrad::{Init, Model, Optimizer, Result, Samples, Sequential, losses};

/// Layers down to the latents, which are named `latent`, and their mirror image up again, with intensities between 0
/// and 1 at the end; rectified linear units between them.
#[derive(Clone, Debug)]
pub struct Autoencoder {
    /// Filters of convolutions in front of the encoder's dense layers, each of which halves both sides of the images.
    pub filters: Vec<usize>,
    /// Units of the encoder's dense layers, the last being the latents.
    pub encoder: Vec<usize>,
    /// Units of dense layers that the decoder has behind the latents, besides those that mirror the encoder's.
    pub decoder: Vec<usize>,
    /// Latents that may be negative, instead of rectified ones.
    pub linear: bool,
    /// The share of pixels that are hidden from the encoder in training (Vincent et al., 2008).
    pub noise: f32,
    /// How hidden layers begin.
    pub init: Init,
}

impl Autoencoder {
    /// The net for images of this height and width and so many channels, which go in and come out as a row of numbers.
    pub fn net(&self, image: [usize; 3]) -> Sequential {
        let mut net = Sequential::new([image.iter().product()]);
        if self.noise > 0.0 {
            net = net.add(Dropout::new(self.noise));
        }
        let shapes = self.shapes(image);
        if !self.filters.is_empty() {
            net = net.add(Reshape::new(image));
            for filters in &self.filters {
                let conv = Conv2d::new(*filters, 3).stride(2).padding(Padding::Same).init(self.init);
                net = net.add(conv).add(Relu);
            }
            net = net.add(Flatten);
        }
        let (latents, hidden) = self.encoder.split_last().map_or((0, &[][..]), |(last, rest)| (*last, rest));
        for units in hidden {
            net = self.hidden(net, *units);
        }
        net = match self.linear {
            true => net.add_named("latent", Dense::new(latents)),
            false => net.add(Dense::new(latents).init(self.init)).add_named("latent", Relu),
        };
        self.back(net, &shapes)
    }

    /// The images, and what each convolution makes of them.
    fn shapes(&self, image: [usize; 3]) -> Vec<[usize; 3]> {
        let mut shapes = vec![image];
        for filters in &self.filters {
            let [height, width, _] = shapes[shapes.len() - 1];
            shapes.push([height.div_ceil(2), width.div_ceil(2), *filters]);
        }
        shapes
    }

    fn hidden(&self, net: Sequential, units: usize) -> Sequential {
        net.add(Dense::new(units).init(self.init)).add(Relu)
    }

    /// The way from the latents back through these shapes.
    fn back(&self, mut net: Sequential, shapes: &[[usize; 3]]) -> Sequential {
        for units in self.decoder.iter().chain(self.encoder.iter().rev().skip(1)) {
            net = self.hidden(net, *units);
        }
        if let [image] = shapes {
            return net.add(Dense::new(image.iter().product())).add(Sigmoid);
        }
        let smallest = shapes[shapes.len() - 1];
        net = self.hidden(net, smallest.iter().product()).add(Reshape::new(smallest));
        for (number, [height, width, channels]) in shapes.iter().enumerate().rev().skip(1) {
            let even = [height, width].map(|side| usize::from(side.is_multiple_of(2)));
            let up = ConvTranspose2d::new(*channels, 3).stride(2).padding(Padding::explicit(1));
            let up = up.output_padding(even).init(self.init);
            net = if number == 0 { net.add(up).add(Sigmoid).add(Flatten) } else { net.add(up).add(Relu) };
        }
        net
    }

    /// The images that a trained model makes of latents.
    pub fn decode(
        &self,
        model: &mut Model,
        backend: Box<dyn Backend>,
        latents: ArrayView2<f32>,
        image: [usize; 3],
    ) -> Result<Array2<f32>> {
        let net = self.back(Sequential::new([latents.ncols()]), &self.shapes(image));
        let mut decoder = net.compile(backend, losses::MeanSquaredError, Optimizer::sgd(0.1), 0)?;
        let names: Vec<String> = decoder.parameter_names().map(str::to_string).collect();
        let of_model: Vec<String> = model.parameter_names().map(str::to_string).collect();
        for (name, of_model) in names.iter().zip(&of_model[of_model.len() - names.len()..]) {
            decoder.set_parameter(name, model.parameter(of_model)?.view())?;
        }
        decoder.predict(&Samples::reals(latents)?)
    }
}
