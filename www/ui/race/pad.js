// @ts-check
// The pad on which a picture is drawn: by a pen, by keys, or from an image.

import { html, put } from "../dom.js";
import { takeFirst } from "../drop.js";
import { blank, dialed, inkOf, inverted, pictureOf, SIDE, stroke, textOf, touch } from "./pixels.js";

/** How far the pen goes by a key, in pixels. */
const STEPS = /** @type {Record<string, [number, number]>} */ ({ ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] });

/** Where the tab keeps what was drawn, for a reload. */
const KEPT = "pad";

/** The dial of contrast turns over powers of two. */
const CONTRAST = { min: -2, max: 2, step: .1 }, BRIGHTNESS = { min: -1, max: 1, step: .05 };

/**
 * @param {HTMLElement} place
 * @param {() => void} onChange
 * @returns {{ pixels: () => Uint8Array, isBlank: () => boolean, paint: () => void }} what the networks are shown
 */
export function showPad(place, onChange) {
  const canvas = html("canvas", "pad"), said = html("p", "unseen"), note = html("p", "pad-note");
  Object.assign(canvas, { width: SIDE, height: SIDE, tabIndex: 0, id: "pad" });
  for (const [name, value] of [["role", "application"], ["aria-label", "Pad"], ["aria-describedby", "pad-keys"]]) canvas.setAttribute(name, value);
  const keys = html("p", "pad-keys", "Draw. Or by keys: arrows move, Space inks, with Shift they ink as they move, Backspace rubs out.");
  keys.id = "pad-keys";
  said.setAttribute("role", "status");
  note.setAttribute("role", "status");
  /** @type {Uint8Array} */
  let ink = kept() ?? blank();
  let contrast = 1, brightness = 0;
  /** Of the keys' pen. @type {[x: number, y: number]} */
  let pen = [SIDE / 2, SIDE / 2];
  const shown = () => dialed(ink, contrast, brightness);
  const paint = () => paintPad(canvas, shown().pixels, document.activeElement === canvas && canvas.matches(":focus-visible") ? pen : null);
  const changed = (/** @type {string} */ words = "") => {
    const { nCut } = shown();
    note.textContent = words || (nCut && (contrast !== 1 || brightness) ? `${nCut} pixels are cut off at no ink or full ink.` : "");
    paint();
    kept(ink);
    onChange();
  };
  listenToPen(canvas, (from, to, isRubber) => {
    if (from) stroke(ink, from, to, isRubber);
    else touch(ink, ...to, isRubber);
    changed();
  });
  canvas.addEventListener("keydown", event => {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const step = STEPS[event.key], from = pen;
    if (step) {
      pen = /** @type {[number, number]} */ (pen.map((at, axis) => Math.min(SIDE - .5, Math.max(.5, at + step[axis]))));
      if (event.shiftKey) stroke(ink, from, pen);
    } else if (event.key === " ") touch(ink, ...pen);
    else if (event.key === "Backspace" || event.key === "Delete") touch(ink, ...pen, true);
    else return;
    event.preventDefault();
    said.textContent = `row ${Math.floor(pen[1])}, column ${Math.floor(pen[0])}`;
    if (step && !event.shiftKey) paint();
    else changed();
  });
  for (const event of ["focus", "blur"]) canvas.addEventListener(event, paint);
  const take = async (/** @type {File[]} */ [file]) => {
    try {
      const { ink: next, isInverted } = await pictureOf(file);
      ink = next;
      changed(isInverted ? `${file.name}, dark on light, is inverted: the networks know light on dark.` : "");
    } catch {
      note.textContent = `⚠ ${file.name} is no image that this browser can read. What was drawn is still here.`;
    }
  };
  takeFirst((_, target) => target === canvas, take);
  const act = (/** @type {string} */ name, /** @type {() => void} */ change) => {
    const button = html("button", "", name);
    button.type = "button";
    button.addEventListener("click", () => {
      change();
      changed();
    });
    return button;
  };
  const file = html("input", "unseen"), open = html("label", "open", "an image…", file);
  Object.assign(file, { type: "file", accept: "image/*" });
  file.addEventListener("change", () => {
    if (file.files?.length) take([...file.files]);
    file.value = "";
  });
  const dials = [
    dial("contrast", CONTRAST, value => { contrast = 2 ** value; changed(); }, value => `× ${Number((2 ** value).toPrecision(2))}`),
    dial("brightness", BRIGHTNESS, value => { brightness = value; changed(); }, value => `${value < 0 ? "−" : "+"} ${Math.abs(value)}`),
  ];
  place.append(canvas, html("p", "pad-acts", act("clear", () => { ink = blank(); }), act("invert", () => { ink = inverted(ink); }), open), ...dials, keys, note, said);
  paint();
  return { pixels: () => shown().pixels, isBlank: () => ink.every(value => value === 0), paint };
}

