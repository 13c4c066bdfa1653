import { formulaSays, problem, type Problem } from '@kirchhoff/message';
import { Fraction } from 'fraction.js';
import { boundOf, isNonNegative, type Bounds } from './bounds.js';
import { isNumber, isValue, num, zero, type ApplyExpr, type Expr, type FunctionName } from './expr.js';
import { isComparison, mirrored, opposite, type Comparison } from './functions.js';
import { printExpr } from './print.js';
import {
  constantProduct,
  extended,
  isEmptyPart,
  multiplied,
  partExpr,
  scaled,
  sides,
  unit,
  type Product,
  type Side,
} from './product.js';
import { isIndicator, type Make } from './simplify.js';
import { splitComparison, splitSign, type Factor, type Split } from './split.js';

export interface Expander {
  /** The sides of an expression's symbols; a total belongs to the output whatever it sums. */
  readonly sidesOf: (expr: Expr) => ReadonlySet<Side>;
  /** A simplified expression as a sum of products. Where it does not separate, a problem is noted and the sum is empty. */
  readonly expand: (expr: Expr) => readonly Product[];
}

const mostProducts = 256;

type Sum = readonly Product[];

export const expander = (
  sideOf: (symbol: string) => Side | 'constant',
  bounds: Bounds,
  make: Make,
  problems: Problem[],
): Expander => {
  const cache = new WeakMap<Expr, ReadonlySet<Side>>();
  const sidesOf = (expr: Expr): ReadonlySet<Side> => {
    const known = cache.get(expr);
    if (known) return known;
    const found = new Set<Side>();
    if (expr.kind === 'symbol') {
      const side = sideOf(expr.name);
      if (side !== 'constant') found.add(side);
    } else if (expr.kind === 'apply') {
      if (expr.fn === 'total' || expr.fn === 'sum') found.add('output');
      else for (const arg of expr.args) for (const side of sidesOf(arg)) found.add(side);
    }
    cache.set(expr, found);
    return found;
  };

  /** The one side of an expression (the output for constants), or undefined where it has several. */
  const soleSide = (expr: Expr): Side | undefined => {
    const found = sidesOf(expr);
    return found.size > 1 ? undefined : ([...found][0] ?? 'output');
  };

  const inseparable = (expr: Expr, reason: string): Sum => {
    problems.push(problem('', formulaSays.inseparable(printExpr(expr), reason)));
    return [];
  };

  const nonzero = (products: Sum): Sum =>
    products.filter((p) => p.coefficient.n !== 0n && sides.every((side) => !isValue(partExpr(p.parts[side], make), 0)));

  const limited = (expr: Expr, products: Sum): Sum =>
    products.length > mostProducts ? inseparable(expr, formulaSays.tooManyProducts(mostProducts)) : products;

  const crossed = (a: Sum, b: Sum): Sum => nonzero(a.flatMap((p) => b.map((q) => multiplied(p, q))));

  const opaque = (expr: Expr, side: Side): Sum => {
    if (isNumber(expr)) return expr.value.n === 0n ? [] : [constantProduct(expr.value)];
    return [extended(unit, side, { factors: [expr] })];
  };

  const factorsOf = (product: Product): readonly Factor[] =>
    sides
      .filter((side) => !isEmptyPart(product.parts[side]))
      .map((side) => ({ side, expr: partExpr(product.parts[side], make) }));

  const fromSplit = (split: Split, coefficient: Fraction): Sum =>
    nonzero(
      split.map((factors) =>
        factors.reduce(
          (product, { side, expr }) =>
            isNumber(expr) ? scaled(product, expr.value) : extended(product, side, { factors: [expr] }),
          constantProduct(coefficient),
        ),
      ),
    );

  const divided = (expr: ApplyExpr, by: 'ratios' | 'divisors'): Sum => {
    const [n, d] = [expr.args[0]!, expr.args[1]!];
    const numerators = expand(n);
    if (isNumber(d) && d.value.n !== 0n) return numerators.map((p) => scaled(p, d.value.inverse()));
    const side = soleSide(d);
    if (side !== undefined) return numerators.map((p) => extended(p, side, { [by]: [d] }));
    const known = problems.length;
    const divisors = expand(d);
    const [divisor] = divisors;
    if (divisor === undefined || divisors.length > 1)
      return problems.length > known ? [] : inseparable(expr, formulaSays.mixedDivisor());
    return numerators.map((p) =>
      factorsOf(divisor).reduce(
        (product, { side: s, expr: e }) => extended(product, s, { [by]: [e] }),
        scaled(p, divisor.coefficient.inverse()),
      ),
    );
  };

  const power = (expr: ApplyExpr): Sum => {
    const [base, exponent] = [expr.args[0]!, expr.args[1]!];
    if (!isNumber(exponent)) return inseparable(expr, formulaSays.mixedPower());
    const products = expand(base);
    const [only] = products;
    const count = exponent.value.d === 1n ? Number(exponent.value.s * exponent.value.n) : NaN;
    if (products.length === 1 && only !== undefined) {
      const factors = factorsOf(only);
      const coefficient = make('pow', num(only.coefficient), exponent);
      const splits = Number.isInteger(count) || factors.every((f) => isNonNegative(boundOf(f.expr, bounds)));
      if (splits && isNumber(coefficient))
        return fromSplit(
          [factors.map(({ side, expr: e }) => ({ side, expr: make('pow', e, exponent) }))],
          coefficient.value,
        );
    }
    if (!(count >= 0 && count <= 8)) return products.length === 0 ? [] : inseparable(expr, formulaSays.mixedPower());
    let result: Sum = [unit];
    for (let k = 0; k < count; k += 1) result = limited(expr, crossed(result, products));
    return result;
  };

  /** Applies a law that holds for products to an argument that must be one; nothing where it is 0 or does not separate. */
  const ofProduct = (expr: ApplyExpr, argument: Expr, law: (product: Product) => Sum): Sum => {
    const products = expand(argument);
    const [only] = products;
    if (only === undefined) return [];
    return products.length > 1 ? inseparable(expr, formulaSays.sumArgument(expr.fn)) : law(only);
  };

  const signed = (expr: ApplyExpr, fn: 'pos' | 'neg'): Sum =>
    ofProduct(expr, expr.args[0]!, (product) => {
      const mirror = fn === 'pos' ? 'neg' : 'pos';
      return fromSplit(
        splitSign(product.coefficient.s < 0n ? mirror : fn, factorsOf(product), make),
        product.coefficient,
      );
    });

  const magnitude = (expr: ApplyExpr): Sum =>
    ofProduct(expr, expr.args[0]!, (product) =>
      fromSplit(
        [factorsOf(product).map(({ side, expr: e }) => ({ side, expr: make('abs', e) }))],
        product.coefficient.abs(),
      ),
    );

  const comparison = (expr: ApplyExpr, given: Comparison): Sum => {
    const [a, b] = [expr.args[0]!, expr.args[1]!];
    if (!isValue(a, 0) && !isValue(b, 0)) return inseparable(expr, formulaSays.comparedWithNonzero());
    const [argument, fn] = isValue(b, 0) ? [a, given] : [b, mirrored[given]];
    return ofProduct(expr, argument, (product) =>
      fromSplit(
        splitComparison(product.coefficient.s < 0n ? mirrored[fn] : fn, factorsOf(product), make),
        unit.coefficient,
      ),
    );
  };

  /** [expr ≠ 0] or, if it must not hold, [expr = 0], as a sum of products of which one at most is 1. */
  const truth = (expr: Expr, holds: boolean): Sum => {
    const side = soleSide(expr);
    if (side !== undefined || expr.kind !== 'apply' || !isIndicator(expr)) {
      const indicator = isIndicator(expr)
        ? holds
          ? expr
          : make('not', expr)
        : make(holds ? 'unequal' : 'equal', expr, zero);
      return side === undefined ? expand(indicator) : opaque(indicator, side);
    }
    const [a, b] = [expr.args[0]!, expr.args[1] ?? zero];
    if (isComparison(expr.fn)) return expand(holds ? expr : make(opposite[expr.fn], a, b));
    if (expr.fn === 'not') return truth(a, !holds);
    const both = (expr.fn === 'and') === holds;
    return both
      ? crossed(truth(a, holds), truth(b, holds))
      : [...truth(a, holds), ...crossed(truth(a, !holds), truth(b, holds))];
  };

  const chosen = (expr: ApplyExpr): Sum => {
    const [condition, a, b] = [expr.args[0]!, expr.args[1]!, expr.args[2]!];
    const side = soleSide(condition);
    if (side === undefined) return inseparable(expr, formulaSays.mixedCondition());
    return nonzero([
      ...expand(a).map((p) => extended(p, side, { guards: [{ condition, holds: true }] })),
      ...expand(b).map((p) => extended(p, side, { guards: [{ condition, holds: false }] })),
    ]);
  };

  const stuck = (expr: ApplyExpr): Sum => inseparable(expr, formulaSays.mixedArgument(expr.fn));
  const negated = (products: Sum): Sum => products.map((p) => scaled(p, new Fraction(-1n, 1n)));

  const laws: { readonly [F in FunctionName]: (expr: ApplyExpr) => Sum } = {
    add: ({ args }) => args.flatMap(expand),
    subtract: ({ args }) => [...expand(args[0]!), ...negated(expand(args[1]!))],
    unaryMinus: ({ args }) => negated(expand(args[0]!)),
    multiply: (expr) => limited(expr, crossed(expand(expr.args[0]!), expand(expr.args[1]!))),
    divide: (expr) => divided(expr, 'divisors'),
    ratio: (expr) => divided(expr, 'ratios'),
    pow: power,
    pos: (expr) => signed(expr, 'pos'),
    neg: (expr) => signed(expr, 'neg'),
    abs: magnitude,
    smaller: (expr) => comparison(expr, 'smaller'),
    smallerEq: (expr) => comparison(expr, 'smallerEq'),
    larger: (expr) => comparison(expr, 'larger'),
    largerEq: (expr) => comparison(expr, 'largerEq'),
    equal: (expr) => comparison(expr, 'equal'),
    unequal: (expr) => comparison(expr, 'unequal'),
    and: (expr) => truth(expr, true),
    or: (expr) => truth(expr, true),
    not: (expr) => truth(expr, true),
    where: chosen,
    sgn: stuck,
    stab: stuck,
    min: stuck,
    max: stuck,
    exp: stuck,
    log: stuck,
    sqrt: stuck,
    tanh: stuck,
    erf: stuck,
    sin: stuck,
    cos: stuck,
    atan: stuck,
    total: stuck,
    sum: stuck,
  };

  /** Functions whose factors are worth telling apart even where all of them lie on one side. */
  const transparent: ReadonlySet<FunctionName> = new Set(['multiply', 'divide', 'ratio', 'unaryMinus']);

  const expand = (expr: Expr): Sum => {
    const side = soleSide(expr);
    const descends = expr.kind === 'apply' && (side === undefined || transparent.has(expr.fn));
    return descends ? limited(expr, laws[expr.fn](expr)) : opaque(expr, side ?? 'output');
  };

  return { sidesOf, expand };
};
