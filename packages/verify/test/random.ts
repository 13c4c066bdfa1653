/** Random choices that a seed repeats. */
export interface Random {
  readonly below: (count: number) => number;
  readonly chance: (of: number) => boolean;
  /** One of the options; undefined where there is none. */
  readonly pick: <T>(options: readonly T[]) => T;
}

export const randomFrom = (seed: number): Random => {
  let state = seed >>> 0;
  const next = (): number => {
    state = (state + 0x6d2b79f5) >>> 0;
    const once = Math.imul(state ^ (state >>> 15), state | 1);
    const twice = once ^ (once + Math.imul(once ^ (once >>> 7), once | 61));
    return ((twice ^ (twice >>> 14)) >>> 0) / 2 ** 32;
  };
  const below = (count: number): number => Math.floor(next() * count);
  return { below, chance: (of) => next() < of, pick: (options) => options[below(options.length)]! };
};
