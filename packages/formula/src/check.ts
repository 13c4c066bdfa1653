import { formulaSays, problem, type Problem } from '@kirchhoff/message';
import { isWordOperator, mostTokens, type Token } from './lex.js';
import type { Scope } from './parse.js';

const compares: ReadonlySet<string> = new Set(['<', '<=', '>', '>=', '==', '!=']);
const deepest = 100;
/** Signs and powers stand inside one another. */
const mostNested = 200;

const at = (token: Token, message: string): Problem => problem(`column ${token.column}`, message);

const endsOperand = (token: Token | undefined): boolean =>
  token !== undefined && !isWordOperator(token) && (token.kind !== 'operator' || token.text === ')');

const nameProblem = (token: Token, called: boolean, scope: Scope): string | undefined => {
  const isFunction = (scope.functions as readonly string[]).includes(token.text);
  const isSymbol = scope.symbols.includes(token.text);
  if (called) {
    if (isFunction) return undefined;
    return isSymbol ? formulaSays.symbolCalled(token.text) : formulaSays.unknownFunction(token.text, scope.functions);
  }
  if (isSymbol) return undefined;
  return isFunction ? formulaSays.functionNotCalled(token.text) : formulaSays.unknownSymbol(token.text, scope.symbols);
};

const fitsFloat64 = (text: string): boolean => {
  const value = Number(text);
  const mantissa = text.toLowerCase().split('e')[0] ?? '';
  return value === 0 ? /^[0.]*$/.test(mantissa) && text.length < 400 : value >= 1e-307 && value < Infinity;
};

/** Names, missing operators, chained comparisons, numbers and nesting: all that tokens alone can tell, with columns. */
export const checkTokens = (tokens: readonly Token[], scope: Scope): readonly Problem[] => {
  if (tokens.length === 0) return [problem('', formulaSays.emptyFormula())];
  if (tokens.length > mostTokens) return [at(tokens[mostTokens]!, formulaSays.formulaTooLong(mostTokens))];
  const problems: Problem[] = [];
  // Whether a comparison stands open at each depth of parentheses.
  const compared = [false];
  let nested = 0;
  tokens.forEach((token, i) => {
    const next = tokens[i + 1];
    const signs = ['-', '+', 'not'].includes(token.text) && !endsOperand(tokens[i - 1]);
    if ((signs || token.text === '^') && ++nested === mostNested + 1)
      problems.push(at(token, formulaSays.tooManySigns(mostNested)));
    const called = next?.text === '(';
    const known = problems.length;
    const word = isWordOperator(token);
    if (token.kind === 'name' && !word) {
      const message = nameProblem(token, called, scope);
      if (message !== undefined) problems.push(at(token, message));
    }
    if (token.kind === 'number' && !fitsFloat64(token.text))
      problems.push(at(token, formulaSays.numberOutOfRange(token.text)));
    const starts = token.kind !== 'operator' || token.text === '(';
    const callsName = token.text === '(' && tokens[i - 1]?.kind === 'name' && !isWordOperator(tokens[i - 1]!);
    const operand = starts && !(word && token.text !== 'not');
    if (operand && !callsName && endsOperand(tokens[i - 1]) && problems.length === known)
      problems.push(at(token, formulaSays.implicitProduct(token.text)));
    if (token.text === '(') {
      compared.push(false);
      if (compared.length === deepest + 2) problems.push(at(token, formulaSays.formulaTooDeep(deepest)));
    } else if (token.text === ')' && compared.length > 1) compared.pop();
    else if (token.text === ',' || token.text === 'and' || token.text === 'or') compared[compared.length - 1] = false;
    else if (compares.has(token.text)) {
      if (compared.at(-1) === true) problems.push(at(token, formulaSays.chainedComparison(token.text)));
      compared[compared.length - 1] = true;
    }
  });
  return problems;
};
