// @ts-check
// Draw a digit: each lane's prediction, and the maps of a norm layer.

import { html } from "../../lib/dom.js";
import { messageOf } from "../../lib/format.js";
import { offerLanes } from "./choice.js";
import { firstLayer, layerName, offerLayers, sendToCube } from "./in_cube.js";
import { paintMaps } from "./maps.js";
import { showPad } from "./pad.js";
import { paced } from "../../lib/paced.js";
import { classesOf, Verdict } from "./verdict.js";

/** @typedef {import("../model/race.js").Race} Race */
/** @typedef {import("../model/lane.js").Lane} Lane */
/** @typedef {import("../../lib/store.js").Store} Store */
/** @typedef {import("./in_cube.js").Sight} Sight */

/** Milliseconds between two rounds of predictions, after a change of the picture and while lanes run. */
const ASK_MILLIS = 120,
  PROGRESS_MILLIS = 1000;

/**
 * @param {Race} race
 * @param {Store} store
 * @param {HTMLElement} place
 * @returns {() => void} repaints, as when the theme changed
 */
export function showDigit(race, store, place) {
  const digit = new Digit(race, store, place);
  race.on(event => digit.follow(event));
  store.onScene(() => digit.paintLanes());
  digit.paintLanes();
  digit.paint();
  return () => digit.repaint();
}

class Digit {
  #head = html("p", "show-head");
  #verdicts = html("div", "verdicts");
  #layers = html("select", {
    class: "pick",
    id: "digit-layer",
    "aria-label": "Layer shown",
    onchange: () => {
      this.#choose(this.#layers.selectedIndex);
    },
  });
  #lanes = html("select", { class: "pick", id: "digit-lane", onchange: () => this.#chooseFirst() });
  #said = html("span", "num");
  #before = html("canvas", "maps");
  #after = html("canvas", "maps");
  /** @type {Map<number, Verdict>} */
  #shown = new Map();
  /** @type {{ lane: Lane, norm: number, found: Sight } | null} */
  #seen = null;
  /** The norm layer shown. */
  #norm = 0;
  #lastAsked = -Infinity;
  #race;
  #store;

  /** @param {Race} race @param {Store} store @param {HTMLElement} place */
  constructor(race, store, place) {
    this.#race = race;
    this.#store = store;
    const left = html("div", "digit-pad"),
      send = html(
        "button",
        { type: "button", id: "digit-send", onclick: () => this.#send() },
        "send to the cube",
      );
    this.maps = html(
      "div",
      "digit-maps",
      html("p", "maps-line", html("label", "", "In ", this.#lanes), this.#layers, send, this.#said),
      html("figure", "", html("figcaption", "", "before its norm"), this.#before),
      html("figure", "", html("figcaption", "", "after it"), this.#after),
    );
    place.append(this.#head, html("div", "digit", left, this.#verdicts, this.maps));
    this.pad = showPad(left, () => {
      this.paint();
      this.ask();
    });
    this.ask = paced(place, ASK_MILLIS, () => this.#askAll());
  }

  /** @param {import("../model/race.js").RaceEvent} event */
  follow(event) {
    if (event === "lanes") this.paintLanes();
    if (event === "lanes" || (event === "progress" && performance.now() - this.#lastAsked > PROGRESS_MILLIS))
      this.ask();
  }

  repaint() {
    this.pad.paint();
    this.paint();
  }

  /** Paints the lanes, if they have changed. */
  paintLanes() {
    const race = this.#race,
      verdicts = this.#verdicts,
      shown = this.#shown,
      data = this.#data;
    const key =
      race.lanes.map(({ id, name, norms, isRecord }) => [id, name, norms.length, isRecord].join()).join(";") +
      data;
    if (verdicts.dataset.key === key) return;
    verdicts.dataset.key = key;
    const classes = classesOf(data);
    this.#head.replaceChildren(html("b", "", classes.what), " Each lane shows what it recognizes.");
    shown.clear();
    const networks = race.lanes.filter(lane => !lane.isRecord);
    for (const lane of networks) shown.set(lane.id, new Verdict(lane, classes));
    const words =
      networks.length < race.lanes.length ? ["Lanes from a file have curves but no network."] : [];
    verdicts.replaceChildren(...[...shown.values()].map(verdict => verdict.element), ...words);
    const was = this.#lanes.value;
    offerLanes(
      this.#lanes,
      networks.filter(lane => lane.norms.length),
    );
    if (this.#lanes.value !== was) this.#chooseFirst();
    else this.#choose(this.#norm);
  }

  /** Paints the chosen layer's maps of the drawing. */
  paint() {
    const isBlank = this.pad.isBlank(),
      seen = this.#seen;
    for (const verdict of this.#shown.values()) verdict.wait(isBlank);
    this.maps.hidden = isBlank || !seen;
    if (!seen || isBlank) return;
    const { found } = seen,
      range = paintMaps(this.#before, found.shape, found.x);
    paintMaps(this.#after, found.shape, found.y);
    this.#said.textContent = `step ${found.step}`;
    this.#before.setAttribute("aria-label", `${found.shape[1]} maps before the norm, ${range}`);
  }

  /** Of the race, or of the next one. */
  get #data() {
    return this.#race.course?.data ?? this.#store.scene.race.data;
  }

  get #chosen() {
    return this.#race.lanes.find(({ id }) => String(id) === this.#lanes.value);
  }

  async #askAll() {
    this.#lastAsked = performance.now();
    if (this.pad.isBlank()) return;
    const chosen = this.#chosen,
      pixels = this.pad.pixels();
    const able = this.#race.lanes.filter(lane => !lane.isRecord && lane.device);
    await Promise.all(
      able.map(lane => this.#askLane(lane, lane === chosen ? this.#norm : firstLayer(lane), pixels)),
    );
    this.paint();
  }

  /** @param {Lane} lane @param {number} norm @param {Uint8Array} pixels */
  async #askLane(lane, norm, pixels) {
    const verdict = () => this.#shown.get(lane.id);
    try {
      const found = await this.#race.look(lane, norm, { drawn: { pixels } });
      verdict()?.say(found.probabilities, found.step);
      if (lane === this.#chosen && norm === this.#norm) this.#seen = { lane, norm, found };
    } catch (failure) {
      // The failure has been shown; the drawing stays, and the next stroke asks again.
      verdict()?.fail(messageOf(failure));
    }
  }

  #chooseFirst() {
    const lane = this.#chosen;
    this.#choose(lane ? firstLayer(lane) : 0);
  }

  /** Shows a layer of the chosen lane. @param {number} norm */
  #choose(norm) {
    const lane = this.#chosen,
      seen = this.#seen;
    this.#norm = Math.min(norm, Math.max(0, (lane?.norms.length ?? 1) - 1));
    offerLayers(this.#layers, lane, this.#norm);
    if (seen?.lane !== lane || seen?.norm !== this.#norm) this.#seen = null;
    this.ask();
  }

  #send() {
    if (!this.#seen) return;
    const { lane, norm, found } = this.#seen;
    sendToCube(this.#store, `your drawing in ${lane.name}, ${layerName(lane, norm)}`, found);
    document.getElementById("cube-canvas")?.scrollIntoView({ block: "center" });
  }
}
