// A grid of invocations over a list of items. It may need two dimensions, since each holds at most 65,535 workgroups.
const WG_SIZE: u32 = 64u;

fn invocation_of(workgroup: vec3<u32>, n_workgroups: vec3<u32>, local: u32) -> u32 {
    return (workgroup.y * n_workgroups.x + workgroup.x) * WG_SIZE + local;
}
