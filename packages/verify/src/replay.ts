import { decodeGraph, tensor } from '@kirchhoff/graph';
import { problem, verifySays, within, type Problem } from '@kirchhoff/message';
import { decodeRule, type Rulebook } from '@kirchhoff/rule';
import { canonize } from '@kirchhoff/rewrite';
import * as E from 'fp-ts/lib/Either.js';
import { closureOf } from './laws/closure.js';
import { judged } from './laws/refusal.js';
import type { Counterexample } from './search/counterexample.js';
import { explainOnce, granted, planWith, typedOf } from './search/run.js';

/** What the reference backend finds on a counterexample: the sums of its graph's ledger. */
export interface Replayed {
  readonly counterexample: Counterexample;
  readonly seed: number;
  readonly inputs: number;
  readonly leaks: number;
  /** The part of what passed that the ledger misses. */
  readonly closure: number;
}

const sum = (values: Iterable<number>): number => [...values].reduce((total, value) => total + value, 0);

const isCounterexample = (json: unknown): json is Counterexample =>
  typeof json === 'object' &&
  json !== null &&
  'format' in json &&
  json.format === 'kirchhoff-counterexample/1' &&
  ['rule', 'graph', 'inputs', 'parameters', 'says', 'law'].every((key) => key in json);

/** Runs the graph of a stored counterexample again, under the rule that it holds. */
export const replay = async (book: Rulebook, json: unknown): Promise<E.Either<readonly Problem[], Replayed>> => {
  if (!isCounterexample(json)) return E.left([problem('', verifySays.notReplayable(typeof json))]);
  const rule = decodeRule(json.rule);
  if (E.isLeft(rule)) return E.left(within('/rule', rule.left));
  const graph = decodeGraph(json.graph);
  if (E.isLeft(graph)) return E.left(within('/graph', graph.left));
  const inputs = Object.fromEntries(
    Object.entries(json.inputs).map(([name, { type, shape, data }]) => [name, tensor(type, shape, data)]),
  );
  const single = Object.hasOwn(inputs, 'target');
  const replayed = await judged(async () => {
    const typed = typedOf(graph.right);
    const canonical = single ? typed : granted(canonize(typed)).typed;
    const [ruleCase] = rule.right.cases;
    const match = single ? { name: 'y' } : undefined;
    const plan = planWith(canonical, book, rule.right, ruleCase!, json.parameters, match);
    const target = single ? ({ kind: 'tensor' } as const) : ({ kind: 'index', index: 0 } as const);
    const ran = await explainOnce(canonical, plan, inputs, { target });
    const { explanation, of, at } = ran;
    return {
      counterexample: json,
      seed: sum(of(explanation.seed)),
      inputs: sum(Object.keys(explanation.relevance).map((name) => sum(at(name)))),
      leaks: sum(explanation.ledger.flatMap(({ leaks }) => Object.values(leaks).map((name) => sum(of(name))))),
      closure: closureOf(ran),
    };
  });
  return 'says' in replayed ? E.left([problem('', replayed.says)]) : E.right(replayed);
};
