// @ts-check
// Paints drawings of the cube on a canvas. Styles come from the style sheet: they are read from an invisible SVG element.

import { html, svg } from "../lib/dom.js";

/** @typedef {import("../../pkg/blue_cube.js").Sheet} Sheet */
/** @typedef {import("../../pkg/blue_cube.js").Mark} Mark */

/**
 * @typedef {object} Look
 * @property {string} fill
 * @property {string} stroke
 * @property {number} width
 * @property {number[]} dash
 * @property {number} opacity
 * @property {boolean} haloed whether the stroke is below the fill
 */

/** Classes of levels and sides, in the order of cube::display. */
const LEVELS = ["", " in-some", " in-group"],
  SIDES = [" left", " right", " top", ""];

/** Number of distinct tones. */
const TONES = 16;

/** With fewer faces below each other than this, they are filled one by one. */
const LEAST_STRIP = 4;

/** @type {Look} */
const BARE = { fill: "none", stroke: "none", width: 0.7, dash: [], opacity: 1, haloed: false };

/** More device pixels per CSS pixel than this cost time without a visible gain. */
const MAX_RATIO = 2;

export class Painter {
  /** @type {Map<string, Look>} */
  #looks = new Map();
  /** @type {Look[]} By level, side and tone. */
  #cells = [];
  /** @type {Map<string, { font: string, fill: string }>} */
  #fonts = new Map();
  /** @type {Map<string, Path2D>} */
  #paths = new Map();
  /** @type {number[]} Colours as pixels, by level, side and tone. */
  #words = [];
  /** @type {ImageData | null} */
  #pixels = null;

  /**
   * @param {HTMLCanvasElement} canvas
   * @param {SVGSVGElement} probe an empty element that the style sheet applies to
   */
  constructor(canvas, probe) {
    this.canvas = canvas;
    this.probe = probe;
    this.context = /** @type {CanvasRenderingContext2D} */ (canvas.getContext("2d"));
    const strip = html("canvas", { width: 1 });
    this.strip = /** @type {CanvasRenderingContext2D} */ (
      strip.getContext("2d", { willReadFrequently: true })
    );
  }

  /** Forgets all colours: the theme has changed. */
  forget() {
    this.#looks.clear();
    this.#cells = [];
    this.#words = [];
    this.#fonts.clear();
  }

  /**
   * @param {Sheet} sheet
   * @param {Float32Array} list
   */
  paint(sheet, list) {
    const { canvas, context } = this,
      ratio = Math.min(MAX_RATIO, devicePixelRatio || 1);
    const [width, height] = [Math.round(sheet.width * ratio), Math.round(sheet.height * ratio)];
    if (canvas.width !== width || canvas.height !== height) [canvas.width, canvas.height] = [width, height];
    context.setTransform(ratio, 0, 0, ratio, 0, 0);
    context.clearRect(0, 0, sheet.width, sheet.height);
    context.lineJoin = "round";
    context.lineCap = "round";
    for (let at = 0; at < list.length;) at = this.#column(list, at, sheet.dot);
    for (const mark of sheet.marks) this.#mark(mark);
    if (this.#paths.size > 2000) this.#paths.clear();
  }

  /**
   * @param {Float32Array} list
   * @param {number} at
   * @param {number} dot
   * @returns {number} where the next column starts
   */
  #column(list, at, dot) {
    const context = this.context,
      [quads, joints, edges, memberEdges, dots, seams] = list.subarray(at, at + 6);
    at += 6;
    const start = at;
    at += quads * 10;
    if (seams) this.#faces(list, start, quads);
    else this.#strips(list, start, quads);
    if (seams) {
      context.beginPath();
      for (let i = 0; i < quads; i++) quad(context, list, start + i * 10);
      this.#stroke(this.#look("cell"));
    }
    const lines = (/** @type {number} */ count, /** @type {string} */ look) => {
      if (!count) return;
      context.beginPath();
      for (let i = 0; i < count; i++, at += 4) {
        context.moveTo(list[at], list[at + 1]);
        context.lineTo(list[at + 2], list[at + 3]);
      }
      this.#stroke(this.#look(look));
    };
    lines(joints, "joints");
    lines(edges, "edges");
    lines(memberEdges, "edges member");
    if (dots) {
      const look = this.#look("dots");
      context.beginPath();
      for (let i = 0; i < dots; i++, at += 2) {
        context.moveTo(list[at] + dot, list[at + 1]);
        context.arc(list[at], list[at + 1], dot, 0, 7);
      }
      context.globalAlpha = look.opacity;
      context.fillStyle = look.fill;
      context.fill();
      context.globalAlpha = 1;
    }
    return at;
  }

