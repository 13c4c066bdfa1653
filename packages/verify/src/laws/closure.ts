import type { Run } from '../search/run.js';

const sum = (values: Iterable<number>): number => {
  let total = 0;
  for (const value of values) total += value;
  return total;
};

/**
 * By how much the ledger of a run misses, relative to what passed: the larger of |seed − Σ inputs − Σ leaks| over the whole
 * graph, and |in − out − Σ leaks| at its worst node.
 */
export const closureOf = ({ explanation, of, at }: Run): number => {
  const { ledger, relevance, seed } = explanation;
  const seeded = sum(of(seed));
  let leaked = 0;
  let scale = Math.abs(seeded);
  let worst = 0;
  for (const entry of ledger) {
    const leaks = Object.values(entry.leaks).map((name) => sum(of(name)));
    const sent = entry.out === undefined ? 0 : sum(of(entry.out));
    const size = Math.max(sum(of(entry.magnitude)), Math.abs(sent), ...leaks.map(Math.abs));
    const open = Math.abs(sum(of(entry.in)) - sent - sum(leaks));
    leaked += sum(leaks);
    scale = Math.max(scale, size);
    if (open > 0) worst = Math.max(worst, open / size);
  }
  const arrived = sum(Object.keys(relevance).map((name) => sum(at(name))));
  const open = Math.abs(seeded - arrived - leaked);
  return Number.isNaN(open) ? open : Math.max(worst, scale === 0 ? open : open / scale);
};
