import { equalDim } from '../dim.js';
import type { Dim } from '../graph.js';
import type { ElementType } from '../tensor.js';
import { flag } from './attribute.js';
import { bounds, hull, unit } from './bounds.js';
import { combine } from './known.js';
import { row, type Row } from './row.js';
import type { InferContext, ValueType } from './row.js';
import { broadcast, input, port } from './shape.js';
import { anyTypes, boolTypes, floatTypes, numberTypes } from './types.js';

const inferComparison = (context: InferContext): readonly ValueType[] => {
  const [a, b] = [input(context, 0), input(context, 1)];
  return [{ type: 'bool', shape: broadcast(context, [a.shape, b.shape]) }];
};

const onNumbers =
  (f: (a: number, b: number) => boolean) =>
  (a: Dim, b: Dim): boolean | undefined =>
    typeof a === 'number' && typeof b === 'number' ? f(a, b) : undefined;

/** Sizes are not negative, so a symbol never equals a negative number. */
const equal = (a: Dim, b: Dim): boolean | undefined =>
  equalDim(a, b) ||
  (typeof a === typeof b && typeof a === 'number' ? false : isNegative(a) || isNegative(b) ? false : undefined);

const isNegative = (a: Dim): boolean => typeof a === 'number' && a < 0;

const binary = (summary: string, types: readonly ElementType[], decide: (a: Dim, b: Dim) => boolean | undefined): Row =>
  row({
    summary,
    inputs: [port('A'), port('B')],
    types: { T: types },
    outputs: ['C'],
    attrs: {},
    kind: 'discrete',
    infer: inferComparison,
    evaluate: (context) =>
      combine(context, (a = 0, b = 0) => {
        const decided = decide(a, b);
        return decided === undefined ? undefined : Number(decided);
      }),
    facts: () => unit,
  });

const test = (summary: string, attrs: Row['attrs'] = {}): Row =>
  row({
    summary,
    inputs: [port('X')],
    types: { T: floatTypes },
    outputs: ['Y'],
    attrs,
    kind: 'discrete',
    infer: (context) => [{ type: 'bool', shape: input(context, 0).shape }],
    facts: () => unit,
  });

const inferWhere = (context: InferContext): readonly ValueType[] => {
  const [condition, x, y] = [input(context, 0), input(context, 1), input(context, 2)];
  return [{ type: x.type, shape: broadcast(context, [condition.shape, x.shape, y.shape]) }];
};

/** Comparisons, connectives and the choice by a condition. */
export const logic = {
  Equal: binary('1 where equal.', anyTypes, equal),
  Less: binary(
    '1 where A < B.',
    numberTypes,
    onNumbers((a, b) => a < b),
  ),
  LessOrEqual: binary(
    '1 where A ≤ B.',
    numberTypes,
    onNumbers((a, b) => a <= b),
  ),
  Greater: binary(
    '1 where A > B.',
    numberTypes,
    onNumbers((a, b) => a > b),
  ),
  GreaterOrEqual: binary(
    '1 where A ≥ B.',
    numberTypes,
    onNumbers((a, b) => a >= b),
  ),
  And: binary(
    '1 where both hold.',
    boolTypes,
    onNumbers((a, b) => a !== 0 && b !== 0),
  ),
  Or: binary(
    '1 where one holds.',
    boolTypes,
    onNumbers((a, b) => a !== 0 || b !== 0),
  ),
  Xor: binary(
    '1 where one holds and the other does not.',
    boolTypes,
    onNumbers((a, b) => (a !== 0) !== (b !== 0)),
  ),
  IsNaN: test('1 where X is no number.'),
  IsInf: test(
    '1 where X is infinite: upwards (unless detect_positive is 0) or downwards (unless detect_negative is 0).',
    {
      detect_negative: flag(1),
      detect_positive: flag(1),
    },
  ),
  Not: row({
    summary: '1 where X does not hold.',
    inputs: [port('X')],
    types: { T: boolTypes },
    outputs: ['Y'],
    attrs: {},
    kind: 'discrete',
    infer: (context) => [input(context, 0)],
    evaluate: (context) => combine(context, (a = 0) => (typeof a === 'number' ? Number(a === 0) : undefined)),
    facts: () => unit,
  }),
  Where: row({
    summary: 'X where the condition holds, else Y.',
    inputs: [port('condition', 'B'), port('X'), port('Y')],
    types: { B: boolTypes, T: anyTypes },
    outputs: ['output'],
    attrs: {},
    kind: 'structural',
    infer: inferWhere,
    evaluate: (context) =>
      combine(context, (condition = 0, x = 0, y = 0) =>
        typeof condition === 'number' ? (condition === 0 ? y : x) : undefined,
      ),
    facts: (context) => hull(bounds(context, 1), bounds(context, 2)),
  }),
} satisfies Record<string, Row>;
