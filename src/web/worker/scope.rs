//! The worker's global scope: posts messages to the page, yields to the event loop, and tells the time.

use futures_channel::oneshot;
use std::cell::RefCell;
use std::rc::Rc;
use wasm_bindgen::prelude::*;
use web_sys::{DedicatedWorkerGlobalScope, MessageChannel, Performance};

/// The worker's global scope.
pub(super) struct Scope {
    worker: DedicatedWorkerGlobalScope,
    performance: Performance,
    channel: MessageChannel,
    waiting: Rc<RefCell<Vec<oneshot::Sender<()>>>>,
    /// Kept alive as long as the channel.
    _on_message: Closure<dyn FnMut()>,
}

impl Scope {
    /// Returns the scope of the worker that this runs in.
    ///
    /// # Errors
    /// If it has no message channels or no clock.
    pub(super) fn new() -> Result<Self, JsError> {
        let worker: DedicatedWorkerGlobalScope = js_sys::global().unchecked_into();
        let performance = worker.performance().ok_or_else(|| JsError::new("this worker has no clock"))?;
        let channel = MessageChannel::new().map_err(|_| JsError::new("this worker has no message channels"))?;
        let waiting = Rc::<RefCell<Vec<oneshot::Sender<()>>>>::default();
        let woken = Rc::clone(&waiting);
        let on_message = Closure::<dyn FnMut()>::new(move || {
            for waiting in woken.take() {
                // The waiting task may have been dropped with its race.
                let _ = waiting.send(());
            }
        });
        channel.port1().set_onmessage(Some(on_message.as_ref().unchecked_ref()));
        Ok(Self { worker, performance, channel, waiting, _on_message: on_message })
    }

    /// Sends a message to the page.
    ///
    /// # Errors
    /// The browser's, if the message cannot be cloned.
    pub(super) fn post(&self, message: &JsValue) -> Result<(), JsValue> {
        self.worker.post_message(message)
    }

    /// Sends a message to the page and hands over the memory of the `Uint8Array` under `key`.
    ///
    /// # Errors
    /// The browser's, if the message cannot be cloned or has no such array.
    pub(super) fn give(&self, message: &JsValue, key: &str) -> Result<(), JsValue> {
        let bytes: js_sys::Uint8Array = js_sys::Reflect::get(message, &key.into())?.dyn_into()?;
        self.worker.post_message_with_transfer(message, &js_sys::Array::of1(&bytes.buffer()))
    }

    /// Milliseconds since the worker was made.
    pub(super) fn now(&self) -> f64 {
        self.performance.now()
    }

    /// Resolves after the worker has handled its other tasks. A message to oneself arrives at once, whereas timers are clamped
    /// to 4 ms.
    ///
    /// # Errors
    /// The browser's, if the message to oneself cannot be sent.
    pub(super) async fn breathe(&self) -> Result<(), JsValue> {
        let (sender, receiver) = oneshot::channel();
        self.channel.port2().post_message(&JsValue::NULL)?;
        self.waiting.borrow_mut().push(sender);
        // A dropped sender means the same: go on.
        let _ = receiver.await;
        Ok(())
    }
}
