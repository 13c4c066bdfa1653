import type { OpName } from '@kirchhoff/graph';
import { applied, floats, type Case } from './build.js';

const over = (op: OpName, low: number, high: number): readonly Case[] => [
  applied(op, [floats([3, 7], low, high)]),
  applied(op, [floats([], low, high)]),
];

export const trigonometryCases = {
  Sin: over('Sin', -9, 9),
  Cos: over('Cos', -9, 9),
  Tan: over('Tan', -1.25, 1.25),
  Asin: over('Asin', -1, 1),
  Acos: over('Acos', -1, 1),
  Atan: over('Atan', -9, 9),
  Sinh: over('Sinh', -3, 3),
  Cosh: over('Cosh', -3, 3),
  Asinh: over('Asinh', -9, 9),
  Acosh: over('Acosh', 1, 9),
  Atanh: over('Atanh', -0.875, 0.875),
} satisfies Partial<Record<OpName, readonly Case[]>>;
