//! One GET request with bounded waiting.

use std::io::Read;

use super::{Fault, Limits};

/// Opens `url` and returns the body as it arrives; reading it fails on a stall or at the time limit.
#[cfg(feature = "download")]
pub(super) fn get(url: &str, limits: &Limits) -> Result<Box<dyn Read>, Fault> {
    let agent: ureq::Agent = ureq::Agent::config_builder()
        .timeout_resolve(Some(limits.resolve))
        .timeout_connect(Some(limits.connect))
        .timeout_per_read(Some(limits.stall))
        .timeout_global(Some(limits.total))
        .build()
        .into();
    let response = agent.get(url).call().map_err(|error| Fault::Transfer(error.into_io()))?;
    Ok(Box::new(response.into_body().into_reader()))
}

/// Reports that this build has no network.
#[cfg(not(feature = "download"))]
pub(super) fn get(_url: &str, _limits: &Limits) -> Result<Box<dyn Read>, Fault> {
    Err(Fault::NotBuilt)
}
