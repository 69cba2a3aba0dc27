// @ts-check
// What the page knows of norms, axes and experiments by name: the rows of src/norms/norm/catalog.rs and of
// src/training/race/experiment/list.rs. Written by `UPDATE_CATALOG=1 cargo test --test structure catalog::`, which checks it: change the rows.

/** @typedef {import("../../pkg/blue_cube.js").Norm} Norm */
/** @typedef {import("../../pkg/blue_cube.js").Axis} Axis */
/** @typedef {import("../../pkg/blue_cube.js").NormKind} NormKind */
/** @typedef {import("../../pkg/blue_cube.js").Layout} Layout */
/** @typedef {import("../../pkg/worker/blue_cube.js").Figure} Figure */

/**
 * @typedef {object} NormRow
 * @property {NormKind} kind
 * @property {string} link the start of its text in links
 * @property {string} short its name on a lane
 * @property {string} name its name in a sentence
 * @property {string} title its name among norms
 * @property {Norm} first the norm with the numbers it has when it is chosen by name
 * @property {"" | "groups" | "size" | "devices" | "axes"} number its number in JSON
 * @property {"" | Axis} divides the axis whose length the number must divide
 * @property {boolean} keepsRunning whether evaluation takes running statistics
 * @property {"nothing" | "results" | "moments"} mixes
 * @property {boolean} isInRow whether the method row has a cube of it
 * @property {string} token its colour is the custom property `--lane-TOKEN`
 * @property {string} dash of its lane's line
 * @property {string} paper
 * @property {string} arxiv
 * @property {string} worth what it is good for, and where it fails
 */

