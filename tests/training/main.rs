//! Models in files, trainings that are left and resumed, and what can go wrong with either.

mod save;
