// Three independent random words from three counters. Source: Jarzynski, Olano, JCGT 2020, listing pcg3d.
fn pcg3d(counters: vec3<u32>) -> vec3<u32> {
    var v = counters * 1664525u + 1013904223u;
    v.x += v.y * v.z;
    v.y += v.z * v.x;
    v.z += v.x * v.y;
    v ^= v >> vec3<u32>(16u);
    v.x += v.y * v.z;
    v.y += v.z * v.x;
    v.z += v.x * v.y;
    return v;
}
