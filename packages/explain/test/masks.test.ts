import { explain, prepareModel } from '@kirchhoff/explain';
import { tensor, toNumbers, type InlineTensor, type Input, type Node, type Tensor } from '@kirchhoff/graph';
import { findComposite } from '@kirchhoff/rule';
import { describe, expect, test } from 'vitest';
import {
  book,
  difference,
  drawer,
  graphOf,
  greatest,
  inline,
  input,
  integers,
  node,
  problemsOf,
  right,
} from './support.js';

const [batch, steps, width] = [2, 4, 3] as const;
const draw = drawer(23);
const values = (...shape: readonly number[]): InlineTensor =>
  inline(shape, draw.fine(shape.reduce((a, b) => a * b, 1)));
const weights = {
  wq: values(width, width),
  wk: values(width, width),
  wv: values(width, width),
  wo: values(width, 2),
  half: inline([], [0.5]),
  one: integers(1),
};
const bias = values(steps, steps);
const x = tensor('float32', [batch, steps, width], draw.fine(batch * steps * width));

const attention = (masked: readonly Node[]): readonly Node[] => [
  node('q', 'MatMul', ['x', 'wq']),
  node('k', 'MatMul', ['x', 'wk']),
  node('v', 'MatMul', ['x', 'wv']),
  node('kt', 'Transpose', ['k'], { perm: [0, 2, 1] }),
  node('qk', 'MatMul', ['q', 'kt']),
  node('s', 'Mul', ['qk', 'half']),
  ...masked,
  node('p', 'Softmax', ['masked']),
  node('o', 'MatMul', ['p', 'v']),
  node('f', 'ReduceMean', ['o', 'one'], { keepdims: 0 }),
  node('y', 'MatMul', ['f', 'wo']),
];

/** A way of masking: its nodes on the way from `s` to `masked`, and how low a masked score is. */
interface Masking {
  readonly inputs?: readonly Input[];
  readonly given?: Readonly<Record<string, Tensor>>;
  readonly nodes: readonly Node[];
  readonly tensors?: Readonly<Record<string, InlineTensor>>;
  /** Tensors that lie in the model's file of weights. */
  readonly stored?: Readonly<Record<string, InlineTensor>>;
}

const least = -3.4028234663852886e38;
const causal = (low: number): readonly number[] =>
  Array.from({ length: steps * steps }, (_, i) => (i % steps > Math.floor(i / steps) ? low : 0));
const padded = (low: number): readonly number[] =>
  Array.from({ length: batch * steps }, (_, i) => (i === steps - 1 ? low : 0));
const add = node('masked', 'Add', ['s', 'm']);
const keep: Tensor = tensor(
  'bool',
  [steps, steps],
  causal(1).map((late) => 1 - late),
);
const count = [
  node('size', 'Shape', ['x'], { start: 1, end: 2 }),
  node('square', 'Concat', ['size', 'size'], { axis: 0 }),
];

