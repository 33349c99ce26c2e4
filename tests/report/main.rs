//! The pictures, read back from the files.

mod confusion;
mod files;
mod grid;
mod loss;
mod net;
mod plane;
mod svg;
