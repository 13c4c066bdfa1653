import { formulaSays, refuse } from '@kirchhoff/message';
import type { EvalFunction, MathNode } from 'mathjs';
import { makeMath } from './math.js';

type Values = Readonly<Record<string, number>>;

/**
 * The value of a formula at one connection: `scope` holds the symbols there, `sources` those of every source of the
 * output, which `total` and `sum` run over.
 */
export type Oracle = (scope: Values, sources: readonly Values[]) => number;

interface Place {
  readonly values: Values;
  readonly sources: readonly Values[];
}

const placeKey = '#place';

/** An instance of its own, with the dialect's functions; it shares nothing with the trees that the compiler works on. */
const literal = makeMath();

const compiled = new WeakMap<MathNode, EvalFunction>();

const evaluate = (node: MathNode, place: Place): number => {
  const code = compiled.get(node) ?? node.compile();
  compiled.set(node, code);
  return Number(code.evaluate(new Map<string, unknown>([...Object.entries(place.values), [placeKey, place]])));
};

type Scope = { readonly get: (key: string) => unknown };

/** A function that receives its arguments unevaluated. */
const lazy = (f: (args: readonly MathNode[], place: Place) => number): unknown =>
  Object.assign(
    (args: readonly MathNode[], _: unknown, scope: Scope): number => f(args, scope.get(placeKey) as Place),
    { rawArgs: true },
  );

const overSources = lazy(([body], { values, sources }) =>
  sources.reduce((sum, source) => sum + evaluate(body!, { values: { ...values, ...source }, sources }), 0),
);

const sgn = (v: number): number => (v < 0 ? -1 : 1);

literal.import(
  {
    pos: (v: number) => Math.max(v, 0),
    neg: (v: number) => Math.min(v, 0),
    sgn: (v: number) => sgn(v),
    stab: (z: number, e: number) => z + e * sgn(z),
    ratio: lazy(([n, d], place) => {
      const divisor = evaluate(d!, place);
      return divisor === 0 ? 0 : evaluate(n!, place) / divisor;
    }),
    where: lazy(([condition, a, b], place) => evaluate(evaluate(condition!, place) ? a! : b!, place)),
    total: overSources,
    sum: overSources,
  },
  { override: true },
);

const summing: ReadonlySet<string> = new Set(['total', 'sum']);

interface Needs {
  /** Symbols read at the connection itself, and symbols read at each source. */
  readonly here: ReadonlySet<string>;
  readonly there: ReadonlySet<string>;
}

const needsOf = (tree: MathNode): Needs => {
  const needs = { here: new Set<string>(), there: new Set<string>() };
  const visit = (node: MathNode, inside: boolean): void => {
    if (literal.isSymbolNode(node)) needs[inside ? 'there' : 'here'].add(node.name);
    else if (literal.isFunctionNode(node)) for (const arg of node.args) visit(arg, inside || summing.has(node.fn.name));
    else node.forEach((child) => visit(child, inside));
  };
  visit(tree, false);
  return needs;
};

const withLets = (text: string, lets: ReadonlyMap<string, MathNode>): MathNode =>
  literal
    .parse(text)
    .transform((node, path) => (path !== 'fn' && literal.isSymbolNode(node) && lets.get(node.name)) || node);

/**
 * The formula as oracle: mathjs evaluates its own tree of the text, literally, in float64; nothing is simplified,
 * differentiated or separated. `lets` are put in as sub-trees; each may use those before it.
 * The oracle throws `Refusal` where a symbol has no value, and mathjs's own errors for texts that `parseFormula` refuses.
 */
export const compileOracle = (text: string, lets: Readonly<Record<string, string>>): Oracle => {
  const trees = new Map<string, MathNode>();
  for (const [name, let_] of Object.entries(lets)) trees.set(name, withLets(let_, trees));
  const tree = withLets(text, trees);
  const { here, there } = needsOf(tree);
  return (scope, sources) => {
    for (const name of here) if (!Object.hasOwn(scope, name)) refuse('', formulaSays.valueMissing(name));
    for (const name of there)
      if (!Object.hasOwn(scope, name) && !sources.every((source) => Object.hasOwn(source, name)))
        refuse('', formulaSays.valueMissing(name));
    return evaluate(tree, { values: scope, sources });
  };
};
