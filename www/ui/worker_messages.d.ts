// What the page and its two small workers say to each other; what it and the training worker say is in src/message.rs.

import type { WalkReport } from "../pkg/code/blue_cube.js";
import type { NamedArray } from "../pkg/package/blue_cube.js";

/** To the worker of the Code part: go through the tensor of a seed. */
export interface ToCodeWorker {
  seed: number;
}

/** From the worker of the Code part. */
export type FromCodeWorker =
  | { type: "progress"; nDone: number; nImages: number }
  | { type: "report"; report: WalkReport };

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
