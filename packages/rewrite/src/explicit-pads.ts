import { attributesOf, ints, type Dim } from '@kirchhoff/graph';
import { draftNode, type Rewrite } from './rewrite.js';

const numbers = (value: unknown, length: number, fallback: number): readonly number[] =>
  Array.isArray(value) && value.length > 0 ? (value as number[]) : Array<number>(length).fill(fallback);

/** Pads that make `count` windows of reach `reach` at `stride` cover `size`. */
const padFor = (size: Dim, count: Dim, reach: number, stride: number): number | undefined => {
  if (stride === 1) return reach - 1;
  return typeof size === 'number' && typeof count === 'number'
    ? Math.max((count - 1) * stride + reach - size, 0)
    : undefined;
};

/** auto_pad written out as pads, so that everything after need know only one way to say it. */
export const explicitPads: Rewrite = {
  name: 'explicit-pads',
  edit: (draft, view) => {
    const changes: string[] = [];
    for (const { name } of view.nodes) {
      const node = view.node(name)!;
      const attrs = attributesOf(node);
      const auto = attrs['auto_pad'];
      if (typeof auto !== 'string' || auto === 'NOTSET') continue;
      if (!['Conv', 'MaxPool', 'AveragePool'].includes(node.op)) continue;
      const from = view.type(node.inputs[0]!)!.shape.slice(2);
      const to = view.type(name)!.shape.slice(2);
      const weight = node.op === 'Conv' ? view.type(node.inputs[1]!)!.shape.slice(2).map(Number) : undefined;
      const kernel = weight ?? ints(attrs, 'kernel_shape');
      const strides = numbers(attrs['strides'], kernel.length, 1);
      const dilations = numbers(attrs['dilations'], kernel.length, 1);
      const totals = kernel.map((k, i) =>
        auto === 'VALID' ? 0 : padFor(from[i]!, to[i]!, dilations[i]! * (k - 1) + 1, strides[i]!),
      );
      if (!totals.every((total) => total !== undefined)) continue;
      const small = totals.map((total) => Math.floor(total / 2));
      const large = totals.map((total) => Math.ceil(total / 2));
      const { auto_pad: _, ...rest } = { ...node.attrs };
      draftNode(draft, name).attrs = {
        ...(rest as object),
        pads: auto === 'SAME_LOWER' ? [...large, ...small] : [...small, ...large],
      };
      changes.push(`${name} (${node.op}): auto_pad ${auto} written out`);
    }
    return changes;
  },
};
