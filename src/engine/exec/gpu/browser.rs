//! What a browser's GPU needs besides wgpu: an end to waiting, and an ear for what WebGPU throws, at which wgpu panics.

use crate::engine::exec::{ExecError, PATIENCE_SECONDS};
use js_sys::{Array, Function, Promise, Reflect};
use std::cell::Cell;
use std::future::{Future, poll_fn};
use std::pin::{Pin, pin};
use std::rc::Rc;
use std::task::Poll;
use wasm_bindgen::prelude::*;
use wasm_bindgen_futures::{JsFuture, spawn_local};

/// Waits for `work`, but not for ever. If it answers after that, `late` is called.
///
/// # Errors
/// [`ExecError::Silent`] if it takes longer than [`PATIENCE_SECONDS`].
pub(super) async fn within<T: 'static>(
    what: &'static str,
    work: impl Future<Output = T> + 'static,
    late: fn(),
) -> Result<T, ExecError> {
    let answer = Rc::new(Cell::new(None));
    let answered = Rc::clone(&answer);
    let work = Box::pin(async move { answered.set(Some(work.await)) });
    wait(work, late).await;
    answer.take().ok_or(ExecError::Silent { what })
}

/// The same for work of any kind, so that there is only one copy of it.
async fn wait(mut work: Pin<Box<dyn Future<Output = ()>>>, late: fn()) {
    let mut patience = pin!(patience());
    let is_done = poll_fn(|context| match work.as_mut().poll(context) {
        Poll::Ready(()) => Poll::Ready(true),
        Poll::Pending => patience.as_mut().poll(context).map(|()| false),
    });
    if !is_done.await {
        spawn_local(async move {
            work.await;
            late();
        });
    }
}

/// Resolves when patience is at its end. In two parts: after a computer has slept, the timer that ran is over at once,
/// and a GPU that has slept as well still has the other.
async fn patience() {
    for _ in 0..2 {
        let timer = Timer::start(500.0 * f64::from(PATIENCE_SECONDS));
        // A world without timers has no end to its patience.
        let Some(timer) = timer else { return std::future::pending().await };
        // The promise is never rejected.
        drop(JsFuture::from(timer.rings.clone()).await);
    }
}

/// Waits until a device that fails a call because it is lost has said so.
pub(super) async fn moment() {
    if let Some(timer) = Timer::start(50.0) {
        drop(JsFuture::from(timer.rings.clone()).await);
    }
}

/// A timer, which ends with its owner: none is left to run after an answer.
struct Timer {
    rings: Promise,
    /// Settles the promise, without which whoever waits for it would stay in memory.
    ring: Function,
    id: JsValue,
}

impl Timer {
    fn start(millis: f64) -> Option<Self> {
        let set_timeout = method(&js_sys::global(), "setTimeout")?;
        let (mut id, mut ring) = (JsValue::UNDEFINED, None);
        let rings = Promise::new(&mut |resolve, _| {
            id = set_timeout.call2(&JsValue::UNDEFINED, &resolve, &millis.into()).unwrap_or_default();
            ring = Some(resolve);
        });
        Some(Self { rings, ring: ring?, id })
    }
}

impl Drop for Timer {
    fn drop(&mut self) {
        if let Some(clear_timeout) = method(&js_sys::global(), "clearTimeout") {
            drop(clear_timeout.call1(&JsValue::UNDEFINED, &self.id));
        }
        drop(self.ring.call0(&JsValue::UNDEFINED));
    }
}

/// The methods of a device that wgpu expects never to throw, and those of its queue.
const METHODS: [&str; 7] = [
    "createBuffer",
    "createBindGroup",
    "createBindGroupLayout",
    "createCommandEncoder",
    "createComputePipeline",
    "createPipelineLayout",
    "createShaderModule",
];

/// Tells `fail` of every error that no scope catches and of everything that the device's methods throw. Such a method
/// then returns an object that is good for nothing, so whoever calls it asks the device how it is before going on.
pub(super) fn listen(device: &wgpu::Device, fail: impl Fn(ExecError) + Clone + 'static) {
    let Some(handle) = device.as_webgpu() else { return };
    for name in METHODS {
        guard(handle, name, fail.clone());
    }
    if let Ok(queue) = Reflect::get(handle, &"queue".into()) {
        guard(&queue, "submit", fail.clone());
    }
    // wgpu's own handler panics at an internal error, such as of a driver's compiler.
    let on_error = Closure::<dyn Fn(JsValue)>::new(move |event: JsValue| {
        let error = field(&event, "error");
        let (reason, kind) = (text(&error), text(&field(&field(&error, "constructor"), "name")));
        fail(match &*kind {
            "GPUOutOfMemoryError" => ExecError::OutOfMemory { reason },
            _ => ExecError::Refused { what: "a command".to_owned(), reason },
        });
    });
    set(handle, "onuncapturederror", &on_error.into_js_value());
}

/// Makes a method report what it throws.
fn guard(owner: &JsValue, name: &'static str, fail: impl Fn(ExecError) + 'static) {
    let Some(original) = method(owner, name) else { return };
    let this = owner.clone();
    let guarded = Closure::<dyn Fn(JsValue) -> JsValue>::new(move |argument: JsValue| {
        original.call1(&this, &argument).unwrap_or_else(|thrown| {
            fail(ExecError::Refused { what: name.to_owned(), reason: text(&thrown) });
            Array::new().into()
        })
    });
    set(owner, name, &guarded.into_js_value());
}

/// The adapter's name: its description or, where a browser keeps that to itself, vendor and architecture.
pub(super) fn name(device: &wgpu::Device) -> String {
    let Some(handle) = device.as_webgpu() else { return String::new() };
    let info = field(handle, "adapterInfo");
    let [description, vendor, architecture] =
        ["description", "vendor", "architecture"].map(|key| field(&info, key).as_string().unwrap_or_default());
    let is_unnamed = description.is_empty() && !vendor.is_empty();
    if is_unnamed { [vendor, architecture].join(" ") } else { description }
}

fn method(owner: &JsValue, name: &str) -> Option<Function> {
    field(owner, name).dyn_into().ok()
}

fn field(owner: &JsValue, name: &str) -> JsValue {
    // Fails only for what is no object, which has no fields.
    Reflect::get(owner, &name.into()).unwrap_or_default()
}

fn set(owner: &JsValue, name: &str, value: &JsValue) {
    // Fails only for a frozen object: then what it throws is heard of by nobody, as without us.
    drop(Reflect::set(owner, &name.into(), value));
}

/// The message of an error, or the text of anything else.
fn text(thrown: &JsValue) -> String {
    field(thrown, "message").as_string().or_else(|| thrown.as_string()).unwrap_or_default()
}
