//! What a scene takes one pass over a large tensor to show, computed in slices before it is shown: the sample, the moments
//! of a method's boxes, the means of the cells, the running statistics and the grids of the histograms. Afterwards the
//! cube and the ledger find them at hand, and showing the scene takes no longer than a gesture.
//!
//! Uses: norms, figure::scene, figure::cube, figure::ledger.

use crate::figure::cube::cells::Means;
use crate::figure::cube::pace::Pace;
use crate::figure::cube::reductions::Reductions;
use crate::figure::cube::running;
use crate::figure::cube::shown::shown_at;
use crate::figure::cube::viewport::Viewport;
use crate::figure::ledger::histogram::grid::planes_at;
use crate::figure::scene::{Method, Scene};
use crate::norms::grouping::GroupingError;
use std::cell::RefCell;
use std::future::Future;
use std::pin::Pin;
use std::rc::Rc;
use std::task::{Context, Poll, Waker};

/// Values that may be visited before a scene is shown without any preparation.
const MOST_AT_ONCE: u32 = 1 << 18;

/// Passes over a tensor, apart from those for the moments of each partition: the sample's values, the cells' means, and two
/// for the grids.
const N_PASSES: u64 = 4;

/// A scene that is being prepared.
pub struct Preparation {
    scene: Scene,
    work: Pin<Box<dyn Future<Output = Result<Ready, GroupingError>>>>,
    pace: Rc<Pace>,
    /// About how many values are visited in all.
    total: u64,
}

/// What was prepared; the parts of the page take their own from it.
struct Ready {
    _reductions: Rc<Reductions>,
    _means: Rc<Means>,
}

thread_local! {
    /// What was prepared last, until the page shows it.
    static READY: RefCell<Option<Ready>> = const { RefCell::new(None) };
}

impl Preparation {
    /// Begins to prepare a scene; `None` if it can be shown at once.
    pub fn of(scene: Scene) -> Option<Self> {
        let n_partitions = scene.method.tilings(scene.shape).map_or(0, |tilings| tilings.len());
        let total = u64::from(scene.shape.len()) * (N_PASSES + n_partitions as u64);
        let pace = Rc::new(Pace::default());
        let mut preparation =
            Self { scene: prepared(&scene), work: Box::pin(prepare(scene, Rc::clone(&pace))), pace, total };
        (!preparation.step(MOST_AT_ONCE)).then_some(preparation)
    }

    /// Visits about this many values; returns whether the scene can be shown. One whose method does not fit its shape is
    /// refused where it is shown.
    pub fn step(&mut self, n_values: u32) -> bool {
        self.pace.allow(n_values);
        match self.work.as_mut().poll(&mut Context::from_waker(Waker::noop())) {
            Poll::Pending => false,
            Poll::Ready(ready) => {
                READY.set(ready.ok());
                true
            }
        }
    }

    /// Whether it prepares this scene, too.
    pub fn serves(&self, scene: &Scene) -> bool {
        prepared(scene) == self.scene
    }

    /// About which part is done, from 0 to 1.
    pub fn share(&self) -> f64 {
        (self.pace.visited() as f64 / self.total as f64).min(1.0)
    }
}

/// A scene with nothing but what its preparation depends on.
fn prepared(scene: &Scene) -> Scene {
    let Scene { shape, seed, layout, contrast, brightness, method, pins, .. } = *scene;
    let file = scene.file.clone();
    Scene { shape, seed, file, layout, contrast, brightness, method, pins, ..Scene::default() }
}

async fn prepare(scene: Scene, pace: Rc<Pace>) -> Result<Ready, GroupingError> {
    let tensor = shown_at(&scene, &pace).await;
    let ready = Ready {
        _reductions: Reductions::at(&scene, &tensor, &pace).await?,
        _means: Means::at_pace(Viewport::of(&scene), &tensor, &pace).await,
    };
    if matches!(scene.method, Method::Norm(norm) if norm.keeps_running()) {
        running::prepare(&scene, &pace).await;
    }
    planes_at(&scene, &tensor, &pace).await;
    Ok(ready)
}
