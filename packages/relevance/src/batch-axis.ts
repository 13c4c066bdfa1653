import { attributesOf, equalDim, exactDivDim, productDim, type Dim, type Node } from '@kirchhoff/graph';
import type { Builder } from './builder.js';

/** An axis of a value. */
interface Axis {
  readonly name: string;
  readonly axis: number;
}

/** One of the axes that are merged in another, or a part of it; its size is that of `from` where it is not known. */
interface Part {
  readonly size: Dim;
  readonly from: Axis;
}

const relabels: readonly string[] = ['Reshape', 'Flatten', 'Squeeze', 'Unsqueeze'];

const whole = (b: Builder, name: string, axis: number): Part => ({ size: b.dims(name)[axis]!, from: { name, axis } });

const sizeOf = (parts: readonly Part[]): Dim => productDim(parts.map(({ size }) => size));

/** Whether a dimension is a multiple of the batch. */
const holdsBatch = (dim: Dim, batch: string): boolean => exactDivDim(dim, batch) !== undefined;

/** The axis of the input that a Transpose, or a Gather of one place, puts at `axis`. */
const movedFrom = (b: Builder, node: Node, axis: number): number => {
  const rank = b.dims(node.name).length;
  if (node.op === 'Transpose') {
    const perm = attributesOf(node)['perm'];
    return Array.isArray(perm) ? Number(perm[axis]) : rank - 1 - axis;
  }
  const picked = Number(attributesOf(node)['axis']);
  return axis < (picked < 0 ? picked + rank + 1 : picked) ? axis : axis + 1;
};

/** The first of these parts that together are of this size; the last of them may be cut. */
const upTo = (size: Dim, parts: readonly Part[]): readonly Part[] | undefined => {
  for (let count = 1; count <= parts.length; count++) {
    const rest = exactDivDim(size, sizeOf(parts.slice(0, count - 1)));
    const last = parts[count - 1]!;
    if (rest === undefined) return undefined;
    if (equalDim(rest, last.size)) return parts.slice(0, count);
    if (typeof rest === 'number' && typeof last.size === 'number' && last.size % rest === 0)
      return [...parts.slice(0, count - 1), { ...last, size: rest }];
  }
  return undefined;
};

/**
 * What is merged in an axis of a value, outermost first: back along the way on which the value was made, until the batch is
 * an axis of its own. Undefined where the way is lost.
 */
const mergedIn = (b: Builder, name: string, axis: number, batch: string): readonly Part[] | undefined => {
  const own = whole(b, name, axis);
  if (own.size === batch || !holdsBatch(own.size, batch)) return [own];
  const node = b.node(name);
  const [source = ''] = node?.inputs ?? [];
  if (node === undefined || !b.has(source)) return undefined;
  const [dims, before] = [b.dims(name), b.dims(source)];
  if (relabels.includes(node.op)) {
    const lead = productDim(dims.slice(0, axis));
    const start = before.findIndex((_, i) => equalDim(productDim(before.slice(0, i)), lead));
    if (start < 0) return undefined;
    const parts = before.slice(start).map((_, i) => mergedIn(b, source, start + i, batch));
    return parts.every((part) => part !== undefined) ? upTo(own.size, parts.flat()) : undefined;
  }
  if (node.op === 'Transpose' || (node.op === 'Gather' && before.length === dims.length + 1))
    return mergedIn(b, source, movedFrom(b, node, axis), batch);
  const alike = node.inputs.find(
    (input) => b.has(input) && b.dims(input).length === dims.length && equalDim(b.dims(input)[axis]!, own.size),
  );
  return alike === undefined ? undefined : mergedIn(b, alike, axis, batch);
};

/**
 * A tensor of the shape of `like`, with the batch as an axis of its own where `like` has it merged with others (heads
 * beside samples, windows, rows of a dense layer). Undefined where the batch cannot be told apart.
 */
export const withBatchAxis = (
  b: Builder,
  tensor: string,
  like: string,
  batch: string,
  hint: string,
): string | undefined => {
  const dims = b.dims(like);
  const at = dims.findIndex((dim) => holdsBatch(dim, batch));
  const merged = at < 0 ? undefined : mergedIn(b, like, at, batch);
  if (!merged?.some(({ size }) => size === batch)) return undefined;
  const parts = dims.flatMap((_, axis) => (axis === at ? merged : [whole(b, like, axis)]));
  const sizes = parts.map(({ size, from: { name, axis } }) =>
    typeof size === 'number' ? b.ints([size]) : b.emit(`${name}.size`, 'Shape', [name], { start: axis, end: axis + 1 }),
  );
  return b.emit(hint, 'Reshape', [tensor, b.emit(`${hint}.shape`, 'Concat', sizes, { axis: 0 })]);
};
