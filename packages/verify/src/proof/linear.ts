import { Fraction } from '@kirchhoff/formula';

/** `Σ coefficient · variable + constant ≥ 0`, or `> 0` where it is strict. */
export interface Row {
  readonly coefficients: ReadonlyMap<string, Fraction>;
  readonly constant: Fraction;
  readonly strict: boolean;
}

/** Beyond so many rows the question is left open, which never proves anything wrongly. */
const mostRows = 240;

const combined = (a: Row, b: Row, variable: string): Row => {
  const [p, n] = [a.coefficients.get(variable)!.abs(), b.coefficients.get(variable)!.abs()];
  const coefficients = new Map<string, Fraction>();
  for (const [name, value] of a.coefficients) if (name !== variable) coefficients.set(name, value.mul(n));
  for (const [name, value] of b.coefficients) {
    if (name === variable) continue;
    const before = coefficients.get(name);
    const sum = before === undefined ? value.mul(p) : before.add(value.mul(p));
    if (sum.n === 0n) coefficients.delete(name);
    else coefficients.set(name, sum);
  }
  return { coefficients, constant: a.constant.mul(n).add(b.constant.mul(p)), strict: a.strict || b.strict };
};

const contradicts = ({ constant, strict }: Row): boolean => constant.s < 0n || (strict && constant.n === 0n);

interface Uses {
  readonly above: Row[];
  readonly below: Row[];
}

const usesOf = (rows: readonly Row[]): Map<string, Uses> => {
  const uses = new Map<string, Uses>();
  for (const row of rows)
    for (const [name, value] of row.coefficients) {
      const of = uses.get(name) ?? { above: [], below: [] };
      (value.s > 0n ? of.above : of.below).push(row);
      uses.set(name, of);
    }
  return uses;
};

/**
 * Whether no real numbers satisfy all rows (Fourier–Motzkin elimination, exact). False where some do, and where the
 * elimination grows too large to tell.
 */
export const contradictory = (given: readonly Row[]): boolean => {
  let rows = given;
  for (;;) {
    const closed = rows.filter(({ coefficients }) => coefficients.size === 0);
    if (closed.some(contradicts)) return true;
    rows = rows.filter(({ coefficients }) => coefficients.size > 0);
    const uses = usesOf(rows);
    let best: readonly [name: string, uses: Uses] | undefined;
    let cost = Infinity;
    for (const [name, of] of uses) {
      const price = of.above.length * of.below.length - of.above.length - of.below.length;
      if (price < cost) [best, cost] = [[name, of], price];
    }
    if (best === undefined) return false;
    const [name, { above, below }] = best;
    const rest = rows.filter(({ coefficients }) => !coefficients.has(name));
    rows = [...rest, ...above.flatMap((a) => below.map((b) => combined(a, b, name)))];
    if (rows.length > mostRows) return false;
  }
};
