import type { Graph, InlineTensor, Node } from '../graph.js';
import type { TypedGraph } from '../infer.js';
import { freshNames, namesIn } from '../names.js';

const ints = (values: readonly number[]): InlineTensor => ({ type: 'int64', shape: [values.length], data: values });

/** Nodes and constants that are added to a graph under free names: the constants to it, the nodes each before another one. */
export const growing = (typed: TypedGraph) => {
  const tensors: Record<string, InlineTensor> = {};
  const before = new Map<string, Node[]>();
  const fresh = freshNames(namesIn(typed.graph));
  const constant = (hint: string, values: readonly number[]): string => {
    const name = fresh(hint);
    tensors[name] = ints(values);
    return name;
  };
  const node = (at: string, made: Omit<Node, 'name'>, hint: string): string => {
    const name = fresh(hint);
    before.set(at, [...(before.get(at) ?? []), { ...made, name }]);
    return name;
  };
  return { tensors, before, constant, node };
};

export type Growing = ReturnType<typeof growing>;

/** The number of samples, read from an input before a node of the outermost graph. */
export interface Counted {
  readonly input: string;
  readonly axis: number;
  readonly at: string;
}

/** A multiple of the number of samples, [1]. */
export const countedTimes = (to: Growing, { input, axis, at }: Counted, factor: number, hint: string): string => {
  const one = to.node(at, { op: 'Shape', inputs: [input], attrs: { start: axis, end: axis + 1 } }, `${hint}.samples`);
  return factor === 1
    ? one
    : to.node(at, { op: 'Mul', inputs: [one, to.constant(`${hint}.factor`, [factor])] }, `${hint}.multiple`);
};

/** A graph's nodes, those of the graphs nested in it too, each rewritten, with what was added before it. */
export const regrown = (
  to: Growing,
  { graph, bodies }: TypedGraph,
  rewrite: (node: Node, holder: string) => Node,
  holder?: string,
): Graph => {
  const nodes = graph.nodes.flatMap((node): readonly Node[] => {
    const outermost = holder ?? node.name;
    const own = bodies.get(node.name);
    const body = own && regrown(to, own, rewrite, outermost);
    const attrs = Object.entries(node.attrs ?? {}).map(
      ([key, value]) =>
        [key, body !== undefined && typeof value === 'object' && 'nodes' in value ? body : value] as const,
    );
    const changed = rewrite(node.attrs === undefined ? node : { ...node, attrs: Object.fromEntries(attrs) }, outermost);
    return [...(to.before.get(node.name) ?? []), changed];
  });
  return { ...graph, nodes };
};
