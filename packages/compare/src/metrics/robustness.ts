import { floats, makeRows, type OpenMethod } from '../methods/index.js';
import { prepareModel, uniformFrom, type Model } from '@kirchhoff/explain';
import { fromNumbers, toNumbers, type Range, type StoredTensor, type Tensor } from '@kirchhoff/graph';
import type { Result } from '@kirchhoff/message';

const norm = (values: ArrayLike<number>): number =>
  Math.sqrt(Array.from(values).reduce((sum, value) => sum + value * value, 0));

const minus = (a: ArrayLike<number>, b: ArrayLike<number>): Float64Array =>
  Float64Array.from(a, (value, i) => value - b[i]!);

export interface Stability {
  /** max ‖R(x + δ) − R(x)‖ / ‖R(x)‖ (Yeh et al. 2019, equation 5, relative). */
  readonly maxSensitivity: number | null;
  /** max ‖R(x + δ) − R(x)‖₁ / (‖R(x)‖₁ ‖δ‖₂) (Montavon et al. 2018, section 7.2, relative). */
  readonly continuity: number | null;
}

const clamp = (value: number, range: Range | undefined, i: number, inner: number): number => {
  if (range === undefined) return value;
  const at = (side: number | readonly number[]): number =>
    typeof side === 'number' ? side : side[Math.floor(i / inner) % side.length]!;
  return Math.min(at(range.high), Math.max(at(range.low), value));
};

/** How far a map moves when the input does, at the most over random steps of ±`radius` times the input's spread. */
export const stability = async (
  method: OpenMethod,
  x: Tensor,
  target: number,
  range: Range | undefined,
  { copies = 6, radius = 0.02, seed = 1 } = {},
): Promise<Stability> => {
  const row = floats(x);
  const inner = x.shape.slice(2).reduce((n, dim) => n * dim, 1);
  const [low, high] = row.reduce(([a, b], v) => [Math.min(a, v), Math.max(b, v)], [Infinity, -Infinity]);
  const next = uniformFrom(seed);
  const moved = makeRows(x.shape.slice(1), copies + 1, (copy, out) => {
    for (let i = 0; i < row.length; i++) {
      const step = copy === 0 ? 0 : radius * (high - low) * (2 * next() - 1);
      out[i] = clamp(row[i]! + step, range, i, inner);
    }
  });
  const { map } = await method.run(moved, Array<number>(copies + 1).fill(target));
  const values = floats(map);
  const size = values.length / (copies + 1);
  const own = values.subarray(0, size);
  const [length, sum] = [norm(own), own.reduce((total, value) => total + Math.abs(value), 0)];
  if (length === 0) return { maxSensitivity: null, continuity: null };
  let [maxSensitivity, continuity] = [0, 0];
  for (let copy = 1; copy <= copies; copy++) {
    const off = minus(values.subarray(copy * size, (copy + 1) * size), own);
    const step = norm(minus(floats(moved).subarray(copy * row.length, (copy + 1) * row.length), row));
    maxSensitivity = Math.max(maxSensitivity, norm(off) / length);
    if (step > 0)
      continuity = Math.max(continuity, off.reduce((total, value) => total + Math.abs(value), 0) / sum / step);
  }
  return { maxSensitivity, continuity };
};

/** The weight tensors of a model in the order in which its graph reads them. */
export const weightsOf = ({ original, typed }: Model): readonly string[] => {
  const names = original.nodes.flatMap(({ inputs }) => inputs);
  const isWeight = (name: string): boolean => {
    const stored = typed.store.get(name);
    return stored !== undefined && stored.shape.length >= 2 && stored.type.startsWith('float');
  };
  return [...new Set(names)].filter(isWeight);
};

/**
 * The model with the named weights shuffled among themselves: their distribution stays, what was learnt goes (Adebayo et
 * al. 2018, model parameter randomisation; they draw anew).
 */
export const randomise = (model: Model, names: readonly string[], seed: number): Result<Model> => {
  const store = new Map(model.typed.store);
  names.forEach((name, k) => {
    const stored = store.get(name)!;
    const values = Float64Array.from(toNumbers(stored.read()));
    const next = uniformFrom(seed + 104729 * k);
    for (let i = values.length - 1; i > 0; i--) {
      const j = Math.floor(next() * (i + 1));
      [values[i], values[j]] = [values[j]!, values[i]!];
    }
    const data = fromNumbers(stored.type, values);
    store.set(name, { type: stored.type, shape: stored.shape, read: () => data } satisfies StoredTensor);
  });
  const tensors = Object.fromEntries(
    Object.entries(model.original.tensors ?? {}).map(([name, entry]) => {
      const changed = names.includes(name) ? store.get(name)! : undefined;
      return [name, changed && !('file' in entry) ? { ...entry, data: [...toNumbers(changed.read())] } : entry];
    }),
  );
  return prepareModel(model.name, { ...model.original, tensors }, store, model.document, {
    batchAxes: model.statedAxes,
    deciding: model.deciding,
  });
};

/** Which weights are shuffled at each stage: from the output down (cascading), or one after another (independent). */
export const randomisationStages = (
  weights: readonly string[],
  kind: 'cascading' | 'independent',
  stages: number,
): readonly (readonly string[])[] => {
  const from = weights.toReversed();
  const picked = [
    ...new Set(Array.from({ length: stages }, (_, k) => Math.ceil(((k + 1) * from.length) / stages) - 1)),
  ].filter((at) => at >= 0);
  return picked.map((at) => (kind === 'cascading' ? from.slice(0, at + 1) : [from[at]!]));
};
