// @ts-check
// What every consumer in a browser starts: the page's title reports the outcome.
import init from "blue-cube";
import { program } from "./program.js";

try {
  await init();
  document.title = `done: ${await program()}`;
} catch (error) {
  document.title = `failed: ${error}`;
}
