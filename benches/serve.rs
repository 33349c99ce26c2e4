//! Serving, in one run: requests a second of a predictor against those of a model for each thread, the latency of a single row
//! against a loop written by hand over ndarray, and the memory of loaded weights.

use std::hint::black_box;
use std::path::Path;
use std::time::{Duration, Instant};

use ndarray::{Array1, Array2};
use wgrad::backend::Cpu;
use wgrad::layers::{Dense, Relu};
use wgrad::random::{Purpose, Stream};
use wgrad::{Model, Optimizer, Predictor, Result, Samples, Sequential, losses};

/// Rounds of each measurement; what is compared takes turns.
const ROUNDS: usize = 7;

/// How long threads ask in a round.
const ASKING: Duration = Duration::from_millis(400);

/// Single rows of a round.
const CALLS: usize = 20_000;

/// What this program is called with to tell of its own memory.
const MEMORY_OF: &str = "--memory-of";

fn main() -> Result<()> {
    let arguments: Vec<String> = std::env::args().collect();
    if let [_, MEMORY_OF, what, path] = &arguments.iter().map(String::as_str).collect::<Vec<_>>()[..] {
        return print_memory_of(what, Path::new(path));
    }
    let folder = tempfile::tempdir().expect("a folder");
    for widths in [&[8, 64, 64, 1][..], &[784, 128, 64, 10]] {
        let path = folder.path().join("model");
        let mut model =
            net(widths).compile(Cpu::<f32>::new()?, losses::MeanSquaredError, Optimizer::adam(0.001), 0)?;
        model.save(&path)?;
        println!("{}", widths.iter().map(usize::to_string).collect::<Vec<_>>().join("-"));
        requests(&path, widths[0], *widths.last().unwrap_or(&1))?;
        latency(&mut model, &path, widths)?;
    }
    memory(folder.path())
}

fn net(widths: &[usize]) -> Sequential {
    let (outputs, hidden) = widths[1..].split_last().expect("more than one layer");
    let net = Sequential::new([widths[0]]);
    hidden.iter().fold(net, |net, units| net.add(Dense::new(*units)).add(Relu)).add(Dense::new(*outputs))
}

fn drawn(count: usize) -> Vec<f32> {
    let mut stream = Stream::new(0, Purpose::Checking);
    (0..count).map(|_| stream.uniform(0.0, 1.0) as f32).collect()
}

fn median(mut numbers: Vec<f64>) -> f64 {
    numbers.sort_by(f64::total_cmp);
    numbers[numbers.len() / 2]
}

/// Requests a second of as many threads as there are processors, which all do `request` again and again.
fn asked<R>(threads: usize, request: impl Fn() -> R + Sync) -> f64
where
    R: FnMut(),
{
    let start = Instant::now();
    let counts: Vec<usize> = std::thread::scope(|scope| {
        let ask = || {
            let mut request = request();
            let mut count = 0;
            while start.elapsed() < ASKING {
                request();
                count += 1;
            }
            count
        };
        let threads: Vec<_> = (0..threads).map(|_| scope.spawn(ask)).collect();
        threads.into_iter().map(|thread| thread.join().expect("no panic")).collect()
    });
    counts.iter().sum::<usize>() as f64 / start.elapsed().as_secs_f64()
}

fn requests(path: &Path, inputs: usize, outputs: usize) -> Result<()> {
    let threads = std::thread::available_parallelism().map_or(1, |threads| threads.get());
    let row = drawn(inputs);
    let samples = Samples::rows(row.clone(), inputs)?;
    let predictor = Predictor::load(path, Cpu::<f32>::new()?, 32)?;
    predictor.warm_up()?;
    let models = std::sync::Mutex::new(Vec::new());
    for _ in 0..threads {
        models.lock().expect("no panic").push(Model::load(path, Cpu::<f32>::with_threads(1)?)?);
    }
    let (mut shared, mut each) = (Vec::new(), Vec::new());
    for _ in 0..ROUNDS {
        shared.push(asked(threads, || {
            let mut out = vec![0.0; outputs];
            let (predictor, row) = (predictor.clone(), &row);
            move || predictor.predict_into(black_box(row), black_box(&mut out)).expect("it predicts")
        }));
        each.push(asked(threads, || {
            let mut model = Returned { model: models.lock().expect("no panic").pop(), to: &models };
            let samples = &samples;
            move || {
                let model = model.model.as_mut().expect("a model for each thread");
                black_box(model.predict(black_box(samples)).expect("it predicts"));
            }
        }));
    }
    let ratios = shared.iter().zip(&each).map(|(shared, each)| shared / each).collect();
    println!(
        "  {threads} threads: {:.0} requests/s of a predictor, {:.0} of a model for each thread, {:.2} times as many",
        median(shared),
        median(each),
        median(ratios)
    );
    Ok(())
}

/// A model that goes back for the next round.
struct Returned<'m> {
    model: Option<Model>,
    to: &'m std::sync::Mutex<Vec<Model>>,
}

