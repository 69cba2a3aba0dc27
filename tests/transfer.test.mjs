// @ts-check
// A transfer survives what networks do: it goes on where it broke off, is stored, and is checked against its digest.

import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { once } from "node:events";
import { createServer } from "node:http";
import { after, beforeEach, test } from "node:test";
import { gzipSync } from "node:zlib";
import { TransferError, receive } from "../www/ui/lib/transfer.js";
import { FakeCaches, random } from "./fake_caches.mjs";

const noise = random(1);
const plain = new Uint8Array(4_000_000).map(() => noise() * 256);
const packed = gzipSync(plain, { level: 1 });
const sha256 = (/** @type {Uint8Array} */ bytes) => createHash("sha256").update(bytes).digest("hex");
const expected = {
  bytes: packed.length,
  sha256: sha256(packed),
  plainBytes: plain.length,
  plainSha256: sha256(plain),
};

/** What the server does next, request by request; then it answers as it should. @type {((request: import("node:http").IncomingMessage, response: import("node:http").ServerResponse) => void)[]} */
let script = [];
/** The requests since the last test began. @type {(string | undefined)[]} */
let ranges = [];
let canRange = true,
  isDecoded = false;

/** Sends the file, or `most` bytes of what is asked for. */
function send(request, response, most = Infinity, then = () => response.destroy()) {
  const from =
    canRange && !isDecoded ? Number(/bytes=(\d+)-/.exec(request.headers.range ?? "")?.[1] ?? 0) : 0;
  if (from) response.setHeader("content-range", `bytes ${from}-${packed.length - 1}/${packed.length}`);
  if (isDecoded) response.setHeader("content-encoding", "gzip");
  response.writeHead(from ? 206 : 200, { "content-length": packed.length - from });
  const body = packed.subarray(from);
  if (body.length <= most) return void response.end(body);
  response.write(body.subarray(0, most), () => setTimeout(then, 20));
}

const server = createServer((request, response) => {
  ranges.push(request.headers.range);
  (script.shift() ?? send)(request, response);
}).listen(0, "127.0.0.1");
await once(server, "listening");
const { port } = /** @type {import("node:net").AddressInfo} */ (server.address());
const url = `http://127.0.0.1:${port}/file.gz`;
after(() => {
  server.closeAllConnections();
  server.close();
});

beforeEach(() => {
  [script, ranges, canRange, isDecoded] = [[], [], true, false];
  globalThis.caches = /** @type {any} */ (new FakeCaches());
});

const breaks = (/** @type {number} */ most) => (request, response) => send(request, response, most);
const stalls = (/** @type {number} */ most) => (request, response) => send(request, response, most, () => {});
const status = (/** @type {number} */ code) => (_, response) => response.writeHead(code).end();
const resets = (_, response) => response.destroy();

/** @param {import("../www/ui/lib/transfer.js").Options} [options] */
async function read(options = {}) {
  const pieces = [];
  for await (const piece of receive(url, { expected, pauseMillis: 1, stallMillis: 200, ...options }))
    pieces.push(Buffer.from(piece));
  return Buffer.concat(pieces);
}

const cases = /** @type {const} */ ([
  ["broken off", [breaks(1_500_000)], true],
  ["broken off at once, and twice later", [resets, breaks(10), breaks(2_000_000)], true],
  ["stalled", [stalls(700_000)], true],
  ["refused for a moment", [status(503), status(429)], true],
  ["broken off, without ranges", [breaks(1_500_000), breaks(2_500_000)], false],
]);
for (const [what, answers, ranged] of cases) {
  test(`a transfer goes on: ${what}`, async () => {
    canRange = ranged;
    script = [...answers];
    assert.ok((await read()).equals(packed));
    assert.equal(ranges.length, answers.length + 1);
  });
}

test("only what is missing is asked for", async () => {
  script = [breaks(1_500_000)];
  await read();
  assert.match(ranges[1] ?? "", /^bytes=\d{6,}-$/);
});

test("a file that the browser unpacks by itself goes on, too", async () => {
  isDecoded = true;
  script = [breaks(1_500_000)];
  assert.ok((await read()).equals(Buffer.from(plain)));
  assert.deepEqual(ranges, [undefined, undefined], "a part of it cannot be asked for");
});

