// @ts-check
// <norm-cube>: the live figure in any page. Self-contained: no imports, no style sheet, no requests except for its own frame.
//
//   <script type="module" src="https://HOST/PATH/norm-cube.js"></script>
//   <norm-cube method="group" shape="4,6,4,4" groups="2"></norm-cube>
//
// It frames index.html from this file's folder, with `&ui=cube`. If that host does not let other origins load modules
// (Access-Control-Allow-Origin), a copy of this file on the host page's own server works too, with home="https://HOST/PATH/".
// The element takes the height that the frame posts; messages from any other window or origin are ignored. Attributes are
// those of ATTRIBUTES below; changing one changes the frame's fragment. When the reader has changed the figure, `change` is
// fired, which bubbles, with `detail: { link, sentence }`. An invalid attribute is reported in place of the figure; one that
// conflicts with the others, such as groups that do not divide the channels, is reported in the frame.

// Written by tests/structure/catalog.rs:
/** @type {Record<string, { link: string, number: string }>} */
const NORMS = {
  group: { link: "gn", number: "groups" },
  batch: { link: "bn", number: "" },
  layer: { link: "ln", number: "" },
  instance: { link: "in", number: "" },
  "batch-instance": { link: "bin", number: "" },
  switchable: { link: "sn", number: "" },
  none: { link: "none", number: "" },
  axes: { link: "axes", number: "axes" },
  rms: { link: "rms", number: "axes" },
  "ghost-batch": { link: "ghost", number: "size" },
  "sync-batch": { link: "sync", number: "devices" },
  layer2d: { link: "ln2d", number: "" },
  "group-rms": { link: "grms", number: "groups" },
};
const AXES = "nchw";
const AFFINE = ["channel", "reduced", "scalar"];
// End of what is written.

/** Methods by name: their prefix in links, and the attribute of their number. @type {typeof NORMS} */
const METHODS = { ...NORMS, own: { link: "own", number: "tile" } };

const NAMES = Object.keys(METHODS),
  LINKS = Object.values(METHODS).map(({ link }) => link);

/** @typedef {{ key: string, is: RegExp, words: string }} Attribute */

/** What a frame posts, possibly from another version. @typedef {Partial<import("./ui/shell/embedded.js").Word> | null | undefined} AnyWord */
/** A number without spaces, as in www/ui/lib/number_text.js. */
const NUMBER =
  /^[+\-−]?((\d+[.,]?\d*|[.,]\d+)(e[+\-−]?\d+|[·×*]10(\^[+\-−]?\d+|⁻?[⁰¹²³⁴-⁹]+))?|10(\^[+\-−]?\d+|⁻?[⁰¹²³⁴-⁹]+))$/i;

/** @param {string} key @param {RegExp} is @param {string} words @returns {Attribute} */
const attribute = (key, is, words) => ({ key, is, words });
const whole = (/** @type {string} */ key) => attribute(key, /^[1-9]\d*$/, "a whole number from 1, such as 2");
const natural = (/** @type {string} */ key) => attribute(key, /^\d+$/, "a whole number, such as 7");
const number = (/** @type {string} */ key) => attribute(key, NUMBER, "a number, such as 0.5");
const two = (/** @type {string} */ key) => attribute(key, /^[^,]+,[^,]+$/, "two numbers, such as 0.5,0");
const three = (/** @type {string} */ key) =>
  attribute(key, /^[^,]+,[^,]+,[^,]+$/, "three numbers, such as 1,1,1");
const rule = (/** @type {string} */ key) =>
  attribute(key, /^[a-z0-9]+[a-z0-9,.~e+-]*$/, "what a call says of it, such as no or nonneg~l2,0.01");
const flag = (/** @type {string} */ key) => attribute(key, /^(|true|false|0|1)$/, "empty, or true or false");

