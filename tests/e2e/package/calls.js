// @ts-check
// Uses the package as other programs would; the answers are the same in a page and in a worker.
import init, { Run, foldBatchNorm, groupMap, moments, normalize, normalizeBackward, readArrays, writeNpy } from "../../pkg/package/blue_cube.js";

/** @type {import("../../pkg/package/blue_cube.js").Shape} */
const SHAPE = [2, 4, 3, 2];

/** @param {"gpu" | "cpu"} device */
export async function calls(device) {
    await init();
    /** @type {import("../../pkg/package/blue_cube.js").Norm} */
    const norm = { kind: "group", groups: 2 };
    const x = new Float32Array(48).map((_, i) => Math.sin(i * i) + i / 10);
    const normalized = await normalize(x, SHAPE, { norm, device });
    const { dx } = await normalizeBackward(x, x.map(Math.cos), SHAPE, { norm, device });
    const { count } = await moments(x, SHAPE, { norm, device });
    const map = groupMap(SHAPE, norm);
    const ones = new Float32Array(2).fill(1);
    const { bias } = foldBatchNorm({ weight: ones, outChannels: 2, gamma: ones, beta: ones, mean: ones, variance: ones });
    const [{ shape }] = readArrays(writeNpy(x, SHAPE));
    return {
        device: normalized.device,
        y: [...normalized.y], dx: [...dx], count: [...count], lastGroup: map[47], bias: [...bias], shape,
        run: await train(device, norm),
    };
}

/** @param {"gpu" | "cpu"} device @param {import("../../pkg/package/blue_cube.js").Norm} norm */
async function train(device, norm) {
    const images = new Uint8Array(784 * 60).map((_, i) => (i * i) % 251);
    const labels = new Uint8Array(60).map((_, i) => i % 10);
    const run = await Run.create({ images, labels, norm: { ...norm, groups: 5 }, batch: 8, learningRate: 1e-3, seed: 3, device });
    await run.step(18);
    const bytes = await run.snapshot();
    const last = run.step(3);
    // On a GPU the first call is still busy; on the CPU it is done by then.
    const second = await run.step(1).then(() => "done", (error) => error.code);
    const { step, loss } = await last;
    const restored = await Run.restore(bytes);
    const again = await restored.step(3);
    const { accuracy } = await restored.evaluate(images, labels);
    const sizes = [(await restored.safetensors()).length, (await restored.onnx({ folded: true })).length];
    const got = { device: run.device, step, loss, again: again.loss, accuracy, second, sizes };
    run.free();
    restored.free();
    return got;
}
