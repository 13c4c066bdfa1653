import { fromFront, isSet, makerOf, type Node } from '@kirchhoff/graph';
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
  if (node?.op !== 'ReduceMean' || !isSet(node, 'keepdims') || !node.inputs[1]) return undefined;
  const rank = view.type(node.inputs[0]!)?.shape.length ?? 0;
  return view
    .integers(node.inputs[1])
    ?.map((axis) => fromFront(axis, rank))
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

/** What a reciprocal is of. */
const reciprocalOf = (node: Node | undefined, view: View): string | undefined => {
  if (node?.op === 'Reciprocal') return node.inputs[0];
  return node?.op === 'Div' && view.scalar(node.inputs[0]!) === 1 ? node.inputs[1] : undefined;
};

/** Numerator and denominator of a quotient, or of a product with a reciprocal. */
const quotientAt = (
  node: Node,
  view: View,
): readonly { readonly over: string; readonly under: string; readonly nodes: readonly Node[] }[] => {
  if (node.op === 'Div') return [{ over: node.inputs[0]!, under: node.inputs[1]!, nodes: [node] }];
  if (node.op !== 'Mul') return [];
  return [0, 1].flatMap((port) => {
    const inverse = view.node(node.inputs[port]!);
    const under = reciprocalOf(inverse, view);
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

/** A normalisation with what scales and shifts it, up to the node that gives the result. */
interface Match {
  readonly normalised: Normalised;
  readonly scale: string | undefined;
  readonly shift: string | undefined;
  readonly end: Node;
}

/** Whether a constant has one number for each element that is normalised together, over the last axes. */
const fits = (name: string, { x, axes }: Pick<Normalised, 'x' | 'axes'>, view: View): boolean => {
  const dims = view.type(x)?.shape ?? [];
  const shape = view.type(name)?.shape;
  const last = axes.every((axis, i) => axis === dims.length - axes.length + i);
  return last && view.constant(name) && shape?.join() === dims.slice(dims.length - axes.length).join();
};

/** The one reader, if it is `op` with a constant that fits. */
const followedBy = (
  node: Node,
  op: 'Mul' | 'Add',
  normalised: Normalised,
  view: View,
): { readonly node: Node; readonly constant: string } | undefined => {
  const reader = view.onlyReader(node.name);
  const constant = reader?.inputs.find((name) => name !== node.name) ?? '';
  return reader?.op === op && fits(constant, normalised, view) ? { node: reader, constant } : undefined;
};

/** The quotient, then a product with the scale, then a sum with the shift: as PyTorch writes it. */
const stepwise = (node: Node, view: View): Match | undefined => {
  const normalised = normalisedAt(node, view);
  if (normalised === undefined) return undefined;
  const scale = followedBy(node, 'Mul', normalised, view);
  const shift = scale && followedBy(scale.node, 'Add', normalised, view);
  const end = (shift ?? scale)?.node ?? node;
  const nodes = [...normalised.nodes, ...(scale ? [scale.node] : [])];
  return { normalised: { ...normalised, nodes }, scale: scale?.constant, shift: shift?.constant, end };
};

/** x·f + (shift − mean·f) with f = scale/√(variance + ε): as TensorFlow writes it. */
const factored = (end: Node, view: View): Match | undefined => {
  if (end.op !== 'Add') return undefined;
  for (const [first = '', second = ''] of [end.inputs, end.inputs.toReversed()]) {
    const [scaled, offset] = [view.node(first), view.node(second)];
    const moved = view.node(offset?.op === 'Sub' ? offset.inputs[1]! : '');
    if (scaled?.op !== 'Mul' || offset === undefined || moved?.op !== 'Mul') continue;
    const factor = scaled.inputs.find((name) => moved.inputs.includes(name)) ?? '';
    const [x, average] = [scaled, moved].map(({ inputs }) => inputs.find((name) => name !== factor) ?? '');
    const product = view.node(factor);
    const scale = product?.op === 'Mul' ? product.inputs.find((name) => view.constant(name)) : undefined;
    const inverse = scale === undefined ? product : view.node(product!.inputs.find((name) => name !== scale) ?? '');
    const deviation = deviationAt(view.node(reciprocalOf(inverse, view) ?? ''), view);
    const mean = view.node(average!);
    if (product === undefined || inverse === undefined || deviation === undefined || mean === undefined) continue;
    const [shift = ''] = offset.inputs;
    const same = deviation.x === x && mean.inputs[0] === x && meanAxes(mean, view)?.join() === deviation.axes.join();
    if (!same || ![shift, scale ?? shift].every((name) => fits(name, deviation, view))) continue;
    const nodes = [end, scaled, offset, moved, product, inverse, mean, ...deviation.nodes];
    return { normalised: { ...deviation, nodes }, scale, shift, end };
  }
  return undefined;
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
  const { nodes, make, ints } = makerOf(view.fresh, `${name}.`);
  const sizes = axes.map((axis) => dims[axis]);
  if (!sizes.every((size) => typeof size === 'number')) return undefined;
  const source = moved ? make('moved', 'Transpose', [x], { perm }) : x;
  const ones = (): string =>
    make('scale', 'ConstantOfShape', [ints('scale.shape', sizes)], {
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
  edit: (draft, view) => {
    const changes: string[] = [];
    for (const node of view.nodes) {
      const match = stepwise(node, view) ?? factored(node, view);
      if (match === undefined || view.type(match.normalised.x)?.type !== 'float32') continue;
      const { normalised, scale, shift, end } = match;
      const made = written(end.name, normalised, scale, shift, view);
      if (made === undefined) continue;
      const parts = normalised.nodes.map(({ name }) => name).filter((name) => name !== end.name);
      replaceNode(draft, end.name, made);
      removeUnread(draft, parts);
      changes.push(`${end.name} (${end.op}) and the nodes before it from ${normalised.x} on are LayerNormalization`);
    }
    return changes;
  },
};
