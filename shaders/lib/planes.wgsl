// What a norm knows about one plane between its reductions and its maps.
// y = scale·(x − origin) + shift
struct PlaneAffine {
    origin: f32,
    scale: f32,
    shift: f32,
}
// Σ dy and Σ dy·(x − origin)
struct PlaneSums {
    dy: f32,
    dy_x: f32,
}
// dx = dy·∂y + x·(x − origin) + one
struct PlanePullback {
    dy: f32,
    x: f32,
    one: f32,
}
