//! Ops and a layer whose derivatives may be wrong.

use wgrad::kernel::{DeviceProfile, Kernel, Source};
use wgrad::layers::{Context, Layer, Shaped, one};
use wgrad::op::{Split, Use, Views};
use wgrad::{Init, LayerError, Op, OpError, Real, Recorder, Tensor};

/// `y = value(x)` and, where `of_gradient` is there, `y = slope(x) · gradient`.
#[derive(Clone, Debug)]
pub struct Curve {
    pub value: fn(f64) -> f64,
    pub slope: fn(f64) -> f64,
    pub x: Tensor,
    pub y: Tensor,
    pub of_gradient: Option<Tensor>,
}

/// These ops run on the CPU only.
fn no_kernel() -> Kernel {
    Kernel::per_element(Source { name: "planted.wgsl", text: "" }, 1)
}

impl Op for Curve {
    const NAME: &'static str = "curve";

    fn operands(&self) -> Vec<(Use, Tensor)> {
        let mut operands = vec![(Use::In, self.x), (Use::Out, self.y)];
        operands.extend(self.of_gradient.map(|gradient| (Use::In, gradient)));
        operands
    }

    fn check(&self) -> Result<(), OpError> {
        Ok(())
    }

    fn split(&self) -> Split {
        Split::Rows
    }

    fn cpu<T: Real>(&self, views: &mut Views<'_, T>) {
        let (x, y) = (views.input(0), views.output(1));
        match self.of_gradient {
            None => y.iter_mut().zip(x).for_each(|(y, x)| *y = T::of((self.value)(x.wide()))),
            Some(_) => y.iter_mut().zip(x.iter().zip(views.input(2))).for_each(|(y, (x, gradient))| {
                *y = T::of((self.slope)(x.wide())) * *gradient;
            }),
        }
    }

    fn gpu(&self, _: &DeviceProfile) -> Kernel {
        no_kernel()
    }

    fn vjp(&self, tape: &mut Recorder) {
        let of_gradient = tape.gradient(self.y);
        if of_gradient.is_some() {
            tape.contribute(self.x, |tape, dx| tape.push(Self { y: dx, of_gradient, ..self.clone() }));
        }
    }

    fn flops(&self) -> f64 {
        0.0
    }
}

/// `out = x`, with `bias` added to each row where there is one.
#[derive(Clone, Debug)]
struct Add {
    x: Tensor,
    bias: Option<Tensor>,
    out: Tensor,
    factor: f64,
}

impl Op for Add {
    const NAME: &'static str = "add";

    fn operands(&self) -> Vec<(Use, Tensor)> {
        let mut operands = vec![(Use::In, self.x), (Use::Out, self.out)];
        operands.extend(self.bias.map(|bias| (Use::In, bias)));
        operands
    }

    fn check(&self) -> Result<(), OpError> {
        Ok(())
    }

    fn split(&self) -> Split {
        Split::Rows
    }

    fn cpu<T: Real>(&self, views: &mut Views<'_, T>) {
        let (x, out, bias) = (views.input(0), views.output(1), views.input(2));
        out.copy_from_slice(x);
        if !bias.is_empty() {
            let rows = out.chunks_exact_mut(bias.len());
            rows.for_each(|row| row.iter_mut().zip(bias).for_each(|(out, bias)| *out += *bias));
        }
    }

    fn gpu(&self, _: &DeviceProfile) -> Kernel {
        no_kernel()
    }

    fn vjp(&self, tape: &mut Recorder) {
        let (Some(dy), Some(bias), factor) = (tape.gradient(self.out), self.bias, self.factor) else {
            return;
        };
        tape.contribute(self.x, |tape, dx| tape.push(Add { x: dy, bias: None, out: dx, factor }));
        tape.contribute(bias, |tape, db| tape.push(ColumnSum { dy, db, factor }));
    }

    fn flops(&self) -> f64 {
        0.0
    }
}

/// The column sums of `dy`, times a factor that should be 1.
#[derive(Clone, Debug)]
struct ColumnSum {
    dy: Tensor,
    db: Tensor,
    factor: f64,
}

impl Op for ColumnSum {
    const NAME: &'static str = "column_sum";

    fn operands(&self) -> Vec<(Use, Tensor)> {
        vec![(Use::In, self.dy), (Use::Out, self.db)]
    }

    fn check(&self) -> Result<(), OpError> {
        Ok(())
    }

    fn split(&self) -> Split {
        Split::Whole
    }

    fn cpu<T: Real>(&self, views: &mut Views<'_, T>) {
        let (dy, db) = (views.input(0), views.output(1));
        for (col, db) in db.iter_mut().enumerate() {
            let sum: T = dy.iter().skip(col).step_by(self.dy.cols).copied().sum();
            *db = sum * T::of(self.factor);
        }
    }

    fn gpu(&self, _: &DeviceProfile) -> Kernel {
        no_kernel()
    }

    fn flops(&self) -> f64 {
        0.0
    }
}

/// A layer that adds a bias, whose gradient is wrong unless the factor is 1.
#[derive(Debug)]
pub struct Shift {
    pub factor: f64,
}

impl Layer for Shift {
    fn kind(&self) -> &'static str {
        "shift"
    }

    fn forward(&self, cx: &mut Context<'_>, inputs: &[Shaped]) -> Result<Shaped, LayerError> {
        let x = one(inputs)?;
        let bias = cx.param("bias", x.shape(), Init::Zeros)?;
        let out = cx.output_like(x);
        cx.tape().push(Add { x: x.tensor(), bias: Some(bias), out: out.tensor(), factor: self.factor });
        Ok(out)
    }
}
