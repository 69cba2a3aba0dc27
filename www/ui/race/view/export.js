// @ts-check
// Saves and opens races: JSON, CSV, SVG and PNG of the chart, each lane's network as a file.

import { readHash } from "../../../pkg/blue_cube.js";
import { html, svg } from "../../lib/dom.js";
import { takeFirst } from "../../lib/drop.js";
import { integer, messageOf, quantity } from "../../lib/format.js";
import { linkTo } from "../../lib/link.js";
import { closeOutside } from "../../lib/menu.js";
import { withWords } from "../../lib/png.js";
import { save } from "../../lib/toast.js";
import { startWasm } from "../../lib/wasm.js";
import { offerLanes } from "./choice.js";
import { DATA } from "../model/choices.js";
import { epochsCsv, stepsCsv } from "../model/file_csv.js";
import { raceJson } from "../model/file_json.js";
import { readRace } from "../model/file_read.js";
import { divergedAt } from "../model/lane.js";

/** @typedef {import("../model/race.js").Race} Race */
/** @typedef {import("../model/lane.js").Lane} Lane */
/** @typedef {import("../model/control.js").Control} Control */
/** @typedef {import("../../../pkg/package/blue_cube.js").NetworkFormat} Format */
/** @typedef {Awaited<ReturnType<ReturnType<typeof import("./chart.js").showChart>["file"]>>} ChartFile */

/** PNG pixels per CSS pixel. */
const SCALE = 2;

/** Margins of a chart in a file and of its caption, in CSS pixels. */
const MARGIN = 16,
  CAPTION = 24;

/** The largest file that is opened, in bytes: the longest string that a browser makes. */
const MOST_BYTES = 2 ** 28;

/** A lane's network as a file. @type {[Format, string, string][]} */
const FORMATS = [
  ["safetensors", "weights, safetensors", "safetensors"],
  ["onnx", "ONNX", "onnx"],
  ["onnx-folded", "ONNX, batch norms folded", "folded.onnx"],
  ["pytorch", "PyTorch program", "torch.py"],
  ["keras", "Keras program", "keras.py"],
];

/**
 * A lane's network as a file, written by the package's wasm, which is loaded for it.
 * @param {Race} race
 * @param {Lane} lane
 * @param {Format} format
 */
async function networkOf(race, lane, format) {
  const { default: init, writeNetwork } = await import("../../../pkg/package/blue_cube.js");
  const url = new URL("../../../pkg/package/blue_cube_bg.wasm", import.meta.url),
    [bytes] = await Promise.all([race.save(lane), startWasm(init, url)]);
  // Only a program names its data set.
  if (format !== "pytorch" && format !== "keras") return writeNetwork(bytes, format);
  return writeNetwork(bytes, format, DATA[race.course?.data ?? "mnist"], race.course?.trainOn);
}

/**
 * @param {Control} control
 * @param {() => Promise<ChartFile>} chartFile
 * @param {HTMLElement} place
 */
export function showExport(control, chartFile, place) {
  const { race } = control,
    said = html("div", { class: "race-said", role: "status" });
  const tell = (/** @type {unknown} */ fault) => said.replaceChildren(`⚠ ${messageOf(fault)}.`);
  const open = showOpening(control, said, tell);
  const file = html("input", {
    class: "unseen",
    type: "file",
    accept: ".json",
    id: "race-open",
    onchange: () => {
      if (file.files?.length) void open(file.files[0]);
      file.value = "";
    },
  });
  const { menu, paint: paintMenu } = showMenu(control, chartFile, tell),
    { network, paint: paintNetwork } = showNetworks(race, said, tell);
  place.append(html("p", "export-line", menu, html("label", "open", "open a race…", file)), network, said);
  takeFirst(
    files => files.some(isJson),
    files => {
      place.scrollIntoView({ block: "nearest" });
      void open(files.find(isJson) ?? files[0]);
    },
  );
  const paint = () => {
    paintNetwork();
    paintMenu();
  };
  race.on(event => {
    if (event !== "loading") paint();
  });
  paint();
}

/** @param {File} file */
const isJson = ({ name }) => /\.json$/i.test(name);

/**
 * The race as a file, in any of five forms.
 * @param {Control} control
 * @param {() => Promise<ChartFile>} chartFile
 * @param {(fault: unknown) => void} tell
 */
