// @ts-check
// The pad on which a picture is drawn: with a pen, with keys, or from an image.

import { html, put } from "../../lib/dom.js";
import { takeFirst } from "../../lib/drop.js";
import { added, quantity } from "../../lib/format.js";
import { decimal } from "../../lib/number_text.js";
import { IMAGE_SIDE as SIDE } from "../model/choices.js";
import { blank, dialed, inkOf, inverted, pictureOf, stroke, textOf, touch } from "../model/pixels.js";

/** How far a key moves the pen, in pixels. */
const STEPS = /** @type {Record<string, [number, number]>} */ ({
  ArrowLeft: [-1, 0],
  ArrowRight: [1, 0],
  ArrowUp: [0, -1],
  ArrowDown: [0, 1],
});

/** Where the tab stores the drawing for a reload. */
const KEPT = "pad";

/** The contrast dial covers powers of two. */
const CONTRAST = { min: -2, max: 2, step: 0.1 },
  BRIGHTNESS = { min: -1, max: 1, step: 0.05 };

/**
 * @param {HTMLElement} place
 * @param {() => void} onChange
 * @returns {{ pixels: () => Uint8Array, isBlank: () => boolean, paint: () => void }} the networks' input
 */
export function showPad(place, onChange) {
  const pad = new Pad(onChange);
  place.append(...pad.elements);
  pad.paint();
  return pad;
}

class Pad {
  #canvas = html("canvas", {
    class: "pad",
    id: "pad",
    width: SIDE,
    height: SIDE,
    tabindex: 0,
    role: "application",
    "aria-label": "Pad",
    "aria-describedby": "pad-keys",
    onkeydown: event => this.#key(event),
    onfocus: () => this.paint(),
    onblur: () => this.paint(),
  });
  #said = html("p", { class: "unseen", role: "status" });
  #note = html("p", { class: "pad-note", role: "status" });
  /** @type {Uint8Array} */
  #ink = kept() ?? blank();
  #contrast = 1;
  #brightness = 0;
  /** Position of the keys' pen. @type {[x: number, y: number]} */
  #pen = [SIDE / 2, SIDE / 2];
  #onChange;

  /** @param {() => void} onChange */
  constructor(onChange) {
    this.#onChange = onChange;
    listenToPen(this.#canvas, (from, to, isRubber) => {
      if (from) stroke(this.#ink, from, to, isRubber);
      else touch(this.#ink, ...to, isRubber);
      this.#changed();
    });
    takeFirst(
      (_, target) => target === this.#canvas,
      files => {
        void this.#take(files);
      },
    );
    const file = html("input", {
      class: "unseen",
      type: "file",
      accept: "image/*",
      onchange: () => {
        if (file.files?.length) void this.#take([...file.files]);
        file.value = "";
      },
    });
    const acts = html(
      "p",
      "pad-acts",
      this.#act("clear", blank),
      this.#act("invert", inverted),
      html("label", "open", "an image…", file),
    );
    const dials = [
      dial(
        "contrast",
        CONTRAST,
        value => {
          this.#contrast = 2 ** value;
          this.#changed();
        },
        value => `× ${decimal(2 ** value, 2)}`,
      ),
      dial(
        "brightness",
        BRIGHTNESS,
        value => {
          this.#brightness = value;
          this.#changed();
        },
        value => added(value),
      ),
    ];
    const keys =
      "Draw, or use the keys: arrows move, Space draws, Shift and arrows draw a line, Backspace erases.";
    this.elements = [
      this.#canvas,
      acts,
      ...dials,
      html("p", { class: "pad-keys", id: "pad-keys" }, keys),
      this.#note,
      this.#said,
    ];
  }

  /** The networks' input. */
  pixels() {
    return this.#shown.pixels;
  }

  isBlank() {
    return this.#ink.every(value => value === 0);
  }

  paint() {
    const canvas = this.#canvas,
      hasKeys = document.activeElement === canvas && canvas.matches(":focus-visible");
    paintPad(canvas, this.pixels(), hasKeys ? this.#pen : null);
  }

  get #shown() {
    return dialed(this.#ink, this.#contrast, this.#brightness);
  }

  /** @param {string} [words] */
  #changed(words = "") {
    const { nCut } = this.#shown,
      isDialed = this.#contrast !== 1 || this.#brightness !== 0;
    this.#note.textContent =
      words ||
      (nCut && isDialed
        ? `${quantity(nCut, "pixel")} ${nCut === 1 ? "is" : "are"} clipped at no ink or full ink.`
        : "");
    this.paint();
    kept(this.#ink);
    this.#onChange();
  }

  /** A button that changes the picture. @param {string} name @param {(ink: Uint8Array) => Uint8Array} change */
  #act(name, change) {
    const onclick = () => {
      this.#ink = change(this.#ink);
      this.#changed();
    };
    return html("button", { type: "button", onclick }, name);
  }

  /** @param {KeyboardEvent} event */
  #key(event) {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const step = STEPS[event.key],
      from = this.#pen;
    if (step) {
      this.#pen = /** @type {[number, number]} */ (
        from.map((at, axis) => Math.min(SIDE - 0.5, Math.max(0.5, at + step[axis])))
      );
      if (event.shiftKey) stroke(this.#ink, from, this.#pen);
    } else if (event.key === " ") touch(this.#ink, ...from);
    else if (event.key === "Backspace" || event.key === "Delete") touch(this.#ink, ...from, true);
    else return;
    event.preventDefault();
    this.#said.textContent = `row ${Math.floor(this.#pen[1])}, column ${Math.floor(this.#pen[0])}`;
    if (step && !event.shiftKey) this.paint();
    else this.#changed();
  }

  /** Replaces the drawing with an image. @param {File[]} files */
  async #take([file]) {
    try {
      const { ink, isInverted } = await pictureOf(file);
      this.#ink = ink;
      this.#changed(
        isInverted ? `${file.name}, dark on light, was inverted: the networks expect light on dark.` : "",
      );
    } catch {
      this.#note.textContent = `⚠ ${file.name} is not an image that this browser can read. Your drawing is still here.`;
    }
  }
}

