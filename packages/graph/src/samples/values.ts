import { isInline, type Node } from '../graph.js';
import type { TypedGraph } from '../infer.js';
import type { KnownTensor, ValueType } from '../operators/row.js';
import { toNumbers } from '../tensor.js';

/** What is known of the values of a graph and of the graphs nested in it; no two bear one name. */
export interface Values {
  readonly typeOf: (name: string) => ValueType | undefined;
  readonly known: (name: string) => KnownTensor | undefined;
  /** The numbers of a tensor of the model. */
  readonly numbers: (name: string) => ArrayLike<number> | undefined;
  readonly maker: (name: string) => Node | undefined;
}

const graphsIn = (typed: TypedGraph): readonly TypedGraph[] => [typed, ...[...typed.bodies.values()].flatMap(graphsIn)];

export const valuesOf = (typed: TypedGraph): Values => {
  const graphs = graphsIn(typed);
  const makers = new Map(graphs.flatMap(({ graph }) => graph.nodes.map((node) => [node.name, node] as const)));
  const first = <A>(pick: (one: TypedGraph) => A | undefined): A | undefined => {
    for (const one of graphs) {
      const found = pick(one);
      if (found !== undefined) return found;
    }
    return undefined;
  };
  return {
    typeOf: (name) => first(({ types }) => types.get(name)),
    known: (name) => first(({ known }) => known.get(name)),
    maker: (name) => makers.get(name),
    numbers: (name) => {
      const entry = first(({ graph }) => (Object.hasOwn(graph.tensors, name) ? graph.tensors[name] : undefined));
      if (entry === undefined) return undefined;
      if (isInline(entry)) return entry.data;
      const stored = first(({ store }) => store.get(name));
      return stored && toNumbers(stored.read());
    },
  };
};
