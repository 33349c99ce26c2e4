//! Pictures of a training run: loss curves, rows of images, confusion matrices, decision boundaries and
//! maps. [`Graph::picture`](crate::Graph::picture) shows the net itself.
//!
//! Charts are SVG, images are 8-bit grey PNG. Both stand on white, so that they can be read on dark pages too,
//! and their colours are told apart by colour-blind readers. Where a picture was, there is always a whole one.

mod axis;
mod boundary;
mod canvas;
mod chart;
mod confusion;
mod grid;
mod heat;
mod legend;
mod loss;
mod net;
mod rate;
mod scatter;
mod text;

pub use crate::error::report::ReportError;
pub use boundary::{Field, decision_boundary};
pub use confusion::{MAX_CLASSES, confusion_matrix};
pub use grid::{ImageRow, MAX_SIDE, Tile, image_grid};
pub use loss::{MAX_LOSS, MAX_SERIES, loss_curve};
pub use rate::rate_curve;
pub use scatter::{MAX_COLORS, scatter};
