// @ts-check
// Draw a digit: what every lane takes it for, and what a norm layer makes of it.

import { html } from "../dom.js";
import { firstLayer, layerName, offerLayers, sendToCube } from "./look.js";
import { paintMaps } from "./maps.js";
import { showPad } from "./pad.js";
import { paced } from "./paced.js";
import { classesOf, Verdict } from "./verdict.js";

/** @typedef {import("./race.js").Race} Race */
/** @typedef {import("./lane.js").Lane} Lane */
/** @typedef {import("../store.js").Store} Store */
/** @typedef {import("./look.js").Sight} Sight */

/** Least milliseconds between two rounds of questions, after a change of the picture and while lanes go on. */
const ASK_MILLIS = 120, PROGRESS_MILLIS = 1000;

/**
 * @param {Race} race
 * @param {Store} store
 * @param {HTMLElement} place
 * @returns {() => void} repaints, as when the theme changed
 */
export function showDigit(race, store, place) {
  const head = html("p", "show-head"), left = html("div", "digit-pad"), verdicts = html("div", "verdicts");
  const lanes = html("select", "pick"), layers = html("select", "pick"), send = html("button", "", "send to the cube"), said = html("span", "num");
  const before = html("canvas", "maps"), after = html("canvas", "maps"), maps = html("div", "digit-maps",
    html("p", "maps-line", html("label", "", "In ", lanes), layers, send, said),
    html("figure", "", html("figcaption", "", "before its norm"), before), html("figure", "", html("figcaption", "", "after it"), after));
  lanes.id = "digit-lane";
  layers.id = "digit-layer";
  layers.setAttribute("aria-label", "Layer of the drawing");
  send.type = "button";
  send.id = "digit-send";
  place.append(head, html("div", "digit", left, verdicts, maps));
  /** @type {Map<number, Verdict>} */
  const shown = new Map();
  /** @type {{ lane: Lane, norm: number, sight: Sight } | null} */
  let seen = null;
  let norm = 0, last = -Infinity;

  const pad = showPad(left, () => {
    paint();
    ask();
  });
  const chosen = () => race.lanes.find(({ id }) => String(id) === lanes.value);
  const ask = paced(place, ASK_MILLIS, async () => {
    last = performance.now();
    if (pad.isBlank()) return;
    const picked = chosen(), pixels = pad.pixels();
    await Promise.all(race.lanes.filter(lane => !lane.isRecord && lane.device).map(lane => askLane(lane, lane === picked ? norm : firstLayer(lane), pixels)));
    paint();
  });
  /** @param {Lane} lane @param {number} ofNorm @param {Uint8Array} pixels */
  const askLane = async (lane, ofNorm, pixels) => {
    try {
      const sight = await race.look(lane, ofNorm, { drawn: { pixels } });
      shown.get(lane.id)?.say(sight.probabilities, sight.step);
      if (lane === chosen() && ofNorm === norm) seen = { lane, norm, sight };
    } catch (failure) {
      // The reader has been told; what was drawn stays, and the next stroke asks again.
      shown.get(lane.id)?.fail(/** @type {{ message: string }} */ (failure).message);
    }
  };
  /** Of the race, or of the one to be. */
  const data = () => race.course?.data ?? store.scene.race.data;
  const paintLanes = () => {
    const key = race.lanes.map(({ id, name, norms, isRecord }) => [id, name, norms.length, isRecord].join()).join(";") + data();
    if (verdicts.dataset.key === key) return;
    verdicts.dataset.key = key;
    const classes = classesOf(data());
    head.replaceChildren(html("b", "", classes.what), " Every lane says what it takes it for.");
    shown.clear();
    const networks = race.lanes.filter(lane => !lane.isRecord);
    for (const lane of networks) shown.set(lane.id, new Verdict(lane, classes));
    const words = networks.length < race.lanes.length ? ["Lanes of a file have curves and no network."] : [];
    verdicts.replaceChildren(...[...shown.values()].map(verdict => verdict.element), ...words);
    const able = race.lanes.filter(lane => !lane.isRecord && lane.norms.length), was = lanes.value;
    lanes.replaceChildren(...able.map(lane => new Option(lane.name, String(lane.id))));
    lanes.value = able.some(({ id }) => String(id) === was) ? was : String(able[0]?.id ?? "");
    if (lanes.value !== was) chooseFirst();
    else choose();
  };
  const chooseFirst = () => {
    const lane = chosen();
    norm = lane ? firstLayer(lane) : 0;
    choose();
  };
  const choose = () => {
    const lane = chosen();
    norm = Math.min(norm, Math.max(0, (lane?.norms.length ?? 1) - 1));
    offerLayers(layers, lane, norm);
    if (seen?.lane !== lane || seen?.norm !== norm) seen = null;
    ask();
  };
  const paint = () => {
    const isBlank = pad.isBlank();
    for (const verdict of shown.values()) verdict.wait(isBlank);
    maps.hidden = isBlank || !seen;
    if (!seen || isBlank) return;
    const { sight } = seen, range = paintMaps(before, sight.shape, sight.x);
    paintMaps(after, sight.shape, sight.y);
    said.textContent = `step ${sight.step}`;
    before.setAttribute("aria-label", `${sight.shape[1]} maps before the norm, ${range}`);
  };
  lanes.addEventListener("change", chooseFirst);
  layers.addEventListener("change", () => { norm = layers.selectedIndex; choose(); });
  send.addEventListener("click", () => {
    if (!seen) return;
    const { lane, sight } = seen;
    sendToCube(store, `your drawing in ${lane.name}, ${layerName(lane, seen.norm)}`, sight);
    document.getElementById("plate")?.scrollIntoView({ block: "center" });
  });
  race.on(event => {
    if (event === "lanes") paintLanes();
    if (event === "lanes" || (event === "progress" && performance.now() - last > PROGRESS_MILLIS)) ask();
  });
  store.on(change => { if (change !== "focus" && change !== "lit") paintLanes(); });
  paintLanes();
  paint();
  return () => {
    pad.paint();
    paint();
  };
}
