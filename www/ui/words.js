// @ts-check
// How numbers and names are written. All words that scripts put on the page's training part are here or in index.html.

/** @typedef {import("../pkg/blue_cube.js").NormKind} NormKind */
/** @typedef {import("../pkg/blue_cube.js").DeviceInfo} DeviceInfo */

/** What the field of a number of groups holds, and what is said of it, for each norm that has one. @type {Partial<Record<NormKind, [string, string]>>} */
export const COUNTED = {
  "group": ["groups G", "of the network’s 10 channels; the cube has its own G"],
  "ghost-batch": ["images a part", "must divide the batch size"],
  "sync-batch": ["devices", "must divide the batch size; here one machine plays them all"],
};

/** @type {Record<import("../pkg/blue_cube.js").DataName, string>} */
export const DATA = { "mnist": "MNIST", "fashion-mnist": "Fashion-MNIST" };

const ENGINES = { "gpu": "GPU", "gpu-software": "GPU (software)", "cpu": "CPU SIMD" };

/** @param {number} value */
export const integer = value => Math.round(value).toLocaleString("en").replace(/,/g, "\u2009");

/**
 * @param {number} value
 * @param {number} digits
 */
export const fixed = (value, digits) => {
  if (!Number.isFinite(value)) return "not finite";
  const shown = Math.abs(value) < 0.5 * 10 ** -digits ? 0 : value;
  return shown.toFixed(digits).replace("-", "−");
};

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

/**
 * The first sentence of the training.
 * @param {NormKind} norm
 * @param {string} groups as typed
 * @param {keyof typeof DATA} data
 */
export const training = (norm, groups, data) => {
  const layer = {
    none: "no norm", batch: "batch norm over its 10 channels", layer: "layer norm over its 10 channels",
    instance: "instance norm on each of its 10 channels", group: `group norm with its 10 channels in ${groups.trim() === "1" ? "1 group" : `${groups.trim() || "?"} groups`}`,
    "batch-instance": "batch and instance norm mixed by a weight of each of its 10 channels", switchable: "instance, layer and batch norm mixed by weights it learns",
    axes: "layer norm over the 10 channels of each pixel", rms: "RMS norm over its 10 channels",
    "ghost-batch": `batch norm over parts of ${groups.trim() || "?"} images`, "sync-batch": `batch norm over ${groups.trim() || "?"} devices that merge their moments`,
  }[norm];
  return `A small network learns ${DATA[data]} in this page: a 3×3 convolution, ${layer}, then two dense layers.`;
};
