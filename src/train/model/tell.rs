//! What callbacks hear, and what becomes of what they ask for.

use super::Model;
use super::run::Run;
use crate::error::{Error, Result};
use crate::train::callback::{Callback, Control, Flow, Wishes};

impl Run<'_, '_> {
    /// Has each callback hear of something, also after one has failed, so that a checkpoint has all of them as they are after it.
    /// Gives what they ask for and the first error.
    fn hear(&mut self, of: fn(&mut dyn Callback, &mut Control<'_>) -> Result<()>) -> (Wishes, Result<()>) {
        let (mut wishes, mut told) = (Wishes::default(), Ok(()));
        for callback in &mut self.fit.callbacks {
            let outcome = of(&mut **callback, &mut Control::new(&self.history, &self.kept, &mut wishes));
            told = told.and(outcome);
        }
        (wishes, told)
    }
}

impl Model {
    /// Tells the callbacks of an epoch.
    pub(super) async fn tell(&mut self, run: &mut Run<'_, '_>) -> Result<Flow> {
        // A future that was dropped here had them hear of it.
        let heard =
            run.heard.take().unwrap_or_else(|| run.hear(|callback, control| callback.on_epoch(control)));
        let wishes = heard.0.clone();
        run.heard = Some(heard);
        let granted = self.grant(run, &wishes).await;
        run.heard.take().map_or(Ok(()), |(_, told)| told).and(granted)?;
        Ok(if wishes.stop { Flow::Stop } else { Flow::Continue })
    }

    /// Tells the callbacks of the end.
    pub(super) async fn tell_end(&mut self, run: &mut Run<'_, '_>) -> Result<()> {
        let (wishes, told) = run.hear(|callback, control| callback.on_end(control));
        let wishes = Wishes { keep: Vec::new(), rate: None, ..wishes };
        let granted = self.grant(run, &wishes).await;
        told.and(granted)
    }

    async fn grant(&mut self, run: &mut Run<'_, '_>, wishes: &Wishes) -> Result<()> {
        if let Some(rate) = wishes.rate {
            check_rate(rate)?;
            run.set_rate(rate);
        }
        if !wishes.keep.is_empty() {
            // Units that are dead can hide weights that are not finite from the loss.
            let state = self.look(run).await?.model;
            run.kept.extend(wishes.keep.iter().map(|name| (name.clone(), state.clone())));
        }
        if let Some(state) = wishes.restore.as_ref().and_then(|name| run.kept.get(name)) {
            self.set_state(state)?;
            // What led to the state before leads here no longer.
            run.sound = None;
        }
        for (name, frozen) in &wishes.freeze {
            if *frozen { self.freeze_async(name).await? } else { self.thaw_async(name).await? }
        }
        Ok(())
    }
}

/// An error unless a rate can be set.
pub(super) fn check_rate(rate: f32) -> Result<()> {
    if rate > 0.0 && rate.is_finite() {
        return Ok(());
    }
    Err(Error::Setting { why: format!("the learning rate is {rate}; it must be positive and finite") })
}
