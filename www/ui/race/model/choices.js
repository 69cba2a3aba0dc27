// @ts-check
// The race's settings by name, and numbers that the page shares with the engine: src/training/setup/choices.rs and the constants
// of their types. Written by `UPDATE_CATALOG=1 cargo test --test structure choices::`, which checks it.

/** @typedef {import("../../../pkg/blue_cube.js").Setup} Setup */

/** The data sets, in the order of menus. @type {Record<Setup["data"], string>} */
export const DATA = {
  mnist: "MNIST",
  "fashion-mnist": "Fashion-MNIST",
};

/** The networks, in the order of menus. @type {Record<Setup["net"], string>} */
export const NETS = {
  tutorial: "a tutorial’s net with one convolution",
  "source-d": "a net with two convolutions",
  deep: "a net with eight convolutions",
  "row-rnn": "a recurrent net over 28 rows",
  "row-gru": "a GRU over 28 rows",
};

/** Channels that groups must divide, of each network. @type {Record<Setup["net"], number>} */
export const NET_CHANNELS = {
  tutorial: 10,
  "source-d": 32,
  deep: 16,
  "row-rnn": 64,
  "row-gru": 64,
};

/** Networks with a convolution before every norm, as a run names them. @type {string[]} */
export const CONVOLUTIONAL = ["tutorial", "source-d", "deep"];

/** The optimizers, in the order of menus. @type {Record<Setup["optimizer"], string>} */
export const OPTIMIZERS = {
  adam: "Adam",
  "ams-grad": "AMSGrad",
  sgd: "SGD",
};

/** When the learning rate is lowered, in the order of menus. @type {Record<Setup["plateau"], string>} */
export const SCHEDULES = {
  constant: "constant",
  plateau: "lowered on a plateau",
  keras21: "lowered on a plateau, as in Keras 2.1",
};

/** The engines that can be asked for, in the order of menus. @type {Record<Setup["device"], string>} */
export const ENGINES = {
  auto: "the faster engine",
  gpu: "the GPU",
  cpu: "the CPU",
};

/** Settings in which a run and its repetition may differ: `RunSpec::is_repeat_of`. */
export const FREE_IN_REPEATS = ["device", "seed"];

/** The most lanes that a setup can name. */
export const MAX_NAMED = 8;

/** Rows, and columns, per image. */
export const IMAGE_SIDE = 28;

/** Test images of either data set. */
export const TEST_IMAGES = 10000;
