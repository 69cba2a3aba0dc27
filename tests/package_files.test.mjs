// @ts-check
// Files that people have, read by the package. The files are made by `tests/files/cases/make.py`; what is in each is in
// `tests/files/read/`. `cargo xtask build`, then `node --test tests/package_files.test.mjs`.

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { initSync, readArrayFile, readArrays, writeNpy } from "../www/pkg/package/blue_cube.js";

initSync({ module: readFileSync(new URL("../www/pkg/package/blue_cube_bg.wasm", import.meta.url)) });

/** @param {string} file */
const bytesOf = file => new Uint8Array(readFileSync(new URL(`files/cases/${file}`, import.meta.url)));

const x = Float32Array.from({ length: 24 }, (_, i) => (i - 8) / 4);

test("members that cannot be read are reported, and the others read", () => {
  const { arrays, unread } = readArrayFile(bytesOf("npz_with_strings.npz"), { name: "x.npz" });
  assert.deepEqual(arrays, [{ name: "x", shape: [2, 3, 2, 2], type: "f32", data: x, format: "npy" }]);
  assert.deepEqual(unread, [{ name: "names", reason: "holds text ('<U3')", at: 1 }]);
  const folder = readArrayFile(bytesOf("npz_folder_entry.npz"));
  assert.deepEqual(folder.unread, [{ name: "layer/", reason: "is a folder", at: 0 }]);
  assert.deepEqual(
    readArrays(bytesOf("npz_with_strings.npz")).map(({ name }) => name),
    ["x"],
  );
});

test("every type has its name", () => {
  const types = readArrays(bytesOf("types.safetensors")).map(({ type }) => type);
  assert.deepEqual(
    types.toSorted(),
    "bf16 bool f16 f32 f64 f8e4m3 f8e4m3fnuz f8e5m2 f8e5m2fnuz f8e8m0 i16 i32 i64 i8 u16 u32 u64 u8".split(
      " ",
    ),
  );
});

test("what is rounded is counted", () => {
  const [longs, doubles] = readArrays(bytesOf("rounded.npz"));
  assert.deepEqual([longs.type, longs.rounded, longs.overflowed], ["i64", 3, undefined]);
  assert.deepEqual([doubles.type, doubles.rounded, doubles.overflowed], ["f64", 3, 2]);
});

test("a part of a large array is read where it is asked for", () => {
  const bytes = writeNpy(x, [12, 2]);
  const part = (/** @type {number} */ partFrom) =>
    readArrayFile(bytes, { name: "x.npy", mostValues: 9, partFrom }).arrays[0];
  assert.deepEqual(part(3), {
    name: "x.npy",
    shape: [4, 2],
    type: "f32",
    data: x.slice(6, 14),
    part: { from: 3, of: 12 },
    format: "npy",
  });
  assert.deepEqual(part(100).part, { from: 8, of: 12 });
  assert.throws(() => readArrayFile(bytes, { mostValues: 9 }), /expected at most 9 values/);
  assert.throws(() => readArrays(bytes, "x.npy", 9), /expected at most 9 values/);
});

test("options are checked", () => {
  const bytes = writeNpy(x, [24]);
  for (const [options, message] of /** @type {[any, RegExp][]} */ ([
    [{ most: 9 }, /^readArrayFile has no option "most"/],
    [{ name: 9 }, /^name is 9, expected a string/],
    [{ mostValues: -1 }, /^mostValues is -1, expected a whole number/],
    [{ partFrom: 0.5 }, /^partFrom is 0.5, expected a whole number/],
    ["x.npy", /expected an object of options/],
  ])) {
    assert.throws(
      () => readArrayFile(bytes, options),
      error =>
        message.test(String(/** @type {any} */ (error).message)) &&
        /** @type {any} */ (error).code === "bad-spec",
    );
  }
  assert.equal(readArrayFile(bytes).arrays[0].name, "file");
});

test("a file that is something else is named", () => {
  for (const [file, message] of /** @type {[string, RegExp][]} */ ([
    ["page.html.npy", /^page\.html\.npy is a web page \(HTML\): download the file itself/],
    [
      "lfs_pointer.npy",
      /^lfs_pointer\.npy is a Git LFS pointer, which only says where the file is: run “git lfs pull”/,
    ],
    ["model.pt", /^model\.pt is a PyTorch file \(\.pt\): load it in Python/],
    ["rgba_white_on_clear.png", /^rgba_white_on_clear\.png is a PNG image: a browser shows it/],
  ])) {
    assert.throws(
      () => readArrays(bytesOf(file), file),
      error =>
        message.test(String(/** @type {any} */ (error).message)) &&
        /** @type {any} */ (error).code === "data-format",
      file,
    );
  }
});
