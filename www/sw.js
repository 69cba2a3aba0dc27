// @ts-check
/// <reference lib="webworker" />
// The service worker: keeps a build of the page in the browser's storage, so that it opens without a network and a deploy
// cannot mix two builds. A classic script without imports, since not every browser runs modules here.
//
// A new build is stored as a whole beside the old one, and then waits: it takes over when a page says so (ui/shell/offline.js),
// or when no page is left. In development there is no build, and this script removes itself and what an earlier one stored.
// Data sets are not its business: fetch_data.js stores them.

/** Files of a build with their digests: what the first screen needs, and the rest. */
/** @typedef {{ id: string, first: Record<string, string>, rest: Record<string, string> }} Build */

/** Written by xtask/src/site.rs. @type {Build | null} */
const BUILD = null;

/** Names with a fingerprint, whose content never changes. */
const FINGERPRINT = /\.[0-9a-f]{10}\.(js|css|wasm)$/;

/** The page, under the address at which every host has it. */
const PAGE = "index.html";

const TYPES = { html: "text/html", js: "text/javascript", css: "text/css", wasm: "application/wasm" };

/** What is shown instead of the browser's error page, if nothing was stored and there is no network. */
const NOTHING = `<!doctype html><meta charset="utf-8"><title>Blue Cube</title><body style="font:16px/24px system-ui;margin:2em">
<h1>Blue Cube is not stored here</h1><p>The page could not be fetched, and this browser has kept no whole copy of it. Connect to the network and <a href="">load it again</a>.</p>`;

const own = /** @type {ServiceWorkerGlobalScope} */ (/** @type {unknown} */ (self)),
  { scope } = own.registration,
  /** Other sites on this host may have caches too. */
  prefix = `blue-cube ${new URL(scope).pathname} `,
  build = /** @type {Build} */ (/** @type {unknown} */ (BUILD)),
  current = prefix + build?.id;

const at = (/** @type {string} */ path) => new URL(path === PAGE ? "./" : path, scope).href;

/** The path from the scope of an address in it. @param {URL} url */
const pathOf = url => url.pathname.slice(new URL(scope).pathname.length) || PAGE;

/** The builds stored here, the oldest first. */
const stored = async () => (await caches.keys()).filter(key => key.startsWith(prefix));

/** A file from any build: under a name with a fingerprint, all hold the same. @param {string} url */
async function inAny(url) {
  for (const key of (await stored()).reverse()) {
    const found = await (await caches.open(key)).match(url);
    if (found) return found;
  }
  return undefined;
}

/** Stores a response without its history: one that was redirected cannot answer for a page. @param {string} path @param {Response} response */
async function put(path, response) {
  const kind = /** @type {keyof typeof TYPES} */ (path.replace(/^.*\./, ""));
  const copy = new Response(await response.blob(), { headers: { "content-type": TYPES[kind] } });
  await (await caches.open(current)).put(at(path), copy);
}

/** Stores files of this build that are not here yet; throws if one is not what the build says. @param {Record<string, string>} files */
async function store(files) {
  const cache = await caches.open(current),
    here = new Set((await cache.keys()).map(({ url }) => url));
  const one = async (/** @type {[string, string]} */ [path, integrity]) => {
    if (here.has(at(path))) return;
    const isFixed = FINGERPRINT.test(path),
      kept = isFixed ? await inAny(at(path)) : undefined;
    const response = kept ?? (await fetch(at(path), { integrity, cache: isFixed ? "default" : "no-cache" }));
    if (!response.ok) throw new Error(`${path}: status ${response.status}`);
    await put(path, response);
  };
  await Promise.all(Object.entries(files).map(one));
}

async function install() {
  if (!BUILD) return own.skipWaiting();
  await store(build.first);
  // The whole of a later build is here before it can take over. A first one lets the page load before.
  if (own.registration.active) await store(build.rest);
}

async function activate() {
  const others = (await stored()).filter(key => key !== current);
  if (!BUILD) {
    await Promise.all(others.map(key => caches.delete(key)));
    await own.registration.unregister();
    const pages = await own.clients.matchAll({ type: "window" });
    return void (await Promise.allSettled(pages.map(page => page.navigate(page.url))));
  }
  // The one before stays, for pages that still show it.
  await Promise.all(others.slice(0, -1).map(key => caches.delete(key)));
  await own.clients.claim();
}

/** A page: the stored one if all that it needs is stored too, otherwise what the server has. @param {string} path @param {Request} request */
async function pageFor(path, request) {
  const cache = await caches.open(current),
    here = new Set((await cache.keys()).map(({ url }) => url)),
    isWhole = Object.keys(build.first).every(file => here.has(at(file)));
  const kept = await cache.match(at(path));
  if (kept && isWhole) return kept;
  try {
    // What the browser's own cache has may be older than what is stored here.
    const response = await fetch(request, { cache: "no-cache" });
    if (response.ok || !kept) return response;
  } catch {
    // There is no network.
  }
  return kept ?? new Response(NOTHING, { status: 503, headers: { "content-type": "text/html" } });
}

/** A file with a fingerprint. @param {string} path @param {FetchEvent} event */
async function fileFor(path, event) {
  const found = await inAny(at(path));
  if (found) return found;
  const integrity = build.first[path] ?? build.rest[path],
    response = await fetch(at(path), integrity ? { integrity } : {});
  if (integrity && response.ok) event.waitUntil(put(path, response.clone()).catch(() => {}));
  // The server no longer has this build: the next visit gets the page from there.
  if (integrity && response.status === 404) await (await caches.open(current)).delete(at(PAGE));
  return response;
}

own.addEventListener("install", event => event.waitUntil(install()));
own.addEventListener("activate", event => event.waitUntil(activate()));
own.addEventListener("message", event => {
  if (!BUILD) return;
  if (event.data === "which build") event.ports[0].postMessage(build.id);
  if (event.data === "take over") event.waitUntil(own.skipWaiting());
  if (event.data === "store the rest") event.waitUntil(store(build.rest).catch(() => {}));
});
own.addEventListener("fetch", event => {
  const { request } = event,
    url = new URL(request.url);
  if (!BUILD || request.method !== "GET" || !url.href.startsWith(scope)) return;
  const path = pathOf(url);
  if (request.mode === "navigate") {
    if (path in build.first || path in build.rest) event.respondWith(pageFor(path, request));
  } else if (FINGERPRINT.test(path)) event.respondWith(fileFor(path, event));
});
