import {
  freshNames,
  isInline,
  namesIn,
  outputsOf,
  prune,
  readsOf,
  type Graph,
  type Node,
  type ValueType,
} from '@kirchhoff/graph';

/** `a + c`, or `a + (a >= 0 ? c : -c)`, for a constant c above 0. */
interface Stabilised {
  readonly signed: boolean;
  readonly c: string;
}

/** What a graph says of its values, by name. */
const reader = ({ nodes, tensors, outputs }: Graph) => {
  const makers = new Map(nodes.map((node) => [node.name, node]));
  const reads = new Map<string, number>();
  const read = (name: string): void => void reads.set(name, (reads.get(name) ?? 0) + 1);
  outputs.forEach(read);
  for (const node of nodes) readsOf(node).forEach(read);
  const made = (name: string, op: Node['op']): readonly string[] | undefined => {
    const node = makers.get(name);
    return node?.op === op && outputsOf(node).length === 1 ? node.inputs : undefined;
  };
  const number = (name: string): number | undefined => {
    const entry = tensors[name];
    return entry !== undefined && isInline(entry) && entry.data.length === 1 ? Number(entry.data[0]) : undefined;
  };
  return { made, number, readOnce: (name: string): boolean => reads.get(name) === 1 };
};

/** A graph, and the types of its values, maybe of others too. */
export interface Grown {
  readonly graph: Graph;
  readonly types: ReadonlyMap<string, ValueType>;
}

/**
 * A share of what a source factor `a` was part of, over a denominator that is `a` and a stabiliser: `(a·g) / (a + c)` is
 * `g · (a / (a + c))`, and of any sign `g · (|a| / (|a| + c))`. The quotient asks neither for a sign nor, where the engine
 * keeps maps of convolutions in a layout of its own, for `g` to leave it.
 */
export const factorShares = ({ graph, types: before }: Grown): Grown => {
  const { made, number, readOnce } = reader(graph);
  const stabilised = (a: string, denominator: string): Stabilised | undefined => {
    const [base, offset = ''] = made(denominator, 'Add') ?? [];
    if (base !== a) return undefined;
    if ((number(offset) ?? 0) > 0) return { signed: false, c: offset };
    const [condition = '', plus = '', minus = ''] = made(offset, 'Where') ?? [];
    const [of, zero = ''] = made(condition, 'GreaterOrEqual') ?? [];
    const c = number(plus) ?? 0;
    return of === a && number(zero) === 0 && c > 0 && number(minus) === -c ? { signed: true, c: plus } : undefined;
  };
  const fresh = freshNames(namesIn(graph));
  const types = new Map(before);
  const typed = (name: string, like: string): void => {
    const type = before.get(like);
    if (type !== undefined) types.set(name, type);
  };
  const nodes: Node[] = [];
  const quotients = new Map<string, string>();
  for (const node of graph.nodes) {
    const [product = '', denominator = ''] = node.op === 'Div' ? node.inputs : [];
    const factors = readOnce(product) ? (made(product, 'Mul') ?? []) : [];
    const at = factors.findIndex((a) => stabilised(a, denominator) !== undefined);
    const a = factors[at];
    if (a === undefined) {
      nodes.push(node);
      continue;
    }
    const { signed, c } = stabilised(a, denominator)!;
    let quotient = quotients.get(denominator);
    if (quotient === undefined) {
      quotient = fresh(`${denominator}.quotient`);
      quotients.set(denominator, quotient);
      const size = signed ? fresh(`${quotient}.size`) : a;
      const sum = signed ? fresh(`${quotient}.sum`) : denominator;
      if (signed) nodes.push({ name: size, op: 'Abs', inputs: [a] }, { name: sum, op: 'Add', inputs: [size, c] });
      typed(size, a);
      typed(sum, denominator);
      typed(quotient, denominator);
      nodes.push({ name: quotient, op: 'Div', inputs: [size, sum] });
    }
    nodes.push({ name: node.name, op: 'Mul', inputs: [factors[1 - at]!, quotient] });
  }
  return quotients.size === 0 ? { graph, types: before } : { graph: prune({ ...graph, nodes }), types };
};