/** Keeps a picture, if there is one, and gives what is kept. A frame may be denied the store: then a reload begins anew. @param {Uint8Array} [ink] */
function kept(ink) {
  try {
    if (ink) sessionStorage.setItem(KEPT, textOf(ink));
    return inkOf(sessionStorage.getItem(KEPT) ?? "");
  } catch {
    return undefined;
  }
}

/**
 * @param {HTMLCanvasElement} canvas
 * @param {(from: [number, number] | null, to: [number, number], isRubber: boolean) => void} draw
 */
function listenToPen(canvas, draw) {
  /** @type {[x: number, y: number] | null} */
  let last = null;
  const at = (/** @type {PointerEvent} */ event) => {
    const { left, top, width, height } = canvas.getBoundingClientRect();
    return /** @type {[number, number]} */ ([(event.clientX - left) / width * SIDE, (event.clientY - top) / height * SIDE]);
  };
  // The right button, or a pen's other end, rubs out.
  const isRubber = (/** @type {PointerEvent} */ event) => (event.buttons & 0b10_0010) !== 0;
  canvas.addEventListener("contextmenu", event => event.preventDefault());
  canvas.addEventListener("pointerdown", event => {
    canvas.setPointerCapture(event.pointerId);
    last = at(event);
    draw(null, last, isRubber(event));
  });
  canvas.addEventListener("pointermove", event => {
    if (!last) return;
    for (const part of event.getCoalescedEvents?.().length ? event.getCoalescedEvents() : [event]) {
      const to = at(part);
      draw(last, to, isRubber(event));
      last = to;
    }
  });
  for (const end of ["pointerup", "pointercancel"]) canvas.addEventListener(end, () => { last = null; });
}

/**
 * Pixels from no ink to full ink, and a ring where the keys' pen is.
 * @param {HTMLCanvasElement} canvas
 * @param {Uint8Array} pixels
 * @param {[x: number, y: number] | null} pen
 */
function paintPad(canvas, pixels, pen) {
  const scale = Math.min(2, devicePixelRatio || 1) * 10, size = SIDE * scale, brush = canvas.getContext("2d");
  if (!brush) return;
  if (canvas.width !== size) Object.assign(canvas, { width: size, height: size });
  const style = getComputedStyle(canvas);
  brush.fillStyle = style.backgroundColor;
  brush.fillRect(0, 0, size, size);
  brush.fillStyle = style.color;
  pixels.forEach((value, at) => {
    if (!value) return;
    brush.globalAlpha = value / 255;
    brush.fillRect(at % SIDE * scale, Math.floor(at / SIDE) * scale, scale, scale);
  });
  brush.globalAlpha = 1;
  if (!pen) return;
  for (const [width, color] of /** @type {const} */ ([[scale * .4, style.backgroundColor], [scale * .2, style.outlineColor]])) {
    brush.lineWidth = width;
    brush.strokeStyle = color;
    brush.beginPath();
    brush.arc(pen[0] * scale, pen[1] * scale, scale * 1.2, 0, 2 * Math.PI);
    brush.stroke();
  }
}

/**
 * @param {string} name
 * @param {{ min: number, max: number, step: number }} range
 * @param {(value: number) => void} onInput
 * @param {(value: number) => string} words
 */
function dial(name, range, onInput, words) {
  const input = html("input", ""), value = html("span", "num"), label = html("label", "dial", name, input, value);
  Object.assign(input, { type: "range", id: `pad-${name}`, ...range, value: 0 });
  const say = () => {
    value.textContent = words(Number(input.value));
    put(input, "aria-valuetext", value.textContent);
  };
  input.addEventListener("input", () => {
    say();
    onInput(Number(input.value));
  });
  say();
  return label;
}
