import { substitute, sym, type Expr } from '@kirchhoff/formula';
import { refuse, relevanceSays } from '@kirchhoff/message';
import { crossLinear } from './affine.js';
import { boundOf, noPasses, type Crossed, type RuledCrossing } from './crossing.js';
import { matMulMapAt } from './linear/dense.js';
import { namesOf } from './product.js';

/** A message in the words of a linear map: the receiving operand is `x`, the other one `w`, their total `y`. */
const asLinear = (expr: Expr, own: string, other: string): Expr =>
  substitute(expr, { [own]: sym('x'), [other]: sym('w') });

const isZero = (expr: Expr): boolean => expr.kind === 'number' && expr.value.equals(0);

/**
 * Relevance across a MatMul of two computed tensors, as which a rewrite writes every contraction. To each operand the other one is a weight, so that its message
 * separates and runs like that of an affine node; leaks are those of the node, counted once.
 */
export const crossContraction = (crossing: RuledCrossing): Crossed => {
  const { b, node, assignment, constant, batch } = crossing;
  if (node.op !== 'MatMul') return refuse(node.name, relevanceSays.openContraction(node.op));
  const { messages, leaks } = assignment.instance;
  const names = namesOf(crossing);
  const received = new Map<number, string>();
  const passes = { forward: 0, adjoint: 0 };
  let leaked: Crossed['leaks'] = [];
  const heard = names.filter((name) => !isZero(messages[name]!));
  names.forEach((own, i) => {
    if (!heard.includes(own)) return;
    const port = i as 0 | 1;
    const other = names[1 - i]!;
    const leads = own === heard[0];
    const map = matMulMapAt({ b, node, constant, batch, boundOf: (name) => boundOf(crossing, name) }, port);
    const here = leads ? Object.fromEntries(Object.entries(leaks).map(([k, e]) => [k, asLinear(e, own, other)])) : {};
    const crossed = crossLinear(crossing, map, asLinear(messages[own]!, own, other), here);
    for (const [at, message] of crossed.messages) received.set(at, message);
    if (leads) leaked = crossed.leaks;
    passes.forward += crossed.passes.forward;
    passes.adjoint += crossed.passes.adjoint;
  });
  return { ...noPasses, messages: received, leaks: leaked, passes: { ...passes, savesForward: false } };
};
