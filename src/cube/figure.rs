//! The figure as a whole: a norm, a selected cell, a cell under the pointer; what to draw, and what was touched.

use super::camera::{COLUMN_HEIGHT, COS_30, Camera, Point};
use super::columns::{Column, Side, View};
use super::layout::{Block, Layout, PULL};
use super::marks::Mark;
use super::path::{Path, midpoint, star};
use super::picture::{Frame, Pixel};
use super::tensor::Tensor;
use super::{Cell, axes, pick};
use crate::grouping::{Grouping, GroupingError};
use crate::norm::{Norm, Recipe};
use crate::shape::Shape;
use serde::{Deserialize, Serialize};
use tsify::Tsify;

/// The tensor that the page's cube shows: that of the Group Normalization paper's walkthroughs.
pub const SHAPE: Shape = Shape { n: 4, c: 6, h: 4, w: 4 };

/// The selected cell at the start: image 0, channel 0, row 1, column 1.
pub const FIRST_SELECTED: Cell = Cell { n: 0, c: 0, k: 5 };

/// Plates narrower than this, in pixels, are laid out for a phone.
const NARROW: f64 = 560.0;

/// The largest unit, in pixels: the cube of a 12-column page.
const MAX_UNIT: f64 = 40.5;

/// The state of the figure.
#[derive(Clone, Debug)]
pub struct Figure {
    tensor: Tensor,
    norm: Norm,
    grouping: Option<Grouping>,
    selected: Cell,
    hovered: Option<Cell>,
    start: Layout,
    goal: Layout,
}

/// All that a painter needs.
#[derive(Clone, PartialEq, Debug, Serialize, Tsify)]
#[serde(rename_all = "camelCase")]
pub struct Drawing {
    /// Of the plate, in pixels.
    pub width: f64,
    /// Of the plate, in pixels.
    pub height: f64,
    /// The columns, the farthest first.
    pub columns: Vec<Column>,
    /// The column in focus as a picture.
    pub pixels: Vec<Pixel>,
    /// Edge of a pixel, in CSS pixels.
    pub pixel_size: f64,
    /// Whether the picture shares a mean with the cell in focus.
    pub picture_member: bool,
    /// What is drawn over the columns.
    pub marks: Vec<Mark>,
    /// Whether the columns stand otherwise than before the last change.
    pub moved: bool,
}

/// The cube of a norm without words, for a tile of the method row.
#[derive(Clone, PartialEq, Debug, Serialize, Tsify)]
#[serde(rename_all = "camelCase")]
pub struct Miniature {
    /// Left, top, width and height, as an SVG `viewBox` has them.
    pub view_box: [f64; 4],
    /// The columns, the farthest first.
    pub columns: Vec<Column>,
}

/// A move of the selected cell, as the arrow keys name it.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize, Tsify)]
#[serde(rename_all = "camelCase")]
pub enum Move {
    /// One value back in the plane.
    Up,
    /// One value on in the plane.
    Down,
    /// One channel on: C runs to the left.
    Left,
    /// One channel back.
    Right,
    /// One image back.
    ImageBack,
    /// One image on: N runs to the right.
    ImageOn,
}

impl Figure {
    /// The figure of a norm.
    ///
    /// # Errors
    /// [`GroupingError`] if the norm does not fit the shape.
    pub fn new(shape: Shape, norm: Norm) -> Result<Self, GroupingError> {
        let grouping = columns_of(norm, shape)?;
        let selected = clamped(shape, FIRST_SELECTED);
        let layout = Layout::new(shape, grouping, selected);
        let (start, goal) = (layout.clone(), layout);
        Ok(Self {
            tensor: Tensor::sample(shape, crate::scene::Scene::default().seed),
            norm,
            grouping,
            selected,
            hovered: None,
            start,
            goal,
        })
    }

    /// Its norm.
    pub fn norm(&self) -> Norm {
        self.norm
    }

    /// Its tensor.
    pub fn tensor(&self) -> &Tensor {
        &self.tensor
    }

    /// The selected cell.
    pub fn selected(&self) -> Cell {
        self.selected
    }

    /// The cell under the pointer, or else the selected one.
    pub fn focus(&self) -> Cell {
        self.hovered.unwrap_or(self.selected)
    }

    /// Takes another norm.
    ///
    /// # Errors
    /// [`GroupingError`] if it does not fit the shape; then nothing changes.
    pub fn set_norm(&mut self, norm: Norm) -> Result<(), GroupingError> {
        self.grouping = columns_of(norm, self.tensor.shape())?;
        self.norm = norm;
        self.hovered = None;
        self.arrange();
        Ok(())
    }

    /// Selects a cell; one outside the tensor counts as the nearest inside.
    pub fn select(&mut self, cell: Cell) {
        self.selected = clamped(self.tensor.shape(), cell);
        self.hovered = None;
        self.arrange();
    }

