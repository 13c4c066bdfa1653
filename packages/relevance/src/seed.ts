import type { Dim } from '@kirchhoff/graph';
import { refuse } from '@kirchhoff/message';
import type { Seed } from '@kirchhoff/rule';
import type { Builder } from './builder.js';
import { samplesFirst, type Sampling } from './per-sample.js';
import { classAxisOf, flatIndexOf, wrongTarget, type Place, type Selection, type Spot, type Target } from './target.js';
import { reshapeLike, reshapeTo, shapeTensor, sizeAt, sizeTensor, type Size } from './value.js';

export interface Seeded {
  /** Relevance of the output. */
  readonly R: string;
  /** Index of the explained output per sample, [N] or [1]; absent for a tensor, weights and a mask. */
  readonly index: string | undefined;
  /** The explained value per sample, [N] or [1]; absent for a tensor. */
  readonly score: string | undefined;
  /** The shape of one sample's output. */
  readonly sample: readonly Dim[];
}

/** The outputs of a sample in one row, and by their axes. */
interface Row {
  /** [samples, count]. */
  readonly flat: string;
  readonly count: number | undefined;
  /** [samples, …sample], or the sample alone. */
  readonly whole: string;
  /** The number of axes before those of the sample: 1, or 0. */
  readonly lead: number;
  readonly sample: readonly Size[];
  /** How many samples: the batch's symbol, or 1. */
  readonly samples: Dim;
  readonly classAxis?: number | undefined;
}

/** 0, 1, 2, … up to the number of outputs: [1, count]. */
const indices = (b: Builder, { flat, count }: Row): string => {
  if (count !== undefined)
    return b.constant(
      'int64',
      [1, count],
      Array.from({ length: count }, (_, i) => i),
    );
  const integer = (value: number): string => b.constant('int64', [], [value]);
  const size = b.emit('target.count', 'Squeeze', [sizeTensor(b, { of: flat, axis: 1 }), b.ints([0])]);
  return b.emit('target.all', 'Unsqueeze', [
    b.emit('target.all', 'Range', [integer(0), size, integer(1)]),
    b.ints([0]),
  ]);
};

const asWeights = (b: Builder, chosen: string): string =>
  b.emit('target.mask', 'Where', [chosen, b.scalar(1), b.scalar(0)]);

/** True at the output of each sample that `index` names: [1, count] or [N, count]. */
const chosenAt = (b: Builder, row: Row, index: string): string =>
  b.emit('target.chosen', 'Equal', [indices(b, row), index]);

/** The place along an axis, [1]. */
const coordinate = (b: Builder, size: Size, at: Exclude<Place, 'argmax'>): string => {
  if (typeof at === 'number') return b.ints([at]);
  return typeof size === 'number'
    ? b.ints([size - 1])
    : b.emit('target.last', 'Sub', [sizeTensor(b, size), b.ints([1])]);
};

/** The place along `axis` at which each sample is greatest, the places along the others being given: [N, 1] or [1, 1]. */
const greatestAlong = (b: Builder, { whole, lead, sample }: Row, place: readonly Place[], axis: number): string => {
  let part = whole;
  for (const [i, at] of place.entries()) {
    if (at === 'argmax') continue;
    const size = sample[i]!;
    const wanted = coordinate(b, size, at);
    // A place beyond an open size is refused once the size is known; until then it must not stop the graph.
    const inside =
      typeof size === 'number' || at === 'last'
        ? wanted
        : b.emit('target.inside', 'Min', [wanted, coordinate(b, size, 'last')]);
    part = b.emit('target.part', 'Gather', [part, inside], { axis: lead + i });
  }
  const rows = reshapeTo(b, part, [-1, sizeAt(b, whole, lead + axis)], 'target.rows');
  return b.emit('target.argmax', 'ArgMax', [rows], { axis: 1, keepdims: 1 });
};

