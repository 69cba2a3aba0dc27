// @ts-check
// The norm's settings: γ, β, ε, momentum, weights, train or eval. Each has a slider and a field.

import { NORMS } from "../lib/catalog.js";
import { html } from "../lib/dom.js";
import { integer, quantity } from "../lib/format.js";
import { plain, readNumber, rounded } from "../lib/number_text.js";

/** @typedef {import("../../pkg/blue_cube.js").Sums} Sums */
/** @typedef {import("../../pkg/blue_cube.js").Scene} Scene */
/** @typedef {import("../lib/store.js").Store} Store */

/**
 * A number of the scene, and the range of its slider.
 * @typedef {object} Knob
 * @property {string} letter
 * @property {string} name
 * @property {number[]} steps the slider's stops
 * @property {[number, number]} range what may be typed
 * @property {string} example
 * @property {(scene: Scene) => number} read
 * @property {(scene: Scene, value: number) => Partial<Scene>} write
 * @property {(value: number) => string} [also] the same number in other words
 * @property {"running" | "results" | "moments"} [only] norms that have it
 * @property {boolean} [isLearned] a network learns it: for a lane's layer it is shown but cannot be set
 * @property {0 | 1} [gain] γ or β, which a call can leave out, draw or constrain: its place in `Sums.gains`
 */

/** @param {number} from @param {number} to @param {number} by */
const evenly = (from, to, by) =>
  Array.from({ length: Math.round((to - from) / by) + 1 }, (_, i) => Number((from + i * by).toFixed(6)));

/** 1, 2, 5, 10 and so on. @param {number} from @param {number} to powers of ten */
const decades = (from, to) => [
  ...Array.from({ length: to - from }, (_, i) =>
    [1, 2, 5].map(digit => Number(`${digit}e${from + i}`)),
  ).flat(),
  Number(`1e${to}`),
];

/** @param {number} value as an f32 @returns the decimal that was meant */
const meant = value => rounded(value, 7);

