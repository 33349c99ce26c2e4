//! A layer of your own with an op of its own: the op's meaning, its kernels and its derivative in one place, checked and trained like
//! wgrad's own.

mod common;

use wgrad::kernel::{DeviceProfile, Kernel, Source};
use wgrad::layers::{Context, Dense, Layer, Shaped};
use wgrad::op::{OpCases, Split, Use, Views};
use wgrad::random::{Purpose, Stream};
use wgrad::{Dataset, Fit, LayerError, Op, OpError, Optimizer, Real, Recorder, Samples, Sequential, Tensor};
use wgrad::{gradcheck, losses::MeanSquaredError, ops::cases_of, self_check::check_programs};

/// The halves of each row times each other, `y = a ⊙ b` of `x = (a, b)`. Where `dy` is there, it writes the gradient
/// `dx = (dy ⊙ b, dy ⊙ a)` instead.
#[derive(Clone, Debug)]
struct Halves {
    x: Tensor,
    out: Tensor,
    dy: Option<Tensor>,
}

/// An invocation for each product; `number`, `batch` and the workgroup's size are wgrad's.
const MAIN: &str = "
override HALF: u32;
@compute @workgroup_size(64)
fn main(@builtin(workgroup_id) group: vec3<u32>, @builtin(num_workgroups) groups: vec3<u32>,
        @builtin(local_invocation_index) local: u32) {
    let i = number(group, groups, local);
    if i < batch.rows * HALF { multiply(i, i + i / HALF * HALF); }
}";

/// Tensors are bound in the order of `operands`.
const FORWARD: &str = "
@group(0) @binding(0) var<storage, read> x: array<f32>;
@group(0) @binding(1) var<storage, read_write> y: array<f32>;
fn multiply(i: u32, a: u32) { y[i] = x[a] * x[a + HALF]; }";

const GRADIENT: &str = "
@group(0) @binding(0) var<storage, read> x: array<f32>;
@group(0) @binding(1) var<storage, read_write> dx: array<f32>;
@group(0) @binding(2) var<storage, read> dy: array<f32>;
fn multiply(i: u32, a: u32) { dx[a] = dy[i] * x[a + HALF]; dx[a + HALF] = dy[i] * x[a]; }";

impl Op for Halves {
    const NAME: &'static str = "halves";

    fn operands(&self) -> Vec<(Use, Tensor)> {
        let tensors = [(Use::In, self.x), (Use::Out, self.out)];
        tensors.into_iter().chain(self.dy.map(|dy| (Use::In, dy))).collect()
    }

    fn check(&self) -> Result<(), OpError> {
        let half = self.dy.unwrap_or(self.out).cols;
        if self.x.cols == 2 * half { Ok(()) } else { Err(format!("{} to halves of {half}", self.x).into()) }
    }

    fn split(&self) -> Split {
        Split::Rows
    }

    fn cpu<T: Real>(&self, views: &mut Views<'_, T>) {
        let (half, x, out) = (self.x.cols / 2, views.input(0), views.output(1));
        for i in 0..x.len() / 2 {
            let (a, b) = (i + i / half * half, i + i / half * half + half);
            if self.dy.is_some() {
                let dy = views.input(2)[i];
                (out[a], out[b]) = (dy * x[b], dy * x[a]);
            } else {
                out[i] = x[a] * x[b];
            }
        }
    }

    fn gpu(&self, _: &DeviceProfile) -> Kernel {
        let main = Kernel::per_element(Source { name: "main.wgsl", text: MAIN }, self.x.len() / 2);
        let text = if self.dy.is_some() { GRADIENT } else { FORWARD };
        main.with(Source { name: "halves.wgsl", text }).size("HALF", self.x.cols / 2)
    }

    fn vjp(&self, tape: &mut Recorder) {
        let (x, dy) = (self.x, tape.gradient(self.out));
        tape.contribute(x, |tape, dx| tape.push(Halves { x, out: dx, dy }));
    }

    fn flops(&self) -> f64 {
        self.x.len() as f64
    }
}

/// The shapes that `cases_of` checks it at. A model works without.
impl OpCases for Halves {
    fn cases(tape: &mut Recorder) -> Vec<Self> {
        let forward =
            [1, 13].map(|n| Self { x: tape.batched("x", 2 * n), out: tape.batched("y", n), dy: None });
        let [x, dx] = ["x", "dx"].map(|name| tape.batched(name, 26));
        [&forward[..], &[Self { x, out: dx, dy: Some(tape.batched("dy", 13)) }]].concat()
    }
}

/// Products of so many pairs of weighted sums: a dense layer, then the op.
#[derive(Debug)]
struct Products(usize);

impl Layer for Products {
    fn kind(&self) -> &'static str {
        "products"
    }

    fn forward(&self, cx: &mut Context<'_>, inputs: &[Shaped]) -> Result<Shaped, LayerError> {
        let sums = cx.layer("sums", &Dense::new(2 * self.0), inputs)?;
        let y = cx.output([self.0]);
        cx.tape().push(Halves { x: sums.tensor(), out: y.tensor(), dy: None });
        Ok(y)
    }
}

fn main() {
    common::job::run("Learn products of numbers, by a layer of one's own with an op of its own.", |job| {
        let check = check_programs(job.open()?, &cases_of::<Halves>(67)?)?;
        job.check(check.passed(), "the op's kernels compute what it means on the CPU")?;
        let mut random = Stream::new(job.seed, Purpose::Initialisation);
        let sides: Vec<f32> = (0..3 * 256).map(|_| random.uniform(-1.0, 1.0) as f32).collect();
        let products = |side: &[f32]| [side[0] * side[1], side[0] * side[2]];
        let targets: Vec<f32> = sides.chunks(3).flat_map(products).collect();
        let data = Dataset::pairs(Samples::rows(sides, 3)?, Samples::rows(targets, 2)?)?;
        let net = Sequential::new([3]).add(Products(8)).add(Dense::new(2));
        let derivatives = gradcheck(&net, MeanSquaredError, &data.select(&[0, 1, 2])?, job.seed)?;
        job.check(derivatives.passes(), "the derivatives agree with differences")?;
        let mut model =
            net.compile(job.backend.another()?, MeanSquaredError, Optimizer::adam(0.02), job.seed)?;
        let history = model.fit(&data, Fit::new().epochs(if job.smoke { 30 } else { 100 }))?;
        job.say(&history)?;
        let error = model.evaluate(&data)?.loss.sqrt();
        job.check(error < 0.05, format!("products are learnt, with an error of {error:.0e} on average"))
    });
}
