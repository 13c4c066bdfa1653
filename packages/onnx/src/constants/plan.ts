import { create } from '@bufbuild/protobuf';
import {
  GraphProtoSchema,
  TensorProtoSchema,
  ValueInfoProtoSchema,
  type GraphProto,
  type NodeProto,
  type TensorProto,
} from '../generated/onnx_pb.js';
import { altered } from './altered.js';
import { bodiesOf, capturedBy, regionOf, type Region } from './free.js';
import { demandOf } from './wanted.js';

/** A value that is to be computed, and the tensor of the new graph that is to hold it. */
export interface Wanted {
  readonly region: Region;
  readonly name: string;
  readonly node: NodeProto;
  readonly tensor: TensorProto;
}

/** A graph without its free nodes; tensors in their place are still empty. */
export interface FoldPlan {
  readonly graph: GraphProto;
  readonly wanted: readonly Wanted[];
}

/** What is to be computed of a graph and the graphs nested in it. `refused` are nodes that could not be computed. */
export const planFold = (proto: GraphProto, refused: ReadonlySet<NodeProto>): FoldPlan => {
  const wanted: Wanted[] = [];
  const withBodies = (node: NodeProto, region: Region, prefix: string): NodeProto => {
    if (bodiesOf(node).length === 0) return node;
    const attribute = node.attribute.map((one, i) =>
      one.g === undefined ? one : altered(one, { g: fold(one.g, `${prefix}${i}/`, region) }),
    );
    return altered(node, { attribute });
  };
  const fold = (graph: GraphProto, prefix: string, outer: Region | undefined): GraphProto => {
    const region = regionOf(graph, prefix, outer);
    const free = new Set(region.free.values());
    const rebuilt = new Map(
      graph.node.flatMap((node, i) => (free.has(node) ? [] : [[node, withBodies(node, region, `${prefix}${i}.`)]])),
    );
    const demand = demandOf(region, [...rebuilt.values()], refused);
    const made = demand.wanted.map((name): Wanted => {
      const tensor = create(TensorProtoSchema, { name });
      return { region, name, node: region.free.get(name)!, tensor };
    });
    for (const one of made) wanted.push(one);
    return altered(graph, {
      node: graph.node.flatMap((node) => rebuilt.get(node) ?? (demand.kept.has(node) ? [node] : [])),
      initializer: [...graph.initializer, ...made.map(({ tensor }) => tensor)],
    });
  };
  return { graph: fold(proto, '', undefined), wanted };
};

/** What computes the wanted values, as a graph of its own, and what each is called in it. */
export const graphOfConstants = (
  wanted: readonly Wanted[],
  inline: (tensor: TensorProto) => TensorProto,
): { readonly graph: GraphProto; readonly names: readonly string[] } => {
  const nodes: NodeProto[] = [];
  const initializer = new Map<string, TensorProto>();
  const done = new Set<NodeProto>();
  const take = (region: Region, name: string): string => {
    if (name === '') return '';
    const node = region.free.get(name);
    const tensor = region.tensors.get(name);
    if (node === undefined && tensor === undefined) return region.outer === undefined ? name : take(region.outer, name);
    const called = `${region.prefix}${name}`;
    if (tensor !== undefined) {
      if (!initializer.has(called)) {
        initializer.set(called, altered(inline(tensor), { name: called }));
      }
    } else if (node !== undefined && !done.has(node)) {
      done.add(node);
      // Nodes with bodies are free in the model's own graph only, where no name changes.
      bodiesOf(node)
        .flatMap(capturedBy)
        .forEach((captured) => take(region, captured));
      const input = node.input.map((one) => take(region, one));
      const output = node.output.map((one) => (one === '' ? '' : `${region.prefix}${one}`));
      nodes.push(altered(node, { input, output }));
    }
    return called;
  };
  const names = wanted.map(({ region, name }) => take(region, name));
  const graph = create(GraphProtoSchema, {
    name: 'constants',
    node: nodes,
    initializer: [...initializer.values()],
    output: names.map((name) => create(ValueInfoProtoSchema, { name })),
  });
  return { graph, names };
};
