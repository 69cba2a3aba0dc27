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

/** To the worker that reads files: the file to read. */
export interface ToFileWorker {
  file: File;
  /** The most values that an array may have. */
  mostValues: number;
  /** The first item that is read of an array with more. */
  partFrom: number;
}

/** From the worker that reads files. */
export type FromFileWorker = ({ type: "arrays" } & ArrayFile) | { type: "failed"; message: string };