    /// Brings the cell under the pointer into focus. The columns stay where they are, so that none slips away.
    pub fn hover(&mut self, cell: Option<Cell>) {
        self.hovered = cell.map(|cell| clamped(self.tensor.shape(), cell));
    }

    /// Moves the selected cell.
    pub fn step(&mut self, step: Move) {
        let Cell { n, c, k } = self.selected;
        self.select(match step {
            Move::Up => Cell { n, c, k: k.saturating_sub(1) },
            Move::Down => Cell { n, c, k: k + 1 },
            Move::Left => Cell { n, c: c + 1, k },
            Move::Right => Cell { n, c: c.saturating_sub(1), k },
            Move::ImageBack => Cell { n: n.saturating_sub(1), c, k },
            Move::ImageOn => Cell { n: n + 1, c, k },
        });
    }

    /// The cell seen at a point of the plate when it is drawn `width` wide and at rest.
    pub fn pick(&self, width: f64, point: Point) -> Option<Cell> {
        let plate = Plate::new(self.tensor.shape(), width);
        let block = Block::around(self.grouping, self.focus());
        let view = self.view(&plate, &self.goal, &block);
        plate.picture.pick(view, self.focus(), point).or_else(|| pick::pick(&self.goal, plate.camera, point))
    }

    /// The drawing on a plate of some width, on the way to the present arrangement: `progress` from 0 to 1.
    pub fn draw(&self, width: f64, progress: f64) -> Drawing {
        let plate = Plate::new(self.tensor.shape(), width);
        let layout = self.goal.between(&self.start, progress);
        let at = self.focus();
        let block = Block::around(self.grouping, at);
        let view = self.view(&plate, &layout, &block);
        let mut marks = self.hidden_lines(view);
        marks.extend(selection(view, at));
        marks.extend(axes::axes(view, at, plate.is_narrow.then_some(plate.height), width));
        marks.extend(plate.picture.marks(view, at, plate.is_narrow));
        Drawing {
            width,
            height: plate.height,
            columns: view.columns(&self.tensor),
            pixels: plate.picture.pixels(view, &self.tensor, at),
            pixel_size: plate.picture.pixel,
            picture_member: view.is_member(at.n, at.c),
            marks,
            moved: (&self.start.offset_n, &self.start.offset_c) != (&self.goal.offset_n, &self.goal.offset_c),
        }
    }

    /// The same cube, its groups together and nothing around it; `unit` pixels a step along N or C.
    pub fn miniature(&self, unit: f64) -> Miniature {
        /// Room for the width of a line, in pixels.
        const LINE: f64 = 2.0;
        let shape = self.tensor.shape();
        let layout = Layout::new(shape, None, Cell { n: 0, c: 0, k: 0 });
        let camera = Camera::new(shape, unit, Point { x: 0.0, y: 0.0 });
        let focus = Block::around(self.grouping, self.selected);
        let view = View { layout: &layout, camera, grouping: self.grouping, focus: &focus };
        let (left, right) = (f64::from(shape.c) * COS_30 * unit, f64::from(shape.n) * COS_30 * unit);
        let height = (f64::from(shape.n + shape.c) / 2.0 + COLUMN_HEIGHT) * unit;
        let view_box = [-left - LINE, -height - LINE, left + right + 2.0 * LINE, height + 2.0 * LINE];
        Miniature { view_box, columns: view.columns(&self.tensor) }
    }

    /// Ends a move: what was underway is now where it is.
    pub fn settle(&mut self) {
        self.start = self.goal.clone();
    }

    fn arrange(&mut self) {
        let goal = Layout::new(self.tensor.shape(), self.grouping, self.selected);
        self.start = std::mem::replace(&mut self.goal, goal);
    }

    fn view<'a>(&self, plate: &Plate, layout: &'a Layout, focus: &'a Block) -> View<'a> {
        View { layout, camera: plate.camera, grouping: self.grouping, focus }
    }

    /// Hidden outlines are dashed, as in an engineering drawing: those of the group in focus, and of what is carved away.
    fn hidden_lines(&self, view: View<'_>) -> Vec<Mark> {
        let mut marks = vec![];
        let outline = |first: (u32, u32), last: (u32, u32), with_top: bool| {
            let height = f64::from(view.layout.shape.plane_len());
            let corner = |z, to_n, to_c| {
                let (n, c) = (if to_n { last.0 } else { first.0 }, if to_c { last.1 } else { first.1 });
                view.at(n, c, z, f64::from(u8::from(to_n)), f64::from(u8::from(to_c)))
            };
            let wall = |to_n, to_c| {
                [
                    corner(0., false, false),
                    corner(0., to_n, to_c),
                    corner(height, to_n, to_c),
                    corner(height, false, false),
                ]
            };
            let mut path = Path::default();
            if with_top {
                let tops = [(false, false), (true, false), (true, true), (false, true)];
                path.polygon(&tops.map(|(to_n, to_c)| corner(height, to_n, to_c)));
            }
            path.polygon(&wall(true, false)).polygon(&wall(false, true)).finish()
        };
        let (Block { n, c }, carved) = (view.focus, &view.layout.carved_for);
        if self.grouping.is_some() && !view.focus.contains(0, 0) && carved.is_none() {
            marks.push(Mark::line("ghost", outline((*n.start(), *c.start()), (*n.end(), *c.end()), true)));
        }
        if let Some(Block { n, c }) = carved {
            // The dashed box stops where the block begins, if the block runs through to the front.
            let last_n = if *c.start() == 0 { n.start().saturating_sub(1) } else { *n.end() };
            let last_c = if *n.start() == 0 { c.start().saturating_sub(1) } else { *c.end() };
            marks.push(Mark::line("ghost out", outline((0, 0), (last_n, last_c), false)));
        }
        marks
    }
}

