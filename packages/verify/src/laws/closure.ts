import type { Run } from '../search/run.js';

const sum = (values: Iterable<number>): number => {
  let total = 0;
  for (const value of values) total += value;
  return total;
};

const size = (values: Iterable<number>): number => {
  let total = 0;
  for (const value of values) total += Math.abs(value);
  return total;
};

/**
 * By how much the ledger of a run misses: the larger of |seed − Σ inputs − Σ leaks| over the whole graph, relative to
 * max(|seed|, Σ|inputs| + Σ|leaks|), and |in − out − Σ leaks| at its worst node, relative to what passed there.
 */
export const closureOf = ({ explanation, of, at }: Run): number => {
  const { ledger, relevance, seed } = explanation;
  const seeded = sum(of(seed));
  let leaked = 0;
  let moved = 0;
  let worst = 0;
  for (const entry of ledger) {
    const leaks = Object.values(entry.leaks).map((name) => sum(of(name)));
    const sent = entry.out === undefined ? 0 : sum(of(entry.out));
    const passed = Math.max(sum(of(entry.magnitude)), Math.abs(sent), ...leaks.map(Math.abs));
    const open = Math.abs(sum(of(entry.in)) - sent - sum(leaks));
    leaked += sum(leaks);
    moved += size(leaks);
    if (open > 0) worst = Math.max(worst, open / passed);
  }
  let arrived = 0;
  for (const name of Object.keys(relevance)) {
    arrived += sum(at(name));
    moved += size(at(name));
  }
  const open = Math.abs(seeded - arrived - leaked);
  const scale = Math.max(Math.abs(seeded), moved);
  return Number.isNaN(open) ? open : Math.max(worst, scale === 0 ? open : open / scale);
};
