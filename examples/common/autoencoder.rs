//! Autoencoders: the nets of two course reports, wgrad's own, and the way back from latents to images.

use wgrad::backend::Backend;
use wgrad::layers::{Dense, Dropout, Relu, Sigmoid};
use wgrad::ndarray::{Array2, ArrayView2};
use wgrad::{Init, Model, Optimizer, Result, Samples, Sequential, losses};

/// Layers down to the latents, which are named `latent`, and their mirror image up again, with intensities between 0
/// and 1 at the end; rectified linear units between them.
#[derive(Clone, Debug)]
pub struct Autoencoder {
    /// Units of the encoder's layers, the last being the latents.
    pub encoder: Vec<usize>,
    /// Latents that may be negative, instead of rectified ones.
    pub linear: bool,
    /// The share of pixels that are hidden from the encoder in training (Vincent et al., 2008).
    pub noise: f32,
    /// How hidden layers begin.
    pub init: Init,
}

impl Autoencoder {
    /// The net for images of so many pixels.
    pub fn net(&self, pixels: usize) -> Sequential {
        let mut net = Sequential::new([pixels]);
        if self.noise > 0.0 {
            net = net.add(Dropout::new(self.noise));
        }
        let (latents, hidden) = self.encoder.split_last().map_or((0, &[][..]), |(last, rest)| (*last, rest));
        let dense = |units: usize| Dense::new(units).init(self.init);
        for units in hidden {
            net = net.add(dense(*units)).add(Relu);
        }
        net = match self.linear {
            true => net.add_named("latent", Dense::new(latents)),
            false => net.add(dense(latents)).add_named("latent", Relu),
        };
        for units in hidden.iter().rev() {
            net = net.add(dense(*units)).add(Relu);
        }
        net.add(Dense::new(pixels)).add(Sigmoid)
    }

    /// The images that a trained model makes of latents.
    pub fn decode(
        &self,
        model: &mut Model,
        backend: Box<dyn Backend>,
        latents: ArrayView2<f32>,
        pixels: usize,
    ) -> Result<Array2<f32>> {
        let mut net = Sequential::new([latents.ncols()]);
        for units in self.encoder.iter().rev().skip(1) {
            net = net.add(Dense::new(*units)).add(Relu);
        }
        let net = net.add(Dense::new(pixels)).add(Sigmoid);
        let mut decoder = net.compile(backend, losses::MeanSquaredError, Optimizer::sgd(0.1), 0)?;
        let names: Vec<String> = decoder.parameter_names().map(str::to_string).collect();
        let of_model: Vec<String> = model.parameter_names().map(str::to_string).collect();
        for (name, of_model) in names.iter().zip(&of_model[of_model.len() - names.len()..]) {
            decoder.set_parameter(name, model.parameter(of_model)?.view())?;
        }
        decoder.predict(&Samples::reals(latents)?)
    }
}
