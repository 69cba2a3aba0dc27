//! TypeScript for types that the page, its worker and the package share and that serde's own description would get
//! wrong.

use wasm_bindgen::prelude::wasm_bindgen;

#[wasm_bindgen(typescript_custom_section)]
const TYPES: &str = r#"
/** An axis of a tensor. */
export type Axis = "n" | "c" | "h" | "w";

/**
 * A normalization. `rho` (one per channel, 0 to 1) and the logits (for instance, layer, batch) are for `normalize` and
 * `normalizeBackward`; a network starts them at 1.
 */
export type Norm =
    | { kind: "none" | "batch" | "layer" | "instance" | "layer2d" }
    | { kind: "group" | "group-rms", groups: number }
    | { kind: "batch-instance", rho?: Float32Array }
    | { kind: "switchable", meanLogits?: [number, number, number], varianceLogits?: [number, number, number] }
    | { kind: "axes" | "rms", axes: Axis[], groups?: number, affine?: "channel" | "reduced" | "scalar" }
    | { kind: "ghost-batch", size: number }
    | { kind: "sync-batch", devices: number };

/** A kind of norm. */
export type NormKind = Norm["kind"];
"#;