/** The index of a place, [1] or [N, 1]. */
const indexOfPlace = (b: Builder, row: Row, place: readonly Place[]): string => {
  const along = place.map((at, axis) =>
    at === 'argmax' ? greatestAlong(b, row, place, axis) : coordinate(b, row.sample[axis]!, at),
  );
  return along.slice(1).reduce((index, at, i) => {
    const scaled = b.emit('target.index', 'Mul', [index, sizeTensor(b, row.sample[i + 1]!)]);
    return b.emit('target.index', 'Add', [scaled, at]);
  }, along[0]!);
};

const plainIndex = (row: Row, spot: Spot): number | undefined => {
  if (typeof spot === 'number') return spot;
  const sizes = row.sample.filter((size) => typeof size === 'number');
  return sizes.length === row.sample.length ? flatIndexOf(spot, sizes) : undefined;
};

/** The index of the selected output of each sample: [N, 1] or [1, 1]. */
const indexOf = (b: Builder, row: Row, selection: Selection): string => {
  const greatest = b.emit('target.argmax', 'ArgMax', [row.flat], { axis: 1, keepdims: 1 });
  if (selection === 'argmax') return greatest;
  const plain = plainIndex(row, selection);
  return b.emit('target.index', 'Add', [
    b.emit('target.zero', 'Mul', [greatest, b.constant('int64', [], [0])]),
    plain === undefined && typeof selection === 'object'
      ? indexOfPlace(b, row, selection)
      : b.constant('int64', [], [plain ?? 0]),
  ]);
};

/** 1 at each of these outputs: [1, count] or [N, count]. */
const together = (b: Builder, row: Row, spots: readonly Spot[]): string => {
  const plain = spots.map((spot) => plainIndex(row, spot));
  if (row.count !== undefined && plain.every((index) => index !== undefined)) {
    const chosen = new Set(plain);
    return b.constant(
      b.float,
      [1, row.count],
      Array.from({ length: row.count }, (_, i) => Number(chosen.has(i))),
    );
  }
  return asWeights(
    b,
    spots
      .map((spot) => chosenAt(b, row, indexOf(b, row, spot)))
      .reduce((all, one) => b.emit('target.chosen', 'Or', [all, one])),
  );
};

/** 1 at all classes of a place's position: [1, count]; undefined where the whole sample is one position. */
const besides = (b: Builder, { sample, classAxis }: Row, selection: Selection): string | undefined => {
  if (typeof selection !== 'object' || sample.length < 2) return undefined;
  const axis = classAxisOf(sample.length, selection, classAxis);
  const integer = (value: number): string => b.constant('int64', [], [value]);
  const alike = selection.flatMap((at, i) => {
    if (i === axis || at === 'argmax') return [];
    const size = b.emit('target.size', 'Squeeze', [sizeTensor(b, sample[i]!), b.ints([0])]);
    const all = b.emit('target.places', 'Range', [integer(0), size, integer(1)]);
    const shaped = b.emit('target.places', 'Reshape', [all, b.ints(sample.map((_, k) => (k === i ? -1 : 1)))]);
    return [b.emit('target.position', 'Equal', [shaped, coordinate(b, sample[i]!, at)])];
  });
  const position = asWeights(
    b,
    alike.reduce((all, one) => b.emit('target.position', 'And', [all, one])),
  );
  const wide = b.emit('target.position', 'Expand', [position, shapeTensor(b, sample, 'target.position')]);
  return b.emit('target.position', 'Reshape', [wide, b.ints([1, -1])]);
};

/** 1 divided by one less than a number of outputs. */
const shareOfRest = (b: Builder, count: number | undefined, among: string): string => {
  if (count !== undefined) return b.scalar(1 / (count - 1));
  const all = b.emit('target.rest', 'ReduceSum', [among, b.ints([1])], { keepdims: 1 });
  return b.emit('target.rest', 'Div', [b.scalar(1), b.emit('target.rest', 'Sub', [all, b.scalar(1)])]);
};

