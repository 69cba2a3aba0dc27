// @ts-check
// What the tests of a race are made of: settings, reports, lanes, workers that answer when they are told to.

import { History } from "../www/ui/race/model/history.js";
import { Race } from "../www/ui/race/model/race.js";

export const spec = (more = {}) => ({
  norm: { kind: "group", groups: 5 },
  batch: 32,
  learningRate: 1e-3,
  seed: 1,
  device: "cpu",
  model: "tutorial",
  optimizer: "adam",
  epsilon: 1e-5,
  momentum: 0.01,
  affine: "identity",
  plateau: null,
  ...more,
});
export const course = { data: "mnist", trainOn: "train", judgeEvery: 2000, judgeImages: 1000 };
export const report = (step, losses, more = {}) => ({
  step,
  nImages: 32 * step,
  epoch: 0,
  losses,
  accuracies: losses.map(loss => (Number.isFinite(loss) ? Math.max(0, 1 - loss / 4) : NaN)),
  millisAStep: 10,
  orderHash: "ab",
  kept: [0, 4],
  ...more,
});
export const evaluation = (step, epoch, loss, more = {}) => ({
  step,
  epoch,
  nImages: 10000,
  loss,
  accuracy: 0.9,
  batchStatistics: undefined,
  ...more,
});

/** What a worker says of a lane that it has made. */
export const readyOf = (spec, report) => ({
  type: "ready",
  device: { kind: "cpu" },
  spec,
  facts: {},
  startHash: "0",
  norms: [[1, 10, 26, 26]],
  epochImages: 60000,
  report,
});

/** A lane as a race has it, with a history. */
export function laneOf(id, name, more = {}) {
  const history = new History();
  history.report(report(4, [2.5, NaN, 0.1, Infinity]), 32);
  history.judge(
    [evaluation(4, 0, Math.fround(0.123456789)), evaluation(4, 0, 0.5, { batchStatistics: 32 })],
    [{ gamma: [1, NaN], beta: [], rho: [], mix: [] }],
  );
  history.marks.push({ step: 2, change: { "learning-rate": 0.01 } });
  return {
    id,
    name,
    spec: spec(more),
    history,
    workerIdx: 0,
    device: { kind: "cpu", name: "CPU SIMD" },
    facts: { nParameters: 866818, nStatistics: 0, stateBytes: 10401816, memoryBytes: 12000000 },
    startHash: "00ff",
    report: report(4, []),
    norms: [[1, 10, 26, 26]],
    millisAStep: 10,
    millisAJudged: 0,
    failure: undefined,
    fork: undefined,
    isRecord: false,
  };
}

/** Reads RFC 4180. */
export function parseCsv(text) {
  return [...text.matchAll(/((?:"(?:[^"]|"")*"|[^,\r\n]*)(?:,(?:"(?:[^"]|"")*"|[^,\r\n]*))*)\r\n/g)].map(
    ([, record]) =>
      [...record.matchAll(/(?:^|,)(?:"((?:[^"]|"")*)"|([^,]*))/g)].map(
        ([, quoted, plain]) => quoted?.replaceAll('""', '"') ?? plain,
      ),
  );
}

/** Workers that answer when they are told to. */
export class FakeWorker {
  /** @type {FakeWorker[]} */
  static all = [];
  /** @type {any[]} */
  sent = [];
  isEnded = false;
  /** @type {((event: { data: any }) => void) | undefined} */
  #listener;

  constructor() {
    FakeWorker.all.push(this);
  }

  addEventListener(name, listener) {
    if (name === "message") this.#listener = listener;
  }

  postMessage(message) {
    this.sent.push(message);
  }

  terminate() {
    this.isEnded = true;
  }

  say(data) {
    this.#listener?.({ data });
  }

  /** The last message of a kind. */
  last(kind) {
    return this.sent.findLast(message => kind in message)?.[kind];
  }
}

/** A race with lanes on as many workers, all standing; the lanes' engines may be chosen. */
export function started(nLanes, { cores = 3, goal = Infinity, batch = 32, devices = ["cpu"] } = {}) {
  FakeWorker.all = [];
  Object.defineProperty(globalThis, "navigator", {
    value: { hardwareConcurrency: cores },
    configurable: true,
  });
  /** @type {any} */ (globalThis).Worker = FakeWorker;
  /** @type {any[]} */
  const told = [];
  const race = new Race((failure, lane, isNotice) => told.push({ failure, lane, isNotice }));
  race.open(/** @type {any} */ (course), goal);
  const lanes = Array.from({ length: nLanes }, (_, at) =>
    race.add(`lane ${at}`, /** @type {any} */ (spec({ batch, seed: at, device: devices[at] ?? "cpu" }))),
  );
  FakeWorker.all.forEach(worker => worker.say({ type: "listening" }));
  const { race: id } = FakeWorker.all[0].last("open");
  const of = lane => FakeWorker.all[lane.workerIdx];
  const say = (lane, message) => of(lane).say({ race: id, lane: lane.id, ...message });
  for (const lane of lanes) {
    say(lane, readyOf(lane.spec, report(0, [], { millisAStep: 0 })));
  }
  return { race, lanes, of, say, told, id };
}
