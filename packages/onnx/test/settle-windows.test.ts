import { infer, resolveTensors, type Graph } from '@kirchhoff/graph';
import { settleWindows } from '@kirchhoff/onnx';
import * as E from 'fp-ts/lib/Either.js';
import { expect, test } from 'vitest';

/** A pool whose last window begins in the padding along the first axis only, and counts its padding. */
const graph: Graph = {
  name: 'g',
  inputs: [{ name: 'x', type: 'float32', shape: [1, 1, 3, 4] }],
  nodes: [
    { name: 'pool/padded', op: 'Relu', inputs: ['x'] },
    {
      name: 'pool',
      op: 'AveragePool',
      inputs: ['pool/padded'],
      attrs: { kernel_shape: [2, 2], strides: [3, 3], pads: [0, 0, 1, 0], ceil_mode: 1, count_include_pad: 1 },
    },
  ],
  outputs: ['pool'],
  tensors: {},
};

test('what a pool is settled with takes no name that a value bears', () => {
  const store = resolveTensors(graph, () => E.left([]));
  const typed = E.isLeft(store) ? store : infer(graph, store.right);
  const types = E.isLeft(typed) ? new Map() : typed.right.types;
  const settled = settleWindows(graph, () => types);
  expect(settled.nodes.map(({ name, op, inputs }) => `${name} = ${op}(${inputs.join(', ')})`)).toEqual([
    'pool/padded = Relu(x)',
    'pool/padded_2 = Pad(pool/padded, pool/pads)',
    'pool = AveragePool(pool/padded_2)',
  ]);
  expect(Object.keys(settled.tensors)).toEqual(['pool/pads']);
});
