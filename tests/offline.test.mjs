// @ts-check
// The service worker (www/sw.js) on a simulated host and browser: whatever is deployed, cached, evicted or cut off, a visit ends
// with a page that works or with words, after at most one reload; and without a network, what was stored opens.

import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import vm from "node:vm";
import { FakeCaches, random } from "./fake_caches.mjs";

const SCOPE = "https://host.example/cube/";
const source = readFileSync(new URL("../www/sw.js", import.meta.url), "utf8");
const FIRST = ["style.css", "start.js", "main.js", "ui/dom.js", "pkg/blue_cube_bg.wasm"],
  REST = ["worker.js", "pkg/worker/blue_cube_bg.wasm", "ui/code/part.js"];
/** Files whose content is the same in every build. */
const SAME = ["style.css", "pkg/worker/blue_cube_bg.wasm"];

const sha256 = (/** @type {string} */ text) => createHash("sha256").update(text).digest();
const integrityOf = (/** @type {string} */ text) => `sha256-${sha256(text).toString("base64")}`;

/** A build as xtask makes one: its files by path, and what its service worker knows. @param {string} id */
function makeBuild(id) {
  /** @type {Map<string, string>} */
  const files = new Map();
  const add = (/** @type {string} */ path) => {
    const text = `${path} of ${SAME.includes(path) ? "all" : id}`,
      name = path.replace(/\.(\w+)$/, `.${sha256(text).toString("hex").slice(0, 10)}.$1`);
    files.set(name, text);
    return name;
  };
  const first = FIRST.map(add),
    rest = REST.map(add);
  files.set("index.html", `page ${id}: ${first.join(" ")}`);
  const digests = (/** @type {string[]} */ names) =>
    Object.fromEntries(names.map(name => [name, integrityOf(files.get(name) ?? "")]));
  return { id, files, first: digests(["index.html", ...first]), rest: digests(rest) };
}

/** @typedef {ReturnType<typeof makeBuild>} Build */

/** A host, a browser with its two kinds of caches, and a reader's tab. */
class World {
  caches = new FakeCaches();
  /** What the host has. @type {Map<string, string>} */
  host = new Map();
  /** The build whose sw.js the host has. @type {Build | null | undefined} */
  deployed;
  /** The browser's HTTP cache. @type {Map<string, string>} */
  http = new Map();
  /** Whether the next request is lost. */
  isLost = () => false;
  /** @type {Worker | undefined} */
  active;
  /** @type {Worker | undefined} */
  waiting;
  nRequests = 0;

  /** @param {Build} build @param {{ keep?: boolean, only?: (path: string) => boolean }} [how] */
  deploy(build, { keep = true, only = () => true } = {}) {
    if (!keep) this.host.clear();
    for (const [path, text] of build.files) if (only(path)) this.host.set(path, text);
    if (only("sw.js")) this.deployed = build;
  }

  /** A request that leaves the page or its service worker. @param {string | { url: string }} request @param {RequestInit} [init] */
  fetch = async (request, { integrity, cache = "default" } = {}) => {
    const url = typeof request === "string" ? request : request.url,
      path = url.slice(SCOPE.length) || "index.html";
    let text = cache === "default" ? this.http.get(path) : undefined;
    if (text === undefined) {
      this.nRequests += 1;
      if (this.isLost()) throw new TypeError("Failed to fetch");
      text = this.host.get(path);
      if (text === undefined) return new Response("no such file", { status: 404 });
      this.http.set(path, text);
    }
    if (integrity && integrity !== integrityOf(text)) throw new TypeError("integrity");
    return new Response(text);
  };

  /** The browser looks for a new service worker. */
  async update() {
    if (this.deployed === undefined || this.isLost()) return;
    const newest = this.waiting ?? this.active;
    if (newest && newest.build === this.deployed) return;
    const worker = new Worker(this, this.deployed);
    try {
      await worker.tell("install");
    } catch {
      return;
    }
    this.waiting = worker;
    if (!this.active || worker.skips) await this.takeOver();
  }

