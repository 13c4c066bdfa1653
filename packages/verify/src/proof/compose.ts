import { proofSays } from '@kirchhoff/message';
import type { Plan } from '@kirchhoff/rule';
import type { CaseProofs } from './prove.js';

/** What the proofs of its rules say of a whole graph. */
export interface ComposedLedger {
  /** Nodes whose ledger is proved. */
  readonly proved: readonly string[];
  /** Nodes whose ledger is not, and why. */
  readonly open: readonly { readonly node: string; readonly rule: string; readonly reason: string }[];
  readonly text: string;
}

/**
 * The ledger of a graph by induction over its nodes, from the seed towards the inputs. Relevance that has been handed out
 * and has not leaked lies on some tensor; a node moves what lies on its output to its inputs and to its leaks, and its
 * ledger says that nothing is lost on the way. Structural nodes move values as they are. So where the ledger of every node of
 * the plan is proved, `seed = Σ relevance of inputs + Σ leaks` holds for the graph, up to rounding.
 */
export const composeLedger = (plan: Pick<Plan, 'assignments'>, proofs: readonly CaseProofs[]): ComposedLedger => {
  const byCase = new Map(proofs.map((one) => [one.ruleCase, one.ledger] as const));
  const proved: string[] = [];
  const open: ComposedLedger['open'][number][] = [];
  for (const { node, rule, ruleCase } of plan.assignments.values()) {
    const proof = byCase.get(ruleCase);
    if (proof?.verdict === 'proved') proved.push(node);
    else {
      const reason =
        proof === undefined ? proofSays.noProof : proof.verdict === 'not-proved' ? proof.remainder : proof.reason;
      open.push({ node, rule: rule.name, reason });
    }
  }
  return { proved, open, text: proofSays.composed(proved.length, open.length) };
};
