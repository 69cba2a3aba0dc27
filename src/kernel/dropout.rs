//! y = x/(1 − rate) where the mask keeps the value, else 0. Source: Srivastava et al. 2014, in the inverted form.

use super::tick::Clock;
use super::{Access, Bindings, KernelInfo, Params};
use crate::random::pcg3d;
use bytemuck::{Pod, Zeroable};

/// Of one dropout layer.
#[repr(C)]
#[derive(Clone, Copy, Debug, Pod, Zeroable)]
pub struct DropoutParams {
    /// Values.
    pub len: u32,
    /// Sets the masks of different layers apart.
    pub layer: u32,
    /// rate·2³²: a random word below it drops its value.
    pub threshold: u32,
    /// 1/(1 − rate).
    pub scale: f32,
}

pub(super) const INFO: KernelInfo = KernelInfo {
    label: "dropout",
    wgsl: concat!(
        include_str!("../../shaders/lib/grid.wgsl"),
        include_str!("../../shaders/lib/clock.wgsl"),
        include_str!("../../shaders/lib/random.wgsl"),
        include_str!("../../shaders/dropout.wgsl")
    ),
    bindings: &[Access::Read, Access::Read, Access::ReadWrite],
    reduces: false,
    twin,
};

fn twin(params: &Params, bindings: &Bindings<'_>) {
    let params: DropoutParams = params.get();
    let clock = bindings.read_as::<Clock>(1)[0];
    for ((i, y), x) in (0..).zip(bindings.write(2).iter_mut()).zip(&*bindings.read(0)) {
        let [word, ..] = pcg3d([i, clock.step, clock.seed ^ params.layer]);
        *y = if word >= params.threshold { x * params.scale } else { 0.0 };
    }
}
