/** The sign of a number. */
export type Sign = -1 | 0 | 1;

/** What is known of a number's sign: a set of the signs it may have, as bits. */
export type Signs = number;

export const negative: Signs = 1;
export const naught: Signs = 2;
export const positive: Signs = 4;
export const notNegative: Signs = naught | positive;
export const notPositive: Signs = negative | naught;
export const anySign: Signs = negative | naught | positive;

/** In the order in which cases are told. */
export const allSigns: readonly Sign[] = [1, 0, -1];

export const bitOf = (sign: Sign): Signs => (sign > 0 ? positive : sign < 0 ? negative : naught);

export const has = (signs: Signs, sign: Sign): boolean => (signs & bitOf(sign)) !== 0;

/** Whether every sign of `signs` is one of `allowed`. */
export const within = (signs: Signs, allowed: Signs): boolean => (signs & ~allowed) === 0;

/** The one sign that is left, if only one is. */
export const onlySign = (signs: Signs): Sign | undefined =>
  signs === positive ? 1 : signs === negative ? -1 : signs === naught ? 0 : undefined;

export const opposite = (signs: Signs): Signs =>
  (signs & naught) | (signs & negative ? positive : 0) | (signs & positive ? negative : 0);

const combine = (a: Signs, b: Signs, of: (x: Sign, y: Sign) => Signs): Signs => {
  let signs: Signs = 0;
  for (const x of allSigns) for (const y of allSigns) if (has(a, x) && has(b, y)) signs |= of(x, y);
  return signs;
};

export const productSigns = (a: Signs, b: Signs): Signs => combine(a, b, (x, y) => bitOf(Math.sign(x * y) as Sign));

export const sumSigns = (a: Signs, b: Signs): Signs =>
  combine(a, b, (x, y) => (x === 0 ? bitOf(y) : y === 0 || x === y ? bitOf(x) : anySign));

/** The signs of a power with a positive whole exponent. */
export const powerSigns = (signs: Signs, exponent: number): Signs =>
  exponent % 2 === 1 ? signs : (signs & naught) | (signs & (negative | positive) ? positive : 0);

/** The signs of a number whose power with a positive whole exponent has these. */
export const rootSigns = (signs: Signs, exponent: number): Signs =>
  exponent % 2 === 1 ? signs : (signs & naught) | (signs & positive ? negative | positive : 0);
