import { attributesOf, type Node } from '@kirchhoff/graph';
import { removeUnread, replaceNode, type Rewrite, type View } from './rewrite.js';

/** (x − mean)/√(variance + ε) over some axes, found among the nodes of an older exporter. */
interface Normalised {
  readonly x: string;
  readonly axes: readonly number[];
  readonly epsilon: number;
  /** The nodes it is made of, the last one first. */
  readonly nodes: readonly Node[];
}

/** A mean that keeps its axes: those axes, counted from the first. */
const meanAxes = (node: Node | undefined, view: View): readonly number[] | undefined => {
  if (node?.op !== 'ReduceMean' || attributesOf(node)['keepdims'] !== 1 || !node.inputs[1]) return undefined;
  const rank = view.type(node.inputs[0]!)?.shape.length ?? 0;
  return view
    .integers(node.inputs[1])
    ?.map((axis) => (axis < 0 ? axis + rank : axis))
    .toSorted((a, b) => a - b);
};

interface Centred {
  readonly x: string;
  readonly axes: readonly number[];
  readonly nodes: readonly Node[];
}

/** x − mean(x). */
const centredAt = (node: Node | undefined, view: View): Centred | undefined => {
  if (node?.op !== 'Sub') return undefined;
  const [x = '', mean = ''] = node.inputs;
  const average = view.node(mean);
  const axes = meanAxes(average, view);
  return average !== undefined && axes !== undefined && average.inputs[0] === x
    ? { x, axes, nodes: [node, average] }
    : undefined;
};

/** What is squared, as a power of 2 or a product with itself. */
const squaredAt = (node: Node | undefined, view: View): string | undefined => {
  if (node?.op === 'Mul') return node.inputs[0] === node.inputs[1] ? node.inputs[0] : undefined;
  return node?.op === 'Pow' && view.scalar(node.inputs[1]!) === 2 ? node.inputs[0] : undefined;
};

/** √(mean(centred²) + ε). */
const deviationAt = (root: Node | undefined, view: View): (Centred & { readonly epsilon: number }) | undefined => {
  const sum = root?.op === 'Sqrt' ? view.node(root.inputs[0]!) : undefined;
  if (root === undefined || sum?.op !== 'Add') return undefined;
  const port = sum.inputs.findIndex((name) => view.scalar(name) !== undefined);
  const variance = view.node(sum.inputs[1 - port] ?? '');
  const square = view.node(variance?.inputs[0] ?? '');
  const centred = centredAt(view.node(squaredAt(square, view) ?? ''), view);
  const axes = meanAxes(variance, view);
  if (port < 0 || variance === undefined || square === undefined || axes?.join() !== centred?.axes.join())
    return undefined;
  return (
    centred && {
      ...centred,
      epsilon: view.scalar(sum.inputs[port]!)!,
      nodes: [root, sum, variance, square, ...centred.nodes],
    }
  );
};

/** The denominator of a quotient, or of a product with a reciprocal; with the numerator. */
const quotientAt = (
  node: Node,
  view: View,
): readonly { readonly over: string; readonly under: string; readonly nodes: readonly Node[] }[] => {
  if (node.op === 'Div') return [{ over: node.inputs[0]!, under: node.inputs[1]!, nodes: [node] }];
  if (node.op !== 'Mul') return [];
  return [0, 1].flatMap((port) => {
    const inverse = view.node(node.inputs[port]!);
    const under =
      inverse?.op === 'Reciprocal'
        ? inverse.inputs[0]
        : inverse?.op === 'Div' && view.scalar(inverse.inputs[0]!) === 1
          ? inverse.inputs[1]
          : undefined;
    return inverse === undefined || under === undefined
      ? []
      : [{ over: node.inputs[1 - port]!, under, nodes: [node, inverse] }];
  });
};

