import type { SampleReport } from '@kirchhoff/explain';
import { short, table } from './table.js';

/** The ledger of one sample as a table: each node, what it received, handed on and leaked; then how it adds up. */
export const ledgerText = ({ ledger }: SampleReport): string => {
  if (ledger === null) return 'gradients keep no ledger';
  const { nodes, leaks, seed, input, closure } = ledger;
  const causes = Object.keys(leaks);
  const rows = nodes.map(({ node, rule, in: received, out, leaks: own, undeclared }) => [
    node,
    rule,
    short(received),
    short(out),
    ...causes.map((cause) => (own[cause] === undefined ? '' : short(own[cause]))),
    undeclared === 0 ? '0' : undeclared.toExponential(0),
  ]);
  const total = ['Σ', '', short(seed), short(input), ...causes.map((cause) => short(leaks[cause]!)), ''];
  const sum = [short(input), ...causes.map((cause) => `${short(leaks[cause]!)} ${cause}`)].join(' + ');
  return [
    table(['node', 'rule', 'in', 'out', ...causes, 'undeclared'], [...rows, total]),
    '',
    `seed ${short(seed)} = inputs ${sum}   (closure ${closure.toExponential(1)})`,
  ].join('\n');
};