/** Every norm, in the order of menus. @type {NormRow[]} */
export const NORMS = [
  {
    kind: "none",
    link: "none",
    short: "none",
    name: "No norm",
    title: "No",
    first: { kind: "none" },
    number: "",
    divides: "",
    keepsRunning: false,
    mixes: "nothing",
    isInRow: false,
    token: "none",
    dash: "1 4",
    paper: "",
    arxiv: "",
    worth:
      "Nothing is computed, and nothing keeps the scale of deep layers stable. Shallow nets do well without a norm, and so do some deep ones with careful initialization.",
  },
  {
    kind: "batch",
    link: "bn",
    short: "BN",
    name: "Batch norm",
    title: "Batch",
    first: { kind: "batch" },
    number: "",
    divides: "",
    keepsRunning: true,
    mixes: "nothing",
    isInRow: true,
    token: "bn",
    dash: "",
    paper: "Ioffe, Szegedy 2015, Batch Normalization",
    arxiv: "1502.03167",
    worth:
      "The strongest with large batches of similar images: batch noise regularizes, and for inference it folds into the convolution before it. With few images per batch its means are poor, and training and evaluation diverge.",
  },
  {
    kind: "layer",
    link: "ln",
    short: "LN",
    name: "Layer norm",
    title: "Layer",
    first: { kind: "layer" },
    number: "",
    divides: "",
    keepsRunning: false,
    mixes: "nothing",
    isInRow: true,
    token: "ln",
    dash: "11 3",
    paper: "Ba, Kiros, Hinton 2016, Layer Normalization",
    arxiv: "1607.06450",
    worth:
      "The same at every batch size and in evaluation: the norm of recurrent nets and transformers. On feature maps, strong channels drown out weak ones.",
  },
  {
    kind: "instance",
    link: "in",
    short: "IN",
    name: "Instance norm",
    title: "Instance",
    first: { kind: "instance" },
    number: "",
    divides: "",
    keepsRunning: false,
    mixes: "nothing",
    isInRow: true,
    token: "in",
    dash: "5 3",
    paper: "Ulyanov, Vedaldi, Lempitsky 2016, Instance Normalization",
    arxiv: "1607.08022",
    worth:
      "Removes contrast and brightness from each channel, which is good for removing style, as in style transfer. Where a channel’s strength carries information, classification suffers.",
  },
  {
    kind: "group",
    link: "gn",
    short: "GN",
    name: "Group norm",
    title: "Group",
    first: { groups: 2, kind: "group" },
    number: "groups",
    divides: "c",
    keepsRunning: false,
    mixes: "nothing",
    isInRow: true,
    token: "gn",
    dash: "",
    paper: "Wu, He 2018, Group Normalization",
    arxiv: "1803.08494",
    worth:
      "Independent of the batch: it trains equally well with 2 images and with 32. With large batches, batch norm is still slightly better, and G is one more number to choose.",
  },
  {
    kind: "batch-instance",
    link: "bin",
    short: "BIN",
    name: "Batch-instance norm",
    title: "Batch-instance",
    first: { kind: "batch-instance" },
    number: "",
    divides: "",
    keepsRunning: true,
    mixes: "results",
    isInRow: true,
    token: "bin",
    dash: "9 3 2 3",
    paper: "Nam, Kim 2018, Batch-Instance Normalization",
    arxiv: "1805.07925",
    worth:
      "Learns for each channel how much style to keep, so it can help where instance norm removes too much. Its batch half needs batches, and running averages in evaluation.",
  },
  {
    kind: "switchable",
    link: "sn",
    short: "SN",
    name: "Switchable norm",
    title: "Switchable",
    first: { kind: "switchable" },
    number: "",
    divides: "",
    keepsRunning: true,
    mixes: "moments",
    isInRow: true,
    token: "sn",
    dash: "2.5 2.5",
    paper: "Luo et al. 2019, Differentiable Learning-to-Normalize",
    arxiv: "1806.10779",
    worth:
      "Learns which moments to trust, and relies less on the batch when batches are small. Three sets of moments cost time, and the batch’s share still needs running averages.",
  },
  {
    kind: "axes",
    link: "axes",
    short: "over",
    name: "A norm over axes",
    title: "A norm over axes",
    first: { axes: ["c"], kind: "axes" },
    number: "axes",
    divides: "c",
    keepsRunning: false,
    mixes: "nothing",
    isInRow: false,
    token: "ln",
    dash: "7 3 2 3",
    paper: "Ba, Kiros, Hinton 2016, Layer Normalization",
    arxiv: "1607.06450",
    worth:
      "What library calls compute when given axes: over C alone, each pixel is normalized separately. It is easily mistaken for the figure’s layer norm.",
  },
  {
    kind: "rms",
    link: "rms",
    short: "RMS",
    name: "RMS norm",
    title: "RMS",
    first: { axes: ["c", "h", "w"], kind: "rms" },
    number: "axes",
    divides: "c",
    keepsRunning: false,
    mixes: "nothing",
    isInRow: false,
    token: "ln",
    dash: "2 3",
    paper: "Zhang, Sennrich 2019, Root Mean Square Layer Normalization",
    arxiv: "1910.07467",
    worth: "Cheaper than layer norm, and as good in large language models. It does not remove an offset.",
  },
  {
    kind: "ghost-batch",
    link: "ghost",
    short: "ghost",
    name: "Ghost batch norm",
    title: "Ghost batch",
    first: { kind: "ghost-batch", size: 2 },
    number: "size",
    divides: "n",
    keepsRunning: true,
    mixes: "nothing",
    isInRow: false,
    token: "bn",
    dash: "9 3",
    paper: "Hoffer, Hubara, Soudry 2017, Train Longer, Generalize Better",
    arxiv: "1705.08741",
    worth:
      "Keeps a small batch’s noise when batches are large. Its means are noisier than those of the whole batch.",
  },
  {
    kind: "sync-batch",
    link: "sync",
    short: "sync",
    name: "Sync batch norm",
    title: "Sync batch",
    first: { devices: 2, kind: "sync-batch" },
    number: "devices",
    divides: "n",
    keepsRunning: true,
    mixes: "nothing",
    isInRow: false,
    token: "bn",
    dash: "4 3",
    paper: "Peng et al. 2018, MegDet",
    arxiv: "1711.07240",
    worth:
      "The same means as batch norm even when each device holds few images. Every layer waits for every device, forward and backward.",
  },
  {
    kind: "layer2d",
    link: "ln2d",
    short: "LN 2d",
    name: "Per-pixel layer norm",
    title: "Per-pixel layer",
    first: { kind: "layer2d" },
    number: "",
    divides: "",
    keepsRunning: false,
    mixes: "nothing",
    isInRow: false,
    token: "ln",
    dash: "4 2",
    paper: "Liu et al. 2022, A ConvNet for the 2020s",
    arxiv: "2201.03545",
    worth:
      "The norm of ConvNeXt: each pixel separately, so that no position affects another, and the same in evaluation. With few channels, its means cover few values.",
  },
  {
    kind: "group-rms",
    link: "grms",
    short: "GRMS",
    name: "Group RMS norm",
    title: "Group RMS",
    first: { groups: 2, kind: "group-rms" },
    number: "groups",
    divides: "c",
    keepsRunning: false,
    mixes: "nothing",
    isInRow: false,
    token: "gn",
    dash: "3 2",
    paper: "Zhang, Sennrich 2019, Root Mean Square Layer Normalization",
    arxiv: "1910.07467",
    worth:
      "Group norm without its means: cheaper, and just as independent of the batch. It does not remove an offset, and G is one more number to choose.",
  },
];

