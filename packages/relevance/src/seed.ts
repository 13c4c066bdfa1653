import type { Seed } from '@kirchhoff/rule';
import type { Dim } from '@kirchhoff/graph';
import { refuse, relevanceSays } from '@kirchhoff/message';
import type { Builder } from './builder.js';
import { samplesFirst, type Sampling } from './per-sample.js';
import { reshapeLike } from './value.js';

/** One output of each sample: its greatest, or the one at an index (row-major within a sample). */
export type Selection = 'argmax' | number;

/**
 * What is explained, as weights over the outputs of each sample:
 * one output (`argmax`, `index`), some together (`mask`), one minus another or minus the mean of all the others
 * (`contrast`), the outputs whose indices are given at run time as the graph input `target`, one for each sample
 * (`input`; an index that is out of range explains nothing), or whatever relevance of the output is given there (`tensor`).
 */
export type Target =
  | { readonly kind: 'argmax' }
  | { readonly kind: 'index'; readonly index: number }
  | { readonly kind: 'mask'; readonly indices: readonly number[] }
  | { readonly kind: 'contrast'; readonly of: Selection; readonly against: number | 'rest' }
  | { readonly kind: 'input' }
  | { readonly kind: 'tensor' };

export interface Seeded {
  /** Relevance of the output. */
  readonly R: string;
  /** Index of the explained output per sample, [N] or [1]; absent for a tensor and a mask. */
  readonly index: string | undefined;
  /** The explained value per sample, [N] or [1]; absent for a tensor. */
  readonly score: string | undefined;
}

/** A target in a few characters: `argmax`, `7`, `3+5`, `7-1`, `argmax-rest`. */
export const nameOfTarget = (target: Target): string => {
  switch (target.kind) {
    case 'index':
      return String(target.index);
    case 'mask':
      return target.indices.join('+');
    case 'contrast':
      return `${target.of}-${target.against}`;
    default:
      return target.kind;
  }
};

/** The outputs of a sample in one row, and how many there are. */
interface Row {
  readonly flat: string;
  readonly count: number;
  /** How many samples: the batch's symbol, or 1. */
  readonly samples: Dim;
  readonly output: string;
}

const checkIndex = ({ count, output }: Row, index: number): number =>
  Number.isInteger(index) && index >= 0 && index < count
    ? index
    : refuse('target', relevanceSays.targetOutOfRange(index, output, count));

/** 1 at the output of each sample that `index` names: [1, count] or [N, count]. */
const maskAt = (b: Builder, row: Row, index: string): string => {
  const classes = b.constant(
    'int64',
    [1, row.count],
    Array.from({ length: row.count }, (_, i) => i),
  );
  const chosen = b.emit('target.chosen', 'Equal', [classes, index]);
  return b.emit('target.mask', 'Where', [chosen, b.scalar(1), b.scalar(0)]);
};

/** 1 at the selected output of each sample, and the index itself. */
const oneHot = (b: Builder, row: Row, selection: Selection): { readonly mask: string; readonly index: string } => {
  const greatest = b.emit('target.argmax', 'ArgMax', [row.flat], { axis: 1, keepdims: 1 });
  const index =
    selection === 'argmax'
      ? greatest
      : b.emit('target.index', 'Add', [
          b.emit('target.zero', 'Mul', [greatest, b.constant('int64', [], [0])]),
          b.constant('int64', [], [checkIndex(row, selection)]),
        ]);
  return { mask: maskAt(b, row, index), index };
};

const constantRow = (b: Builder, row: Row, value: (i: number) => number): string =>
  b.constant(
    b.float,
    [1, row.count],
    Array.from({ length: row.count }, (_, i) => value(i)),
  );

/** The weight of each output in what is explained, and the index of the output in question. */
const weightsOf = (
  b: Builder,
  row: Row,
  target: Exclude<Target, { kind: 'tensor' }>,
): { readonly weights: string; readonly index: string | undefined } => {
  switch (target.kind) {
    case 'argmax':
    case 'index': {
      const { mask, index } = oneHot(b, row, target.kind === 'argmax' ? 'argmax' : target.index);
      return { weights: mask, index };
    }
    case 'input': {
      const index = b.emit('target.index', 'Unsqueeze', [b.input('target', 'int64', [row.samples]), b.ints([1])]);
      return { weights: maskAt(b, row, index), index };
    }
    case 'mask': {
      const chosen = new Set(target.indices.map((index) => checkIndex(row, index)));
      return { weights: constantRow(b, row, (i) => Number(chosen.has(i))), index: undefined };
    }
    case 'contrast': {
      const { mask, index } = oneHot(b, row, target.of);
      if (target.against !== 'rest') {
        const against = checkIndex(row, target.against);
        const other = constantRow(b, row, (i) => Number(i === against));
        return { weights: b.emit('target.contrast', 'Sub', [mask, other]), index };
      }
      if (row.count < 2) return refuse('target', relevanceSays.nothingAgainst(row.output));
      const share = b.scalar(1 / (row.count - 1));
      const rest = b.emit('target.rest', 'Mul', [b.emit('target.rest', 'Sub', [b.scalar(1), mask]), share]);
      return { weights: b.emit('target.contrast', 'Sub', [mask, rest]), index };
    }
  }
};

/**
 * The relevance that an explanation starts from: with seed `value` the weighted outputs themselves (they sum to the
 * explained value), with `one` the weights.
 */
export const seedOutput = (b: Builder, output: string, target: Target, seed: Seed, sampling: Sampling): Seeded => {
  if (target.kind === 'tensor') {
    return { R: b.input('target', b.float, b.dims(output)), index: undefined, score: undefined };
  }
  const first = samplesFirst(b, output, sampling, `${output}.samples`);
  const whole = first?.tensor ?? output;
  const dims = b.dims(whole);
  const rest = first === undefined ? dims : dims.slice(1);
  if (!rest.every((dim) => typeof dim === 'number')) return refuse(output, relevanceSays.symbolicOutput(dims));
  const count = rest.reduce((n, dim) => n * dim, 1);
  const flat =
    dims.length === 2 && rest.length === 1 ? whole : b.emit(`${output}.flat`, 'Reshape', [whole, b.ints([-1, count])]);
  const { weights, index } = weightsOf(b, { flat, count, samples: rest === dims ? 1 : dims[0]!, output }, target);
  const value = b.emit('target.value', 'Mul', [weights, flat]);
  const zeros = b.emit('target.zeros', 'Mul', [flat, b.scalar(0)]);
  const R = seed === 'value' ? value : b.emit('target.one', 'Add', [weights, zeros]);
  const shaped = reshapeLike(b, R, whole, 'seed');
  return {
    R: first === undefined ? shaped : first.back(shaped),
    index: index && b.emit('target.flat', 'Reshape', [index, b.ints([-1])]),
    score: b.emit('target.score', 'ReduceSum', [value, b.ints([1])], { keepdims: 0 }),
  };
};
