import { readFileSync } from "node:fs";
import { initSync } from "blue-cube";
import { program } from "../program.js";

initSync({ module: readFileSync(new URL(import.meta.resolve("blue-cube/blue_cube_bg.wasm"))) });
console.log(await program());
