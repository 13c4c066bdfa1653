import { everything, interval, rising } from './bounds.js';
import type { Interval, Row } from './row.js';
import { unary } from './unary.js';

const oscillating = (): Interval => ({ low: -1, high: 1 });

const within = (x: number, low: number, high: number): number => Math.min(Math.max(x, low), high);

/** Trigonometric and hyperbolic functions and their inverses; where a function has no value, its kernel gives NaN. */
export const trigonometry = {
  Sin: unary({ summary: 'Sine.', formula: 'sin(x)', facts: oscillating }),
  Cos: unary({ summary: 'Cosine.', formula: 'cos(x)', facts: oscillating }),
  Tan: unary({
    summary: 'Tangent.',
    formula: 'sin(x)/cos(x)',
    derivative: '1 + y^2',
    facts: (x) => (x.low > -Math.PI / 2 && x.high < Math.PI / 2 ? rising(x, Math.tan) : everything),
  }),
  Asin: unary({
    summary: 'Inverse sine, of -1 … 1.',
    formula: 'atan(x/sqrt(1 - x^2))',
    derivative: 'where(x^2 == 1, 0, 1/sqrt(1 - x^2))',
    facts: (x) => rising(x, (v) => Math.asin(within(v, -1, 1))),
  }),
  Acos: unary({
    summary: 'Inverse cosine, of -1 … 1.',
    formula: '1.5707963267948966 - atan(x/sqrt(1 - x^2))',
    derivative: 'where(x^2 == 1, 0, -1/sqrt(1 - x^2))',
    facts: ({ low, high }) => interval(Math.acos(within(high, -1, 1)), Math.acos(within(low, -1, 1))),
  }),
  Atan: unary({
    summary: 'Inverse tangent.',
    formula: 'atan(x)',
    facts: (x) => rising(x, Math.atan),
  }),
  Sinh: unary({
    summary: 'Hyperbolic sine.',
    formula: '(exp(x) - exp(-x))/2',
    facts: (x) => rising(x, Math.sinh),
  }),
  Cosh: unary({
    summary: 'Hyperbolic cosine.',
    formula: '(exp(x) + exp(-x))/2',
    facts: ({ low, high }) =>
      interval(
        low <= 0 && high >= 0 ? 1 : Math.min(Math.cosh(low), Math.cosh(high)),
        Math.max(Math.cosh(low), Math.cosh(high)),
      ),
  }),
  Asinh: unary({
    summary: 'Inverse hyperbolic sine.',
    formula: 'where(x < 0, -1, 1)*log(abs(x) + sqrt(x^2 + 1))',
    derivative: '1/sqrt(x^2 + 1)',
    facts: (x) => rising(x, Math.asinh),
  }),
  Acosh: unary({
    summary: 'Inverse hyperbolic cosine, from 1 on.',
    formula: 'log(x + sqrt(x^2 - 1))',
    derivative: 'where(x == 1, 0, 1/sqrt(x^2 - 1))',
    facts: (x) => rising(x, (v) => Math.acosh(Math.max(v, 1))),
  }),
  Atanh: unary({
    summary: 'Inverse hyperbolic tangent, of -1 … 1.',
    formula: '0.5*log((1 + x)/(1 - x))',
    derivative: 'where(x^2 == 1, 0, 1/(1 - x^2))',
    facts: (x) => rising(x, (v) => Math.atanh(within(v, -1, 1))),
  }),
} satisfies Record<string, Row>;
