// @ts-check
// The page's single state: a scene, its listeners, and the cell under the pointer, which is not part of the scene.

import { Emitter } from "./emitter.js";

/** @typedef {import("../../pkg/blue_cube.js").Scene} Scene */
/** @typedef {import("../../pkg/blue_cube.js").Place} Place */
/** @typedef {import("../../pkg/blue_cube.js").Clamped} Clamped */

/**
 * What changed: "drag" while a value is being dragged, "commit" when it is final (one step of Undo),
 * "travel" when Back, Undo or a link brought another scene, "focus" when only the cell under the pointer changed, "lit"
 * when only the highlighted cells or words did.
 * @typedef {"drag" | "commit" | "travel" | "focus" | "lit"} Change
 */

export class Store {
  /** @type {Emitter<[change: Change, before: Scene]>} */
  #changes = new Emitter();
  /** @type {(scene: Scene) => Clamped} */
  #clamp;
  /** Ends when what the reader chose last is all in the scene. @type {Promise<unknown>} */
  #rest = Promise.resolve();

  /**
   * @param {Scene} scene
   * @param {(scene: Scene) => Clamped} clamp turns a scene into one that the engine can show, and says what it changed
   */
  constructor(scene, clamp) {
    this.#clamp = clamp;
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

  /**
   * Changes parts of the scene. With an empty patch, as at the end of a drag, the last consequences stay.
   * @param {Partial<Scene>} patch
   * @param {Change} [change]
   */
  set(patch, change = "commit") {
    const before = this.scene;
    const { scene, changes } = this.#clamp({ ...before, ...patch });
    this.scene = scene;
    if (changes.length || Object.keys(patch).length) this.consequences = changes;
    this.#changes.emit(change, before);
  }

  /**
   * Takes a scene from Back, Undo or a link, and what had to differ from the link.
   * @param {Clamped} clamped
   */
  travel({ scene, changes }) {
    const before = this.scene;
    this.scene = scene;
    this.consequences = changes;
    this.#changes.emit("travel", before);
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
