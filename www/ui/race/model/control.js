// @ts-check
// Keeps a race in step with the scene: creates it, starts and stops it, and applies changed lanes and settings as far as
// possible while it runs.

import { raceRange, raceRuns } from "../../../pkg/blue_cube.js";
import { Emitter } from "../../lib/emitter.js";
import { linked, ofMemory, refused } from "./lane.js";

/** @import { Change, LaneRun, Setup } from "../../../pkg/blue_cube.js" */
/** @import { Lane, Race } from "./race.js" */
/** @import { ReadRace } from "./file_read.js" */
/** @import { Kept, KeptLane } from "./storage.js" */
/** @import { Store } from "../../lib/store.js" */

/** Settings that are fixed from the first step on, and their names. @type {[keyof Setup, string][]} */
const FIXED = [
  ["data", "images"],
  ["trainOn", "images"],
  ["net", "network"],
  ["optimizer", "optimizer"],
  ["plateau", "plateau"],
  ["clipNorm", "clipping"],
  ["seed", "seed"],
  ["device", "engine"],
];

/** Settings that all lanes share and that can change while they run. @type {["rate" | "batch" | "epsilon" | "momentum", keyof any][]} */
const LIVE = [
  ["rate", "learning-rate"],
  ["batch", "batch"],
  ["epsilon", "epsilon"],
  ["momentum", "momentum"],
];

/** Settings that can change without making it another experiment. @type {(keyof Setup)[]} */
const BESIDE = ["lanes", "device", "epochs", "seeds", "experiment"];

export class Control {
  /** The setup in force; undefined until a race is created. @type {Setup | undefined} */
  made;
  /** The run of each lane in the setup; forks have none. @type {Map<number, string>} */
  keys = new Map();
  /** Called once every lane is ready. @type {(() => void) | undefined} */
  #then;
  /** @type {Emitter<[]>} */
  #changes = new Emitter();
  /** @type {Emitter<[aside: { kept: Kept, raceId: number }]>} */
  #asides = new Emitter();

  /** @param {Race} race @param {Store} store */
  constructor(race, store) {
    this.race = race;
    this.store = store;
    store.on(change => {
      if (change === "commit" || change === "travel") this.#follow();
    });
    race.on((event, lane) => {
      if (event === "lanes" && race.epochImages && this.made)
        race.goalImages = this.made.epochs * race.epochImages;
      if (event === "lanes" || (event === "state" && lane)) this.#advance();
    });
  }

  /** @param {() => void} listener called when the setup in force changed */
  on(listener) {
    this.#changes.on(listener);
  }

  /** Changes the scene's setup. @param {Partial<Setup>} patch */
  set(patch) {
    this.store.set({ race: patched(this.store.scene.race, patch) });
  }

  /** Names of the settings that the scene has changed but the race cannot. */
  get waiting() {
    const { made } = this,
      next = this.store.scene.race;
    if (!made) return [];
    return [...new Set(FIXED.filter(([name]) => !same(made[name], next[name])).map(([, words]) => words))];
  }

  /** Whether every lane is ready or has failed. */
  get isSettled() {
    return this.race.lanes.every(lane => (lane.device && !lane.isAway) || lane.failure || lane.isRecord);
  }

