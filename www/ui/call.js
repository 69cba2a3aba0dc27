// @ts-check
// Type the call: a field that reads a norm layer of a framework while it is typed, and that follows the page when it is not.

import { readCall, writeCall } from "../pkg/blue_cube.js";
import { byId, html } from "./dom.js";

/** @typedef {import("./store.js").Store} Store */
/** @typedef {import("../pkg/blue_cube.js").Call} Call */
/** @typedef {import("../pkg/blue_cube.js").Slip} Slip */
/** @typedef {import("../pkg/blue_cube.js").Dialect} Dialect */

/** @param {Store} store */
export function showCall(store) {
  const field = byId("call-text", HTMLInputElement), menu = byId("call-dialect", HTMLSelectElement);
  const caret = byId("call-caret", HTMLElement), says = byId("call-says", HTMLElement);
  let isOwn = false, isDragging = false;
  const chosen = () => /** @type {Dialect} */ (menu.value);

  /**
   * Shows what the text means; the call, if it is one.
   * @param {boolean} [isTyped] what the page wrote has one meaning: the menu says whose
   */
  const read = (isTyped = true) => {
    const { call, slip } = readCall(field.value, store.scene.shape);
    const isComment = field.value.trimStart().startsWith("#");
    says.replaceChildren(...(call ? meaning(call, isTyped) : slip && !isComment ? wrong(slip) : []));
    const isWrong = Boolean(slip) && !isComment;
    field.setAttribute("aria-invalid", String(isWrong));
    caret.replaceChildren(...(slip && isWrong ? pointer(field.value, slip.column) : []));
    caret.scrollLeft = field.scrollLeft;
    return call;
  };
  const rewrite = () => {
    field.value = writeCall(store.scene, chosen());
    read(false);
  };
  /**
   * @param {Call | undefined | null} call
   * @param {"drag" | "commit"} change
   */
  const send = (call, change) => {
    isOwn = true;
    const momentum = call?.momentum ?? store.scene.momentum;
    if (call) store.set({ method: call.method, epsilon: call.epsilon, momentum }, change);
    else if (isDragging && change === "commit") store.set({}, change);
    isOwn = false;
    isDragging = change === "drag" && (isDragging || Boolean(call));
  };

  field.addEventListener("input", () => send(read(), "drag"));
  field.addEventListener("change", () => {
    const call = read();
    if (call) menu.value = call.dialect;
    send(call, "commit");
  });
  field.addEventListener("scroll", () => { caret.scrollLeft = field.scrollLeft; });
  menu.addEventListener("change", rewrite);
  store.on((change, before) => {
    const { method, shape, epsilon, momentum } = store.scene;
    if (isOwn || change === "focus" || change === "lit") return;
    if (method === before.method && shape === before.shape && epsilon === before.epsilon && momentum === before.momentum) return;
    if (document.activeElement === field) read();
    else rewrite();
  });
  rewrite();
}

/**
 * @param {Call} call
 * @param {boolean} isTyped
 */
function meaning({ says, affine, epsilon, momentum, also }, isTyped) {
  const weight = momentum == null ? "" : `, new values weigh ${figure(momentum)}`;
  const line = html("p", "", says, " ", html("span", "call-facts", `${affine}; ε = ${figure(epsilon)}${weight}.`));
  return also && isTyped ? [line, html("p", "call-also", also)] : [line];
}

/** @param {Slip} slip */
const wrong = ({ message, hint }) => [html("p", "error", `${message}${hint ? `: ${hint}` : ""}.`)];

/**
 * A mark under a character. What stands before and behind it is there, unseen, so that it has the field's length.
 * @param {string} text
 * @param {number} column
 */
const pointer = (text, column) => [html("span", "call-ghost", text.slice(0, column)), "^", html("span", "call-ghost", text.slice(column + 1))];

/** @param {number} value an f32, in the fewest digits that tell it from its neighbours. */
const figure = value => {
  const short = Number(value.toPrecision(6));
  return short !== 0 && Math.abs(short) < 1e-3 ? short.toExponential() : String(short);
};
