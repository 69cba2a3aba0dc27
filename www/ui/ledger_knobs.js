// @ts-check
// What can be chosen about the norm: γ, β, ε, momentum, weights, train or eval. Each by slider and by typing.

import { NORMS } from "./catalog.js";
import { html } from "./dom.js";
import { plain, readNumber, rounded } from "./number_text.js";

/** @typedef {import("../pkg/blue_cube.js").Sums} Sums */
/** @typedef {import("../pkg/blue_cube.js").Scene} Scene */
/** @typedef {import("./store.js").Store} Store */

/**
 * A number of the scene, and how a slider runs over it.
 * @typedef {object} Knob
 * @property {string} letter
 * @property {string} name
 * @property {number[]} steps what the slider stops at
 * @property {[number, number]} range what may be typed
 * @property {string} example
 * @property {(scene: Scene) => number} read
 * @property {(scene: Scene, value: number) => Partial<Scene>} write
 * @property {(value: number) => string} [also] the same number in other words
 * @property {"running" | "results" | "moments"} [only] norms that have it
 * @property {boolean} [isLearned] a network learns it: of a lane's layer it is shown, and not chosen
 */

/** @param {number} from @param {number} to @param {number} by */
const evenly = (from, to, by) => Array.from({ length: Math.round((to - from) / by) + 1 }, (_, i) => Number((from + i * by).toFixed(6)));

/** 1, 2, 5, 10 and so on. @param {number} from @param {number} to powers of ten */
const decades = (from, to) => [...Array.from({ length: to - from }, (_, i) => [1, 2, 5].map(digit => Number(`${digit}e${from + i}`))).flat(), Number(`1e${to}`)];

/** @param {number} value as f32 has it @returns the number that was meant */
const meant = value => rounded(value, 7);

/** @type {Knob[]} */
const KNOBS = [
  { letter: "γ", name: "gamma, the scale", steps: evenly(-2, 2, 0.05), range: [-1e6, 1e6], example: "1.5", isLearned: true, read: scene => scene.gamma, write: (_, gamma) => ({ gamma }) },
  { letter: "β", name: "beta, the shift", steps: evenly(-2, 2, 0.05), range: [-1e6, 1e6], example: "−0.5", isLearned: true, read: scene => scene.beta, write: (_, beta) => ({ beta }) },
  { letter: "ε", name: "epsilon, added to the variance", steps: decades(-8, 0), range: [0, 1], example: "1e-5", read: scene => scene.epsilon, write: (_, epsilon) => ({ epsilon }) },
  { letter: "ρ", name: "rho, the weight of batch norm", only: "results", steps: evenly(0, 1, 0.01), range: [0, 1], example: "0.62", isLearned: true, read: scene => scene.rho, write: (_, rho) => ({ rho }) },
  {
    letter: "m", name: "momentum", only: "running", steps: decades(-3, 0), range: [0, 1], example: "0.01", read: scene => scene.momentum, write: (_, momentum) => ({ momentum }),
    also: value => `momentum: PyTorch ${plain(value)} = Keras ${plain(meant(1 - value))}`,
  },
  .../** @type {const} */ (["instance", "layer", "batch"]).map((set, i) => logit(set, i, "mean")),
  .../** @type {const} */ (["instance", "layer", "batch"]).map((set, i) => logit(set, i, "variance")),
];

/**
 * @param {string} set
 * @param {number} i
 * @param {"mean" | "variance"} of
 * @returns {Knob}
 */
function logit(set, i, of) {
  const key = of === "mean" ? "meanLogits" : "varianceLogits";
  return {
    letter: `${of === "mean" ? "μ" : "σ²"} ${set}`, name: `logit of the ${of} of ${set} norm`, only: "moments", steps: evenly(-4, 4, 0.1), range: [-50, 50], example: "1", isLearned: true,
    read: scene => scene[key][i],
    write: (scene, value) => {
      const logits = /** @type {[number, number, number]} */ ([...scene[key]]);
      logits[i] = value;
      return { [key]: logits };
    },
  };
}

/**
 * Shows the knobs.
 * @param {HTMLElement} root
 * @param {Store} store
 * @returns {(sums: Sums) => void}
 */
export function showKnobs(root, store) {
  const box = html("div", "knobs"), rows = KNOBS.map(knob => showKnob(knob, store));
  box.append(...rows.map(row => row.element));
  const [mode, refreshMode] = showMode(store);
  const kept = html("p", "books-note kept");
  root.append(box, mode, kept);
  return sums => {
    const { scene } = store, only = owns(scene);
    for (const row of rows) row.refresh(only, sums.learned);
    refreshMode(!!sums.kept);
    kept.hidden = !sums.kept;
    if (sums.kept) kept.textContent = average(sums.kept, scene.mode === "eval");
  };
}

/** @param {Scene} scene @returns {Set<string>} */
function owns({ method }) {
  const kind = "norm" in method ? method.norm.kind : "own";
  const row = NORMS.find(row => row.kind === kind);
  return new Set([row?.keepsRunning ? "running" : "", row?.mixes ?? ""]);
}