impl Drop for Returned<'_> {
    fn drop(&mut self) {
        self.to.lock().expect("no panic").extend(self.model.take());
    }
}

/// Microseconds that single calls take: the median and the 99th percentile.
fn timed(mut call: impl FnMut()) -> (f64, f64) {
    let mut times = Vec::with_capacity(CALLS);
    for _ in 0..CALLS {
        let start = Instant::now();
        call();
        times.push(start.elapsed().as_secs_f64() * 1e6);
    }
    times.sort_by(f64::total_cmp);
    (times[CALLS / 2], times[CALLS * 99 / 100])
}

/// The layers' weights and biases, for a loop written by hand.
fn by_hand(model: &mut Model) -> Result<Vec<(Array2<f32>, Array1<f32>)>> {
    let mut layers = Vec::new();
    let count = model.parameter_names().count() / 2;
    for layer in 1..=count {
        let weight = model.parameter(&format!("dense_{layer}.weight"))?;
        let bias = model.parameter(&format!("dense_{layer}.bias"))?;
        layers.push((weight, bias.row(0).to_owned()));
    }
    Ok(layers)
}

fn latency(model: &mut Model, path: &Path, widths: &[usize]) -> Result<()> {
    let row = drawn(widths[0]);
    let layers = by_hand(model)?;
    let predictor = Predictor::load(path, Cpu::<f32>::new()?, 32)?;
    let mut out = vec![0.0; *widths.last().unwrap_or(&1)];
    let vector = Array1::from(row.clone());
    let matrix = vector.clone().insert_axis(ndarray::Axis(0));
    let (last, hidden) = layers.split_last().expect("a layer");
    let (mut ours, mut vectors, mut matrices) = (Vec::new(), Vec::new(), Vec::new());
    for _ in 0..ROUNDS {
        ours.push(timed(|| {
            predictor.predict_into(black_box(&row), black_box(&mut out)).expect("it predicts")
        }));
        vectors.push(timed(|| {
            let hidden =
                hidden.iter().fold(vector.clone(), |x, (w, b)| (x.dot(w) + b).mapv_into(|x| x.max(0.0)));
            black_box(hidden.dot(&last.0) + &last.1);
        }));
        matrices.push(timed(|| {
            let hidden =
                hidden.iter().fold(matrix.clone(), |x, (w, b)| (x.dot(w) + b).mapv_into(|x| x.max(0.0)));
            black_box(hidden.dot(&last.0) + &last.1);
        }));
    }
    let of = |times: &[(f64, f64)]| {
        (median(times.iter().map(|time| time.0).collect()), median(times.iter().map(|time| time.1).collect()))
    };
    for (name, times) in
        [("a predictor", &ours), ("ndarray, vectors", &vectors), ("ndarray, matrices", &matrices)]
    {
        let (middle, late) = of(times);
        println!("  {name:<18} {middle:>8.2} µs in the median, {late:>8.2} at the 99th percentile");
    }
    let hand =
        ours.iter().zip(vectors.iter().zip(&matrices)).map(|(our, (v, m))| our.0 / v.0.min(m.0)).collect();
    let tail = ours.iter().map(|(middle, late)| late / middle).collect();
    println!(
        "  {:.2} of the faster loop by hand; the 99th percentile is {:.2} medians",
        median(hand),
        median(tail)
    );
    Ok(())
}

/// Megabytes of this process that are in memory; 0 where the system does not say.
fn resident() -> f64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"));
    let kilobytes = line.and_then(|line| line.trim().trim_end_matches(" kB").parse::<f64>().ok());
    kilobytes.unwrap_or_default() / 1e3
}

/// The memory that loaded weights take, each time in a process of its own, which has freed nothing before.
fn memory(folder: &Path) -> Result<()> {
    let path = folder.join("large");
    net(&[2_048, 2_048, 2_048])
        .compile(Cpu::<f32>::new()?, losses::MeanSquaredError, Optimizer::adam(0.001), 0)?
        .save(&path)?;
    let megabytes = std::fs::metadata(&path).map_or(0.0, |file| file.len() as f64 / 1e6);
    let [predictor, model] = ["predictor", "model"].map(|what| {
        let program = std::env::current_exe().expect("this program");
        let output = std::process::Command::new(program).arg(MEMORY_OF).arg(what).arg(&path).output();
        String::from_utf8_lossy(&output.expect("it starts").stdout).trim().to_string()
    });
    println!(
        "{megabytes:.1} MB of weights: {predictor} MB more in memory with a predictor, {model} with a model"
    );
    Ok(())
}

/// Prints the megabytes that come with a predictor or a model from a file.
fn print_memory_of(what: &str, path: &Path) -> Result<()> {
    let before = resident();
    if what == "predictor" {
        let predictor = Predictor::load(path, Cpu::<f32>::new()?, 32)?;
        predictor.warm_up()?;
        println!("{:.1}", resident() - before);
    } else {
        let model = Model::load(path, Cpu::<f32>::new()?)?;
        println!("{:.1}", resident() - before);
        drop(model);
    }
    Ok(())
}
