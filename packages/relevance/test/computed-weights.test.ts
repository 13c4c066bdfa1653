import { option } from '@kirchhoff/message';
import { canonize } from '@kirchhoff/rewrite';
import { sizeOf, type Graph, type Tensor } from '@kirchhoff/graph';
import { decodeComposite, makePlan } from '@kirchhoff/rule';
import { relevance } from '@kirchhoff/relevance';
import { describe, expect, test } from 'vitest';
import {
  book,
  difference,
  drawer,
  explainRun,
  floats,
  graphOf,
  greatest,
  inline,
  input,
  node,
  problemsOf,
  right,
  run,
  typedOf,
  type Values,
} from './support.js';

/** A product that goes into an output: x and w by their places, and the factor of both. */
interface Pair {
  readonly x: number;
  readonly w: number;
  readonly y: number;
}

/** A node `y` of two computed tensors `x` and `w`, and every product it sums, written out by loops. */
interface Case {
  readonly name: string;
  readonly x: readonly number[];
  readonly w: readonly number[];
  readonly y: readonly number[];
  readonly op: 'Conv' | 'ConvTranspose' | 'Gemm';
  readonly attrs: Readonly<Record<string, number | readonly number[]>>;
  /** The bias, one for each output in its last axis (Gemm) or its channels. */
  readonly bias?: readonly number[];
  readonly factor?: number;
  readonly pairs: readonly Pair[];
}

const range = (count: number): readonly number[] => Array.from({ length: count }, (_, i) => i);

const at = (shape: readonly number[], place: readonly number[]): number =>
  shape.reduce((sum, size, i) => sum * size + place[i]!, 0);

interface Window {
  readonly strides: readonly number[];
  readonly dilations: readonly number[];
  readonly pads: readonly number[];
  readonly group: number;
}

const places = (sizes: readonly number[]): readonly (readonly number[])[] =>
  sizes.reduce<readonly (readonly number[])[]>(
    (all, size) => all.flatMap((p) => range(size).map((i) => [...p, i])),
    [[]],
  );

const inside = (place: readonly number[], sizes: readonly number[]): boolean =>
  place.every((p, i) => Number.isInteger(p) && p >= 0 && p < sizes[i]!);

/** Every product of a convolution: input element, kernel element, output element. */
const convolved = (
  x: readonly number[],
  w: readonly number[],
  y: readonly number[],
  { strides, dilations, pads, group }: Window,
): readonly Pair[] =>
  range(x[0]!).flatMap((n) =>
    range(y[1]!).flatMap((m) =>
      range(w[1]!).flatMap((c) =>
        places(w.slice(2)).flatMap((k) =>
          places(y.slice(2)).flatMap((o) => {
            const channel = Math.floor(m / (y[1]! / group)) * w[1]! + c;
            const from = o.map((p, i) => p * strides[i]! + k[i]! * dilations[i]! - pads[i]!);
            if (!inside(from, x.slice(2))) return [];
            return [{ x: at(x, [n, channel, ...from]), w: at(w, [m, c, ...k]), y: at(y, [n, m, ...o]) }];
          }),
        ),
      ),
    ),
  );

/** Every product of a transposed convolution: each input element is spread over the outputs that its kernel reaches. */
const spread = (
  x: readonly number[],
  w: readonly number[],
  y: readonly number[],
  { strides, dilations, pads, group }: Window,
): readonly Pair[] =>
  range(x[0]!).flatMap((n) =>
    range(x[1]!).flatMap((c) =>
      range(w[1]!).flatMap((m) =>
        places(w.slice(2)).flatMap((k) =>
          places(x.slice(2)).flatMap((i) => {
            const channel = Math.floor(c / (x[1]! / group)) * w[1]! + m;
            const to = i.map((p, axis) => p * strides[axis]! + k[axis]! * dilations[axis]! - pads[axis]!);
            if (!inside(to, y.slice(2))) return [];
            return [{ x: at(x, [n, c, ...i]), w: at(w, [c, m, ...k]), y: at(y, [n, channel, ...to]) }];
          }),
        ),
      ),
    ),
  );

const multiplied = (rows: number, inner: number, columns: number, transA: boolean, transB: boolean): readonly Pair[] =>
  range(rows).flatMap((i) =>
    range(columns).flatMap((j) =>
      range(inner).map((k) => ({
        x: transA ? k * rows + i : i * inner + k,
        w: transB ? j * inner + k : k * columns + j,
        y: i * columns + j,
      })),
    ),
  );

