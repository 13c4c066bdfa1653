import { sizeOf } from '@kirchhoff/graph';

/** A partition of the elements of one sample: the part that each element belongs to, and how many parts there are. */
export interface Regions {
  readonly of: Int32Array;
  readonly count: number;
}

/**
 * The parts of a sample that are removed together. A picture [C, H, W] falls into squares of `side` pixels, all channels
 * of a pixel together; a text [T, E] into its tokens; anything else into its elements.
 */
export const regionsOf = (sample: readonly number[], side = 1): Regions => {
  const of = new Int32Array(sizeOf(sample));
  if (sample.length === 3) {
    const [, height = 1, width = 1] = sample;
    const columns = Math.ceil(width / side);
    for (let i = 0; i < of.length; i++) {
      const pixel = i % (height * width);
      of[i] = Math.floor(Math.floor(pixel / width) / side) * columns + Math.floor((pixel % width) / side);
    }
    return { of, count: Math.ceil(height / side) * columns };
  }
  const inner = sample.length === 2 ? sample[1]! : 1;
  for (let i = 0; i < of.length; i++) of[i] = Math.floor(i / inner);
  return { of, count: of.length / inner };
};

/** The values of each region, summed. */
export const regionSums = ({ of, count }: Regions, values: ArrayLike<number>): Float64Array => {
  const sums = new Float64Array(count);
  for (let i = 0; i < of.length; i++) sums[of[i]!]! += values[i]!;
  return sums;
};

/** A map in which every element holds an equal part of its region's value. */
export const spreadOver = ({ of, count }: Regions, values: ArrayLike<number>, row: Float32Array): void => {
  const sizes = new Int32Array(count);
  for (const region of of) sizes[region]!++;
  for (let i = 0; i < of.length; i++) row[i] = values[of[i]!]! / sizes[of[i]!]!;
};
