import type { Graph } from '@kirchhoff/graph';
import { canonize } from '@kirchhoff/rewrite';
import { makePlan, type Composite, type Rulebook } from '@kirchhoff/rule';
import * as fc from 'fast-check';
import { closureOf } from './laws/closure.js';
import { drawFrom, drawings } from './search/drawing.js';
import { drawNetwork } from './search/network.js';
import { drawRecurrent } from './search/recurrent.js';
import { explainOnce, granted, typedOf } from './search/run.js';

/** How exactly ledgers closed over random graphs in float64. */
export interface Exactness {
  readonly graphs: number;
  readonly recurrent: number;
  /** The largest part of what passed that a ledger misses. */
  readonly worst: number;
  /** The graph on which that was, and the composite that governed it. */
  readonly at: { readonly graph: Graph; readonly composite: string } | undefined;
}

const composites = {
  network: ['epsilon-plus', 'epsilon-plus-flat', 'epsilon-alpha2-beta1', 'epsilon-gamma-box', 'deep-taylor-bounded'],
  recurrent: ['lstm-signal-take-all', 'lstm-gate-absolute', 'lstm-uniform', 'lstm-gate-half', 'default'],
} as const;

/**
 * Explains random graphs, every other one recurrent, under the composites of the rulebook in turn, on the reference backend,
 * and measures by how much seed = Σ inputs + Σ leaks is missed. Throws `Refusal` where a graph cannot be explained.
 */
export const measureExactness = async (
  book: Rulebook,
  {
    graphs,
    seed,
    onProgress = () => undefined,
  }: {
    readonly graphs: number;
    readonly seed: number;
    readonly onProgress?: (done: number, all: number) => void;
  },
): Promise<Exactness> => {
  let worst = 0;
  let recurrent = 0;
  let at: Exactness['at'];
  for (const [i, drawing] of fc.sample(drawings, { seed, numRuns: graphs }).entries()) {
    const sort = i % 2 === 0 ? 'network' : 'recurrent';
    const named: readonly Composite[] = composites[sort].flatMap((name) => book.composites.get(name) ?? []);
    const composite = named[Math.floor(i / 2) % named.length];
    if (composite === undefined) continue;
    if (sort === 'recurrent') recurrent += 1;
    const { graph, inputs } = (sort === 'network' ? drawNetwork : drawRecurrent)(drawFrom(drawing));
    const { typed } = granted(canonize(typedOf(graph)));
    const plan = granted(makePlan(typed, composite, book));
    const closure = closureOf(await explainOnce(typed, plan, inputs, { target: { kind: 'index', index: 0 } }));
    if (at === undefined || !(closure <= worst)) {
      worst = closure;
      at = { graph, composite: composite.name };
    }
    onProgress(i + 1, graphs);
  }
  return { graphs, recurrent, worst, at };
};
