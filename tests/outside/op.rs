//! An op with its derivative and the shapes that it is tested at.

use wgrad::kernel::{DeviceProfile, Kernel, Source};
use wgrad::op::{OpCases, Split, Use, Views};
use wgrad::ops::{BatchSum, Binary, Operation};
use wgrad::{Element, Op, OpError, Real, Recorder, Tensor};

const KERNEL: &str = "
@group(0) @binding(0) var<storage, read> x: array<f32>;
@group(0) @binding(1) var<storage, read> factors: array<f32>;
@group(0) @binding(2) var<storage, read_write> y: array<f32>;
override COLS: u32;
@compute @workgroup_size(64)
fn main(@builtin(workgroup_id) group: vec3<u32>, @builtin(num_workgroups) groups: vec3<u32>,
        @builtin(local_invocation_index) local: u32) {
    let i = number(group, groups, local);
    if i < batch.rows * COLS { y[i] = x[i] * factors[i % COLS]; }
}";

/// `y[i, j] = x[i, j] · factors[j]`.
#[derive(Clone, Debug)]
pub struct ScaleColumns {
    /// Batch × n.
    pub x: Tensor,
    /// 1 × n, not of the batch.
    pub factors: Tensor,
    /// Batch × n.
    pub y: Tensor,
}

impl Op for ScaleColumns {
    const NAME: &'static str = "scale_columns";

    fn operands(&self) -> Vec<(Use, Tensor)> {
        vec![(Use::In, self.x), (Use::In, self.factors), (Use::Out, self.y)]
    }

    fn check(&self) -> Result<(), OpError> {
        let Self { x, factors, y } = self;
        if x.is_batched() && x.shape() == y.shape() && factors.shape() == [1, x.cols] {
            return Ok(());
        }
        Err(OpError::new(format!("scales {x} to {y} by {factors}; it needs a factor for each column")))
    }

    fn split(&self) -> Split {
        Split::Rows
    }

    fn cpu<T: Real>(&self, views: &mut Views<'_, T>) {
        let (x, factors, y) = (views.input(0), views.input(1), views.output(2));
        let columns = factors.iter().cycle();
        y.iter_mut().zip(x).zip(columns).for_each(|((y, x), factor)| *y = *x * *factor);
    }

    fn gpu(&self, _: &DeviceProfile) -> Kernel {
        Kernel::per_element(Source { name: "scale_columns.wgsl", text: KERNEL }, self.x.len())
            .size("COLS", self.x.cols)
    }

    fn vjp(&self, tape: &mut Recorder) {
        let Some(dy) = tape.gradient(self.y) else { return };
        let Self { x, factors, .. } = *self;
        tape.contribute(x, |tape, dx| tape.push(Self { x: dy, factors, y: dx }));
        tape.contribute(factors, |tape, sum| {
            let products = tape.batched("scale_columns.products", x.cols);
            tape.push(Binary { operation: Operation::Product, a: dy, b: x, y: products });
            tape.push(BatchSum { x: products, y: sum });
        });
    }

    fn flops(&self) -> f64 {
        self.x.len() as f64
    }
}

impl OpCases for ScaleColumns {
    fn cases(tape: &mut Recorder) -> Vec<Self> {
        let mut cases = Vec::new();
        for columns in [1, 13, 64] {
            let [x, y] = ["x", "y"].map(|name| tape.batched(name, columns));
            cases.push(Self { x, factors: tape.tensor("factors", Element::Real, 1, columns), y });
        }
        cases
    }
}
