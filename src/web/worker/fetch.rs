//! Fetches a data set, file by file, into memory that training can read while it grows. The transfer itself is in
//! `www/fetch_data.js`: it is tested in Node against a misbehaving server, and would be larger in Rust.

use super::Host;
use crate::training::data::{DataFile, DataName, Dataset, IdxError};
use crate::training::message::{Failure, FailureCode, FromWorker};
use futures_channel::oneshot;
use std::cell::{Cell, RefCell};
use std::rc::Rc;
use wasm_bindgen::prelude::*;

#[wasm_bindgen(raw_module = "../../fetch_data.js")]
extern "C" {
    /// A data file that could not be fetched or is damaged.
    #[wasm_bindgen(extends = js_sys::Error)]
    type DataError;

    #[wasm_bindgen(constructor)]
    fn new(code: &str, message: &str, hint: &str) -> DataError;

    #[wasm_bindgen(method, getter)]
    fn code(this: &DataError) -> String;

    #[wasm_bindgen(method, getter)]
    fn hint(this: &DataError) -> String;

    #[wasm_bindgen(catch, js_name = streamData)]
    async fn stream_data(name: &str, to: FileReceiver) -> Result<(), JsValue>;

    #[wasm_bindgen(js_name = dataBytes)]
    fn data_bytes(names: Vec<String>) -> f64;
}

/// The failure code in `fetch_data.js` of a bad file, as opposed to a failed transfer.
const DATA_FORMAT: &str = "data-format";

/// A data set and the progress of its transfer.
pub(super) struct Fetcher {
    pub(super) data: DataName,
    /// The part that has arrived; none once it is complete.
    arriving: RefCell<Dataset>,
    whole: RefCell<Option<Rc<Dataset>>>,
    failure: RefCell<Option<Failure>>,
    waiting: RefCell<Vec<oneshot::Sender<()>>>,
    /// Bytes of the files that are complete.
    received_bytes: Cell<u32>,
    /// Bytes of the file that is arriving.
    file_bytes: Cell<u32>,
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
            file_bytes: Cell::default(),
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
            // The waiting task may have been dropped with its run.
            let _ = waiting.send(());
        }
    }
}

/// Fetches all files of a set and reports progress to the page.
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
    // Their addresses, sizes and digests are in `www/data/files.js`.
    let name = |file: DataFile| format!("{}/{}", fetcher.data.folder(), file.name());
    fetcher.total_bytes.set(data_bytes(DataFile::ALL.map(name).to_vec()) as u32);
    for file in DataFile::ALL {
        let receiver = FileReceiver { host: Rc::clone(host), fetcher: Rc::clone(fetcher), file };
        stream_data(&name(file), receiver).await.map_err(failure)?;
        fetcher.arriving.borrow().finish(file).map_err(|error| failure(damaged(&error).into()))?;
        fetcher.received_bytes.set(fetcher.received_bytes.get() + fetcher.file_bytes.take());
        fetcher.wake();
    }
    Ok(())
}

/// Takes in a file of a data set, piece by piece.
#[wasm_bindgen]
pub struct FileReceiver {
    host: Rc<Host>,
    fetcher: Rc<Fetcher>,
    file: DataFile,
}

#[wasm_bindgen]
impl FileReceiver {
    /// Records the bytes of this file received so far, and tells the page.
    #[wasm_bindgen(js_name = onBytes)]
    pub fn on_bytes(&self, n_compressed: u32) {
        let Self { host, fetcher, file } = self;
        fetcher.file_bytes.set(n_compressed);
        host.post(&FromWorker::Loading {
            data: fetcher.data,
            file: file.name().to_owned(),
            received_bytes: fetcher.received_bytes.get() + n_compressed,
            total_bytes: fetcher.total_bytes.get(),
            images: fetcher.arriving.borrow().n_ready(),
        });
    }

    /// Takes in the next piece of the unpacked file.
    ///
    /// # Errors
    /// A `DataError` if the file is not as expected.
    #[wasm_bindgen(js_name = onChunk)]
    pub fn on_chunk(&self, bytes: &[u8]) -> Result<(), JsValue> {
        let pushed = self.fetcher.arriving.borrow_mut().push(self.file, bytes);
        self.fetcher.wake();
        pushed.map_err(|error| damaged(&error).into())
    }
}

fn damaged(error: &IdxError) -> DataError {
    const HINT: &str = "The file on the server is damaged: restore it from the project's www/data and reload the page.";
    DataError::new(DATA_FORMAT, &error.to_string(), HINT)
}

/// A failure that crossed JavaScript.
fn failure(error: JsValue) -> Failure {
    match error.dyn_into::<DataError>() {
        Ok(error) => Failure {
            code: if error.code() == DATA_FORMAT { FailureCode::DataFormat } else { FailureCode::DataFetch },
            message: error.message().into(),
            hint: error.hint(),
        },
        Err(error) => Failure {
            code: FailureCode::DataFetch,
            message: format!("{error:?}"),
            hint: "Check the connection and press Start again.".to_owned(),
        },
    }
}
