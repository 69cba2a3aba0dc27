// @ts-check
// The settings: reads what was typed, says beside each field what cannot be used, and what waits for the next start.

import { readForm } from "../pkg/blue_cube.js";
import { byId } from "./dom.js";
import { FURTHER, ROW } from "./method.js";
import { COUNTED } from "./words.js";

/** @typedef {import("../pkg/blue_cube.js").Form} Form */
/** @typedef {import("../pkg/blue_cube.js").Reading} Reading */
/** @typedef {import("../pkg/blue_cube.js").RunSpec} RunSpec */
/** @typedef {import("../pkg/blue_cube.js").DataName} DataName */
/** @typedef {import("../pkg/blue_cube.js").DeviceChoice} DeviceChoice */
/** @typedef {import("../pkg/blue_cube.js").Norm} Norm */
/** @typedef {import("../pkg/blue_cube.js").NormKind} NormKind */

/** The norm of the page's method, which the network takes unless it is told otherwise. @type {NormKind} */
let methodNorm = "group";

/** @param {NormKind} kind */
export function followMethod(kind) {
  methodNorm = kind;
}

/** The fields that are typed. */
const TYPED = /** @type {const} */ (["groups", "batch", "rate", "seed"]);

const input = (/** @type {string} */ id) => byId(id, HTMLInputElement);
const select = (/** @type {string} */ id) => byId(id, HTMLSelectElement);

/** @returns {Form} */
export function currentForm() {
  return {
    data: /** @type {DataName} */ (select("data").value),
    norm: netNorm(),
    groups: input("groups").value,
    batch: input("batch").value,
    rate: input("rate").value,
    seed: input("seed").value,
    engine: /** @type {DeviceChoice} */ (select("engine").value),
  };
}

/**
 * Reads the form and says beside the fields what cannot be used.
 * @returns {Reading}
 */
export function checkForm() {
  const form = currentForm(), reading = readForm(form);
  for (const field of TYPED) {
    const error = reading.errors.find(error => error.field === field);
    const place = byId(`${field}-error`, HTMLElement);
    const words = error ? error.message.charAt(0).toUpperCase() + error.message.slice(1) + "." : "";
    if (place.textContent !== words) place.textContent = words;
    place.hidden = !error;
    input(field).setAttribute("aria-invalid", String(!!error));
  }
  const [label, hint] = COUNTED[form.norm] ?? ["", ""];
  byId("groups-row", HTMLElement).hidden = !label;
  if (label) byId("groups-label", HTMLElement).textContent = label;
  if (label) byId("groups-hint", HTMLElement).textContent = hint;
  return reading;
}

/** Moves the focus to the first field that cannot be used. */
export function focusFirstError() {
  const first = TYPED.find(field => input(field).getAttribute("aria-invalid") === "true");
  if (first) input(first).focus();
}

/**
 * Says beside each setting whether it waits for the next start.
 * @param {{ spec: RunSpec, data: DataName } | null} run the run there is
 */
export function showPending(run) {
  const form = currentForm();
  const differs = (/** @type {string} */ typed, /** @type {number} */ used) => Number(typed) !== used;
  /** @param {string} id @param {boolean} waits @param {string} words */
  const say = (id, waits, words) => {
    const place = byId(id, HTMLElement);
    place.hidden = !waits;
    place.textContent = waits ? words : "";
  };
  const waits = "applies at the next start, after Reset";
  const spec = run?.spec;
  say("data-pending", !!run && form.data !== run.data, waits);
  say("batch-pending", !!spec && differs(form.batch, spec.batch), waits);
  say("seed-pending", !!spec && differs(form.seed, spec.seed), waits);
  say("engine-pending", !!spec && form.engine !== spec.device, waits);
  say("groups-pending", !!spec && form.norm === spec.norm.kind && countOf(spec.norm) !== undefined && differs(form.groups, countOf(spec.norm) ?? 0), waits);
  const norms = spec && form.norm !== spec.norm.kind ? `The run below still has ${normName(spec.norm)}; the choice ${waits}.` : "";
  say("norm-pending", !!norms, norms);
}

/** Groups, images a part, or devices. @param {Norm} norm */
function countOf(norm) {
  switch (norm.kind) {
    case "group": return norm.groups;
    case "ghost-batch": return norm.size;
    case "sync-batch": return norm.devices;
    default: return undefined;
  }
}

/** The norm of the network: that of the method above, or another. */
function netNorm() {
  const own = /** @type {"" | NormKind} */ (select("net-norm").value);
  return own || methodNorm;
}

/** @param {Norm} norm */
function normName(norm) {
  const name = [...ROW, ...FURTHER].find(([kind]) => kind === norm.kind)?.[1].toLowerCase() ?? norm.kind;
  return norm.kind === "none" ? "no norm" : `${name} norm`;
}
