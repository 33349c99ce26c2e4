//! Awaiting a device, as a page must: what it reports comes with the next answer.

use std::collections::VecDeque;
use std::fmt;
use std::mem::take;
use std::pin::Pin;
use std::sync::{Arc, Mutex};

use futures_intrusive::channel::shared::{OneshotReceiver, oneshot_channel};
use wgpu::{Backends, SubmissionIndex};

use super::adapter::instance;
use super::device::{Device, Scopes, lock, reported};
use super::readback::{Readback, bytes_of};
use crate::backend::Reading;
use crate::error::gpu::GpuError;
use crate::program::tensor::Tensor;

/// The interfaces in which adapters are looked for.
pub(super) const INTERFACES: [Backends; 1] = [Backends::BROWSER_WEBGPU];

/// Submissions that may be under way where one waits for the device: it has work while the page hears that the one before is done.
const MOST_BEHIND: usize = 1;

/// What a device has yet to say of calls that were made.
pub(super) struct Owed(Mutex<Vec<Fault>>);

/// The error of some calls, if there is one.
type Fault = Pin<Box<dyn Future<Output = Option<GpuError>> + Send>>;

impl Owed {
    pub fn new() -> Self {
        Self(Mutex::default())
    }

    /// Ends scopes; what the device reports of the calls within them, `tell` makes an error of, which the next answer has.
    pub fn settle<F>(
        &self,
        scopes: Scopes,
        tell: impl FnOnce(wgpu::Error) -> F + Send + 'static,
    ) -> Result<(), GpuError>
    where
        F: Future<Output = GpuError> + Send,
    {
        // The inner ones end first.
        let [internal, validation, memory] = scopes.0;
        let errors = [memory.pop(), validation.pop(), internal.pop()];
        lock(&self.0).push(Box::pin(async move {
            for error in errors {
                if let Some(error) = error.await {
                    return Some(tell(error).await);
                }
            }
            None
        }));
        Ok(())
    }

    /// The same of what is called something.
    pub fn settle_doing(&self, scopes: Scopes, doing: &str) -> Result<(), GpuError> {
        let doing = doing.to_string();
        self.settle(scopes, async move |error| reported(error, &doing))
    }

    /// The first error of the calls until now.
    fn first(&self) -> impl Future<Output = Result<(), GpuError>> + Send + 'static {
        let faults = take(&mut *lock(&self.0));
        async {
            for fault in faults {
                if let Some(error) = fault.await {
                    return Err(error);
                }
            }
            Ok(())
        }
    }
}

impl fmt::Debug for Owed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Owed({})", lock(&self.0).len())
    }
}

impl Device {
    /// Does not wait until a submission is done.
    pub fn wait(&self, _: &SubmissionIndex) -> Result<(), GpuError> {
        Ok(())
    }
}

/// The submissions that the device has yet to finish.
#[derive(Debug, Default)]
pub(super) struct InFlight(VecDeque<OneshotReceiver<()>>);

impl InFlight {
    /// Leaves it to [`caught_up`](InFlight::caught_up).
    pub fn make_room(&mut self, _: &Device, _: usize) -> Result<(), GpuError> {
        Ok(())
    }

    /// One more.
    pub fn add(&mut self, device: &Device, _: SubmissionIndex) {
        let (sender, receiver) = oneshot_channel();
        // Nobody needs to wait for it.
        device.queue.on_submitted_work_done(move || drop(sender.send(())));
        self.0.push_back(receiver);
    }

    /// Answers once the device is not far behind.
    pub fn caught_up(&mut self, device: &Arc<Device>) -> Reading {
        let mut newest = None;
        while self.0.len() > MOST_BEHIND {
            newest = self.0.pop_front();
        }
        let Some(newest) = newest else { return Reading::ready(Vec::new()) };
        let (device, faults) = (device.clone(), device.owed.first());
        Reading::later(async move {
            faults.await?;
            newest.receive().await;
            device.check()?;
            Ok(Vec::new())
        })
    }
}

impl Readback {
    /// What a tensor in a buffer holds, after all work before.
    pub fn read(
        &mut self,
        device: &Arc<Device>,
        buffer: &wgpu::Buffer,
        tensor: Tensor,
    ) -> Result<Reading, GpuError> {
        let (copy, _) = self.copy(device, buffer, bytes_of(tensor))?;
        let (sender, receiver) = oneshot_channel();
        copy.staging.map_async(wgpu::MapMode::Read, 0..copy.size, move |outcome| drop(sender.send(outcome)));
        let device = device.clone();
        Ok(Reading::later(async move {
            let outcome = receiver.receive().await;
            // The calls of this reading are among them.
            device.owed.first().await?;
            device.check()?;
            copy.mapped(outcome)?;
            Ok(copy.numbers(tensor.element)?)
        }))
    }
}

/// The adapter that the browser gives, if it gives any.
pub(super) async fn ranked(backends: Backends) -> Vec<wgpu::Adapter> {
    let options = wgpu::RequestAdapterOptions {
        power_preference: wgpu::PowerPreference::HighPerformance,
        ..Default::default()
    };
    instance(backends).request_adapter(&options).await.into_iter().collect()
}
