// @ts-check
// The menu of a lane's γ and β: whether the norm has them, what they start from, what keeps them within bounds, and what large
// values cost. Its words are those of the lane's text (src/network/layer/norm/rules.rs), which Rust reads and refuses.

import { affineOf, raceRuns } from "../../../pkg/blue_cube.js";
import { html } from "../../lib/dom.js";
import { messageOf } from "../../lib/format.js";
import { gathered } from "../../lib/paced.js";
import { MAX_NAMED } from "../model/choices.js";

/** @import { Control } from "../model/control.js" */

/** Milliseconds between two paints, at least. */
const PAINT_MILLIS = 250;

/** What a rule is called, and the numbers that it has, with values to begin with. @typedef {[name: string, words: string, numbers: [label: string, first: string][]]} Rule */

/** What γ and β can start from. @param {string} usual @returns {Rule[]} */
const startsOf = usual => [
  ["", `starts at ${usual}`, []],
  ["no", "left out", []],
  ["const", "starts at", [["start", usual === "1" ? "0" : "1"]]],
  [
    "uniform",
    "uniform from",
    [
      ["low", "-0.05"],
      ["high", "0.05"],
    ],
  ],
  [
    "normal",
    "normal with",
    [
      ["mean", "0"],
      ["deviation", "0.05"],
    ],
  ],
];

/** What can be done to them after every step. @type {Rule[]} */
const BOUNDS = [
  ["", "free", []],
  ["nonneg", "kept ≥ 0", []],
  ["unit", "norm 1", []],
  ["max", "norm at most", [["most", "2"]]],
  [
    "minmax",
    "norm within",
    [
      ["least", "0"],
      ["most", "1"],
      ["rate", "1"],
    ],
  ],
  [
    "clip",
    "kept within",
    [
      ["least", "0"],
      ["most", "1"],
    ],
  ],
];

/** The letters of γ and β in a lane's text. */
const LETTERS = ["g", "s"];

/** Texts that have names of their own. @type {Record<string, string>} */
const NAMED = { u: "guniform:-0.05:0.05~suniform:-0.05:0.05" };

/** @param {Control} control @param {HTMLElement} before where the menu comes after */
export function showGains(control, before) {
  const menu = new Menu(control);
  before.after(menu.element);
  const soon = gathered(PAINT_MILLIS, () => menu.paint());
  control.store.onScene(soon);
  control.race.on(event => {
    if (event !== "loading") soon();
  });
  menu.paint();
}