/** The weight of each output in what is explained, and the index of the output in question. */
const weightsOf = (
  b: Builder,
  row: Row,
  target: Exclude<Target, { kind: 'tensor' }>,
): { readonly weights: string; readonly index: string | undefined } => {
  switch (target.kind) {
    case 'argmax':
    case 'index': {
      const index = indexOf(b, row, target.kind === 'argmax' ? 'argmax' : target.index);
      return { weights: asWeights(b, chosenAt(b, row, index)), index };
    }
    case 'input': {
      const index = b.emit('target.index', 'Unsqueeze', [b.input('target', 'int64', [row.samples]), b.ints([1])]);
      return { weights: asWeights(b, chosenAt(b, row, index)), index };
    }
    case 'mask':
      return { weights: together(b, row, target.indices), index: undefined };
    case 'weights':
      return { weights: b.constant(b.float, [1, target.data.length], target.data), index: undefined };
    case 'contrast': {
      const index = indexOf(b, row, target.of);
      const mask = asWeights(b, chosenAt(b, row, index));
      if (target.against !== 'rest')
        return { weights: b.emit('target.contrast', 'Sub', [mask, together(b, row, [target.against])]), index };
      const position = besides(b, row, target.of);
      const among =
        position ??
        (row.count === undefined
          ? b.emit('target.ones', 'Add', [b.emit('target.ones', 'Mul', [mask, b.scalar(0)]), b.scalar(1)])
          : b.scalar(1));
      const share = shareOfRest(b, position === undefined ? row.count : undefined, among);
      const rest = b.emit('target.rest', 'Mul', [b.emit('target.rest', 'Sub', [among, mask]), share]);
      return { weights: b.emit('target.contrast', 'Sub', [mask, rest]), index };
    }
  }
};

/**
 * The relevance that an explanation starts from: with seed `value` the weighted outputs themselves (they sum to the
 * explained value), with `one` the weights.
 */
export const seedOutput = (
  b: Builder,
  output: string,
  target: Target,
  seed: Seed,
  sampling: Sampling,
  classAxis?: number,
): Seeded => {
  const first = samplesFirst(b, output, sampling, `${output}.samples`);
  const whole = first?.tensor ?? output;
  const dims = b.dims(whole);
  const lead = first === undefined ? 0 : 1;
  const sample = dims.slice(lead);
  if (target.kind === 'tensor')
    return { R: b.input('target', b.float, b.dims(output)), index: undefined, score: undefined, sample };
  const wrong = wrongTarget(
    target,
    sample.map((dim) => (typeof dim === 'number' ? dim : undefined)),
    output,
  );
  if (wrong !== undefined) refuse('target', wrong);
  const known = sample.every((dim) => typeof dim === 'number');
  const count = known ? sample.reduce((n, dim) => n * dim, 1) : undefined;
  const row = count === undefined ? [lead === 1 ? 0 : 1, -1] : [-1, count];
  const flat = dims.length === 2 && lead === 1 ? whole : b.emit(`${output}.flat`, 'Reshape', [whole, b.ints(row)]);
  const sizes = sample.map((_, axis) => sizeAt(b, whole, lead + axis));
  const samples = lead === 1 ? dims[0]! : 1;
  const { weights, index } = weightsOf(b, { flat, count, whole, lead, sample: sizes, samples, classAxis }, target);
  const value = b.emit('target.value', 'Mul', [weights, flat]);
  const zeros = b.emit('target.zeros', 'Mul', [flat, b.scalar(0)]);
  const R = seed === 'value' ? value : b.emit('target.one', 'Add', [weights, zeros]);
  const shaped = reshapeLike(b, R, whole, 'seed');
  return {
    R: first === undefined ? shaped : first.back(shaped),
    index: index && b.emit('target.flat', 'Reshape', [index, b.ints([-1])]),
    score: b.emit('target.score', 'ReduceSum', [value, b.ints([1])], { keepdims: 0 }),
    sample,
  };
};
