// @ts-check
// How numbers and names of the race are written.

import { rounded } from "./number_text.js";

export { fixed } from "./number_text.js";

/** @typedef {import("../pkg/blue_cube.js").DeviceInfo} DeviceInfo */

/** @type {Record<import("../pkg/blue_cube.js").DataName, string>} */
export const DATA = { "mnist": "MNIST", "fashion-mnist": "Fashion-MNIST" };

const ENGINES = { "gpu": "GPU", "gpu-software": "GPU (software)", "cpu": "CPU SIMD" };

/** @param {number} value */
export const integer = value => Math.round(value).toLocaleString("en").replace(/,/g, "\u2009");

/**
 * @param {number} count
 * @param {string} noun
 */
export const plural = (count, noun) => `${integer(count)} ${noun}${count === 1 ? "" : "s"}`;

/** @param {number} bytes */
export const megabytes = bytes => (bytes / 1e6).toFixed(1);

/**
 * "0:42", "1:03:20".
 * @param {number} seconds
 */
export const clock = seconds => {
  const whole = Math.round(seconds), s = whole % 60, m = Math.floor(whole / 60) % 60, h = Math.floor(whole / 3600);
  const two = (/** @type {number} */ v) => String(v).padStart(2, "0");
  return h ? `${h}:${two(m)}:${two(s)}` : `${m}:${two(s)}`;
};

/** "40 s", "12 min", "3.5 h". @param {number} seconds */
export const duration = seconds => {
  if (seconds < 90) return `${Math.max(1, Math.round(seconds))} s`;
  return seconds < 5400 ? `${Math.round(seconds / 60)} min` : `${(seconds / 3600).toFixed(1)} h`;
};

/** An f32 without the digits that it does not have. @param {number} value */
export const plain = value => String(rounded(value));

/** @param {DeviceInfo} device */
export const engine = device => ENGINES[device.kind];

/**
 * How the engine was chosen, as the chip's title.
 * @param {DeviceInfo} device
 */
export const trial = ({ name, trial }) => {
  const times = trial && `In a trial a step took ${trial.cpuMillis.toFixed(1)} ms on the CPU and ${trial.gpuMillis.toFixed(1)} ms on the GPU.`;
  return [name, times].filter(Boolean).join(". ") || "No trial was made: this engine was asked for, or there is no other.";
};
