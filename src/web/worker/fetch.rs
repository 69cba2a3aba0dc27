//! Fetches a data set, file by file, into memory that training may read while it grows.

use super::Host;
use crate::training::data::{DataFile, DataName, Dataset};
use crate::training::message::{Failure, FailureCode, FromWorker};
use futures_channel::oneshot;
use js_sys::{Function, Object, Reflect, Uint8Array};
use std::cell::{Cell, RefCell};
use std::rc::Rc;
use wasm_bindgen::prelude::*;

/// A data set and how far its transfer is.
pub(super) struct Fetcher {
    pub(super) data: DataName,
    /// As far as it has arrived; none once it is whole.
    arriving: RefCell<Dataset>,
    whole: RefCell<Option<Rc<Dataset>>>,
    failure: RefCell<Option<Failure>>,
    waiting: RefCell<Vec<oneshot::Sender<()>>>,
    /// Bytes of the files that are complete.
    received_bytes: Cell<u32>,
    total_bytes: Cell<u32>,
}

impl Fetcher {
    pub(super) fn new(data: DataName) -> Self {
        Self {
            data,
            arriving: RefCell::new(Dataset::new()),
            whole: RefCell::default(),
            failure: RefCell::default(),
            waiting: RefCell::default(),
            received_bytes: Cell::default(),
            total_bytes: Cell::default(),
        }
    }

    pub(super) fn has_failed(&self) -> bool {
        self.failure.borrow().is_some()
    }

    /// The data set, once all of it is here.
    pub(super) fn whole(&self) -> Option<Rc<Dataset>> {
        self.whole.borrow().clone()
    }

    /// Resolves when more has arrived or the transfer has ended.
    ///
    /// # Errors
    /// The failure that ended it.
    pub(super) async fn more(&self) -> Result<(), Failure> {
        let (sender, receiver) = oneshot::channel();
        self.waiting.borrow_mut().push(sender);
        if !self.has_failed() {
            // A dropped sender means the same: look again.
            let _ = receiver.await;
        }
        self.failure.borrow().clone().map_or(Ok(()), Err)
    }

    fn wake(&self) {
        for waiting in self.waiting.take() {
            // Whoever waited may have been dropped with its run.
            let _ = waiting.send(());
        }
    }
}

/// Fetches all files of a set and tells the page how it goes.
pub(super) async fn fetch(host: Rc<Host>, fetcher: Rc<Fetcher>) {
    let outcome = fetch_all(&host, &fetcher).await;
    match outcome {
        Ok(()) => {
            let dataset = Rc::new(fetcher.arriving.take());
            host.post(&FromWorker::Loaded {
                data: fetcher.data,
                train_images: dataset.train().n_ready(),
                test_images: dataset.test().n_ready(),
            });
            *fetcher.whole.borrow_mut() = Some(dataset);
        }
        Err(failure) => {
            *fetcher.failure.borrow_mut() = Some(failure.clone());
            host.fail(None, None, failure);
        }
    }
    fetcher.wake();
}

async fn fetch_all(host: &Rc<Host>, fetcher: &Rc<Fetcher>) -> Result<(), Failure> {
    let name = serde_wasm_bindgen::to_value(&fetcher.data).unwrap_or_default();
    let url = |file: DataFile| host.surroundings.data_url(name.clone(), &format!("{}.gz", file.name()));
    let sizes = host.surroundings.file_sizes(DataFile::ALL.map(url).to_vec()).await.map_err(|error| failure(&error))?;
    fetcher.total_bytes.set(sizes.as_f64().unwrap_or(0.0) as u32);
    for file in DataFile::ALL {
        let (receiver, _callbacks) = receiver(host, fetcher, file);
        host.surroundings.stream_file(&url(file), &receiver).await.map_err(|error| failure(&error))?;
        fetcher.arriving.borrow().finish(file).map_err(|error| bad_format(error.to_string()))?;
        fetcher.received_bytes.set(fetcher.received_bytes.get() + file_bytes(&receiver));
        fetcher.wake();
    }
    Ok(())
}

/// The callbacks must live as long as their receiver is in use.
type Callbacks = (Closure<dyn FnMut(f64)>, Closure<dyn FnMut(Uint8Array) -> Result<(), JsValue>>);

/// The object that `streamFile` hands a file's bytes to.
fn receiver(host: &Rc<Host>, fetcher: &Rc<Fetcher>, file: DataFile) -> (JsValue, Callbacks) {
    let object = Object::new();
    let (progress, target, counter) = (Rc::clone(host), Rc::clone(fetcher), object.clone());
    let on_bytes = Closure::new(move |n_compressed: f64| {
        set(&counter, FILE_BYTES, &n_compressed.into());
        progress.post(&FromWorker::Loading {
            data: target.data,
            file: file.name().to_owned(),
            received_bytes: target.received_bytes.get() + n_compressed as u32,
            total_bytes: target.total_bytes.get(),
            images: target.arriving.borrow().n_ready(),
        });
    });
    let target = Rc::clone(fetcher);
    let on_chunk = Closure::new(move |bytes: Uint8Array| {
        let pushed = target.arriving.borrow_mut().push(file, &bytes.to_vec());
        target.wake();
        pushed.map_err(|error| serde_wasm_bindgen::to_value(&bad_format(error.to_string())).unwrap_or_default())
    });
    set(&object, "onBytes", on_bytes.as_ref().unchecked_ref::<Function>());
    set(&object, "onChunk", on_chunk.as_ref().unchecked_ref::<Function>());
    (object.into(), (on_bytes, on_chunk))
}

const FILE_BYTES: &str = "fileBytes";

fn file_bytes(receiver: &JsValue) -> u32 {
    Reflect::get(receiver, &FILE_BYTES.into()).ok().and_then(|value| value.as_f64()).unwrap_or(0.0) as u32
}

fn set(object: &Object, key: &str, value: &JsValue) {
    // Fails for frozen objects only.
    drop(Reflect::set(object, &key.into(), value));
}

fn bad_format(message: String) -> Failure {
    Failure {
        code: FailureCode::DataFormat,
        message,
        hint: "The file on the server is damaged: restore it from the project's www/data and reload the page."
            .to_owned(),
    }
}

/// A failure that crossed JavaScript: our own from `onChunk`, or a `DataError` of `fetch_data.js`.
fn failure(error: &JsValue) -> Failure {
    if let Ok(failure) = serde_wasm_bindgen::from_value::<Failure>(error.clone()) {
        return failure;
    }
    let text = |key: &str| Reflect::get(error, &key.into()).ok().and_then(|value| value.as_string());
    let is_format = text("code").as_deref() == Some("data-format");
    Failure {
        code: if is_format { FailureCode::DataFormat } else { FailureCode::DataFetch },
        message: text("message").unwrap_or_else(|| format!("{error:?}")),
        hint: text("hint").unwrap_or_else(|| "Check the connection and press Start again.".to_owned()),
    }
}
