// @ts-check
// The Code part as it is loaded: its own wasm, the lines, the errata.

import init from "../pkg/code/blue_cube.js";
import { showCode } from "./code.js";
import { showErrata } from "./errata.js";

/** @param {import("./store.js").Store} store */
export async function showCodePart(store) {
  await init();
  showCode(store);
  showErrata(store);
}
