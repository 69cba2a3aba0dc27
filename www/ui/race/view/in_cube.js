// @ts-check
// Shows a live network in the cube: a lane's norm layer's input for test images becomes the tensor, at the scrubber's moment or
// live.

import { integer, messageOf } from "../../lib/format.js";
import { html } from "../../lib/dom.js";
import { showSample, showTensor } from "../../tensor/shown.js";
import { CONVOLUTIONAL } from "../model/choices.js";
import { countUpTo } from "../model/epochs.js";
import { paced } from "../../lib/paced.js";

/** @typedef {import("../model/race.js").Race} Race */
/** @typedef {import("../model/lane.js").Lane} Lane */
/** @typedef {import("./view.js").View} View */
/** @typedef {import("../../lib/store.js").Store} Store */
/** @typedef {Awaited<ReturnType<Race["look"]>>} Sight */

/** Test images that the cube shows. */
const N_IMAGES = 4;

/** Milliseconds between two looks while a lane runs, at least. */
const LOOK_MILLIS = 500;

/** What a step of a gated recurrent net normalizes, in order. */
const GATED = ["input", "state"];

/** A norm layer's name: "conv 1", "row 15" in a recurrent net, "row 15, state" in a gated one. @param {Lane} lane @param {number} norm */
export function layerName({ spec: { model } }, norm) {
  if (CONVOLUTIONAL.includes(String(model))) return `conv ${norm + 1}`;
  if (typeof model === "object" && "row-gru" in model)
    return `row ${Math.floor(norm / GATED.length) + 1}, ${GATED[norm % GATED.length]}`;
  return `row ${norm + 1}`;
}

/** The norm layer that is shown first: in a recurrent net that of a middle row, since earlier rows are often blank. @param {Lane} lane */
export const firstLayer = ({ spec: { model }, norms }) =>
  CONVOLUTIONAL.includes(String(model)) ? 0 : norms.length >> 1;

/**
 * Fills a menu with the layers of a lane.
 * @param {HTMLSelectElement} menu
 * @param {Lane | undefined} lane
 * @param {number} norm the chosen one
 */
export function offerLayers(menu, lane, norm) {
  const layers = lane?.norms ?? [];
  if (menu.length !== layers.length || menu.dataset.lane !== String(lane?.id)) {
    menu.replaceChildren(
      ...layers.map(
        (shape, at) => new Option(lane && `${layerName(lane, at)}, ${shape[1]} channels`, String(at)),
      ),
    );
    menu.dataset.lane = String(lane?.id);
  }
  menu.selectedIndex = norm;
  menu.hidden = layers.length < 2;
}

/**
 * Shows a lane's norm layer in the cube: its input as the tensor, and as the method its norm, ε, momentum, γ, β and running
 * statistics.
 * @param {Store} store
 * @param {string} name
 * @param {Sight} sight
 */
export function sendToCube(store, name, { shape, x, layer }) {
  // The method only fits the new channels, and both are one step of Undo.
  showTensor(store, name, shape, x, { change: "drag", layer });
  store.set({ method: { norm: layer.norm }, epsilon: layer.epsilon, momentum: layer.momentum });
}

/** What a reader may change in the cube and a change of the lane restores. @param {Sight["layer"]} layer */
const settingsOf = ({ norm, epsilon, momentum }) => JSON.stringify([norm, epsilon, momentum]);

/**
 * @param {Race} race
 * @param {Store} store
 * @param {View} view
 * @param {HTMLElement} place
 * @returns {(lane: Lane, norm?: number) => Promise<void>} shows a layer in the cube; rejects if the lane cannot show it
 */
export function showInCube(race, store, view, place) {
  const look = new InCube(race, store, view);
  place.append(look.element);
  const area = document.getElementById("cube-canvas") ?? place;
  // A lane that cannot show it has reported that at the first request.
  const follow = paced(area, LOOK_MILLIS, () => look.follow());
  store.onScene(() => look.yield());
  race.on((event, lane) => {
    if (view.lane && !race.lanes.includes(view.lane)) look.leave();
    if (event === "lanes") look.paint();
    else if (view.lane && (lane === view.lane || event === "state")) follow();
  });
  view.on(() => {
    look.paint();
    if (view.lane && look.isShown) follow();
  });
  look.paint();
  return (lane, norm) => look.at(lane, norm);
}

