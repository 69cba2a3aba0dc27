// @ts-check
// The bench page: offers our items to a driver as `window.normBench` and, when opened by hand, times them against plain
// JavaScript and shows a table. The contract with drivers is in the README.
import { allItems, measure } from "./bench_items.js";
import { NORMS } from "./ui/lib/catalog.js";

/** @import { Arrays, Examples, Row, Spec } from "./bench_items.js" */

/** Group norm's number of groups on the tensors, and in the tutorial net. */
const TENSOR_GROUPS = 4;
const MODEL_GROUPS = 5;

const device = new URLSearchParams(location.search).get("device") === "gpu" ? "gpu" : "cpu";
/** Whether a driver has taken over: the page's own run ends then. */
let isDriven = navigator.webdriver;

/** @param {string} name @param {number} groups @returns {import("./pkg/bench/blue_cube.js").Norm} */
function normOf(name, groups) {
  const row = NORMS.find(({ link }) => link === name);
  if (!row) throw new Error("not offered");
  return "groups" in row.first ? { ...row.first, groups } : row.first;
}

/** @param {Spec} spec @param {Arrays | Examples} data of the kind that the spec needs */
async function create(spec, data) {
  const { NormBenchItem } = await library;
  switch (spec.kind) {
    case "moments":
    case "fwd":
    case "fwdbwd": {
      const [n, c, h, w] = spec.shape;
      const norm = normOf(spec.norm, TENSOR_GROUPS);
      return NormBenchItem.create(
        { kind: spec.kind, norm, shape: [n, c, h, w] },
        device,
        /** @type {Arrays} */ (data),
      );
    }
    case "gemm": {
      const [m, k, n] = spec.dims;
      return NormBenchItem.create({ kind: "gemm", dims: [m, k, n] }, device, /** @type {Arrays} */ (data));
    }
    case "train":
      return createTrainer(normOf(spec.norm, MODEL_GROUPS), spec.batch, /** @type {Examples} */ (data));
    default:
      throw new Error("not offered");
  }
}

/** @param {import("./pkg/bench/blue_cube.js").Norm} norm @param {number} batch @param {Examples} data */
async function createTrainer(norm, batch, { images, labels, count }) {
  const { NormBenchTrainer } = await library;
  const trainer = await NormBenchTrainer.create(
    norm,
    batch,
    device,
    images.subarray(0, 784 * count),
    Uint8Array.from(labels.subarray(0, count)),
  );
  return {
    /** @param {number} reps */
    run: reps => trainer.run(reps),
    check: async () => ({}),
    loss: async () => trainer.loss(),
    /** @param {Float32Array} images @param {Uint8Array} labels */
    accuracy: (images, labels) => trainer.accuracy(images, Uint8Array.from(labels)),
    free: () => trainer.free(),
  };
}

async function describe() {
  if (device === "cpu") return { backend: "cpu-simd", adapter: "", threads: 1 };
  const adapter = await navigator.gpu?.requestAdapter();
  if (!adapter) throw new Error("there is no WebGPU adapter");
  const { vendor, architecture, description } = adapter.info;
  return {
    backend: "webgpu",
    adapter: [vendor, architecture, description].filter(Boolean).join(" "),
    threads: 1,
  };
}

/** The wasm with the bench items in it, which `cargo xtask bench` and `cargo xtask build` build next to the page's. */
const library = import("./pkg/bench/blue_cube.js").then(async module => {
  await module.default({ module_or_path: new URL("./pkg/bench/blue_cube_bg.wasm", import.meta.url) });
  return module;
});
const ready = library.then(describe);

const normBench = {
  name: "blue-cube",
  async init() {
    isDriven = true;
    return ready;
  },
  create,
};

/**
 * Times every item whose name contains `part`; see `Row`.
 *
 * @param {string} [part]
 * @param {(row: Row, done: number, total: number) => void} [onRow]
 * @returns {Promise<Row[]>}
 */
async function table(part = "", onRow = () => {}) {
  await ready;
  const rows = [];
  const items = allItems().filter(([name]) => name.includes(part));
  for (const [name, spec] of items) {
    rows.push(await measure({ create }, name, spec));
    onRow(rows[rows.length - 1], rows.length, items.length);
    // Lets the page paint and respond between items.
    await new Promise(resolve => setTimeout(resolve));
  }
  return rows;
}

Object.assign(window, { normBench, normBenchReady: ready, normBenchTable: table });

/** @param {number | null} value @param {(value: number) => string} format */
const shown = (value, format) => (value === null ? "" : format(value));

/** @param {Row} row */
function addRow(row) {
  const cells = [
    row.name,
    row.ours.toPrecision(3),
    shown(row.plain, millis => millis.toPrecision(3)),
    shown(row.ratio, ratio => `${ratio.toFixed(1)}×`),
    shown(row.error, error => error.toExponential(0)),
  ];
  const line = element("rows").appendChild(document.createElement("tr"));
  for (const cell of cells) line.appendChild(document.createElement("td")).textContent = cell;
}

/** @param {string} id */
function element(id) {
  const found = document.getElementById(id);
  if (!found) throw new Error(`the page has no ${id}`);
  return found;
}

async function runByHand() {
  const status = element("status");
  try {
    const { backend, adapter } = await ready;
    element("engine").textContent = [backend, adapter].filter(Boolean).join(", ");
    await new Promise(resolve => setTimeout(resolve));
    await table("", (row, done, total) => {
      if (isDriven) throw new Error("a driver has taken over");
      addRow(row);
      status.textContent = done < total ? `${done} of ${total} items` : `All ${total} items done.`;
    });
  } catch (error) {
    status.textContent = `The bench ended early: ${error instanceof Error ? error.message : error}.`;
  }
}

if (!isDriven) void runByHand();
