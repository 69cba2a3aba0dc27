//! Cases of the kernels of a recurrence.

use super::{Case, SIZES, UNWRITTEN, unwritten};
use crate::common::{Data, to_f64};
use blue_cube::kernel::Kernel;
use blue_cube::kernel::gru_step::GruParams;
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

/// Rows and units of a gated layer.
const GRU_SIZES: [[u32; 2]; 5] = [[1, 1], [3, 5], [1, 63], [2, 64], [7, 65]];

/// Each value of the state, and the positions of its three gates.
fn gates([rows, units]: [u32; 2]) -> impl Iterator<Item = (usize, [usize; 3])> {
    let at = move |row: u32, gate: u32, unit: u32| ((row * 3 + gate) * units + unit) as usize;
    let place = move |(row, unit)| ((row * units + unit) as usize, [0, 1, 2].map(|gate| at(row, gate, unit)));
    (0..rows).flat_map(move |row| (0..units).map(move |unit| (row, unit))).map(place)
}

pub(crate) fn gru_step() -> Vec<Case> {
    let case = |size: [u32; 2]| {
        let len = (size[0] * size[1]) as usize;
        let mut data = Data::new(504);
        let (mut a, u) = (data.normal(3 * len, 0.0, 2.0), data.normal(3 * len, 0.0, 2.0));
        // Where exponentials overflow and where they vanish.
        [200.0, -200.0, 100.0].into_iter().zip(&mut a).for_each(|(extreme, a)| *a = extreme);
        let before = data.normal(len, 0.0, 1.0);
        let (mut want_gates, mut want) = (vec![0.0; 3 * len], vec![0.0; len]);
        let sigmoid = |x: f64| 1.0 / (1.0 + (-x).exp());
        for (i, [z_at, r_at, c_at]) in gates(size) {
            let [a_z, a_r, a_c] = [z_at, r_at, c_at].map(|at| f64::from(a[at]));
            let [u_z, u_r, u_c] = [z_at, r_at, c_at].map(|at| f64::from(u[at]));
            let (z, r) = (sigmoid(a_z + u_z), sigmoid(a_r + u_r));
            let c = (a_c + r * u_c).tanh();
            (want_gates[z_at], want_gates[r_at], want_gates[c_at]) = (z, r, c);
            want[i] = z * f64::from(before[i]) + (1.0 - z) * c;
        }
        let params = GruParams { rows: size[0], units: size[1] };
        let bound = vec![a, u, before, unwritten(3 * len), unwritten(len)];
        // WGSL allows tanh an absolute error of 1e-5; h is at most 4 standard deviations times that.
        let case = Case::new(Kernel::GruStep, format!("{size:?}"), &params, bound, len as u32);
        case.nearly(3, want_gates, 1e-5, 0.0).nearly(4, want, 4e-5, 0.0)
    };
    GRU_SIZES.into_iter().map(case).collect()
}

pub(crate) fn gru_step_backward() -> Vec<Case> {
    let case = |size: [u32; 2]| {
        let len = (size[0] * size[1]) as usize;
        let mut data = Data::new(505);
        let u = data.normal(3 * len, 0.0, 2.0);
        let open: Vec<f32> = (0..3 * len).map(|_| data.unit() as f32).collect();
        let [before, direct, product] = [(); 3].map(|()| data.normal(len, 0.0, 1.0));
        let (mut da, mut du, mut dh) = (vec![0.0; 3 * len], vec![0.0; 3 * len], vec![0.0; len]);
        for (i, at) in gates(size) {
            let [z, r, c] = at.map(|at| f64::from(open[at]));
            let of_h = f64::from(direct[i]) + f64::from(product[i]);
            let of_c = of_h * (1.0 - z) * (1.0 - c * c);
            let of_z = of_h * (f64::from(before[i]) - c) * z * (1.0 - z);
            let of_r = of_c * f64::from(u[at[2]]) * r * (1.0 - r);
            at.into_iter().zip([of_z, of_r, of_c]).for_each(|(at, value)| da[at] = value);
            at.into_iter().zip([of_z, of_r, r * of_c]).for_each(|(at, value)| du[at] = value);
            dh[i] = of_h * z;
        }
        let params = GruParams { rows: size[0], units: size[1] };
        let bound = vec![u, open, before, direct, product, unwritten(3 * len), unwritten(3 * len), unwritten(len)];
        // A handful of roundings of products and sums of up to about 10.
        let case = Case::new(Kernel::GruStepBackward, format!("{size:?}"), &params, bound, len as u32);
        case.nearly(5, da, 2e-6, 1e-6).nearly(6, du, 2e-6, 1e-6).nearly(7, dh, 2e-6, 1e-6)
    };
    GRU_SIZES.into_iter().map(case).collect()
}

/// Rows, values per row, steps and the current step.
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
