import { encodeGraph, toNumbers, type ElementType, type Tensor } from '@kirchhoff/graph';
import { verifySays } from '@kirchhoff/message';
import type { Claim, Rule, RuleCase, RuleDocument } from '@kirchhoff/rule';
import type { Formula } from '@kirchhoff/formula';
import type { Point, Values } from './point.js';
import { graphOfPoint, type Example } from './single.js';

/** How something fails: in words, and as the two numbers that should have been one. */
export interface Broken {
  readonly says: string;
  readonly expected: number;
  readonly got: number;
}

export interface StoredInput {
  readonly type: ElementType;
  readonly shape: readonly number[];
  readonly data: readonly number[];
}

/** A graph and inputs on which a rule breaks a law; plain JSON, complete in itself. */
export interface Counterexample extends Broken {
  readonly format: 'kirchhoff-counterexample/1';
  readonly rule: RuleDocument;
  readonly law: string;
  readonly parameters: Values;
  /** What the random search was started from. */
  readonly seed: number;
  /** A `kirchhoff-graph/1` document. */
  readonly graph: unknown;
  readonly inputs: Readonly<Record<string, StoredInput>>;
}

/** What a counterexample is about. */
interface About {
  readonly rule: Rule;
  readonly ruleCase: RuleCase;
}

const texts = (formulas: Readonly<Record<string, Formula>>): Record<string, string> =>
  Object.fromEntries(Object.entries(formulas).map(([name, { text }]) => [name, text]));

const claimOf = (claim: Claim): false | { readonly when?: string } =>
  claim.holds === 'never' ? false : claim.when === undefined ? {} : { when: claim.when.text };

/** The document that a rule was decoded from, with the one case in question. */
export const documentOf = (rule: Rule, ruleCase: RuleCase): RuleDocument => {
  const { on, ops, lets, messages, leaks, conservative, positive } = ruleCase;
  const written = texts(messages);
  const parameters = Object.entries(rule.parameters).map(
    ([name, { default: usual, minimum, maximum }]) =>
      [
        name,
        {
          default: usual,
          ...(Number.isFinite(minimum) && { minimum }),
          ...(Number.isFinite(maximum) && { maximum }),
        },
      ] as const,
  );
  return {
    rule: rule.name,
    summary: rule.summary,
    ...(rule.quantity === 'gradient' && { quantity: rule.quantity }),
    on: ops === undefined ? on : { op: [...ops] },
    ...(parameters.length > 0 && { parameters: Object.fromEntries(parameters) }),
    ...(Object.keys(lets).length > 0 && { let: texts(lets) }),
    ...(written['message'] === undefined ? { messages: written } : { message: written['message'] }),
    ...(rule.quantity === 'relevance' && { leaks: texts(leaks) }),
    ...((conservative || positive) && {
      claims: {
        ...(conservative && { conservative: claimOf(conservative) }),
        ...(positive && { positive: claimOf(positive) }),
      },
    }),
  };
};

const stored = (inputs: Readonly<Record<string, Tensor>>): Record<string, StoredInput> =>
  Object.fromEntries(
    Object.entries(inputs).map(([name, { type, shape, data }]) => [name, { type, shape, data: [...toNumbers(data)] }]),
  );

/** A counterexample on any graph. */
export const graphCounterexample = (
  { rule, ruleCase }: About,
  law: string,
  seed: number,
  { graph, inputs }: Example,
  parameters: Values,
  broken: Broken,
): Counterexample => ({
  format: 'kirchhoff-counterexample/1',
  rule: documentOf(rule, ruleCase),
  law,
  parameters,
  seed,
  ...broken,
  graph: encodeGraph(graph),
  inputs: stored(inputs),
});

/** A counterexample at a single node, said in its few numbers. */
export const pointCounterexample = (
  about: About,
  law: string,
  seed: number,
  point: Point,
  broken: Broken,
): Counterexample => {
  const { op, parameters, output, sources } = point;
  const says = `${verifySays.nodeNumbers(op, parameters, output, sources)}: ${broken.says}`;
  return graphCounterexample(about, law, seed, graphOfPoint(about.ruleCase, point), parameters, { ...broken, says });
};

const spelled: Readonly<Record<string, string>> = {
  α: 'alpha',
  β: 'beta',
  γ: 'gamma',
  ε: 'epsilon',
  '⁺': '-plus',
  '⁻': '-minus',
  '²': '-squared',
  '→': 'to',
  '∞': 'infinity',
};

const fileWord = (text: string): string =>
  [...text]
    .map((letter) => spelled[letter] ?? letter)
    .join('')
    .replaceAll(/[^A-Za-z0-9]+/g, '-')
    .replaceAll(/^-|-$/g, '');

/** The file of a counterexample, and its text. */
export const counterexampleFile = (
  row: string,
  counterexample: Counterexample,
): readonly [file: string, text: string] => [
  `${fileWord(row)}.${fileWord(counterexample.law)}.json`,
  `${JSON.stringify(counterexample, null, 2)}\n`,
];
