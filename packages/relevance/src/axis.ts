import { symbolsOf } from '@kirchhoff/formula';
import { axisAttribute, intAttribute, type Node } from '@kirchhoff/graph';
import { refuse, relevanceSays } from '@kirchhoff/message';
import { emitLeaks, noPasses, type Crossed, type RuledCrossing } from './crossing.js';
import { emitExpr, type Special } from './expression.js';
import { asTensor, expandLike, type Value } from './value.js';

/** The axes that `sum` runs along. */
const axesOf = (node: Node, rank: number): readonly number[] => {
  switch (node.op) {
    case 'Softmax':
    case 'LogSoftmax':
      return [intAttribute(node, 'axis')];
    case 'LayerNormalization': {
      const first = axisAttribute(node, rank);
      return Array.from({ length: rank - first }, (_, i) => first + i);
    }
    case 'LRN':
      return [1];
    default:
      return refuse(node.name, relevanceSays.noCrossing(node.op));
  }
};

/** Relevance across a Softmax, a normalisation and their kin: a formula for each input, with sums along the axis. */
export const crossAxis = (crossing: RuledCrossing): Crossed => {
  const { b, node, R, assignment } = crossing;
  const x = node.inputs[0]!;
  const hint = `${node.name}/message`;
  const { messages, leaks } = assignment.instance;
  const axes = axesOf(node, b.dims(x).length);
  const env: Record<string, Value> = { x: { tensor: x }, y: { tensor: node.name }, R: { tensor: R } };
  const special: Special = {
    sum: ([expr]) => {
      const inner = asTensor(b, emitExpr(b, expr!, env, hint, special), hint);
      const full = symbolsOf(expr!).length === 0 ? expandLike(b, inner, x, hint) : inner;
      return { tensor: b.emit(`${hint}.sum`, 'ReduceSum', [full, b.ints(axes)], { keepdims: 1 }) };
    },
  };
  const message = asTensor(b, emitExpr(b, messages['message']!, env, hint, special), hint);
  return {
    ...noPasses,
    messages: new Map([[0, expandLike(b, message, x, hint)]]),
    leaks: emitLeaks(crossing, leaks, env, special),
    passes: noPasses,
  };
};
