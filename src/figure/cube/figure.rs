//! The figure as a whole: from a scene and the place under the pointer, what to draw, and what a pointer touches.

use super::axes;
use super::camera::{COLUMN_HEIGHT, COS_30, Camera, Point};
use super::canvas::Canvas;
use super::cells::{Cells, Means};
use super::columns::{Column, View};
use super::groups::{Groups, Region};
use super::layout::Layout;
use super::legend::Legend;
use super::marks::Mark;
use super::outline;
use super::pick;
use super::reductions::Reductions;
use super::shown::shown;
use super::tensor::Tensor;
use super::unfold::Tiles;
use super::values::{Moved, Poked, Values, poke_of};
use super::viewport::{Slot, Viewport};
use super::walls;
use crate::figure::scene::{FIRST_SHAPE, Place, Scene, Stage};
use crate::norms::grouping::GroupingError;
use crate::norms::shape::Shape;
use serde::{Deserialize, Serialize};
use std::rc::Rc;
use tsify::Tsify;

/// A scene and everything computed from it. Whatever does not change is kept.
#[derive(Clone, Debug)]
pub struct Figure {
    scene: Scene,
    tensor: Rc<Tensor>,
    reductions: Rc<Reductions>,
    groups: Groups,
    /// The values without and with the star's poke.
    values: [Values; 2],
    means: Rc<Means>,
    cells: Cells,
    hovered: Option<Place>,
    lit: Vec<Region>,
    moved: Option<Moved>,
    start: Layout,
    goal: Layout,
}

/// Everything that a painter needs.
#[derive(Clone, PartialEq, Debug)]
pub struct Drawing {
    /// Width of the canvas in pixels.
    pub width: f64,
    /// Height of the canvas in pixels.
    pub height: f64,
    /// The columns, farthest first, and last the column in focus as a picture.
    pub columns: Vec<Column>,
    /// Radius of a dot, in pixels.
    pub dot: f64,
    /// The marks drawn over the columns.
    pub marks: Vec<Mark>,
}

/// The cube of a method without words, for a tile in the row of methods.
#[derive(Clone, PartialEq, Debug, Serialize, Tsify)]
#[serde(rename_all = "camelCase")]
pub struct Miniature {
    /// Left, top, width and height, as an SVG `viewBox`.
    pub view_box: [f64; 4],
    /// SVG elements.
    pub markup: String,
}

/// A move of the star, named after the arrow keys.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize, Tsify)]
#[serde(rename_all = "camelCase")]
pub enum Move {
    /// One value back in the plane.
    Up,
    /// One value forward in the plane.
    Down,
    /// One channel forward: C runs to the left.
    Left,
    /// One channel back.
    Right,
    /// One image back.
    ImageBack,
    /// One image forward: N runs to the right.
    ImageOn,
    /// To the first value of the next group.
    NextGroup,
}

impl Figure {
    /// Makes the figure of a scene.
    ///
    /// # Errors
    /// [`GroupingError`] if the method does not fit the shape.
    pub fn new(scene: Scene) -> Result<Self, GroupingError> {
        let tensor = shown(&scene);
        let groups = Groups::of(&scene)?;
        let reductions = Reductions::of(&scene, &tensor)?;
        let viewport = Viewport::of(&scene);
        let means = Means::of(viewport, &tensor);
        let whole = Poked { tensor: &tensor, poke: None };
        let values = Values::of(&scene, whole, &reductions)?;
        let cells = Cells::new(&scene, &means, whole, &values, None);
        let layout = Layout::new(&scene, &groups, &viewport);
        let (values, start, goal) = ([values.clone(), values], layout.clone(), layout);
        let (hovered, lit, moved) = (None, vec![], None);
        let mut figure =
            Self { scene, tensor, reductions, groups, values, means, cells, hovered, lit, moved, start, goal };
        figure.work_out_cells()?;
        Ok(figure)
    }

    /// Changes to another scene.
    ///
    /// # Errors
    /// [`GroupingError`] if its method does not fit its shape; then nothing changes.
    pub fn show(&mut self, scene: Scene) -> Result<(), GroupingError> {
        let tensor = shown(&scene);
        let is_other_tensor = !Rc::ptr_eq(&tensor, &self.tensor);
        if scene == self.scene && !is_other_tensor {
            return Ok(());
        }
        let groups = Groups::of(&scene)?;
        if is_other_tensor || scene.method != self.scene.method {
            self.reductions = Reductions::of(&scene, &tensor)?;
        }
        let changes_values = is_other_tensor || counted(&scene) != counted(&self.scene);
        let changes_star = scene.selected != self.scene.selected;
        (self.tensor, self.groups) = (tensor, groups);
        self.scene = scene;
        if is_other_tensor {
            self.means = Means::of(Viewport::of(&self.scene), &self.tensor);
        }
        if changes_star || is_other_tensor {
            self.hovered = None;
        }
        if changes_values || changes_star && self.scene.stage == Stage::Gradient {
            self.work_out_cells()?;
        } else {
            self.relate();
        }
        let viewport = self.cells.viewport;
        let goal = Layout::new(&self.scene, &self.groups, &viewport);
        if goal != self.goal {
            self.start = std::mem::replace(&mut self.goal, goal);
        }
        Ok(())
    }

