import { symbolsOf, type Expr } from '@kirchhoff/formula';

/**
 * Whether a formula is 0 wherever `symbol` is 0, as far as its form tells: a product with the symbol, a sum of such
 * products, a ratio of one. Where the other factors are finite, that is.
 */
export const vanishesWith = (expr: Expr, symbol: string): boolean => {
  if (expr.kind === 'number') return expr.value.n === 0n;
  if (expr.kind === 'symbol') return expr.name === symbol;
  const [first, ...rest] = expr.args;
  switch (expr.fn) {
    case 'multiply':
    case 'and':
      return expr.args.some((arg) => vanishesWith(arg, symbol));
    case 'add':
    case 'subtract':
    case 'unaryMinus':
    case 'pos':
    case 'neg':
    case 'abs':
    case 'min':
    case 'max':
      return expr.args.every((arg) => vanishesWith(arg, symbol));
    case 'divide':
    case 'ratio':
      return vanishesWith(first!, symbol) && rest.every((arg) => !symbolsOf(arg).includes(symbol));
    case 'where':
      return rest.every((arg) => vanishesWith(arg, symbol));
    default:
      return false;
  }
};
