import { refuse, relevanceSays } from '@kirchhoff/message';
import type { RuledCrossing } from './crossing.js';
import type { Value } from './value.js';

/** The declared bounds of a source: `low` or `high`, per channel where they differ. */
const rangeOf = ({ b, node, ranges, facts, assignment }: RuledCrossing, side: 'low' | 'high', x: string): Value => {
  const declared = ranges.get(x)?.[side];
  if (declared === undefined) {
    const fact = facts.get(x)?.[side];
    if (fact !== undefined && Number.isFinite(fact)) return fact;
    return refuse(node.name, relevanceSays.noRange(assignment.rule.name, x));
  }
  if (typeof declared === 'number') return declared;
  const rank = b.dims(x).length;
  return {
    tensor: b.constant(b.float, [1, declared.length, ...Array<number>(Math.max(rank - 2, 0)).fill(1)], declared),
  };
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