  async takeOver() {
    if (!this.waiting) return;
    [this.active, this.waiting] = [this.waiting, undefined];
    await this.active.tell("activate");
  }

  /** A request of the page, through its service worker. @param {string} path @param {boolean} isReload */
  async request(path, isReload = false) {
    const mode = path === "index.html" ? "navigate" : "cors",
      url = SCOPE + (mode === "navigate" ? "" : path);
    const answered = this.active?.answer({ url, mode, method: "GET" });
    return answered ?? this.fetch(url, { cache: isReload ? "no-cache" : "default" });
  }

  /** One load of the page. @returns {Promise<string | undefined>} the build that works, or "words" */
  async load(isReload = false) {
    let page;
    try {
      page = await (await this.request("index.html", isReload)).text();
    } catch {
      assert.ok(!this.active, "the browser's error page in spite of a service worker");
      return "words";
    }
    if (!page.startsWith("page ")) return "words";
    const [, id, names] = /page (\w+): (.*)/.exec(page) ?? [];
    for (const name of names.split(" ")) {
      const path = name.replace(/\.[0-9a-f]{10}\./, ".");
      let text;
      try {
        text = await (await this.request(name)).text();
      } catch {
        return undefined;
      }
      if (text !== `${path} of ${SAME.includes(path) ? "all" : id}`) {
        assert.equal(text, "no such file", "a file of another build under this build's name");
        return undefined;
      }
    }
    return id;
  }

  /** A visit: ui/shell/start.js reloads once if a file is missing, and says so if that does not help. */
  async visit() {
    const first = await this.load();
    return first === undefined
      ? { nReloads: 1, end: (await this.load(true)) ?? "words" }
      : { nReloads: 0, end: first };
  }
}

/** A service worker that runs the shipped script. */
class Worker {
  skips = false;
  /** @type {Record<string, (event: any) => void>} */
  #listeners = {};

