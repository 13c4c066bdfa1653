import type { Crossing } from './crossing.js';
import { expandLike, reshapeLike } from './value.js';

/**
 * Relevance back to where each element was taken from, whatever the operator does to move them: applied to 0, 1, 2, …
 * in place of the operands at `ports` it says which of their elements lies where, and the relevance of each is summed.
 * What a constant gave keeps the layout of the output, so that it can be told apart by sample.
 */
export const relocated = (crossing: Crossing, ports: readonly number[]): ReadonlyMap<number, string> => {
  const { b, node, constant } = crossing;
  const hint = `${node.name}/message`;
  const named = `${node.name}.places`;
  const integer = (value: number): string => b.constant('int64', [], [value]);
  const starts = [integer(0)];
  const numbers = new Map(
    ports.map((port, i) => {
      const x = node.inputs[port]!;
      const size = b.emit(`${x}.count`, 'Size', [x]);
      const start = starts[i]!;
      const end = i === 0 ? size : b.emit(named, 'Add', [start, size]);
      starts.push(end);
      return [port, reshapeLike(b, b.emit(named, 'Range', [start, end, integer(1)]), x, named)] as const;
    }),
  );
  const inputs = node.inputs.map((name, port) => numbers.get(port) ?? name);
  const places = b.emit(named, node.op, inputs, node.attrs);
  const R = expandLike(b, crossing.relevance[0]!, node.name, hint);
  const flat = (tensor: string): string => b.emit(hint, 'Reshape', [tensor, b.ints([-1])]);
  const count = b.emit(named, 'Unsqueeze', [starts.at(-1)!, b.ints([0])]);
  const zeros = b.emit(hint, 'ConstantOfShape', [count], { value: { type: b.float, shape: [1], data: [0] } });
  const taken = b.emit(hint, 'ScatterElements', [zeros, flat(places), flat(R)], { axis: 0, reduction: 'add' });
  return new Map(
    ports.map((port, i) => {
      const [start, end] = [starts[i]!, starts[i + 1]!];
      if (constant(node.inputs[port]!)) {
        const after = b.emit(hint, 'GreaterOrEqual', [places, start]);
        const own = b.emit(hint, 'And', [after, b.emit(hint, 'Less', [places, end])]);
        return [port, b.emit(hint, 'Where', [own, R, b.scalar(0)])];
      }
      const ends = [start, end].map((at) => b.emit(hint, 'Unsqueeze', [at, b.ints([0])]));
      const part = ports.length === 1 ? taken : b.emit(hint, 'Slice', [taken, ...ends, b.ints([0])]);
      return [port, reshapeLike(b, part, node.inputs[port]!, hint)];
    }),
  );
};
