import { axisAttribute } from '../attributes.js';
import { exactDivDim } from '../dim.js';
import type { Dim, Node } from '../graph.js';
import { fromFront } from '../axis.js';
import { countedTimes, type Counted, type Growing } from './growing.js';
import type { Apart, Samples } from './samples.js';
import type { Values } from './values.js';

/** Entries of an operand that are multiples of the number of samples: by place, how many times (a number, or as sizes say). */
export interface Multiples {
  readonly port: number;
  readonly times: ReadonlyMap<number, Dim>;
  /** The number of samples that is written. */
  readonly size: number;
}

const listed = (values: Values, name: string | undefined): readonly Dim[] | undefined =>
  name === undefined || name === '' ? undefined : values.known(name)?.values;

const multiplesAt = (
  values: Values,
  node: Node,
  port: number,
  places: readonly number[],
  size: number,
): readonly Multiples[] => {
  const list = listed(values, node.inputs[port]) ?? [];
  const times = places.flatMap((place): readonly (readonly [number, Dim])[] => {
    const entry = list[place] ?? -1;
    const factor = typeof entry === 'number' && entry <= 0 ? undefined : exactDivDim(entry, size);
    return factor === undefined ? [] : [[place, factor]];
  });
  return times.length === places.length && times.length > 0 ? [{ port, times: new Map(times), size }] : [];
};

/** Places of a Slice's starts and ends that lie along the samples, as far as they are no more than its size. */
const sliceMultiples = (values: Values, node: Node, { axis }: Apart, size: number): readonly Multiples[] => {
  const shape = values.typeOf(node.inputs[0]!)?.shape ?? [];
  const starts = listed(values, node.inputs[1]) ?? [];
  const axes = node.inputs[3] ? listed(values, node.inputs[3]) : starts.map((_, i) => i);
  const place = axes?.findIndex((one) => typeof one === 'number' && fromFront(one, shape.length) === axis) ?? -1;
  if (place < 0) return [];
  return [1, 2].flatMap((port) => {
    const entry = listed(values, node.inputs[port])?.[place];
    return typeof entry === 'number' && entry <= Number(shape[axis])
      ? multiplesAt(values, node, port, [place], size)
      : [];
  });
};

/**
 * Where a node's operands say sizes or places for a fixed number of samples, `size`, given how these lie in what it reads
 * and, of a Reshape or an Expand, in what it gives.
 */
export const multiplesOf = (
  values: Values,
  node: Node,
  [from, after]: readonly [from: Samples | undefined, after: Samples | undefined],
  size: number,
): readonly Multiples[] => {
  if (node.op === 'Reshape' || node.op === 'Expand')
    return after?.kind === 'apart' ? multiplesAt(values, node, 1, [after.axis], size) : [];
  if (from?.kind !== 'apart') return [];
  if (node.op === 'Resize') return multiplesAt(values, node, 3, [from.axis], size);
  if (node.op === 'Slice') return sliceMultiples(values, node, from, size);
  if (node.op !== 'Split') return [];
  const rank = values.typeOf(node.inputs[0]!)?.shape.length ?? 0;
  const sizes = listed(values, node.inputs[1]) ?? [];
  return axisAttribute(node, rank) === from.axis
    ? multiplesAt(
        values,
        node,
        1,
        sizes.map((_, i) => i),
        size,
      )
    : [];
};

/** An operand with these entries computed from the number of samples, the others as they are. */
export const openedVector = (
  to: Growing,
  values: Values,
  node: Node,
  { port, times, size }: Multiples,
  counted: Counted,
): string => {
  const name = node.inputs[port]!;
  const list = listed(values, name) ?? [];
  const hint = `${node.name}/${name}`;
  const parts = list.map((entry, place): string => {
    const factor = times.get(place);
    if (typeof factor === 'number') return countedTimes(to, counted, factor, hint);
    if (typeof entry === 'number') return to.constant(`${hint}.entry`, [entry]);
    const [start, end] = [to.constant(`${hint}.start`, [place]), to.constant(`${hint}.end`, [place + 1])];
    const own = to.node(node.name, { op: 'Slice', inputs: [name, start, end] }, `${hint}.entry`);
    if (factor === undefined) return own;
    const each = to.node(
      node.name,
      { op: 'Div', inputs: [own, to.constant(`${hint}.size`, [size])] },
      `${hint}.of-one`,
    );
    const all = countedTimes(to, counted, 1, hint);
    return to.node(node.name, { op: 'Mul', inputs: [all, each] }, `${hint}.of-all`);
  });
  return parts.length === 1 ? parts[0]! : to.node(node.name, { op: 'Concat', inputs: parts, attrs: { axis: 0 } }, hint);
};

/** What an opened operand says, in words. */
export const openedEntries = (values: Values, node: Node, { port, times }: Multiples): readonly (readonly Dim[])[] => {
  const list = listed(values, node.inputs[port]) ?? [];
  const word = (factor: Dim): string => (factor === 1 ? 'samples' : `${factor} · samples`);
  return [list, list.map((entry, place) => (times.has(place) ? word(times.get(place)!) : entry))];
};