  /** Creates the scene's race again, at its start; the one before is set aside. */
  open() {
    this.#setAside();
    const { scene } = this.store,
      { course, runs } = raceRuns(scene);
    this.made = scene.race;
    this.race.open(course);
    runs.forEach(run => this.#add(run));
    this.#changes.emit();
  }

  /**
   * Resumes a race that was kept or set aside, with its setup; the one before is set aside.
   * @param {Kept} kept
   * @returns {Lane[]} its lanes in the order of the kept ones
   */
  restore({ setup, lanes, common, epochImages }) {
    // Throws, before anything changes, if the setup cannot be read.
    const { race } = this.store.clamp({ ...this.store.scene, race: setup });
    this.#setAside();
    this.store.set({ race });
    const { scene } = this.store,
      { course, runs } = raceRuns(scene);
    // Lanes that came from a file alone are no race that can go on.
    this.made = lanes.some(({ record }) => !record) ? scene.race : undefined;
    this.race.open(course);
    this.race.common = new Set(common);
    const restored = lanes.map(lane => this.#restoreLane(lane, runs, epochImages));
    for (const [lane, fork] of linked(restored, lanes)) lane.fork = fork;
    // A race that was cut short in its first second may have been kept without some of its lanes.
    if (this.made) this.#addMissing(runs);
    this.#changes.emit();
    return restored;
  }

  /** @param {KeptLane} lane @param {LaneRun[]} runs of its setup @param {number} epochImages */
  #restoreLane({ name, key, spec, history, bytes, record }, runs, epochImages) {
    const { race } = this;
    if (record) return race.addRecord({ name, spec, history, ...record }, epochImages);
    // A lane that says why it cannot be made says so again.
    const refusal = runs.find(run => run.key === key)?.refusal,
      lane = bytes
        ? race.restore(name, spec, history, bytes)
        : race.add(name, spec, refusal ? refused(refusal) : undefined);
    if (key) this.keys.set(lane.id, key);
    return lane;
  }

  /** Shows the lanes of a file, which do not run, with their setup; the race before is set aside. @param {ReadRace} read @param {Setup | undefined} setup */
  show(read, setup) {
    this.#setAside();
    if (setup) this.store.set({ race: setup });
    this.race.open(read.course, read.goalImages);
    this.race.addRecords(read);
    this.#changes.emit();
  }

  /** @param {(aside: { kept: Kept, raceId: number }) => void} listener called before a race with steps gives way to another, or to none */
  onAside(listener) {
    this.#asides.on(listener);
  }

  /** Tells that the race gives way; it can be brought back. */
  #setAside() {
    const kept = this.inMemory();
    if (kept) this.#asides.emit({ kept, raceId: this.race.id });
    this.made = undefined;
    this.keys = new Map();
    this.#then = undefined;
  }

  /** The race as it could go on from the snapshots that the page has; undefined if there is nothing to lose. @returns {Kept | undefined} */
  inMemory() {
    const { race, keys, made, store } = this;
    if (!race.lanes.some(({ history }) => history.step)) return undefined;
    return {
      setup: made ?? store.scene.race,
      common: [...race.common],
      epochImages: race.epochImages,
      lanes: race.lanes.map(lane => ofMemory(lane, keys.get(lane.id) ?? "")),
    };
  }

  start() {
    if (!this.made) this.open();
    this.race.start();
  }

  /** Sets the goal to the end of the epoch after this many images. @param {number} nImages */
  more(nImages) {
    const { most } = raceRange("epochs");
    this.set({ epochs: Math.min(most, Math.floor(nImages / this.race.epochImages) + 1) });
  }

  pause() {
    this.race.pause();
  }

  step() {
    if (!this.made) this.open();
    this.race.revive();
    this.#once(() => this.race.step());
  }

  /** Gets the last state of all lanes, so that a race that gives way loses no step; does nothing unless the race is kept. */
  flush = () => Promise.resolve();

  /** Sets the race aside as it is now; the scene stays. */
  async leave() {
    if (!this.made && !this.race.lanes.length) return;
    if (this.race.isRunning) this.race.pause();
    const { id } = this.race;
    await this.flush();
    // Another race may have been opened meanwhile.
    if (id !== this.race.id) return;
    this.#setAside();
    this.race.open(raceRuns(this.store.scene).course);
    this.#changes.emit();
  }

  /** Restores the settings that the race cannot change. */
  keep() {
    const { made } = this;
    if (made)
      this.store.set({
        race: {
          ...this.store.scene.race,
          ...fixedOf(made),
          lanes: made.lanes,
          seeds: made.seeds,
          experiment: made.experiment,
        },
      });
  }

  /** Removes a lane, also from the scene if it is named there. @param {Lane} lane */
  remove(lane) {
    const key = this.keys.get(lane.id),
      { race } = this.store.scene;
    const {
        made,
        waiting,
        store: { scene },
      } = this,
      setup = made && waiting.length ? made : race;
    const run =
      key === undefined ? undefined : raceRuns({ ...scene, race: setup }).runs.find(run => run.key === key);
    const lanes = run && setup.lanes.filter((_, at) => at !== run.laneIdx);
    if (lanes && setup === race) return this.set({ lanes });
    if (lanes && made) this.made = { ...made, lanes };
    const isOfLane = (/** @type {Lane} */ other) =>
      other === lane || (run && this.keys.get(other.id)?.split("#")[0] === key?.split("#")[0]);
    for (const gone of this.race.lanes.filter(isOfLane)) {
      this.keys.delete(gone.id);
      this.race.remove(gone);
    }
  }

