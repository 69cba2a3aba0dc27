//! The moments of the boxes of values that share a mean, computed once for a tensor and a method.
//!
//! They take less memory than the tensor and little work to keep up to date, whatever the shape: boxes of few values
//! have no entry and are computed when they are asked for, and boxes of many values are kept in blocks, of which a poke
//! changes one.

use super::pace::{Pace, at_once};
use super::tensor::{Dials, Tensor};
use super::values::{Poked, box_recipe};
use crate::figure::scene::{Method, Scene};
use crate::norms::grouping::GroupingError;
use crate::norms::grouping::tiling::Tiling;
use crate::norms::moments::Moments;
use crate::norms::norm::catalog::Mixes;
use arrayvec::ArrayVec;
use std::cell::RefCell;
use std::rc::{Rc, Weak};

/// Boxes with fewer values have no entry.
const LEAST_KEPT: u32 = 16;

/// Boxes and blocks whose deviation is at least this many times the rounding of their values are seen through the dials by
/// their moments alone: what rounding moves then is beyond the digits that the page prints.
const LEAST_DEVIATION: f32 = 65_536.0;

/// Most values in a block.
const BLOCK_LEN: u32 = 4096;

/// The moments of every box of the partitions that a method takes means over.
#[derive(Debug)]
pub struct Reductions {
    /// The tensor.
    pub tensor: Rc<Tensor>,
    /// How a value depends on its boxes.
    pub kind: Kind,
    /// One per partition, as in [`Method::tilings`].
    pub tables: ArrayVec<Table, 3>,
    /// Those of the tensor before the dials, kept for the next turn of a dial.
    _plain: Option<Rc<Self>>,
}

/// How x̂ follows from the moments of a value's boxes.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Kind {
    /// There is no norm.
    Nothing,
    /// One box of whole planes.
    Planes,
    /// Two, of whole planes: x̂ is a mixture.
    BatchInstance,
    /// Three, of whole planes: the moments are mixed.
    Switchable,
    /// One box, which may cut planes.
    Boxes,
}

/// The moments of the boxes of one partition.
#[derive(Debug)]
pub struct Table {
    tiling: Tiling,
    /// If not, the mean is 0 and the variance the mean square.
    centers: bool,
    cut: Cut,
    /// Of every box, about its mean, or none if boxes are small.
    boxes: Vec<Moments>,
    /// Of the blocks of every box, or none if a box is one block.
    blocks: Vec<Moments>,
}

/// How a box is cut into blocks: it consists of runs of neighbouring values; a long run is several blocks, and short
/// runs together are one, in a row if they are very short.
#[derive(Clone, Copy, Debug)]
struct Cut {
    run_len: u32,
    piece_len: u32,
    pieces_per_run: u32,
    pieces_per_block: u32,
    n_pieces: u32,
    n_blocks: u32,
}

thread_local! {
    /// The reductions in use, which the cube and the ledger share.
    static KEPT: RefCell<Vec<(Method, Weak<Reductions>)>> = const { RefCell::new(vec![]) };
}

impl Reductions {
    /// Returns the reductions of a tensor for a scene's method, computed unless they are in use already.
    ///
    /// # Errors
    /// [`GroupingError`] if the method does not fit the shape.
    pub fn of(scene: &Scene, tensor: &Rc<Tensor>) -> Result<Rc<Self>, GroupingError> {
        at_once(Self::at(scene, tensor, &Pace::endless()))
    }

    /// Like [`Reductions::of`], in slices.
    ///
    /// # Errors
    /// [`GroupingError`] if the method does not fit the shape.
    pub async fn at(scene: &Scene, tensor: &Rc<Tensor>, pace: &Pace) -> Result<Rc<Self>, GroupingError> {
        let plain = match tensor.dials() {
            Some(dials) => Some(Self::at_plain(scene, &dials.plain, None, pace).await?),
            None => None,
        };
        Self::at_plain(scene, tensor, plain, pace).await
    }

