// @ts-check
// The race's sentence: its words are menus and its numbers fields, as in the sentence above the cube.

import { raceRange, raceRuns, readRace, scaleRace, stepRace } from "../../../pkg/blue_cube.js";
import { byId, html } from "../../lib/dom.js";
import { listenToNumbers, numberNode, paintRange } from "../../sentence/number.js";
import { word } from "../../sentence/sentence.js";
import { integer } from "../../lib/format.js";
import { decimal } from "../../lib/number_text.js";
import { DATA, ENGINES, NETS, OPTIMIZERS, SCHEDULES } from "../model/choices.js";
import { patched } from "../model/control.js";

/** @import { RaceField, Scene, Setup } from "../../../pkg/blue_cube.js" */
/** @import { Numbers } from "../../sentence/number.js" */
/** @import { Control } from "../model/control.js" */

const COUNTS = [
  "No",
  "One",
  "Two",
  "Three",
  "Four",
  "Five",
  "Six",
  "Seven",
  "Eight",
  "Nine",
  "Ten",
  "Eleven",
  "Twelve",
];

/** The menu of images to train on. @type {[string, string][]} */
const IMAGES = [
  ["100", "1 000 images"],
  ["600", "6 000 images"],
  ["train", "all images"],
  ["test", "the test images"],
];

/** On which images lanes are evaluated: always the test images. */
const EVALUATED = {
  unseen: "Evaluated on images never trained on",
  seen: "Evaluated on the test images, which are the ones trained on here",
};

/** Norms at which gradients are clipped, none first; a link may name any other. */
const CLIPS = [0, 0.5, 1, 5];

/** @type {Numbers} */
const RACE_NUMBERS = {
  step: (scene, field, steps) =>
    changed(scene, field, stepRace(field, scene.race[/** @type {RaceField} */ (field)], steps)),
  scale: (scene, field, up) =>
    changed(scene, field, scaleRace(field, scene.race[/** @type {RaceField} */ (field)], up)),
  read: (scene, field, typed) => changed(scene, field, readRace(field, typed)),
};

/** @param {Scene} scene @param {RaceField} field @param {number} value @returns {Scene} */
const changed = (scene, field, value) => ({ ...scene, race: patched(scene.race, { [field]: value }) });

/** @param {Control} control */
export function showRaceSentence(control) {
  const { store } = control,
    root = byId("race-words", HTMLElement),
    count = html("span"),
    seeds = html("span", "seeds-word"),
    epochs = html("span");
  const words = new Words(control);
  const advice = html("p", { class: "race-more", id: "race-advice", role: "status", hidden: true });
  root.replaceChildren(...lines(words, count, seeds, epochs));
  byId("race-error", HTMLElement).after(advice);
  listenToNumbers(root, store, byId("race-error", HTMLElement), RACE_NUMBERS);
  const paint = () => {
    const { race } = store.scene,
      { runs, advice: what } = raceRuns(store.scene),
      n = runs.filter(({ refusal }) => !refusal).length;
    if (advice.textContent !== (what ?? "")) advice.textContent = what ?? "";
    advice.hidden = !what;
    count.textContent =
      n === 0
        ? "No network is in the race yet; add a lane to train it on"
        : n === 1
          ? "One network sees its images in a fixed order"
          : `${COUNTS[n] ?? integer(n)} networks start out equal and see the same images in the same order`;
    seeds.textContent = race.seeds === 1 ? " seed" : " seeds";
    byId("race-evaluated", HTMLElement).textContent = EVALUATED[race.trainOn === "test" ? "seen" : "unseen"];
    epochs.textContent = race.epochs === 1 ? " epoch" : " epochs";
    words.paint(race);
  };
  store.onScene(paint);
  paint();
}

