import { relevanceSays } from '@kirchhoff/message';

/** A place along one axis of a sample's output: counted from 0, the last one, or where the value is greatest. */
export type Place = number | 'last' | 'argmax';

/** One output of each sample: by its index (row-major within a sample), or by its place along every axis. */
export type Spot = number | readonly Place[];

/** One output of each sample: its greatest, or a certain one. */
export type Selection = 'argmax' | Spot;

/**
 * What is explained, as weights over the outputs of each sample:
 * one output (`argmax`, `index`), some together (`mask`), one minus another or minus the mean of the others (`contrast`; of a
 * place, of the other classes at its position), a weight for every output (`weights`), the outputs whose indices are given at
 * run time as the graph input `target`, one for each sample (`input`; an index that is out of range explains nothing), or
 * whatever relevance of the output is given there (`tensor`).
 */
export type Target =
  | { readonly kind: 'argmax' }
  | { readonly kind: 'index'; readonly index: Spot }
  | { readonly kind: 'mask'; readonly indices: readonly Spot[] }
  | { readonly kind: 'contrast'; readonly of: Selection; readonly against: Spot | 'rest' }
  | Weights
  | { readonly kind: 'input' }
  | { readonly kind: 'tensor' };

/** A weight for every output of a sample, in its shape. */
export interface Weights {
  readonly kind: 'weights';
  readonly name: string;
  readonly shape: readonly number[];
  readonly data: readonly number[];
}

const nameOf = (selection: Selection): string =>
  typeof selection === 'object' ? selection.join(':') : String(selection);

/** A target in a few characters: `argmax`, `7`, `last:7`, `3+5`, `7-1`, `argmax-rest`, the name of a file of weights. */
export const nameOfTarget = (target: Target): string => {
  switch (target.kind) {
    case 'index':
      return nameOf(target.index);
    case 'mask':
      return target.indices.map(nameOf).join('+');
    case 'contrast':
      return `${nameOf(target.of)}-${target.against === 'rest' ? 'rest' : nameOf(target.against)}`;
    case 'weights':
      return target.name;
    default:
      return target.kind;
  }
};

/**
 * The axis of a sample's classes: the one along which the greatest is asked for, else what is known of the output, else the
 * last of at most two ([position, class]), else the first ([class, row, column]).
 */
export const classAxisOf = (rank: number, place: readonly Place[] = [], known?: number): number => {
  const greatest = place.indexOf('argmax');
  if (greatest >= 0) return greatest;
  if (known !== undefined) return known;
  return rank <= 2 ? rank - 1 : 0;
};

/** The index of a place, where numbers tell it. */
export const flatIndexOf = (place: readonly Place[], sample: readonly number[]): number | undefined => {
  let index = 0;
  for (const [axis, size] of sample.entries()) {
    const at = place[axis];
    if (at === undefined || at === 'argmax') return undefined;
    index = index * size + (at === 'last' ? size - 1 : at);
  }
  return index;
};

/** Place along every axis of what lies at an index. */
export const placeOf = (index: number, sample: readonly number[]): readonly number[] => {
  const place: number[] = [];
  let rest = index;
  for (const size of sample.toReversed()) {
    place.unshift(rest % size);
    rest = Math.floor(rest / size);
  }
  return place;
};

const spotsOf = (target: Target): readonly Spot[] => {
  switch (target.kind) {
    case 'index':
      return [target.index];
    case 'mask':
      return target.indices;
    case 'contrast':
      return [target.of, target.against].filter((one) => one !== 'argmax' && one !== 'rest');
    default:
      return [];
  }
};

/** What is wrong with a target for an output of this shape, batch left out; sizes that are open are taken as they are told later. */
export const wrongTarget = (
  target: Target,
  sample: readonly (number | undefined)[],
  output: string,
): string | undefined => {
  const count = sample.reduce<number | undefined>(
    (n, size) => (n === undefined || size === undefined ? undefined : n * size),
    1,
  );
  if (target.kind === 'contrast' && target.against === 'rest' && count !== undefined && count < 2)
    return relevanceSays.nothingAgainst(output);
  if (target.kind === 'weights') {
    const fits = target.shape.length === sample.length && target.shape.every((size, i) => size === sample[i]);
    return fits ? undefined : relevanceSays.wrongWeights(target.name, target.shape, output, sample);
  }
  for (const spot of spotsOf(target)) {
    if (typeof spot === 'number') {
      const known = Number.isInteger(spot) && spot >= 0;
      if (!known || (count !== undefined && spot >= count))
        return relevanceSays.targetOutOfRange(spot, output, count ?? Infinity);
      continue;
    }
    if (spot.length !== sample.length || spot.filter((at) => at === 'argmax').length > 1)
      return relevanceSays.wrongPlace(nameOf(spot), output, sample);
    const beyond = spot.findIndex((at, axis) => typeof at === 'number' && at >= (sample[axis] ?? Infinity));
    if (beyond >= 0)
      return relevanceSays.placeOutOfRange(nameOf(spot), Number(spot[beyond]), output, beyond, sample[beyond]!);
  }
  return undefined;
};