const ways: Readonly<Record<string, (low: number) => Masking>> = {
  'a constant': (low) => ({ nodes: [add], tensors: { m: inline([steps, steps], causal(low)) } }),
  'a constant among the weights': (low) => ({ nodes: [add], stored: { m: inline([steps, steps], causal(low)) } }),
  'a constant among the weights, sliced to the length': (low) => ({
    nodes: [
      ...count,
      node('m', 'Slice', ['long', 'from', 'square', 'both']),
      node('wide', 'Unsqueeze', ['m', 'front']),
      node('masked', 'Add', ['s', 'wide']),
    ],
    tensors: { from: integers(0, 0), both: integers(0, 1), front: integers(0) },
    stored: {
      long: inline(
        [steps + 3, steps + 3],
        Array.from({ length: (steps + 3) ** 2 }, (_, i) => (i % (steps + 3) > Math.floor(i / (steps + 3)) ? low : 0)),
      ),
    },
  }),
  'four axes, broadcast over heads': (low) => ({
    inputs: [input('m', ['N', 1, 1, steps])],
    given: { m: tensor('float32', [batch, 1, 1, steps], padded(low)) },
    nodes: [
      node('heads', 'Unsqueeze', ['s', 'one']),
      node('t', 'Add', ['heads', 'm']),
      node('masked', 'Squeeze', ['t', 'one']),
    ],
  }),
  'a choice by what is left of a mask of ids': (low) => ({
    inputs: [{ name: 'ids', type: 'int64', shape: ['N', steps] }],
    given: {
      ids: tensor(
        'int64',
        [batch, steps],
        padded(1).map((off) => 1 - off),
      ),
    },
    nodes: [
      node('there', 'Cast', ['ids'], { to: 9 }),
      node('gone', 'Not', ['there']),
      node('row', 'Unsqueeze', ['gone', 'one']),
      node('masked', 'Where', ['row', 'low', 's']),
    ],
    tensors: { low: inline([], [low]) },
  }),
  'one less ids, times the lowest': (low) => ({
    inputs: [{ name: 'ids', type: 'int64', shape: ['N', steps] }],
    given: {
      ids: tensor(
        'int64',
        [batch, steps],
        padded(1).map((off) => 1 - off),
      ),
    },
    nodes: [
      node('real', 'Cast', ['ids'], { to: 1 }),
      node('row', 'Unsqueeze', ['real', 'one']),
      node('off', 'Sub', ['unit', 'row']),
      node('gone', 'Cast', ['off'], { to: 9 }),
      node('m', 'Where', ['gone', 'low', 'off']),
      add,
    ],
    tensors: { low: inline([], [low]), unit: inline([], [1]) },
  }),
  'a constant before the scale': (low) => ({
    nodes: [node('t', 'Add', ['m', 'qk']), node('masked', 'Mul', ['t', 'half'])],
    tensors: { m: inline([steps, steps], causal(low)) },
  }),
  'what is taken away': (low) => ({
    nodes: [node('masked', 'Sub', ['s', 'm'])],
    tensors: { m: inline([steps, steps], causal(-low)) },
  }),
  'an upper triangle of a constant of the length': (low) => ({
    nodes: [
      ...count,
      node('full', 'ConstantOfShape', ['square'], { value: inline([1], [low]) }),
      node('m', 'Trilu', ['full', 'above']),
      add,
    ],
    tensors: { above: { type: 'int64', shape: [], data: [1] } },
  }),
  'a choice by a constant condition': (low) => ({
    nodes: [
      node('m', 'Where', ['keep', 'zero', 'low']),
      node('wide', 'Expand', ['m', 'to']),
      node('masked', 'Add', ['wide', 's']),
    ],
    tensors: {
      keep: { type: 'bool', shape: [steps, steps], data: causal(1).map((late) => 1 - late) },
      zero: inline([], [0]),
      low: inline([], [low]),
      to: integers(1, steps, steps),
    },
  }),
  'a choice by a condition that is given': (low) => ({
    inputs: [{ name: 'keep', type: 'bool', shape: [steps, steps] }],
    given: { keep },
    nodes: [node('m', 'Where', ['keep', 'zero', 'low']), add],
    tensors: { zero: inline([], [0]), low: inline([], [low]) },
  }),
  'the scores chosen among': (low) => ({
    inputs: [{ name: 'keep', type: 'bool', shape: [steps, steps] }],
    given: { keep },
    nodes: [node('t', 'Where', ['keep', 's', 'low']), node('masked', 'Add', ['t', 'bias'])],
    tensors: { low: inline([], [low]), bias },
  }),
  'an input of floats': (low) => ({
    inputs: [input('m', [steps, steps])],
    given: { m: tensor('float32', [steps, steps], causal(low)) },
    nodes: [add],
  }),
  'an input of floats for each sample, unsqueezed': (low) => ({
    inputs: [input('pad', ['N', steps])],
    given: { pad: tensor('float32', [batch, steps], padded(low)) },
    nodes: [node('m', 'Unsqueeze', ['pad', 'one']), add],
  }),
  'causal and padding, one after the other': (low) => ({
    inputs: [input('pad', ['N', steps])],
    given: { pad: tensor('float32', [batch, steps], padded(low)) },
    nodes: [node('t', 'Add', ['s', 'c']), node('m', 'Unsqueeze', ['pad', 'one']), node('masked', 'Add', ['t', 'm'])],
    tensors: { c: inline([steps, steps], causal(low)) },
  }),
  'causal and padding, summed before': (low) => ({
    inputs: [input('pad', ['N', steps])],
    given: { pad: tensor('float32', [batch, steps], padded(low)) },
    nodes: [node('t', 'Unsqueeze', ['pad', 'one']), node('m', 'Sum', ['t', 'c']), add],
    tensors: { c: inline([steps, steps], causal(low)) },
  }),
  'the logarithm of ones and zeros': (low) => ({
    inputs: [input('keep', ['N', 1, steps])],
    given: {
      keep: tensor(
        'float32',
        [batch, 1, steps],
        padded(1).map((off) => 1 - off),
      ),
    },
    nodes:
      low === -Infinity
        ? [node('m', 'Log', ['keep']), add]
        : [node('off', 'Sub', ['unit', 'keep']), node('m', 'Mul', ['off', 'low']), add],
    tensors: { low: inline([], [low]), unit: inline([], [1]) },
  }),
  'the exponential with its greatest score taken away': (low) => ({
    nodes: [
      node('t', 'Add', ['s', 'm']),
      node('greatest', 'ReduceMax', ['t', 'last']),
      node('masked', 'Sub', ['t', 'greatest']),
    ],
    tensors: { m: inline([steps, steps], causal(low)), last: integers(2) },
  }),
};

