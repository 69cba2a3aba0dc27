// @ts-check
// The line under the cube that names the tensor shown: the sample, or a file that was opened, dropped or pasted; and the
// dials for its contrast and brightness.

import { dialWords, mostValues, shownTensor } from "../../pkg/blue_cube.js";
import { lettersOf } from "../lib/axis_words.js";
import { added, capital, integer, messageOf } from "../lib/format.js";
import { decimal } from "../lib/number_text.js";
import { byId, html, put } from "../lib/dom.js";
import { listenToDrops } from "../lib/drop.js";
import { inOrder, lengthsOf, readingsOf } from "./axes.js";
import { showSample, showTensorInParts } from "./shown.js";

/** @typedef {import("../lib/store.js").Store} Store */
/** @typedef {import("../lib/worker_messages.js").Found} Found */
/** @typedef {import("../../pkg/blue_cube.js").Scene} Scene */

/** The contrast dial covers powers of two, from ¼ to 4, in steps. */
const POWERS = { least: -2, most: 2, step: 0.05 };

/** Steps of the brightness dial from its middle to either end, which is as far as the values reach. */
const BRIGHT_STEPS = 20;

/** Digits of a dial's number. */
const DIGITS = 3;

/** @param {Store} store */
export function showTensorLine(store) {
  const line = new TensorLine(store);
  byId("tensor", HTMLElement).replaceChildren(...line.elements);
  listenToDrops(files => line.take(files));
  store.onScene((_, before) => line.follow(before));
  line.refresh();
}

/** @typedef {import("../../pkg/blue_cube.js").Layout} Layout */
/**
 * An array that can be shown, the name it was shown under, and what its axes were last said to be.
 * @typedef {{ found: Found, file: string | null, layout?: Layout }} Offer
 */

class TensorLine {
  /** How the axes of what was opened were read, by its name in the scene and what was said of them. @type {Map<string, string>} */
  #told = new Map();
  /** The arrays of the file that was opened last. @type {Offer[]} */
  #offers = [];
  /** The files that hold them, to read another part. @type {File[]} */
  #files = [];
  /** Counts what was given to read: only the last is shown. */
  #turn = 0;
  #name = html("b", "tensor-name");
  #shape = html("span", "num");
  #error = html("p", { class: "error", role: "alert", hidden: true });
  #note = html("p", { class: "tensor-note", role: "status" });
  #store;

  /** @param {Store} store */
  constructor(store) {
    this.#store = store;
    this.dials = showDials(store);
    this.choice = html("select", {
      "aria-label": "Array of the file",
      onchange: () => void this.#pick(this.#offers[this.choice.selectedIndex]),
    });
    this.axes = html("select", {
      onchange: () => {
        this.#say(/** @type {Layout} */ (this.axes.value));
      },
    });
    this.roles = html("label", "pick-axes", "axes ", this.axes);
    this.pick = html("span", "pick-array", this.choice);
    this.from = html("input", { type: "number", min: 0, step: 1, onchange: () => void this.#takePart() });
    this.part = html("label", "part", "from item ", this.from);
    const accept = ".npy,.npz,.safetensors,.gz,.zip,.idx,.idx1-ubyte,.idx3-ubyte,image/*";
    const file = html("input", {
      class: "unseen",
      type: "file",
      multiple: true,
      accept,
      title: "",
      onchange: () => {
        if (file.files?.length) void this.take([...file.files]);
        // The same file may be chosen again.
        file.value = "";
      },
    });
    const onclick = () => {
      showSample(store);
      file.focus();
    };
    this.back = html("button", { class: "back", type: "button", onclick }, "back to the sample");
    const shown = html("span", "", this.#name, " ", this.#shape),
      open = html("label", "open", "open a file…", file);
    this.elements = [
      html("p", "tensor-line", shown, this.pick, this.roles, this.part, open, this.back),
      this.#error,
      this.#note,
      ...this.dials.elements,
    ];
  }

  /**
   * Reads files and shows what they hold: the first array that can be shown, or the one in this place.
   * @param {File[]} files
   * @param {{ partFrom?: number, place?: number, layout?: Layout }} [how] of an array too large for the page, the first item
   *   to show; what its axes are said to be
   */
  async take(files, { partFrom, place, layout } = {}) {
    const mine = ++this.#turn;
    this.#error.hidden = true;
    this.#note.textContent = `Reading ${files[0].name}…`;
    try {
      const { readFiles } = await import("./files.js"),
        { found, asides } = await readFiles(files, mostValues(), partFrom);
      if (mine !== this.#turn) return;
      this.#files = files;
      this.#offers = found.map((found, at) => ({
        found,
        file: null,
        layout: at === place ? layout : undefined,
      }));
      offer(this.choice, found);
      const first = place ?? found.findIndex(({ lengths }) => lengths);
      this.choice.selectedIndex = first;
      await this.#show(this.#offers[first], asides);
    } catch (fault) {
      if (mine !== this.#turn) return;
      this.#tell(fault);
    }
  }

  /** @param {unknown} fault */
  #tell(fault) {
    this.#error.textContent = `${messageOf(fault)}. Nothing else has changed.`;
    this.#error.hidden = false;
    this.refresh();
  }

  /** Reads the shown array again, from another item. */
  async #takePart() {
    const partFrom = Math.max(0, Math.round(Number(this.from.value))),
      { layout } = this.#store.scene;
    await this.take(this.#files, { partFrom, place: this.choice.selectedIndex, layout });
  }

  /** Shows another array, or the same with other axes. @param {Offer} offer */
  async #pick(offer) {
    const mine = ++this.#turn;
    this.#error.hidden = true;
    try {
      await this.#show(offer, []);
    } catch (fault) {
      if (mine === this.#turn) this.#tell(fault);
    }
  }

  /** Says what the axes are: of the array that is shown, or of the sample. @param {Layout} layout */
  #say(layout) {
    const offer = this.#shownOffer();
    if (!offer) {
      this.#store.set({ layout });
      return;
    }
    offer.layout = layout;
    void this.#pick(offer);
  }

