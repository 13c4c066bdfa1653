import * as E from 'fp-ts/lib/Either.js';
import * as fc from 'fast-check';
import { printProblems } from '@kirchhoff/message';
import { compileOracle, evaluateExpr, printExpr, separate, unbounded, type Bound } from '@kirchhoff/formula';
import { describe, expect, it } from 'vitest';
import { read } from './read.js';
import { sideOf } from './sides.js';

type Values = Readonly<Record<string, number>>;

/** Sums of products over all sides, under every law that separates. Text, because the oracle reads text. */
const formulas = fc.letrec<{ product: string; mixed: string; total: string; output: string; message: string }>(
  (tie) => {
    const one = fc.constantFrom(
      'x',
      'w',
      'x',
      'w',
      'low',
      'high',
      'pos(x)',
      'neg(w)',
      'abs(w)',
      '(w + 0.5*pos(w))',
      '(x - low)',
      '2',
      '0.5',
      '-1',
    );
    const flat = fc.array(one, { minLength: 1, maxLength: 3 }).map((factors) => factors.join('*'));
    return {
      product: fc.oneof(
        flat,
        fc.constant('x*w'),
        fc.constant('x*w'),
        flat.map((p) => `pos(${p})`),
        flat.map((p) => `neg(${p})`),
        flat.map((p) => `abs(${p})`),
        flat.map((p) => `pos(-(neg(${p})))`),
        fc.tuple(flat, fc.constantFrom('>', '>=', '<', '<=', '==', '!=')).map(([p, op]) => `(${p} ${op} 0)`),
        fc.tuple(flat, flat).map(([p, q]) => `(${p} > 0 or not (${q} >= 0))`),
        fc.tuple(flat, flat).map(([p, q]) => `(${p} != 0 and 0 < ${q})`),
        flat.map((p) => `(${p})^2`),
        fc.tuple(flat, flat).map(([p, q]) => `where(x > low, ${p}, -${q})`),
        fc.tuple(flat, flat).map(([p, q]) => `ratio(${p}, ${q})`),
      ),
      mixed: fc
        .array(fc.tuple(fc.constantFrom('+', '-'), tie('product')), { minLength: 1, maxLength: 3 })
        .map((parts) => parts.map(([sign, p], i) => (i === 0 && sign === '+' ? p : `${sign} ${p}`)).join(' ')),
      total: fc.oneof(
        fc.constant('total(x*w) + b'),
        fc.constant('total(x*w + 0.5*pos(x*w)) + b + 0.5*pos(b)'),
        tie('mixed').map((m) => `total(${m})`),
        fc.tuple(tie('product'), tie('product')).map(([p, q]) => `total(${p}) + 0.5*total(${q}) + b`),
        tie('product').map((p) => `b - total(2*${p}*R)`),
      ),
      output: fc.oneof(
        fc.constantFrom('R', 'y*R', 'b', '(y > 0)*R', '1'),
        tie('total').map((t) => `(${t})*R`),
        tie('total').map((t) => `ratio(R, ${t})`),
        tie('total').map((t) => `ratio(1, stab(${t}, 0.5))*R`),
        fc.tuple(tie('total'), tie('total')).map(([t, u]) => `where(${t} > 0, R, ${u})`),
      ),
      message: fc.oneof(
        fc.tuple(tie('mixed'), tie('output')).map(([m, o]) => `(${m})*(${o})`),
        fc.tuple(tie('mixed'), tie('total')).map(([m, t]) => `ratio(${m}, ${t})*R`),
        fc
          .tuple(tie('mixed'), tie('mixed'), tie('total'))
          .map(([m, n, t]) => `where(y > 0, ratio(${m}, ${t}), ${n})*R`),
        fc
          .tuple(tie('mixed'), tie('output'), tie('product'), tie('output'))
          .map(([m, o, n, p]) => `(${m})*(${o}) - (${n})*(${p})`),
        fc.tuple(tie('mixed')).map(([m]) => `ratio(${m}, total(${m}))*R`),
      ),
    };
  },
).message;

/** Small multiples of 1/4: sums and products are exact, so that both ways see the same signs and zeros. */
const quarters = (low: number, high: number): fc.Arbitrary<number> =>
  fc.integer({ min: low * 4, max: high * 4 }).map((v) => v / 4);

const nonneg: Bound = { low: 0, high: Infinity, nonzero: false };
const point = (v: number): Bound => ({ low: v, high: v, nonzero: v !== 0 });

