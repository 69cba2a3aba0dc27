//! The device that all of a thread uses, and who is told when one that was given up is there after all.

use super::GpuDevice;
use crate::engine::exec::ExecError;
use std::cell::RefCell;
use std::mem::ManuallyDrop;
use std::rc::Rc;

/// A device, or why there is none. Never dropped at the end of a thread, where wgpu could not clean up.
type Shared = Result<ManuallyDrop<Rc<GpuDevice>>, ExecError>;

thread_local! {
    /// What [`GpuDevice::shared`] last opened.
    static SHARED: RefCell<Option<Shared>> = const { RefCell::new(None) };

    /// Who is told when a GPU that was silent has answered after all.
    static LATE_EAR: RefCell<Option<Box<dyn Fn()>>> = const { RefCell::new(None) };
}

impl GpuDevice {
    /// Returns this thread's device: all lanes of a race and all calls share one with its pipelines. A new one is opened
    /// if there is none yet or it has failed.
    ///
    /// # Errors
    /// As for [`GpuDevice::open`]. A GPU that once answered wrongly is not tried again, nor one that was silent before it
    /// has answered after all ([`GpuDevice::on_late_answer`]).
    pub async fn shared() -> Result<Rc<Self>, ExecError> {
        let state = SHARED.with_borrow(|shared| {
            shared.as_ref().map(|shared| match shared {
                Ok(device) => device.check().map(|()| Rc::clone(device)),
                Err(failure) => Err(failure.clone()),
            })
        });
        match state {
            Some(Ok(device)) => return Ok(device),
            Some(Err(failure @ (ExecError::Wrong { .. } | ExecError::Silent { .. }))) => return Err(failure),
            Some(Err(_)) | None => {}
        }
        let opened = Self::open().await.map(Rc::new);
        Self::share(Some(opened.clone().map(ManuallyDrop::new)));
        opened
    }

    /// Has `tell` called when a GPU that this thread gave up, because it was silent, has answered after all: from then on
    /// [`GpuDevice::shared`] tries again.
    pub fn on_late_answer(tell: impl Fn() + 'static) {
        LATE_EAR.set(Some(Box::new(tell)));
    }

    pub(super) fn hear_late() {
        let is_given_up = SHARED.with_borrow(|shared| match shared {
            Some(Ok(device)) => matches!(device.failure(), Err(ExecError::Silent { .. })),
            Some(Err(failure)) => matches!(failure, ExecError::Silent { .. }),
            None => false,
        });
        if is_given_up {
            Self::share(None);
            LATE_EAR.with_borrow(|tell| tell.iter().for_each(|tell| tell()));
        }
    }

    /// Closes this thread's device, whatever it did: for tests.
    pub fn forget_shared() {
        Self::share(None);
    }

    fn share(shared: Option<Shared>) {
        if let Some(Ok(before)) = SHARED.replace(shared) {
            drop(ManuallyDrop::into_inner(before));
        }
    }
}
