// @ts-check
// Listeners and how they are called. Independent of the page's elements.

/** @template {any[]} Told what listeners are told */
export class Emitter {
  /** @type {((...told: Told) => void)[]} */
  #listeners = [];

  /** @param {(...told: Told) => void} listener called on every event */
  on(listener) {
    this.#listeners.push(listener);
  }

  /** Calls all listeners, in the order they were added. @param {Told} told */
  emit(...told) {
    for (const listener of this.#listeners) listener(...told);
  }
}
