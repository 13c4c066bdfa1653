import { Fraction } from 'fraction.js';
import { isApply, isValue, num, zero, type Expr } from './expr.js';
import { keyOf } from './key.js';
import type { Make } from './simplify.js';

/** A number times a source factor times a connection factor: one run of the operator, unless it is merged with others. */
export interface Item {
  readonly coefficient: Fraction;
  readonly source: Expr;
  readonly connection: Expr;
}

/** A sum of items that has one and the same output factor. */
export type Items = readonly Item[];

export type InnerSide = 'source' | 'connection';

const nothing = new Fraction(0n, 1n);

export const pairKey = (item: Omit<Item, 'coefficient'>): string => `${keyOf(item.source)} ; ${keyOf(item.connection)}`;

/** `k₁e₁ + k₂e₂ + …` */
export const linear = (terms: readonly (readonly [Fraction, Expr])[], make: Make): Expr =>
  terms.reduce<Expr>((sum, [k, expr]) => make('add', sum, make('multiply', num(k), expr)), zero);

/** Items of the same two factors become one; what adds up to 0 is dropped. */
export const merged = (items: Items): Items => {
  const found = new Map<string, Item>();
  for (const item of items) {
    const key = pairKey(item);
    const known = found.get(key);
    const coefficient = item.coefficient.add(known?.coefficient ?? nothing);
    found.set(key, { ...(known ?? item), coefficient });
  }
  return [...found.values()].filter((item) => item.coefficient.n !== 0n);
};

/** What stands inside pos(…) and neg(…) on one side: splitting by these signs may save a run. */
export const signedBases = (items: Items, side: InnerSide): ReadonlySet<string> =>
  new Set(
    items.flatMap(({ [side]: expr }) => (isApply(expr, 'pos') || isApply(expr, 'neg') ? [keyOf(expr.args[0]!)] : [])),
  );

/** e = pos(e) + neg(e), wherever one of the bases stands bare. */
export const splitBySign = (items: Items, side: InnerSide, bases: ReadonlySet<string>, make: Make): Items =>
  merged(
    items.flatMap((item) => {
      const expr = item[side];
      if (!bases.has(keyOf(expr))) return [item];
      const halves = [make('pos', expr), make('neg', expr)].filter((half) => !isValue(half, 0));
      return halves.map((half) => ({ ...item, [side]: half }));
    }),
  );

/** pos(e) + neg(e) = e, wherever both stand with the same number and the same other factor. */
const joinedBySign = (items: Items, side: InnerSide): Items => {
  const rest = [...items];
  for (let i = 0; i < rest.length; i += 1) {
    const item = rest[i]!;
    const expr = item[side];
    if (!isApply(expr, 'pos')) continue;
    const base = expr.args[0]!;
    const mirror = pairKey({ ...item, [side]: { kind: 'apply', fn: 'neg', args: [base] } });
    const j = rest.findIndex((other) => pairKey(other) === mirror && other.coefficient.equals(item.coefficient));
    if (j < 0) continue;
    rest[i] = { ...item, [side]: base };
    rest.splice(j, 1);
    i = -1;
  }
  return merged(rest);
};

const groupedBy = (side: InnerSide, items: Items, make: Make): Items => {
  const other = side === 'source' ? 'connection' : 'source';
  const groups = new Map<string, Item[]>();
  for (const item of items) {
    const key = keyOf(item[side]);
    groups.set(key, [...(groups.get(key) ?? []), item]);
  }
  return [...groups.values()].map((group) => {
    const first = group[0]!;
    if (group.length === 1) return first;
    const combined = group.map((item) => [item.coefficient.div(first.coefficient), item[other]] as const);
    return { ...first, [other]: linear(combined, make) };
  });
};

/**
 * The ways of writing a sum of items with few runs: as it stands, with signs split or joined, with the connection
 * factors of a source added into one weight, or the source factors of a connection added.
 */
export const rewritings = (
  items: Items,
  bases: { readonly [S in InnerSide]: ReadonlySet<string> },
  make: Make,
): readonly Items[] => {
  const byConnection = splitBySign(items, 'connection', bases.connection, make);
  const prepared = [
    items,
    joinedBySign(joinedBySign(items, 'connection'), 'source'),
    byConnection,
    splitBySign(items, 'source', bases.source, make),
    splitBySign(byConnection, 'source', bases.source, make),
  ];
  const found = new Map<string, Items>();
  for (const base of prepared) {
    const bySource = groupedBy('source', base, make);
    const byWeight = groupedBy('connection', base, make);
    const ways = [
      base,
      bySource,
      byWeight,
      groupedBy('connection', bySource, make),
      groupedBy('source', byWeight, make),
    ];
    for (const way of ways) {
      const key = way
        .map((item) => `${item.coefficient.toFraction()} ${pairKey(item)}`)
        .sort()
        .join(' + ');
      if (!found.has(key)) found.set(key, way);
    }
  }
  return [...found.values()];
};
