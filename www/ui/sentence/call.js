// @ts-check
// A field that parses a framework's norm layer as it is typed, and otherwise follows the page.

import { readCall, writeCall } from "../../pkg/blue_cube.js";
import { byId, html } from "../lib/dom.js";
import { plain, rounded } from "../lib/number_text.js";

/** @import { Store } from "../lib/store.js" */
/** @import { Call, Dialect, Scene, Slip } from "../../pkg/blue_cube.js" */

/** Width of the field in characters. */
const SHORTEST = 16,
  LONGEST = 64;

/** @param {Store} store */
export function showCall(store) {
  const field = byId("call-text", HTMLInputElement),
    menu = byId("call-dialect", HTMLSelectElement),
    name = byId("call-name", HTMLElement),
    caret = byId("call-caret", HTMLElement),
    says = byId("call-says", HTMLElement);
  let isOwn = false,
    isDragging = false,
    standing = "";
  /** What the scene said before what was typed changed it: a beginning that is a call itself must leave nothing behind if the whole is none. @type {Partial<Scene>} */
  let before = {};

  const read = (isTyped = true) => readField({ field, caret, says }, store.scene, isTyped);
  const showDialect = () => {
    menu.value = store.scene.dialect;
    name.textContent = menu.selectedOptions[0].text;
  };
  const rewrite = () => {
    field.value = writeCall(store.scene);
    read(false);
  };
  /**
   * @param {Call | undefined | null} call
   * @param {"drag" | "commit"} change
   */
  const send = (call, change) => {
    isOwn = true;
    if (call) {
      const patch = patchOf(call, store.scene);
      before = { ...replacedBy(patch, store.scene), ...before };
      store.set(patch, change);
    } else if (isDragging) store.set(before, change);
    isOwn = false;
    isDragging = change === "drag" && (isDragging || Boolean(call));
    if (change === "commit") before = {};
  };

  field.addEventListener("input", () => send(read(), "drag"));
  /** Takes back what was typed since the field last held the page's call. */
  const takeBack = () => {
    isOwn = true;
    if (isDragging) store.set(before, "commit");
    isOwn = isDragging = false;
    before = {};
    rewrite();
  };
  field.addEventListener("change", () => {
    if (field.value.trim()) send(read(), "commit");
    else takeBack();
  });
  field.addEventListener("keydown", event => {
    if (event.key === "Escape") takeBack();
  });
  field.addEventListener("scroll", () => (caret.scrollLeft = field.scrollLeft));
  menu.addEventListener("change", () => store.set({ dialect: /** @type {Dialect} */ (menu.value) }));
  store.onScene(change => {
    showDialect();
    const now = essence(store.scene);
    const isNews = now !== standing && !isOwn;
    standing = now;
    if (isNews && change !== "travel" && document.activeElement === field) read();
    else if (isNews) rewrite();
  });
  showDialect();
  rewrite();
  standing = essence(store.scene);
}

/**
 * Shows what the field's text means; returns the call, if it is one.
 * @param {{ field: HTMLInputElement, caret: HTMLElement, says: HTMLElement }} parts
 * @param {Scene} scene
 * @param {boolean} isTyped false for text that the page wrote: the menu names its dialect, and ε is the scene's
 */
function readField({ field, caret, says }, scene, isTyped) {
  const { call, slip } = readCall(field.value, scene);
  const isComment = field.value.trimStart().startsWith("#"),
    isWrong = Boolean(slip) && !isComment;
  const meant = call && (isTyped ? call : { ...call, epsilon: scene.epsilon, also: undefined });
  says.replaceChildren(...(meant ? meaning(meant) : slip && isWrong ? wrong(slip) : []));
  field.size = sizeFor(field.value);
  field.setAttribute("aria-invalid", String(isWrong));
  caret.replaceChildren(...(slip && isWrong ? pointer(field.value, slip.column) : []));
  caret.scrollLeft = field.scrollLeft;
  return call;
}

/** @param {string} text */
const sizeFor = text => Math.min(LONGEST, Math.max(SHORTEST, text.length + 1));

/** What a call changes; a momentum, a mode or a constant that it does not say stays. @param {Call} call @param {Scene} scene */
const patchOf = ({ method, epsilon, momentum, mode, dialect, patch }, scene) => ({
  method,
  epsilon,
  momentum: momentum ?? scene.momentum,
  mode: mode ?? scene.mode,
  dialect,
  ...patch,
});

/** What a scene says where a patch would change it. @param {Partial<Scene>} patch @param {Scene} scene @returns {Partial<Scene>} */
const replacedBy = (patch, scene) =>
  Object.fromEntries(Object.keys(patch).map(key => [key, scene[/** @type {keyof Scene} */ (key)]]));

/** The parts of a scene that a call and its meaning depend on. @param {Scene} scene */
const essence = scene => JSON.stringify([writeCall(scene), scene.shape, scene.layout, scene.epsilon]);

/** @param {Call} call */
function meaning({ says, affine, epsilon, momentum, also }) {
  const weight = momentum == null ? "" : `; new values have weight ${plain(rounded(momentum))}`;
  return [
    `${says.replace(/\.$/, "")}; ${affine}; ε = ${plain(rounded(epsilon))}${weight}.${also ? ` ${also}` : ""}`,
  ];
}

/** @param {Slip} slip */
const wrong = ({ message, hint }) => [html("span", "error", `${message}${hint ? `: ${hint}` : ""}.`)];

/**
 * A mark under a character. The text before and after it is there, invisible, to give it the field's length.
 * @param {string} text
 * @param {number} column
 */
const pointer = (text, column) => [
  html("span", "call-ghost", text.slice(0, column)),
  "^",
  html("span", "call-ghost", text.slice(column + 1)),
];
