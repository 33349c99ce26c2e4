//! A character model: an embedding of the last eight characters predicts the next one, and so writes text.

mod common;

use wgrad::layers::{Dense, Embedding, Flatten, Relu};
use wgrad::metrics::Accuracy;
use wgrad::random::{Purpose, Stream};
use wgrad::{Dataset, Fit, Optimizer, Samples, Sequential, losses};

const TEXT: &str = "the rain came down on the old grey town and the river rose to the mill. \
    the miller went out with a lamp in his hand and the wheel in the dark stood still. \
    the wind blew hard on the old stone wall and the rain came down on the hill. ";

/// Characters that the next one is predicted from.
const SEEN: usize = 8;

fn main() {
    common::job::run("Learn which character follows eight others, and write text.", |job| {
        let mut letters: Vec<char> = TEXT.chars().collect();
        letters.sort_unstable();
        letters.dedup();
        let number = |letter| letters.partition_point(|other| *other < letter) as u32;
        let text: Vec<u32> = TEXT.chars().map(number).collect();
        let seen: Vec<u32> = text.windows(SEEN + 1).flat_map(|part| part[..SEEN].to_vec()).collect();
        let data = Dataset::classification(Samples::integers(seen, [SEEN])?, text[SEEN..].to_vec())?;

        let net = Sequential::integers([SEEN]).add(Embedding::new(letters.len(), 8)).add(Flatten);
        let net = net.add(Dense::new(64)).add(Relu).add(Dense::new(letters.len()));
        job.say(net.summary()?)?;
        let loss = losses::SoftmaxCrossEntropy::new();
        let mut model = net.compile(job.open()?, loss, Optimizer::adam(0.01), job.seed)?;
        job.say(model.fit(&data, Fit::new().epochs(if job.smoke { 20 } else { 100 }).batch(16))?)?;

        let mut random = Stream::new(job.seed, Purpose::Shuffling);
        let mut written = text[..SEEN].to_vec();
        for _ in 0..120 {
            let last = Samples::integers(&written[written.len() - SEEN..], [SEEN])?;
            let scores = model.predict(&last)?;
            // The largest of scores with Gumbel's noise is a draw from their softmax; less noise is less daring.
            let noisy = |score: &f32| f64::from(*score) - 0.5 * (-random.unit().ln()).ln();
            let noisy: Vec<f64> = scores.iter().map(noisy).collect();
            let next = (0..letters.len()).max_by(|a, b| noisy[*a].total_cmp(&noisy[*b])).unwrap_or(0);
            written.push(next as u32);
        }
        job.say(written.iter().map(|number| letters[*number as usize]).collect::<String>())?;
        let right = model.score(&data, &Accuracy::new())?;
        job.check(right > 0.8, format!("{:.1} % of the next characters are right", 100.0 * right))
    });
}