/** @type {Knob[]} */
const KNOBS = [
  {
    letter: "γ",
    name: "gamma, the scale",
    steps: evenly(-2, 2, 0.05),
    range: [-1e6, 1e6],
    example: "1.5",
    isLearned: true,
    gain: 0,
    read: scene => scene.gamma,
    write: (_, gamma) => ({ gamma }),
  },
  {
    letter: "β",
    name: "beta, the shift",
    steps: evenly(-2, 2, 0.05),
    range: [-1e6, 1e6],
    example: "−0.5",
    isLearned: true,
    gain: 1,
    read: scene => scene.beta,
    write: (_, beta) => ({ beta }),
  },
  {
    letter: "ε",
    name: "epsilon, added to the variance",
    steps: decades(-8, 0),
    range: [0, 1],
    example: "1e-5",
    read: scene => scene.epsilon,
    write: (_, epsilon) => ({ epsilon }),
  },
  {
    letter: "ρ",
    name: "rho, the weight of batch norm",
    only: "results",
    steps: evenly(0, 1, 0.01),
    range: [0, 1],
    example: "0.62",
    isLearned: true,
    read: scene => scene.rho,
    write: (_, rho) => ({ rho }),
  },
  {
    letter: "m",
    name: "momentum",
    only: "running",
    steps: decades(-3, 0),
    range: [0, 1],
    example: "0.01",
    read: scene => scene.momentum,
    write: (_, momentum) => ({ momentum }),
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
    letter: `${of === "mean" ? "μ" : "σ²"} ${set}`,
    name: `logit of the ${of} of ${set} norm`,
    only: "moments",
    steps: evenly(-4, 4, 0.1),
    range: [-50, 50],
    example: "1",
    isLearned: true,
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
  const box = html("div", "knobs"),
    rows = KNOBS.map((knob, at) => new KnobRow(knob, `knob-${at}`, store));
  box.append(...rows.map(row => row.element));
  const [mode, refreshMode] = showMode(store);
  const kept = html("p", "books-note kept");
  root.append(box, mode, kept);
  return sums => {
    const { scene } = store,
      only = owns(scene);
    for (const row of rows) row.refresh(only, sums);
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
function average({ whose, count, biased, stored, storesBiased, mean, variance, batchMean }, isEval) {
  const values = quantity(count, "value"),
    one = `${whose} ${values} ${count === 1 ? "has" : "have"} mean ${batchMean} and variance ${biased} (÷ ${integer(count)}).`;
  if (isEval)
    return `${one} Eval ignores them and uses the running averages from training: mean ${mean[0]}, variance ${variance[0]}.`;
  const kept = storesBiased
    ? "this framework stores it as it is"
    : `this framework stores the unbiased ${stored} (÷ ${integer(Math.max(1, count - 1))})`;
  return `Training normalizes with the biased variance ${biased} (÷ ${integer(count)}); ${kept}. This batch moves the running mean ${mean[0]} → ${mean[1]} and the running variance ${variance[0]} → ${variance[1]}.`;
}

/** A knob's row: a slider, a field, and what is wrong with what was typed. */
class KnobRow {
  #knob;
  #store;
  #also = html("small", "also");

  /** @param {Knob} knob @param {string} id @param {Store} store */
  constructor(knob, id, store) {
    this.#knob = knob;
    this.#store = store;
    const { letter, name, steps } = knob,
      errorId = `${id}-error`;
    this.error = html("p", { class: "error", id: errorId, hidden: true });
    this.slider = html("input", {
      type: "range",
      min: 0,
      max: steps.length - 1,
      step: 1,
      "aria-label": name,
      oninput: () => this.#slide("drag"),
      onchange: () => this.#slide("commit"),
    });
    this.field = html("input", {
      class: "typed num",
      type: "text",
      inputmode: "decimal",
      autocomplete: "off",
      id,
      "aria-label": `${name}, typed`,
      "aria-describedby": errorId,
      onchange: () => this.#type(),
      onkeydown: event => {
        if (event.key === "Enter") this.#type();
      },
    });
    const classes = ["knob", letter.length > 1 && "long", knob.only && "wide-row"].filter(Boolean).join(" ");
    this.element = html(
      "div",
      classes,
      html("i", "", letter),
      this.slider,
      this.field,
      this.#also,
      this.error,
    );
  }

  /**
   * @param {Set<string>} only settings of this norm that not all norms have
   * @param {Sums} sums of the value in focus
   */
  refresh(only, { learned, gains }) {
    const knob = this.#knob,
      { field, slider } = this;
    this.element.hidden = !!knob.only && !only.has(knob.only);
    if (this.element.hidden) return;
    const isLearned = !!learned && !!knob.isLearned,
      gain = knob.gain === undefined || isLearned ? undefined : gains[knob.gain],
      { scene } = this.#store;
    slider.disabled = field.disabled = isLearned || gain?.canBeSet === false;
    const shown = isLearned
      ? knob.read({ ...scene, ...learned })
      : gain?.canBeSet === false
        ? gain.value
        : knob.read(scene);
    const value = meant(shown),
      { steps } = knob,
      words = plain(value);
    slider.value = String(
      steps.reduce((best, step, i) => (distance(step, value) < distance(steps[best], value) ? i : best), 0),
    );
    slider.setAttribute("aria-valuetext", words);
    this.#also.textContent = isLearned
      ? "as the lane has learned it, at this value"
      : ((gain?.note || knob.also?.(value)) ?? "");
    if (document.activeElement === field) return;
    field.value =
      steps.length === 81 && Math.abs(value) < 100 && Number.isInteger(value) ? `${words}.00` : words;
    this.error.hidden = true;
    field.removeAttribute("aria-invalid");
  }

  /** @param {import("../lib/store.js").Change} change */
  #slide(change) {
    const knob = this.#knob;
    this.#store.set(knob.write(this.#store.scene, knob.steps[Number(this.slider.value)]), change);
  }

  #type() {
    const {
        letter,
        example,
        range: [least, most],
        read,
        write,
      } = this.#knob,
      typed = this.field.value.trim();
    const value = readNumber(typed),
      isFit = value >= least && value <= most,
      { scene } = this.#store;
    const span = most >= 1e6 ? "a number" : `a number from ${plain(least)} to ${plain(most)}`;
    this.error.textContent = isFit
      ? ""
      : `${typed ? `“${typed}” is not valid: ` : ""}${letter} must be ${span}, such as ${example}.`;
    this.error.hidden = isFit;
    this.field.setAttribute("aria-invalid", String(!isFit));
    if (isFit && Math.fround(value) !== Math.fround(read(scene))) this.#store.set(write(scene, value));
  }
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
    const input = html("input", {
      type: "radio",
      name: "ledger-mode",
      value: mode,
      onchange: () => store.set({ mode }),
    });
    return { mode, input, label: html("label", "", input, html("span", "", mode)) };
  });
  const arrow = html("span", { "aria-hidden": true }, "⇄"),
    hint = html("span", "mode-hint");
  const group = html(
    "fieldset",
    "pick",
    html("legend", "unseen", "Which mean and variance"),
    choices[0].label,
    arrow,
    choices[1].label,
    hint,
  );
  return [
    group,
    keepsAverages => {
      for (const { mode, input } of choices) input.checked = store.scene.mode === mode;
      hint.textContent = keepsAverages ? "" : "no difference: this norm keeps no running averages";
    },
  ];
}
