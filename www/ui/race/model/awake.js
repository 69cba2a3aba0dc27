// @ts-check
// A GPU that did not answer, was given up, and has answered after all.

/** @import { Failure } from "../../../pkg/blue_cube.js" */
/** @typedef {import("./lane.js").Lane} Lane */

/** What is said when a GPU that was given up, because it did not answer, has answered after all. @type {Failure} */
export const AWAKE = {
  code: "gpu-silent",
  message: "the GPU has answered after all",
  hint: "It took longer than 10 s, as on a busy computer. Nothing is lost if it is used from here on; new lanes may use it by themselves.",
};

/** Whether a lane is on the CPU although it may be on the GPU. @param {Lane} lane */
export const couldUseGpu = ({ device, spec }) => device?.kind === "cpu" && spec.device !== "cpu";
