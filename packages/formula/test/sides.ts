import type { Side } from '@kirchhoff/formula';

/** Where the symbols of an affine message live. */
export const sideOf = (symbol: string): Side =>
  symbol === 'w' ? 'connection' : symbol === 'x' || symbol === 'low' || symbol === 'high' ? 'source' : 'output';
