// A program in strict TypeScript against the package's types: `tsc` compiles it in `cargo xtask test`.
import init, {
  Run,
  foldBatchNorm,
  groupMap,
  normalize,
  normalizeBackward,
  readArrays,
  writeNpy,
} from "../www/pkg/package/blue_cube.js";
import type {
  BlueCubeError,
  FoldedBatchNorm,
  NamedArray,
  Norm,
  NormOptions,
  RunSetup,
  Shape,
  StepReport,
} from "../www/pkg/package/blue_cube.js";

export async function sample(x: Float32Array, dy: Float32Array): Promise<number> {
  await init();
  const shape: Shape = [4, 6, 4, 4];
  const norm: Norm = { kind: "group", groups: 2 };
  const options: NormOptions = { norm, epsilon: 1e-5, gamma: new Float32Array(6).fill(1), device: "cpu" };
  try {
    const { y, mean, variance, device } = await normalize(x, shape, options);
    const { dx, dgamma, dbeta } = await normalizeBackward(x, dy, shape, options);
    const engine: "gpu" | "cpu" = device;
    const groups: Uint32Array = groupMap(shape, norm);
    return y[0] + mean[0] + variance[0] + dx[0] + dgamma[0] + dbeta[0] + groups[0] + engine.length;
  } catch (error) {
    console.error((error as BlueCubeError).code);
    throw error;
  }
}

export async function training(images: Uint8Array, labels: Uint8Array): Promise<Uint8Array> {
  const setup: RunSetup = {
    images,
    labels,
    norm: { kind: "batch" },
    batch: 32,
    learningRate: 1e-3,
    seed: 1,
    device: "auto",
  };
  const run: Run = await Run.create(setup);
  const { step, loss, accuracy }: StepReport = await run.step(100);
  const judged: { loss: number; accuracy: number } = await run.evaluate(images, labels);
  const snapshot: Uint8Array = await run.snapshot({ data: false });
  run.free();
  const restored = await Run.restore(snapshot, { images, labels, device: "cpu" });
  console.log(step, loss, accuracy, judged.accuracy, restored.device, await restored.safetensors());
  return restored.onnx({ folded: true });
}

export function files(bytes: Uint8Array): Uint8Array {
  const [array]: NamedArray[] = readArrays(bytes, "weights.npz");
  const ones = new Float32Array(array.shape[0]).fill(1);
  const folded: FoldedBatchNorm = foldBatchNorm({
    weight: array.data,
    outChannels: array.shape[0],
    gamma: ones,
    beta: ones,
    mean: ones,
    variance: ones,
    formula: "correct",
  });
  return writeNpy(folded.weight, array.shape);
}
