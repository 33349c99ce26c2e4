//! A source for tests: samples that anybody can compute, and a record of what was read.

use std::ops::Range;
use std::sync::{Arc, Mutex};

use wgrad::backend::{Backend, Cpu};
use wgrad::layers::{Dense, Relu};
use wgrad::random::Stream;
use wgrad::source::{ReadError, Source, Streamed};
use wgrad::{Dataset, Model, Optimizer, Samples, Sequential, losses};

pub const CLASSES: u32 = 3;

/// What was read, in order.
pub type Reads = Arc<Mutex<Vec<Range<usize>>>>;

/// How a read goes wrong.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Fault {
    Error,
    Panic,
    Fewer,
    OtherWidth,
    BadLabel,
    NotFinite,
}

/// Samples of 6 numbers in 3 classes.
#[derive(Default)]
pub struct Clouds {
    pub samples: usize,
    pub reads: Reads,
    pub identity: u64,
    /// What goes wrong where this sample is read, and how often it was to be read before.
    pub fault: Option<(usize, Fault, usize)>,
}

/// The sample of a number.
fn sample(number: usize) -> ([f32; 6], u32) {
    let mut stream = Stream::numbered(number as u64, 40);
    let numbers: [f32; 6] = std::array::from_fn(|_| stream.uniform(-1.0, 1.0) as f32);
    let label = u32::from(numbers[0] * numbers[1] > 0.1) + u32::from(numbers[2] > 0.5);
    (numbers, label)
}

/// Samples as a dataset.
pub fn dataset(samples: Range<usize>) -> Dataset {
    let (numbers, labels): (Vec<_>, Vec<_>) = samples.map(sample).unzip();
    Dataset::classification(Samples::rows(numbers.concat(), 6).unwrap(), labels).unwrap()
}

impl Source for Clouds {
    fn len(&self) -> usize {
        self.samples
    }

    fn read(&mut self, samples: Range<usize>) -> Result<Dataset, ReadError> {
        assert!(samples.end <= self.samples && !samples.is_empty());
        self.reads.lock().unwrap().push(samples.clone());
        let fault = match &mut self.fault {
            Some((at, fault, 0)) if samples.contains(at) => *fault,
            Some((at, _, before)) if samples.contains(at) => {
                *before -= 1;
                return Ok(dataset(samples));
            }
            _ => return Ok(dataset(samples)),
        };
        let count = samples.len();
        match fault {
            Fault::Error => Err("the cable is out".into()),
            Fault::Panic => panic!("a bug in the source"),
            Fault::Fewer if count == 1 => Ok(dataset(samples.start..samples.start + 2)),
            Fault::Fewer => Ok(dataset(samples.start..samples.end - 1)),
            Fault::OtherWidth => {
                Ok(Dataset::classification(Samples::rows(vec![0.5; count * 5], 5)?, vec![0; count])?)
            }
            Fault::BadLabel => {
                let labels = (0..count).map(|at| if at + 1 == count { 7 } else { 0 }).collect();
                Ok(Dataset::classification(Samples::rows(vec![0.5; count * 6], 6)?, labels)?)
            }
            Fault::NotFinite => {
                Ok(Dataset::classification(Samples::rows(vec![f32::NAN; count * 6], 6)?, vec![0; count])?)
            }
        }
    }

    fn identity(&self) -> u64 {
        self.identity
    }
}

/// Samples in windows of `window`, in blocks of `block`.
pub fn streamed(samples: usize, window: usize, block: usize) -> Streamed {
    let clouds = Clouds { samples, ..Clouds::default() };
    Streamed::new(clouds).unwrap().window(window).block(block)
}

pub fn model_on(backend: impl Backend + 'static, optimizer: Optimizer) -> Model {
    let net = Sequential::new([6]).add_named("encoder", Dense::new(16)).add(Relu);
    let net = net.add_named("decoder", Dense::new(CLASSES as usize));
    net.compile(backend, losses::SoftmaxCrossEntropy::new(), optimizer, 11).unwrap()
}

pub fn model() -> Model {
    model_on(Cpu::<f32>::with_threads(2).unwrap(), Optimizer::momentum(0.05, 0.9))
}
