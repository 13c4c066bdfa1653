import type { Tensor } from '@kirchhoff/graph';
import { compareSays, refuse } from '@kirchhoff/message';
import { findComposite, type Composite } from '@kirchhoff/rule';
import { openForward, openPropagator, oneHot, orThrow } from './engine.js';
import type { Attribution, Attributor, Completeness, Method, Settings } from './method.js';
import { floats, rowSize } from './rows.js';
import { scoresOf, type Subject } from './subject.js';

/** Σ of each sample of a map. */
export const sumsOf = (map: Tensor): Float64Array => {
  const size = rowSize(map);
  const values = floats(map);
  const sums = new Float64Array(map.shape[0]!);
  for (let i = 0; i < values.length; i++) sums[Math.floor(i / size)]! += values[i]!;
  return sums;
};

/** What a map leaves unexplained, as one remainder. */
export const remainders = (explained: ArrayLike<number>, map: Tensor): readonly Completeness[] =>
  [...sumsOf(map)].map((input, n) => ({
    explained: explained[n]!,
    input,
    leaks: { remainder: explained[n]! - input },
  }));

/** A composite's rules, carried through the explanation graph: LRP, and gradients under other rules. @param set parameters of its rules */
export const openComposite = async (
  subject: Subject,
  name: string | Composite,
  set: Settings = {},
): Promise<Attributor> => {
  const composite = typeof name === 'string' ? orThrow(findComposite(subject.book, name)) : name;
  const propagator = await openPropagator(subject, composite, { bounded: true, set });
  const forward = await openForward(subject);
  const run = async (x: Tensor, targets: readonly number[]): Promise<Attribution> => {
    const scores = scoresOf(await forward.run(x), targets);
    const seed = oneHot(targets, subject.classes, composite.seed === 'one' ? undefined : scores);
    const { map, ledgers } = await propagator.run(x, seed);
    const multiplied = composite.quantity === 'relevance' ? remainders(scores, map) : undefined;
    return {
      map,
      ledgers: ledgers.map((ledger, n) =>
        ledger === null
          ? (multiplied?.[n] ?? null)
          : {
              explained: ledger.seed,
              input: ledger.input,
              leaks: ledger.leaks,
              open: ledger.open,
              outgrown: ledger.outgrown,
            },
      ),
    };
  };
  const close = async (): Promise<void> => {
    await propagator.close();
    await forward.close();
  };
  return { passes: propagator.passes, plan: propagator.plan, run, close };
};

/** A method that differs from the gradient in what a ReLU hands back: refuses models without one. */
export const reluMethod = (composite: string, about: Pick<Method, 'summary' | 'cite' | 'complete'>): Method => ({
  ...about,
  needs: ['relu'],
  parameters: {},
  open: async (subject) => {
    if (!subject.model.typed.graph.nodes.some(({ op }) => op === 'Relu'))
      refuse(composite, compareSays.noRelu(composite));
    return openComposite(subject, composite);
  },
});

/** A method that is a composite of the rulebook. @param parameters parameters of its rules */
export const compositeMethod = (
  composite: string,
  about: Pick<Method, 'summary' | 'cite' | 'complete'> & Partial<Pick<Method, 'needs'>>,
  parameters: Method['parameters'] = {},
): Method => ({
  needs: [],
  ...about,
  parameters,
  open: (subject, settings) => openComposite(subject, composite, settings),
});
