import type { Dim } from '../graph.js';

/** Numbers n · stride + r with n that of the sample, and r from 0 to (not including) `below`. */
export interface Strided {
  readonly stride: Dim;
  readonly below: Dim;
}

/** Which values tell the number of the sample that they belong to: each of them, or one along the last axis. */
export type Own = Strided | number;

/** The samples' own numbers, each as it is. */
export const each: Strided = { stride: 1, below: 1 };

/** One axis as [outer, samples, inner]: sample n lies at the places (o·N + n)·inner + i. */
export interface Apart {
  readonly kind: 'apart';
  readonly axis: number;
  /** What is merged before the samples (1 where nothing is). */
  readonly outer: Dim;
  /** What is merged behind them. */
  readonly inner: Dim;
  /** Where the values are the samples' own numbers. */
  readonly own?: Own;
  /** Where all places along the axis are equal, so that it falls into samples in any way that has their number. */
  readonly even?: true;
  /** Where the values are integers from 0 to (not including) this. */
  readonly below?: Dim;
}

/** Where samples meet: the node, and what it does to them, in words. */
export interface Mixed {
  readonly kind: 'mixed';
  readonly node: string;
  readonly why: string;
}

/**
 * How a value depends on the samples of a batch: not at all (`same`), on their number alone (`count`), each place along an
 * axis on one sample (`apart`), or on several at once (`mixed`).
 */
export type Samples = { readonly kind: 'same'; readonly below?: Dim } | { readonly kind: 'count' } | Apart | Mixed;

export const same: Samples = { kind: 'same' };
export const count: Samples = { kind: 'count' };
export const apart = (axis: number, outer: Dim = 1, inner: Dim = 1): Apart => ({ kind: 'apart', axis, outer, inner });

/** The axis of its own on which samples lie; undefined where there is none, or it is merged with others. */
export const ownAxis = (samples: Samples | undefined): number | undefined =>
  samples?.kind === 'apart' && samples.outer === 1 && samples.inner === 1 ? samples.axis : undefined;
