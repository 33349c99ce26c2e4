//! Elementary functions, element by element: those that are no activation of a layer.

mod function;

use crate::error::OpError;
use crate::program::Batch;
use crate::program::kernel::{DeviceProfile, Kernel, Source, shader};
use crate::program::op::{Domain, Op, OpCases, Scale, Split, Use, Views, by_turns};
use crate::program::real::Real;
use crate::program::recorder::Recorder;
use crate::program::tensor::{Tensor, alike};

pub use function::Function;

/// `y = f(x)`, element by element.
///
/// # Shapes
/// `x`, `y`: batch × n.
///
/// ```
/// # use wgrad::backend::{Backend, Cpu, Values};
/// # use wgrad::program::Batch;
/// use wgrad::ops::{Elementary, Function};
/// use wgrad::Recorder;
///
/// let mut tape = Recorder::new("elementary", 1);
/// let [x, y] = ["x", "y"].map(|name| tape.batched(name, 3));
/// tape.push(Elementary { function: Function::Clamp { least: -1.0, most: 1.0 }, x, y });
/// let mut cpu = Cpu::<f32>::new()?;
/// let id = cpu.compile(&tape.finish()?)?;
/// cpu.write(x, Values::Real(&[-3.0, 0.5, 2.0]))?;
/// cpu.run(id, &[Batch::of(1)])?;
/// assert_eq!(cpu.read(y)?, [-1.0, 0.5, 1.0]);
/// # Ok::<(), wgrad::Error>(())
/// ```
#[derive(Clone, Debug)]
pub struct Elementary {
    /// `f`.
    pub function: Function,
    /// Its arguments.
    pub x: Tensor,
    /// Its values.
    pub y: Tensor,
}

impl Op for Elementary {
    const NAME: &'static str = "elementary";

    fn operands(&self) -> Vec<(Use, Tensor)> {
        vec![(Use::In, self.x), (Use::Out, self.y)]
    }

    fn check(&self) -> Result<(), OpError> {
        self.function.check()?;
        alike(&[self.x, self.y])
    }

    fn split(&self) -> Split {
        Split::Rows
    }

    #[inline(always)]
    fn cpu<T: Real>(&self, views: &mut Views<'_, T>) {
        let (x, y) = (views.input(0), views.output(1));
        for (y, x) in y.iter_mut().zip(x) {
            *y = self.function.value(*x);
        }
    }

    fn gpu(&self, device: &DeviceProfile) -> Kernel {
        kernel(shader!("activation/forward.wgsl"), self.function, self.y, device)
    }

    fn vjp(&self, tape: &mut Recorder) {
        let Some(dy) = tape.gradient(self.y) else { return };
        let function = self.function;
        let at = if function.slope_from_output() { self.y } else { self.x };
        tape.contribute(self.x, |tape, dx| tape.push(ElementaryGradient { function, at, dy, dx }));
    }

    fn approximated(&self, _: usize, _: &Batch) -> Option<Scale> {
        self.function.approximated()[0].then_some(Scale::Output)
    }

    fn flops(&self) -> f64 {
        self.x.len() as f64
    }

    fn domain(&self, _: usize) -> Domain {
        self.function.arguments()
    }
}

impl OpCases for Elementary {
    fn cases(tape: &mut Recorder) -> Vec<Self> {
        let each = by_turns(Function::examples(), &[1, 13, 200], &[13, 200]).into_iter();
        each.map(|(function, cols)| {
            let (x, y) = (tape.batched("x", cols), tape.batched("y", cols));
            Self { function, x, y }
        })
        .collect()
    }
}

/// `dx = dy ⊙ f'`, element by element.
///
/// # Shapes
/// `at`, `dy`, `dx`: batch × n.
///
/// ```
/// # use wgrad::backend::{Backend, Cpu, Values};
/// # use wgrad::program::Batch;
/// use wgrad::ops::{ElementaryGradient, Function};
/// use wgrad::Recorder;
///
/// let mut tape = Recorder::new("elementary gradient", 1);
/// let [at, dy, dx] = ["at", "dy", "dx"].map(|name| tape.batched(name, 2));
/// let function = Function::Clamp { least: -1.0, most: 1.0 };
/// tape.push(ElementaryGradient { function, at, dy, dx });
/// let mut cpu = Cpu::<f32>::new()?;
/// let id = cpu.compile(&tape.finish()?)?;
/// cpu.write(at, Values::Real(&[-3.0, 0.5]))?;
/// cpu.write(dy, Values::Real(&[5.0, 5.0]))?;
/// cpu.run(id, &[Batch::of(1)])?;
/// assert_eq!(cpu.read(dx)?, [0.0, 5.0]);
/// # Ok::<(), wgrad::Error>(())
/// ```
#[derive(Clone, Debug)]
pub struct ElementaryGradient {
    /// `f`.
    pub function: Function,
    /// Its arguments, or its values if its slope is a function of those.
    pub at: Tensor,
    /// Gradient of its values.
    pub dy: Tensor,
    /// Gradient of its arguments.
    pub dx: Tensor,
}

impl Op for ElementaryGradient {
    const NAME: &'static str = "elementary.gradient";

    fn operands(&self) -> Vec<(Use, Tensor)> {
        vec![(Use::In, self.at), (Use::In, self.dy), (Use::Out, self.dx)]
    }

    fn check(&self) -> Result<(), OpError> {
        self.function.check()?;
        alike(&[self.at, self.dy, self.dx])
    }

    fn split(&self) -> Split {
        Split::Rows
    }

    #[inline(always)]
    fn cpu<T: Real>(&self, views: &mut Views<'_, T>) {
        let (at, dy, dx) = (views.input(0), views.input(1), views.output(2));
        for ((dx, dy), at) in dx.iter_mut().zip(dy).zip(at) {
            *dx = *dy * self.function.slope(*at);
        }
    }

    fn gpu(&self, device: &DeviceProfile) -> Kernel {
        kernel(shader!("activation/gradient.wgsl"), self.function, self.dx, device)
    }

    fn approximated(&self, _: usize, _: &Batch) -> Option<Scale> {
        self.function.approximated()[1].then_some(Scale::Output)
    }

    fn flops(&self) -> f64 {
        2.0 * self.dx.len() as f64
    }

    fn domain(&self, index: usize) -> Domain {
        if index == 0 { self.function.slope_arguments() } else { Domain::Any }
    }
}

impl OpCases for ElementaryGradient {
    fn cases(tape: &mut Recorder) -> Vec<Self> {
        let forward = Elementary::cases(tape);
        let mut case = |Elementary { function, x, y }: Elementary| Self {
            function,
            at: x,
            dy: y,
            dx: tape.batched("dx", x.cols),
        };
        forward.into_iter().map(&mut case).collect()
    }
}

/// The kernel of `main` over the elements of a tensor, as for an activation.
fn kernel(main: Source, function: Function, over: Tensor, device: &DeviceProfile) -> Kernel {
    let widths = [shader!("activation/one.wgsl"), shader!("activation/four.wgsl")];
    function.joined_to(Kernel::by_fours(main, over, widths, device)).size("COLS", over.cols)
}
