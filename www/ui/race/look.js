// @ts-check
// The live net feeds the page: what a lane's norm layer sees of test images becomes the cube's tensor, at the moment that the
// scrubber stands at, or as the lane goes on.

import { integer } from "../format.js";
import { html } from "../dom.js";
import { showSample, showTensor } from "../shown.js";
import { countUpTo } from "./epochs.js";
import { paced } from "./paced.js";

/** @typedef {import("./race.js").Race} Race */
/** @typedef {import("./lane.js").Lane} Lane */
/** @typedef {import("./view.js").View} View */
/** @typedef {import("../store.js").Store} Store */
/** @typedef {[n: number, c: number, h: number, w: number]} Lengths */

/** Test images that the cube shows. */
const N_IMAGES = 4;

/** Least milliseconds between two looks while a lane goes on. */
const LOOK_MILLIS = 500;

/** Networks in which a convolution stands before every norm. */
const CONVOLUTIONAL = ["tutorial", "source-d", "deep"];

/** What a norm layer is called: "conv 1". @param {Lane} lane @param {number} norm */
export const layerName = (lane, norm) => `${CONVOLUTIONAL.includes(String(lane.spec.model)) ? "conv" : "norm layer"} ${norm + 1}`;

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
 * Makes a tensor of a lane the cube's, with the lane's norm as the method.
 * @param {Store} store
 * @param {Lane} lane
 * @param {string} name
 * @param {Lengths} shape
 * @param {Float32Array} values
 */
export function sendToCube(store, lane, name, shape, values) {
  // The method fits the new channels only, and both are one step of Undo.
  showTensor(store, name, shape, values, { change: "drag" });
  store.set({ method: { norm: lane.spec.norm }, epsilon: lane.spec.epsilon });
}

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

  /** Looks, and shows what was seen. @param {boolean} isNew */
  const look = async isNew => {
    const { lane, moment } = view, mine = isNew ? ++turn : turn;
    if (!lane) return;
    const step = moment === undefined || moment >= lane.history.nImages ? undefined : countUpTo(lane.history.images.values, moment);
    const seen = await race.look(lane, norm, { test: { nImages: N_IMAGES } }, step);
    if (mine !== turn || view.lane !== lane) return;
    const isLive = step === undefined && race.isRunning;
    const name = `${lane.name}, ${layerName(lane, norm)}${isLive ? ", live" : ` at step ${integer(seen.step)}`}`;
    [isOurs, shownMoment] = [true, moment];
    if (isNew) sendToCube(store, lane, name, seen.shape, seen.x);
    else {
      const { pins } = store.scene;
      showTensor(store, name, seen.shape, seen.x, { change: "drag" });
      // It is the same layer, at another time.
      store.set({ pins }, "drag");
    }
    isOurs = false;
    file = store.scene.file ?? "";
    said.textContent = `at step ${integer(seen.step)}${isLive ? ", live" : ""}`;
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
  const lookAt = async (lane, nextNorm = 0) => {
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
