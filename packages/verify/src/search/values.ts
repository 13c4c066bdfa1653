import type { Parameter, Rule, RuleCase } from '@kirchhoff/rule';
import * as fc from 'fast-check';
import { anatomyOf, type Anatomy } from './anatomy.js';
import type { Point, Values } from './point.js';

const unique = (values: readonly number[]): readonly number[] => [...new Set(values)];

/** A few values of a parameter: its bound, 1, its default, -1 and what is halfway, as far as they are allowed. */
const fewOf = ({ default: usual, minimum, maximum }: Parameter): readonly number[] =>
  unique([
    Number.isFinite(minimum) ? minimum : usual,
    1,
    usual,
    (minimum + maximum) / 2,
    minimum + 1,
    -1,
    maximum,
  ]).filter((value) => Number.isFinite(value) && value >= minimum && value <= maximum);

function* combine(fields: readonly (readonly [string, readonly number[]])[]): Generator<Values> {
  const [first, ...rest] = fields;
  if (first === undefined) {
    yield {};
    return;
  }
  const [name, values] = first;
  for (const others of combine(rest)) for (const value of values) yield { [name]: value, ...others };
}

/** Every combination of a few values of the rule's parameters. */
export const fewParameters = ({ parameters }: Pick<Rule, 'parameters'>): readonly Values[] => [
  ...combine(Object.entries(parameters).map(([name, parameter]) => [name, fewOf(parameter).slice(0, 3)] as const)),
];

const firstOf = (
  fields: Readonly<Record<string, readonly number[]>>,
  count: number,
): readonly (readonly [string, readonly number[]])[] =>
  Object.entries(fields).map(([name, values]) => [name, values.slice(0, count)] as const);

/** Sources one at a time out of all small values, then two at a time out of fewer, each pair once; last, no source at all. */
function* fewSources({ source, sources: { least, most } }: Anatomy): Generator<readonly Values[]> {
  if (most === 0) {
    yield [];
    return;
  }
  if (most >= 1) for (const one of combine(firstOf(source, 7))) yield [one];
  if (most < 2) return;
  const wide = Object.keys(source).length > 2;
  const few = [...combine(firstOf(source, wide ? 2 : 4))];
  for (const [i, first] of few.entries()) for (const second of few.slice(i)) yield [first, second];
  if (least === 0) yield [];
}

/**
 * Small nodes in order of their simplicity: one source, then two, with values in 0, ±1/2, ±1, ±2 and R = ±1. The same ones
 * whatever the seed.
 */
export function* smallPoints(rule: Pick<Rule, 'parameters'>, ruleCase: RuleCase): Generator<Point> {
  const anatomy = anatomyOf(ruleCase);
  const parameters = fewParameters(rule);
  for (const sources of fewSources(anatomy)) {
    const outputs = [...combine(firstOf(anatomy.output, sources.length > 1 ? 3 : 7))];
    for (const op of anatomy.ops)
      for (const output of outputs) {
        const made = anatomy.complete(op, output, sources);
        if (made !== undefined) for (const values of parameters) yield { ...made, parameters: values };
      }
  }
}

const anyNumber = (values: readonly number[]): fc.Arbitrary<number> =>
  fc.oneof(
    { withCrossShrink: true },
    fc.constantFrom(...unique([...values, 0])),
    fc.integer({ min: -4000, max: 4000 }).map((thousandths) => thousandths / 1000),
  );

const anyOf = (fields: Readonly<Record<string, readonly number[]>>): fc.Arbitrary<Values> =>
  fc.record(Object.fromEntries(Object.entries(fields).map(([name, values]) => [name, anyNumber(values)])));

const anyParameter = (parameter: Parameter): fc.Arbitrary<number> => {
  const { minimum, maximum, default: usual } = parameter;
  const low = Number.isFinite(minimum) ? minimum : usual - 4;
  const high = Number.isFinite(maximum) ? maximum : usual + 4;
  return fc.oneof(
    { withCrossShrink: true },
    fc.constantFrom(...fewOf(parameter)),
    fc.integer({ min: 0, max: 1000 }).map((part) => low + (part / 1000) * (high - low)),
  );
};

/** Random values of a rule's parameters, within their bounds. */
export const anyParameters = ({ parameters }: Pick<Rule, 'parameters'>): fc.Arbitrary<Values> =>
  fc.record(Object.fromEntries(Object.entries(parameters).map(([name, one]) => [name, anyParameter(one)])));

/** Random nodes for a case of a rule, one to five sources each. They shrink to one source and small round numbers. */
export const points = (rule: Pick<Rule, 'parameters'>, ruleCase: RuleCase): fc.Arbitrary<Point> => {
  const anatomy = anatomyOf(ruleCase);
  const { least, most } = anatomy.sources;
  return fc
    .record({
      op: fc.constantFrom(...anatomy.ops),
      output: anyOf(anatomy.output),
      sources: fc.array(anyOf(anatomy.source), { minLength: least, maxLength: most }),
      parameters: anyParameters(rule),
    })
    .map(({ op, output, sources, parameters }): Point | undefined => {
      const ordered = sources.map((one) => {
        const { low, high } = one;
        return low === undefined || high === undefined
          ? one
          : { ...one, low: Math.min(low, high), high: Math.max(low, high) };
      });
      const made = anatomy.complete(op, output, ordered);
      return made && { ...made, parameters };
    })
    .filter((point) => point !== undefined);
};