function showMenu(control, chartFile, tell) {
  const { race, store } = control;
  // The race's own setup, which the scene's may differ from.
  const name = () => `race-${race.course?.data ?? "blue-cube"}`,
    link = () => linkTo({ ...store.scene, race: control.made ?? store.scene.race });
  const framedChart = async () => framed(await chartFile(), link());
  /** @type {[id: string, words: string, end: string, make: () => Promise<Blob>][]} */
  const files = [
    [
      "race-json",
      "JSON, to reopen later",
      ".json",
      () => blobOf(raceJson(race, link(), new Date().toISOString()), "application/json"),
    ],
    [
      "race-csv",
      "CSV, every step",
      "-steps.csv",
      () => blobOf(stepsCsv(race.lanes, race.epochImages), "text/csv"),
    ],
    [
      "race-csv-epochs",
      "CSV, every epoch",
      "-epochs.csv",
      () => blobOf([epochsCsv(race.lanes, race.epochImages)], "text/csv"),
    ],
    [
      "race-svg",
      "the chart as SVG",
      ".svg",
      async () => new Blob([(await framedChart()).markup], { type: "image/svg+xml" }),
    ],
    ["race-png", "the chart as PNG", ".png", async () => raster(await framedChart())],
  ];
  const items = files.map(([id, words, end, make]) => {
    const onclick = () => {
      menu.open = false;
      menu.querySelector("summary")?.focus();
      make()
        .then(blob => save(blob, `${name()}${end}`))
        .catch(tell);
    };
    return html("li", "", html("button", { type: "button", id, onclick }, words));
  });
  const menu = html(
    "details",
    "menu race-save",
    html("summary", "", "Save the race"),
    html("ul", "sheet small", ...items),
  );
  closeOutside(menu);
  const paint = () => {
    menu.classList.toggle("idle", !race.lanes.some(lane => lane.history.step));
  };
  return { menu, paint };
}

/**
 * A lane's network as a file.
 * @param {Race} race
 * @param {HTMLElement} said
 * @param {(fault: unknown) => void} tell
 */
function showNetworks(race, said, tell) {
  const lanes = html("select", { class: "pick", id: "export-lane", "aria-label": "Lane to save" });
  const options = FORMATS.map(([format, words]) => new Option(words, format));
  const formats = html("select", { class: "pick", id: "export-format", "aria-label": "As" }, ...options);
  const write = async (/** @type {Lane} */ lane, /** @type {Format} */ format) => {
    try {
      const bytes = await networkOf(race, lane, format),
        end = FORMATS.find(([known]) => known === format)?.[2];
      said.replaceChildren();
      save(new Blob([new Uint8Array(bytes)]), `${plainName(lane)}${ending(lane)}.${end}`);
    } catch (failure) {
      tell(failure);
    }
  };
  const onclick = () => {
    const lane = race.lanes.find(({ id }) => String(id) === lanes.value),
      format = /** @type {Format} */ (formats.value);
    if (lane && divergedAt(lane)) ask(lane, format);
    else if (lane) void write(lane, format);
  };
  /** Weights that are NaN are not saved without a word. @param {Lane} lane @param {Format} format */
  const ask = (lane, format) => {
    const isProgram = format === "pytorch" || format === "keras";
    const go = choice(
      isProgram ? "save the program" : "save it all the same",
      () => void write(lane, format),
    );
    said.replaceChildren(
      `${lane.name} diverged at step ${integer(divergedAt(lane))}: its weights are NaN, as the file will say. A fork from an earlier step has usable ones. `,
      go,
      choice("cancel", () => said.replaceChildren()),
    );
    go.focus();
  };
  const out = html("button", { type: "button", id: "export-lane-save", onclick }, "save");
  const network = html("p", "lane-save", html("span", "", "a network: "), lanes, formats, out);
  const paint = () => {
    const able = race.lanes.filter(lane => !lane.isRecord && lane.device);
    offerLanes(lanes, able);
    network.hidden = !able.length;
  };
  return { network, paint };
}

/**
 * Opens race files, each with its setup; asks first where one would replace trained lanes.
 * @param {Control} control
 * @param {HTMLElement} said
 * @param {(fault: unknown) => void} tell
 */