/** Attributes, their keys in links, and their valid values. @type {Record<string, Attribute>} */
const ATTRIBUTES = {
  method: attribute(
    "m",
    RegExp(`^(${NAMES.join("|")}|(${LINKS.join("|")})\\d*(-[${AXES}]+)?(-\\d+)?(-(${AFFINE.join("|")}))?)$`),
    `one of ${NAMES.join(", ")}, or the text of a norm, such as gn3`,
  ),
  shape: attribute(
    "shape",
    /^[1-9]\d*(,[1-9]\d*){3}$/,
    "N,C,H,W: four whole numbers from 1, such as 4,6,4,4",
  ),
  layout: attribute(
    "layout",
    /^(usual|nchw|nhwc|chw|hwc|nhw|nlc|ncl|nc|cl|hw|nw|w|c)$/,
    "the letters of the axes in their order, such as nhwc or nlc",
  ),
  groups: whole("g"),
  axes: attribute("axes", RegExp(`^[${AXES}]{1,${AXES.length}}$`), `letters of ${AXES}, such as chw`),
  affine: attribute("affine", RegExp(`^(${AFFINE.join("|")})$`), `one of ${AFFINE.join(", ")}`),
  size: whole("part"),
  devices: whole("devices"),
  tile: attribute("tile", /^[1-9]\d*,[1-9]\d*$/, "images,channels: two whole numbers from 1, such as 2,3"),
  pixel: flag("pixel"),
  sel: attribute("sel", /^\d+(,\d+){3}$/, "n,c,h,w of the star: four whole numbers from 0, such as 0,0,1,1"),
  seed: natural("seed"),
  mode: attribute("mode", /^(train|eval)$/, "train or eval"),
  show: attribute("show", /^(x|xhat|y|gradient)$/, "x, xhat, y or gradient"),
  poke: number("poke"),
  gamma: number("gamma"),
  beta: number("beta"),
  "gamma-rule": rule("gammarule"),
  "beta-rule": rule("betarule"),
  uncentred: flag("uncentred"),
  dialect: attribute(
    "dialect",
    /^(paper|pytorch|keras|keras2|tfa|jax|nnx)$/,
    "one of paper, pytorch, keras, keras2, tfa, jax, nnx",
  ),
  epsilon: number("eps"),
  momentum: number("momentum"),
  rho: number("rho"),
  "mean-logits": three("wmean"),
  "variance-logits": three("wvar"),
  explode: number("explode"),
  turn: number("turn"),
  zoom: number("zoom"),
  pan: two("pan"),
  "all-groups": flag("all"),
  unfolded: flag("fold"),
  pin: attribute("pin", /^\d+,\d+$/, "first image and channel: two whole numbers from 0, such as 0,8"),
  theme: attribute("theme", /^(light|dark)$/, "light or dark"),
};

/** Milliseconds that a loaded frame has to post its height before it is reported as not responding. */
const PATIENCE_MILLIS = 20_000;

/** The folder of this file. */
const HERE = new URL("norm-cube.js", import.meta.url);

/** Height of the frame until it posts its own, in CSS pixels. */
const FIRST_HEIGHT = 640;

const STYLE = `:host { display: block; min-width: 0; } :host([hidden]) { display: none; }
  iframe { display: block; width: 100%; border: 0; } iframe[hidden] { display: none; }
  p { margin: 0; padding: 12px 16px; border: 1px solid; font: 14px/20px system-ui, sans-serif; } p[hidden] { display: none; } a { color: inherit; }`;

