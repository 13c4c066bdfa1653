/** How GridSample reads between and outside of the elements of an axis. */
export interface Reading {
  readonly mode: 'linear' | 'nearest' | 'cubic';
  readonly padding: 'zeros' | 'border' | 'reflection';
  readonly alignCorners: boolean;
}

/** An element of an axis and what it counts; outside of the axis (−1) is 0. */
export interface Tap {
  readonly at: number;
  readonly weight: number;
}

const clamped = (place: number, low: number, high: number): number => Math.min(Math.max(place, low), high);

/** The place mirrored at both ends, as often as it takes. */
const mirrored = (place: number, low: number, high: number): number => {
  const range = high - low;
  if (range <= 0) return low;
  const beyond = place < low ? low - place : place > high ? place - high : 0;
  if (beyond === 0) return place;
  const turns = Math.floor(beyond / range);
  const rest = beyond - turns * range;
  const fromLow = place < low === (turns % 2 === 0);
  return fromLow ? low + rest : high - rest;
};

/** To the nearest whole number, of two equally near ones to the even one. */
const roundedToEven = (place: number): number => {
  const below = Math.floor(place);
  const rest = place - below;
  return rest < 0.5 || (rest === 0.5 && below % 2 === 0) ? below : below + 1;
};

const slope = -0.75;

/** Weights of the four elements around a place between the second and the third of them (Keys, with a = −3/4). */
const cubic = (t: number): readonly number[] => {
  const near = (d: number): number => ((slope + 2) * d - (slope + 3)) * d * d + 1;
  const far = (d: number): number => ((slope * d - 5 * slope) * d + 8 * slope) * d - 4 * slope;
  return [far(1 + t), near(t), near(1 - t), far(2 - t)];
};

/**
 * The elements of an axis of `size` that GridSample reads at the coordinate `g`, which is −1 at its begin and 1 at its end.
 * The place is rounded to float32 as engines do, so that ties of the nearest fall alike.
 */
export const tapsAt = (g: number, size: number, { mode, padding, alignCorners }: Reading): readonly Tap[] => {
  const [low, high] = alignCorners ? [0, size - 1] : [-0.5, size - 0.5];
  const inside = (place: number): number => {
    if (place >= low && place <= high) return place;
    if (padding === 'border') return mode === 'cubic' ? place : clamped(place, 0, size - 1);
    return padding === 'reflection' ? mirrored(place, low, high) : place;
  };
  const from = Math.fround(g + 1);
  const exact = Math.fround(alignCorners ? (from / 2) * (size - 1) : Math.fround(Math.fround(from * size) - 1) / 2);
  const place = inside(mode === 'nearest' ? roundedToEven(exact) : exact);
  const element = (at: number): number => {
    if (at >= 0 && at < size) return at;
    if (padding === 'zeros') return -1;
    return padding === 'border' ? clamped(at, 0, size - 1) : clamped(Math.trunc(mirrored(at, low, high)), 0, size - 1);
  };
  if (mode === 'nearest') return [{ at: element(Math.trunc(place)), weight: 1 }];
  const begin = Math.floor(place);
  const t = place - begin;
  const weights = mode === 'linear' ? [1 - t, t] : cubic(t);
  const first = mode === 'linear' ? begin : begin - 1;
  return weights.map((weight, i) => ({ at: element(first + i), weight }));
};