class InCube {
  #lanes = html("select", {
    class: "pick",
    id: "look-lane",
    onchange: () => {
      this.#chooseLane();
    },
  });
  #layers = html("select", {
    class: "pick",
    id: "look-layer",
    "aria-label": "Layer",
    onchange: () => {
      this.#chooseLayer();
    },
  });
  #said = html("span", { class: "num", role: "status" });
  #go = html("a", { class: "text", href: "#cube-canvas" }, "see it");
  element = html(
    "p",
    "look-line",
    html("label", "", "The cube shows ", this.#lanes),
    this.#layers,
    this.#said,
    this.#go,
  );
  #norm = 0;
  /** Counts looks, so that answers to older ones are ignored. */
  #turn = 0;
  /** What the cube shows for us, and whether it is being placed. */
  #file = "";
  #isOurs = false;
  /** The moment that the cube shows. @type {number | undefined} */
  #moment;
  /** Settings of the layer that the cube shows. */
  #settings = "";
  #race;
  #store;
  #view;

  /** @param {Race} race @param {Store} store @param {View} view */
  constructor(race, store, view) {
    this.#race = race;
    this.#store = store;
    this.#view = view;
  }

  get isShown() {
    return this.#file !== "";
  }

  /** Shows a layer. @param {Lane} lane @param {number} [norm] */
  async at(lane, norm = firstLayer(lane)) {
    this.#norm = Math.min(norm, Math.max(0, lane.norms.length - 1));
    this.#view.set({ lane });
    this.paint();
    try {
      await this.#look(true);
    } catch (failure) {
      this.leave();
      throw failure;
    }
  }

  /** Looks again after a change of the lane or the moment. */
  async follow() {
    const { moment } = this.#view;
    if (moment !== undefined && moment === this.#moment) return;
    await this.#look(false).catch(() => this.leave());
  }

  /** The cube no longer shows a lane. */
  leave() {
    this.#turn++;
    this.#view.set({ lane: undefined });
  }

  /** Stops, if another tensor has replaced ours. */
  yield() {
    if (!this.#isOurs && this.#view.lane && this.#file && this.#store.chosen.file !== this.#file)
      this.leave();
  }

  paint() {
    const { lane } = this.#view,
      lanes = this.#lanes,
      options = this.#race.lanes.filter(({ isRecord, norms }) => !isRecord && norms.length);
    const key = options.map(({ id, name }) => `${id} ${name}`).join();
    if (lanes.dataset.key !== key) {
      lanes.dataset.key = key;
      lanes.replaceChildren(
        new Option("its own tensor", ""),
        ...options.map(({ id, name }) => new Option(name, String(id))),
      );
    }
    lanes.value = String(lane?.id ?? "");
    offerLayers(this.#layers, lane, this.#norm);
    this.#said.hidden = this.#go.hidden = !lane;
  }

  /** Looks, and shows the result. @param {boolean} isNew */
  async #look(isNew) {
    const { lane, moment } = this.#view,
      mine = isNew ? ++this.#turn : this.#turn;
    if (!lane) return;
    const step =
      moment === undefined || moment >= lane.history.nImages
        ? undefined
        : countUpTo(lane.history.images.values, moment);
    const seen = await this.#race.look(lane, this.#norm, { test: { nImages: N_IMAGES } }, step);
    if (mine !== this.#turn || this.#view.lane !== lane) return;
    const isLive = step === undefined && this.#race.isRunning,
      when = `at step ${integer(seen.step)}`;
    const name = `${lane.name}, ${layerName(lane, this.#norm)}${isLive ? ", live" : ` ${when}`}`;
    this.#moment = moment;
    this.#show(name, seen, isNew);
    this.#said.textContent = `${when}${isLive ? ", live" : ""}`;
    this.paint();
  }

  /** @param {string} name @param {Sight} seen @param {boolean} isNew */
  #show(name, seen, isNew) {
    const store = this.#store,
      { pins } = store.chosen,
      { shape, x, layer } = seen,
      before = this.#settings;
    this.#isOurs = true;
    this.#settings = settingsOf(layer);
    if (isNew || this.#settings !== before) sendToCube(store, name, seen);
    else {
      showTensor(store, name, shape, x, { change: "drag", layer });
      // It is the same layer at another time.
      store.set({ pins }, "drag");
    }
    this.#isOurs = false;
    this.#file = store.chosen.file ?? "";
  }

  #chooseLane() {
    const lane = this.#race.lanes.find(({ id }) => String(id) === this.#lanes.value);
    if (lane) this.#try(lane);
    else {
      this.leave();
      showSample(this.#store);
    }
  }

  #chooseLayer() {
    const { lane } = this.#view;
    if (lane) this.#try(lane, this.#layers.selectedIndex);
  }

  /** Shows a layer, or says why it cannot be shown. @param {Lane} lane @param {number} [norm] */
  #try(lane, norm) {
    this.at(lane, norm).catch(failure => this.#tell(failure));
  }

  /** @param {unknown} failure */
  #tell(failure) {
    this.#said.textContent = `⚠ ${messageOf(failure)}`;
    this.#said.hidden = false;
  }
}