class Menu {
  /** The lane's text that the controls show. */
  #shown = "";
  #control;
  #lanes = html("select", {
    class: "pick",
    id: "gains-lane",
    "aria-label": "Lane",
    onchange: () => this.paint(),
  });
  #halves = [new Half("γ", "1"), new Half("β", "0")];
  #set = html(
    "button",
    { class: "text", type: "button", id: "gains-set", onclick: () => this.#act() },
    "set",
  );
  #said = html("span", { class: "error", role: "alert", hidden: true });

  /** @param {Control} control */
  constructor(control) {
    this.#control = control;
    this.element = html(
      "details",
      {
        class: "gains",
        id: "race-gains",
        ontoggle: () => this.paint(),
        onkeydown: (/** @type {KeyboardEvent} */ event) => this.#type(event),
      },
      html("summary", "", "γ and β"),
      html("p", "lane-more", "of ", this.#lanes),
      ...this.#halves.map(({ element }) => element),
      html("p", "lane-more", this.#set, this.#said),
      html("p", "lane-more", "Penalties act on gradients; no loss here includes them."),
    );
    // A choice may come before the toggle event, whose painting would undo it.
    this.element.addEventListener("focusin", () => this.paint());
  }

  paint() {
    const { store } = this.#control,
      { race } = store.scene;
    this.element.hidden = race.lanes.every(({ norm }) => norm.kind === "none");
    if (!this.element.open) return;
    const { runs } = raceRuns({ ...store.scene, race: { ...race, seeds: 1 } }),
      able = runs.filter(({ spec }) => spec.norm.kind !== "none");
    this.#offer(able.map(({ name, laneIdx }) => [name, String(laneIdx)]));
    const { lane, text } = this.#lane;
    if (!lane) return;
    const hasSteps = this.#hasSteps;
    this.#set.textContent = hasSteps ? "add as a lane" : "set";
    this.#set.disabled = hasSteps && race.lanes.length >= MAX_NAMED;
    this.#set.title = this.#set.disabled ? `at most ${MAX_NAMED} lanes` : "";
    // What is being typed stays until the lane is another.
    const key = `${this.#lanes.value} ${text}`;
    if (key === this.#shown) return;
    this.#shown = key;
    this.#say("");
    this.#halves.forEach((half, at) => half.show(partsOf(text, LETTERS[at])));
  }

  /** Enter in a field sets the lane, and Esc puts back what it has. @param {KeyboardEvent} event */
  #type(event) {
    if (!(event.target instanceof HTMLInputElement)) return;
    if (event.key === "Enter") this.#act();
    else if (event.key === "Escape") {
      this.#shown = "";
      this.paint();
    } else return;
    event.preventDefault();
  }

  /** Fills the menu of lanes, if they differ from those in it. @param {[string, string][]} lanes */
  #offer(lanes) {
    const menu = this.#lanes,
      was = menu.value;
    const isSame = lanes.every(
      ([name, value], at) => menu.options[at]?.text === name && menu.options[at].value === value,
    );
    if (isSame && menu.length === lanes.length) return;
    menu.replaceChildren(...lanes.map(([name, value]) => new Option(name, value)));
    if (lanes.some(([, value]) => value === was)) menu.value = was;
  }

  /** The chosen lane of the setup, its place and its text. */
  get #lane() {
    const at = Number(this.#lanes.value),
      lane = this.#control.store.scene.race.lanes[at],
      text = lane?.affine ?? "";
    return { at, lane, text: NAMED[text] ?? text };
  }

  /** Whether the chosen lane has trained: then it stays, and another is added. */
  get #hasSteps() {
    const { made, race, keys, store } = this.#control,
      { at } = this.#lane;
    if (!made) return false;
    const own = raceRuns(store.scene).runs.filter(({ laneIdx }) => laneIdx === at);
    return race.lanes.some(lane => lane.history.step && own.some(({ key }) => key === keys.get(lane.id)));
  }

  #act() {
    const { at, lane } = this.#lane,
      { store } = this.#control;
    try {
      const affine = affineOf(this.#halves[0].text, this.#halves[1].text),
        changed = { ...lane, affine },
        { lanes } = store.scene.race;
      const isThere = lanes.some(other => JSON.stringify(other) === JSON.stringify(changed));
      if (isThere) return this.#say("There is a lane like this.");
      const next = this.#hasSteps ? [...lanes, changed] : lanes.with(at, changed);
      this.#say("");
      this.#control.set({ lanes: next });
      if (next.length > lanes.length) this.#follow(next.length - 1);
      this.paint();
    } catch (error) {
      this.#say(`${messageOf(error)}.`);
      this.#said.scrollIntoView({ block: "nearest" });
    }
  }

  /** Shows a lane that was added. @param {number} at */
  #follow(at) {
    this.paint();
    this.#lanes.value = String(at);
  }

  /** @param {string} words */
  #say(words) {
    this.#said.textContent = words;
    this.#said.hidden = !words;
  }
}

/** The parts of a lane's text that concern γ or β. @param {string} text @param {string} letter */
const partsOf = (text, letter) =>
  text
    .split("~")
    .filter(part => part.startsWith(letter))
    .map(part => part.slice(1).split(":"));

/** The controls of γ or β. */
class Half {
  #start;
  #bounds;
  #penalties;