const explained = async (masking: Masking, composite: string, backend: 'reference' | 'ort') => {
  const { inputs = [], given = {}, nodes, tensors = {}, stored = {} } = masking;
  const files = Object.fromEntries(Object.keys(stored).map((name) => [name, { file: 'weights.safetensors' }]));
  const all = { ...weights, ...tensors, ...files };
  const graph = graphOf([input('x', ['N', steps, width]), ...inputs], attention(nodes), all);
  const store = new Map(
    Object.entries(stored).map(([name, { type, shape, data }]) => [
      name,
      { type, shape, read: () => tensor(type, shape, data).data },
    ]),
  );
  const model = right(prepareModel('masked', graph, store));
  return explain(
    model,
    right(findComposite(book, composite)),
    book,
    { x, ...given },
    {
      backend,
      target: { kind: 'index', index: 1 },
    },
  );
};

describe('a mask of −∞ gives what a mask of −1e9 gives', () => {
  const lines = Object.entries(ways).flatMap(([name, way]) =>
    (['attention', 'epsilon-plus-flat', 'default', 'gradient', 'gradient-times-input'] as const).map(
      (composite) => [name, composite, way] as const,
    ),
  );
  test.each(lines)('%s, %s', async (_, composite, way) => {
    const wanted = right(await explained(way(-1e9), composite, 'reference'));
    for (const backend of ['reference', 'ort'] as const) {
      for (const low of [-Infinity, least]) {
        const found = right(await explained(way(low), composite, backend));
        for (const [name, map] of Object.entries(wanted.relevance)) {
          // The slope of the score by the mask itself is another where the mask is made in another way.
          if (composite.startsWith('gradient') && name !== 'x') continue;
          const [a, b] = [found.relevance[name]!, map].map(({ data }) => toNumbers(data)) as [
            Float64Array,
            Float64Array,
          ];
          expect(difference(a, b, 1e-6 + 1e-5 * greatest(b)), `${name} at ${low} on ${backend}`).toBeUndefined();
        }
        for (const { ledger } of found.report.samples)
          if (ledger !== null) expect(ledger.closure).toBeLessThanOrEqual(backend === 'ort' ? 1e-5 : 1e-12);
      }
    }
  });
});

describe('what is no mask stays refused', () => {
  test('a row of which everything is masked', async () => {
    const all = {
      nodes: [add],
      tensors: {
        m: inline(
          [steps, steps],
          causal(-Infinity).map((_, i) => (i < steps ? -Infinity : 0)),
        ),
      },
    };
    expect(problemsOf(await explained(all, 'attention', 'reference'))).toMatchInlineSnapshot(
      `"masked p: this node makes NaN, and output "y" holds it at [0, 0]; check what the node divides by or takes the logarithm of"`,
    );
  });

  test('−∞ in an input that is explained, +∞ in a mask', async () => {
    const masked = ways['an input of floats']!(-Infinity);
    const infinite = tensor('float32', [steps, steps], causal(Infinity));
    expect(
      problemsOf(await explained({ ...masked, given: { m: infinite } }, 'attention', 'ort')),
    ).toMatchInlineSnapshot(
      `"m: input "m" holds Infinity at [0, 1]; a heatmap of it would mean nothing: give a finite number there"`,
    );
    const values = tensor(
      'float32',
      [batch, steps, width],
      toNumbers(x.data).map((one, i) => (i === 4 ? -Infinity : one)),
    );
    expect(problemsOf(await explained({ ...masked, given: { x: values } }, 'attention', 'ort'))).toMatchInlineSnapshot(
      `"x: input "x" holds -Infinity at [0, 1, 1]; a heatmap of it would mean nothing: give a finite number there"`,
    );
  });
});
