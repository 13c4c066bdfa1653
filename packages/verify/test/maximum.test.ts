import { compileOracle } from '@kirchhoff/formula';
import type { Attributes, Node } from '@kirchhoff/graph';
import { describe, expect, test } from 'vitest';
import { wireAveragePool, wireReduce, type Geometry, type Wiring } from '../src/search/wiring.js';
import {
  book,
  difference,
  documentsIn,
  draws,
  explainRun,
  floats,
  graphOf,
  greatest,
  input,
  integers,
  node,
  planOf,
  rulesFolder,
  sizeOf,
  typedOf,
  type Draw,
} from '../../relevance/test/support.js';

interface Written {
  readonly rule: string;
  readonly on?: string;
  readonly quantity?: string;
  readonly let?: Readonly<Record<string, string>>;
  readonly message: string;
  readonly leaks?: Readonly<Record<string, string>>;
}

const rules = documentsIn(rulesFolder)
  .map(({ json }) => json as Written)
  .filter(({ on, quantity }) => on === 'maximum' && quantity !== 'gradient');

interface MaximumCase {
  readonly node: Node;
  readonly shape: readonly number[];
  /** The windows: which sources meet at each output, in order. */
  readonly wiring: Wiring;
}

const times = <T>(count: number, of: (index: number) => T): T[] => Array.from({ length: count }, (_, i) => of(i));

const pool = (draw: Draw): MaximumCase => {
  const dims = draw.integer(1, 2);
  const kernel = times(dims, () => draw.integer(2, 3));
  const geometry: Geometry = {
    kernel,
    strides: times(dims, () => draw.integer(1, 2)),
    dilations: times(dims, () => 1),
    begins: kernel.map(() => draw.integer(0, 1)),
    ends: kernel.map(() => draw.integer(0, 1)),
  };
  const shape = [draw.integer(1, 2), draw.integer(1, 2), ...kernel.map((k) => k + draw.integer(0, 2))];
  const attrs: Attributes = {
    kernel_shape: kernel,
    strides: geometry.strides,
    pads: [...geometry.begins, ...geometry.ends],
  };
  return { node: node('y', 'MaxPool', ['x'], attrs), shape, wiring: wireAveragePool(shape, geometry, false, false) };
};

const global = (draw: Draw): MaximumCase => {
  const shape = [2, draw.integer(1, 2), draw.integer(1, 3), draw.integer(1, 3)];
  return { node: node('y', 'GlobalMaxPool', ['x']), shape, wiring: wireReduce(shape, [2, 3], true, false) };
};

const reduction = (draw: Draw): MaximumCase => {
  const shape = [2, draw.integer(1, 3), draw.integer(1, 3)];
  const keep = draw.flag();
  return {
    node: node('y', 'ReduceMax', ['x', 'axes'], { keepdims: Number(keep) }),
    shape,
    wiring: wireReduce(shape, [1], keep, false),
  };
};

const families = { MaxPool: pool, GlobalMaxPool: global, ReduceMax: reduction };

const hold = async (draw: Draw, { node: y, shape, wiring }: MaximumCase, rule: Written): Promise<void> => {
  // Few different values, so that most windows tie.
  const x = times(sizeOf(shape), () => draw.integer(-2, 2) / 2);
  const R = draw.coarse(sizeOf(wiring.shape));
  const message = compileOracle(rule.message, rule.let ?? {});
  const leaks = Object.entries(rule.leaks ?? {}).map(
    ([cause, text]) => [cause, compileOracle(text, rule.let ?? {})] as const,
  );
  const wanted = x.map(() => 0);
  const lost = Object.fromEntries(leaks.map(([cause]) => [cause, 0]));
  wiring.meetings.forEach(({ connections }, o) => {
    const values = connections.map(({ source }) => x[source]!);
    const top = Math.max(...values);
    const first = values.indexOf(top);
    const sources = values.map((value, i) => ({ x: value, winner: Number(i === first) }));
    const output = { R: R[o]!, y: top };
    connections.forEach(({ source }, i) => (wanted[source]! += message({ ...output, ...sources[i]! }, sources)));
    for (const [cause, leak] of leaks) lost[cause]! += leak(output, sources);
  });

  const typed = typedOf(graphOf([input('x', ['N', ...shape.slice(1)])], [y], { axes: integers(1) }));
  const base = book.composites.get('standard')!;
  const entry = { match: { name: 'y' }, rule: rule.rule, parameters: {}, place: 'test' };
  const composites = new Map([['test', { ...base, name: 'test', rows: [entry, ...base.rows] }]]);
  const plan = planOf(typed, 'test', {}, { ...book, composites: new Map([...book.composites, ...composites]) });
  const inputs = { x: floats(shape, x), target: floats(wiring.shape, R) };
  for (const [on, allowed] of [
    ['reference', 1e-9],
    ['ort', 1e-5],
  ] as const) {
    const { explanation, at, of } = await explainRun(typed, plan, inputs, { target: { kind: 'tensor' } }, on);
    const scale = Math.max(1, greatest(wanted));
    expect(difference(at('x'), wanted, allowed * scale)).toBeUndefined();
    const [entered] = explanation.ledger;
    for (const [cause, value] of Object.entries(lost)) {
      const name = entered!.leaks[cause];
      const found = name === undefined ? 0 : of(name).reduce((sum, v) => sum + v, 0);
      expect(difference([found], [value], allowed * scale * R.length)).toBeUndefined();
    }
  }
};

describe('message by message, over windows that tie, overlap and are padded', () => {
  test('there are rules for maxima', () => {
    expect(rules.map(({ rule }) => rule)).toEqual(
      expect.arrayContaining(['winner-take-all', 'max-proportional', 'max-uniform']),
    );
  });

  test.each(Object.entries(families))('%s', (_, make) =>
    draws(6, async (draw) => {
      const drawn = make(draw);
      for (const rule of rules) await hold(draw, drawn, rule);
    }),
  );
});