const conv = (
  name: string,
  [x, w, y]: readonly [readonly number[], readonly number[], readonly number[]],
  window: Window,
  bias?: readonly number[],
): Case => ({
  name,
  x,
  w,
  y,
  op: 'Conv',
  attrs: { ...window },
  ...(bias && { bias }),
  pairs: convolved(x, w, y, window),
});

const transposed = (
  name: string,
  [x, w, y]: readonly [readonly number[], readonly number[], readonly number[]],
  window: Window,
  extra: readonly number[] = [],
): Case => ({
  name,
  x,
  w,
  y,
  op: 'ConvTranspose',
  attrs: { ...window, ...(extra.length > 0 && { output_padding: extra }) },
  pairs: spread(x, w, y, window),
});

const one = { strides: [1], dilations: [1], pads: [0, 0], group: 1 };

const cases: readonly Case[] = [
  conv(
    'over a line',
    [
      [1, 2, 6],
      [3, 2, 3],
      [1, 3, 4],
    ],
    one,
  ),
  conv(
    'with pads, stride and dilation',
    [
      [1, 2, 7],
      [2, 2, 3],
      [1, 2, 3],
    ],
    {
      strides: [2],
      dilations: [2],
      pads: [2, 1],
      group: 1,
    },
  ),
  conv(
    'in two groups, with a bias',
    [
      [1, 4, 5],
      [6, 2, 2],
      [1, 6, 4],
    ],
    { ...one, group: 2 },
    [1, -1, 0.5, 0, 2, -0.5],
  ),
  conv(
    'of each channel, in the plane',
    [
      [1, 3, 4, 5],
      [3, 1, 3, 2],
      [1, 3, 4, 3],
    ],
    {
      strides: [1, 2],
      dilations: [1, 1],
      pads: [1, 0, 1, 1],
      group: 3,
    },
  ),
  conv(
    'of two samples by one kernel',
    [
      [2, 1, 4],
      [2, 1, 2],
      [2, 2, 3],
    ],
    one,
  ),
  transposed(
    'spread with a stride',
    [
      [1, 2, 3],
      [2, 3, 3],
      [1, 3, 7],
    ],
    { ...one, strides: [2] },
  ),
  transposed(
    'spread in groups, with pads',
    [
      [1, 4, 3],
      [4, 2, 3],
      [1, 4, 6],
    ],
    {
      strides: [2],
      dilations: [2],
      pads: [2, 1],
      group: 2,
    },
  ),
  transposed(
    'spread in the plane, with output_padding',
    [
      [1, 2, 2, 3],
      [2, 1, 2, 3],
      [1, 1, 4, 6],
    ],
    { strides: [2, 2], dilations: [1, 1], pads: [0, 1, 1, 1], group: 1 },
    [1, 1],
  ),
  {
    name: 'a matrix by a matrix',
    x: [3, 4],
    w: [4, 2],
    y: [3, 2],
    op: 'Gemm',
    attrs: {},
    pairs: multiplied(3, 4, 2, false, false),
  },
  {
    name: 'transposed matrices, scaled, with a bias',
    x: [4, 3],
    w: [2, 4],
    y: [3, 2],
    op: 'Gemm',
    attrs: { transA: 1, transB: 1, alpha: -0.5, beta: 2 },
    factor: -0.5,
    bias: [1, -2],
    pairs: multiplied(3, 4, 2, true, true),
  },
];

const graphOfCase = ({ x, w, op, attrs, bias }: Case): Graph =>
  graphOf(
    [input('x', x), input('w', w)],
    [node('y', op, ['x', 'w', ...(bias ? ['b'] : [])], attrs)],
    bias ? { b: inline([bias.length], bias) } : {},
  );

const composites = {
  uniform: { match: { kind: 'contraction' }, rule: 'uniform', parameters: { stabilizer: 0 } },
  'signal-take-all': { match: { kind: 'contraction' }, rule: 'signal-take-all', parameters: { stabilizer: 0 } },
} as const;

const compositeOf = (name: keyof typeof composites) =>
  right(
    decodeComposite({
      composite: name,
      summary: '',
      rules: [composites[name], { match: { kind: 'affine' }, rule: 'zero' }],
    }),
  );

