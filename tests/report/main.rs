//! The pictures, read back from the files.

mod confusion;
mod files;
mod grid;
mod loss;
mod plane;
mod svg;
