//! Classes of samples.

use super::Model;
use crate::backend::wait;
use crate::error::{Error, Result};
use crate::nn::layers::Mode;
use crate::nn::loss::{Classes, classes};
use crate::program::recorder::Recorder;
use crate::train::dataset::Samples;
use crate::train::metrics::{no_nan, predicted_classes};

impl Model {
    /// The class of each sample, counted from 0: that of the first largest output, or of a single output class 1 where a probability
    /// is above 0.5 or a logit above 0. Which of them it is says the loss, else the last layer.
    ///
    /// ```
    /// use wgrad::backend::Cpu;
    /// use wgrad::layers::Dense;
    /// use wgrad::{Dataset, Fit, Optimizer, Samples, Sequential, losses};
    ///
    /// let data = Dataset::classification(Samples::rows([0.0, 1.0, 2.0], 1)?, vec![0, 0, 1])?;
    /// let net = Sequential::new([1]).add(Dense::new(2));
    /// let mut model = net.compile(Cpu::<f32>::new()?, losses::SoftmaxCrossEntropy::new(), Optimizer::adam(0.1), 0)?;
    /// model.fit(&data, Fit::new().epochs(200).batch(3))?;
    /// assert_eq!(model.classify(&Samples::rows([-1.0, 3.0], 1)?)?, [0, 1]);
    /// # Ok::<(), wgrad::Error>(())
    /// ```
    ///
    /// # Errors
    /// A model of several inputs or outputs, which [`classify_named`](Model::classify_named) is for; outputs that say no class, or are
    /// not numbers; samples that do not fit the model; a lost device.
    pub fn classify(&mut self, samples: &Samples) -> Result<Vec<u32>> {
        wait("classify_async", self.classify_async(samples))
    }

    /// [`classify`](Model::classify) for a browser, where nothing may wait.
    ///
    /// # Errors
    /// As there.
    pub async fn classify_async(&mut self, samples: &Samples) -> Result<Vec<u32>> {
        self.net.only_input("classify_named takes them by name")?;
        let at = self.net.only_output()?;
        self.classes_at(at, &[("", samples)]).await
    }

    /// The same by the output with this name, of a model of several; inputs that it does not depend on may be left out.
    ///
    /// ```
    /// use wgrad::backend::Cpu;
    /// use wgrad::layers::Dense;
    /// use wgrad::{Graph, Losses, Optimizer, Samples, losses};
    ///
    /// let mut net = Graph::new();
    /// let image = net.input("image", [2]);
    /// let (class, age) = (net.add_named("class", Dense::new(3), [image]), net.add_named("age", Dense::new(1), [image]));
    /// net.output(class);
    /// net.output(age);
    /// let losses = Losses::new().add("class", losses::SoftmaxCrossEntropy::new(), 1.0).add("age", losses::MeanSquaredError, 1.0);
    /// let mut model = net.compile(Cpu::<f32>::new()?, losses, Optimizer::adam(0.01), 0)?;
    /// let images = Samples::rows([0.5; 8], 2)?;
    /// assert_eq!(model.classify_named("class", &[("image", &images)])?.len(), 4);
    /// assert!(model.classify_named("age", &[("image", &images)]).is_err());
    /// # Ok::<(), wgrad::Error>(())
    /// ```
    ///
    /// # Errors
    /// As [`classify`](Model::classify), and a name that no output has.
    pub fn classify_named(&mut self, output: &str, samples: &[(&str, &Samples)]) -> Result<Vec<u32>> {
        wait("classify_named_async", self.classify_named_async(output, samples))
    }

    /// [`classify_named`](Model::classify_named) for a browser, where nothing may wait.
    ///
    /// # Errors
    /// As there.
    pub async fn classify_named_async(
        &mut self,
        output: &str,
        samples: &[(&str, &Samples)],
    ) -> Result<Vec<u32>> {
        let at = self.net.position(output)?;
        self.classes_at(at, samples).await
    }

    async fn classes_at(&mut self, at: usize, samples: &[(&str, &Samples)]) -> Result<Vec<u32>> {
        let threshold = match self.classes_of(at)? {
            Classes::Above(threshold) => Some(threshold),
            Classes::FirstLargest => None,
        };
        let outputs = self.only(samples, at).await?;
        no_nan(outputs.view())?;
        Ok(predicted_classes(outputs.view(), threshold)?)
    }

    /// How the node at a place says classes.
    ///
    /// # Errors
    /// One that says none.
    pub(super) fn classes_of(&self, at: usize) -> Result<Classes> {
        let mut tape = Recorder::new("classes", 1);
        let recording = self.net.record_alone(&mut tape, Mode::Infer)?;
        let value = recording.values.into_iter().nth(at).flatten();
        let value = value.ok_or_else(|| Error::Bug { what: "a node of the net was not recorded".into() })?;
        let term = self.objective.terms.iter().find(|term| term.at == at);
        let output = self.net.vertices[at].name.clone();
        classes(term.map(|term| &*term.loss), &tape, value.tensor())
            .map_err(|why| Error::NoClasses { output, why })
    }
}
