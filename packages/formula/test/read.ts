import * as E from 'fp-ts/lib/Either.js';
import { printProblems } from '@kirchhoff/message';
import { parseFormula, ruleFunctions, scalarFunctions, type Expr, type Scope } from '@kirchhoff/formula';

export const ruleScope: Scope = { symbols: ['x', 'w', 'b', 'y', 'R', 'low', 'high'], functions: ruleFunctions };

/** The tree of a formula that is known to be right. */
export const read = (text: string, scope: Scope = ruleScope): Expr => {
  const parsed = parseFormula(text, scope);
  if (E.isLeft(parsed)) throw new Error(printProblems(parsed.left));
  return parsed.right.expr;
};

export const scalarScope = (...symbols: readonly string[]): Scope => ({ symbols, functions: scalarFunctions });
