import { refuse, relevanceSays } from '@kirchhoff/message';
import type { RuledCrossing } from './crossing.js';
import { asTensor, type Value } from './value.js';

interface Bounds {
  readonly low: Value;
  readonly high: Value;
}

/** The declared range of an input, per channel where it differs. */
const declaredOf = ({ b, ranges }: RuledCrossing, input: string): Bounds | undefined => {
  const range = ranges.get(input);
  if (range === undefined) return undefined;
  const rank = b.dims(input).length;
  const side = (bound: number | readonly number[]): Value =>
    typeof bound === 'number'
      ? bound
      : { tensor: b.constant(b.float, [1, bound.length, ...Array<number>(Math.max(rank - 2, 0)).fill(1)], bound) };
  return { low: side(range.low), high: side(range.high) };
};

/** The bounds of a source as its input declares them: of the input itself, or of what its preparation makes of it. */
const preparedOf = (crossing: RuledCrossing, x: string): Bounds | undefined => {
  const { b, facts } = crossing;
  const node = b.node(x);
  if (node === undefined) return declaredOf(crossing, x);
  const port = node.inputs.findIndex((name) => facts.get(name)?.constant !== true);
  const before =
    node.preamble === true || node.op === 'Cast' ? preparedOf(crossing, node.inputs[port] ?? '') : undefined;
  if (before === undefined || node.op === 'Cast') return before;
  const hint = `${x}/bound`;
  const corner = (bound: Value): string => {
    const wide =
      node.op === 'BatchNormalization' ? expanded(crossing, bound, node.inputs[0]!, hint) : asTensor(b, bound, hint);
    return b.emit(
      hint,
      node.op,
      node.inputs.map((name, i) => (i === port ? wide : name)),
      node.attrs,
    );
  };
  const corners = [corner(before.low), corner(before.high)];
  return { low: { tensor: b.emit(hint, 'Min', corners) }, high: { tensor: b.emit(hint, 'Max', corners) } };
};

/** A bound with one number for each channel. */
const expanded = ({ b }: RuledCrossing, bound: Value, like: string, hint: string): string => {
  const dims = b.dims(like);
  return b.emit(hint, 'Expand', [
    asTensor(b, bound, hint),
    b.ints(dims.map((dim, axis) => (axis === 1 ? Number(dim) : 1))),
  ]);
};

/** A bound of a source: as declared, else as proved. */
const rangeOf = (crossing: RuledCrossing, side: 'low' | 'high', x: string): Value => {
  const declared = preparedOf(crossing, x);
  if (declared !== undefined) return declared[side];
  const fact = crossing.facts.get(x)?.[side];
  if (fact !== undefined && Number.isFinite(fact)) return fact;
  return refuse(crossing.node.name, relevanceSays.noRange(crossing.assignment.rule.name, x));
};

/** The symbols of the source side at one port. */
export const sourceEnv = (
  crossing: RuledCrossing,
  port: number,
  needed: ReadonlySet<string>,
): Record<string, Value> => {
  const x = crossing.node.inputs[port]!;
  const env: Record<string, Value> = { x: { tensor: x } };
  if (needed.has('low')) env['low'] = rangeOf(crossing, 'low', x);
  if (needed.has('high')) env['high'] = rangeOf(crossing, 'high', x);
  return env;
};