for (const decoded of [false, true])
  test(`a file is fetched once${decoded ? ", unpacked by the browser" : ""}`, async () => {
    isDecoded = decoded;
    const first = await read();
    script = [resets, resets, resets];
    ranges = [];
    assert.ok((await read()).equals(first));
    assert.deepEqual(ranges, [], "no request");
  });

test("what arrived before a failure need not come again", async () => {
  script = [breaks(3_000_000), resets, resets, resets];
  await assert.rejects(read(), error => {
    assert.ok(error instanceof TransferError && error.kind === "lost", String(error));
    assert.match(error.message, /^connection lost after byte \d+ /);
    return true;
  });
  [script, ranges] = [[], []];
  assert.ok((await read()).equals(packed));
  assert.match(ranges[0] ?? "", /^bytes=2097152-$/, "two whole pieces were stored");
});

test("another file is refused, and not kept", async () => {
  const other = { ...expected, sha256: sha256(plain) };
  await assert.rejects(read({ expected: other }), { kind: "damaged", message: /SHA-256 .* expected/ });
  ranges = [];
  await assert.rejects(read({ expected: other }), { kind: "damaged" });
  assert.equal(ranges.length, 1, "it is fetched again");
});

test("a browser without room, or without a store, still receives", async () => {
  globalThis.caches = /** @type {any} */ (new FakeCaches({ mostBytes: 1_500_000 }));
  assert.ok((await read()).equals(packed));
  assert.ok((await read()).equals(packed));
  globalThis.caches = /** @type {any} */ (undefined);
  assert.ok((await read()).equals(packed));
});

test("a browser that denies its store in a sandbox still receives", async () => {
  Object.defineProperty(globalThis, "caches", {
    configurable: true,
    get() {
      throw new DOMException("the context is sandboxed", "SecurityError");
    },
  });
  try {
    assert.ok((await read()).equals(packed));
  } finally {
    Object.defineProperty(globalThis, "caches", { configurable: true, writable: true, value: undefined });
  }
});

test("several workers may store the same file at once", async () => {
  const all = await Promise.all([read(), read(), read()]);
  assert.ok(all.every(bytes => bytes.equals(packed)));
  ranges = [];
  assert.ok((await read()).equals(packed));
  assert.deepEqual(ranges, []);
});

test("100 bad networks: the bytes are right or the failure says so", async () => {
  const next = random(7);
  const bad = [
    () => breaks(Math.floor(next() * 4e6)),
    () => status(next() < 0.5 ? 503 : 500),
    () => resets,
    () => send,
  ];
  for (let at = 0; at < 100; at++) {
    canRange = next() < 0.7;
    isDecoded = next() < 0.2;
    globalThis.caches = /** @type {any} */ (new FakeCaches(next() < 0.3 ? { mostBytes: next() * 5e6 } : {}));
    for (let visit = 0; visit < 3; visit++) {
      script = Array.from({ length: Math.floor(next() * 5) }, () => bad[Math.floor(next() * bad.length)]());
      try {
        assert.ok((await read()).equals(isDecoded ? Buffer.from(plain) : packed), `network ${at}`);
      } catch (error) {
        assert.ok(error instanceof TransferError && error.kind === "lost", `network ${at}: ${error}`);
      }
    }
  }
});

test("the line about a transfer says what is left, and when the network has stopped", async () => {
  const { Transfer } = await import("../www/ui/race/view/loading.js");
  const transfer = new Transfer(),
    at = (/** @type {number} */ receivedBytes, /** @type {number} */ now, totalBytes = 10e6) =>
      transfer.words(/** @type {any} */ ({ data: "mnist", receivedBytes, totalBytes }), now);
  assert.equal(at(0, 0), "Loading MNIST: 0.0 of 10.0 MB");
  assert.equal(at(1e6, 2000), "Loading MNIST: 1.0 of 10.0 MB, 0:18 left");
  assert.equal(at(1e6, 5001), "Loading MNIST: 1.0 of 10.0 MB, waiting for the network");
  assert.equal(at(2e6, 6000, 0), "Loading MNIST: 2.0 MB", "a host that reports no length");
});
