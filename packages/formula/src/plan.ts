import { Fraction } from 'fraction.js';
import { merged, pairKey, rewritings, signedBases, splitBySign, type InnerSide, type Items } from './bundle.js';
import { isNumber, type Expr } from './expr.js';
import { keyOf } from './key.js';
import { printExpr } from './print.js';
import type { Make } from './simplify.js';
import type { Bundle } from './totals.js';

/** How a bundle is computed: as Σ items by passes, plus a multiple of the node's own output y, plus bias·b. */
export interface Realisation {
  readonly items: Items;
  readonly y: Fraction;
  readonly bias: Fraction;
}

/** The node's own forward pass as an item, whether it is known to have no bias, and whether it is run in any case. */
export interface Forward {
  readonly items: Items;
  readonly unbiased: boolean;
  readonly kept: boolean;
}

export interface Plan {
  /** One for each bundle. */
  readonly realisations: readonly Realisation[];
  /** One for each output factor of the message. */
  readonly messages: readonly Items[];
}

type Bases = { readonly [S in InnerSide]: ReadonlySet<string> };

const nothing = new Fraction(0n, 1n);
const mostCombinations = 20_000;
const mostCandidates = 64;

const realisationsOf = (bundle: Bundle, forward: Forward, bases: Bases, make: Make): readonly Realisation[] => {
  const plain = rewritings(bundle.items, bases, make);
  const found: Realisation[] = plain.map((items) => ({ items, y: nothing, bias: bundle.bias }));
  const own = forward.items[0];
  if (own === undefined) return found;
  const key = pairKey(own);
  for (const items of [bundle.items, ...plain]) {
    const match = items.find((item) => pairKey(item) === key);
    const y = match?.coefficient.div(own.coefficient);
    if (y === undefined || !(forward.unbiased || y.equals(bundle.bias))) continue;
    const rest = items.filter((item) => item !== match);
    // y plus what has the other sign would be a total by subtraction.
    if (rest.some((item) => item.coefficient.s !== y.s)) continue;
    for (const way of rewritings(rest, bases, make)) found.push({ items: way, y, bias: nothing });
    break;
  }
  return found;
};

/** Every way of choosing one option from each list, or the shortest options of each where that is too many. */
const combinations = function* <T>(
  lists: readonly (readonly T[])[],
  size: (option: T) => number,
): Generator<readonly T[]> {
  const all = lists.reduce((n, list) => n * list.length, 1);
  const most = Math.max(1, Math.floor(mostCombinations ** (1 / lists.length)));
  const kept =
    all <= mostCombinations ? lists : lists.map((list) => [...list].sort((a, b) => size(a) - size(b)).slice(0, most));
  const chosen: T[] = [];
  const choose = function* (depth: number): Generator<readonly T[]> {
    if (depth === kept.length) {
      yield [...chosen];
      return;
    }
    for (const option of kept[depth]!) {
      chosen[depth] = option;
      yield* choose(depth + 1);
    }
  };
  yield* choose(0);
};

/** The options of least cost; costs are compared number by number. */
const cheapest = <T>(options: Iterable<T>, cost: (option: T) => readonly number[]): readonly T[] => {
  let best: T[] = [];
  let least: readonly number[] | undefined;
  for (const option of options) {
    const own = cost(option);
    const difference = least === undefined ? -1 : (own.map((c, i) => c - (least![i] ?? 0)).find((d) => d !== 0) ?? 0);
    if (difference < 0) [best, least] = [[option], own];
    else if (difference === 0 && best.length < mostCandidates) best.push(option);
  }
  return best;
};

const keysOf = (lists: readonly Items[]): ReadonlySet<string> => new Set(lists.flatMap((items) => items.map(pairKey)));

/** Totals of both signs: what could be added is better not subtracted. */
const subtracts = ({ items, y }: Realisation): boolean => {
  const signs = new Set([...items.map((item) => item.coefficient.s), ...(y.n === 0n ? [] : [y.s])]);
  return signs.size > 1;
};

/** The forward pass written as sums of other passes: all the ways by which y may come for free. */
export const forwardSums = (forward: Forward, bases: Bases, make: Make): readonly Items[] => {
  if (forward.kept) return [];
  const byConnection = splitBySign(forward.items, 'connection', bases.connection, make);
  return [
    forward.items,
    byConnection,
    splitBySign(forward.items, 'source', bases.source, make),
    splitBySign(byConnection, 'source', bases.source, make),
  ].filter((items) => items.length > 0);
};

export const allBases = (lists: readonly Items[]): Bases => {
  const items = merged(lists.flat());
  return { source: signedBases(items, 'source'), connection: signedBases(items, 'connection') };
};

const connections = (lists: readonly Items[]): ReadonlyMap<string, Expr> =>
  new Map(
    lists.flatMap((items) =>
      items
        .filter((item) => !isNumber(item.connection))
        .map((item) => [keyOf(item.connection), item.connection] as const),
    ),
  );

/**
 * Chooses how to compute the bundles and the message with the fewest runs of the operator, subtracting no totals where
 * they can be added: first the passes (the forward pass counts unless it is a sum of others), then the adjoint passes; among equals the fewest
 * subtractions, then the fewest derived weights, then the shortest sums.
 */
export const choosePlan = (
  bundles: readonly Bundle[],
  messages: readonly Items[],
  forward: Forward,
  make: Make,
): Plan => {
  const bases = allBases([...bundles.map((b) => b.items), ...messages]);
  const sums = forwardSums(forward, bases, make).map((items) => items.map(pairKey));
  const passCost = (choice: readonly Realisation[]): readonly number[] => {
    const passes = keysOf(choice.map((r) => r.items));
    const free = sums.some((keys) => keys.every((key) => passes.has(key)));
    return [choice.filter(subtracts).length, passes.size + (free ? 0 : 1), passes.size];
  };
  const realisations = cheapest(
    combinations(
      bundles.map((bundle) => realisationsOf(bundle, forward, bases, make)),
      (r) => r.items.length,
    ),
    passCost,
  );
  const adjoints = cheapest(
    combinations(
      messages.map((items) => rewritings(items, bases, make)),
      (items) => items.length,
    ),
    (choice) => [keysOf(choice).size],
  );
  const plans = function* (): Generator<Plan> {
    for (const r of realisations) for (const m of adjoints) yield { realisations: r, messages: m };
  };
  const planCost = (plan: Plan): readonly number[] => {
    const lists = [...plan.realisations.map((r) => r.items), ...plan.messages];
    const weights = connections(lists);
    const summands = plan.realisations.reduce((n, r) => n + r.items.length + (r.y.n === 0n ? 0 : 1), 0);
    const length = [...weights.values()].reduce((n, expr) => n + printExpr(expr).length, 0);
    const negative = lists.flat().filter((item) => item.coefficient.s < 0n).length;
    return [negative, weights.size, summands, lists.flat().length, length];
  };
  return cheapest(plans(), planCost)[0] ?? { realisations: [], messages: [] };
};
