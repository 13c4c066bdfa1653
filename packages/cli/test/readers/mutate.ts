/** Whole numbers from 0 to below `n`, always the same for a seed (mulberry32). */
export type Below = (n: number) => number;

export const below = (seed: number): Below => {
  let state = seed >>> 0;
  return (n) => {
    state = (state + 0x6d2b79f5) >>> 0;
    let t = Math.imul(state ^ (state >>> 15), state | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return Math.floor((((t ^ (t >>> 14)) >>> 0) / 2 ** 32) * n);
  };
};

const pick = <A>(of: readonly A[], next: Below): A => of[next(of.length)]!;

const words: readonly (readonly number[])[] = [
  [0],
  [0xff],
  [0x7f],
  [0x80],
  Array<number>(8).fill(0xff),
  [...Array<number>(7).fill(0xff), 0x7f],
  [...Array<number>(9).fill(0xff), 0x01],
  Array<number>(8).fill(0),
];

/** One change of bytes: some turned, left out, put in, said again, or cut off. */
const changeBytes = (bytes: Uint8Array, next: Below): Uint8Array => {
  const at = next(bytes.length + 1);
  const length = next(Math.min(40, bytes.length - at) + 1);
  const [before, part, after] = [bytes.subarray(0, at), bytes.subarray(at, at + length), bytes.subarray(at + length)];
  switch (next(9)) {
    case 0:
      return Uint8Array.from([...before, ...part.map((byte) => byte ^ (1 << next(8))), ...after]);
    case 6:
    case 7:
    case 8:
      return bytes.map((byte, i) =>
        i === at ? pick([byte ^ (1 << next(8)), 0, 1, 0x7f, 0xff, next(256)], next) : byte,
      );
    case 1:
      return Uint8Array.from([...before, ...after]);
    case 2:
      return Uint8Array.from([...before, ...pick(words, next), ...part, ...after]);
    case 3:
      return Uint8Array.from([...before, ...pick(words, next), ...part.subarray(pick(words, next).length), ...after]);
    case 4:
      return Uint8Array.from([...before, ...Array.from({ length: 1 + next(60) }, () => [...part]).flat(), ...after]);
    default:
      return bytes.slice(0, at);
  }
};

const several = <A>(one: A, change: (value: A, next: Below) => A, next: Below): A => {
  let value = one;
  for (let left = 1 + next(4); left > 0; left--) value = change(value, next);
  return value;
};

/** Spoils the document at the beginning of a file (after `start` bytes) and leaves what follows. */
export const mutateHead = (bytes: Uint8Array, start: number, end: number, next: Below): Uint8Array => {
  const json = JSON.parse(new TextDecoder().decode(bytes.subarray(start, end))) as unknown;
  const head = mutateDocument(json, next);
  const out = Uint8Array.from([...bytes.subarray(0, start), ...head, ...bytes.subarray(end)]);
  new DataView(out.buffer).setBigUint64(0, BigInt(head.length), true);
  return out;
};

export const mutateBytes = (bytes: Uint8Array, next: Below): Uint8Array => several(bytes, changeBytes, next);

const deep = (levels: number): unknown => {
  let value: unknown = 0;
  for (let i = 0; i < levels; i++) value = i % 2 === 0 ? [value] : { a: value };
  return value;
};

const values: readonly ((next: Below) => unknown)[] = [
  () => null,
  () => true,
  () => -1,
  () => 0,
  () => 0.5,
  () => 2 ** 53,
  () => -(2 ** 63),
  () => 1e308,
  () => '',
  () => ' ',
  () => '..',
  () => '\0\u001b[31m\uffff',
  () => 'Infinity',
  () => '('.repeat(3000),
  () => '-'.repeat(3000),
  () => 'a'.repeat(20000),
  () => `${'a*'.repeat(40)}!`,
  () => ({}),
  () => [],
  () => ({ __proto__: null, constructor: 1, toString: 2 }),
  () => JSON.parse('{"__proto__": {"x": 1}}') as unknown,
  (next) => deep(next(200)),
  (next) => Array<unknown>(next(3000)).fill(pick([0, null, 'a', {}, []], next)),
  (next) => Object.fromEntries(Array.from({ length: next(500) }, (_, i) => [`k${i}`, i])),
];

type Slot = readonly [holder: Record<string, unknown>, key: string];

const slotsOf = (value: unknown, into: Slot[]): readonly Slot[] => {
  if (typeof value !== 'object' || value === null) return into;
  const holder = value as Record<string, unknown>;
  for (const key of Object.keys(holder)) {
    into.push([holder, key]);
    slotsOf(holder[key], into);
  }
  return into;
};

/** One change of a document: a value put in place of another, taken from elsewhere in it, left out, or under another key. */
const changeJson = (json: unknown, next: Below): unknown => {
  const root = { root: structuredClone(json) };
  const slots = slotsOf(root, []);
  const [holder, key] = pick(slots, next);
  switch (next(6)) {
    case 0:
    case 1:
    case 2:
      holder[key] = pick(values, next)(next);
      break;
    case 3: {
      const [other, from] = pick(slots, next);
      holder[key] = structuredClone(other[from]);
      break;
    }
    case 4:
      if (Array.isArray(holder)) holder.splice(Number(key), 1);
      else if (key !== 'root') delete holder[key];
      break;
    default:
      if (typeof holder[key] === 'string')
        holder[key] = new TextDecoder().decode(mutateBytes(new TextEncoder().encode(holder[key]), next));
      else if (!Array.isArray(holder) && key !== 'root')
        holder[pick(['toString', '__proto__', 'length', `${key}x`], next)] = holder[key];
  }
  return root.root;
};

/** A document with its structure changed, or one time in four the bytes of its text. */
export const mutateDocument = (json: unknown, next: Below): Uint8Array => {
  const text = new TextEncoder().encode(JSON.stringify(next(4) === 0 ? json : several(json, changeJson, next)) ?? '');
  return next(4) === 0 ? mutateBytes(text, next) : text;
};
