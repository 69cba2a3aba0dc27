// What the page and its two small workers say to each other. What it and the training worker say is in src/training/message.rs; here
// are parts of that.

import type { FromWorker } from "../../pkg/blue_cube.js";
import type { WalkReport } from "../../pkg/code/blue_cube.js";
import type { NamedArray } from "../../pkg/package/blue_cube.js";

/** What the training worker says of one lane that it has. */
export type OfLane = Extract<FromWorker, { lane: number }>;

/** What the training worker says when it was asked about a lane. */
export type Answer = Extract<FromWorker, { type: "seen" | "saved" }>;

/** To the worker of the Code part: go through the tensor of a seed. */
export interface ToCodeWorker {
  seed: number;
}

/** Images done, of how many. */
export interface Progress {
  nDone: number;
  nImages: number;
}

/** From the worker of the Code part. */
export type FromCodeWorker = ({ type: "progress" } & Progress) | { type: "report"; report: WalkReport };

/** What a file of arrays is. */
export type FileKind = "npy" | "npz" | "idx";

/** What a file of arrays holds. */
export interface Arrays {
  arrays: NamedArray[];
  kind: FileKind;
}

/** To the worker that reads files: read this one. */
export interface ToFileWorker {
  file: File;
  /** The most values that an array may have to be read. */
  mostValues: number;
}

/** From the worker that reads files. */
export type FromFileWorker = ({ type: "arrays" } & Arrays) | { type: "failed"; message: string };
