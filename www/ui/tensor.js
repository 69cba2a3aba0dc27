// @ts-check
// The line under the cube that says which tensor is shown: the sample, or a file that was opened, dropped or pasted; and
// the dials that change its contrast and brightness.

import { dialWords, mostValues, shownTensor } from "../pkg/blue_cube.js";
import { spaced } from "./counts.js";
import { byId, html, put } from "./dom.js";
import { listenToDrops } from "./drop.js";
import { rounded } from "./number_text.js";
import { showSample, showTensor } from "./shown.js";

/** @typedef {import("./store.js").Store} Store */
/** @typedef {import("./files.js").Found} Found */

/** The dial of contrast turns over powers of two: from a quarter to four times, in steps. */
const POWERS = { least: -2, most: 2, step: .05 };

/** Steps of the dial of brightness from its middle to either end, which is as far as the values reach. */
const BRIGHT_STEPS = 20;

/** Up to so many values the effect of the dials is worked out while they are dragged; of more, when they stand. */
const MOST_LIVE = 2 ** 20;

/** @param {Store} store */
export function showTensorLine(store) {
  const root = byId("tensor", HTMLElement);
  const name = html("b", "tensor-name"), shape = html("span", "num"), error = html("p", "error"), note = html("p", "tensor-note");
  const back = html("button", "back", "back to the sample"), choice = html("select", ""), file = html("input", "unseen");
  const open = html("label", "open", "open a file…", file);
  Object.assign(file, { type: "file", multiple: true, accept: ".npy,.npz,.gz,.idx,image/*", title: "" });
  back.type = "button";
  choice.setAttribute("aria-label", "Array of the file");
  const pick = html("span", "pick-array", choice);
  error.setAttribute("role", "alert");
  note.setAttribute("role", "status");
  error.hidden = true;
  const dials = showDials(store);
  root.replaceChildren(html("p", "tensor-line", html("span", "", name, " ", shape), pick, open, back), error, note, ...dials.elements);

  /** How the axes of what was opened were read, by its name in the scene. @type {Map<string, string>} */
  const told = new Map();
  /** The arrays of the file that was opened last, and the name that each was shown under. @type {{ found: Found, file: string | null }[]} */
  let arrays = [];
  /** @param {{ found: Found, file: string | null }} array @param {string[]} asides */
  const show = (array, asides) => {
    const { name, lengths, words, data } = array.found;
    if (!lengths) return;
    showTensor(store, name, lengths, data, { isNew: true });
    array.file = store.scene.file ?? null;
    if (array.file) told.set(array.file, [words, ...asides].join("; "));
    refresh("commit");
  };
  let turn = 0;
  const take = async (/** @type {File[]} */ files) => {
    const mine = ++turn;
    error.hidden = true;
    note.textContent = `Reading ${files[0].name}…`;
    try {
      const { readFiles } = await import("./files.js"), { found, asides } = await readFiles(files, mostValues());
      if (mine !== turn) return;
      arrays = found.map(found => ({ found, file: null }));
      offer(choice, found);
      const first = arrays.findIndex(({ found }) => found.lengths);
      choice.selectedIndex = first;
      show(arrays[first], asides);
    } catch (fault) {
      if (mine !== turn) return;
      error.textContent = `${fault instanceof Error ? fault.message : fault}. Nothing else has changed.`;
      error.hidden = false;
      refresh("commit");
    }
  };
  file.addEventListener("change", () => {
    if (file.files?.length) take([...file.files]);
    // The same file may be chosen again.
    file.value = "";
  });
  choice.addEventListener("change", () => show(arrays[choice.selectedIndex], []));
  back.addEventListener("click", () => {
    showSample(store);
    file.focus();
  });
  listenToDrops(take);

  const refresh = (/** @type {import("./store.js").Change} */ change) => {
    const { scene } = store, { n, c, h, w } = scene.shape;
    name.textContent = scene.file ?? "the sample";
    shape.textContent = `${n}×${c}×${h}×${w}`;
    back.hidden = !scene.file;
    pick.hidden = !(scene.file && arrays.length > 1 && arrays.some(array => array.file === scene.file));
    if (!pick.hidden) choice.selectedIndex = arrays.findIndex(array => array.file === scene.file);
    const words = wordsOf(store, told);
    if (note.textContent !== words) note.textContent = words;
    dials.refresh(change);
  };
  store.on((change, before) => {
    if (change === "focus" || change === "lit") return;
    if (store.scene.file !== before.file) error.hidden = true;
    refresh(change);
  });
  refresh("commit");
}

