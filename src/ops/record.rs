//! Steps that bring their own result: a formula of a loss or a layer, line by line.

use super::{Binary, Elementary, Function, Operation, Reduce, Reduction};
use crate::program::recorder::Recorder;
use crate::program::tensor::Tensor;

/// A new tensor with a number for each row of another.
pub(crate) fn one_for_each_row(tape: &mut Recorder, name: &str, of: Tensor) -> Tensor {
    let rows = of.sample_len() / of.cols;
    tape.batched(name, rows).with_rows_per_sample(rows)
}

/// Steps that bring their own result, for a formula line by line.
///
/// ```
/// # use wgrad::backend::{Backend, Cpu, Values};
/// # use wgrad::program::Batch;
/// use wgrad::ops::{Function, Operation, Reduction};
/// use wgrad::Recorder;
///
/// let mut tape = Recorder::new("mean squared error", 2);
/// let [output, target] = ["output", "target"].map(|name| tape.batched(name, 2));
/// let error = tape.binary(Operation::Difference, output, target);
/// let square = tape.elementary(Function::Power(2.0), error);
/// let losses = tape.reduce(Reduction::Mean, square);
/// let mut cpu = Cpu::<f32>::new()?;
/// let id = cpu.compile(&tape.finish()?)?;
/// cpu.write(output, Values::Real(&[1.0, 2.0, 3.0, 4.0]))?;
/// cpu.write(target, Values::Real(&[1.0, 0.0, 0.0, 3.0]))?;
/// cpu.run(id, &[Batch::of(2)])?;
/// assert_eq!(cpu.read(losses)?, [2.0, 5.0]);
/// # Ok::<(), wgrad::Error>(())
/// ```
impl Recorder {
    /// Marks a point at which ranks meet, where a program runs on several devices: gives a tensor that is the sum of what all have in
    /// this one, and whose gradient is the sum of theirs. [`Program::segments`](crate::Program::segments) cuts a program there, and
    /// shows a training; for a program that is run whole the sum is of one rank.
    ///
    /// Use the tensor that it gives from there on. It is the given one, or a copy where a derivative may read the rank's own numbers.
    ///
    /// - Only reals are exchanged. The same numbers are exchanged again only after a step has written to them.
    /// - Exchange gradients before what reads them whole: clipping, the check of a loss scale, the update.
    /// - Means divide by [`Batch::global_rows`](crate::program::Batch::global_rows): set it to the samples of all ranks, else a sum is too large
    ///   by the number of ranks.
    /// - Of a batched tensor the rows beyond a rank's batch are those of earlier batches: add up the rows of the batch only.
    pub fn exchange(&mut self, tensor: Tensor) -> Tensor {
        if let Err(why) = self.check_exchange(tensor) {
            self.refuse("exchange", why.to_string());
            return tensor;
        }
        let sum = if self.is_read_on_the_way_back(tensor) { self.copied(tensor) } else { tensor };
        self.meet(sum);
        sum
    }

    /// A copy to be exchanged.
    pub(crate) fn copied(&mut self, tensor: Tensor) -> Tensor {
        let copy = self.tensor_like("exchanged", tensor);
        self.push(Elementary { function: Function::Scaled(1.0), x: tensor, y: copy });
        copy
    }

    /// Contributes the gradient of a sum to that of what was added, of the same shape: the same numbers, or a copy beside others.
    pub(crate) fn contribute_same(&mut self, tensor: Tensor, gradient: Tensor) {
        if !self.take_over(tensor, gradient) {
            let function = Function::Scaled(1.0);
            self.contribute(tensor, |tape, y| tape.push(Elementary { function, x: gradient, y }));
        }
    }

    /// Records [`Elementary`], a function of each number.
    pub fn elementary(&mut self, function: Function, x: Tensor) -> Tensor {
        let y = self.tensor_like("elementary", x);
        self.push(Elementary { function, x, y });
        y
    }

    /// Records [`Binary`], a sum, a difference or a product of each two numbers; `b` may also be one row for all.
    pub fn binary(&mut self, operation: Operation, a: Tensor, b: Tensor) -> Tensor {
        let y = self.tensor_like("binary", a);
        self.push(Binary { operation, a, b, y });
        y
    }

    /// Records [`Reduce`], a number for each row.
    pub fn reduce(&mut self, reduction: Reduction, x: Tensor) -> Tensor {
        let y = one_for_each_row(self, "reduced", x);
        self.push(Reduce { reduction, x, y });
        y
    }
}