const normalisedAt = (node: Node, view: View): Normalised | undefined => {
  for (const { over, under, nodes } of quotientAt(node, view)) {
    const centred = centredAt(view.node(over), view);
    const deviation = centred && deviationAt(view.node(under), view);
    if (centred === undefined || deviation === undefined) continue;
    if (centred.x !== deviation.x || centred.axes.join() !== deviation.axes.join()) continue;
    const { x, axes, epsilon } = deviation;
    return { x, axes, epsilon, nodes: [...nodes, ...deviation.nodes, ...centred.nodes] };
  }
  return undefined;
};

/** The one reader, if it is `op` with a constant that fits the last `rank` axes. */
const followedBy = (
  node: Node,
  op: 'Mul' | 'Add',
  rank: number,
  view: View,
): { readonly node: Node; readonly constant: string } | undefined => {
  const reader = view.onlyReader(node.name);
  if (reader?.op !== op) return undefined;
  const constant = reader.inputs.find((name) => name !== node.name) ?? '';
  const shape = view.type(constant)?.shape;
  return view.constant(constant) && shape !== undefined && shape.length <= rank
    ? { node: reader, constant }
    : undefined;
};

/** LayerNormalization over the last axes; where others were meant, between two transpositions. */
const written = (
  name: string,
  { x, axes, epsilon }: Normalised,
  scale: string | undefined,
  shift: string | undefined,
  view: View,
): readonly Node[] | undefined => {
  const dims = view.type(x)?.shape ?? [];
  const perm = [...dims.keys()].filter((axis) => !axes.includes(axis)).concat(axes);
  const moved = perm.some((axis, i) => axis !== i);
  const nodes: Node[] = [];
  const make = (part: string, op: Node['op'], inputs: readonly string[], attrs?: Node['attrs']): string => {
    const made = view.fresh(`${name}.${part}`);
    nodes.push({ name: made, op, inputs, ...(attrs && { attrs }) });
    return made;
  };
  const sizes = axes.map((axis) => dims[axis]);
  if (!sizes.every((size) => typeof size === 'number')) return undefined;
  const source = moved ? make('moved', 'Transpose', [x], { perm }) : x;
  const ones = (): string =>
    make('scale', 'ConstantOfShape', [make('scale.shape', 'Constant', [], { value_ints: sizes })], {
      value: { type: 'float32', shape: [1], data: [1] },
    });
  const inputs = [source, scale ?? ones(), ...(shift === undefined ? [] : [shift])];
  const attrs = { axis: -axes.length, epsilon };
  if (!moved) return [...nodes, { name, op: 'LayerNormalization', inputs, attrs }];
  const normal = make('normal', 'LayerNormalization', inputs, attrs);
  return [...nodes, { name, op: 'Transpose', inputs: [normal], attrs: { perm: perm.map((_, i) => perm.indexOf(i)) } }];
};

/** Layer normalisation that an older opset could only write as a formula is one node: its Div has no rule of its own. */
export const joinLayerNorm: Rewrite = {
  name: 'join-layer-norm',
  summary:
    'A layer normalisation written with ReduceMean, Sub, Pow, Sqrt and Div becomes LayerNormalization, with the scale and shift after it.',
  edit: (draft, view) => {
    const changes: string[] = [];
    for (const quotient of view.nodes) {
      const found = normalisedAt(quotient, view);
      const { x = '', axes = [] } = found ?? {};
      if (found === undefined || view.type(x)?.type !== 'float32') continue;
      const rank = view.type(x)!.shape.length;
      const last = axes.every((axis, i) => axis === rank - axes.length + i);
      const scale = last ? followedBy(quotient, 'Mul', axes.length, view) : undefined;
      const shift = scale && followedBy(scale.node, 'Add', axes.length, view);
      const end = (shift ?? scale)?.node ?? quotient;
      const made = written(end.name, found, scale?.constant, shift?.constant, view);
      if (made === undefined) continue;
      const parts = [...found.nodes, ...(scale ? [scale.node] : [])].map(({ name }) => name);
      replaceNode(draft, end.name, made);
      removeUnread(
        draft,
        parts.filter((name) => name !== end.name),
      );
      changes.push(`${end.name} (${end.op}) and the nodes before it from ${x} on are LayerNormalization`);
    }
    return changes;
  },
};