/** Stores a picture, if given, and returns the stored one. A frame may be denied storage: a reload then starts blank. @param {Uint8Array} [ink] */
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
    return /** @type {[number, number]} */ ([
      ((event.clientX - left) / width) * SIDE,
      ((event.clientY - top) / height) * SIDE,
    ]);
  };
  // The right button, or a pen's other end, erases.
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
  for (const end of ["pointerup", "pointercancel"])
    canvas.addEventListener(end, () => {
      last = null;
    });
}

/**
 * Pixels from no ink to full ink, and a ring where the keys' pen is.
 * @param {HTMLCanvasElement} canvas
 * @param {Uint8Array} pixels
 * @param {[x: number, y: number] | null} pen
 */
function paintPad(canvas, pixels, pen) {
  const scale = Math.min(2, devicePixelRatio || 1) * 10,
    size = SIDE * scale,
    brush = canvas.getContext("2d");
  if (!brush) return;
  if (canvas.width !== size) Object.assign(canvas, { width: size, height: size });
  const style = getComputedStyle(canvas);
  brush.fillStyle = style.backgroundColor;
  brush.fillRect(0, 0, size, size);
  brush.fillStyle = style.color;
  pixels.forEach((value, at) => {
    if (!value) return;
    brush.globalAlpha = value / 255;
    brush.fillRect((at % SIDE) * scale, Math.floor(at / SIDE) * scale, scale, scale);
  });
  brush.globalAlpha = 1;
  if (!pen) return;
  for (const [width, color] of /** @type {const} */ ([
    [scale * 0.4, style.backgroundColor],
    [scale * 0.2, style.outlineColor],
  ])) {
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
  const input = html("input", { type: "range", id: `pad-${name}`, ...range, value: 0 });
  const value = html("span", "num"),
    label = html("label", "dial", name, input, value);
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
