import { readFile } from 'node:fs/promises';
import {
  infer,
  tensor,
  toNumbers,
  type Attributes,
  type Graph,
  type Node,
  type OpName,
  type StoredTensor,
} from '@kirchhoff/graph';
import { decodeOnnx, downgrade, encodeOnnx } from '@kirchhoff/onnx';
import { openBare, reference } from '@kirchhoff/runtime';
import * as E from 'fp-ts/lib/Either.js';
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { read } from './model.js';

const again = (graph: Graph): Graph => read(encodeOnnx(graph, new Map())).graph;

const unary: fc.Arbitrary<Pick<Node, 'op' | 'attrs'>> = fc.oneof(
  fc.constantFrom('Relu', 'Tanh', 'Identity', 'Softplus').map((op) => ({ op })),
  fc.record({ op: fc.constant('LeakyRelu' as const), attrs: fc.record({ alpha: fc.constantFrom(0.5, 0.1, -2) }) }),
  fc.record({ op: fc.constant('Transpose' as const), attrs: fc.constantFrom({ perm: [1, 0] }, { perm: [0, 1] }) }),
  fc.record({ op: fc.constant('Flatten' as const), attrs: fc.constantFrom({ axis: 0 }, { axis: -1 }) }),
  fc.record({ op: fc.constant('Softmax' as const), attrs: fc.constant({ axis: 0 }) }),
);

/** A row of unary nodes over a constant added to the input. */
const rows: fc.Arbitrary<Graph> = fc
  .record({
    nodes: fc.array(unary, { maxLength: 6 }),
    data: fc.array(fc.float({ noNaN: true }), { minLength: 4, maxLength: 4 }),
  })
  .map(({ nodes, data }) => ({
    name: 'row',
    inputs: [{ name: 'n0', type: 'float32', shape: ['N', 4] }],
    nodes: [
      { name: 'n1', op: 'Add', inputs: ['n0', 'w'] },
      ...nodes.map((node, i) => ({ ...node, name: `n${i + 2}`, inputs: [`n${i + 1}`] })),
    ],
    outputs: [`n${nodes.length + 1}`],
    tensors: { w: { type: 'float32', shape: [4], data } },
  }));

const scan: Graph = {
  name: 'scan',
  inputs: [
    { name: 'h', type: 'float32', shape: [2] },
    { name: 'xs', type: 'float32', shape: ['T', 2] },
  ],
  nodes: [
    {
      name: 'loop',
      op: 'Scan',
      inputs: ['h', 'xs'],
      outputs: ['hs'],
      attrs: {
        num_scan_inputs: 1,
        scan_input_directions: [1],
        body: {
          name: 'step',
          inputs: [
            { name: 'loop/h', type: 'float32', shape: [2] },
            { name: 'loop/x', type: 'float32', shape: [2] },
          ],
          nodes: [
            { name: 'loop/sum', op: 'Add', inputs: ['loop/h', 'loop/x'] },
            { name: 'loop/next', op: 'Mul', inputs: ['loop/sum', 'gain'] },
          ],
          outputs: ['loop/next', 'loop/next'],
          tensors: {},
        },
      },
    },
  ],
  outputs: ['hs'],
  tensors: { gain: { type: 'float32', shape: [1], data: [0.5] } },
};

describe('a graph written as ONNX and read again', () => {
  it('is the same graph, for rows of nodes', () => {
    fc.assert(
      fc.property(rows, (graph) => {
        expect(again(graph)).toEqual(graph);
      }),
      { seed: 42 },
    );
  });
  it('is the same graph, for nested graphs that take values from around them', () => {
    expect(again(scan)).toEqual(scan);
  });
  it('keeps every type of attribute and tensor', () => {
    const graph: Graph = {
      name: 'types',
      inputs: [{ name: 'x', type: 'float32', shape: ['N', 3] }],
      nodes: [
        {
          name: 'fill',
          op: 'ConstantOfShape',
          inputs: ['s'],
          attrs: { value: { type: 'int32', shape: [1], data: [7] } },
        },
        { name: 'padded', op: 'Pad', inputs: ['x', 'p', '', 'a'], attrs: { mode: 'edge' } },
        { name: 'picked', op: 'Where', inputs: ['mask', 'padded', 'limit'] },
      ],
      outputs: ['fill', 'picked'],
      tensors: {
        s: { type: 'int64', shape: [2], data: [2, 2] },
        p: { type: 'int64', shape: [2], data: [1, -1] },
        a: { type: 'int64', shape: [1], data: [1] },
        mask: { type: 'bool', shape: [3], data: [1, 0, 1] },
        limit: { type: 'float32', shape: [], data: [Infinity] },
        unused: { type: 'int8', shape: [2], data: [-1, 1] },
      },
    };
    expect(again(graph)).toEqual(graph);
  });
  it('writes what types say of its outputs, expressions of symbols included', () => {
    const types = new Map([['y', { type: 'float32', shape: ['2*T + 1'] } as const]]);
    const graph: Graph = {
      name: 'g',
      inputs: [{ name: 'x', type: 'float32', shape: ['T'] }],
      nodes: [{ name: 'y', op: 'Relu', inputs: ['x'] }],
      outputs: ['y'],
      tensors: {},
    };
    expect(Buffer.from(encodeOnnx(graph, new Map(), { types })).toString('latin1')).toContain('2*T + 1');
  });
});

