import { uniformFrom } from '@kirchhoff/explain';

/** Random choices that a seed repeats. */
export interface Random {
  readonly below: (count: number) => number;
  readonly chance: (of: number) => boolean;
  /** One of the options; undefined where there is none. */
  readonly pick: <T>(options: readonly T[]) => T;
}

export const randomFrom = (seed: number): Random => {
  const next = uniformFrom(seed);
  const below = (count: number): number => Math.floor(next() * count);
  return { below, chance: (of) => next() < of, pick: (options) => options[below(options.length)]! };
};
