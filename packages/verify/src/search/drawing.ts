import * as fc from 'fast-check';

/** Draws values one after another, so that a generator reads like the thing that it makes. */
export interface Draw {
  /** A whole number in [min, max]; the simplest is `min`. */
  readonly integer: (min: number, max: number) => number;
  readonly flag: () => boolean;
  /** One of the options; the simplest stands first. */
  readonly pick: <T>(options: readonly T[]) => T;
  /** Multiples of 1/4 in [low, high]: sums of their products are exact, so that they cancel exactly. */
  readonly coarse: (count: number, low?: number, high?: number) => number[];
  /** Numbers in [low, high] that float32 can hold. */
  readonly fine: (count: number, low?: number, high?: number) => number[];
}

/** What is drawn from: decisions, and numbers in [-1, 1], which are used over and over. */
export interface Drawing {
  readonly choices: readonly number[];
  readonly pool: readonly number[];
}

const mostChoices = 64;
const mostNumbers = 97;

/** Nothing is so small that its square vanishes in float32. */
const fineness = 2 ** 20;

/** Random drawings. They shrink to the simplest choices and to few small round numbers. */
export const drawings: fc.Arbitrary<Drawing> = fc.record({
  choices: fc.array(fc.nat(0xffff), { maxLength: mostChoices, size: 'max' }),
  pool: fc.array(
    fc.oneof(
      { withCrossShrink: true },
      { weight: 1, arbitrary: fc.constantFrom(0.5, 1, -0.5, -1, 0.25, -0.25, 0) },
      { weight: 4, arbitrary: fc.integer({ min: -fineness, max: fineness }).map((part) => part / fineness) },
    ),
    { minLength: 1, maxLength: mostNumbers, size: 'max' },
  ),
});

/** Into [low, high]: mirrored at 0 where the other side is the larger, then cut off. */
const into = (value: number, low: number, high: number): number =>
  Math.min(
    Math.max(value < low && -value <= high ? -value : value > high && -value >= low ? -value : value, low),
    high,
  );

/** Reads a drawing from its start. Where choices have run out, every further one is the simplest. */
export const drawFrom = ({ choices, pool }: Drawing): Draw => {
  let chosen = 0;
  let used = 0;
  const integer = (min: number, max: number): number => min + ((choices[chosen++] ?? 0) % (max - min + 1));
  const numbers = (count: number, low: number, high: number, round: (value: number) => number): number[] =>
    Array.from({ length: count }, () => {
      const value = round(pool[used++ % pool.length]! * Math.max(Math.abs(low), Math.abs(high)));
      return into(value, low, high) + 0;
    });
  return {
    integer,
    flag: () => integer(0, 1) === 1,
    pick: (options) => options[integer(0, options.length - 1)]!,
    coarse: (count, low = -2, high = 2) => numbers(count, low, high, (value) => Math.round(4 * value) / 4),
    fine: (count, low = -1, high = 1) => numbers(count, low, high, Math.fround),
  };
};
