import { isApply, toTex, type Expr } from '@kirchhoff/formula';
import { proofSays } from '@kirchhoff/message';
import { assuming, bySign, withSigns } from './assume.js';
import { at, flatMap, stuck, type Branch, type Frame, type Place } from './branch.js';
import { productSignsOf, reduce, type Cell } from './cell.js';
import { accepts, isCompared, signsWanted } from './compare.js';
import { strict, type Asked, type Evaluated, type Strict } from './functions.js';
import { given } from './given.js';
import {
  add,
  atomPoly,
  constant,
  contentOf,
  leadingOf,
  negate,
  onePoly,
  printPoly,
  someAtom,
  subtract,
  zeroPoly,
  type Poly,
} from './poly.js';
import { bitOf, notNegative, positive, rootSigns, type Sign } from './sign.js';
import { hasSum } from './sides.js';
import { shared, totalOver, wholeAt } from './totals.js';

/** The value of something that asks no sign; undefined where it asks one. */
const plainValue = (frame: Frame, expr: Expr, cell: Cell): Poly | undefined => {
  const [only, ...more] = valueOf(frame, expr, cell, wholeAt);
  return only === undefined || more.length > 0 || only.cell !== cell ? undefined : only.value;
};

/** The value of something at one source. A total runs over other sources as well: of them nothing is known there. */
const valueThere = (frame: Frame, outer: Cell, there: Cell, expr: Expr): Poly | undefined =>
  plainValue(frame, expr, hasSum(expr) ? outer : there);

const known = (frame: Frame, outer: Cell, cell: Cell, condition: Expr): Cell | undefined => {
  if (!isCompared(condition)) return cell;
  const [a, b] = condition.args.map((arg) => valueThere(frame, outer, cell, arg));
  if (a === undefined || b === undefined) return cell;
  const flipped = condition.fn === 'smaller' || condition.fn === 'smallerEq';
  const signs = signsWanted(condition.fn);
  const difference = reduce(cell, subtract(a, b));
  return flipped
    ? given(cell, negate(difference), condition.fn === 'smaller' ? positive : notNegative)
    : given(cell, difference, signs);
};

/** The cell with a comparison that says no more than the sign of one indeterminate; undefined where it says something else. */
export const knownSign = (frame: Frame, cell: Cell, condition: Expr): readonly Cell[] | undefined => {
  if (!isCompared(condition) || condition.args.some((arg) => arg.kind === 'apply')) return undefined;
  const [a, b] = condition.args.map((arg) => plainValue(frame, arg, cell));
  const difference = a && b && reduce(cell, subtract(a, b));
  if (difference === undefined || difference.size !== 1 || contentOf(difference).length !== 1) return undefined;
  const next = given(cell, difference, signsWanted(condition.fn));
  return next === undefined ? [] : [next];
};

const classified = (frame: Frame, outer: Cell, cell: Cell, of: Expr, sign: Sign): Cell | undefined => {
  const value = valueThere(frame, outer, cell, of);
  if (value === undefined) return cell;
  const p = reduce(cell, value);
  if (p.size === 1) {
    const powers = contentOf(p);
    const [one] = powers;
    const signed = bitOf(leadingOf(p).s < 0n ? (-sign as Sign) : sign);
    const left = productSignsOf(cell, powers) & signed;
    if (left === 0) return undefined;
    if (one === undefined) return cell;
    if (powers.length === 1) return withSigns(cell, one.atom, rootSigns(left, one.exponent));
    return { ...cell, products: [...cell.products, { powers, signs: left }] };
  }
  const cells = assuming(cell, p, bitOf(sign));
  return cells.length === 0 ? undefined : cells.length === 1 ? cells[0] : cell;
};

/** What is known of one source of a class; undefined where the class is empty. */
export const contextOf = (frame: Frame, cell: Cell, place: number): Cell | undefined => {
  if (place === wholeAt) return cell;
  const contexts = frame.contexts.get(cell) ?? new Map<number, Cell | undefined>();
  frame.contexts.set(cell, contexts);
  if (contexts.has(place)) return contexts.get(place);
  contexts.set(place, cell);
  let context: Cell | undefined = cell;
  for (const condition of frame.given) context = context && known(frame, cell, context, condition);
  for (const { of, sign } of frame.classes[place]!.signs)
    context = context && classified(frame, cell, context, of, sign);
  contexts.set(place, context);
  return context;
};

/** A proof that asks for more signs than this is not looked for. */
const mostDecisions = 3000;

/** The parts of the cell in which the sign of a value is known. At a source it must follow from its class. */
const decide = (frame: Frame, cell: Cell, place: Place, p: Poly): readonly Branch<Sign>[] => {
  const outside = (q: Poly): readonly Branch<Sign>[] =>
    bySign(cell, q).map((part) => ({ cell: part.cell, value: part.sign }));
  if (cell.stuck !== undefined) return at(cell, 0);
  frame.effort.decisions += 1;
  if (frame.effort.decisions > mostDecisions) return at(stuck(cell, proofSays.tooManyDecisions(mostDecisions)), 0);
  if (place === undefined) return outside(p);
  const inside = contextOf(frame, cell, place);
  if (inside === undefined) return at(cell, 0);
  const reduced = reduce(inside, p);
  if (!someAtom(reduced, ({ source }) => source)) return outside(reduced);
  const parts = bySign(inside, reduced);
  if (parts.length === 0) return at(cell, 0);
  const signs = new Set(parts.map(({ sign }) => sign));
  const [only] = signs;
  if (only !== undefined && signs.size === 1) return at(cell, only);
  const open = contentOf(reduced).find(({ atom }) => !atom.source && bySign(inside, atomPoly(atom)).length > 1);
  if (open !== undefined) return flatMap(outside(atomPoly(open.atom)), (_, next) => decide(frame, next, place, p));
  return at(stuck(cell, proofSays.signUnknown(printPoly(reduced))), 0);
};

