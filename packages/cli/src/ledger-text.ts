import type { SampleLedger, SampleReport } from '@kirchhoff/explain';
import { short } from '@kirchhoff/message';
import { table } from './columns.js';

const sumText = ({ input, leaks }: SampleLedger): string =>
  [short(input), ...Object.entries(leaks).map(([cause, value]) => `${short(value)} ${cause}`)].join(' + ');

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
  const summed = `seed ${short(seed)} = inputs ${sumText(ledger)}   (closure ${closure.toExponential(1)})`;
  if (nodes.length === 0) return summed;
  const total = ['Σ', '', short(seed), short(input), ...causes.map((cause) => short(leaks[cause]!)), ''];
  return [table(['node', 'rule', 'in', 'out', ...causes, 'undeclared'], [...rows, total]), '', summed].join('\n');
};