/** The axes, outermost first. @type {Axis[]} */
export const AXES = ["n", "c", "h", "w"];

/** What one place along each axis of an array is called, and one of a plane, by what is said of its axes; only those that it has. @type {Record<Layout, Partial<Record<Axis, string>> & { spot: string }>} */
export const AXIS_NOUNS = {
  usual: { n: "image", c: "channel", h: "row", w: "column", spot: "pixel" },
  nchw: { n: "image", c: "channel", h: "row", w: "column", spot: "pixel" },
  nhwc: { n: "image", c: "channel", h: "row", w: "column", spot: "pixel" },
  chw: { c: "channel", h: "row", w: "column", spot: "pixel" },
  hwc: { c: "channel", h: "row", w: "column", spot: "pixel" },
  nhw: { n: "image", h: "row", w: "column", spot: "pixel" },
  nlc: { n: "example", c: "channel", w: "position", spot: "position" },
  ncl: { n: "example", c: "channel", w: "position", spot: "position" },
  nc: { n: "example", c: "channel", spot: "value" },
  cl: { c: "channel", w: "position", spot: "position" },
  hw: { h: "row", w: "column", spot: "pixel" },
  nw: { n: "example", w: "column", spot: "column" },
  w: { w: "column", spot: "column" },
  c: { c: "channel", spot: "value" },
};

/** The most bytes that a file of arrays may have, or unpack to. */
export const MAX_FILE_BYTES = 268435456;

/** The sources’ experiments, in the order of the menu; those of several hours open in their quick form. */
export const EXPERIMENTS = [
  { name: "A-gn5", title: "the tutorial’s net, trained with it", opensQuick: false },
  { name: "A-testset", title: "the tutorial trains on its test set", opensQuick: false },
  { name: "D-bs1", title: "a notebook’s race at batch size 1", opensQuick: true },
  { name: "D-amsgrad1", title: "its group norm by AMSGrad, batch 1", opensQuick: true },
  { name: "D-amsgrad128", title: "and batch 128", opensQuick: true },
  { name: "B-smallbatch", title: "batch norm wants large batches", opensQuick: true },
  { name: "B-rate", title: "normalized nets bear higher rates", opensQuick: true },
  { name: "B-rnn", title: "norms in a recurrent net", opensQuick: true },
  { name: "B-bin", title: "batch-instance norm learns its ρ", opensQuick: true },
  { name: "B-switch", title: "switchable norm learns its weights", opensQuick: true },
];

/** The figures of an epoch by their names in JSON, in the order of tables. @type {Record<Figure, string>} */
export const FIGURES = {
  "train-loss": "training loss",
  "train-accuracy": "training accuracy",
  "test-loss": "test loss",
  "test-accuracy": "test accuracy",
  "test-accuracy-by-batch": "test accuracy by batch",
  "batch-weight": "weight of the batch’s statistics",
  rho: "ρ",
};

/** Digits after the point of a figure. */
export const FIGURE_DIGITS = 4;
