import type { ComparisonRule } from '@kirchhoff/picture';
import { verifySays } from '@kirchhoff/message';
import type { Rulebook } from '@kirchhoff/rule';
import { laws, verify } from '@kirchhoff/verify';
import type { ComparedModel } from './run.js';

const claimed = ['ledger', 'conservative', 'positive'] as const;
const effort = { cases: 40, seed: 42 } as const;

/** The claims that a comparison shows, with what they say. */
export const claims = laws
  .filter(({ name }) => claimed.some((one) => one === name))
  .map(({ name, says }) => ({ title: name, summary: says }));

/** What is proved, tested or refuted of every rule that governs a node of the comparison, by rule. */
export const claimsOf = async (
  book: Rulebook,
  compared: readonly ComparedModel[],
): Promise<ReadonlyMap<string, readonly ComparisonRule[]>> => {
  const named = compared.flatMap(({ methods }) => methods.flatMap(({ plan }) => plan.map(({ rule }) => rule)));
  const rules = [...book.rules.values()].filter(({ name }) => named.includes(name));
  const { entries } = await verify(book, rules, { ...effort, only: claimed });
  const told = new Map<string, readonly ComparisonRule[]>();
  for (const { name, quantity } of rules) {
    if (quantity === 'gradient') {
      const verdict = { verdict: verifySays.nothing, evidence: verifySays.gradientKeepsNone };
      told.set(name, [{ rule: name, verdicts: claims.map(() => verdict) }]);
      continue;
    }
    const rows = [...new Set(entries.map(({ rule }) => rule))].filter(
      (row) => row === name || row.startsWith(`${name} (`),
    );
    told.set(
      name,
      rows.map((row) => ({
        rule: row,
        verdicts: claims.map(({ title }) => {
          const found = entries.find(({ rule, law }) => rule === row && law === title);
          if (found === undefined) return null;
          const verdict = found.verdict === 'silent' ? verifySays.nothing : found.verdict;
          return { verdict, evidence: found.evidence };
        }),
      })),
    );
  }
  return told;
};
