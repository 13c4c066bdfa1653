import { infer, resolveTensors, toNumbers, type Graph, type Tensor, type TypedGraph } from '@kirchhoff/graph';
import { problem, Refusal, verifySays, type Result } from '@kirchhoff/message';
import { relevance, type Explanation, type RelevanceOptions } from '@kirchhoff/relevance';
import {
  makePlan,
  type Composite,
  type CompositeRow,
  type Match,
  type Plan,
  type Rule,
  type RuleCase,
  type Rulebook,
} from '@kirchhoff/rule';
import { backends, type Backend } from '@kirchhoff/runtime';
import * as E from 'fp-ts/lib/Either.js';
import { anatomyOf } from './anatomy.js';
import type { Values } from './point.js';

/** The value, or `Refusal` with its problems. */
export const granted = <A>(either: Result<A>): A => {
  if (E.isLeft(either)) throw new Refusal(either.left);
  return either.right;
};

/** Types and tensors of a graph whose tensors are inline. Throws `Refusal`. */
export const typedOf = (graph: Graph): TypedGraph =>
  granted(infer(graph, granted(resolveTensors(graph, (file) => E.left([problem(file, verifySays.failed(file))])))));

/** What governs the nodes that the rule in question does not. */
const others = (book: Rulebook, rule: Rule, { on }: RuleCase): readonly CompositeRow[] => {
  const rowsOf = (name: string): readonly CompositeRow[] => book.composites.get(name)?.rows ?? [];
  if (rule.quantity === 'gradient') return rowsOf('gradient');
  const names = on === 'contraction' || on === 'axis' ? ['attention'] : ['standard', 'attention'];
  return names.flatMap(rowsOf);
};

/** Which nodes of a whole graph a case governs. What speaks of declared bounds is for the first of them. */
export const matchOf = (ruleCase: RuleCase): Match => {
  const { on, ops } = ruleCase;
  if (ops !== undefined) return { op: ops };
  const match: Match = on === 'weighted' ? { weighted: true } : { kind: on };
  return Object.hasOwn(anatomyOf(ruleCase).source, 'low') ? { ...match, first: true } : match;
};

/** What the rule in question is called in plans, so that it stands beside the library's rule of the same name. */
export const onTrial = 'on trial';

/** The rule with these parameters where `match` says, what is usual everywhere else. */
export const planWith = (
  typed: TypedGraph,
  book: Rulebook,
  rule: Rule,
  ruleCase: RuleCase,
  parameters: Values,
  match: Match = matchOf(ruleCase),
): Plan => {
  const composite: Composite = {
    name: rule.name,
    summary: '',
    cite: [],
    rows: [{ match, rule: onTrial, parameters, place: rule.name }, ...others(book, rule, ruleCase)],
    canonizers: [],
    seed: undefined,
    finish: undefined,
    quantity: undefined,
  };
  const rules = new Map([...book.rules, [onTrial, { ...rule, name: onTrial }]]);
  return granted(makePlan(typed, composite, { ...book, rules }));
};

export type Tensors = Readonly<Record<string, Tensor>>;

/** What a backend made of an explanation. */
export interface Run {
  readonly explanation: Explanation;
  readonly of: (name: string) => Float64Array;
  /** Relevance of an input, or of a tensor that was asked for. */
  readonly at: (name: string) => Float64Array;
}

/** Runs a graph once. */
export const run = async (
  graph: Graph,
  store: TypedGraph['store'],
  inputs: Tensors,
  on: Backend['name'],
): Promise<Tensors> => {
  const session = await backends[on].compile(graph, store, { threads: 1 });
  return session.run(inputs).finally(() => session.close());
};

/** Explains a graph once, on one backend; the reference takes formulas that do not separate, too. Throws `Refusal`. */
export const explainOnce = async (
  typed: TypedGraph,
  plan: Plan,
  inputs: Tensors,
  options: RelevanceOptions,
  on: Backend['name'] = 'reference',
): Promise<Run> => {
  const literal = on === 'reference' && ({ literal: 'inseparable' } as const);
  const explanation = granted(relevance(typed, plan, { ...literal, ...options }));
  const values = await run(explanation.graph, typed.store, inputs, on);
  const of = (name: string): Float64Array => toNumbers(values[name]!.data);
  return { explanation, of, at: (name) => of(explanation.at[name] ?? explanation.relevance[name]!) };
};

export const greatest = (...lists: readonly ArrayLike<number>[]): number => {
  let most = 0;
  for (const list of lists) for (let i = 0; i < list.length; i++) most = Math.max(most, Math.abs(list[i]!));
  return most;
};

/** Two numbers that should be one. */
export interface Apart {
  readonly at: number;
  readonly found: number;
  readonly wanted: number;
}

/** Where two lists differ by more than `tolerance`. NaN differs from everything. */
export const difference = (
  found: ArrayLike<number>,
  wanted: ArrayLike<number>,
  tolerance: number,
): Apart | undefined => {
  for (let i = 0; i < Math.max(found.length, wanted.length); i++) {
    const [a = NaN, b = NaN] = [found[i], wanted[i]];
    if (!(Math.abs(a - b) <= tolerance)) return { at: i, found: a, wanted: b };
  }
  return undefined;
};
