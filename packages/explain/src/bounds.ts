import type { Input, Tensor } from '@kirchhoff/graph';
import { explainSays } from '@kirchhoff/message';

/** What rounding to float32 may add to a bound, as a part of the range's width. */
const slack = 1e-6;

const indexOf = (position: number, shape: readonly number[]): readonly number[] => {
  const index: number[] = [];
  let rest = position;
  for (const dim of shape.toReversed()) {
    index.unshift(rest % dim);
    rest = Math.floor(rest / dim);
  }
  return index;
};

/**
 * What is wrong with the values of an input, if anything: one that is no finite number, or that lies outside the range
 * which the graph declares (facts are derived from it, so that a rule would silently be wrong there). −∞ is a value of an
 * input that masks the scores of a softmax.
 * Silent where the shapes differ: that is told elsewhere.
 */
export const badValue = (
  { name, range, shape: dims }: Input,
  { shape, data }: Tensor,
  masks: () => ReadonlySet<string> = () => new Set(),
): string | undefined => {
  const fits = shape.length === dims.length && dims.every((dim, i) => typeof dim === 'string' || dim === shape[i]);
  if (!fits || data instanceof BigInt64Array) return undefined;
  const channels = shape[1] ?? 1;
  const inner = shape.slice(2).reduce((n, dim) => n * dim, 1);
  const inChannel = (bound: number | readonly number[], c: number): number =>
    typeof bound === 'number' ? bound : (bound[c] ?? 0);
  for (let from = 0; from < data.length; from += inner) {
    const c = (from / inner) % channels;
    const low = range === undefined ? -Infinity : inChannel(range.low, c);
    const high = range === undefined ? Infinity : inChannel(range.high, c);
    const room = range === undefined ? 0 : slack * (high - low);
    const [least, most] = [low - room, high + room];
    for (let i = from; i < from + inner; i++) {
      const value = data[i]!;
      if (value === -Infinity && range === undefined && masks().has(name)) continue;
      if (!Number.isFinite(value)) return explainSays.inputNotFinite(name, value, indexOf(i, shape));
      if (value < least || value > most)
        return explainSays.inputOutsideRange(name, value, indexOf(i, shape), low, high);
    }
  }
  return undefined;
};
