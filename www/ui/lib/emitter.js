// @ts-check
// Who wants to know, and telling them. Knows no element of the page.

/** @template {any[]} Told what listeners are told */
export class Emitter {
  /** @type {((...told: Told) => void)[]} */
  #listeners = [];

  /** @param {(...told: Told) => void} listener called whenever there is news */
  on(listener) {
    this.#listeners.push(listener);
  }

  /** Tells everyone, in the order in which they came. @param {Told} told */
  emit(...told) {
    for (const listener of this.#listeners) listener(...told);
  }
}
