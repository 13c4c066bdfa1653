import { toNumbers, type Tensor } from '@kirchhoff/graph';
import { refuse, textSays } from '@kirchhoff/message';
import type { Tokens } from './tokens.js';

/**
 * The relevance of each token: its embedding's components summed.
 * @param relevance of the embedding of one sample: [1, T, E] or [T, E]; [1, T] or [T] is already that of tokens
 * Throws `Refusal` where the shape is not that of T tokens.
 */
export const tokenRelevance = ({ tokens }: Pick<Tokens, 'tokens'>, { shape, data }: Tensor): Float64Array => {
  const [first, ...rest] = shape;
  const own = first === 1 && rest[0] === tokens.length ? rest : shape;
  if (own[0] !== tokens.length || own.length > 2) refuse('', textSays.relevanceShape(shape, tokens.length));
  const components = own[1] ?? 1;
  const values = toNumbers(data);
  return Float64Array.from(tokens, (_, t) => {
    let sum = 0;
    for (let e = 0; e < components; e++) sum += values[t * components + e]!;
    return sum;
  });
};

/** The relevance of each segment: its tokens' summed; null where it has none. */
export const segmentRelevance = (
  { tokens, segments }: Pick<Tokens, 'tokens' | 'segments'>,
  values: ArrayLike<number>,
): readonly (number | null)[] => {
  const sums: (number | null)[] = segments.map(() => null);
  tokens.forEach(({ segment }, t) => {
    sums[segment] = (sums[segment] ?? 0) + (values[t] ?? 0);
  });
  return sums;
};
