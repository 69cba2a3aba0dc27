// @ts-check
// What was asked of lanes and is not answered yet.

/** @import { Failure } from "../../../pkg/blue_cube.js" */
/** @import { Answer } from "../../lib/worker_messages.js" */

export class Asked {
  /** By lane, in the order in which it was asked. @type {Map<number, { resolve: (answer: any) => void, reject: (failure: Failure) => void, type: string }[]>} */
  #waiting = new Map();

  /**
   * Something more is asked of a lane.
   * @template {Answer["type"]} Type
   * @param {number} laneId
   * @param {Type} type of the answer
   * @returns {Promise<Extract<Answer, { type: Type }>>}
   */
  ask(laneId, type) {
    return new Promise((resolve, reject) => {
      this.#waiting.set(laneId, [...(this.#waiting.get(laneId) ?? []), { resolve, reject, type }]);
    });
  }

  /** Who asked first for this type of answer gets it. @param {number} laneId @param {Answer} answer */
  answer(laneId, answer) {
    const asked = this.#waiting.get(laneId) ?? [],
      at = asked.findIndex(({ type }) => type === answer.type);
    if (at >= 0) asked.splice(at, 1)[0].resolve(answer);
  }

  /** Who asked first gets no answer; whether there was one. @param {number} laneId @param {Failure} failure */
  refuseFirst(laneId, failure) {
    const first = this.#waiting.get(laneId)?.shift();
    first?.reject(failure);
    return Boolean(first);
  }

  /** What was asked of a lane gets no answer. @param {number} laneId @param {Failure} failure */
  refuse(laneId, failure) {
    const asked = this.#waiting.get(laneId) ?? [];
    this.#waiting.delete(laneId);
    asked.forEach(({ reject }) => reject(failure));
  }

  /** Nothing that was asked gets an answer. @param {Failure} failure */
  refuseAll(failure) {
    for (const laneId of [...this.#waiting.keys()]) this.refuse(laneId, failure);
  }
}
