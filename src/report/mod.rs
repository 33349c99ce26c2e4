//! Pictures of a training run: loss curves, rows of images and confusion matrices.
//!
//! Charts are SVG, images are 8-bit grey PNG. Both stand on white, so that they can be read on dark pages too,
//! and their colours are told apart by colour-blind readers. Where a picture was, there is always a whole one.

mod axis;
mod canvas;
mod confusion;
mod error;
mod grid;
mod heat;
mod legend;
mod loss;
mod text;

pub use confusion::{MAX_CLASSES, confusion_matrix};
pub use error::ReportError;
pub use grid::{ImageRow, MAX_SIDE, Tile, image_grid};
pub use loss::{MAX_LOSS, MAX_SERIES, loss_curve};
