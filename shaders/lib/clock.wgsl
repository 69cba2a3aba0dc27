// What changes from step to step; the `tick` kernel advances it.
struct Clock {
    step: u32,
    seed: u32,
    learning_rate: f32,
    beta1_power: f32,
    beta2_power: f32,
}