/**
 * What is to be known of the tensor: how a file's axes were read, which values are none, what evaluation takes.
 * @param {Store} store
 * @param {Map<string, string>} told
 */
function wordsOf({ scene }, told) {
  if (!scene.file) return "";
  const { nOdd, firstOdd: at } = shownTensor(scene), all = [];
  const read = told.get(scene.file);
  if (read) all.push(read);
  if (at) {
    const are = nOdd === 1 ? "1 value is NaN or infinite," : `${spaced(nOdd)} values are NaN or infinite, the first`;
    all.push(`${are} at image ${at.n}, channel ${at.c}, row ${at.h}, column ${at.w}: no mean over one is a number`);
  }
  if (scene.mode === "eval") all.push("averages kept from training are those of this same tensor, seen a hundred times");
  const words = all.join("; ");
  return words && `${words.charAt(0).toUpperCase()}${words.slice(1)}.`;
}

/**
 * Fills the menu of a file's arrays.
 * @param {HTMLSelectElement} choice
 * @param {Found[]} found
 */
function offer(choice, found) {
  choice.replaceChildren(...found.map(({ name, shape, lengths }) => {
    const option = html("option", "", `${name.slice(name.indexOf("/") + 1)}, ${shape.join("×") || "a single value"}`);
    option.disabled = !lengths;
    return option;
  }));
}

/**
 * The dials: x becomes a·x + b.
 * @param {Store} store
 */
function showDials(store) {
  const readout = html("p", "tensor-note dial-words");
  readout.setAttribute("role", "status");
  const contrast = dial("contrast", store, power => ({ contrast: Number((2 ** power).toFixed(3)) }));
  const brightness = dial("brightness", store, value => ({ brightness: value }));
  contrast.bounds(POWERS.least, POWERS.most, POWERS.step);
  let frame = 0, reach = 0, of = "";
  const say = () => {
    frame = 0;
    const { scene } = store, { contrast: a, brightness: b } = scene;
    readout.textContent = a === 1 && b === 0 ? "" : `${dialWords(scene)}.`;
  };
  return {
    elements: [html("p", "dials", contrast.label, brightness.label), readout],
    /** @param {import("./store.js").Change} change */
    refresh: change => {
      const { scene } = store, { n, c, h, w } = scene.shape, tensor = `${scene.file} ${scene.seed} ${[n, c, h, w]}`;
      if (tensor !== of) {
        of = tensor;
        const [least, most] = shownTensor(scene).range;
        reach = roundUp(Math.max(most - least, 1e-6));
        brightness.bounds(-reach, reach, reach / BRIGHT_STEPS);
      }
      contrast.set(Math.log2(scene.contrast), `× ${plain(scene.contrast)}`);
      brightness.set(scene.brightness, `${scene.brightness < 0 ? "−" : "+"} ${plain(Math.abs(scene.brightness))}`);
      if (change !== "drag" || n * c * h * w <= MOST_LIVE) frame ||= requestAnimationFrame(say);
    },
  };
}

/**
 * @param {string} name
 * @param {Store} store
 * @param {(value: number) => Partial<import("../pkg/blue_cube.js").Scene>} patch
 */
function dial(name, store, patch) {
  const input = html("input", ""), value = html("span", "num"), label = html("label", "dial", name, input, value);
  input.type = "range";
  input.id = `dial-${name}`;
  input.addEventListener("input", () => store.set(patch(Number(input.value)), "drag"));
  input.addEventListener("change", () => store.set(patch(Number(input.value))));
  return {
    label,
    /** @param {number} least @param {number} most @param {number} step */
    bounds: (least, most, step) => { Object.assign(input, { min: least, max: most, step }); },
    /** @param {number} at @param {string} words */
    set: (at, words) => {
      if (Number(input.value) !== at) input.value = String(at);
      value.textContent = words;
      put(input, "aria-valuetext", words);
    },
  };
}

/** Up to three digits. @param {number} value */
const plain = value => String(rounded(value, 3));

/** The least of 1, 2, 5, 10, … that is no less. @param {number} value */
function roundUp(value) {
  const power = 10 ** Math.floor(Math.log10(value));
  return [1, 2, 5].map(factor => factor * power).find(round => round >= value) ?? 10 * power;
}
