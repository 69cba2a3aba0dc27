//! Cases of the kernels of a recurrence.

use super::{Case, SIZES, UNWRITTEN, unwritten};
use crate::common::{Data, to_f64};
use blue_cube::kernel::Kernel;
use blue_cube::kernel::relu::LenParams;
use blue_cube::kernel::step_sum::StepParams;

pub(crate) fn tanh() -> Vec<Case> {
    let case = |len: u32| {
        let mut x = Data::new(500).normal(len as usize, 0.0, 4.0);
        // Where exponentials overflow and where they vanish.
        [100.0, -100.0, 1e-6].into_iter().zip(&mut x).for_each(|(extreme, x)| *x = extreme);
        let want = to_f64(&x).into_iter().map(f64::tanh).collect();
        let bound = vec![x, unwritten(len as usize)];
        // WGSL allows an absolute error of 1e-5.
        Case::new(Kernel::Tanh, format!("{len} values"), &LenParams { len }, bound, len).nearly(1, want, 1e-5, 0.0)
    };
    SIZES.into_iter().map(case).collect()
}

pub(crate) fn tanh_backward() -> Vec<Case> {
    let case = |len: u32| {
        let mut data = Data::new(501);
        let (y, dy) = (data.quarters(len as usize, 1), data.quarters(len as usize, 4));
        let want = y.iter().zip(&dy).map(|(&y, &dy)| f64::from(dy) * (1.0 - f64::from(y) * f64::from(y))).collect();
        let bound = vec![y, dy, unwritten(len as usize)];
        Case::new(Kernel::TanhBackward, format!("{len} values"), &LenParams { len }, bound, len).exactly(2, want)
    };
    SIZES.into_iter().map(case).collect()
}

/// Rows, values a row, steps and the step.
const STEPS: [[u32; 4]; 6] = [[1, 1, 1, 0], [3, 5, 4, 0], [3, 5, 4, 2], [7, 9, 3, 2], [2, 64, 28, 27], [65, 32, 2, 1]];

fn places([rows, len, n_steps, step]: [u32; 4]) -> impl Iterator<Item = usize> {
    (0..rows).flat_map(move |row| (0..len).map(move |i| ((row * n_steps + step) * len + i) as usize))
}

pub(crate) fn step_sum() -> Vec<Case> {
    let case = |size: [u32; 4]| {
        let [rows, len, n_steps, step] = size;
        let mut data = Data::new(502);
        let (all, u) = (data.quarters((rows * len * n_steps) as usize, 4), data.quarters((rows * len) as usize, 4));
        let own = places(size).map(|place| f64::from(all[place]));
        let want = own.zip(&u).map(|(own, &u)| if step == 0 { own } else { own + f64::from(u) }).collect();
        let params = StepParams { rows, len, n_steps, step };
        let bound = vec![all, u, unwritten((rows * len) as usize)];
        Case::new(Kernel::StepSum, format!("{size:?}"), &params, bound, rows * len).exactly(2, want)
    };
    STEPS.into_iter().map(case).collect()
}

pub(crate) fn step_stack() -> Vec<Case> {
    let case = |size: [u32; 4]| {
        let [rows, len, n_steps, step] = size;
        let x = Data::new(503).quarters((rows * len) as usize, 4);
        let mut want = vec![f64::from(UNWRITTEN); (rows * len * n_steps) as usize];
        places(size).zip(&x).for_each(|(place, &x)| want[place] = f64::from(x));
        let params = StepParams { rows, len, n_steps, step };
        let bound = vec![x, unwritten((rows * len * n_steps) as usize)];
        Case::new(Kernel::StepStack, format!("{size:?}"), &params, bound, rows * len).exactly(1, want)
    };
    STEPS.into_iter().map(case).collect()
}
