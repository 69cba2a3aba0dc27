// @ts-check
// The live net feeds the page: what a lane's norm layer sees of test images becomes the cube's tensor, at the moment that the
// scrubber stands at, or as the lane goes on.

import { spaced } from "../counts.js";
import { html } from "../dom.js";
import { showSample, showTensor } from "../shown.js";
import { countUpTo } from "./epochs.js";
import { paced } from "./paced.js";

/** @typedef {import("./race.js").Race} Race */
/** @typedef {import("./lane.js").Lane} Lane */
/** @typedef {import("./view.js").View} View */
/** @typedef {import("../store.js").Store} Store */
/** @typedef {Awaited<ReturnType<Race["look"]>>} Sight */

/** Test images that the cube shows. */
const N_IMAGES = 4;

/** Least milliseconds between two looks while a lane goes on. */
const LOOK_MILLIS = 500;

/** Networks in which a convolution stands before every norm. */
const CONVOLUTIONAL = ["tutorial", "source-d", "deep"];

/** Tables that a step of a gated recurrent net normalizes, in their order. */
const GATED = ["input", "state"];

/** What a norm layer is called: "conv 1", "row 15" of a recurrent net, "row 15, state" of a gated one. @param {Lane} lane @param {number} norm */
export function layerName({ spec: { model } }, norm) {
  if (CONVOLUTIONAL.includes(String(model))) return `conv ${norm + 1}`;
  if (typeof model === "object" && "row-gru" in model) return `row ${Math.floor(norm / GATED.length) + 1}, ${GATED[norm % GATED.length]}`;
  return `row ${norm + 1}`;
}

/** The norm layer that is shown first: of a recurrent net that of a middle row, since the rows before it are often blank. @param {Lane} lane */
export const firstLayer = ({ spec: { model }, norms }) => CONVOLUTIONAL.includes(String(model)) ? 0 : norms.length >> 1;

/**
 * Fills a menu with the layers of a lane.
 * @param {HTMLSelectElement} menu
 * @param {Lane | undefined} lane
 * @param {number} norm the chosen one
 */
export function offerLayers(menu, lane, norm) {
  const layers = lane?.norms ?? [];
  if (menu.length !== layers.length || menu.dataset.lane !== String(lane?.id)) {
    menu.replaceChildren(...layers.map((shape, at) => new Option(lane && `${layerName(lane, at)}, ${shape[1]} channels`, String(at))));
    menu.dataset.lane = String(lane?.id);
  }
  menu.selectedIndex = norm;
  menu.hidden = layers.length < 2;
}

/**
 * Makes what goes into a lane's norm layer the cube's tensor, with that layer as the method: its norm, ε, momentum, γ, β and
 * running statistics.
 * @param {Store} store
 * @param {string} name
 * @param {Sight} sight
 */
export function sendToCube(store, name, { shape, x, layer }) {
  // The method fits the new channels only, and both are one step of Undo.
  showTensor(store, name, shape, x, { change: "drag", layer });
  store.set({ method: { norm: layer.norm }, epsilon: layer.epsilon, momentum: layer.momentum });
}

/** What a reader may turn in the cube and a change of the lane puts back. @param {Sight["layer"]} layer */
const settingsOf = ({ norm, epsilon, momentum }) => JSON.stringify([norm, epsilon, momentum]);

/**
 * @param {Race} race
 * @param {Store} store
 * @param {View} view
 * @param {HTMLElement} place
 * @returns {(lane: Lane, norm?: number) => Promise<void>} shows a layer in the cube; rejects if the lane cannot show it
 */
