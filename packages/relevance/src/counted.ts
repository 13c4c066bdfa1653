import { noPasses, type Crossed, type Crossing } from './crossing.js';
import { expandLike, reduceLike } from './value.js';

/** Where each of these operands is the largest or smallest of them, as 1 and 0, and at how many of them that is so. */
const winners = (
  { b, node }: Crossing,
  operands: readonly string[],
): { readonly own: string[]; readonly of: string } => {
  const hint = `${node.name}/winner`;
  const best = b.emit(hint, node.op, operands);
  const own = operands.map((name) =>
    b.emit(hint, 'Where', [b.emit(hint, 'Equal', [name, best]), b.scalar(1), b.scalar(0)]),
  );
  return { own, of: own.reduce((sum, one) => b.emit(hint, 'Add', [sum, one])) };
};

/**
 * Relevance across arithmetic on ids: what an id received, the id it was made of receives, place by place. Of several the
 * largest or smallest receives it where that is what was asked for, else each an equal part.
 */
export const crossCounted = (crossing: Crossing, ports: readonly number[]): Crossed => {
  const { b, node, relevance } = crossing;
  const hint = `${node.name}/message`;
  const R = expandLike(b, relevance[0]!, node.name, hint);
  const operands = ports.map((port) => node.inputs[port]!);
  const parts = (): readonly string[] => {
    if (operands.length === 1) return [R];
    if (node.op !== 'Max' && node.op !== 'Min')
      return operands.map(() => b.emit(hint, 'Mul', [R, b.scalar(1 / operands.length)]));
    const { own, of } = winners(crossing, operands);
    const each = b.emit(hint, 'Div', [R, of]);
    return own.map((one) => b.emit(hint, 'Mul', [each, one]));
  };
  const messages = new Map(
    parts().map((part, i) => [ports[i]!, reduceLike(b, expandLike(b, part, node.name, hint), operands[i]!, hint)]),
  );
  return { messages, leaks: [], passes: noPasses };
};
