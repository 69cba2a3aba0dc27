// @ts-check
// Tests of www/fetch_data.js against a server that misbehaves in every way: `node --test tests/fetch_data.test.mjs`.

import assert from "node:assert/strict";
import { once } from "node:events";
import { createServer } from "node:http";
import { after, test } from "node:test";
import { gzipSync } from "node:zlib";
import { DATA_FILES } from "../www/data/files.js";
import { DataError, dataBytes, streamFile } from "../www/fetch_data.js";

/** 300,000 bytes that do not compress well. */
const plain = new Uint8Array(300_000).map((_, at) => Math.imul(at + 1, 2654435761) >>> 13);
const packed = gzipSync(plain);
const corrupt = Buffer.from(packed);
corrupt[corrupt.length - 6] ^= 1; // In the checksum.
const garbled = Buffer.from(packed);
garbled.fill(0xff, 100, 200);

/** @type {Record<string, (response: import('node:http').ServerResponse) => void>} */
const routes = {
  "/packed.gz": response => void response.setHeader("content-length", packed.length).end(packed),
  "/decoded.gz": response =>
    void response
      .setHeader("content-encoding", "gzip")
      .setHeader("content-length", packed.length)
      .end(packed),
  "/plain": response => void response.end(plain),
  "/empty.gz": response => void response.end(),
  "/truncated.gz": response => void response.end(packed.subarray(0, 1000)),
  "/corrupt.gz": response => void response.end(corrupt),
  "/garbled.gz": response => void response.end(garbled),
  "/page.gz": response => void response.end("<!doctype html><title>Not here</title>"),
  "/lost.gz": response => {
    response.setHeader("content-length", packed.length).write(packed.subarray(0, 1000));
    setTimeout(() => response.destroy(), 50);
  },
  "/stalled.gz": response => {
    response.setHeader("content-length", packed.length).write(packed.subarray(0, packed.length / 2));
  },
  "/drops.gz": response => {
    // One byte at a time at first, so that not even the gzip magic arrives whole.
    let at = 0;
    const send = () => {
      if (at < 4) response.write(packed.subarray(at, ++at), () => setTimeout(send, 5));
      else response.end(packed.subarray(at));
    };
    send();
  },
};

const server = createServer((request, response) => {
  const route = routes[request.url ?? ""];
  if (route) route(response);
  else response.writeHead(404, { "content-type": "text/html" }).end("<!doctype html>404");
}).listen(0, "127.0.0.1");
await once(server, "listening");
const { port } = /** @type {import('node:net').AddressInfo} */ (server.address());
after(() => {
  server.closeAllConnections();
  server.close();
});

/** @param {string} path */
const at = path => `http://127.0.0.1:${port}${path}`;

/** @param {string} url */
async function read(url) {
  /** @type {Uint8Array[]} */
  const chunks = [];
  /** @type {number[]} */
  const counts = [];
  await streamFile(
    url,
    { onBytes: n => counts.push(n), onChunk: chunk => chunks.push(chunk) },
    { pauseMillis: 1 },
  );
  return { bytes: Buffer.concat(chunks), counts };
}

for (const [path, sent] of /** @type {[string, number][]} */ ([
  ["/packed.gz", packed.length],
  ["/packed.gz?v=2", packed.length],
  ["/decoded.gz", packed.length],
  ["/drops.gz", packed.length],
  ["/plain", plain.length],
  ["/empty.gz", 0],
])) {
  test(`${path} arrives complete`, async () => {
    routes[path] ??= routes[path.replace(/\?.*/, "")];
    const { bytes, counts } = await read(at(path));
    assert.ok(bytes.equals(path === "/empty.gz" ? Buffer.alloc(0) : plain));
    assert.equal(counts.at(-1) ?? 0, sent);
    assert.deepEqual(
      counts,
      counts.toSorted((a, b) => a - b),
    );
  });
}

for (const [path, code, message] of /** @type {[string, string, RegExp][]} */ ([
  ["/truncated.gz", "data-format", /^truncated\.gz: at or before compressed byte 1000: .*unexpected end/],
  ["/corrupt.gz", "data-format", /^corrupt\.gz: at or before compressed byte \d+: .*incorrect data check/],
  ["/garbled.gz", "data-format", /^garbled\.gz: at or before compressed byte \d+: valid gzip data expected/],
  ["/page.gz", "data-format", /^page\.gz: byte 0: a web page found, gzip data expected/],
  ["/lost.gz", "data-fetch", /^lost\.gz: connection lost after byte 1000/],
  ["/missing.gz", "data-fetch", /^missing\.gz: HTTP status 404 Not Found found, 200 expected/],
])) {
  test(`${path} is refused`, async () => {
    await assert.rejects(read(at(path)), error => {
      assert.ok(error instanceof DataError, String(error));
      assert.equal(error.code, code);
      assert.match(error.message, message);
      assert.ok(error.hint);
      return true;
    });
  });
}

test("a server that is not there is named as the reason", async () => {
  const closed = createServer().listen(0, "127.0.0.1");
  await once(closed, "listening");
  const { port: closedPort } = /** @type {import('node:net').AddressInfo} */ (closed.address());
  closed.close();
  const expected = { code: "data-fetch", message: /^file\.gz: no answer/ };
  await assert.rejects(read(`http://127.0.0.1:${closedPort}/file.gz`), expected);
});

test("what the receiver throws ends the transfer and is passed on unchanged", { timeout: 5000 }, async () => {
  const refusal = new Error("byte 0: wrong magic");
  for (const path of ["/packed.gz", "/plain", "/stalled.gz"]) {
    const onChunk = () => {
      throw refusal;
    };
    await assert.rejects(streamFile(at(path), { onChunk }), error => error === refusal);
  }
});

test("an abort ends the transfer with its reason", { timeout: 5000 }, async () => {
  const reason = new Error("another data set was chosen");
  const controller = new AbortController();
  const onChunk = () => controller.abort(reason);
  const transfer = streamFile(at("/stalled.gz"), { onChunk, signal: controller.signal });
  await assert.rejects(transfer, error => error === reason);
});

test("sizes of the shipped files are known before they arrive", () => {
  const names = Object.keys(DATA_FILES);
  assert.equal(names.length, 8);
  assert.equal(dataBytes(names.filter(name => name.startsWith("mnist/"))), 11_266_055);
  for (const name of names) assert.ok(DATA_FILES[name].url.endsWith(`${name}.gz`), name);
});