function showOpening(control, said, tell) {
  const { race } = control;
  return async (/** @type {File} */ file) => {
    try {
      if (file.size > MOST_BYTES) throw new Error(`it has ${file.size} bytes; the limit is ${MOST_BYTES}`);
      const read = readRace(await file.text());
      const show = () => {
        const setup = setupOf(read);
        control.show(read, setup);
        const whose = setup ? "" : " It does not say its setup: the sentence above is still the page’s.";
        said.replaceChildren(`${file.name}: ${quantity(read.lanes.length, "lane")}, as saved.${whose}`);
      };
      const learnt = race.lanes.filter(lane => lane.history.step && !lane.isRecord);
      if (!learnt.length) return show();
      const fits = read.course.data === race.course?.data && read.epochImages === race.epochImages;
      const choices = [
        choice("replace", show),
        ...(fits
          ? [
              choice("add", () => {
                race.addRecords(read);
                said.replaceChildren(`${file.name}: ${quantity(read.lanes.length, "lane")} added, as saved.`);
              }),
            ]
          : []),
        choice("cancel", () => said.replaceChildren()),
      ];
      said.replaceChildren(
        `${file.name} would replace the race, with ${quantity(learnt.length, "trained lane")}, which would be set aside: `,
        ...choices,
      );
      choices[choices.length - 1].focus();
    } catch (fault) {
      tell(new Error(`${file.name} was not opened: ${messageOf(fault)}`));
    }
  };
}

/** The setup in the link of a file's page; undefined if it has none that fits its images. @param {import("../model/file_read.js").ReadRace} read */
function setupOf({ link, course }) {
  const at = link.indexOf("#"),
    { race } = readHash(at < 0 ? "" : link.slice(at)).scene;
  const fits = race.data === course.data && JSON.stringify(race.trainOn) === JSON.stringify(course.trainOn);
  return fits ? race : undefined;
}

/** @param {string} words @param {() => void} act */
const choice = (words, act) => html("button", { type: "button", onclick: act }, words);

/** What the name of a file says of a network whose weights are NaN. @param {Lane} lane */
const ending = lane => (divergedAt(lane) ? "-diverged" : "");

/** @param {Lane} lane */
const plainName = ({ name }) =>
  name
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, "-")
    .replace(/^-|-$/g, "") || "lane";

/** Text in chunks as a file; the page can breathe between them. @param {Iterable<string>} chunks @param {string} type */
async function blobOf(chunks, type) {
  const parts = [];
  for (const chunk of chunks) {
    parts.push(new Blob([chunk]));
    await new Promise(resolve => setTimeout(resolve));
  }
  return new Blob(parts, { type });
}

/** The chart on its paper colour, with a caption and its link as metadata. @param {ChartFile} chart @param {string} link */
function framed({ svg: markup, width, height, paper, caption, description }, link) {
  const file = new DOMParser().parseFromString(markup, "image/svg+xml"),
    root = file.documentElement;
  const chart = document.importNode(root, true);
  const box = { width: width + 2 * MARGIN, height: height + 2 * MARGIN + CAPTION };
  const whole = svg("svg", { ...box, viewBox: `0 0 ${box.width} ${box.height}` });
  for (const [name, value] of Object.entries({ x: MARGIN, y: MARGIN }))
    chart.setAttribute(name, String(value));
  const words = svg(
    "text",
    {
      x: MARGIN,
      y: height + MARGIN + CAPTION,
      "font-family": "sans-serif",
      "font-size": 13,
      fill: "#777777",
    },
    caption,
  );
  whole.append(
    svg("title", "", description),
    svg("metadata", "", link),
    svg("rect", { ...box, fill: paper }),
    chart,
    words,
  );
  return {
    markup: `<?xml version="1.0" encoding="UTF-8"?>\n${new XMLSerializer().serializeToString(whole)}\n`,
    ...box,
    description,
    link,
  };
}

/** @param {ReturnType<typeof framed>} file @returns {Promise<Blob>} */
async function raster({ markup, width, height, description, link }) {
  const image = new Image();
  image.src = `data:image/svg+xml,${encodeURIComponent(markup)}`;
  await image.decode();
  const canvas = html("canvas", { width: width * SCALE, height: height * SCALE });
  canvas.getContext("2d")?.drawImage(image, 0, 0, canvas.width, canvas.height);
  const blob = /** @type {Blob | null} */ (await new Promise(resolve => canvas.toBlob(resolve)));
  if (!blob) throw new Error("the browser cannot make a PNG");
  const bytes = withWords(new Uint8Array(await blob.arrayBuffer()), SCALE, {
    URL: link,
    Software: "Blue Cube",
    Description: description,
  });
  return new Blob([bytes], { type: "image/png" });
}
