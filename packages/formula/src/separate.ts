import type { Problem, Result } from '@kirchhoff/message';
import * as E from 'fp-ts/lib/Either.js';
import { boundOf, isZeroBound, type Bounds } from './bounds.js';
import { linear, pairKey, type Item } from './bundle.js';
import { expander } from './expand.js';
import { apply, num, substitute, sym, type Expr } from './expr.js';
import { allBases, choosePlan, forwardSums, type Forward, type Realisation } from './plan.js';
import { partExpr, type Side } from './product.js';
import { maker, simplify, type Make } from './simplify.js';
import { byOutput, itemOf, totalReader } from './totals.js';

export type { Side } from './product.js';

/** One run of the linear operator, with weights `connection(w)`, applied to `source(x)`. */
export interface Pass {
  readonly source: Expr;
  readonly connection: Expr;
}

/** One factor of each side. The message is the sum of the terms. */
export interface Term {
  readonly source: Expr;
  readonly connection: Expr;
  readonly output: Expr;
}

export interface Separated {
  /** Forward passes; output expressions refer to them as `pass0`, `pass1`, … */
  readonly passes: readonly Pass[];
  /** Output factors over output symbols, `y` and `passN`; no `total` is left. */
  readonly terms: readonly Term[];
  /** The other expressions that were asked for, over the same symbols. */
  readonly outputs: Readonly<Record<string, Expr>>;
  /** `y` as a sum of passes and `b`, where they make the node's own forward pass superfluous. */
  readonly forward?: Expr;
}

export interface SeparateOptions {
  /** x, low, high: source; w: connection; R, b, y: output. */
  readonly side: (symbol: string) => Side | 'constant';
  /**
   * Facts. A point bound is a known value: `w` of a plain node (1 for Add), `b` = 0 of a node without bias — then
   * `total(x*w)` is `y` by itself.
   */
  readonly bounds: Bounds;
  /** The node keeps a forward pass of its own, even where passes that are needed add up to it. Default false. */
  readonly ownForward?: boolean;
}

const passName = (index: number): string => `pass${index}`;

const forwardOf = (options: SeparateOptions, make: Make): Forward => {
  const own = simplify(apply('multiply', sym('x'), sym('w')), options.bounds);
  const { expand } = expander(options.side, options.bounds, make, []);
  return {
    items: expand(own).map((p) => itemOf(p, make)),
    unbiased: isZeroBound(options.bounds('b')),
    kept: options.ownForward === true,
  };
};

/**
 * Rewrites a message over single connections as a sum of products with one factor for sources, connections and
 * outputs, and each total as a sum of passes of the same kind: every term and every pass is one run of the node's
 * linear operator with changed weights. Chooses the fewest runs that the laws allow, and never obtains one total by
 * subtracting another. What does not separate is an error that quotes the offending sub-expression.
 */
export const separate = (
  message: Expr,
  outputs: Readonly<Record<string, Expr>>,
  options: SeparateOptions,
): Result<Separated> => {
  const problems: Problem[] = [];
  const make = maker(options.bounds);
  const expanded = expander(options.side, options.bounds, make, problems);
  const reader = totalReader(expanded, make, problems);
  const groups = byOutput(expanded.expand(simplify(message, options.bounds)), make).map(({ part, items }) => ({
    part: reader.readPart(part),
    items,
  }));
  const asked = Object.entries(outputs).map(
    ([name, expr]) => [name, reader.read(simplify(expr, options.bounds))] as const,
  );
  if (problems.length > 0) return E.left(unique(problems));

  const bundles = reader.bundles();
  const forward = forwardOf(options, make);
  const messages = groups.map((group) => group.items);
  const plan = choosePlan(bundles, messages, forward, make);

  const passes: Pass[] = [];
  const numbers = new Map<string, number>();
  const referTo = (item: Item): Expr => {
    const key = pairKey(item);
    const index = numbers.get(key) ?? passes.length;
    if (index === passes.length) passes.push({ source: item.source, connection: item.connection });
    numbers.set(key, index);
    return sym(passName(index));
  };
  const realised = ({ items, y, bias }: Realisation): Expr =>
    linear([[y, sym('y')], ...items.map((item) => [item.coefficient, referTo(item)] as const), [bias, sym('b')]], make);
  const replacements = Object.fromEntries(bundles.map((bundle, i) => [bundle.name, realised(plan.realisations[i]!)]));

  const passBounds = new Map(
    passes.map(({ source, connection }, i) => [
      passName(i),
      boundOf(apply('total', apply('multiply', source, connection)), options.bounds),
    ]),
  );
  const bounds: Bounds = (symbol) => passBounds.get(symbol) ?? options.bounds(symbol);
  const finished = (expr: Expr): Expr => simplify(substitute(expr, replacements), bounds);

  const terms = new Map<string, Term>();
  plan.messages.forEach((items, i) => {
    for (const item of items) {
      const key = pairKey(item);
      const output = finished(partExpr(groups[i]!.part, make, item.coefficient));
      const known = terms.get(key);
      terms.set(key, {
        source: item.source,
        connection: item.connection,
        output: known ? maker(bounds)('add', known.output, output) : output,
      });
    }
  });

  const sum = forwardSums(forward, allBases([...bundles.map((b) => b.items), ...messages]), make).find((items) =>
    items.every((item) => numbers.has(pairKey(item))),
  );
  return E.right({
    passes,
    terms: [...terms.values()],
    outputs: Object.fromEntries(asked.map(([name, expr]) => [name, finished(expr)])),
    ...(sum ? { forward: simplify(realised({ items: sum, y: num(0n).value, bias: num(1n).value }), bounds) } : {}),
  });
};

const unique = (problems: readonly Problem[]): readonly Problem[] => [
  ...new Map(problems.map((p) => [`${p.at} ${p.message}`, p])).values(),
];
