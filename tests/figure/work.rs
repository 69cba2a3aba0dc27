//! What a gesture costs does not depend on how long an axis is: however large the tensor, putting another value into
//! focus, poking one, turning a dial, moving a knob and drawing visit a bounded number of values, so that none takes longer
//! than a frame or two. What must visit all values, such as another method or another shape, is prepared in slices, and
//! is a gesture afterwards. Counted, not timed: times depend on the machine.

use blue_cube::cube::figure::Figure;
use blue_cube::cube::shown::{settle, shown};
use blue_cube::cube::table::Table;
use blue_cube::cube::work::visited;
use blue_cube::ledger::account::Account;
use blue_cube::ledger::backward::Backward;
use blue_cube::ledger::histogram::{Counted, places_within};
use blue_cube::ledger::lens::Lens;
use blue_cube::ledger::sums::Sums;
use blue_cube::preparation::Preparation;
use blue_cube::preset;
use blue_cube::scene::layout::Layout;
use blue_cube::scene::{Mode, Place, Scene, Stage};
use std::time::Instant;

/// Values that a gesture may visit, by the cube and by the ledger. A visit takes 5 to 50 ns.
const MOST_VISITED: u64 = 1 << 20;

/// Values that a slice of a preparation is allowed to visit, and how many it may exceed that by.
const SLICE: (u32, u64) = (1 << 16, 1 << 14);

/// The largest shapes of each kind: long in one axis, in two, in all, with few values in a plane and with many.
const SHAPES: [&str; 9] = [
    "4,262144,4,4",
    "4096,4096,1,1",
    "1,1,4096,4096",
    "1,16777216,1,1",
    "16777216,1,1,1",
    "1,1,1,16777216",
    "1024,1024,4,4",
    "64,16,112,112",
    "16,24,209,209",
];

/// Methods as named in a link.
const METHODS: [&str; 15] = [
    "m=none",
    "m=bn",
    "m=bn&mode=eval",
    "m=ln",
    "m=in",
    "m=gn&g=4",
    "m=bin",
    "m=sn",
    "m=axes&axes=c",
    "m=axes&axes=nchw",
    "m=axes&axes=w",
    "m=axes&axes=nhw",
    "m=rms&axes=chw",
    "m=ghost&part=2",
    "m=own&tile=1,1&pixel=1",
];

/// The cube and the ledger, as the page uses them.
struct Parts {
    figure: Figure,
    counted: Counted,
    scene: Scene,
}

impl Parts {
    fn show(&mut self, scene: Scene) {
        self.figure.show(scene.clone()).unwrap();
        self.counted.renew(scene.clone()).unwrap();
        self.scene = scene;
        self.focus(self.scene.selected);
    }

    fn focus(&mut self, at: Place) {
        self.figure.hover(Some(at));
        self.figure.draw(686.0, 1.0);
        self.figure.legend();
        Table::new(self.figure.cells(), at, Layout::Usual);
        let account = self.counted.account();
        Sums::of(account, at).unwrap();
        self.counted.histograms(at).unwrap();
        Lens::of(account, at, 1000.0).unwrap();
        Backward::of(account).unwrap();
        places_within(account, at, Stage::XHat, [90.0, 91.0], 9).unwrap();
    }
}

/// Prepares a scene as the page does; no slice may exceed what it is allowed.
fn prepare(scene: &Scene) {
    let Some(mut preparation) = Preparation::of(scene.clone()) else { return };
    let mut before = visited();
    while !preparation.step(SLICE.0) {
        // Blocks count what they read and say so to the pace: twice.
        let n_visited = (visited() - before) / 2;
        assert!(n_visited <= u64::from(SLICE.0) + SLICE.1, "{scene:?}: a slice visits {n_visited} values");
        before = visited();
    }
}

#[test]
fn no_gesture_visits_more_values_than_a_frame_has_time_for() {
    let mut over = vec![];
    let (mut slowest, mut most) = ((0.0, String::new()), (0, String::new()));
    for shape in SHAPES {
        // Held, so that it is made once for all methods.
        let _tensor = shown(&settle(preset::read(&format!("v=1&shape={shape}")).scene).scene);
        for method in METHODS {
            let link = format!("v=1&{method}&shape={shape}");
            let scene = settle(preset::read(&link).scene).scene;
            let started = Instant::now();
            prepare(&scene);
            let (made, before) = (started.elapsed(), visited());
            let figure = Figure::new(scene.clone()).unwrap();
            let counted = Counted::new(Account::new(scene.clone(), shown(&scene)).unwrap());
            if visited() - before > MOST_VISITED {
                over.push(format!("#{link} once prepared: {} visited", visited() - before));
            }
            let mut parts = Parts { figure, counted, scene: scene.clone() };
            let far = Place { n: scene.shape.n - 1, c: scene.shape.c / 2, h: scene.shape.h / 2, w: scene.shape.w - 1 };
            let mut gesture = |what: &str, act: &mut dyn FnMut(&mut Parts)| {
                let (before, started) = (visited(), Instant::now());
                act(&mut parts);
                let (n_visited, millis) = (visited() - before, started.elapsed().as_secs_f64() * 1e3);
                let said = format!("#{link} {what}: {n_visited} visited, {millis:.1} ms");
                if n_visited > MOST_VISITED {
                    over.push(said.clone());
                }
                if millis > slowest.0 {
                    slowest = (millis, said.clone());
                }
                if n_visited > most.0 {
                    most = (n_visited, said);
                }
            };
            gesture("another value in focus", &mut |parts| parts.focus(far));
            let poked = Scene { poke: Some(5.0), stage: Stage::Y, ..scene.clone() };
            for (what, scene) in [
                ("a poke", poked.clone()),
                ("a further poke", Scene { poke: Some(5.5), ..poked.clone() }),
                ("a knob", Scene { gamma: 1.5, ..poked.clone() }),
                ("another star", Scene { selected: far, ..poked.clone() }),
                ("x̂", Scene { stage: Stage::XHat, ..scene.clone() }),
                ("the gradient", Scene { stage: Stage::Gradient, ..scene.clone() }),
                ("the contrast dial", Scene { contrast: 2.5, ..scene.clone() }),
                ("both dials", Scene { contrast: 2.5, brightness: -0.75, ..scene.clone() }),
                ("evaluation", Scene { mode: Mode::Eval, ..scene.clone() }),
            ] {
                prepare(&scene);
                gesture(what, &mut |parts| parts.show(scene.clone()));
            }
            println!("{link}: made in {made:.0?}");
        }
    }
    println!("most: {}\nslowest: {}", most.1, slowest.1);
    let first: Vec<_> = over.iter().take(40).collect();
    assert!(over.is_empty(), "{} gestures: {first:#?}", over.len());
}
