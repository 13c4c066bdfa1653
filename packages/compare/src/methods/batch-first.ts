import {
  freshNames,
  namesIn,
  ownAxis,
  samplesIn,
  type Dim,
  type Fresh,
  type Graph,
  type Input,
  type Node,
  type TensorEntry,
} from '@kirchhoff/graph';
import type { Result } from '@kirchhoff/message';
import * as E from 'fp-ts/lib/Either.js';
import { batchAxis, prepareModel, rewritesLeftOut, type Model, type ModelDocument } from '@kirchhoff/explain';

/** What stands before the first node or behind the last one, the constants that it reads, and the name that it gives. */
interface Edge {
  readonly nodes: readonly Node[];
  readonly tensors: Readonly<Record<string, TensorEntry>>;
  readonly name: string;
}

const none = (name: string): Edge => ({ nodes: [], tensors: {}, name });

/** The order of axes that brings one to the front. */
const toFront = (rank: number, axis: number): readonly number[] => [
  axis,
  ...Array.from({ length: rank }, (_, i) => i).filter((i) => i !== axis),
];

/** An input whose samples come first, under a name of its own; the value that the model reads bears the old one. */
const before = (fresh: Fresh, input: Input, axis: number): Edge => {
  const { name, shape } = input;
  if (axis <= 0) return none(name);
  const perm = toFront(shape.length, axis);
  const own = fresh(`${name}.samples-first`);
  const back = shape.map((_, i) => perm.indexOf(i));
  return { nodes: [{ name, op: 'Transpose', inputs: [own], attrs: { perm: back } }], tensors: {}, name: own };
};

/** Scores [N, K] of an output that has them along one axis, and its samples along another. */
const behind = (fresh: Fresh, output: string, shape: readonly Dim[], axis: number | undefined): Edge => {
  const others = shape.filter((_, i) => i !== axis);
  const classes = others.filter((dim) => dim !== 1);
  if (axis === undefined || (axis === 0 && shape.length === 2) || others.length === 0 || classes.length > 1)
    return none(output);
  const front = fresh(`${output}.samples-first`);
  const turned: Edge =
    axis === 0
      ? none(output)
      : {
          nodes: [{ name: front, op: 'Transpose', inputs: [output], attrs: { perm: toFront(shape.length, axis) } }],
          tensors: {},
          name: front,
        };
  if (shape.length === 2) return turned;
  const [scores, sizes] = [fresh(`${output}.scores`), fresh(`${output}.scores.shape`)];
  const count = classes[0] ?? 1;
  if (typeof count !== 'number') return none(output);
  return {
    nodes: [...turned.nodes, { name: scores, op: 'Reshape', inputs: [turned.name, sizes] }],
    tensors: { [sizes]: { type: 'int64', shape: [2], data: [-1, count] } },
    name: scores,
  };
};

/** Bounds per channel name axis 1, which is another one now. */
const withoutChannels = ({ range, ...input }: Input): Input =>
  range === undefined || typeof range.low !== 'number' || typeof range.high !== 'number' ? input : { ...input, range };

const withoutAxes = (document: ModelDocument): ModelDocument => {
  const { batch: _, ...described } = document;
  return described;
};

/**
 * The model as methods see it: the samples of its one input along the first axis, its scores [N, K]. Where they lie
 * elsewhere, they are brought there before and behind what it computes; its nodes keep their names. Other models stay as they are.
 */
export const batchFirst = (model: Model): Result<Model> => {
  const { name, typed, document, stated } = model;
  const { graph, store, types } = typed;
  const [input, ...further] = graph.inputs;
  const [output = ''] = graph.outputs;
  const axis = input === undefined ? -1 : batchAxis(graph, input.shape);
  if (input === undefined || further.length > 0 || axis < 0) return E.right(model);
  const fresh = freshNames(namesIn(graph));
  const lead = before(fresh, input, axis);
  const last = behind(
    fresh,
    output,
    types.get(output)?.shape ?? [],
    ownAxis(samplesIn(typed, graph.batch ?? undefined).get(output)),
  );
  if (lead.nodes.length === 0 && last.nodes.length === 0) return E.right(model);
  const perm = toFront(input.shape.length, axis);
  const moved = { ...input, name: lead.name, shape: perm.map((i) => input.shape[i]!) };
  const { batch: _, ...open } = graph;
  const turned: Graph = {
    ...open,
    inputs: [axis === 0 ? input : withoutChannels(moved)],
    nodes: [...lead.nodes, ...graph.nodes, ...last.nodes],
    outputs: [last.name],
    tensors: { ...graph.tensors, ...last.tensors },
  };
  return E.map((first: Model): Model => ({
    ...first,
    stated,
    document: document && withoutAxes(document),
  }))(prepareModel(name, turned, store, undefined, { without: rewritesLeftOut(model), batchAxes: { [lead.name]: 0 } }));
};
