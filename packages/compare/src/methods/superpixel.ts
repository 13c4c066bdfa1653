import type { Regions } from './region.js';

/** Rounds of assigning pixels and moving centres: 10 suffice (Achanta et al. 2012, section 3). */
const rounds = 10;

/** The pixels of a picture, each a point: its row and column, scaled, and then its colour. */
interface Points {
  readonly values: Float64Array;
  /** Numbers of each point. */
  readonly size: number;
  readonly count: number;
  readonly width: number;
}

const pointsOf = (
  row: ArrayLike<number>,
  [channels = 1, height = 1, width = 1]: readonly number[],
  scale: number,
): Points => {
  let [low, high] = [Infinity, -Infinity];
  for (let i = 0; i < row.length; i++) [low, high] = [Math.min(low, row[i]!), Math.max(high, row[i]!)];
  const spread = high > low ? high - low : 1;
  const [size, count] = [2 + channels, height * width];
  const values = new Float64Array(count * size);
  for (let pixel = 0; pixel < count; pixel++) {
    values[pixel * size] = Math.floor(pixel / width) * scale;
    values[pixel * size + 1] = (pixel % width) * scale;
    for (let c = 0; c < channels; c++) values[pixel * size + 2 + c] = row[c * count + pixel]! / spread;
  }
  return { values, size, count, width };
};

/** Squared distance of a point to a centre in the numbers from `first` on. */
const apart = ({ values, size }: Points, pixel: number, centre: Float64Array, first: number): number => {
  let sum = 0;
  for (let i = first; i < size; i++) sum += (values[pixel * size + i]! - centre[i]!) ** 2;
  return sum;
};

const meanOf = ({ values, size }: Points, pixels: readonly number[]): Float64Array => {
  const mean = new Float64Array(size);
  for (const pixel of pixels) for (let i = 0; i < size; i++) mean[i]! += values[pixel * size + i]! / pixels.length;
  return mean;
};

/** Assigns pixels to the nearest of the centres that are at most `reach` away along either axis, and moves the centres. */
const cluster = (points: Points, labels: Int32Array, clusters: number, reach: number): void => {
  const { values, size } = points;
  let centres: readonly Float64Array[] = [];
  for (let round = 0; round < rounds; round++) {
    const members = Array.from({ length: clusters }, (): number[] => []);
    labels.forEach((label, pixel) => members[label]!.push(pixel));
    centres = members.map((pixels, k) => (pixels.length > 0 ? meanOf(points, pixels) : centres[k]!));
    for (let pixel = 0; pixel < points.count; pixel++) {
      let least = Infinity;
      const at = pixel * size;
      centres.forEach((centre, k) => {
        if (Math.abs(values[at]! - centre[0]!) > reach || Math.abs(values[at + 1]! - centre[1]!) > reach) return;
        const far = apart(points, pixel, centre, 0);
        if (far < least) [least, labels[pixel]] = [far, k];
      });
    }
  }
};

const beside = ({ count, width }: Points, p: number): readonly number[] =>
  [p % width ? p - 1 : -1, (p + 1) % width ? p + 1 : -1, p - width, p + width].filter((q) => q >= 0 && q < count);

/** Replaces labels by those of connected parts; a part of fewer than `least` pixels joins its neighbour of the nearest colour. */
const connect = (points: Points, labels: Int32Array, least: number): void => {
  const part = new Int32Array(points.count).fill(-1);
  const parts: number[][] = [];
  for (let start = 0; start < points.count; start++) {
    if (part[start] !== -1) continue;
    const pixels = [start];
    part[start] = parts.length;
    for (const pixel of pixels)
      for (const next of beside(points, pixel)) {
        if (part[next] !== -1 || labels[next] !== labels[start]) continue;
        part[next] = parts.length;
        pixels.push(next);
      }
    parts.push(pixels);
  }
  parts.forEach((pixels, k) => {
    if (pixels.length >= least) return;
    const around = new Set(pixels.flatMap((pixel) => beside(points, pixel)).filter((at) => part[at] !== k));
    const own = meanOf(points, pixels);
    const [nearest] = [...around].toSorted((a, b) => apart(points, a, own, 2) - apart(points, b, own, 2) || a - b);
    if (nearest === undefined) return;
    const to = part[nearest]!;
    for (const pixel of pixels) part[pixel] = to;
    for (const one of pixels) parts[to]!.push(one);
  });
  labels.set(part);
};

/**
 * Superpixels: about `number` connected parts of a picture [C, H, W] that follow its edges, by clustering of place and
 * colour from a regular grid (SLIC, Achanta et al. 2012), without any chance. All channels of a pixel are in one part.
 * @param row the picture's values, of any range
 * @param compactness what difference of colour, as a part of the picture's spread, weighs as much as one step of the grid
 */
export const superpixelsOf = (
  row: ArrayLike<number>,
  sample: readonly number[],
  number: number,
  compactness: number,
): Regions => {
  const [channels = 1, height = 1, width = 1] = sample;
  const step = Math.sqrt((height * width) / number);
  const rows = Math.max(1, Math.min(height, Math.round(height / step)));
  const columns = Math.max(1, Math.min(width, Math.round(number / rows)));
  const points = pointsOf(row, sample, compactness / step);
  const labels = Int32Array.from({ length: points.count }, (_, pixel) => {
    const [y, x] = [Math.floor(pixel / width), pixel % width];
    return Math.floor((y * rows) / height) * columns + Math.floor((x * columns) / width);
  });
  cluster(points, labels, rows * columns, compactness);
  connect(points, labels, step ** 2 / 4);
  const names = new Map([...new Set(labels)].map((label, name) => [label, name]));
  const of = Int32Array.from({ length: channels * points.count }, (_, i) => names.get(labels[i % points.count]!)!);
  return { of, count: names.size };
};
