// @ts-check
// The page's single state: a scene, its listeners, and the cell under the pointer, which is not part of the scene.

import { Emitter } from "./emitter.js";
import { inSlices } from "./slices.js";

/** @typedef {import("../../pkg/blue_cube.js").Scene} Scene */
/** @typedef {import("../../pkg/blue_cube.js").Place} Place */
/** @typedef {import("../../pkg/blue_cube.js").Clamped} Clamped */

/**
 * What changed: "drag" while a value is being dragged, "commit" when it is final (one step of Undo),
 * "travel" when Back, Undo or a link brought another scene, "focus" when only the cell under the pointer changed, "lit"
 * when only the highlighted cells or words did.
 * @typedef {"drag" | "commit" | "travel" | "focus" | "lit"} Change
 */

/** A scene that is to be shown. @typedef {Clamped & { change: Change }} Goal */

/**
 * The preparation of a scene whose tensor is large: what would take too long in one go.
 * @typedef {import("./slices.js").Sliced & { serves: (scene: Scene) => boolean }} Preparation
 */

export class Store {
  /** @type {Emitter<[change: Change, before: Scene]>} */
  #changes = new Emitter();
  /** @type {(scene: Scene) => Clamped} */
  #clamp;
  /** @type {(scene: Scene) => Preparation | undefined} */
  #prepare;
  /** The scene that is being prepared, and the next after it. @type {{ goal: Goal, work: Preparation, later?: Goal } | null} */
  #coming = null;
  /** @type {Emitter<[share: number | null]>} */
  #progress = new Emitter();
  /** Ends when what the reader chose last is all in the scene. @type {Promise<unknown>} */
  #rest = Promise.resolve();

  /**
   * @param {Scene} scene
   * @param {(scene: Scene) => Clamped} clamp turns a scene into one that the engine can show, and says what it changed
   * @param {(scene: Scene) => Preparation | undefined} [prepare] begins to prepare a scene; nothing if it can be shown at once
   */
  constructor(scene, clamp, prepare = () => undefined) {
    this.#clamp = clamp;
    this.#prepare = prepare;
    const { scene: first, changes } = clamp(scene);
    /** The scene. Not to be changed in place. */
    this.scene = first;
    /** What else the last change to the scene had to alter, in sentences. */
    this.consequences = changes;
    /** @type {Place | null} The cell under the pointer or in keyboard focus, if it is not the selected one. */
    this.focus = null;
    /** @type {Uint32Array | null} Highlighted cells: boxes, each from n, c, h, w to the n, c, h, w behind its end. */
    this.lit = null;
    /** Topics of the word or mark under the pointer, such as "c" or "h w"; empty for none. See highlight.js. */
    this.highlight = "";
  }