interface Setting {
  readonly facts: Readonly<Record<string, Bound>>;
  readonly sources: readonly Values[];
  readonly output: Values;
}

const settings: fc.Arbitrary<Setting> = fc
  .record({
    positive: fc.boolean(),
    weight: fc.constantFrom(undefined, undefined, 1, 0.5),
    biased: fc.boolean(),
    pairs: fc.array(fc.tuple(quarters(-2, 2), quarters(-2, 2)), { minLength: 1, maxLength: 4 }),
    b: quarters(-2, 2),
    R: quarters(-2, 2),
  })
  .map(({ positive, weight, biased, pairs, b, R }) => {
    const sources = pairs.map(([x, w]) => ({ x: positive ? Math.abs(x) : x, w: weight ?? w, low: -2, high: 2 }));
    const bias = biased ? b : 0;
    const y = sources.reduce((sum, { x, w }) => sum + x * w, bias);
    return {
      facts: {
        ...(positive ? { x: nonneg } : {}),
        ...(weight === undefined ? {} : { w: point(weight) }),
        ...(biased ? {} : { b: point(0) }),
        low: { low: -Infinity, high: 0, nonzero: false },
        high: nonneg,
      },
      sources,
      output: { b: bias, R, y },
    };
  });

const sumOf = (values: readonly number[]): number => values.reduce((sum, v) => sum + v, 0);

const agree = (text: string, { facts, sources, output }: Setting): void => {
  const result = separate(
    read(text),
    { whole: read('total(pos(x*w))*R + y') },
    { side: sideOf, bounds: (s) => facts[s] ?? unbounded },
  );
  if (E.isLeft(result)) throw new Error(printProblems(result.left));
  const { passes, terms, outputs, forward } = result.right;
  const values = passes.map((pass) =>
    sumOf(sources.map((s) => evaluateExpr(pass.source, s) * evaluateExpr(pass.connection, s))),
  );
  const known: Values = { ...output, ...Object.fromEntries(values.map((v, i) => [`pass${i}`, v])) };
  const oracle = compileOracle(text, {});
  for (const source of sources) {
    const parts = terms.map(
      (t) => evaluateExpr(t.source, source) * evaluateExpr(t.connection, source) * evaluateExpr(t.output, known),
    );
    const expected = oracle({ ...source, ...output }, sources);
    const scale = Math.max(Math.abs(expected), ...parts.map(Math.abs));
    const shown = (): string =>
      `${text}\n${terms.map((t) => [t.source, t.connection, t.output].map(printExpr).join(' | ')).join('\n')}`;
    expect(Math.abs(sumOf(parts) - expected), shown()).toBeLessThanOrEqual(1e-9 * scale);
  }
  const whole = compileOracle('total(pos(x*w))*R + y', {})(output, sources);
  expect(evaluateExpr(outputs['whole']!, known)).toBeCloseTo(whole, 9);
  if (forward) expect(evaluateExpr(forward, known)).toBe(output['y']);
};

describe('separate', () => {
  it('computes the message that the oracle computes, connection by connection', () => {
    fc.assert(fc.property(formulas, settings, agree), { seed: 42, numRuns: 500 });
  });

  const boxed = 'x*w - low*pos(w) - high*neg(w)';
  it.each([
    'ratio(x*w, stab(total(x*w) + b, 0.5))*R',
    'ratio(x*w, total(x*w) + b)*R',
    '(2*ratio(pos(x*w), total(pos(x*w)) + pos(b)) - ratio(neg(x*w), total(neg(x*w)) + neg(b)))*R',
    'ratio(x*(w + 0.25*pos(w)), stab(total(x*(w + 0.25*pos(w))) + b + 0.25*pos(b), 0.5))*R',
    'where(y > 0, ratio(x*w + 0.25*pos(x*w), total(x*w + 0.25*pos(x*w)) + b + 0.25*pos(b)), where(y < 0, ratio(x*w + 0.25*neg(x*w), total(x*w + 0.25*neg(x*w)) + b + 0.25*neg(b)), 0))*R',
    'ratio(1, total(1))*R',
    `ratio(${boxed}, total(${boxed}))*R`,
    'ratio(w^2, total(w^2))*R',
    'w*R',
    'ratio(abs(x*w), total(abs(x*w)))*R',
    'ratio(x*w + (b + 0.5*sgn(y))/total(1), stab(y, 0.5))*R',
  ])('agrees on %s', (text) => {
    fc.assert(
      fc.property(settings, (setting) => agree(text, setting)),
      { seed: 42, numRuns: 60 },
    );
  });
});
