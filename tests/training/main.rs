//! Models in files, trainings that are left and resumed, and what can go wrong with either.

mod accumulate;
mod control;
mod devices;
mod early_stopping;
mod exchange;
mod find_rate;
mod inputs;
mod kill;
mod later;
mod losses;
mod not_finite;
mod own_loop;
mod refused;
mod resume;
mod save;
mod version_0_1;

#[path = "../gpu/support.rs"]
#[expect(dead_code, reason = "devices alone are used here")]
mod support;