    /// Its scene.
    pub fn scene(&self) -> &Scene {
        &self.scene
    }

    /// Its tensor.
    pub fn tensor(&self) -> &Rc<Tensor> {
        &self.tensor
    }

    /// What its cells show.
    pub fn cells(&self) -> &Cells {
        &self.cells
    }

    /// Which values share a mean.
    pub fn groups(&self) -> &Groups {
        &self.groups
    }

    /// The place under the pointer, or else the star.
    pub fn focus(&self) -> Place {
        self.hovered.unwrap_or(self.scene.selected)
    }

    /// Puts the place under the pointer into focus. The columns stay where they are, so that none slips away.
    pub fn hover(&mut self, at: Option<Place>) {
        let at = at.map(|at| clamped(self.scene.shape, at)).filter(|at| *at != self.scene.selected);
        if at != self.hovered {
            self.hovered = at;
            self.relate();
        }
    }

    /// Outlines the cells that hold values of these boxes.
    pub fn light(&mut self, boxes: Vec<Region>) {
        self.lit = boxes;
    }

    /// What the colours mean.
    pub fn legend(&self) -> Legend {
        Legend::new(&self.scene, &self.groups, &self.cells, self.moved)
    }

    /// Returns where a move takes the star.
    pub fn step(&self, step: Move) -> Place {
        let shape = self.scene.shape;
        let at @ Place { n, c, h, w } = self.scene.selected;
        let along = |k: u32| Place { h: k / shape.w, w: k % shape.w, ..at };
        let k = h * shape.w + w;
        clamped(
            shape,
            match step {
                Move::Up => along(k.saturating_sub(1)),
                Move::Down => along((k + 1).min(shape.plane_len() - 1)),
                Move::Left => Place { c: c + 1, ..at },
                Move::Right => Place { c: c.saturating_sub(1), ..at },
                Move::ImageBack => Place { n: n.saturating_sub(1), ..at },
                Move::ImageOn => Place { n: n + 1, ..at },
                Move::NextGroup => self.next_group(),
            },
        )
    }

    fn next_group(&self) -> Place {
        let Scene { selected, .. } = self.scene;
        let Some(tiling) = self.groups.tilings().first() else { return selected };
        let next = (tiling.tile_of(self.tensor.index(selected)) + 1) % tiling.n_tiles();
        let index = tiling.member(next, 0);
        self.tensor.place(index)
    }

    /// The place visible at a point of the canvas when it is drawn `width` wide and nothing moves.
    pub fn pick(&self, width: f64, point: Point) -> Option<Place> {
        let canvas = self.canvas(&self.goal, width);
        let viewport = self.cells.viewport;
        let slot = if self.scene.unfolded {
            canvas.tiles.pick(&self.goal, point)
        } else {
            let at = viewport.slot(self.focus());
            let of_picture = at.and_then(|at| canvas.picture.pick(viewport.shown, at, point));
            of_picture.or_else(|| pick::pick(&self.goal, canvas.camera, point))
        };
        // A cell that stands for many values, including the star's, is the star.
        slot.map(|slot| {
            if viewport.slot(self.scene.selected) == Some(slot) { self.scene.selected } else { viewport.place(slot) }
        })
    }

    /// Draws on a canvas of this width, between the last arrangement and the present one: `progress` from 0 to 1.
    pub fn draw(&self, width: f64, progress: f64) -> Drawing {
        let layout = self.goal.between(&self.start, progress);
        let canvas = self.canvas(&layout, width);
        let view = View { layout: &layout, camera: canvas.camera, tiles: &canvas.tiles, cells: &self.cells };
        let at = self.focus();
        let slot = self.cells.viewport.slot(at);
        let mut columns = view.columns();
        let is_folded = layout.unfolded == 0.0;
        if let Some(slot) = slot.filter(|_| is_folded) {
            columns.push(canvas.picture.column(view, slot));
        }
        let dot = (view.camera.row * 0.1).clamp(0.9, 1.6);
        Drawing { width, height: canvas.height, columns, dot, marks: self.marks(view, &canvas, slot) }
    }

