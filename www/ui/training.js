// @ts-check
// The training: the run there is, what its buttons do, and what the worker reports of it.

import { byId } from "./dom.js";
import { clearFacts, hideLoading, showEngine, showEvaluation, showLoading, showReport } from "./facts.js";
import { hush, tell } from "./messages.js";
import { normKindOf } from "../pkg/blue_cube.js";
import { checkForm, currentForm, focusFirstError, followMethod, showPending } from "./settings.js";
import { startWorker } from "./worker.js";
import { integer, training } from "./words.js";

/** @typedef {import("../pkg/blue_cube.js").FromWorker} FromWorker */
/** @typedef {import("../pkg/blue_cube.js").Report} Report */
/** @typedef {import("../pkg/blue_cube.js").RunSpec} RunSpec */
/** @typedef {import("../pkg/blue_cube.js").DataName} DataName */
/** @typedef {ReturnType<typeof import("./charts.js").showCharts>} ChartsView */

/**
 * A run. `isRunning` is what the reader wants; the worker follows.
 * @typedef {object} Run
 * @property {number} id
 * @property {DataName} data
 * @property {RunSpec} spec
 * @property {boolean} isRunning
 * @property {boolean} hasFailed
 * @property {Report | null} report
 */

/**
 * The run there is; only this module changes it.
 * @type {{ run: Run | null, nextId: number }}
 */
const state = { run: null, nextId: 1 };

/**
 * Shows the training and starts its worker.
 * @param {ChartsView} charts
 * @param {import("./store.js").Store} store
 */
export function showTraining(charts, store) {
  const send = startWorker(message => {
    const steps = state.run?.report?.step ?? 0;
    receive(message, charts);
    // Reports come often, and only the first step of a run changes what can be pressed.
    if (message.type !== "progress" || steps === 0) refresh();
  });

  /** Makes a run of what the form says; null if it cannot be used. */
  const create = () => {
    const { spec } = checkForm();
    if (!spec) {
      focusFirstError();
      return null;
    }
    /** @type {Run} */
    const run = { id: state.nextId++, data: currentForm().data, spec, isRunning: false, hasFailed: false, report: null };
    state.run = run;
    clearFacts();
    hush("failure");
    charts.clear(currentForm().norm);
    send({ create: { run: run.id, data: run.data, spec } });
    return run;
  };
  const current = () => (state.run && !state.run.hasFailed ? state.run : create());
  const start = () => {
    const run = current();
    if (!run) return;
    run.isRunning = true;
    send({ resume: { run: run.id } });
  };
  const pause = () => {
    if (!state.run) return;
    state.run.isRunning = false;
    send({ pause: { run: state.run.id } });
  };
  const step = () => {
    const run = current();
    if (run) send({ step: { run: run.id, n: 1 } });
  };
  const reset = () => {
    if (state.run) send({ drop: { run: state.run.id } });
    state.run = null;
    clearFacts();
    hush("failure");
    charts.clear(currentForm().norm);
  };
  for (const [id, action] of Object.entries({ start, pause, step, reset })) {
    byId(id, HTMLButtonElement).addEventListener("click", () => { action(); refresh(); });
  }
  listenToSettings(charts, send);
  clearFacts();
  const follow = () => {
    followMethod(normKindOf(store.scene));
    refresh();
  };
  store.on((change, before) => { if (store.scene.method !== before.method) follow(); });
  follow();
}

/**
 * @param {ChartsView} charts
 * @param {(message: import("../pkg/blue_cube.js").ToWorker) => void} send
 */
function listenToSettings(charts, send) {
  const form = byId("settings", HTMLFormElement);
  form.addEventListener("submit", event => event.preventDefault());
  form.addEventListener("input", refresh);
  // A rate half typed is none: it counts once the field is left or Enter pressed.
  byId("rate", HTMLInputElement).addEventListener("change", () => {
    const { run } = state, { rate } = checkForm();
    if (!run || rate === undefined || rate === run.spec.learningRate) return;
    run.spec = { ...run.spec, learningRate: rate };
    send({ setLearningRate: { run: run.id, learningRate: rate } });
    charts.change(run.report?.step ?? 0, `rate ${Number(rate.toPrecision(6))}`);
  });
}

/** Brings buttons, notes and the first sentence up to date. */
function refresh() {
  const { run } = state;
  const isRunning = !!run?.isRunning;
  checkForm();
  showPending(run);
  const button = (/** @type {string} */ id) => byId(id, HTMLButtonElement);
  button("start").disabled = isRunning;
  button("pause").disabled = !isRunning;
  button("step").disabled = isRunning;
  button("reset").disabled = !run;
  const words = button("start").querySelector("span");
  if (words) words.textContent = run && !run.hasFailed && (run.report?.step ?? 0) > 0 ? "Resume" : "Start";
  const form = currentForm();
  byId("training-sentence", HTMLElement).textContent = training(form.norm, form.groups, form.data);
}

/**
 * @param {FromWorker} message
 * @param {ChartsView} charts
 */
function receive(message, charts) {
  const { run } = state;
  // A message of a run that the page no longer follows is late.
  if ("run" in message && message.run !== undefined && message.run !== run?.id) return;
  switch (message.type) {
    case "listening":
      return;
    case "loading":
      return showLoading(message);
    case "loaded":
      return hideLoading();
    case "ready":
      byId("training-h", HTMLElement).title = `${integer(message.nParameters)} trainable parameters`;
      return showEngine(message.device);
    case "progress":
      if (!run) return;
      run.report = message.report;
      showReport(message.report, run.spec.batch, run.isRunning);
      return charts.report(message.report);
    case "evaluated":
      showEvaluation(message.evaluation);
      return charts.evaluation(message.evaluation);
    case "notice":
      if (message.device) showEngine(message.device);
      return tell("notice", message.failure);
    case "failed":
      if (run) Object.assign(run, { isRunning: false, hasFailed: true });
      return tell("failure", message.failure);
  }
}
