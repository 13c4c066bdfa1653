/** Numbers in [0, 1) from a seed: mulberry32. */
export const uniform = (seed: number): (() => number) => {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let t = state;
    t = Math.imul(t ^ (t >>> 15), t | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
  };
};

/** `length` values from a distribution of mean 0 and the given deviation (uniform: cheap, and the shape does not matter here). */
export const noise = (length: number, deviation: number, next: () => number): Float32Array => {
  const out = new Float32Array(length);
  const width = deviation * Math.sqrt(12);
  for (let i = 0; i < length; i++) out[i] = (next() - 0.5) * width;
  return out;
};
