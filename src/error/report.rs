//! What can keep a picture from being written.

use std::error::Error;
use std::io;
use std::path::PathBuf;

/// Why a picture was not written; each message names the picture, what was found and what was expected.
///
/// ```
/// use wgrad::report::{ReportError, loss_curve};
///
/// match loss_curve("loss.svg", "Digits", &[]) {
///     Err(ReportError::SeriesCount { found, .. }) => assert_eq!(found, 0),
///     other => panic!("{other:?}"),
/// }
/// ```
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ReportError {
    /// There are no loss series, or more than there are colours.
    #[error("{}: {found} loss series, expected 1 to {limit}: spread them over several charts", path.display())]
    SeriesCount {
        /// The picture.
        path: PathBuf,
        /// Series given.
        found: usize,
        /// Most series in one chart.
        limit: usize,
    },
    /// A loss series holds nothing that can be drawn.
    #[error("{}: none of the {found} values of the loss series {series:?} can be drawn: give at least one finite loss", path.display())]
    NoValues {
        /// The picture.
        path: PathBuf,
        /// The series' name.
        series: String,
        /// Values given, all of them infinite, not a number or beyond the limit.
        found: usize,
    },
    /// There are no classes, or more than can be read in one matrix.
    #[error("{}: {found} classes, expected 1 to {limit}: show only some of them", path.display())]
    ClassCount {
        /// The picture.
        path: PathBuf,
        /// Classes given.
        found: usize,
        /// Most classes in one matrix.
        limit: usize,
    },
    /// The counts are not a square with one row and column per label.
    #[error("{}: the counts are {rows} × {columns}, expected {labels} × {labels} for {labels} labels", path.display())]
    CountsShape {
        /// The picture.
        path: PathBuf,
        /// Rows of the counts.
        rows: usize,
        /// Columns of the counts.
        columns: usize,
        /// Labels given.
        labels: usize,
    },
    /// The points are not one pair of numbers a label.
    #[error("{}: the points are {rows} × {columns}, expected {labels} × 2 for {labels} labels, at least one", path.display())]
    PointsShape {
        /// The picture.
        path: PathBuf,
        /// Rows of the points.
        rows: usize,
        /// Columns of the points.
        columns: usize,
        /// Labels given.
        labels: usize,
    },
    /// The values over a plane are too few, or its sides have no length.
    #[error("{}: {rows} × {columns} values over x {x:?}, y {y:?}: give 2 × 2 or more over sides that rise", path.display())]
    FieldShape {
        /// The picture.
        path: PathBuf,
        /// Rows of the values.
        rows: usize,
        /// Columns of the values.
        columns: usize,
        /// From where to where the columns stand.
        x: [f64; 2],
        /// From where to where the rows stand.
        y: [f64; 2],
    },
    /// A value or a coordinate is not a number or infinite.
    #[error("{}: the number at row {row}, column {column} is {value}: look for a diverged training", path.display())]
    NotFinite {
        /// The picture.
        path: PathBuf,
        /// Its row, from 0.
        row: usize,
        /// Its column, from 0.
        column: usize,
        /// Its value.
        value: f32,
    },
    /// The tiles have no area.
    #[error("{}: a tile of {height} × {width} pixels enlarged {scale} times is empty: give sizes of at least 1", path.display())]
    EmptyTile {
        /// The picture.
        path: PathBuf,
        /// Height of an image in pixels.
        height: usize,
        /// Width of an image in pixels.
        width: usize,
        /// How much each pixel is enlarged.
        scale: usize,
    },
    /// There is no row of images.
    #[error("{}: there are no rows of images: give at least one", path.display())]
    NoRows {
        /// The picture.
        path: PathBuf,
    },
    /// A row does not hold whole images, or none.
    #[error("{}: row {row} holds {found} pixels, expected a multiple of {height} × {width} above 0", path.display())]
    RowPixels {
        /// The picture.
        path: PathBuf,
        /// Which row, from 0.
        row: usize,
        /// Pixels in it.
        found: usize,
        /// Height of an image in pixels.
        height: usize,
        /// Width of an image in pixels.
        width: usize,
    },
    /// A row holds another number of images than the first.
    #[error("{}: row {row} holds {found} images, expected {expected} as in row 0", path.display())]
    RowImages {
        /// The picture.
        path: PathBuf,
        /// Which row, from 0.
        row: usize,
        /// Images in it.
        found: usize,
        /// Images in the first row.
        expected: usize,
    },
    /// A pixel is not a number or infinite.
    #[error("{}: pixel {index} of row {row} is {value}, expected 0 to 1: look for a diverged training", path.display())]
    Pixel {
        /// The picture.
        path: PathBuf,
        /// Which row, from 0.
        row: usize,
        /// Which pixel of the row, from 0.
        index: usize,
        /// Its value.
        value: f32,
    },
    /// The picture would have too many pixels.
    #[error("{}: the picture would be {height} × {width} pixels, at most {limit} × {limit} are written: show fewer images or enlarge them less", path.display())]
    TooLarge {
        /// The picture.
        path: PathBuf,
        /// Its height in pixels.
        height: usize,
        /// Its width in pixels.
        width: usize,
        /// Most pixels along a side.
        limit: usize,
    },
    /// The picture cannot be put into its format.
    #[error("{}: cannot draw the picture: {source}", path.display())]
    Draw {
        /// The picture.
        path: PathBuf,
        /// The drawing or encoding library's reason.
        source: Box<dyn Error + Send + Sync>,
    },
    /// The file cannot be written.
    #[error("cannot write {}: {source}; check that its folder exists and can be written to", path.display())]
    Write {
        /// The picture.
        path: PathBuf,
        /// The system's reason.
        source: io::Error,
    },
}
