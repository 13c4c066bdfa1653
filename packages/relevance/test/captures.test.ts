import { tensor, type Graph, type Node } from '@kirchhoff/graph';
import { describe, expect, test } from 'vitest';
import { unroll } from './recurrences.js';
import {
  difference,
  drawer,
  explainRun,
  graphOf,
  greatest,
  inline,
  input,
  integers,
  node,
  planOf,
  typedOf,
} from './support.js';

const [steps, batch, places, width] = [3, 2, 4, 3] as const;
const draw = drawer(5);
const values = (...shape: readonly number[]) => inline(shape, draw.fine(shape.reduce((a, b) => a * b, 1)));

const bodyOf = (nodes: readonly Node[], outputs: readonly string[]): Graph => ({
  name: 'step',
  inputs: [input('h', ['N', width]), input('xt', ['N', width])],
  nodes,
  outputs,
  tensors: {},
});

/** A body that looks at a memory and reads a context twice, both made outside of it. */
const attending = bodyOf(
  [
    node('hx', 'Concat', ['h', 'xt', 'context'], { axis: 1 }),
    node('pre', 'Gemm', ['hx', 'W']),
    node('new', 'Tanh', ['pre']),
    node('query', 'Unsqueeze', ['new', 'one']),
    node('scores', 'MatMul', ['query', 'keys']),
    node('weights', 'Softmax', ['scores']),
    node('read', 'MatMul', ['weights', 'memory']),
    node('found', 'Squeeze', ['read', 'one']),
    node('near', 'Add', ['found', 'context']),
    node('next', 'Add', ['new', 'near']),
    node('given', 'Identity', ['next']),
  ],
  ['next', 'given'],
);

/** One that reads the context alone. */
const reading = bodyOf(
  [
    ...attending.nodes.slice(0, 3),
    node('near', 'Add', ['new', 'context']),
    node('next', 'Add', ['new', 'near']),
    node('given', 'Identity', ['next']),
  ],
  ['next', 'given'],
);

const tensors = {
  W: values(3 * width, width),
  M: values(width, width),
  C: values(width, width),
  head: values(width, 2),
  zero: integers(0),
  one: integers(1),
};

const around = (body: Graph): Graph =>
  graphOf(
    [
      input('x', ['T', 'N', width]),
      input('picture', ['N', places, width]),
      input('z', ['N', width]),
      input('h0', ['N', width]),
    ],
    [
      node('memory', 'MatMul', ['picture', 'M']),
      node('keys', 'Transpose', ['memory'], { perm: [0, 2, 1] }),
      node('context.pre', 'Gemm', ['z', 'C']),
      node('context', 'Relu', ['context.pre']),
      node('last', 'Scan', ['h0', 'x'], { body, num_scan_inputs: 1 }, ['all']),
      node('mean', 'ReduceMean', ['all', 'zero'], { keepdims: 0 }),
      node('both', 'Add', ['last', 'mean']),
      node('also', 'Add', ['both', 'context']),
      node('y', 'Gemm', ['also', 'head']),
    ],
    tensors,
  );

const given = {
  x: tensor('float32', [steps, batch, width], draw.fine(steps * batch * width)),
  picture: tensor('float32', [batch, places, width], draw.fine(batch * places * width)),
  z: tensor('float32', [batch, width], draw.fine(batch * width)),
  h0: tensor('float32', [batch, width], draw.fine(batch * width)),
};

const { picture: _, ...withoutPicture } = given;

const explained = (graph: Graph, composite: string) => {
  const typed = typedOf(graph);
  return explainRun(typed, planOf(typed, composite), given, { target: { kind: 'argmax' } }, 'reference');
};

const sum = (list: ArrayLike<number>): number => Array.from(list).reduce((total, value) => total + value, 0);

describe('what a Scan captures receives relevance, summed over its steps', () => {
  test.each([
    ['attention', attending, given],
    ['epsilon-plus', attending, given],
    ['gradient', reading, withoutPicture],
    ['gradient-times-input', reading, withoutPicture],
    ['epsilon-alpha2-beta1', reading, withoutPicture],
  ] as const)('as its unrolling gives it: %s', async (composite, body, reached) => {
    const found = await explained(around(body), composite);
    const wanted = await explained(unroll(around(body), steps), composite);
    for (const name of Object.keys(reached)) {
      expect(greatest(wanted.at(name)), name).toBeGreaterThan(1e-3);
      expect(difference(found.at(name), wanted.at(name), 1e-9), name).toBeUndefined();
    }
  });

  test('a Scan in a Scan that captures from both graphs around it', async () => {
    const inner: Graph = {
      name: 'inner',
      inputs: [input('s', ['N', width]), input('mt', ['N', width])],
      nodes: [
        node('mixed', 'Add', ['s', 'mt']),
        node('bent', 'Gemm', ['mixed', 'V']),
        node('turned', 'Tanh', ['bent']),
        node('with.h', 'Add', ['turned', 'new']),
        node('with.both', 'Add', ['with.h', 'context']),
      ],
      outputs: ['with.both'],
      tensors: {},
    };
    const nodes = (scanned: readonly Node[]): readonly Node[] => [
      node('hx', 'Concat', ['h', 'xt', 'context'], { axis: 1 }),
      node('pre', 'Gemm', ['hx', 'W']),
      node('new', 'Tanh', ['pre']),
      ...scanned,
      node('next', 'Add', ['deep', 'new']),
      node('given', 'Identity', ['next']),
    ];
    const scan = node('deep', 'Scan', ['h', 'memory'], { body: inner, num_scan_inputs: 1, scan_input_axes: [1] });
    const whole = around(bodyOf(nodes([scan]), ['next', 'given']));
    const extra = { V: values(width, width) };
    const nested = { ...whole, tensors: { ...whole.tensors, ...extra } };
    const flat = unroll({ ...bodyOf([scan], ['deep']), tensors: {} }, places);
    const flattened = around(bodyOf(nodes(flat.nodes), ['next', 'given']));
    const written = { ...flattened, tensors: { ...flattened.tensors, ...extra, ...flat.tensors } };
    for (const composite of ['epsilon-plus', 'gradient']) {
      const found = await explained(nested, composite);
      const wanted = await explained(written, composite);
      for (const name of Object.keys(given)) {
        expect(greatest(wanted.at(name)), name).toBeGreaterThan(1e-4);
        expect(difference(found.at(name), wanted.at(name), 1e-9), name).toBeUndefined();
      }
    }
  });

  test('with a ledger that closes for each sample', async () => {
    const { explanation, of } = await explained(around(attending), 'attention');
    for (let n = 0; n < batch; n++) {
      const maps = Object.entries(explanation.relevance).map(([input, name]) => {
        const all = of(name);
        const axis = input === 'x' ? 1 : 0;
        const inner = axis === 1 ? width : all.length / batch;
        return sum(all.filter((_, i) => Math.floor(i / inner) % batch === n));
      });
      const leaks = explanation.ledger.flatMap((entry) => Object.values(entry.leaks).map((name) => of(name)[n] ?? 0));
      const seed = of(explanation.seed)[n]!;
      expect(Math.abs(seed - sum(maps) - sum(leaks))).toBeLessThan(1e-9);
    }
  });
});
