//! A model on a task of its own, which does what it is asked one after the other: a page may ask while a training is under way.

use std::future::Future;
use std::pin::Pin;
use std::rc::Rc;
use std::sync::atomic::{AtomicBool, Ordering};

use async_channel::{Receiver, Sender, bounded, unbounded};
use js_sys::Function;
use wasm_bindgen::JsValue;
use wasm_bindgen_futures::spawn_local;
use wgrad::callback::{BatchProgress, Callback};
use wgrad::history::Epoch;
use wgrad::{Dataset, Error, Model, Training};

use crate::options::Settings;

/// What is asked of a model.
enum Ask {
    Job(Job),
    Train(Begun, Sender<Outcome<()>>),
    Epoch(Sender<Outcome<Option<Epoch>>>),
    Finish(Sender<Outcome<()>>),
}

/// A training to begin.
pub struct Begun {
    pub data: Rc<Dataset>,
    pub validation: Option<Rc<Dataset>>,
    pub settings: Settings,
    pub progress: Option<Function>,
}

/// Tells a function of JavaScript how far an epoch is.
struct Told(Option<Function>);

impl Callback for Told {
    fn on_batches(&mut self, progress: &BatchProgress) {
        if let Some(function) = &self.0 {
            let [samples, of] = [progress.samples, progress.of].map(|count| JsValue::from(count as u32));
            // What it throws is its own.
            let _ = function.call2(&JsValue::UNDEFINED, &samples, &of);
        }
    }
}

/// What a model does at any time; it gives its own answer.
type Job = Box<dyn for<'m> FnOnce(&'m mut Model) -> Pin<Box<dyn Future<Output = ()> + 'm>>>;

type Outcome<T> = Result<T, String>;

/// The way to a model.
#[derive(Clone)]
pub struct Served {
    asked: Sender<Ask>,
    stop: Rc<AtomicBool>,
}

impl Served {
    /// Puts a model on a task, which ends once nobody can ask any more.
    pub fn start(model: Model) -> Self {
        let (asked, questions) = unbounded();
        let stop = Rc::new(AtomicBool::new(false));
        spawn_local(serve(model, questions, stop.clone()));
        Self { asked, stop }
    }

    /// Has the model do a job.
    pub async fn job<T: 'static>(
        &self,
        job: impl AsyncFnOnce(&mut Model) -> Result<T, Error> + 'static,
    ) -> Outcome<T> {
        let (answer, answered) = bounded(1);
        let job: Job = Box::new(|model| {
            Box::pin(async move {
                let outcome = job(model).await.map_err(|error| error.to_string());
                // Nobody may wait for it any more.
                let _ = answer.try_send(outcome);
            })
        });
        self.ask(Ask::Job(job)).await?;
        answered.recv().await.unwrap_or_else(|_| gone())
    }

    /// Begins a training.
    pub async fn train(&self, begun: Begun) -> Outcome<()> {
        let (answer, answered) = bounded(1);
        self.stop.store(false, Ordering::Relaxed);
        self.ask(Ask::Train(begun, answer)).await?;
        answered.recv().await.unwrap_or_else(|_| gone())
    }

    /// Trains an epoch; none where all are done.
    pub async fn epoch(&self) -> Outcome<Option<Epoch>> {
        let (answer, answered) = bounded(1);
        self.ask(Ask::Epoch(answer)).await?;
        answered.recv().await.unwrap_or_else(|_| gone())
    }

    /// Ends the training.
    pub async fn finish(&self) -> Outcome<()> {
        let (answer, answered) = bounded(1);
        self.ask(Ask::Finish(answer)).await?;
        answered.recv().await.unwrap_or_else(|_| gone())
    }

    /// Has the epoch under way end after the batches that the device has.
    pub fn stop(&self) {
        self.stop.store(true, Ordering::Relaxed);
    }

    async fn ask(&self, ask: Ask) -> Outcome<()> {
        self.asked.send(ask).await.map_err(|_| "the model is gone".to_string())
    }
}

fn gone<T>() -> Outcome<T> {
    Err("the model is gone".into())
}

/// Does what is asked.
async fn serve(mut model: Model, questions: Receiver<Ask>, stop: Rc<AtomicBool>) {
    while let Ok(ask) = questions.recv().await {
        match ask {
            Ask::Job(job) => job(&mut model).await,
            Ask::Train(Begun { data, validation, settings, progress }, answer) => {
                let mut told = Told(progress);
                let mut fit = settings.fit().interrupt(&stop).callback(&mut told);
                if let Some(validation) = &validation {
                    fit = fit.validation(&**validation);
                }
                match model.training_async(&*data, fit).await {
                    Ok(training) => {
                        let _ = answer.try_send(Ok(()));
                        train(training, &questions).await;
                    }
                    Err(error) => drop(answer.try_send(Err(error.to_string()))),
                }
            }
            Ask::Epoch(answer) => drop(answer.try_send(no_training())),
            Ask::Finish(answer) => drop(answer.try_send(no_training())),
        }
    }
}

/// The same while a training is under way.
async fn train(mut training: Training<'_, '_, '_>, questions: &Receiver<Ask>) {
    while let Ok(ask) = questions.recv().await {
        match ask {
            Ask::Job(job) => job(training.model()).await,
            Ask::Train(_, answer) => {
                drop(answer.try_send(Err("a training is under way; finish ends it".into())));
            }
            Ask::Epoch(answer) => {
                let epoch = training.epoch_async().await.map_err(|error| error.to_string());
                let _ = answer.try_send(epoch);
            }
            Ask::Finish(answer) => {
                let ended = training.finish_async().await;
                let _ = answer.try_send(ended.map(|_| ()).map_err(|error| error.to_string()));
                return;
            }
        }
    }
}

fn no_training<T>() -> Outcome<T> {
    Err("no training is under way; train begins one".into())
}
