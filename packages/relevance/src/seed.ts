import type { Seed } from '@kirchhoff/rule';
import { refuse, relevanceSays } from '@kirchhoff/message';
import type { Builder } from './builder.js';
import { reshapeLike } from './value.js';

/**
 * What is explained: the greatest output of each sample, one output by its index (in row-major order within a sample),
 * or whatever tensor is given at run time as relevance of the output (the graph input `target`).
 */
export type Target =
  { readonly kind: 'argmax' } | { readonly kind: 'index'; readonly index: number } | { readonly kind: 'tensor' };

export interface Seeded {
  /** Relevance of the output. */
  readonly R: string;
  /** Index of the explained output per sample, [N] or [1]; absent for a tensor. */
  readonly index: string | undefined;
  /** The explained value per sample, [N] or [1]; absent for a tensor. */
  readonly score: string | undefined;
}

/** The relevance that an explanation starts from: the value of the target (`value`) or a unit at it (`one`). */
export const seedOutput = (
  b: Builder,
  output: string,
  target: Target,
  seed: Seed,
  batch: string | undefined,
): Seeded => {
  if (target.kind === 'tensor') {
    return { R: b.input('target', b.float, b.dims(output)), index: undefined, score: undefined };
  }
  const dims = b.dims(output);
  const rest = batch !== undefined && dims[0] === batch ? dims.slice(1) : dims;
  if (!rest.every((dim) => typeof dim === 'number')) return refuse(output, relevanceSays.symbolicOutput(dims));
  const count = rest.reduce((n, dim) => n * dim, 1);
  const flat =
    dims.length === 2 && rest.length === 1
      ? output
      : b.emit(`${output}.flat`, 'Reshape', [output, b.ints([-1, count])]);
  const classes = b.constant(
    'int64',
    [1, count],
    Array.from({ length: count }, (_, i) => i),
  );
  let index: string;
  if (target.kind === 'argmax') {
    index = b.emit('target.index', 'ArgMax', [flat], { axis: 1, keepdims: 1 });
  } else {
    if (!Number.isInteger(target.index) || target.index < 0 || target.index >= count) {
      return refuse('target', relevanceSays.targetOutOfRange(target.index, output, count));
    }
    const sample = b.emit('target.sample', 'ArgMax', [flat], { axis: 1, keepdims: 1 });
    const zero = b.emit('target.zero', 'Mul', [sample, b.constant('int64', [], [0])]);
    index = b.emit('target.index', 'Add', [zero, b.constant('int64', [], [target.index])]);
  }
  const mask = b.emit('target.mask', 'Equal', [classes, index]);
  const value = b.emit('target.value', 'Where', [mask, flat, b.scalar(0)]);
  const R = seed === 'value' ? value : b.emit('target.one', 'Where', [mask, b.scalar(1), b.scalar(0)]);
  return {
    R: reshapeLike(b, R, output, 'seed'),
    index: b.emit('target.flat', 'Reshape', [index, b.ints([-1])]),
    score: b.emit('target.score', 'ReduceSum', [value, b.ints([1])], { keepdims: 0 }),
  };
};