    /// Of a tensor, given those of the tensor before its dials, if it has any.
    async fn at_plain(
        scene: &Scene,
        tensor: &Rc<Tensor>,
        plain: Option<Rc<Self>>,
        pace: &Pace,
    ) -> Result<Rc<Self>, GroupingError> {
        let kept = KEPT.with_borrow_mut(|kept| {
            kept.retain(|(_, reductions)| reductions.strong_count() > 0);
            let of_method = kept.iter().filter(|(method, _)| *method == scene.method);
            of_method.filter_map(|(_, reductions)| reductions.upgrade()).find(|kept| Rc::ptr_eq(&kept.tensor, tensor))
        });
        if let Some(kept) = kept {
            return Ok(kept);
        }
        let (kind, centers) = kind_of(scene)?;
        let mut tables = ArrayVec::new();
        for (place, tiling) in scene.method.tilings(scene.shape)?.into_iter().enumerate() {
            let before = plain.as_ref().zip(tensor.dials()).map(|(plain, dials)| (&plain.tables[place], dials));
            tables.push(Table::at_pace(tensor, tiling, centers, before, pace).await);
        }
        let made = Rc::new(Self { tensor: Rc::clone(tensor), kind, tables, _plain: plain });
        KEPT.with_borrow_mut(|kept| kept.push((scene.method, Rc::downgrade(&made))));
        Ok(made)
    }
}

/// What a scene's method does with its boxes, and whether it subtracts the mean.
fn kind_of(scene: &Scene) -> Result<(Kind, bool), GroupingError> {
    if let Some((_, centers)) = box_recipe(scene)? {
        return Ok((Kind::Boxes, centers));
    }
    let kind = match scene.method {
        Method::Own(_) => Kind::Planes,
        Method::Norm(norm) => match norm.kind().mixes() {
            Mixes::Results => Kind::BatchInstance,
            Mixes::Moments => Kind::Switchable,
            Mixes::Nothing if norm.recipe(scene.shape)?.is_none() => Kind::Nothing,
            Mixes::Nothing => Kind::Planes,
        },
    };
    Ok((kind, true))
}

impl Table {
    /// Computes the moments of every box of a partition of a tensor.
    pub fn of(tensor: &Tensor, tiling: Tiling, centers: bool) -> Self {
        at_once(Self::at_pace(tensor, tiling, centers, None, &Pace::endless()))
    }

    /// Like [`Table::of`], in slices; `before` is the table of the tensor before its dials, and the dials.
    pub async fn at_pace(
        tensor: &Tensor,
        tiling: Tiling,
        centers: bool,
        before: Option<(&Self, &Dials)>,
        pace: &Pace,
    ) -> Self {
        let cut = Cut::of(tiling);
        let x = Poked { tensor, poke: None };
        let mut table = Self { tiling, centers, cut, boxes: vec![], blocks: vec![] };
        if cut.n_blocks > 1 {
            table.blocks.reserve_exact((tiling.n_tiles() * cut.n_blocks) as usize);
            for entry in 0..tiling.n_tiles() * cut.n_blocks {
                let seen = before.and_then(|(before, dials)| through(dials, before.blocks[entry as usize]));
                let visited = if seen.is_some() { 1 } else { cut.pieces_per_block * cut.piece_len };
                let moments = seen.unwrap_or_else(|| table.block(x, entry / cut.n_blocks, entry % cut.n_blocks));
                table.blocks.push(moments);
                pace.count(visited).await;
            }
        }
        if tiling.tile_len() >= LEAST_KEPT {
            table.boxes.reserve_exact(tiling.n_tiles() as usize);
            for tile_idx in 0..tiling.n_tiles() {
                // Boxes of several blocks are merged from them.
                let before = before.filter(|_| cut.n_blocks == 1);
                let seen = before.and_then(|(before, dials)| through(dials, before.boxes[tile_idx as usize]));
                let visited = match (&seen, cut.n_blocks) {
                    (Some(_), _) => 1,
                    (None, 1) => tiling.tile_len(),
                    (None, n_blocks) => n_blocks,
                };
                table.boxes.push(seen.unwrap_or_else(|| table.plain(x, tile_idx, None)));
                pace.count(visited).await;
            }
        }
        table
    }

    /// The partition.
    pub fn tiling(&self) -> Tiling {
        self.tiling
    }

    /// The moments of a box; `x` is the tensor that the table was made of.
    pub fn at(&self, x: Poked<'_>, tile_idx: u32) -> Moments {
        self.settle(self.centred(x, tile_idx))
    }

    /// The mean of a box, also where it is not subtracted.
    pub fn mean(&self, x: Poked<'_>, tile_idx: u32) -> f32 {
        self.centred(x, tile_idx).mean()
    }

    fn centred(&self, x: Poked<'_>, tile_idx: u32) -> Moments {
        self.boxes.get(tile_idx as usize).copied().unwrap_or_else(|| self.plain(x, tile_idx, None))
    }

    /// The number of the box of the value at `index`, and its moments about its mean with the poke of `x`, which is of
    /// that value.
    pub fn renewed(&self, x: Poked<'_>, index: u32) -> (u32, Moments) {
        let (tile_idx, member_idx) = self.tiling.position(index);
        (tile_idx, self.plain(x, tile_idx, Some(self.cut.block_of(member_idx))))
    }

