import type { Graph, Input, Node, OpName } from '@kirchhoff/graph';
import type { Draft } from 'immer';
import { isFixed } from './fold-batch-norm.js';
import { draftNode, type Rewrite, type View } from './rewrite.js';

/** Move the elements of an input, or change their type. */
const movers: readonly OpName[] = [
  'Cast',
  'Identity',
  'Reshape',
  'Flatten',
  'Squeeze',
  'Unsqueeze',
  'Transpose',
  'Slice',
  'Split',
  'Gather',
  'Concat',
  'Pad',
];

const layers: readonly OpName[] = ['Conv', 'ConvTranspose', 'Gemm', 'MatMul'];

/** How many axes a constant varies along. */
const variesAlong = (name: string, view: View): number =>
  (view.type(name)?.shape ?? []).filter((dim) => dim !== 1).length;

/** The operand that a node scales or shifts by constants, element by element, keeping its shape. */
const preparedBy = (node: Node, view: View): string | undefined => {
  if (node.op === 'BatchNormalization') return isFixed(node, view) ? node.inputs[0] : undefined;
  if (!['Mul', 'Div', 'Add', 'Sub', 'Neg'].includes(node.op)) return undefined;
  const computed = node.inputs.filter((name) => !view.constant(name));
  const [x = ''] = computed;
  if (computed.length !== 1 || (node.op === 'Div' && x !== node.inputs[0])) return undefined;
  const [before, after] = [view.type(x)?.shape, view.type(node.name)?.shape];
  if (before?.join() !== after?.join()) return undefined;
  // One number for each channel or feature; for pictures, which have four axes, one for each pixel, too.
  const narrow = node.inputs.every((name) => name === x || variesAlong(name, view) <= 1);
  return narrow || before?.length === 4 ? x : undefined;
};

/** The nodes between the inputs and the first layers that scale and shift, if there is nothing else there. */
const preambleOf = (view: View, inputs: readonly string[]): readonly Node[] => {
  const raw = new Set(inputs);
  const found: Node[] = [];
  for (const node of view.nodes) {
    const x = preparedBy(node, view);
    const moves =
      movers.includes(node.op) && node.inputs.every((name) => raw.has(name) || name === '' || view.constant(name));
    if (x !== undefined && raw.has(x)) found.push(node);
    else if (!moves || !node.inputs.some((name) => raw.has(name))) continue;
    [node.name, ...(node.outputs ?? [])].forEach((name) => raw.add(name));
  }
  const passing = (reader: Node): boolean =>
    raw.has(reader.name) || layers.includes(reader.op) || reader.op === 'Shape';
  const closed = (name: string): boolean => !view.isOutput(name) && view.readers(name).every(passing);
  // What is only added is a layer's own: a position table, a mask, a bias.
  const prepares = found.some(({ op }) => op !== 'Add');
  return prepares && [...raw].every(closed) ? found : [];
};

const isReal = ({ type }: Pick<Input, 'type'>): boolean => type.startsWith('float') || type === 'uint8';

/** The nodes that prepare the inputs of a graph, by name. */
export const preparation = (graph: Draft<Graph>, view: View): ReadonlySet<string> => {
  const real = graph.inputs.filter(isReal).map(({ name }) => name);
  return new Set(preambleOf(view, real).map(({ name }) => name));
};

/** What a model does to its input before the first layer, as a data loader would: relevance is that of what comes out. */
export const markPreamble: Rewrite = {
  name: 'mark-preamble',
  edit: (draft, view) => {
    const found = preparation(draft, view);
    const nodes = view.nodes.filter(({ name, preamble }) => found.has(name) && preamble !== true);
    if (nodes.length === 0) return [];
    for (const { name } of nodes) draftNode(draft, name).preamble = true;
    const [first, last] = [nodes[0]!, nodes.at(-1)!];
    return [
      `${nodes.map(({ name, op }) => `${name} (${op})`).join(', ')}: preparation of the input; what reaches ${last.name} is the relevance of ${first.inputs.find((name) => !view.constant(name))!}`,
    ];
  },
};
