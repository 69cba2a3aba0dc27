// @ts-check
import { calls } from "./calls.js";

self.onmessage = async ({ data: device }) => {
  try {
    self.postMessage({ ok: await calls(device) });
  } catch (error) {
    self.postMessage({ error: String(error) });
  }
};
