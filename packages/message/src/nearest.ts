import { distance } from 'fastest-levenshtein';

/** No slip of the hand is searched for in longer words, nor among more of them. */
const longest = 100;
const most = 10_000;

/** The allowed word closest to `word`, if one is close enough to be a slip of the hand. */
export const nearest = (word: string, allowed: Iterable<string>): string | undefined => {
  if (word.length > longest) return undefined;
  let left = most;
  let best: string | undefined;
  let least = Math.max(2, Math.floor(word.length / 3)) + 0.5;
  for (const candidate of allowed) {
    if (left-- === 0) break;
    if (Math.abs(candidate.length - word.length) >= least) continue;
    const d = candidate.toLowerCase() === word.toLowerCase() ? 0 : distance(word, candidate);
    if (d < least) [best, least] = [candidate, d];
  }
  return best;
};

/** ` (did you mean "Conv"?)`, or nothing. */
export const didYouMean = (word: string, allowed: Iterable<string>): string => {
  const best = nearest(word, allowed);
  return best === undefined ? '' : ` (did you mean "${best}"?)`;
};

/** A value as a person may read it inside a message: short, on one line. */
export const show = (value: unknown): string => {
  const text = typeof value === 'string' ? JSON.stringify(value) : (JSON.stringify(value) ?? String(value));
  return text.length > 60 ? `${text.slice(0, 57)}...` : text;
};
