//! The two products of a convolution: what places see of images, and what pixels are to the places that see them.

use super::shape::ConvShape;
use crate::ops::dense::{Sizes, of_one, of_ranges};
use crate::program::kernel::{DeviceProfile, Kernel, Source, numbers, shader};
use crate::program::real::Real;
use crate::program::tensor::Tensor;

/// Rows of the result in multiples of which kernels compute pixels, whatever their layout.
const TILE: usize = 64;

impl ConvShape {
    /// Adds the pixels that each place of an image sees, times the weight, to `y`.
    #[inline(always)]
    pub(super) fn add_to_places<T: Real>(&self, image: &[T], weight: &[T], y: &mut [T]) {
        self.window.each(|place, tap, pixel| {
            let y = &mut y[place * self.filters..][..self.filters];
            for (channel, x) in image[pixel * self.channels..][..self.channels].iter().enumerate() {
                let row = &weight[(tap * self.channels + channel) * self.filters..];
                for (y, weight) in y.iter_mut().zip(row) {
                    *y += *x * *weight;
                }
            }
        });
    }

    /// Adds each place, times the weight, to the pixels that it sees.
    #[inline(always)]
    pub(super) fn add_to_pixels<T: Real>(&self, z: &[T], weight: &[T], image: &mut [T]) {
        self.window.each(|place, tap, pixel| {
            let z = &z[place * self.filters..][..self.filters];
            for (channel, x) in image[pixel * self.channels..][..self.channels].iter_mut().enumerate() {
                let row = &weight[(tap * self.channels + channel) * self.filters..];
                for (z, weight) in z.iter().zip(row) {
                    *x += *z * *weight;
                }
            }
        });
    }

    /// The kernel that computes the places of up to `samples` images, behind the files of its epilogue.
    pub(super) fn kernel_of_places(
        &self,
        mut sources: Vec<Source>,
        samples: usize,
        weight: Tensor,
        device: &DeviceProfile,
    ) -> Kernel {
        sources.extend([
            numbers(weight.element, device),
            shader!("conv/window.wgsl"),
            self.of_x(),
            self.of_w(),
            shader!("conv/forward.wgsl"),
        ]);
        let sizes =
            Sizes { rows: samples * self.window.places(), inner: self.filled_taps(), cols: self.filters };
        self.sizes(of_one(sources, sizes, device)).size("BIAS", weight.rows - self.taps())
    }

    /// The kernel that computes the pixels of up to `samples` images, behind the files of its epilogue.
    pub(super) fn kernel_of_pixels(
        &self,
        mut sources: Vec<Source>,
        samples: usize,
        weight: Tensor,
        device: &DeviceProfile,
    ) -> Kernel {
        let [by_channels, by_filters] = [self.channels, self.filters].map(|n| n.is_multiple_of(4));
        sources.extend([
            numbers(weight.element, device),
            shader!("conv/window.wgsl"),
            if by_channels { shader!("conv/dx_four.wgsl") } else { shader!("conv/dx_one.wgsl") },
            if by_filters { shader!("conv/z_and_w_four.wgsl") } else { shader!("conv/z_and_w_one.wgsl") },
            shader!("conv/input_gradient.wgsl"),
        ]);
        let ([height, width], [down, right]) = (self.window.image, self.window.stride);
        let phase = (samples * height.div_ceil(down) * width.div_ceil(right)).next_multiple_of(TILE);
        let step = self.terms_of_pixel().next_multiple_of(4);
        let sizes = Sizes { rows: down * right * phase, inner: step, cols: self.channels };
        let kernel = of_ranges(sources, sizes, sizes, device);
        self.sizes(kernel).size("PHASE", phase).size("STEP", step)
    }

    /// Taps of one filter that see a pixel, at most, times filters: the terms of its sum.
    pub(super) fn terms_of_pixel(&self) -> usize {
        let sides = [0, 1].map(|side| self.window.kernel[side].div_ceil(self.window.stride[side]));
        sides[0] * sides[1] * self.filters
    }
}
