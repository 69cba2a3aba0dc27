// What the page and its two small workers say to each other. What it and the training worker say is in src/training/message.rs; here
// are parts of that.

import type { FromWorker } from "../../pkg/blue_cube.js";
import type { WalkReport } from "../../pkg/code/blue_cube.js";
import type { ArrayFile } from "../../pkg/package/blue_cube.js";

/** A message from the training worker about one of its lanes. */
export type OfLane = Extract<FromWorker, { lane: number }>;

/** The training worker's answer to a question about a lane. */
export type Answer = Extract<FromWorker, { type: "seen" | "saved" }>;

/** To the Code part's worker: process the tensor of a seed. */
export interface ToCodeWorker {
  seed: number;
}

/** Images done and their total. */
export interface Progress {
  nDone: number;
  nImages: number;
}

/** From the Code part's worker. */
export type FromCodeWorker = ({ type: "progress" } & Progress) | { type: "report"; report: WalkReport };

/** An array in a file. */
export interface Found {
  name: string;
  /** As in the file; of a part, its own. */
  shape: number[];
  /** As N, C, H, W, if nothing is said of its axes; null if it cannot be shown. */
  lengths: [n: number, c: number, h: number, w: number] | null;
  /** Of the file, if its axes can be said. */
  format?: string;
  /** What was changed, or why it cannot be shown. */
  words: string;
  /** Row-major in the file's order of axes. */
  data: Float32Array;
  /** The first item that was read, of how many, if not all were. */
  part?: { from: number; of: number };
}

/** What files hold, and what was left out. */
export interface Read {
  found: Found[];
  asides: string[];
}

/** To the worker that reads files: a file of arrays, or images. */
export type ToFileWorker = {
  /** The most values that an array may have. */
  mostValues: number;
} & (
  | {
      type: "arrays";
      file: File;
      /** The first item that is read of an array with more values. */
      partFrom: number;
    }
  | { type: "images"; files: File[] }
);

/** From the worker that reads files; images are null if the first is none that can be read. */
export type FromFileWorker =
  | ({ type: "arrays" } & ArrayFile)
  | { type: "images"; read: Read | null }
  | { type: "failed"; message: string };
