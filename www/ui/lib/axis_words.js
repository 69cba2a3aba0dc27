// @ts-check
// What the axes of an array are called, by what is said of them: the rows of AXIS_NOUNS, which Rust writes.

import { AXIS_NOUNS } from "./catalog.js";

/** @typedef {import("../../pkg/blue_cube.js").Layout} Layout */
/** @typedef {import("../../pkg/blue_cube.js").Axis} Axis */

/** The letters of a layout's axes: N, L, C. @param {Layout} layout */
export const lettersOf = layout => [...(layout === "usual" ? "nchw" : layout).toUpperCase()];

/** What one place along an axis is called: "image". @param {Layout} layout @param {Axis} axis */
export const nounOf = (layout, axis) => AXIS_NOUNS[layout][axis] ?? "place";

/** The places of a plane: "H × W", "L", or nothing. @param {Layout} layout */
export const planeOf = layout =>
  lettersOf(layout)
    .filter(letter => "HWL".includes(letter))
    .join(" × ");
