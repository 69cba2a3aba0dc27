// @ts-check
// Figures next to the charts: what a lane's norm layers learned, and accuracy against batch size where lanes differ in it.

import { html } from "../../lib/dom.js";
import { foldOpens } from "../../lib/opened.js";
import { messageOf } from "../../lib/format.js";
import { offerLanes } from "./choice.js";
import { coloursOf } from "./feed.js";
import { paced } from "../../lib/paced.js";
import { repeatKey } from "../model/same.js";

/** @typedef {import("../model/race.js").Race} Race */
/** @typedef {import("../../lib/store.js").Store} Store */
/** @typedef {import("../model/lane.js").Lane} Lane */
/** @typedef {import("./view.js").View} View */
/** @typedef {import("../../../pkg/charts/blue_cube.js").RaceChart} RaceChart */
/** @typedef {import("../../../pkg/charts/blue_cube.js").SweepRequest} SweepRequest */
/** @typedef {typeof import("../../../pkg/charts/blue_cube.js").drawSweep} DrawSweep */

/** Milliseconds between two drawings, at least. */
const REDRAW_MILLIS = 1000;

/** Heights in CSS pixels. */
const HEIGHTS = { gamma: 150, beta: 150, rho: 190, mix: 260 },
  SWEEP_HEIGHT = 260;

/**
 * @param {Race} race
 * @param {Store} store
 * @param {View} view
 * @param {HTMLElement} place
 * @param {() => Promise<{ chart: RaceChart, drawSweep: DrawSweep }>} load brings the charts up to date
 * @param {(drawn: { svg: string, description: string }) => Element} pictureOf
 */
export function showFigures(race, store, view, place, load, pictureOf) {
  const lanes = html("select", { class: "pick", id: "learnt-lane" }),
    figures = html("div", "figures"),
    sweep = html("div", "sweep");
  const learnt = html(
    "details",
    { class: "learnt", id: "race-learnt" },
    html("summary", "", "What the norms learned"),
    html("label", "", "in ", lanes),
    figures,
  );
  place.append(sweep, learnt);
  const widthOf = (/** @type {Element} */ root) => Math.max(240, Math.round(root.clientWidth));

  const draw = async () => {
    const request = sweepOf(race.lanes, coloursOf(race.lanes).styles);
    sweep.hidden = !request.lines.length;
    if (!request.lines.length && !learnt.open) return;
    const { chart, drawSweep } = await load(),
      { theme } = coloursOf(race.lanes);
    if (request.lines.length)
      sweep.replaceChildren(
        pictureOf(drawSweep({ ...request, width: widthOf(sweep), height: SWEEP_HEIGHT }, theme)),
      );
    if (!learnt.open) return;
    offerLanes(
      lanes,
      race.lanes.filter(lane => chart.parameters(lane.id).length),
    );
    const id = Number(lanes.value),
      parameters = lanes.value ? chart.parameters(id) : [],
      width = widthOf(figures);
    const pictures = parameters.map(parameter =>
      pictureOf(chart.drawParameters({ id, parameter, width, height: HEIGHTS[parameter] }, theme)),
    );
    figures.replaceChildren(
      ...(lanes.value ? pictures : ["Nothing yet: recorded whenever a lane is evaluated."]),
    );
  };
  const soon = paced(place, REDRAW_MILLIS, () =>
    draw().catch(fault => {
      figures.textContent = `⚠ ${messageOf(fault)}`;
    }),
  );
  learnt.addEventListener("toggle", soon);
  foldOpens(store, "learnt", learnt);
  lanes.addEventListener("change", soon);
  race.on(event => {
    if (event === "lanes" || event === "judged") soon();
  });
  view.on(() => {
    if (!view.lane) return;
    lanes.value = String(view.lane.id);
    soon();
  });
  new ResizeObserver(soon).observe(place);
  return soon;
}

/**
 * The results of lanes that differ only in batch size and seed.
 * @param {Lane[]} lanes
 * @param {Pick<SweepRequest["lines"][number], "color" | "dash">[]} styles of the lanes
 * @returns {Pick<SweepRequest, "lines">}
 */
export function sweepOf(lanes, styles) {
  /** @type {Map<string, SweepRequest["lines"][number]>} */
  const lines = new Map();
  lanes.forEach((lane, at) => {
    const last = lane.history.judgements.at(-1);
    if (!last || lane.fork) return;
    const key = repeatKey({ ...lane.spec, batch: 0 }),
      { color, dash } = styles[at];
    const line = lines.get(key) ?? { label: plainName(lane), color, dash, points: [] };
    lines.set(key, line);
    const point = line.points.find(({ batch }) => batch === lane.spec.batch);
    if (point) point.accuracies.push(last.judged.accuracy);
    else line.points.push({ batch: lane.spec.batch, accuracies: [last.judged.accuracy] });
  });
  return { lines: [...lines.values()].filter(({ points }) => points.length > 1) };
}

/** A lane's name without its batch size and seed. @param {Lane} lane */
const plainName = ({ name }) => name.replace(/,? *(batch|seed) \d+/g, "").trim() || name;