class NormCube extends HTMLElement {
  static observedAttributes = [...Object.keys(ATTRIBUTES), "home"];
  #said = document.createElement("p");
  /** @type {HTMLIFrameElement | null} */
  #frame = null;
  #fragment = "";
  /** The page that is framed. */
  #page = new URL("index.html", HERE);
  #isDue = false;
  #hasAnswered = false;
  #timer = 0;
  /** @param {MessageEvent<AnyWord>} event */
  #listen = event => {
    const word = event.data;
    if (
      !this.#frame ||
      event.source !== this.#frame.contentWindow ||
      event.origin !== this.#page.origin ||
      word?.source !== "blue-cube"
    )
      return;
    this.#hasAnswered = true;
    clearTimeout(this.#timer);
    if (this.#fragment) this.#say();
    this.#frame.height = String(Number(word.height) || FIRST_HEIGHT);
    this.#frame.title = String(word.sentence);
    const detail = { link: String(word.link), sentence: String(word.sentence) };
    if (word.changed) this.dispatchEvent(new CustomEvent("change", { bubbles: true, detail }));
  };

  constructor() {
    super();
    const root = this.attachShadow({ mode: "open" }),
      sheet = new CSSStyleSheet();
    sheet.replaceSync(STYLE);
    root.adoptedStyleSheets = [sheet];
    this.#said.hidden = true;
    this.#said.setAttribute("role", "alert");
    root.append(this.#said);
  }

  connectedCallback() {
    addEventListener("message", this.#listen);
    this.#showSoon();
  }

  disconnectedCallback() {
    removeEventListener("message", this.#listen);
    this.#drop();
  }

  attributeChangedCallback() {
    this.#showSoon();
  }

  /** Applies the attributes, once for all that change together. */
  #showSoon() {
    if (this.#isDue) return;
    this.#isDue = true;
    queueMicrotask(() => {
      this.#isDue = false;
      if (this.isConnected) this.#show();
    });
  }

  #show() {
    const { fragment, wrong } = fragmentOf(this);
    this.#fragment = wrong.length ? "" : fragment;
    if (wrong.length) return this.#say(wrong.join(" "));
    const home = this.getAttribute("home") ?? HERE;
    if (!URL.canParse("index.html", home))
      return this.#say(
        `home="${home}" is not valid: it must be the address of a folder, such as https://example.org/cube/.`,
      );
    const page = new URL("index.html", home),
      url = `${page}#${fragment}`;
    if (page.href !== this.#page.href) this.#drop();
    this.#page = page;
    this.#say();
    // Replaces the frame's address, so that Back leaves the page around the element.
    if (this.#frame) return this.#frame.contentWindow?.location.replace(url);
    this.#hasAnswered = false;
    this.#frame = document.createElement("iframe");
    Object.assign(this.#frame, { src: url, title: "Blue Cube", height: FIRST_HEIGHT, loading: "lazy" });
    this.#frame.addEventListener("load", () => {
      clearTimeout(this.#timer);
      if (!this.#hasAnswered)
        this.#timer = window.setTimeout(
          () => this.#say(`The figure at ${this.#page} is not responding.`),
          PATIENCE_MILLIS,
        );
    });
    this.shadowRoot?.append(this.#frame);
  }

  #drop() {
    clearTimeout(this.#timer);
    this.#frame?.remove();
    this.#frame = null;
  }

  /** Shows a message in place of the figure; without words, shows the figure again. @param {string} [words] */
  #say(words = "") {
    this.#said.textContent = words && `norm-cube: ${words}`;
    this.#said.hidden = !words;
    if (this.#frame) this.#frame.hidden = !!words;
  }
}

/**
 * The fragment of the frame's address, and the invalid attributes, in sentences.
 * @param {Pick<Element, "getAttribute">} element
 */
export function fragmentOf(element) {
  const pairs = ["v=1"],
    wrong = [];
  for (const [name, { key, is, words }] of Object.entries(ATTRIBUTES)) {
    const said = element.getAttribute(name),
      value = said?.replace(/\s/g, "") ?? "";
    if (said === null) continue;
    if (!is.test(value)) wrong.push(`${name}="${said}" is not valid: it must be ${words}.`);
    else if (key === "m") pairs.push(`m=${METHODS[value]?.link ?? value}`);
    else pairs.push(`${key}=${value === "" || value === "true" ? 1 : value === "false" ? 0 : value}`);
  }
  return { fragment: [...pairs, "ui=cube"].join("&"), wrong };
}

/** The attributes that show the same as a link's fragment. @param {string} fragment with or without `#` @returns {[string, string][]} */
export function attributesOf(fragment) {
  const said = new URLSearchParams(fragment.replace(/^#/, "")),
    flags = ["all", "fold", "pixel", "uncentred"];
  // The first scene's link is empty; its code names what it shows.
  const first = new Map([
    ["m", "gn2"],
    ["shape", "4,6,4,4"],
  ]);
  const spelled = new Map(spell(said.get("m") ?? first.get("m") ?? ""));
  return Object.entries(ATTRIBUTES).flatMap(([name, { key }]) => {
    const value = spelled.get(name) ?? said.get(key) ?? first.get(key);
    if (value == null || (flags.includes(key) && value === "0")) return [];
    return [[name, flags.includes(key) ? "" : value]];
  });
}

/** The attributes for the text of a method: method and groups for "gn3". @param {string} text @returns {[string, string][]} */
function spell(text) {
  const [, link = "", count = "", more = ""] = /^([a-z]+)(\d*)(.*)$/.exec(text) ?? [];
  const called = (/** @type {string} */ wanted) =>
    Object.entries(METHODS).find(([, { link }]) => link === wanted);
  const [name, { number } = { number: "" }] = called(text) ?? called(link) ?? [text];
  const parts = more.split("-").slice(1),
    affine = parts.find(part => AFFINE.includes(part)),
    groups = parts.find(part => /^\d+$/.test(part));
  /** @type {[string, string | undefined][]} */
  const all =
    number === "axes"
      ? [
          ["axes", parts[0]],
          ["groups", groups],
          ["affine", affine],
        ]
      : [[number, count]];
  return [
    ["method", name],
    ...all.flatMap(([name, value]) =>
      name && value ? [/** @type {[string, string]} */ ([name, value])] : [],
    ),
  ];
}

/** The code that shows a link's figure in another page. @param {string} link */
export const snippetOf = link => snippetWith(attributesOf(new URL(link).hash));

/** The code of an element with these attributes. @param {[string, string][]} attributes */
export function snippetWith(attributes) {
  const said = attributes.map(([name, value]) => (value ? ` ${name}="${escaped(value)}"` : ` ${name}`));
  return `<script type="module" src="${escaped(HERE.href)}"></script>\n<norm-cube${said.join("")}></norm-cube>`;
}

/** @type {Record<string, string>} */
const ENTITIES = { "&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;" };

/** A text as the value of an attribute in quotes: a link may contain anything, and the code is pasted into a page. @param {string} text */
const escaped = text => text.replace(/[&<>"]/g, letter => ENTITIES[letter]);

customElements.define("norm-cube", NormCube);