/** y, and with it what each of x and w holds of it, by loops over the products. */
const written = (one: Case, values: Values, R: readonly number[]) => {
  const [x, w] = [values['x']!.data, values['w']!.data] as readonly Float32Array[];
  const factor = one.factor ?? 1;
  const size = sizeOf(one.y);
  const behind = one.op === 'Gemm' ? 1 : sizeOf(one.y.slice(2));
  const beta = Number(one.attrs['beta'] ?? 1);
  const bias = (o: number): number => beta * (one.bias?.[Math.floor(o / behind) % one.bias.length] ?? 0);
  const y = range(size).map(bias);
  for (const pair of one.pairs) y[pair.y]! += factor * x![pair.x]! * w![pair.w]!;
  const relevance = { x: zeros(one.x), w: zeros(one.w) };
  const gradient = { x: zeros(one.x), w: zeros(one.w) };
  for (const pair of one.pairs) {
    const [a, b] = [x![pair.x]!, w![pair.w]!];
    const share = y[pair.y] === 0 ? 0 : (factor * a * b * R[pair.y]!) / y[pair.y]!;
    relevance.x[pair.x]! += share;
    relevance.w[pair.w]! += share;
    gradient.x[pair.x]! += factor * b * R[pair.y]!;
    gradient.w[pair.w]! += factor * a * R[pair.y]!;
  }
  return { y, relevance, gradient };
};

const zeros = (shape: readonly number[]): number[] => Array<number>(sizeOf(shape)).fill(0);

const halved = (list: readonly number[]): readonly number[] => list.map((v) => v / 2);

describe.each(cases)('$op $name', (one) => {
  const draw = drawer(7);
  const values: Readonly<Record<string, Tensor>> = {
    x: floats(one.x, draw.fine(sizeOf(one.x))),
    w: floats(one.w, draw.fine(sizeOf(one.w))),
  };
  const R = draw.fine(sizeOf(one.y));
  const wanted = written(one, values, R);
  const target = floats(one.y, R);
  const plain = typedOf(graphOfCase(one));
  const typed = right(canonize(plain)).typed;

  const mapsOf = async (
    rule: keyof typeof composites | 'gradient',
    graph = typed,
    on: 'reference' | 'ort' = 'reference',
  ) => {
    const composite = rule === 'gradient' ? book.composites.get(rule)! : compositeOf(rule);
    const plan = right(makePlan(graph, composite, book));
    return explainRun(graph, plan, { ...values, target }, { target: { kind: 'tensor' } }, on);
  };

  const same = (found: ArrayLike<number>, expected: readonly number[], share: number): void => {
    expect(difference(found, expected, share * Math.max(1, greatest(expected)))).toBeUndefined();
  };

  test.each([
    ['reference', 1e-6],
    ['ort', 1e-4],
  ] as const)('is what the loops give, and half of each product goes to either factor, on %s', async (on, share) => {
    const { y } = await run(plain.graph, plain.store, values, on);
    same(y!.data as Float32Array, wanted.y, share);
    const { at: map } = await mapsOf('uniform', typed, on);
    same(map('x'), halved(wanted.relevance.x), share);
    same(map('w'), halved(wanted.relevance.w), share);
  });

  test('all goes to the signal where roles are written', async () => {
    const { nodes, ...graph } = plain.graph;
    const roles = { gate: 1, signal: 0 } as const;
    const withRoles = typedOf({ ...graph, nodes: nodes.map((made) => ({ ...made, roles })) });
    const { at: map } = await mapsOf('signal-take-all', right(canonize(withRoles)).typed);
    same(map('x'), wanted.relevance.x, 1e-6);
    same(map('w'), zeros(one.w), 1e-6);
  });

  test('the gradient is that of the loops', async () => {
    const { at: map } = await mapsOf('gradient');
    same(map('x'), wanted.gradient.x, 1e-6);
    same(map('w'), wanted.gradient.w, 1e-6);
  });

  test('every node of the ledger is closed', async () => {
    const { explanation, of } = await mapsOf('uniform');
    const sum = (name: string): number => of(name).reduce((total, v) => total + v, 0);
    for (const entry of explanation.ledger) {
      const leaks = Object.values(entry.leaks).reduce((total, name) => total + sum(name), 0);
      const open = sum(entry.in) - (entry.out === undefined ? 0 : sum(entry.out)) - leaks;
      expect(Math.abs(open)).toBeLessThanOrEqual(1e-9 * Math.max(1, sum(entry.magnitude)));
    }
    expect(explanation.ledger.map(({ node: name }) => name)).toContain('y');
  });
});

test('a Conv of a computed weight over an open size is refused with the remedy', () => {
  const graph = graphOf([input('x', ['N', 2, 'L']), input('w', [3, 2, 3])], [node('y', 'Conv', ['x', 'w'])]);
  const { typed } = right(canonize(typedOf(graph)));
  const plan = right(makePlan(typed, compositeOf('uniform'), book));
  expect(problemsOf(relevance(typed, plan, { target: { kind: 'tensor' } }))).toBe(
    `y: relevance crosses Conv of two computed tensors where its channels and sizes are known, and outside a Scan: state the sizes (${option('size')} NAME=NUMBER)`,
  );
});