  /** The array that is shown, if it is of the file that was opened last. */
  #shownOffer() {
    const { file } = this.#store.scene;
    return file ? this.#offers.find(offer => offer.file === file) : undefined;
  }

  /** @param {Scene} before */
  follow(before) {
    if (this.#store.scene.file !== before.file) this.#error.hidden = true;
    this.refresh();
  }

  refresh() {
    const { scene } = this.#store,
      offer = this.#shownOffer(),
      at = offer ? this.#offers.indexOf(offer) : -1;
    this.#name.textContent = scene.file ?? "the sample";
    this.#shape.textContent = shapeWords(scene);
    if (offer) offer.layout = scene.layout;
    showReadings(this.axes, offer, scene);
    this.roles.hidden = this.axes.length < 2;
    this.back.hidden = !scene.file;
    this.pick.hidden = !scene.file || this.#offers.length < 2 || at < 0;
    if (at >= 0) this.choice.selectedIndex = at;
    const part = offer?.found.part;
    this.part.hidden = !scene.file || !part;
    if (part) Object.assign(this.from, { max: part.of - 1, value: part.from });
    const words = wordsOf(this.#store, this.#told);
    if (this.#note.textContent !== words) this.#note.textContent = words;
    this.dials.refresh();
  }

  /** @param {Offer} array @param {string[]} asides */
  async #show(array, asides) {
    const { name, shape, lengths, words, data, format } = array.found,
      mine = this.#turn;
    if (!lengths) return;
    const readings = format ? readingsOf({ shape, format }, this.#store.scene.dialect) : [],
      reading = readings.find(({ layout }) => layout === array.layout) ?? readings.at(0),
      layout = reading?.layout ?? "usual";
    const values = reading ? await inOrder(data, shape, reading.axes) : data;
    if (mine !== this.#turn) return;
    const said = reading ? `its axes are read as (${reading.axes.join(", ")})` : "";
    const all = [said, words, ...asides].filter(Boolean).join("; ");
    array.layout = layout;
    const lengthsRead = reading ? lengthsOf(shape, reading.axes) : lengths,
      isStopped = () => mine !== this.#turn;
    array.file = await showTensorInParts(
      this.#store,
      name,
      lengthsRead,
      values,
      { isNew: true, layout },
      isStopped,
    );
    if (!array.file) return;
    this.#told.set(`${layout} ${array.file}`, all);
    // One that is still being prepared is named once it is shown.
    if (this.#store.scene.file === array.file) this.refresh();
  }
}

/** The lengths of the axes as they are said: "8×3 as N×C". @param {Scene} scene */
function shapeWords({ shape, layout }) {
  const { n, c, h, w } = shape;
  if (layout === "usual") return `${n}×${c}×${h}×${w}`;
  /** @type {Record<string, number>} */
  const lengths = { N: n, C: c, H: h, W: w, L: w };
  const letters = lettersOf(layout);
  return `${letters.map(letter => lengths[letter]).join("×")} as ${letters.join("×")}`;
}

/**
 * Fills the menu of what the axes can be: of an array, or of the sample of a link that says it.
 * @param {HTMLSelectElement} menu
 * @param {Offer | undefined} offer
 * @param {Scene} scene
 */
function showReadings(menu, offer, { layout, dialect }) {
  const { shape, format } = offer?.found ?? {};
  /** @type {{ layout: Layout, label: string }[]} */
  let readings = [];
  if (shape && format) readings = readingsOf({ shape, format }, dialect);
  else if (layout !== "usual") {
    const labels = [lettersOf(layout), lettersOf("usual")].map(letters => letters.join(", "));
    readings = [
      { layout, label: layout === "nchw" ? `${labels[0]} in every framework` : labels[0] },
      { layout: "usual", label: labels[1] },
    ];
  }
  const options = readings.map(({ layout, label }) => html("option", { value: layout }, label));
  if (menu.textContent !== readings.map(({ label }) => label).join("")) menu.replaceChildren(...options);
  menu.value = layout;
}

/**
 * What the reader should know about the tensor: how a file's axes were read, its non-finite values, what evaluation uses.
 * @param {Store} store
 * @param {Map<string, string>} told
 */
function wordsOf({ scene }, told) {
  if (!scene.file && scene.layout === "usual") return "";
  const { nOdd, firstOdd: at } = shownTensor(scene),
    all = [];
  const read = told.get(`${scene.layout} ${scene.file}`);
  if (read) all.push(read);
  if (!scene.file) all.push(`calls count the sample’s axes as (${lettersOf(scene.layout).join(", ")})`);
  if (at) {
    const are =
      nOdd === 1 ? "1 value is NaN or infinite," : `${integer(nOdd)} values are NaN or infinite, the first`;
    all.push(`${are} at ${at}: any mean that includes one is NaN`);
  }
  if (scene.file && scene.mode === "eval")
    all.push("the running averages come from this same tensor, seen a hundred times");
  const words = all.join("; ");
  return words && `${capital(words)}.`;
}

/**
 * Fills the menu of a file's arrays.
 * @param {HTMLSelectElement} choice
 * @param {Found[]} found
 */
function offer(choice, found) {
  choice.replaceChildren(
    ...found.map(({ name, shape, lengths, words }) => {
      const what = lengths ? shape.join("×") : words;
      return html("option", { disabled: !lengths }, `${name.slice(name.indexOf("/") + 1)}, ${what}`);
    }),
  );
}

/**
 * The dials: x becomes a·x + b.
 * @param {Store} store
 */
function showDials(store) {
  const readout = html("p", { class: "tensor-note dial-words", role: "status" });
  const contrast = dial("contrast", store, power => ({ contrast: Number((2 ** power).toFixed(3)) }));
  const brightness = dial("brightness", store, value => ({ brightness: value }));
  contrast.bounds(POWERS.least, POWERS.most, POWERS.step);
  let frame = 0,
    reach = 0,
    of = "";
  const say = () => {
    frame = 0;
    const { scene } = store,
      { contrast: a, brightness: b } = scene;
    readout.textContent = a === 1 && b === 0 ? "" : `${dialWords(scene)}.`;
  };
  return {
    elements: [html("p", "dials", contrast.label, brightness.label), readout],
    refresh: () => {
      const { scene } = store,
        { n, c, h, w } = scene.shape,
        tensor = `${scene.file} ${scene.layout} ${scene.seed} ${[n, c, h, w]}`;
      if (tensor !== of) {
        of = tensor;
        const [least, most] = shownTensor(scene).range;
        reach = roundUp(Math.max(most - least, 1e-6));
        brightness.bounds(-reach, reach, reach / BRIGHT_STEPS);
      }
      contrast.set(Math.log2(scene.contrast), `× ${decimal(scene.contrast, DIGITS)}`);
      brightness.set(scene.brightness, added(scene.brightness, DIGITS));
      frame ||= requestAnimationFrame(say);
    },
  };
}

/**
 * @param {string} name
 * @param {Store} store
 * @param {(value: number) => Partial<import("../../pkg/blue_cube.js").Scene>} patch
 */
function dial(name, store, patch) {
  const input = html("input", {
    type: "range",
    id: `dial-${name}`,
    oninput: () => {
      store.set(patch(Number(input.value)), "drag");
    },
    onchange: () => {
      store.set(patch(Number(input.value)));
    },
  });
  const value = html("span", "num"),
    label = html("label", "dial", name, input, value);
  return {
    label,
    /** @param {number} least @param {number} most @param {number} step */
    bounds: (least, most, step) => {
      Object.assign(input, { min: least, max: most, step });
    },
    /** @param {number} at @param {string} words */
    set: (at, words) => {
      if (Number(input.value) !== at) input.value = String(at);
      value.textContent = words;
      put(input, "aria-valuetext", words);
    },
  };
}

/** The smallest of 1, 2, 5, 10, … that is not below it. @param {number} value */
function roundUp(value) {
  const power = 10 ** Math.floor(Math.log10(value));
  return [1, 2, 5].map(factor => factor * power).find(round => round >= value) ?? 10 * power;
}