  /** The scene that the reader has chosen: the one that is shown, or that is being prepared. @returns {Scene} */
  get chosen() {
    return (this.#coming?.later ?? this.#coming?.goal ?? this).scene;
  }

  /**
   * Changes parts of the scene. With an empty patch, as at the end of a drag, the last consequences stay. Of a large tensor,
   * a scene is shown once it has been prepared; what can be changed in the scene until then is changed in both.
   * @param {Partial<Scene>} patch
   * @param {Change} [change]
   */
  set(patch, change = "commit") {
    const goal = this.#goal(this.chosen, patch, change);
    if (this.#coming) {
      const here = this.#goal(this.scene, patch, change),
        work = this.#prepare(here.scene);
      if (work) work.free();
      else this.#show(here);
    }
    this.#aim(goal);
  }

  /**
   * Takes a scene from Back, Undo or a link, and what had to differ from the link.
   * @param {Clamped} clamped
   */
  travel({ scene, changes }) {
    this.#aim({ scene, changes, change: "travel" });
  }

  /** Adds to what was chosen last, as a part of its undo step. @param {Partial<Scene>} patch */
  join(patch) {
    const { scene } = this.#goal(this.chosen, patch, "commit"),
      { changes, change } = this.#coming?.later ??
        this.#coming?.goal ?? { changes: this.consequences, change: "travel" };
    this.#aim({ scene, changes, change });
  }

  /** Keeps the scene that is shown, in place of one that is being prepared. */
  stay() {
    if (!this.#coming) return;
    this.#coming = null;
    this.#progress.emit(null);
    // Whoever shows the choice shows the scene again, and so does the address.
    this.#changes.emit("travel", this.scene);
  }

  /** @param {(share: number | null) => void} listener called while a scene is being prepared, and with null at its end */
  onProgress(listener) {
    this.#progress.on(listener);
  }

  /** @param {Scene} from @param {Partial<Scene>} patch @param {Change} change @returns {Goal} */
  #goal(from, patch, change) {
    const { scene, changes } = this.#clamp({ ...from, ...patch });
    const isNews = changes.length || Object.keys(patch).length;
    return { scene, changes: isNews ? changes : this.consequences, change };
  }

  /** Shows a scene, at once or when it has been prepared. @param {Goal} goal */
  #aim(goal) {
    const { scene } = goal,
      coming = this.#coming;
    if (coming?.work.serves(scene)) {
      // A drag that goes on does not take back what was final.
      const change = goal.change === "drag" ? coming.goal.change : goal.change;
      Object.assign(coming, { goal: { ...goal, change }, later: undefined });
      return;
    }
    if (coming && goal.change === "drag") {
      // Otherwise a drag that is faster than its preparation would show nothing.
      coming.later = { ...goal, change: coming.later?.change ?? "drag" };
      return;
    }
    const work = this.#prepare(scene);
    this.#coming = null;
    if (work) void this.#bring({ goal, work });
    else {
      if (coming) this.#progress.emit(null);
      this.#show(goal);
    }
  }

  /** @param {{ goal: Goal, work: Preparation, later?: Goal }} coming */
  async #bring(coming) {
    this.#coming = coming;
    this.#progress.emit(0);
    const isStopped = () => this.#coming !== coming;
    if (!(await inSlices(coming.work, share => this.#progress.emit(share), isStopped)) || isStopped()) return;
    this.#coming = null;
    this.#show(coming.goal);
    if (coming.later) this.#aim(coming.later);
    if (!this.#coming) this.#progress.emit(null);
  }

  /** @param {Goal} goal */
  #show({ scene, changes, change }) {
    const before = this.scene;
    this.scene = scene;
    this.consequences = changes;
    this.#changes.emit(change, before);
  }

  /** Says what the scene will still get from a choice, such as a preset's experiment whose part is being loaded. @param {Promise<unknown>} rest */
  expect(rest) {
    this.#rest = rest;
  }

  /** Whether the scene holds all that the reader chose, after `millis` at most. @param {number} millis @returns {Promise<boolean>} */
  settled(millis) {
    const late = new Promise(done => setTimeout(done, millis, false));
    return Promise.race([
      this.#rest.then(
        () => true,
        () => false,
      ),
      late,
    ]);
  }

  /** The nearest scene that can be shown. @param {Scene} scene */
  clamp(scene) {
    return this.#clamp(scene).scene;
  }

  /** @param {Place | null} place */
  setFocus(place) {
    this.focus = place;
    this.#changes.emit("focus", this.scene);
  }

  /** @param {Uint32Array | null} boxes */
  setLit(boxes) {
    if (this.lit === boxes) return;
    this.lit = boxes;
    this.#changes.emit("lit", this.scene);
  }

  /** @param {string} topics */
  setHighlight(topics) {
    if (topics === this.highlight) return;
    this.highlight = topics;
    this.#changes.emit("lit", this.scene);
  }

  /** @param {(change: Change, before: Scene) => void} listener called after every change */
  on(listener) {
    this.#changes.on(listener);
  }

  /** @param {(change: Change, before: Scene) => void} listener called after every change of the scene itself */
  onScene(listener) {
    this.on((change, before) => {
      if (change !== "focus" && change !== "lit") listener(change, before);
    });
  }
}