describe('tensors that lie in a file', () => {
  const stored: StoredTensor = {
    type: 'float32',
    shape: [300],
    read: () => Float32Array.from({ length: 300 }, (_, i) => i),
    file: { folder: '/weights', name: 'w.safetensors', offset: 128, length: 1200 },
  };
  const graph: Graph = {
    name: 'external',
    inputs: [{ name: 'x', type: 'float32', shape: [300] }],
    nodes: [{ name: 'y', op: 'Mul', inputs: ['x', 'w'] }],
    outputs: ['y'],
    tensors: { w: { file: 'w.safetensors' } },
  };
  const store = new Map([['w', stored]]);

  it('are named, not copied, where that is asked for', () => {
    const bytes = encodeOnnx(graph, store, { external: true });
    expect(bytes.length).toBeLessThan(400);
    const opened: unknown[] = [];
    const { store: found } = read(bytes, {
      external: (location, offset, length) => {
        opened.push([location, offset, length]);
        return E.right({
          length: 1200,
          read: () => new Uint8Array(Float32Array.from({ length: 300 }, () => 2).buffer),
        });
      },
    });
    expect(opened).toEqual([['w.safetensors', 128, 1200]]);
    expect(found.get('w')!.read()[299]).toBe(2);
  });
  it('are copied otherwise', () => {
    const { store: found } = read(encodeOnnx(graph, store));
    expect(toNumbers(found.get('w')!.read())[299]).toBe(299);
  });
  it('are missed by name', () => {
    expect(() => encodeOnnx(graph, new Map())).toThrow('tensor "w" of w.safetensors is not loaded');
  });
});

const lone = (op: OpName, attrs: Attributes = {}, axes: readonly number[] = []): Graph => ({
  name: 'unary',
  inputs: [{ name: 'x', type: 'float32', shape: [2, 4] }],
  nodes: [
    {
      name: 'y',
      op,
      inputs: axes.length > 0 ? ['x', 'axes'] : ['x'],
      ...(op === 'Split' && { outputs: ['z'] }),
      ...(Object.keys(attrs).length > 0 && { attrs }),
    },
  ],
  outputs: ['y'],
  tensors: axes.length > 0 ? { axes: { type: 'int64', shape: [axes.length], data: axes } } : {},
});

describe('an older opset', () => {
  it('is written only where it can say the same', () => {
    expect(() => encodeOnnx(lone('HardSwish'), new Map(), { opset: 13 })).toThrow(
      'y: HardSwish cannot be written in opset 13 as this node uses it; write opset 14 or newer',
    );
    expect(encodeOnnx(lone('HardSwish'), new Map(), { opset: 14 }).length).toBeGreaterThan(0);
    expect(() => encodeOnnx(lone('Relu'), new Map(), { opset: 9 })).toThrow('opset 9 cannot be written');
  });

  it.each([[], [1], [0, 1]])('takes the axes %j of a reduction as an attribute', (...axes) => {
    const graph = lone('ReduceMean', { keepdims: 0 }, axes);
    const again = decodeOnnx(encodeOnnx(graph, new Map(), { opset: 17 }), { place: 'model.onnx' });
    if (E.isLeft(again)) throw new Error('refused');
    const { nodes, tensors } = again.right.graph;
    expect(nodes[0]).toMatchObject({ op: 'ReduceMean', attrs: { keepdims: 0 } });
    expect(nodes[0]!.inputs.slice(1).map((name) => tensors[name])).toEqual(
      axes.length > 0 ? [{ type: 'int64', shape: [axes.length], data: axes }] : [],
    );
  });

  it.each<readonly [OpName, Attributes]>([
    ['Gelu', {}],
    ['Gelu', { approximate: 'tanh' }],
    ['Mish', {}],
    ['Split', { axis: 1, num_outputs: 2 }],
    ['Split', { axis: -1, num_outputs: 2 }],
  ])('has %s %j written out', async (op, attrs) => {
    const graph = lone(op, attrs);
    const lowered = downgrade(graph, new Map(), 17);
    if (E.isLeft(lowered)) throw new Error('refused');
    const bare = await openBare(encodeOnnx(lowered.right, new Map(), { opset: 17 }));
    const x = tensor('float32', [2, 4], [-3, -1, -0.25, 0, 0.25, 1, 2, 3]);
    const found = await bare.run({ x }).finally(bare.close);
    const session = await reference.compile(graph, new Map());
    const wanted = await session.run({ x });
    const numbers = [...toNumbers(found['y']!.data)];
    expect(numbers).toHaveLength(wanted['y']!.data.length);
    numbers.forEach((number, i) => expect(number).toBeCloseTo(Number(wanted['y']!.data[i]), 5));
  });
});

describe.each(['cnn-small', 'bilstm-small'])('golden model %s', (name) => {
  it('is read, typed, and the same after another round', async () => {
    const bytes = await readFile(new URL(`../../../specs/golden/${name}/model.onnx`, import.meta.url));
    const { graph, store } = read(bytes);
    expect(E.isRight(infer(graph, store))).toBe(true);
    const second = decodeOnnx(encodeOnnx(graph, store), { place: 'model.onnx' });
    expect(E.map(({ graph }: { graph: Graph }) => graph)(second)).toEqual(E.right(graph));
  });
});
