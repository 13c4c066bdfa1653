import { printProblems } from '@kirchhoff/message';
import * as E from 'fp-ts/lib/Either.js';
import { describe, expect, test } from 'vitest';
import { infer, printGraph, type Graph, type StoredTensor } from '../src/index.js';

const graph: Graph = {
  name: 'tiny',
  inputs: [{ name: 'image', type: 'float32', shape: ['N', 1, 28, 28], range: { low: 0, high: [1] } }],
  nodes: [
    { name: 'conv1', op: 'Conv', inputs: ['image', 'conv1.weight', 'conv1.bias'], attrs: { pads: [2, 2, 2, 2] } },
    { name: 'clip', op: 'Clip', inputs: ['conv1', '', 'six'] },
    {
      name: 'pool',
      op: 'MaxPool',
      inputs: ['clip'],
      outputs: ['at'],
      attrs: { kernel_shape: [2, 2], strides: [2, 2] },
    },
    { name: 'gated', op: 'Mul', inputs: ['pool', 'pool'], roles: { gate: 0, signal: 1 } },
  ],
  outputs: ['gated', 'at'],
  tensors: {
    'conv1.weight': { file: 'weights.safetensors', key: 'conv.w' },
    'conv1.bias': { type: 'float32', shape: [12], data: Array.from({ length: 12 }, (_, i) => i) },
    six: { type: 'float32', shape: [], data: [6] },
  },
};
const weight: StoredTensor = { type: 'float32', shape: [12, 1, 5, 5], read: () => new Float32Array(300) };
const bias: StoredTensor = { type: 'float32', shape: [12], read: () => new Float32Array(12) };
const six: StoredTensor = { type: 'float32', shape: [], read: () => new Float32Array(1) };

describe('printGraph', () => {
  test('without types', () => {
    expect(printGraph(graph)).toMatchInlineSnapshot(`
      "graph tiny
        input image: float32[N,1,28,28] in 0 … [1]
        tensor conv1.weight = weights.safetensors conv.w
        tensor conv1.bias: float32[12] = 0,1,2,3,4,5,6,7,… (12)
        tensor six: float32[] = 6
        conv1 = Conv(image, conv1.weight, conv1.bias) pads=[2,2,2,2]
        clip = Clip(conv1, _, six)
        pool, at = MaxPool(clip) kernel_shape=[2,2] strides=[2,2]
        gated = Mul(pool, pool) gate=0 signal=1
        output gated, at"
    `);
  });

  test('with the types that inference gives', () => {
    const typed = infer(
      graph,
      new Map([
        ['conv1.weight', weight],
        ['conv1.bias', bias],
        ['six', six],
      ]),
    );
    if (E.isLeft(typed)) throw new Error(printProblems(typed.left));
    expect(printGraph(graph, typed.right)).toMatchInlineSnapshot(`
      "graph tiny
        input image: float32[N,1,28,28] in 0 … [1]
        tensor conv1.weight: float32[12,1,5,5] = weights.safetensors conv.w
        tensor conv1.bias: float32[12] = 0,1,2,3,4,5,6,7,… (12)
        tensor six: float32[] = 6
        conv1: float32[N,12,28,28] = Conv(image, conv1.weight, conv1.bias) pads=[2,2,2,2]
        clip: float32[N,12,28,28] = Clip(conv1, _, six)
        pool: float32[N,12,14,14], at: int64[N,12,14,14] = MaxPool(clip) kernel_shape=[2,2] strides=[2,2]
        gated: float32[N,12,14,14] = Mul(pool, pool) gate=0 signal=1
        output gated, at"
    `);
  });

  test('bodies are indented below their node', () => {
    const scan: Graph = {
      name: 'sum',
      inputs: [
        { name: 'start', type: 'float32', shape: ['N', 4] },
        { name: 'steps', type: 'float32', shape: ['T', 'N', 4] },
      ],
      nodes: [
        {
          name: 'scan',
          op: 'Scan',
          inputs: ['start', 'steps'],
          outputs: ['history'],
          attrs: {
            num_scan_inputs: 1,
            body: {
              name: '',
              inputs: [
                { name: 'scan/h', type: 'float32', shape: ['N', 4] },
                { name: 'scan/x', type: 'float32', shape: ['N', 4] },
              ],
              nodes: [
                { name: 'scan/sum', op: 'Add', inputs: ['scan/h', 'scan/x'] },
                { name: 'scan/copy', op: 'Identity', inputs: ['scan/sum'] },
              ],
              outputs: ['scan/sum', 'scan/copy'],
              tensors: {},
            },
          },
        },
      ],
      outputs: ['scan', 'history'],
      tensors: {},
    };
    const typed = infer(scan, new Map());
    if (E.isLeft(typed)) throw new Error(printProblems(typed.left));
    expect(printGraph(scan, typed.right)).toMatchInlineSnapshot(`
      "graph sum
        input start: float32[N,4]
        input steps: float32[T,N,4]
        scan: float32[N,4], history: float32[T,N,4] = Scan(start, steps) num_scan_inputs=1
          body:
            input scan/h: float32[N,4]
            input scan/x: float32[N,4]
            scan/sum: float32[N,4] = Add(scan/h, scan/x)
            scan/copy: float32[N,4] = Identity(scan/sum)
            output scan/sum, scan/copy
        output scan, history"
    `);
  });
});