  /**
   * Fills the faces of a column one by one.
   * @param {Float32Array} list
   * @param {number} start
   * @param {number} quads
   */
  #faces(list, start, quads) {
    const context = this.context;
    /** @type {Map<string, number[]>} Faces of a column never overlap, so those of one colour are filled at once. */
    const byColor = new Map();
    for (let i = 0, at = start; i < quads; i++, at += 10) {
      const color = this.#cell(list[at + 9], list[at + 8]).fill,
        same = byColor.get(color);
      if (same) same.push(at);
      else byColor.set(color, [at]);
    }
    for (const [color, places] of byColor) {
      context.beginPath();
      context.fillStyle = color;
      for (const place of places) quad(context, list, place);
      context.fill();
    }
  }

  /**
   * Fills faces that are too small for joints: those below each other form one parallelogram, covered by an image one
   * pixel wide, with one pixel per face.
   * @param {Float32Array} list
   * @param {number} start
   * @param {number} quads
   */
  #strips(list, start, quads) {
    for (let i = 0; i < quads;) {
      const from = start + i * 10,
        side = list[from + 9] % 4;
      let rows = 1;
      while (i + rows < quads && isBelow(list, start + (i + rows) * 10, side)) rows++;
      i += rows;
      if (rows < LEAST_STRIP) {
        for (let k = 0, at = from; k < rows; k++, at += 10) {
          const { fill } = this.#cell(list[at + 9], list[at + 8]);
          this.context.beginPath();
          this.context.fillStyle = fill;
          quad(this.context, list, at);
          this.context.fill();
          // Faces without joints cover the hairlines between them.
          this.#stroke({ ...BARE, stroke: fill });
        }
      } else this.#strip(list, from, rows);
    }
  }

  /**
   * @param {Float32Array} list
   * @param {number} from
   * @param {number} rows
   */
  #strip(list, from, rows) {
    const { context, strip } = this;
    if (strip.canvas.height < rows) strip.canvas.height = rows;
    const pixels =
      this.#pixels?.height === rows ? this.#pixels : (this.#pixels = strip.createImageData(1, rows));
    const words = new Uint32Array(pixels.data.buffer);
    for (let k = 0, at = from; k < rows; k++, at += 10) words[k] = this.#word(list[at + 9], list[at + 8]);
    strip.putImageData(pixels, 0, 0);
    const last = from + (rows - 1) * 10,
      [x, y] = [list[from], list[from + 1]];
    context.save();
    context.imageSmoothingEnabled = false;
    context.transform(
      list[from + 2] - x,
      list[from + 3] - y,
      (list[last + 6] - x) / rows,
      (list[last + 7] - y) / rows,
      x,
      y,
    );
    // Slightly beyond the edge: this covers the hairlines between faces, as strokes do.
    const [wide, high] = [
      BARE.width / 2 / Math.abs(list[from + 2] - x),
      ((BARE.width / 2) * rows) / Math.abs(list[last + 7] - y),
    ];
    context.drawImage(strip.canvas, 0, 0, 1, rows, -wide, -high, 1 + 2 * wide, rows + 2 * high);
    context.restore();
  }

  /**
   * A cell's colour as a pixel value.
   * @param {number} look
   * @param {number} tone
   */
  #word(look, tone) {
    const key = look * TONES + Math.round(tone * (TONES - 1)),
      known = this.#words[key];
    if (known !== undefined) return known;
    this.strip.fillStyle = this.#cell(look, tone).fill;
    this.strip.fillRect(0, 0, 1, 1);
    return (this.#words[key] = new Uint32Array(this.strip.getImageData(0, 0, 1, 1).data.buffer)[0]);
  }

  /** @param {Look} look */
  #stroke(look) {
    if (look.stroke === "none") return;
    this.context.strokeStyle = look.stroke;
    this.context.lineWidth = look.width;
    this.context.setLineDash(look.dash);
    this.context.stroke();
  }

  /** @param {Mark} mark */
  #mark(mark) {
    if (mark.type === "text") return this.#text(mark);
    const context = this.context,
      look = this.#look(mark.class);
    let path = this.#paths.get(mark.d);
    if (!path) this.#paths.set(mark.d, (path = new Path2D(mark.d)));
    const stroke = () => {
      if (look.stroke === "none") return;
      context.strokeStyle = look.stroke;
      context.lineWidth = look.width;
      context.setLineDash(look.dash);
      context.stroke(path);
    };
    context.globalAlpha = look.opacity;
    if (look.haloed) stroke();
    if (look.fill !== "none") {
      context.fillStyle = look.fill;
      context.fill(path);
    }
    if (!look.haloed) stroke();
    context.globalAlpha = 1;
  }

  /** @param {Extract<Mark, { type: "text" }>} mark */
  #text({ class: name, at, anchor, turn, runs }) {
    const context = this.context;
    context.save();
    context.translate(at.x, at.y);
    context.rotate((turn * Math.PI) / 180);
    context.textBaseline = name.startsWith("idx") || name === "group-number" ? "middle" : "alphabetic";
    const set = runs.map(run => ({ run, ...this.#font(name, run.strong) }));
    const widths = set.map(({ run, font }) => {
      context.font = font;
      return context.measureText(run.text).width;
    });
    const total = widths.reduce((a, b) => a + b, 0);
    let x = anchor === "start" ? 0 : anchor === "end" ? -total : -total / 2;
    set.forEach(({ run, font, fill }, i) => {
      context.font = font;
      const look = this.#look(name);
      if (look.haloed && look.stroke !== "none") {
        context.strokeStyle = look.stroke;
        context.lineWidth = look.width;
        context.strokeText(run.text, x, 0);
      }
      context.fillStyle = fill;
      context.fillText(run.text, x, 0);
      x += widths[i];
    });
    context.restore();
  }

  /**
   * @param {number} look level·4 + side
   * @param {number} tone
   */
  #cell(look, tone) {
    const shade = Math.round(tone * (TONES - 1)),
      key = look * TONES + shade;
    return (this.#cells[key] ??= this.#look(`cell${SIDES[look % 4]}${LEVELS[look >> 2]} t${shade}`));
  }

  /** @param {string} name */
  #look(name) {
    const known = this.#looks.get(name);
    if (known) return known;
    const path = svg("path", name);
    this.probe.append(path);
    const style = getComputedStyle(path);
    const dash = style.strokeDasharray === "none" ? [] : style.strokeDasharray.split(/[ ,]+/).map(parseFloat);
    const look = {
      fill: style.fill,
      stroke: style.stroke,
      width: parseFloat(style.strokeWidth),
      dash,
      opacity: Number(style.opacity),
      haloed: style.paintOrder.startsWith("stroke"),
    };
    path.remove();
    this.#looks.set(name, look);
    return look;
  }

  /**
   * @param {string} name
   * @param {boolean} strong
   */
  #font(name, strong) {
    const key = `${name}/${strong}`,
      known = this.#fonts.get(key);
    if (known) return known;
    const span = svg("tspan", strong ? "strong" : ""),
      text = svg("text", name, span);
    this.probe.append(text);
    const style = getComputedStyle(span);
    const font = { font: `${style.fontWeight} ${style.fontSize} ${style.fontFamily}`, fill: style.fill };
    text.remove();
    this.#fonts.set(key, font);
    return font;
  }
}

/**
 * Whether a quad lies below the one before it, on the same upright side.
 * @param {Float32Array} list
 * @param {number} at
 * @param {number} side
 */
function isBelow(list, at, side) {
  // The upper edge of one is the lower edge of the other.
  return (
    side < 2 &&
    list[at + 9] % 4 === side &&
    Math.abs(list[at] - list[at - 4]) + Math.abs(list[at + 1] - list[at - 3]) < 0.01
  );
}

/**
 * @param {CanvasRenderingContext2D} context
 * @param {Float32Array} list
 * @param {number} at
 */
function quad(context, list, at) {
  context.moveTo(list[at], list[at + 1]);
  context.lineTo(list[at + 2], list[at + 3]);
  context.lineTo(list[at + 4], list[at + 5]);
  context.lineTo(list[at + 6], list[at + 7]);
  context.closePath();
}