/// Where everything is on a plate of some width.
struct Plate {
    is_narrow: bool,
    height: f64,
    camera: Camera,
    picture: Frame,
}

impl Plate {
    fn new(shape: Shape, width: f64) -> Self {
        let is_narrow = width < NARROW;
        // Room for the names at the sides, and for a group pulled apart on both of its sides.
        let (sides, ground) = (if is_narrow { 56.0 } else { 190.0 }, f64::from(shape.n + shape.c) + 2.0 * PULL);
        let unit = ((width - sides) / (ground * COS_30)).clamp(1.0, MAX_UNIT);
        let (foot, head, least) = if is_narrow { (56.0, 10.0, 0.0) } else { (28.0, 8.0, 507.0_f64) };
        let cube_height = ((ground + 2.0 * PULL) / 2.0 + COLUMN_HEIGHT) * unit;
        let height = (cube_height + foot + head).max(least);
        // The middle of the cube is a little left of the middle of the plate, to make room for the names of N.
        let lean = (f64::from(shape.n) - f64::from(shape.c)) / 2.0 * COS_30 * unit;
        let origin = Point { x: width / 2.0 - lean - if is_narrow { -6.0 } else { 12.0 }, y: height - foot };
        Self { is_narrow, height, camera: Camera::new(shape, unit, origin), picture: Frame::new(is_narrow) }
    }
}

/// The ring around the cell in focus and its star.
fn selection(view: View<'_>, at: Cell) -> Vec<Mark> {
    let (outline, anchor, is_seen) = outline(view, at);
    let d = Path::default().polygon(&outline).finish();
    let radius = (view.camera.row * 0.4).clamp(4.0, 7.0);
    vec![
        Mark::line("ring-halo", d.clone()),
        Mark::line(if is_seen { "ring" } else { "ring buried" }, d),
        Mark::line("star", star(anchor, radius)),
    ]
}

/// The outline of what is seen of a cell, a point of it that nothing hides, and whether there is one at all.
fn outline(view: View<'_>, at: Cell) -> (Vec<Point>, Point, bool) {
    let (n, c) = (at.n, at.c);
    let layout = view.layout;
    // Faces seen through a gap are mostly hidden by the column before them.
    let left = n == 0 || layout.is_carved(n - 1, c);
    let right = c == 0 || layout.is_carved(n, c - 1);
    let above = at.k == 0;
    let is_seen = left || right || above;
    let left = left || !is_seen;
    let top = f64::from(layout.shape.plane_len() - at.k);
    let upper = |dn, dc| view.at(n, c, top, dn, dc);
    let lower = |dn, dc| view.at(n, c, top - 1.0, dn, dc);
    // Once around: over the top from left to right, then back below.
    let corners = [
        (left || above, upper(0., 1.)),
        (above, upper(1., 1.)),
        (!above, upper(0., 0.)),
        (right || above, upper(1., 0.)),
        (right, lower(1., 0.)),
        (above && !right, upper(0., 0.)),
        (left || right, lower(0., 0.)),
        (above && right && !left, upper(0., 0.)),
        (left, lower(0., 1.)),
    ];
    let points = corners.into_iter().filter(|corner| corner.0).map(|corner| corner.1).collect();
    let side = if left {
        Side::Left
    } else if right {
        Side::Right
    } else {
        Side::Top
    };
    let face = view.face(n, c, at.k, side);
    (points, midpoint(face[0], face[2]), is_seen)
}

/// Which columns share a mean.
fn columns_of(norm: Norm, shape: Shape) -> Result<Option<Grouping>, GroupingError> {
    Ok(match norm.recipe(shape)? {
        Some(Recipe::Planes(recipe)) => Some(recipe.grouping),
        Some(Recipe::BatchInstance | Recipe::Switchable) => Some(Grouping::batch(shape)?),
        Some(Recipe::Axes(_)) | None => None,
    })
}

fn clamped(shape: Shape, cell: Cell) -> Cell {
    Cell { n: cell.n.min(shape.n - 1), c: cell.c.min(shape.c - 1), k: cell.k.min(shape.plane_len() - 1) }
}
