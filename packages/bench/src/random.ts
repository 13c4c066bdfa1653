/** `length` values from a distribution of mean 0 and the given deviation (uniform: cheap, and the shape does not matter here). */
export const noise = (length: number, deviation: number, next: () => number): Float32Array => {
  const out = new Float32Array(length);
  const width = deviation * Math.sqrt(12);
  for (let i = 0; i < length; i++) out[i] = (next() - 0.5) * width;
  return out;
};
