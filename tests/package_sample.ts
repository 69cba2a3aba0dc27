// A program in strict TypeScript against the package's types: `tsc` compiles it in `cargo xtask test`.
import init, { groupMap, normalize, normalizeBackward } from "../www/pkg/package/blue_cube.js";
import type { BlueCubeError, Norm, NormOptions, Shape } from "../www/pkg/package/blue_cube.js";

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
