/** A seeded source of whole numbers below a limit (mulberry32). */
export const seeded = (seed: number): ((below: number) => number) => {
  let state = seed >>> 0;
  return (below) => {
    state = (state + 0x6d2b79f5) >>> 0;
    let t = Math.imul(state ^ (state >>> 15), state | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) % below;
  };
};

type Draw = (below: number) => number;
type Json = null | boolean | number | string | Json[] | { [key: string]: Json };

const numbers = [0, 1, -1, 2, 3, 6, 64, 0.5, -0.0, 1e9, 2 ** 31, 2 ** 53, -(2 ** 53), 1e15, 1e308, 5e-324];
const words = [
  '',
  'x',
  'N',
  'T',
  '__proto__',
  'hasOwnProperty',
  'then',
  'constructor',
  'NaN',
  'Infinity',
  '-1',
  '2*N',
  'N*N*N',
];
const long = [
  'a'.repeat(5000),
  '('.repeat(3000),
  Array.from({ length: 22 }, (_, i) => `(a${i}+b${i})`).join('*'),
  '\u0000\u001b[2J',
];
const any: readonly Json[] = [null, true, 0, 'x', [], {}, [[]], { x: 1 }, [0, 'x', null]];

const pick = <A>(draw: Draw, from: readonly A[]): A => from[draw(from.length)]!;

/** All places of a document: what holds a value, and under which key. */
const placesIn = (
  json: Json,
): readonly { readonly holder: Json[] | { [key: string]: Json }; readonly key: string }[] => {
  if (typeof json !== 'object' || json === null) return [];
  return Object.entries(json).flatMap(([key, value]) => [{ holder: json, key }, ...placesIn(value)]);
};

const set = (holder: Json[] | { [key: string]: Json }, key: string, value: Json): void => {
  Object.defineProperty(holder, key, { value, writable: true, enumerable: true, configurable: true });
};

const otherValue = (draw: Draw, value: Json, all: readonly Json[]): Json => {
  const kind = draw(4);
  if (kind === 0) return pick(draw, any);
  if (kind === 1) return structuredClone(pick(draw, all));
  if (typeof value === 'number') return kind === 2 ? pick(draw, numbers) : value + (draw(2) === 0 ? 1 : -1);
  return draw(8) === 0 ? pick(draw, long) : pick(draw, words);
};

/** A document with one to four slips: numbers, words, deletions, repetitions, values of another kind or from elsewhere. */
export const mutated = (document: object, seed: number): unknown => {
  const draw = seeded(seed);
  const json = structuredClone(document) as { [key: string]: Json };
  for (let slips = draw(3) === 0 ? 1 + draw(4) : 1; slips > 0; slips--) {
    const places = placesIn(json);
    const { holder, key } = pick(draw, places);
    const value = (holder as { [key: string]: Json })[key]!;
    const kind = draw(6);
    if (kind === 0 && Array.isArray(holder)) holder.splice(Number(key), 1);
    else if (kind === 0) delete (holder as { [key: string]: Json })[key];
    else if (kind === 1 && Array.isArray(holder)) holder.splice(draw(holder.length + 1), 0, structuredClone(value));
    else if (kind === 1) set(holder, pick(draw, words) || 'again', structuredClone(value));
    else
      set(
        holder,
        key,
        otherValue(
          draw,
          value,
          places.map((place) => (place.holder as { [key: string]: Json })[place.key]!),
        ),
      );
  }
  return json;
};
