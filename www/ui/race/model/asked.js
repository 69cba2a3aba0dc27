// @ts-check
// Questions to lanes that are not answered yet.

/** @import { Failure } from "../../../pkg/blue_cube.js" */
/** @import { Answer } from "../../lib/worker_messages.js" */

export class Asked {
  /** By lane, in the order asked. @type {Map<number, { resolve: (answer: any) => void, reject: (failure: Failure) => void, type: string }[]>} */
  #waiting = new Map();

  /**
   * Adds a question to a lane.
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

  /** Gives an answer to the oldest question of its type. @param {number} laneId @param {Answer} answer */
  answer(laneId, answer) {
    const asked = this.#waiting.get(laneId) ?? [],
      at = asked.findIndex(({ type }) => type === answer.type);
    if (at >= 0) asked.splice(at, 1)[0].resolve(answer);
  }

  /** Refuses the oldest question; returns whether there was one. @param {number} laneId @param {Failure} failure */
  refuseFirst(laneId, failure) {
    const first = this.#waiting.get(laneId)?.shift();
    first?.reject(failure);
    return Boolean(first);
  }

  /** Refuses all questions to a lane. @param {number} laneId @param {Failure} failure */
  refuse(laneId, failure) {
    const asked = this.#waiting.get(laneId) ?? [];
    this.#waiting.delete(laneId);
    asked.forEach(({ reject }) => reject(failure));
  }

  /** Refuses all questions. @param {Failure} failure */
  refuseAll(failure) {
    for (const laneId of [...this.#waiting.keys()]) this.refuse(laneId, failure);
  }
}