export function showLook(race, store, view, place) {
  const lanes = html("select", "pick"), layers = html("select", "pick"), said = html("span", "num"), go = html("a", "text", "see it");
  const line = html("p", "look-line", html("label", "", "The cube shows ", lanes), layers, said, go);
  lanes.id = "look-lane";
  layers.id = "look-layer";
  layers.setAttribute("aria-label", "Layer");
  said.setAttribute("role", "status");
  go.href = "#plate";
  place.append(line);
  let norm = 0, turn = 0, file = "", isOurs = false;
  /** The moment that the cube shows. @type {number | undefined} */
  let shownMoment;
  /** Of the layer that the cube shows. */
  let settings = "";

  /** Looks, and shows what was seen. @param {boolean} isNew */
  const look = async isNew => {
    const { lane, moment } = view, mine = isNew ? ++turn : turn;
    if (!lane) return;
    const step = moment === undefined || moment >= lane.history.nImages ? undefined : countUpTo(lane.history.images.values, moment);
    const seen = await race.look(lane, norm, { test: { nImages: N_IMAGES } }, step);
    if (mine !== turn || view.lane !== lane) return;
    const isLive = step === undefined && race.isRunning;
    const name = `${lane.name}, ${layerName(lane, norm)}${isLive ? ", live" : ` at step ${spaced(seen.step)}`}`;
    [isOurs, shownMoment] = [true, moment];
    const before = settings;
    settings = settingsOf(seen.layer);
    if (isNew || settings !== before) sendToCube(store, name, seen);
    else {
      const { pins } = store.scene;
      showTensor(store, name, seen.shape, seen.x, { change: "drag", layer: seen.layer });
      // It is the same layer, at another time.
      store.set({ pins }, "drag");
    }
    isOurs = false;
    file = store.scene.file ?? "";
    said.textContent = `at step ${spaced(seen.step)}${isLive ? ", live" : ""}`;
    paint();
  };
  const plate = document.getElementById("plate") ?? place;
  // A lane that cannot show it has said so when it was asked first.
  const follow = paced(plate, LOOK_MILLIS, () => (view.moment !== undefined && view.moment === shownMoment ? undefined : look(false).catch(leave)));
  const leave = () => {
    turn++;
    view.set({ lane: undefined });
  };
  const paint = () => {
    const options = race.lanes.filter(lane => !lane.isRecord && lane.norms.length);
    const key = options.map(lane => `${lane.id} ${lane.name}`).join();
    if (lanes.dataset.key !== key) {
      lanes.dataset.key = key;
      lanes.replaceChildren(new Option("a tensor of its own", ""), ...options.map(lane => new Option(lane.name, String(lane.id))));
    }
    lanes.value = String(view.lane?.id ?? "");
    offerLayers(layers, view.lane, norm);
    said.hidden = go.hidden = !view.lane;
  };
  /** @param {Lane} lane @param {number} [nextNorm] */
  const lookAt = async (lane, nextNorm = firstLayer(lane)) => {
    norm = Math.min(nextNorm, Math.max(0, lane.norms.length - 1));
    view.set({ lane });
    paint();
    try {
      await look(true);
    } catch (failure) {
      leave();
      throw failure;
    }
  };
  const told = (/** @type {unknown} */ failure) => {
    const message = failure && typeof failure === "object" && "message" in failure ? failure.message : failure;
    said.textContent = `⚠ ${message}`;
    said.hidden = false;
  };
  lanes.addEventListener("change", () => {
    const lane = race.lanes.find(({ id }) => String(id) === lanes.value);
    if (lane) lookAt(lane).catch(told);
    else {
      leave();
      showSample(store);
    }
  });
  layers.addEventListener("change", () => { if (view.lane) lookAt(view.lane, layers.selectedIndex).catch(told); });
  store.on(change => {
    if (isOurs || change === "focus" || change === "lit" || !view.lane || !file) return;
    // Another tensor was put in its place.
    if (store.scene.file !== file) leave();
  });
  race.on((event, lane) => {
    if (view.lane && !race.lanes.includes(view.lane)) leave();
    if (event === "lanes") paint();
    else if (view.lane && (lane === view.lane || event === "state")) follow();
  });
  view.on(() => {
    paint();
    if (view.lane && file) follow();
  });
  paint();
  return lookAt;
}
