import { infer, type TypedGraph } from '@kirchhoff/graph';
import type { Result } from '@kirchhoff/message';
import * as E from 'fp-ts/lib/Either.js';
import { explicitPads } from './explicit-pads.js';
import { foldBias } from './fold-bias.js';
import { foldBatchNormForward } from './fold-batch-norm-forward.js';
import { foldBatchNorm } from './fold-batch-norm.js';
import { foldConstants } from './fold-constants.js';
import { foldPad } from './fold-pad.js';
import { foldScale } from './fold-scale.js';
import { joinActivations } from './join-activations.js';
import { joinLayerNorm } from './join-layer-norm.js';
import { joinReshapes } from './join-reshapes.js';
import { joinSoftmax } from './join-softmax.js';
import { markPreamble } from './mark-preamble.js';
import { removePassThrough } from './pass-through.js';
import { writeOutNorms } from './write-out-norms.js';
import { writeOutComputedWeights } from './computed-weight.js';
import { writeOutGates } from './recurrent/recurrent.js';
import { writeQuotients } from './quotients.js';
import { raiseBatchNorm } from './raise-batch-norm.js';
import { reduceToPool } from './reduce-to-pool.js';
import { applyRewrite, viewsOf, type LogEntry, type Rewrite } from './rewrite.js';
import { repeatShared } from './repeat-shared.js';
import { slicesToSplit } from './slices-to-split.js';
import { splitLayerNorm } from './split-layer-norm.js';
import { stripSigmoidHead, stripSoftmaxHead } from './strip-head.js';

/** The rewrites in the order in which they are applied, again and again until none finds anything to change. */
export const canonizers: readonly Rewrite[] = [
  removePassThrough,
  foldConstants,
  joinSoftmax,
  stripSoftmaxHead,
  stripSigmoidHead,
  writeOutGates,
  writeOutNorms,
  joinLayerNorm,
  splitLayerNorm,
  joinActivations,
  writeQuotients,
  explicitPads,
  writeOutComputedWeights,
  foldPad,
  reduceToPool,
  slicesToSplit,
  foldScale,
  foldBias,
  raiseBatchNorm,
  foldBatchNorm,
  foldBatchNormForward,
  joinReshapes,
  repeatShared,
  markPreamble,
];

export interface Canonized {
  readonly typed: TypedGraph;
  readonly log: readonly LogEntry[];
}

/**
 * Brings a graph into the form that plans are made for. Each rewrite keeps every value (the softmax head is the one
 * exception: it changes which value is the output) and is logged; types are inferred anew after each.
 */
export const canonize = (typed: TypedGraph, rewrites: readonly Rewrite[] = canonizers): Result<Canonized> => {
  let current = typed;
  let views = viewsOf(current);
  const log: LogEntry[] = [];
  for (let before = -1; before < log.length;) {
    before = log.length;
    for (const rewrite of rewrites) {
      for (
        let applied = applyRewrite(rewrite, current, views());
        applied !== undefined;
        applied = applyRewrite(rewrite, current, views())
      ) {
        log.push(applied.entry);
        const inferred = infer(applied.graph, current.store);
        if (E.isLeft(inferred)) return inferred;
        current = inferred.right;
        views = viewsOf(current);
      }
    }
  }
  return E.right({ typed: current, log });
};
