import { problem, type Result } from '@kirchhoff/message';
import type { Rulebook } from '@kirchhoff/rule';
import { canonize } from '@kirchhoff/rewrite';
import * as E from 'fp-ts/lib/Either.js';
import { closureOf } from './laws/closure.js';
import { judged } from './laws/refusal.js';
import { explainOnce, granted, planWith, typedOf } from './search/run.js';
import { decodeCounterexample, type Stored } from './stored.js';

/** What the reference backend finds on a counterexample: the sums of its graph's ledger. */
export interface Replayed {
  readonly counterexample: Stored;
  readonly seed: number;
  readonly inputs: number;
  readonly leaks: number;
  /** The part of what passed that the ledger misses. */
  readonly closure: number;
}

const sum = (values: Iterable<number>): number => [...values].reduce((total, value) => total + value, 0);

/** Runs the graph of a stored counterexample again, under the rule that it holds. */
export const replay = async (book: Rulebook, json: unknown): Promise<Result<Replayed>> => {
  const stored = decodeCounterexample(json);
  if (E.isLeft(stored)) return stored;
  const { rule, graph, inputs, parameters } = stored.right;
  const single = Object.hasOwn(inputs, 'target');
  const replayed = await judged(async () => {
    const typed = typedOf(graph);
    const canonical = single ? typed : granted(canonize(typed)).typed;
    const [ruleCase] = rule.cases;
    const match = single ? { name: 'y' } : undefined;
    const plan = planWith(canonical, book, rule, ruleCase!, parameters, match);
    const target = single ? ({ kind: 'tensor' } as const) : ({ kind: 'index', index: 0 } as const);
    const ran = await explainOnce(canonical, plan, inputs, { target });
    const { explanation, of, at } = ran;
    return {
      counterexample: stored.right,
      seed: sum(of(explanation.seed)),
      inputs: sum(Object.keys(explanation.relevance).map((name) => sum(at(name)))),
      leaks: sum(explanation.ledger.flatMap(({ leaks }) => Object.values(leaks).map((name) => sum(of(name))))),
      closure: closureOf(ran),
    };
  });
  return 'says' in replayed ? E.left([problem('', replayed.says)]) : E.right(replayed);
};