/** @param {Words} words @param {HTMLElement} count of networks @param {HTMLElement} seeds @param {HTMLElement} epochs */
function lines({ number, menu, named }, count, seeds, epochs) {
  const images = menu(
    "images",
    "images to train on",
    IMAGES,
    value => ({ trainOn: trainOnOf(value) }),
    ({ trainOn }) => imagesOf(trainOn),
  );
  const plateau = menu(
    "plateau",
    "learning rate",
    Object.entries(SCHEDULES),
    value => ({ plateau: /** @type {Setup["plateau"]} */ (value) }),
    ({ plateau }) => [plateau, SCHEDULES[plateau]],
  );
  const clip = menu(
    "clip",
    "gradient clipping",
    CLIPS.map(norm => [String(norm), clipWords(norm)]),
    value => ({ clipNorm: Number(value) || undefined }),
    ({ clipNorm }) => [String(clipNorm ?? 0), clipWords(clipNorm ?? 0)],
  );
  const [data, optimizer] = [named("data", "data set", DATA), named("optimizer", "optimizer", OPTIMIZERS)];
  const [net, device] = [named("net", "network", NETS), named("device", "engine", ENGINES)];
  const first = [
    count,
    ": ",
    images,
    " of ",
    data,
    ", batch of ",
    number("batch"),
    ", ",
    optimizer,
    " at ",
    number("rate"),
    ", ",
    number("seeds"),
    seeds,
    ".",
  ];
  const more = [
    net,
    ", ",
    number("epochs"),
    epochs,
    ", rate ",
    plateau,
    ", gradients ",
    clip,
    ", ε ",
    number("epsilon"),
    ", running-average momentum ",
    number("momentum"),
  ];
  return [
    html("span", "", ...first),
    html("span", "race-more", ...more, ", first seed ", number("seed"), ", on ", device),
  ];
}

/** The words of the sentence that are controls. */
class Words {
  /** @type {Map<RaceField, HTMLElement>} */
  #numbers = new Map();
  /** @type {[HTMLElement, (setup: Setup) => [value: string, words: string]][]} */
  #menus = [];
  #control;

  /** @param {Control} control */
  constructor(control) {
    this.#control = control;
  }

  number = (/** @type {RaceField} */ field) => {
    const node = numberNode(field);
    this.#numbers.set(field, node);
    return node;
  };

  /**
   * @param {string} key
   * @param {string} label
   * @param {[string, string][]} options
   * @param {(value: string) => Partial<Setup>} patch
   * @param {(setup: Setup) => [value: string, words: string]} read
   */
  menu = (key, label, options, patch, read) => {
    const node = word(`race-${key}`, label, [["", options]], value => this.#control.set(patch(value)));
    this.#menus.push([node, read]);
    return node;
  };

  /** A menu for a setting with named values. @param {keyof Setup} key @param {string} label @param {Record<string, string>} names */
  named = (key, label, names) =>
    this.menu(
      key,
      label,
      Object.entries(names),
      value => ({ [key]: value }),
      setup => [String(setup[key]), names[String(setup[key])]],
    );

  /** @param {Setup} setup */
  paint(setup) {
    for (const [field, node] of this.#numbers)
      paintRange(node, decimal(setup[field]), { ...raceRange(field), value: setup[field] });
    for (const [node, read] of this.#menus) {
      const [value, words] = read(setup),
        select = node.querySelector("select"),
        text = /** @type {Element} */ (node.firstChild);
      if (select && ![...select.options].some(option => option.value === value))
        select.append(new Option(words, value));
      if (select) select.value = value;
      if (text.textContent !== words) text.textContent = words;
    }
  }
}

/** @param {number} norm */
const clipWords = norm => (norm ? `clipped at norm ${decimal(norm)}` : "not clipped");

/** @param {string} value @returns {Setup["trainOn"]} */
const trainOnOf = value =>
  value === "train" || value === "test" ? value : { "first-of-each-class": Number(value) };

/** @param {Setup["trainOn"]} trainOn @returns {[string, string]} */
function imagesOf(trainOn) {
  const value = typeof trainOn === "string" ? trainOn : String(trainOn["first-of-each-class"]);
  return [value, IMAGES.find(([known]) => known === value)?.[1] ?? `${integer(10 * Number(value))} images`];
}