    /// Moments about the mean as the norm takes them: about 0 if it subtracts no mean.
    pub fn settle(&self, moments: Moments) -> Moments {
        if self.centers {
            return moments;
        }
        let m2 = moments.m2 + moments.count * moments.mean() * moments.mean();
        Moments { count: moments.count, origin: 0.0, offset: 0.0, m2 }
    }

    /// The moments of a box about its mean, from its blocks; `changed` is the block whose entry does not hold.
    fn plain(&self, x: Poked<'_>, tile_idx: u32, changed: Option<u32>) -> Moments {
        let of_tile = self.blocks.get((tile_idx * self.cut.n_blocks) as usize..);
        let block = |block_idx: u32| match of_tile.and_then(|blocks| blocks.get(block_idx as usize)) {
            Some(&kept) if changed != Some(block_idx) => kept,
            Some(_) | None => self.block(x, tile_idx, block_idx),
        };
        Moments::merge_tree(self.cut.n_blocks, &block)
    }

    fn block(&self, x: Poked<'_>, tile_idx: u32, block_idx: u32) -> Moments {
        let Cut { run_len, piece_len, pieces_per_run, pieces_per_block, n_pieces, .. } = self.cut;
        let first = block_idx * pieces_per_block;
        let n_pieces = pieces_per_block.min(n_pieces - first);
        if run_len < LEAST_KEPT {
            let mut values = ArrayVec::<f32, { BLOCK_LEN as usize }>::new();
            for run in first..first + n_pieces {
                values.extend(x.run(self.tiling.member(tile_idx, run * run_len), run_len).iter().copied());
            }
            return Moments::of(&values);
        }
        let piece = |piece_idx: u32| {
            let (run, part) = ((first + piece_idx) / pieces_per_run, (first + piece_idx) % pieces_per_run);
            let start = part * piece_len;
            let len = piece_len.min(run_len - start);
            Moments::of(&x.run(self.tiling.member(tile_idx, run * run_len + start), len))
        };
        Moments::merge_tree(n_pieces, &piece)
    }
}

/// The moments of values seen through the dials, by algebra: mean a·m + b, variance a²·v; nothing where the rounding of
/// a·x + b could be seen next to it.
///
/// Equal values stay equal: they are rounded as their mean is.
fn through(dials: &Dials, x: Moments) -> Option<Moments> {
    let Dials { contrast, brightness, .. } = *dials;
    let origin = dials.of(x.origin);
    if x.m2 == 0.0 && x.offset == 0.0 {
        return Some(Moments { origin, ..x });
    }
    let m2 = contrast * contrast * x.m2;
    // No value is farther from the mean than the root of all squares.
    let most = (contrast * x.mean()).abs() + brightness.abs() + m2.sqrt();
    let rounding = most * f32::EPSILON;
    let exact = f64::from(contrast) * f64::from(x.origin) + f64::from(brightness);
    let offset = contrast * x.offset + (exact - f64::from(origin)) as f32;
    ((m2 / x.count).sqrt() >= LEAST_DEVIATION * rounding).then_some(Moments { count: x.count, origin, offset, m2 })
}

impl Cut {
    fn of(tiling: Tiling) -> Self {
        let [_, channels, rows, columns] = tiling.spans();
        let [.., height, width] = tiling.lengths();
        // Whole planes and whole rows are contiguous in memory, and so are neighbouring channels. Those are joined only
        // where planes are short: elsewhere moments are merged plane by plane, as in the engine.
        let run_len = match (columns == width, rows == height) {
            (true, true) if rows * columns < LEAST_KEPT => channels * rows * columns,
            (true, true) => rows * columns,
            _ => columns,
        };
        let pieces_per_run = run_len.div_ceil(BLOCK_LEN);
        let piece_len = run_len.div_ceil(pieces_per_run);
        let n_pieces = tiling.tile_len() / run_len * pieces_per_run;
        let pieces_per_block = (BLOCK_LEN / piece_len).clamp(1, n_pieces);
        let n_blocks = n_pieces.div_ceil(pieces_per_block);
        Self { run_len, piece_len, pieces_per_run, pieces_per_block, n_pieces, n_blocks }
    }

    /// The block that holds a member of a box.
    fn block_of(self, member_idx: u32) -> u32 {
        let (run, at) = (member_idx / self.run_len, member_idx % self.run_len);
        (run * self.pieces_per_run + at / self.piece_len) / self.pieces_per_block
    }
}