  /**
   * Forks a lane.
   * @param {Lane} from
   * @param {number} step
   * @param {Change} change
   * @param {string} words what changes
   */
  fork(from, step, change, words) {
    return this.race.fork(from, step, `${from.name} → ${words}`, change);
  }

  /** @param {LaneRun} run */
  #add({ key, name, spec, refusal }) {
    this.keys.set(this.race.add(name, spec, refusal ? refused(refusal) : undefined).id, key);
  }

  /** Adds the runs that have no lane. @param {LaneRun[]} runs */
  #addMissing(runs) {
    const there = new Set(this.keys.values());
    runs.filter(run => !there.has(run.key)).forEach(run => this.#add(run));
  }

  /** Brings the race in step with the scene, once every lane is ready. */
  #follow() {
    if (!this.made || same(this.made, this.store.scene.race)) return this.#changes.emit();
    const { isRunning } = this.race,
      before = this.#then;
    this.#once(() => {
      this.#bring();
      before?.();
      if (isRunning && !this.race.isRunning) this.race.start();
    });
    this.#changes.emit();
  }

  #bring() {
    const {
      made,
      race,
      store: { scene },
    } = this;
    if (!made) return;
    // Lanes of another network do not belong to this race.
    const lanes = this.waiting.length ? { lanes: made.lanes, seeds: made.seeds } : {};
    const next = { ...scene.race, ...fixedOf(made), ...lanes },
      { runs } = raceRuns({ ...scene, race: next });
    for (const [name, kind] of LIVE) {
      if (made[name] === next[name]) continue;
      const change = /** @type {Change} */ ({ [kind]: next[name] });
      race.change(
        change,
        race.lanes.filter(
          lane =>
            lane.device && !lane.isRecord && !lane.failure && this.#shares(lane, name, runs, next.lanes),
        ),
      );
    }
    for (const lane of race.lanes) {
      const key = this.keys.get(lane.id),
        run = runs.find(run => run.key === key);
      if (run) lane.name = run.name;
      else if (key !== undefined) {
        this.keys.delete(lane.id);
        race.remove(lane);
      }
    }
    this.#addMissing(runs);
    if (race.epochImages) race.goalImages = next.epochs * race.epochImages;
    this.made = next;
    this.#changes.emit();
  }

  /**
   * Whether a lane shares a setting with the others instead of having its own.
   * @param {Lane} lane
   * @param {"rate" | "batch" | "epsilon" | "momentum"} name
   * @param {LaneRun[]} runs
   * @param {Setup["lanes"]} lanes
   */
  #shares(lane, name, runs, lanes) {
    const key = this.keys.get(lane.id),
      run = runs.find(run => run.key === key);
    const own = run && lanes[run.laneIdx];
    return !own || name === "momentum" || own[name] === undefined;
  }

  /** Does something once every lane is ready. @param {() => void} act */
  #once(act) {
    this.#then = act;
    this.#advance();
  }

  #advance() {
    if (!this.#then || !this.isSettled) return;
    const act = this.#then;
    this.#then = undefined;
    act();
  }
}

/** A setup with parts changed; it is no longer the source's experiment if they belong to that. @param {Setup} setup @param {Partial<Setup>} patch */
export function patched(setup, patch) {
  const beside = Object.keys(patch).every(name => BESIDE.includes(/** @type {keyof Setup} */ (name)));
  return { ...setup, experiment: beside ? setup.experiment : undefined, ...patch };
}

/** @param {Setup} setup @returns {Partial<Setup>} */
const fixedOf = setup => Object.fromEntries(FIXED.map(([name]) => [name, setup[name]]));

/** @param {unknown} a @param {unknown} b */
const same = (a, b) => JSON.stringify(a) === JSON.stringify(b);
