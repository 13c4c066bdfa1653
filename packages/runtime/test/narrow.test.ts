import { tensor, toNumbers, type Graph } from '@kirchhoff/graph';
import { backends } from '@kirchhoff/runtime';
import { describe, expect, it } from 'vitest';

const x = tensor('float64', [1, 1, 4], [1, -2, 3, 0.5]);

/** A convolution of float64 with a mask of its least number and casts between, of which onnxruntime has no kernel. */
const graph: Graph = {
  name: 'wide',
  inputs: [{ name: 'x', type: 'float64', shape: ['N', 1, 4] }],
  nodes: [
    { name: 'c', op: 'Conv', inputs: ['x', 'w'] },
    { name: 'whole', op: 'Cast', inputs: ['c'], attrs: { to: 7 } },
    { name: 'back', op: 'Cast', inputs: ['whole'], attrs: { to: 11 } },
    { name: 'added', op: 'Add', inputs: ['back', 'mask'] },
    { name: 'y', op: 'Relu', inputs: ['added'] },
  ],
  outputs: ['y', 'c'],
  tensors: {
    w: { type: 'float64', shape: [1, 1, 2], data: [2, 0.25] },
    mask: { type: 'float64', shape: [3], data: [0, -Number.MAX_VALUE, 0] },
  },
};

describe('a graph of float64 on onnxruntime', () => {
  it('runs in float32 where it has no kernel, and says so', async () => {
    const session = await backends.ort.compile(graph, new Map());
    const { y, c } = await session.run({ x }).finally(session.close);
    expect(session.note).toBe(
      'onnxruntime has no Conv of float64, so that it runs in float32; the backend "reference" keeps float64',
    );
    expect([...toNumbers(c!.data)]).toEqual([1.5, -3.25, 6.125]);
    expect([...toNumbers(y!.data)]).toEqual([1, 0, 6]);
    expect(c!.type).toBe('float32');
  });

  it('stays as it is where it has one', async () => {
    const plain = { ...graph, nodes: graph.nodes.slice(3), inputs: [{ name: 'back', type: 'float64', shape: [3] }] };
    const session = await backends.ort.compile({ ...plain, outputs: ['y'] } as Graph, new Map());
    const { y } = await session.run({ back: tensor('float64', [3], [0.1, 0.2, 0.3]) }).finally(session.close);
    expect(session.note).toBe(undefined);
    expect(y!.type).toBe('float64');
    expect([...toNumbers(y!.data)]).toEqual([0.1, 0, 0.3]);
  });
});
