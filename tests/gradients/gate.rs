//! What is read beside the step that it was fused into.

use wgrad::backend::{Backend, Cpu, Values};
use wgrad::kernel::{DeviceProfile, Kernel, Source};
use wgrad::layers::{Context, Dense, Layer, Shaped, Sigmoid, Tanh, one};
use wgrad::op::{Op, Split, Use, Views};
use wgrad::ops::{self, ElementLoss, loss::MeanSquaredError};
use wgrad::program::Batch;
use wgrad::{
    Element, LayerError, OpError, Optimizer, Real, Recorder, Samples, Sequential, Tensor, gradcheck, losses,
};

use super::{assert_right, drawn, regression};

/// `out = a · b`, element by element.
#[derive(Clone, Debug)]
struct Times {
    a: Tensor,
    b: Tensor,
    out: Tensor,
}

impl Op for Times {
    const NAME: &'static str = "times";

    fn operands(&self) -> Vec<(Use, Tensor)> {
        vec![(Use::In, self.a), (Use::In, self.b), (Use::Out, self.out)]
    }

    fn check(&self) -> Result<(), OpError> {
        Ok(())
    }

    fn split(&self) -> Split {
        Split::Rows
    }

    fn cpu<T: Real>(&self, views: &mut Views<'_, T>) {
        let (a, b) = (views.input(0), views.input(1));
        views.output(2).iter_mut().zip(a.iter().zip(b)).for_each(|(out, (a, b))| *out = *a * *b);
    }

    fn gpu(&self, _: &DeviceProfile) -> Kernel {
        Kernel::per_element(Source { name: "none", text: "" }, 1)
    }

    fn vjp(&self, tape: &mut Recorder) {
        let Some(dy) = tape.gradient(self.out) else { return };
        for (of, other) in [(self.a, self.b), (self.b, self.a)] {
            tape.contribute(of, |tape, out| tape.push(Times { a: dy, b: other, out }));
        }
    }

    fn flops(&self) -> f64 {
        self.out.len() as f64
    }
}

/// A layer that uses its input twice: `x · sigmoid(x)` (Ramachandran, Zoph and Le, *Searching for Activation Functions*, 2017).
#[derive(Debug)]
struct Swish;

impl Layer for Swish {
    fn kind(&self) -> &'static str {
        "swish"
    }

    fn forward(&self, cx: &mut Context<'_>, inputs: &[Shaped]) -> Result<Shaped, LayerError> {
        let x = one(inputs)?;
        let gate = cx.layer("gate", &Sigmoid, inputs)?;
        let out = cx.output_like(x);
        cx.tape().push(Times { a: x.tensor(), b: gate.tensor(), out: out.tensor() });
        Ok(out)
    }
}

#[test]
fn what_an_activation_is_fused_into_can_still_be_read_by_others() {
    let net = || Sequential::new([3]).add(Dense::new(2)).add(Swish);
    let cpu = || Cpu::<f32>::new().unwrap();
    let mut model = net().compile(cpu(), losses::MeanSquaredError, Optimizer::sgd(0.1), 4).unwrap();
    let inputs = Samples::reals(drawn(8, 5, 3, -1.0, 1.0).view()).unwrap();
    let x = model.encode("dense_1", &inputs).unwrap();
    let found = model.predict(&inputs).unwrap();
    let wanted = x.mapv(|x| x / (1.0 + (-x).exp()));
    assert!(x.iter().all(|x| *x != 0.0) && found.abs_diff_eq(&wanted, 1e-6), "{found}\n{wanted}");
    let check = gradcheck(&net().add(Dense::new(2)), losses::MeanSquaredError, &regression(), 0).unwrap();
    assert_right("swish", &check, false);
}

/// The gradients of a loss on `y = tanh(x)`, a dense step with its activation: by `x`'s weight, and by `y`.
#[test]
fn the_gradient_of_a_watched_tensor_is_its_own() {
    let mut tape = Recorder::new("watched", 1);
    let weight = tape.tensor("weight", Element::Real, 1, 1);
    let [x, y, target, losses] = ["x", "y", "target", "losses"].map(|name| tape.batched(name, 1));
    let mut cpu = Cpu::<f32>::new().unwrap();
    tape.watch(weight);
    tape.watch(y);
    tape.push(ops::Dense { x, weight, y, activation: Tanh.into() });
    tape.push(ElementLoss::new(MeanSquaredError, y, target, losses));
    tape.backward(losses);
    let [dw, dy] = [weight, y].map(|tensor| tape.gradient(tensor).unwrap());
    let program = cpu.compile(&tape.finish().unwrap()).unwrap();
    for (tensor, value) in [(weight, 0.5), (x, 1.0), (target, 0.0)] {
        cpu.write(tensor, Values::Real(&[value])).unwrap();
    }
    cpu.run(program, &[Batch::of(1)]).unwrap();
    let [dw, dy] = [dw, dy].map(|tensor| cpu.read(tensor).unwrap()[0]);
    let value = 0.5_f32.tanh();
    assert!((dy - 2.0 * value).abs() < 1e-6, "{dy}");
    assert!((dw - 2.0 * value * (1.0 - value * value)).abs() < 1e-6, "{dw}");
}
