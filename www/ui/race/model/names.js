// @ts-check
// Names of the engines that lanes run on.

import { fixed } from "../../lib/number_text.js";

/** @typedef {import("../../../pkg/blue_cube.js").DeviceInfo} DeviceInfo */

/** @type {Record<DeviceInfo["kind"], string>} */
export const DEVICES = { gpu: "GPU", "gpu-software": "GPU (software)", cpu: "CPU SIMD" };

/** @param {DeviceInfo} device */
export const engine = device => DEVICES[device.kind];

/**
 * How the engine was chosen, as the chip's title.
 * @param {DeviceInfo} device
 */
export const trial = ({ name, trial }) => {
  const times =
    trial &&
    `In a trial a step took ${fixed(trial.cpuMillis, 1)} ms on the CPU and ${fixed(trial.gpuMillis, 1)} ms on the GPU.`;
  return (
    [name, times].filter(Boolean).join(". ") ||
    "There was no trial: this engine was chosen, or it is the only one."
  );
};