  /** @param {World} world @param {Build | null} build */
  constructor(world, build) {
    this.build = build;
    const known = build && { id: build.id, first: build.first, rest: build.rest };
    const self = {
      registration: {
        scope: SCOPE,
        get active() {
          return world.active;
        },
        unregister: async () => (world.active = undefined),
      },
      clients: { claim: async () => {}, matchAll: async () => [] },
      skipWaiting: async () => (this.skips = true),
      addEventListener: (name, listener) => (this.#listeners[name] = listener),
    };
    const script = source.replace("const BUILD = null;", `const BUILD = ${JSON.stringify(known)};`);
    assert.notEqual(build && script, source);
    vm.runInNewContext(script, { self, caches: world.caches, fetch: world.fetch, Response, URL });
  }

  /** @param {string} name @param {object} [more] */
  async tell(name, more = {}) {
    const waits = [];
    this.#listeners[name]({ ...more, waitUntil: promise => waits.push(promise) });
    await Promise.all(waits);
  }

  /** @param {{ url: string, mode: string, method: string }} request @returns {Promise<Response> | undefined} */
  answer(request) {
    let answer;
    this.#listeners.fetch({ request, waitUntil() {}, respondWith: promise => (answer = promise) });
    return answer;
  }
}

const [A, B] = [makeBuild("A"), makeBuild("B")];

/** A reader who has been there: build A is stored. @param {{ rest?: boolean }} [what] */
async function known({ rest = true } = {}) {
  const world = new World();
  world.deploy(A);
  await world.visit();
  await world.update();
  if (rest) await world.active?.tell("message", { data: "store the rest" });
  return world;
}

test("a stored page opens without a network, with all of its parts", async () => {
  const world = await known();
  world.http.clear();
  world.isLost = () => true;
  assert.deepEqual(await world.visit(), { nReloads: 0, end: "A" });
  for (const path of Object.keys(A.rest))
    assert.equal(await (await world.request(path)).text(), A.files.get(path));
});

test("a new version is stored, waits, and takes over when it is told to", async () => {
  const world = await known();
  world.deploy(B, { keep: false });
  world.http.clear();
  await world.update();
  assert.equal(world.waiting?.build, B);
  assert.equal((await world.visit()).end, "A", "nothing changes by itself");
  const before = world.nRequests;
  await world.takeOver();
  assert.deepEqual(await world.visit(), { nReloads: 0, end: "B" });
  assert.equal(world.nRequests, before, "all of it was there");
  for (const path of [...Object.keys(A.first), ...Object.keys(A.rest)].filter(path => path !== "index.html"))
    assert.equal(
      await (await world.request(path)).text(),
      A.files.get(path),
      "a page of the old build goes on",
    );
});

test("files that did not change are not fetched again", async () => {
  const world = await known();
  world.deploy(B);
  world.http.clear();
  const before = world.nRequests;
  await world.update();
  assert.equal(world.nRequests - before, B.files.size - SAME.length);
});

test("a deploy that is half done is not taken", async () => {
  for (const missing of B.files.keys()) {
    if (A.files.has(missing) && missing !== "index.html") continue;
    const world = await known();
    world.deploy(B, { only: path => path !== missing });
    world.http.clear();
    await world.update();
    assert.equal(world.waiting, undefined, missing);
    assert.equal((await world.visit()).end, "A");
    world.deploy(B);
    await world.update();
    assert.equal(world.waiting?.build, B);
  }
});

test("a host without a build, as in development, ends an earlier service worker", async () => {
  const world = await known();
  world.deployed = null;
  await world.update();
  assert.equal(world.active, undefined);
  assert.deepEqual(await world.caches.keys(), []);
});

test("other sites of the host keep their caches", async () => {
  const world = await known();
  for (const name of ["blue-cube data", "blue-cube /cube/other/ A", "another"]) await world.caches.open(name);
  for (const build of [B, A, B]) {
    world.deploy(build);
    await world.update();
    await world.takeOver();
  }
  assert.deepEqual(
    (await world.caches.keys()).sort(),
    [
      "another",
      "blue-cube /cube/ A",
      "blue-cube /cube/ B",
      "blue-cube /cube/other/ A",
      "blue-cube data",
    ].sort(),
  );
});

test("200 random interleavings of two builds: every visit works or says why, after at most one reload", async () => {
  const count = { works: 0, words: 0, reloads: 0 };
  for (let seed = 1; seed <= 200; seed++) {
    const next = random(seed),
      chance = (/** @type {number} */ share) => next() < share,
      world = new World();
    let lossRate = 0;
    world.isLost = () => chance(lossRate);
    world.deploy(A);
    const acts = {
      deploy: () => world.deploy(chance(0.5) ? A : B, { keep: chance(0.7) }),
      half: () => world.deploy(chance(0.5) ? A : B, { only: () => chance(0.6) }),
      update: () => world.update(),
      takeOver: () => world.takeOver(),
      rest: () => world.active?.tell("message", { data: "store the rest" }),
      network: () => (lossRate = chance(0.5) ? 0 : chance(0.5) ? 1 : next()),
      evict: () => {
        for (const cache of world.caches.all.values())
          for (const url of cache.entries.keys()) if (chance(0.2)) cache.entries.delete(url);
      },
      evictAll: () => world.caches.all.clear(),
      expire: () => {
        for (const path of world.http.keys()) if (chance(0.5)) world.http.delete(path);
      },
      visit: () => {},
    };
    for (let step = 0; step < 25; step++) {
      const names = Object.keys(acts);
      await acts[names[Math.floor(next() * names.length)]]();
      const { nReloads, end } = await world.visit(),
        label = `seed ${seed}, step ${step}`;
      assert.ok(nReloads <= 1, label);
      assert.ok(["A", "B", "words"].includes(end), label);
      // A host that is reachable and has the whole of what its page asks for is enough.
      const build = [A, B].find(({ files }) => files.get("index.html") === world.host.get("index.html"));
      if (lossRate === 0 && build && [...build.files.keys()].every(path => world.host.has(path)))
        assert.notEqual(end, "words", label);
      if (end === "words") count.words += 1;
      else count.works += 1;
      count.reloads += nReloads;
    }
  }
  console.log(count);
  assert.ok(count.works > 3000 && count.words > 0 && count.reloads > 0, "the test reaches all ends");
});
