import { axisAttribute, intsAttribute, type Dim, type Graph, type OpName } from '@kirchhoff/graph';
import { classAxisOf } from '@kirchhoff/relevance';
import { batchAxis } from './batch.js';
import type { Model } from './model.js';

/** Operators that have channels at axis 1. */
const channelled: readonly OpName[] = [
  'Conv',
  'ConvTranspose',
  'BatchNormalization',
  'Resize',
  'MaxPool',
  'AveragePool',
  'GlobalAveragePool',
  'GlobalMaxPool',
];

/** Operators that leave every axis where it is. */
const passing: readonly OpName[] = ['Add', 'Sub', 'Mul', 'Div', 'Sigmoid', 'Identity', 'Cast'];

/** The axis of a value that its making shows to be the classes': along it a Softmax goes, or a layer puts its outputs. */
const madeAxis = (graph: Graph, value: string, rank: number): number | undefined => {
  const makers = new Map(graph.nodes.map((node) => [node.name, node]));
  const turns: (readonly number[] | undefined)[] = [];
  const after = (axis: number): number =>
    turns.reduceRight<number>((at, perm) => (perm === undefined ? rank - 1 - at : perm.indexOf(at)), axis);
  for (let node = makers.get(value); node !== undefined;) {
    const { op, inputs } = node;
    if (op === 'Softmax' || op === 'LogSoftmax') {
      return after(axisAttribute(node, rank));
    }
    if (channelled.includes(op)) return after(1);
    if (op === 'MatMul' || op === 'Gemm') return after(rank - 1);
    const made = inputs.filter((name) => makers.has(name));
    if (op === 'Transpose') turns.push(intsAttribute(node, 'perm'));
    else if (!passing.includes(op) || made.length !== 1) return undefined;
    node = makers.get(made[0] ?? '');
  }
  return undefined;
};

/**
 * The axis of classes in one sample of the explained output: the one as long as there are labels, else the one along which a
 * Softmax goes or a layer puts its outputs (a convolution its channels, a product its columns), else by custom.
 */
export const classAxisIn = ({ typed, start, document }: Model): number => {
  const { graph, types } = typed;
  const [output = ''] = graph.outputs;
  const shape: readonly Dim[] = types.get(output)?.shape ?? [];
  const batch = batchAxis(graph, shape);
  const sample = shape.filter((_, axis) => axis !== batch);
  const { length: labels = 0 } = document?.labels ?? [];
  const fitting = sample.flatMap((dim, axis) => (dim === labels ? [axis] : []));
  if (fitting.length === 1) return fitting[0]!;
  const given =
    start.outputs[graph.outputs.length === start.outputs.length ? 0 : start.outputs.indexOf(output)] ?? output;
  const axis = madeAxis(start, given, shape.length) ?? madeAxis(graph, output, shape.length);
  if (axis === undefined || axis === batch) return classAxisOf(sample.length);
  return batch >= 0 && axis > batch ? axis - 1 : axis;
};
