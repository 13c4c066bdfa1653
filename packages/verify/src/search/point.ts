import { compileOracle, printExpr, type Expr, type Formula, type Oracle } from '@kirchhoff/formula';
import type { OpName } from '@kirchhoff/graph';
import { portSetsOf, type Rule, type RuleCase } from '@kirchhoff/rule';

export type Values = Readonly<Record<string, number>>;

/** One output of one node with everything that meets there, in numbers. */
export interface Point {
  readonly op: OpName;
  readonly parameters: Values;
  /** What belongs to the output: `R`, `b`, `y`; the operands of a product. */
  readonly output: Values;
  /** What belongs to each source; of an axis, each of its elements. */
  readonly sources: readonly Values[];
}

/** What a rule makes of a point. */
export interface Weighed {
  /** Relevance that arrived, over all outputs in question. */
  readonly received: number;
  readonly messages: readonly number[];
  readonly leaks: Values;
  readonly sent: number;
  readonly leaked: number;
  /** The largest number that rounding is measured against. */
  readonly scale: number;
}

/** A case of a rule ready to be evaluated, connection by connection, by mathjs alone. */
export interface Judge {
  readonly weigh: (point: Point) => Weighed;
  /** Whether a condition of the rule's language holds at every source of a point. */
  readonly holds: (condition: Expr) => (point: Point) => boolean;
}

const textsOf = (formulas: Readonly<Record<string, Formula>>): Record<string, string> =>
  Object.fromEntries(Object.entries(formulas).map(([name, { text }]) => [name, text]));

const sum = (values: readonly number[]): number => values.reduce((total, value) => total + value, 0);

/** The names of a case's messages, in the order of the language: gate before signal, a before b. */
export const portsOf = ({ on, messages }: Pick<RuleCase, 'on' | 'messages'>): readonly string[] =>
  portSetsOf(on).find((ports) => ports.every((port) => Object.hasOwn(messages, port))) ?? [];

/** Where a node has no source at all, conditions on sources hold as they would of 0. */
const noSource: Values = { x: 0, w: 0, low: 0, high: 0 };

/** Compiles every formula of a case as it is written. Throws `Refusal` where a formula has a symbol that no point gives. */
export const judgeOf = ({ name }: Pick<Rule, 'name'>, ruleCase: RuleCase): Judge => {
  const lets = textsOf(ruleCase.lets);
  const compile = (texts: Readonly<Record<string, Formula>>): readonly (readonly [string, Oracle])[] =>
    Object.entries(texts).map(([key, { text }]) => [key, compileOracle(text, lets)] as const);
  const ports = portsOf(ruleCase);
  const messages = compile(Object.fromEntries(ports.map((port) => [port, ruleCase.messages[port]!])));
  const leaks = compile(ruleCase.leaks);
  if (ports.length === 0) throw new Error(`${name} has no messages`);
  const alongAxis = ruleCase.on === 'axis';
  const whole = ruleCase.on === 'product' || ruleCase.on === 'quotient' || ruleCase.on === 'other';

  /** Where a message is evaluated: at each source, or once where the node itself has the operands. */
  const scopesOf = ({ parameters, output, sources }: Point): readonly Values[] =>
    (whole ? [{}] : sources).map((source) => ({ ...parameters, ...output, ...source }));

  const weigh = (point: Point): Weighed => {
    const scopes = scopesOf(point);
    const all = scopes.flatMap((scope) => messages.map(([, message]) => message(scope, point.sources)));
    const outputs = alongAxis ? scopes : [{ ...point.parameters, ...point.output }];
    const lost = Object.fromEntries(
      leaks.map(([cause, leak]) => [cause, sum(outputs.map((scope) => leak(scope, point.sources)))]),
    );
    const received = sum(outputs.map(({ R = 0 }) => R));
    const sizes = [
      sum(outputs.map(({ R = 0 }) => Math.abs(R))),
      sum(all.map(Math.abs)),
      sum(Object.values(lost).map(Math.abs)),
    ];
    return {
      received,
      messages: all,
      leaks: lost,
      sent: sum(all),
      leaked: sum(Object.values(lost)),
      scale: Math.max(...sizes),
    };
  };

  return {
    weigh,
    holds: (condition) => {
      const oracle = compileOracle(printExpr(condition), lets);
      return (point) => {
        const scopes = scopesOf(point);
        const none = { ...noSource, ...point.parameters, ...point.output };
        return (scopes.length === 0 ? [none] : scopes).every((scope) => oracle(scope, point.sources) !== 0);
      };
    },
  };
};

/** The conjuncts of a condition. */
export const conjunctsOf = (condition: Expr): readonly Expr[] =>
  condition.kind === 'apply' && condition.fn === 'and' ? condition.args.flatMap(conjunctsOf) : [condition];
