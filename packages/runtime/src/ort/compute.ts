import { elementTypes, type ElementType } from '@kirchhoff/graph';
import { Refusal, runtimeSays, type Result } from '@kirchhoff/message';
import type { Computed } from '@kirchhoff/onnx';
import * as E from 'fp-ts/lib/Either.js';
import { failureOf } from './failure.js';
import { loadOwn } from './load.js';

const held: readonly string[] = [...elementTypes, 'float16'];

const isHeld = (type: string): type is ElementType | 'float16' => held.includes(type);

/** Runs an ONNX model that has no inputs on onnxruntime. Outputs of types that are not held (strings, say) are left out. */
export const computeOnnx = async (model: Uint8Array): Promise<Result<ReadonlyMap<string, Computed>>> => {
  try {
    const engine = await loadOwn();
    const session = await engine.createSession(model, { threads: 1 });
    try {
      const results = Object.entries(await session.run({}));
      return E.right(
        new Map(
          results.flatMap(([name, { type, dims, data }]) =>
            isHeld(type) && ArrayBuffer.isView(data)
              ? [[name, { type, shape: dims, bytes: new Uint8Array(data.buffer, data.byteOffset, data.byteLength) }]]
              : [],
          ),
        ),
      );
    } finally {
      await session.release();
    }
  } catch (thrown) {
    return E.left(thrown instanceof Refusal ? thrown.problems : failureOf(thrown, runtimeSays.engineFailed).problems);
  }
};
