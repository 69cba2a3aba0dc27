// The pullback of every plane and the gradients of γ and β, from the moments and the plane sums.
// The first n_groups invocations each process a group, the next C each a channel.
// groups: [n_groups] Moments, read.  sums: [N·C] PlaneSums, read.  affine: [2, C] f32, γ then β, read.
// pullbacks: [N·C] PlanePullback, written.  daffine: [2, C] f32, dγ then dβ, written.
// Twin: src/kernel/fold_backward.rs
struct Params {
    grouping: Grouping,
    epsilon: f32,
    own_moments: u32,
}
@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> groups: array<Moments>;
@group(0) @binding(2) var<storage, read> sums: array<PlaneSums>;
@group(0) @binding(3) var<storage, read> affine: array<f32>;
@group(0) @binding(4) var<storage, read_write> pullbacks: array<PlanePullback>;
@group(0) @binding(5) var<storage, read_write> daffine: array<f32>;

// Σ dy·(x − mean), from the sum about the origin.
fn about_mean(sums: PlaneSums, moments: Moments) -> f32 {
    return sums.dy_x - moments.offset * sums.dy;
}

fn pull_back_group(group: u32) {
    let moments = groups[group];
    let rstd = rstd(moments, params.epsilon);
    // Σ g and Σ g·x̂ with g = rstd·γ·dy, except for one factor rstd in the second.
    var g = 0.0;
    var g_xhat = 0.0;
    for (var i = 0u; i < select(0u, group_len(params.grouping), params.own_moments == 1u); i++) {
        let plane = member(params.grouping, group, i);
        // Uses the very factor that dy gets below, so that a group of one value has a gradient of 0.
        let scale = rstd * affine[plane % params.grouping.c];
        g += scale * sums[plane].dy;
        g_xhat += scale * about_mean(sums[plane], moments);
    }
    for (var i = 0u; i < group_len(params.grouping); i++) {
        let plane = member(params.grouping, group, i);
        let gamma = affine[plane % params.grouping.c];
        let x = -rstd * rstd * g_xhat / moments.count;
        pullbacks[plane] = PlanePullback(rstd * gamma, x, -g / moments.count - x * moments.offset);
    }
}

fn sum_channel(channel: u32) {
    var dgamma = 0.0;
    var dbeta = 0.0;
    for (var n = 0u; n < params.grouping.n; n++) {
        let plane = n * params.grouping.c + channel;
        let moments = groups[group_of(params.grouping, plane)];
        dgamma += rstd(moments, params.epsilon) * about_mean(sums[plane], moments);
        dbeta += sums[plane].dy;
    }
    daffine[channel] = dgamma;
    daffine[params.grouping.c + channel] = dbeta;
}

@compute @workgroup_size(WG_SIZE)
fn main(
    @builtin(workgroup_id) workgroup: vec3<u32>,
    @builtin(num_workgroups) n_workgroups: vec3<u32>,
    @builtin(local_invocation_index) local: u32,
) {
    let i = invocation_of(workgroup, n_workgroups, local);
    let n_groups = n_groups(params.grouping);
    if i < n_groups {
        pull_back_group(i);
    } else if i < n_groups + params.grouping.c {
        sum_channel(i - n_groups);
    }
}
