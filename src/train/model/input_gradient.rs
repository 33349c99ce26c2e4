//! How an output changes with the inputs.

use ndarray::Array2;

use super::Model;
use super::infer::BATCH;
use super::mapping::{Mapping, Taken};
use crate::backend::{Values, wait};
use crate::error::{Error, Result, misshaped};
use crate::nn::layers::Mode;
use crate::ops::{Gather, OneHot};
use crate::program::recorder::Recorder;
use crate::program::tensor::{Element, Tensor};
use crate::train::dataset::Samples;

impl Model {
    /// The gradient of one output of each sample with respect to that sample's numbers, in evaluation mode: nothing is dropped, and
    /// norms take their running statistics. Its absolute values are the saliency map of Simonyan, Vedaldi and Zisserman, *Deep
    /// Inside Convolutional Networks* (2014). Bytes of images count as numbers from 0 to 1.
    ///
    /// # Shapes
    /// `outputs`: one for each sample, counted from 0; the result: samples × the numbers of one.
    ///
    /// ```
    /// use wgrad::backend::Cpu;
    /// use wgrad::layers::Dense;
    /// use wgrad::{Optimizer, Samples, Sequential, losses};
    ///
    /// let net = Sequential::new([3]).add(Dense::new(2));
    /// let mut model = net.compile(Cpu::<f32>::new()?, losses::SoftmaxCrossEntropy::new(), Optimizer::sgd(0.1), 0)?;
    /// let samples = Samples::rows([0.0, 0.5, 1.0, 1.0, 0.5, 0.0], 3)?;
    /// let gradients = model.input_gradient(&samples, &[1, 0])?;
    /// let weight = model.parameter("dense_1.weight")?; // of a linear net it is the gradient
    /// assert_eq!((gradients.row(0), gradients.row(1)), (weight.column(1), weight.column(0)));
    /// # Ok::<(), wgrad::Error>(())
    /// ```
    ///
    /// # Errors
    /// A model of several inputs or outputs; samples that do not fit it, or are integers, which have no gradient; other than one
    /// output for each sample, or one that there is not; a layer without a derivative; a lost device.
    pub fn input_gradient(&mut self, samples: &Samples, outputs: &[u32]) -> Result<Array2<f32>> {
        wait("input_gradient_async", self.input_gradient_async(samples, outputs))
    }

    /// [`input_gradient`](Model::input_gradient) for a browser, where nothing may wait.
    ///
    /// # Errors
    /// As there.
    pub async fn input_gradient_async(&mut self, samples: &Samples, outputs: &[u32]) -> Result<Array2<f32>> {
        self.net.only_input("input_gradient takes a model of one")?;
        let at = self.net.only_output()?;
        self.net.check_inputs(&[("", samples)], &self.net.needed(&[at]))?;
        check_outputs(samples, outputs, self.net.width(at)?)?;
        let mapping = self.record_input_gradient(samples, at)?;
        let values = |input, some| match input {
            0 => samples.values(some),
            _ => Values::U32(&outputs[some]),
        };
        let rows = self.mapped(&mapping, values).await?;
        Array2::from_shape_vec((samples.len(), samples.width()), rows.concat()).map_err(misshaped)
    }

    /// Records the way from samples to the output at a place, and back from one of its numbers.
    fn record_input_gradient(&self, samples: &Samples, at: usize) -> Result<Mapping> {
        let needed = self.net.needed(&[at]);
        let tape = self.tape("input gradient", BATCH.min(samples.len()));
        let forward = |tape: &mut Recorder, sources: &[Tensor], indices| {
            let mut inputs = Vec::new();
            for input in self.net.inputs() {
                inputs.push(self.gather_inputs(tape, input, sources[0], indices, samples.scale()));
            }
            inputs.iter().for_each(|x| tape.watch(*x));
            let forward = self.net.forward_to(tape, &inputs, &self.layout.entries, &needed, Mode::Infer)?;
            let output = tape.reals(forward.of(&[at])?[0]);
            let labels = tape.batched_of("labels", Element::U32, 1);
            tape.push(Gather { source: sources[1], indices, out: labels, scale: 1.0, labels: None });
            let chosen = tape.batched("chosen", output.cols);
            tape.push(OneHot { labels, y: chosen });
            tape.backward_from(&[(output, chosen)]);
            let gradient = tape.gradient(inputs[0]).ok_or_else(|| Error::Setting {
                why: "no derivative leads from the output to the input; integers have none".into(),
            })?;
            Ok(vec![tape.reals(gradient)])
        };
        let taken = [
            Taken { element: samples.element(), width: samples.width() },
            Taken { element: Element::U32, width: 1 },
        ];
        let mapping = Mapping::record(tape, &taken, samples.len(), &[samples.width()], forward)?;
        Ok(mapping.with_program(|program| self.lean(program)))
    }
}

/// An error unless each sample has one of so many outputs.
fn check_outputs(samples: &Samples, outputs: &[u32], count: usize) -> Result<()> {
    if outputs.len() != samples.len() {
        let why = format!("{} samples and {} outputs; each takes one", samples.len(), outputs.len());
        return Err(Error::Samples { why });
    }
    match outputs.iter().position(|output| *output as usize >= count) {
        Some(sample) => {
            let why = format!(
                "sample {sample} asks for output {}, and the model has {count}, counted from 0",
                outputs[sample]
            );
            Err(Error::Samples { why })
        }
        None => Ok(()),
    }
}
