//! An op behind a pointer.

use std::any::Any;
use std::fmt::Debug;

use super::{Domain, Op, Scale, Split, Use, Views};
use crate::error::OpError;
use crate::program::Batch;
use crate::program::kernel::{DeviceProfile, Kernel};
use crate::program::pool::Pool;
use crate::program::real::Real;
use crate::program::recorder::Recorder;
use crate::program::tensor::Tensor;
use crate::program::vectorised::Loops;

/// An [`Op`] without its type, as a program holds it.
#[doc(hidden)]
pub trait AnyOp: Debug + Send + Sync {
    fn name(&self) -> &'static str;
    fn operands(&self) -> Vec<(Use, Tensor)>;
    fn check(&self) -> Result<(), OpError>;
    fn split(&self) -> Split;
    fn scratch(&self) -> usize;
    fn adds(&self) -> bool;
    fn scale(&self, batch: &Batch) -> Option<f32>;
    fn cpu_f32(&self, views: &mut Views<'_, f32>, how: How<f32>);
    #[cfg(not(target_family = "wasm"))]
    fn cpu_f64(&self, views: &mut Views<'_, f64>, how: How<f64>);
    fn gpu(&self, device: &DeviceProfile) -> Kernel;
    fn vjp(&self, tape: &mut Recorder);
    fn sum(&self) -> Option<(Box<dyn AnyOp>, usize)>;
    fn before_activation(&self) -> Option<Box<dyn AnyOp>>;
    fn approximated(&self, index: usize, batch: &Batch) -> Option<Scale>;
    fn fused(&self, earlier: &dyn AnyOp) -> Option<Box<dyn AnyOp>>;
    fn merged(&self, later: &dyn AnyOp) -> Option<Box<dyn AnyOp>>;
    fn pooled(&self) -> Option<Tensor>;
    fn for_all(&self, all: &[&dyn AnyOp], pool: &mut Pool) -> Option<Box<dyn AnyOp>>;
    fn takes_halves(&self) -> bool;
    fn places(&self) -> Option<usize>;
    fn flops(&self) -> f64;
    fn bytes(&self) -> f64;
    fn domain(&self, index: usize) -> Domain;
    fn as_any(&self) -> &dyn Any;
}

/// How an op is computed on the processor.
#[doc(hidden)]
#[derive(Clone, Copy, Debug)]
pub enum How<T> {
    /// By its definition, [`Op::cpu`].
    Plain,
    /// By [`Op::cpu_fast`].
    Fast,
    /// By [`Op::cpu_add`] with a scale.
    Add(T),
}

struct Call<'o, 'v, O, T>(&'o O, &'o mut Views<'v, T>, How<T>);

impl<O: Op, T: Real> Loops for Call<'_, '_, O, T> {
    type Output = ();

    #[inline(always)]
    fn compute(self) {
        match self.2 {
            How::Plain => self.0.cpu(self.1),
            How::Fast => self.0.cpu_fast(self.1),
            How::Add(scale) => self.0.cpu_add(self.1, scale),
        }
    }
}

impl<O: Op> AnyOp for O {
    fn name(&self) -> &'static str {
        O::NAME
    }
    fn operands(&self) -> Vec<(Use, Tensor)> {
        Op::operands(self)
    }
    fn check(&self) -> Result<(), OpError> {
        Op::check(self)
    }
    fn split(&self) -> Split {
        Op::split(self)
    }
    fn scratch(&self) -> usize {
        Op::scratch(self)
    }
    fn adds(&self) -> bool {
        O::ADDS
    }
    fn scale(&self, batch: &Batch) -> Option<f32> {
        Op::scale(self, batch)
    }
    fn cpu_f32(&self, views: &mut Views<'_, f32>, how: How<f32>) {
        Call(self, views, how).run();
    }
    #[cfg(not(target_family = "wasm"))]
    fn cpu_f64(&self, views: &mut Views<'_, f64>, how: How<f64>) {
        Call(self, views, how).run();
    }
    fn gpu(&self, device: &DeviceProfile) -> Kernel {
        Op::gpu(self, device)
    }
    fn vjp(&self, tape: &mut Recorder) {
        Op::vjp(self, tape);
    }
    fn before_activation(&self) -> Option<Box<dyn AnyOp>> {
        Some(Box::new(Op::before_activation(self)?))
    }

    fn sum(&self) -> Option<(Box<dyn AnyOp>, usize)> {
        Op::sum(self).map(|(op, terms)| (Box::new(op) as Box<dyn AnyOp>, terms))
    }
    fn approximated(&self, index: usize, batch: &Batch) -> Option<Scale> {
        Op::approximated(self, index, batch)
    }
    fn fused(&self, earlier: &dyn AnyOp) -> Option<Box<dyn AnyOp>> {
        Op::fused(self, earlier)
    }
    fn merged(&self, later: &dyn AnyOp) -> Option<Box<dyn AnyOp>> {
        Op::merged(self, later)
    }
    fn pooled(&self) -> Option<Tensor> {
        Op::pooled(self)
    }
    fn for_all(&self, all: &[&dyn AnyOp], pool: &mut Pool) -> Option<Box<dyn AnyOp>> {
        let all: Option<Vec<&O>> = all.iter().map(|op| op.as_any().downcast_ref()).collect();
        O::for_all(&all?, pool)
    }
    fn takes_halves(&self) -> bool {
        Op::takes_halves(self)
    }
    fn places(&self) -> Option<usize> {
        Op::places(self)
    }
    fn flops(&self) -> f64 {
        Op::flops(self)
    }
    fn bytes(&self) -> f64 {
        Op::bytes(self)
    }
    fn domain(&self, index: usize) -> Domain {
        Op::domain(self, index)
    }
    fn as_any(&self) -> &dyn Any {
        self
    }
}
