// @ts-check
// The figure as a self-contained file: all styles written out, the sentence below it, its link as metadata.

import { sentenceOf, spokenOf } from "../../pkg/blue_cube.js";
import { hexes } from "../lib/color.js";
import { html, svg } from "../lib/dom.js";
import { choiceOf } from "../lib/method.js";
import { withWords } from "../lib/png.js";

/** @typedef {import("../../pkg/blue_cube.js").Cube} Cube */
/** @typedef {import("../../pkg/blue_cube.js").Scene} Scene */

/** Sizes of the figure in a file, in CSS pixels: its width, the margin around it, the caption's line height. */
const WIDTH = 710,
  MARGIN = 20,
  LINE = 25;

/** PNG pixels per CSS pixel. */
const SCALE = 2;

/** Part of the width that the caption fills with this machine's fonts: another's may be wider. */
const FILLED = 0.94;

/** The style properties that are written out, with their defaults. */
const SHAPE = {
  fill: "rgb(0, 0, 0)",
  stroke: "none",
  "stroke-width": "1px",
  "stroke-dasharray": "none",
  "stroke-linejoin": "miter",
  "stroke-linecap": "butt",
  "paint-order": "normal",
  opacity: "1",
};
const TEXT = {
  ...SHAPE,
  "font-family": "",
  "font-size": "",
  "font-weight": "400",
  "font-style": "normal",
  "dominant-baseline": "auto",
};

/** The name of a file: `blue-cube-group-4x6x4x4`. @param {Scene} scene */
export function fileName({ method, shape: { n, c, h, w } }) {
  return `blue-cube-${choiceOf(method)}-${n}x${c}x${h}x${w}`;
}

/**
 * The figure as SVG markup.
 * @param {Cube} cube
 * @param {Scene} scene
 * @param {string} link
 */
export function svgFile(cube, scene, link) {
  const said = spokenOf(scene);
  const drawn = new DOMParser().parseFromString(cube.svg(WIDTH, said), "image/svg+xml").documentElement;
  const height = Number(drawn.getAttribute("viewBox")?.split(" ")[3]);
  // Styles are read where the page's style sheets apply.
  const place = html("div", "probe"),
    figure = document.importNode(drawn, true);
  place.append(figure);
  document.body.append(place);
  const title = figure.querySelector("title"),
    drawing = svg("g", "", ...[...figure.childNodes].filter(node => node !== title));
  const lines = caption(scene, said, height + LINE);
  figure.append(drawing, ...lines);
  const paper = svg("rect", {
    class: "file-paper",
    x: -MARGIN,
    y: -MARGIN,
    width: WIDTH + 2 * MARGIN,
    height: Math.ceil(height + LINE * (lines.length + 0.5) + 2 * MARGIN),
  });
  drawing.before(paper);
  writeLooks(figure);
  place.remove();
  paper.before(svg("desc", "", `Drawn by Blue Cube: ${link}`), svg("metadata", "", link));
  const box = ["x", "y", "width", "height"].map(name => paper.getAttribute(name));
  for (const [name, value] of Object.entries({ viewBox: box.join(" "), width: box[2], height: box[3] }))
    figure.setAttribute(name, String(value));
  return `<?xml version="1.0" encoding="UTF-8"?>\n${new XMLSerializer().serializeToString(figure)}\n`;
}

/**
 * The figure as a PNG, at two pixels per CSS pixel.
 * @param {string} markup of the SVG
 * @param {Scene} scene
 * @param {string} link
 * @returns {Promise<Blob>}
 */
export async function pngFile(markup, scene, link) {
  const image = new Image();
  image.src = `data:image/svg+xml,${encodeURIComponent(markup)}`;
  await image.decode();
  const canvas = html("canvas", {
    width: Math.round(image.naturalWidth * SCALE),
    height: Math.round(image.naturalHeight * SCALE),
  });
  canvas.getContext("2d")?.drawImage(image, 0, 0, canvas.width, canvas.height);
  const blob = /** @type {Blob | null} */ (await new Promise(resolve => canvas.toBlob(resolve)));
  if (!blob) throw new Error("the browser cannot make a PNG of this size");
  const bytes = withWords(new Uint8Array(await blob.arrayBuffer()), SCALE, {
    URL: link,
    Software: "Blue Cube",
    Description: spokenOf(scene),
  });
  return new Blob([bytes], { type: "image/png" });
}

/**
 * The sentence in lines, its blue words blue.
 * @param {Scene} scene
 * @param {string} said
 * @param {number} top
 */
function caption(scene, said, top) {
  const blue = Array(said.length).fill(false);
  let from = 0;
  for (const piece of sentenceOf(scene)) {
    if (piece.role !== "blue") continue;
    from = said.indexOf(piece.text, from);
    blue.fill(true, from, from + piece.text.length);
  }
  const words = [...said.matchAll(/\S+\s*/g)].map(({ 0: text, index }) => ({ text, index }));
  return inLines(words.map(word => word.text)).map(([from, to], i) => {
    const line = svg("text", { class: "file-caption", x: 0, y: top + i * LINE });
    const [start, end] = [words[from].index, words[to]?.index ?? said.length];
    for (let at = start; at < end;) {
      const turn = blue.indexOf(!blue[at], at),
        stop = turn < 0 ? end : Math.min(turn, end);
      line.append(svg("tspan", blue[at] ? "blue" : "", said.slice(at, stop)));
      at = stop;
    }
    return line;
  });
}

/**
 * Breaks words into as few lines as possible, and makes these as even as possible.
 * @param {string[]} words
 * @returns {[from: number, to: number][]}
 */
function inLines(words) {
  const context = html("canvas").getContext("2d");
  if (context) context.font = `600 17px ${getComputedStyle(document.body).fontFamily}`;
  const widths = words.map(word => context?.measureText(word).width ?? 0);
  const broken = (/** @type {number} */ most) => {
    /** @type {[number, number][]} */
    const lines = [[0, 0]];
    let width = 0;
    widths.forEach((wide, i) => {
      if (i && width + wide > most) {
        lines.push([i, i]);
        width = 0;
      }
      width += wide;
      lines[lines.length - 1][1] = i + 1;
    });
    return lines;
  };
  let most = WIDTH * FILLED,
    lines = broken(most);
  for (let next = lines; next.length === lines.length && most > LINE; next = broken((most -= 8)))
    lines = next;
  return lines;
}

/** Writes the styles from style sheets as attributes, in plain colours, and removes the classes. @param {Element} root */
function writeLooks(root) {
  const elements = [...root.querySelectorAll("path, text, tspan, rect")];
  const hex = hexes();
  const looks = elements.map(element => {
    const style = getComputedStyle(element),
      around =
        element instanceof SVGTSpanElement && element.parentElement
          ? getComputedStyle(element.parentElement)
          : null;
    /** @type {[string, string][]} */
    const look = [];
    for (const [name, first] of Object.entries(element instanceof SVGTextContentElement ? TEXT : SHAPE)) {
      const value = style.getPropertyValue(name);
      const is = around ? around.getPropertyValue(name) : first;
      if (value === is || (name.startsWith("stroke-") && style.stroke === "none")) continue;
      look.push([
        name,
        (name === "fill" || name === "stroke") && value !== "none" ? hex(value) : value.replace(/px/g, ""),
      ]);
    }
    return look;
  });
  elements.forEach((element, i) => {
    element.removeAttribute("class");
    for (const [name, value] of looks[i]) element.setAttribute(name, value);
  });
  for (const group of root.querySelectorAll("g[class]")) group.removeAttribute("class");
}