    fn marks(&self, view: View<'_>, canvas: &Canvas, slot: Option<Slot>) -> Vec<Mark> {
        let (at, said) = (self.focus(), self.scene.layout);
        let mut marks = vec![];
        let open = view.layout.unfolded;
        if !self.scene.all_groups {
            marks.extend(outline::hidden_lines(view, &self.groups.around(at)));
        }
        marks.extend(outline::lit(view, &self.lit));
        if open == 0.0 || open == 1.0 {
            if let Some(star) = view.cells.viewport.slot(self.scene.selected) {
                marks.extend(outline::quiver(view, star));
            }
            marks.extend(slot.into_iter().flat_map(|slot| outline::selection(view, slot)));
        }
        if open == 0.0 {
            let spans = self.groups.column_spans(self.scene.shape);
            marks.extend(axes::axes(view, at, spans, said, canvas));
            marks.extend(slot.into_iter().flat_map(|slot| canvas.picture.marks(view, slot, said, canvas.is_narrow)));
            if self.scene.all_groups {
                marks.extend(walls::group_numbers(view, &self.groups));
            } else {
                marks.extend(walls::walls(view, &self.groups, at, canvas));
            }
        } else if open == 1.0 {
            marks.extend(axes::unfolded(view, at, said));
        }
        marks
    }

    /// The same cube with its groups together and nothing around it; `unit` is in pixels per step along N or C.
    pub fn miniature(&self, unit: f64) -> Miniature {
        /// Room for the width of a line, in pixels.
        const LINE: f64 = 2.0;
        let shown = self.cells.viewport.shown;
        let layout = Layout {
            shown,
            offset_n: vec![0.0; shown.n as usize],
            offset_c: vec![0.0; shown.c as usize],
            carved_for: None,
            unfolded: 0.0,
        };
        let camera = Camera::new(shown.plane_len(), unit, 0.0, Point { x: 0.0, y: 0.0 });
        let tiles = Tiles::new(&layout, 1.0, 1.0, 0.0);
        let view = View { layout: &layout, camera, tiles: &tiles, cells: &self.cells };
        let (left, right) = (f64::from(shown.c) * COS_30 * unit, f64::from(shown.n) * COS_30 * unit);
        let height = (f64::from(shown.n + shown.c) / 2.0 + COLUMN_HEIGHT) * unit;
        let view_box = [-left - LINE, -height - LINE, left + right + 2.0 * LINE, height + 2.0 * LINE];
        Miniature { view_box, markup: super::svg::columns(&view.columns(), 0.0) }
    }

    /// Whether the columns moved in the last change.
    pub fn has_moved(&self) -> bool {
        self.goal.differs(&self.start)
    }

    /// Ends a move: everything is now at its target.
    pub fn settle(&mut self) {
        self.start = self.goal.clone();
    }

    fn canvas(&self, layout: &Layout, width: f64) -> Canvas {
        let center = self.cells.viewport.slot(self.scene.selected).map(|slot| (slot.n, slot.c));
        Canvas::new(&self.scene, layout, center, width)
    }

    /// Computes the values of all cells; with a poke, on the scale from before it.
    fn work_out_cells(&mut self) -> Result<(), GroupingError> {
        let scene = &self.scene;
        let viewport = Viewport::of(scene);
        if viewport != self.means.viewport {
            self.means = Means::of(viewport, &self.tensor);
        }
        let whole = Poked { tensor: &self.tensor, poke: None };
        let before = Values::of(scene, whole, &self.reductions)?;
        let calm = Cells::new(scene, &self.means, whole, &before, None);
        let x = Poked { poke: poke_of(scene, &self.tensor), ..whole };
        if x.poke.is_some() {
            let after = Values::of(scene, x, &self.reductions)?;
            self.cells = Cells::new(scene, &self.means, x, &after, Some(calm.range));
            self.cells.deltas = self.means.deltas(scene, x, [&before, &after], [&calm, &self.cells]);
            self.moved = Some(before.moved(&after, x));
            self.values = [before, after];
        } else {
            (self.cells, self.moved) = (calm, None);
            self.values = [before.clone(), before];
        }
        self.relate();
        Ok(())
    }

    fn relate(&mut self) {
        let focus = self.focus();
        self.cells.relate(&self.scene, &self.groups, focus);
    }
}

/// A scene for a small cube: a few values per plane, since more would be too fine to see.
pub fn miniature_scene(scene: &Scene) -> Scene {
    let shape = Shape { h: 2, w: 2, ..FIRST_SHAPE };
    let selected = Place { n: 0, c: 0, h: 0, w: 0 };
    Scene { shape, selected, method: scene.method, mode: scene.mode, ..Scene::default() }
}

/// What the values depend on: the scene without what concerns only the picture.
fn counted(scene: &Scene) -> Scene {
    let Scene { explode, all_groups, unfolded, turn, zoom, pan, line, dialect, .. } = Scene::default();
    let selected = if scene.poke.is_some() { scene.selected } else { Place { n: 0, c: 0, h: 0, w: 0 } };
    Scene {
        selected,
        explode,
        all_groups,
        unfolded,
        turn,
        zoom,
        pan,
        line,
        as_written: vec![],
        dialect,
        ..scene.clone()
    }
}

fn clamped(shape: Shape, at: Place) -> Place {
    Place { n: at.n.min(shape.n - 1), c: at.c.min(shape.c - 1), h: at.h.min(shape.h - 1), w: at.w.min(shape.w - 1) }
}
