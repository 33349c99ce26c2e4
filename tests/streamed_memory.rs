//! Data larger than the memory that a training takes; alone in its process, whose memory it looks at.

use std::fs::File;
use std::io::{BufWriter, Read, Seek, SeekFrom, Write};
use std::ops::Range;

use wgrad::backend::Cpu;
use wgrad::callback::{BatchProgress, Callback};
use wgrad::layers::Dense;
use wgrad::source::{ReadError, Source, Streamed};
use wgrad::{Dataset, Fit, Optimizer, Samples, Sequential, losses};

const WIDTH: usize = 64;

/// Bytes of a file, 64 for a sample, as images that are their own targets.
struct Bytes(File);

impl Source for Bytes {
    fn len(&self) -> usize {
        self.0.metadata().map_or(0, |about| about.len() as usize / WIDTH)
    }

    fn read(&mut self, samples: Range<usize>) -> Result<Dataset, ReadError> {
        let mut bytes = vec![0; samples.len() * WIDTH];
        self.0.seek(SeekFrom::Start((samples.start * WIDTH) as u64))?;
        self.0.read_exact(&mut bytes)?;
        Ok(Dataset::autoencoder(Samples::images(bytes, [8, 8])?))
    }
}

/// A file of so many samples.
fn write(samples: usize) -> File {
    let file = tempfile::tempfile().unwrap();
    let mut writer = BufWriter::with_capacity(1 << 20, &file);
    let mut state = 1_u64;
    for _ in 0..samples * WIDTH / 8 {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
        writer.write_all(&(state >> 3).to_le_bytes()).unwrap();
    }
    writer.flush().unwrap();
    drop(writer);
    file
}

/// Bytes of memory that the process has.
fn resident() -> usize {
    let status = std::fs::read_to_string("/proc/self/status").unwrap();
    let line = status.lines().find(|line| line.starts_with("VmRSS")).unwrap();
    line.split_whitespace().nth(1).unwrap().parse::<usize>().unwrap() * 1024
}

/// The most memory after each eighth of an epoch.
#[derive(Default)]
struct Eighths([usize; 8]);

impl Callback for Eighths {
    fn on_batches(&mut self, progress: &BatchProgress) {
        let eighth = (progress.samples.saturating_sub(1) * 8 / progress.of).min(7);
        self.0[eighth] = self.0[eighth].max(resident());
    }
}

/// Trains on a file of so many bytes, and sees that memory stays as after the first eighth of it.
fn memory_is_flat(bytes: usize, window: usize) {
    let data = Streamed::new(Bytes(write(bytes / WIDTH))).unwrap().window(window);
    assert_eq!(data.len(), bytes / WIDTH);
    let net = Sequential::new([WIDTH]).add(Dense::new(4)).add(Dense::new(WIDTH));
    let cpu = Cpu::<f32>::new().unwrap();
    let mut model = net.compile(cpu, losses::MeanSquaredError, Optimizer::sgd(0.01), 0).unwrap();
    let mut eighths = Eighths::default();
    let history = model.fit(&data, Fit::new().epochs(1).batch(4096).callback(&mut eighths)).unwrap();
    println!(
        "{bytes} bytes, {:.1} s, MB after each eighth: {:?}",
        history.epochs[0].seconds,
        eighths.0.map(|b| b / 1_000_000)
    );
    let most = eighths.0[1..].iter().max().unwrap();
    assert!(*most < eighths.0[0] + 48_000_000, "{:?}", eighths.0);
    assert!(bytes < 1 << 30 || *most < bytes / 8);
}

#[test]
#[cfg(target_os = "linux")]
fn memory_is_flat_over_a_file() {
    memory_is_flat(256 << 20, 1 << 17);
}

#[test]
#[cfg(target_os = "linux")]
#[ignore = "writes a file of 4 GiB"]
fn memory_is_flat_over_4_gib() {
    memory_is_flat(4 << 30, 1 << 20);
}