  /** @param {string} letter @param {string} usual what it starts from */
  constructor(letter, usual) {
    const repaint = () => this.#paint();
    this.#start = new Choice(letter, "start", startsOf(usual), repaint);
    this.#bounds = new Choice(letter, "bounds", BOUNDS, repaint);
    this.#penalties = ["l1", "l2"].map(name =>
      number(`${name.toUpperCase()} penalty of ${letter}`, "0", `gains-${letter}-${name}`),
    );
    this.rest = html(
      "span",
      "rest",
      this.#bounds.element,
      ...this.#penalties.map((field, at) => html("label", "", `L${at + 1} `, field)),
    );
    this.element = html("p", "lane-more half", html("b", "", letter), this.#start.element, this.rest);
  }

  /** Its text: "uniform:-0.05:0.05~nonneg". */
  get text() {
    const penalties = this.#penalties.map((field, at) =>
        isZero(field.value) ? "" : `l${at + 1}:${field.value}`,
      ),
      parts = [this.#start.text, this.#bounds.text, ...penalties];
    return this.rest.hidden ? this.#start.text : parts.filter(Boolean).join("~");
  }

  /** @param {string[][]} parts */
  show(parts) {
    this.#start.show(parts);
    this.#bounds.show(parts);
    this.#penalties.forEach((field, at) => {
      field.value = parts.find(([name]) => name === `l${at + 1}`)?.[1] ?? "0";
    });
    this.#paint();
  }

  #paint() {
    this.rest.hidden = this.#start.text === "no";
  }
}

/** A menu of rules, with fields for the numbers of the chosen one. */
class Choice {
  #rules;
  #pick;
  /** @type {HTMLInputElement[]} */
  #fields = [];
  /** The rule whose fields are there. */
  #laid = "";

  /** @param {string} letter @param {string} what @param {Rule[]} rules @param {() => void} then called after a choice */
  constructor(letter, what, rules, then) {
    this.#rules = rules;
    const label = what === "start" ? `Start of ${letter}` : `Bounds of ${letter}`;
    this.#pick = html(
      "select",
      { class: "pick", id: `gains-${letter}-${what}`, "aria-label": label },
      ...rules.map(([name, words]) => new Option(words, name)),
    );
    this.#pick.addEventListener("change", () => {
      this.#lay([]);
      then();
    });
    this.letter = letter;
    this.numbers = html("span");
    this.element = html("span", "choice", this.#pick, this.numbers);
  }

  get text() {
    return [this.#pick.value, ...this.#fields.map(({ value }) => value.trim())]
      .filter((text, at) => at || text)
      .join(":");
  }

  /** @param {string[][]} parts */
  show(parts) {
    const part = parts.find(([name]) => this.#rules.some(([known]) => known === name)) ?? [""];
    this.#pick.value = part[0];
    this.#lay(part.slice(1));
  }

  /** Lays out the fields of the chosen rule. @param {string[]} values */
  #lay(values) {
    const [name, , numbers] = this.#rules[this.#pick.selectedIndex] ?? this.#rules[0];
    // The fields stay, and with them the focus.
    if (name === this.#laid) {
      this.#fields.forEach((field, at) => {
        field.value = values[at] ?? numbers[at][1];
      });
      return;
    }
    this.#laid = name;
    this.#fields = numbers.map(([label, first], at) =>
      number(`${label} of ${this.letter}`, values[at] ?? first, `${this.#pick.id}-${at}`),
    );
    this.numbers.replaceChildren(...this.#fields);
  }
}

/** @param {string} label @param {string} value @param {string} id */
const number = (label, value, id) =>
  html("input", {
    class: "short",
    id,
    value,
    inputmode: "decimal",
    autocomplete: "off",
    "aria-label": label,
  });

/** Whether a field is left at nothing. @param {string} typed */
const isZero = typed => ["", "0"].includes(typed.trim());