/** @param {NonNullable<Sums["kept"]>} kept @param {boolean} isEval */
function average({ count, biased, unbiased, mean, variance, batchMean }, isEval) {
  const one = `Of its own, this channel’s ${count} values have mean ${batchMean} and variance ${biased} (÷ ${count}).`;
  if (isEval) return `${one} Eval ignores them and takes the averages kept from training: mean ${mean[0]}, variance ${variance[0]}.`;
  return `Normalizes by the biased variance ${biased} (÷ ${count}); stores the unbiased ${unbiased} (÷ ${Math.max(1, count - 1)}). This batch moves the kept mean ${mean[0]} → ${mean[1]}, the kept variance ${variance[0]} → ${variance[1]}.`;
}

let nextId = 0;

/**
 * @param {Knob} knob
 * @param {Store} store
 */
function showKnob(knob, store) {
  const { letter, name, steps, range: [least, most] } = knob;
  const id = `knob-${nextId++}`;
  const slider = html("input", ""), field = html("input", "typed num"), error = html("p", "error"), also = html("small", "also");
  Object.assign(slider, { type: "range", min: "0", max: String(steps.length - 1), step: "1" });
  slider.setAttribute("aria-label", name);
  Object.assign(field, { type: "text", inputMode: "decimal", autocomplete: "off", id });
  field.setAttribute("aria-label", `${name}, typed`);
  error.id = `${id}-error`;
  error.hidden = true;
  field.setAttribute("aria-describedby", error.id);
  const element = html("div", letter.length > 1 ? "knob long" : "knob", html("i", "", letter), slider, field, also, error);
  if (knob.only) element.classList.add("wide-row");

  /** @param {import("./store.js").Change} change */
  const slide = change => store.set(knob.write(store.scene, steps[Number(slider.value)]), change);
  slider.addEventListener("input", () => slide("drag"));
  slider.addEventListener("change", () => slide("commit"));
  const type = () => {
    const value = readNumber(field.value);
    const isFit = value >= least && value <= most;
    const span = most >= 1e6 ? "a number" : `a number from ${plain(least)} to ${plain(most)}`;
    error.textContent = isFit ? "" : `${field.value.trim() ? `“${field.value.trim()}” does not fit: ` : ""}${letter} is ${span}, such as ${knob.example}.`;
    error.hidden = isFit;
    field.setAttribute("aria-invalid", String(!isFit));
    if (isFit && Math.fround(value) !== Math.fround(knob.read(store.scene))) store.set(knob.write(store.scene, value), "commit");
  };
  field.addEventListener("change", type);
  field.addEventListener("keydown", event => { if (event.key === "Enter") type(); });

  return {
    element,
    /** @param {Set<string>} only @param {Sums["learned"]} learned what a lane has learned, at the value in focus */
    refresh(only, learned) {
      element.hidden = !!knob.only && !only.has(knob.only);
      if (element.hidden) return;
      const isLearned = !!learned && !!knob.isLearned;
      slider.disabled = field.disabled = isLearned;
      const value = meant(knob.read(isLearned ? { ...store.scene, ...learned } : store.scene));
      const nearest = steps.reduce((best, step, i) => distance(step, value) < distance(steps[best], value) ? i : best, 0);
      slider.value = String(nearest);
      slider.setAttribute("aria-valuetext", plain(value));
      also.textContent = isLearned ? "as the lane has learned it, here" : knob.also ? knob.also(value) : "";
      if (document.activeElement === field) return;
      field.value = steps.length === 81 && Math.abs(value) < 100 ? plain(value).includes(".") ? plain(value) : `${plain(value)}.00` : plain(value);
      error.hidden = true;
      field.removeAttribute("aria-invalid");
    },
  };
}

/** @param {number} step @param {number} value */
const distance = (step, value) => Math.abs(step - value);

/**
 * @param {Store} store
 * @returns {[HTMLElement, (keepsAverages: boolean) => void]}
 */
function showMode(store) {
  const modes = /** @type {const} */ (["train", "eval"]);
  const choices = modes.map(mode => {
    const input = html("input", "");
    Object.assign(input, { type: "radio", name: "ledger-mode", value: mode });
    input.addEventListener("change", () => store.set({ mode }, "commit"));
    return { mode, input, label: html("label", "", input, html("span", "", mode)) };
  });
  const arrow = html("span", "", "⇄"), hint = html("span", "mode-hint");
  arrow.setAttribute("aria-hidden", "true");
  const group = html("fieldset", "pick", html("legend", "unseen", "Whose mean and variance"), choices[0].label, arrow, choices[1].label, hint);
  return [group, keepsAverages => {
    for (const { mode, input } of choices) input.checked = store.scene.mode === mode;
    hint.textContent = keepsAverages ? "" : "no difference: this norm keeps no averages";
  }];
}
