// @ts-check
// Loads the Code part: its own wasm, the lines, the errata.

import init from "../../pkg/code/blue_cube.js";
import { showCode } from "./code.js";
import { integer } from "../lib/format.js";
import { byId } from "../lib/dom.js";
import { showErrata } from "./errata.js";
import { startWasm } from "../lib/wasm.js";

/** @param {import("../lib/store.js").Store} store */
export async function showCodePart(store) {
  const said = byId("walk-progress", HTMLElement);
  await startWasm(init, new URL("../../pkg/code/blue_cube_bg.wasm", import.meta.url), nBytes => {
    said.textContent = `loading, ${integer(nBytes)} bytes so far`;
    said.hidden = false;
  });
  said.hidden = true;
  showCode(store);
  showErrata(store);
}