/** Whether a condition holds; conditions after one that decides are not looked at. */
export const truthOf = (frame: Frame, expr: Expr, cell: Cell, place: Place): readonly Branch<boolean>[] => {
  if (isApply(expr, 'and') || isApply(expr, 'or')) {
    const last = expr.fn === 'or';
    return flatMap(truthOf(frame, expr.args[0]!, cell, place), (holds, next) =>
      holds === last ? at(next, last) : truthOf(frame, expr.args[1]!, next, place),
    );
  }
  if (isApply(expr, 'not'))
    return truthOf(frame, expr.args[0]!, cell, place).map((one) => ({ ...one, value: !one.value }));
  if (isCompared(expr))
    return flatMap(valuesOf(frame, expr.args, cell, place), ([a = zeroPoly, b = zeroPoly], next) =>
      decide(frame, next, place, subtract(a, b)).map((one) => ({
        ...one,
        value: accepts[expr.fn].includes(one.value),
      })),
    );
  return flatMap(valueOf(frame, expr, cell, place), (value, next) =>
    decide(frame, next, place, value).map((one) => ({ ...one, value: one.value !== 0 })),
  );
};

/** The total of an expression over all sources: over each class in turn. */
export const totalOf = (frame: Frame, body: Expr, cell: Cell): readonly Branch<Poly>[] => {
  const { classes, adding } = frame;
  const [single] = classes;
  if (frame.entangled) {
    const value = plainValue(frame, body, cell);
    if (value !== undefined) return at(cell, totalOver(undefined, undefined, value, adding));
  } else if (single !== undefined && classes.length === 1) {
    return flatMap(valueOf(frame, body, cell, 0), (value, next) => {
      const inside = contextOf(frame, next, 0);
      return at(next, inside === undefined ? zeroPoly : totalOver(single, inside, value, adding));
    });
  }
  const start: readonly Branch<readonly Poly[]>[] = at(cell, []);
  const branches = classes.reduce(
    (found, one) =>
      flatMap(found, (values, next) =>
        contextOf(frame, next, one.at) === undefined
          ? at(next, [...values, zeroPoly])
          : valueOf(frame, body, next, one.at).map((b) => ({ cell: b.cell, value: [...values, b.value] })),
      ),
    start,
  );
  return branches.map(({ cell: next, value: values }) => {
    const contexts = classes.map((one) => contextOf(frame, next, one.at));
    const common = frame.entangled ? shared(values.filter((_, i) => contexts[i] !== undefined)) : zeroPoly;
    const sums = classes.map((one, i) =>
      contexts[i] === undefined
        ? zeroPoly
        : totalOver(one, contexts[i], subtract(values[i] ?? zeroPoly, common), adding),
    );
    return { cell: next, value: sums.reduce(add, totalOver(undefined, undefined, common, adding)) };
  });
};

/** Values one after another, each in the parts of the cell that those before it left. */
export const valuesOf = (
  frame: Frame,
  exprs: readonly Expr[],
  cell: Cell,
  place: Place,
): readonly Branch<readonly Poly[]>[] =>
  exprs.reduce<readonly Branch<readonly Poly[]>[]>(
    (branches, expr) =>
      flatMap(branches, (values, next) =>
        valueOf(frame, expr, next, place).map((one) => ({ cell: one.cell, value: [...values, one.value] })),
      ),
    at(cell, []),
  );

/**
 * The value of an expression as a polynomial, in each part of the cell in which it is one. A cell in which it has no value,
 * or in which a sign that matters cannot be told, comes back `stuck`.
 */
export const valueOf = (frame: Frame, expr: Expr, cell: Cell, place: Place): readonly Branch<Poly>[] => {
  if (cell.stuck !== undefined) return at(cell, zeroPoly);
  if (expr.kind === 'number') return at(cell, constant(expr.value));
  if (expr.kind === 'symbol')
    return at(cell, frame.symbols.get(expr.name) ?? atomPoly({ name: expr.name, tex: toTex(expr), source: false }));
  const { fn } = expr;
  if (fn === 'total' || fn === 'sum') return totalOf(frame, expr.args[0]!, cell);
  if (fn === 'where')
    return flatMap(truthOf(frame, expr.args[0]!, cell, place), (holds, next) =>
      valueOf(frame, expr.args[holds ? 1 : 2]!, next, place),
    );
  if (fn === 'and' || fn === 'or' || fn === 'not' || isCompared(expr))
    return truthOf(frame, expr, cell, place).map((one) => ({ cell: one.cell, value: one.value ? onePoly : zeroPoly }));
  const apply: Strict = strict[fn as Evaluated];
  const asked: Asked = {
    expr,
    decide: (inside, p) => decide(frame, inside, place, p),
    here: (inside) => (place === undefined ? inside : (contextOf(frame, inside, place) ?? inside)),
  };
  return flatMap(valuesOf(frame, expr.args, cell, place), (args, next) =>
    apply(asked, next, args[0] ?? zeroPoly, args[1] ?? zeroPoly, args),
  );
};
