import type { Graph, TensorStore } from '@kirchhoff/graph';
import { explainSays, type Result } from '@kirchhoff/message';
import { readOnnx } from '@kirchhoff/onnx';
import { computeOnnx } from '@kirchhoff/runtime';
import * as E from 'fp-ts/lib/Either.js';
import { refused } from './error.js';

/** An ONNX model's bytes as a graph; what depends on no input is computed by onnxruntime. */
export const readOnnxBytes = (
  bytes: Uint8Array,
  place: string,
  file: (name: string) => Uint8Array | undefined,
): Promise<Result<{ readonly graph: Graph; readonly store: TensorStore }>> =>
  readOnnx(bytes, {
    place,
    evaluate: computeOnnx,
    external: (location, offset, length) => {
      const found = file(location);
      if (found === undefined) return refused(location, explainSays.noFileGiven(location));
      const wanted = length ?? found.length - offset;
      return offset + wanted > found.length
        ? refused(location, explainSays.externalTruncated(offset + wanted, found.length))
        : E.right({ length: wanted, read: () => found.subarray(offset, offset + wanted) });
    },
  });
