import { didYouMean, show } from './nearest.js';

export const unknownSymbol = (name: string, allowed: readonly string[]): string =>
  `unknown symbol "${name}"${didYouMean(name, allowed)}; allowed here: ${allowed.join(', ')}`;

export const unknownFunction = (name: string, allowed: readonly string[]): string =>
  `unknown function "${name}"${didYouMean(name, allowed)}; allowed here: ${allowed.join(', ')}`;

export const symbolCalled = (name: string): string =>
  `"${name}" is no function and cannot be called; for a product write ${name}*(...)`;

export const functionNotCalled = (name: string): string =>
  `"${name}" is a function: write its arguments in parentheses, ${name}(...)`;

export const illegalCharacter = (character: string): string =>
  `${show(character)} has no meaning in a formula; allowed are numbers, names, + - * / ^ ( ) , and < <= > >= == != and or not`;

export const implicitProduct = (text: string): string => `there is no operator before "${text}"; for a product write *`;

export const chainedComparison = (operator: string): string =>
  `comparisons cannot be chained at "${operator}"; write "a < b and b < c" instead of "a < b < c"`;

export const wrongArity = (name: string, found: number, least: number, most: number): string => {
  const wanted = least === most ? String(least) : most === Infinity ? `at least ${least}` : `${least} to ${most}`;
  return `${name} takes ${wanted} argument${wanted === '1' ? '' : 's'}, found ${found}`;
};

export const numberOutOfRange = (text: string): string =>
  `the number ${show(text)} does not fit float64; use a magnitude between 1e-307 and 1e308, or 0`;

export const emptyFormula = (): string => 'the formula is empty; for no relevance at all write 0';

export const formulaTooLong = (limit: number): string =>
  `the formula has more than ${limit} numbers, names and operators; split it into "let" entries`;

export const tooManySigns = (limit: number): string =>
  `more than ${limit} signs, negations and powers; split the formula into "let" entries`;

export const formulaTooDeep = (limit: number): string =>
  `parentheses are nested more than ${limit} deep here; split the formula into "let" entries`;

export const syntaxError = (reason: string): string => `cannot read the formula: ${reason}`;

export const constructNotAllowed = (what: string): string =>
  `${what} is not part of the rule language; allowed are + - * / ^, comparisons, and, or, not and the listed functions`;

export const fractionalPower = (power: string): string =>
  `"${power}" has an exponent that is no constant integer and a base that may be negative; ` +
  'use an integer exponent, or a base that is never negative such as pos(...) or abs(...)';

export const notFinite = (value: number): string => `${value} cannot stand in a formula; only finite numbers can`;

export const missingSource = (fn: string, expression: string): string =>
  `"${expression}" needs the sources of an output, and none were given; ${fn}(...) has a value only at a connection`;

export const valueMissing = (name: string): string => `no value was given for "${name}"; add it to the scope`;

const referenceCan = 'the reference backend can still run the rule, message by message';

export const inseparable = (expression: string, reason: string): string =>
  `"${expression}" does not separate into a source, a connection and an output factor: ${reason}; ${referenceCan}`;

export const mixedArgument = (fn: string): string => `${fn} is applied to more than one side at once`;

export const sumArgument = (fn: string): string =>
  `${fn} is applied to a sum over more than one side; only a product splits`;

export const mixedDivisor = (): string => 'its divisor is a sum over more than one side';

export const mixedCondition = (): string => 'its condition looks at more than one side';

export const comparedWithNonzero = (): string =>
  'a comparison over more than one side separates only against the literal 0';

export const tooManyProducts = (limit: number): string => `it expands into more than ${limit} products`;

export const mixedPower = (): string => 'its exponent is no small non-negative integer';

export const sidesOutsideTotal = (expression: string, symbols: readonly string[]): string =>
  `"${expression}" is a quantity of the output, but uses ${symbols.join(', ')} outside of total(...); ` +
  `wrap what belongs to single connections in total(...)`;
