import {
  carryingOf,
  greatest,
  facts as factsOf,
  batchOf,
  constantAt,
  kindOf,
  outputsOf,
  samplesIn,
  scanShape,
  waysOf,
  type Fact,
  type Kind,
  type Node,
  type TypedGraph,
  type Way,
} from '@kirchhoff/graph';

/** Where a node stands among the weighted nodes of its graph; nodes of a Scan's body stand where one step of it does. */
export interface Position {
  readonly kind: Kind;
  /** Whether relevance can cross it: it depends on an input, and the explained outputs depend on it. */
  readonly live: boolean;
  /** A weighted node with no weighted node before it on some path from an input. */
  readonly first: boolean;
  /** A weighted node with no weighted node after it on some path to an output. */
  readonly last: boolean;
  /** The number of weighted nodes before it on its longest path from an input. */
  readonly depth: number;
  /** Of arithmetic on ids: the ports whose elements are the ids, place by place. */
  readonly ids?: readonly number[] | undefined;
}

/** Facts of every value, those inside bodies included. */
export const allFacts = (typed: TypedGraph): ReadonlyMap<string, Fact> => {
  const samples = samplesIn(typed, batchOf(typed));
  const result = new Map(factsOf(typed));
  const ways = waysOf(typed);
  const enter = (bodies: TypedGraph['bodies']): void => {
    for (const body of bodies.values()) {
      for (const [name, fact] of factsOf(body, { facts: result, samples, ways }))
        if (!result.has(name)) result.set(name, fact);
      enter(body.bodies);
    }
  };
  enter(typed.bodies);
  return result;
};

/** A node, the place it has in the document, and the graph it stands in. */
export interface Located {
  readonly node: Node;
  readonly place: string;
}

/** Every node of a graph, those of bodies after the node that holds them. */
export const allNodes = (typed: TypedGraph, pointer = ''): readonly Located[] =>
  typed.graph.nodes.flatMap((node, i) => {
    const place = `${pointer}/nodes/${i}`;
    const body = typed.bodies.get(node.name);
    return [{ node, place: `${place} (${node.name})` }, ...(body ? allNodes(body, `${place}/attrs/body`) : [])];
  });

/** Which values are constants to a node, by their facts. */
export const constantsOf = (facts: ReadonlyMap<string, Fact>): ((node: Node) => (name: string) => boolean) => {
  const wayOf = (name: string): Way => facts.get(name)?.way ?? 'counted';
  return (node) => constantAt(node, wayOf);
};

/**
 * The kind of a node by its types, too: arithmetic on ids that goes on place by place is structural, other arithmetic on them
 * discrete; ids in another element type are the same ids, also those that are given as floats (the columns of a table).
 */
const kindIn = (
  node: Node,
  { types }: TypedGraph,
  constant: (name: string) => boolean,
  given: (name: string) => boolean,
  ids: readonly number[] | undefined,
): Kind => {
  if (ids !== undefined) return 'structural';
  const kind = kindOf(node, constant);
  const isFloat = (name: string): boolean => types.get(name)?.type.startsWith('float') !== false;
  if (isFloat(node.name)) return kind;
  if (node.op === 'Cast') return isFloat(node.inputs[0]!) && !given(node.inputs[0]!) ? 'discrete' : 'structural';
  return kind === 'structural' ? kind : 'discrete';
};

/** The ports of a node at which relevance can arrive. */
const carryingPorts = (node: Node, kind: Kind, constant: (name: string) => boolean): readonly number[] => {
  const computed = [...node.inputs.keys()].filter((port) => !constant(node.inputs[port]!));
  if (kind === 'discrete') return [];
  if (kind !== 'structural') return computed;
  switch (node.op) {
    case 'Concat':
      return computed;
    case 'Where':
      return computed.filter((port) => port > 0);
    case 'ScatterElements':
    case 'ScatterND':
      return computed.filter((port) => port !== 1);
    case 'Pad':
      return computed.filter((port) => port === 0 || port === 2);
    case 'Gather':
    case 'GatherElements':
    case 'GatherND':
      return constant(node.inputs[0]!) ? [1] : [0];
    default:
      return [0];
  }
};

/** What integers are: ids that an input gives, or conditions as numbers (1 and 0 of a mask). Others were made on the way. */
type Come = 'ids' | 'condition';

/**
 * The ports that carry the ids which an operator makes other ids of. Undefined where it makes none of an input's, or meets
 * what was made on the way: a position that was counted is no id, whatever masks it.
 */
const idsIn = (
  node: Node,
  { types }: TypedGraph,
  constant: (name: string) => boolean,
  comeFrom: (name: string) => Come | undefined,
): readonly number[] | undefined => {
  const type = types.get(node.name)?.type ?? 'bool';
  if (type.startsWith('float') || type === 'bool') return undefined;
  const carrying = carryingOf(node, constant) ?? [];
  if (carrying.some((port) => comeFrom(node.inputs[port]!) === undefined)) return undefined;
  const ids = carrying.filter((port) => comeFrom(node.inputs[port]!) === 'ids');
  return ids.length === 0 ? undefined : ids;
};

/** What the output of a node is, by what it is made of at these ports, or the operands that carry its value. */
const comeOf = (
  node: Node,
  kind: Kind,
  { types }: TypedGraph,
  constant: (name: string) => boolean,
  comeFrom: (name: string) => Come | undefined,
  ports: readonly number[],
): Come | undefined => {
  if (types.get(node.name)?.type === 'bool') return 'condition';
  const carrying = kind === 'structural' ? ports : carryingOf(node, constant);
  if (carrying === undefined) return undefined;
  const sources = carrying.map((port) => comeFrom(node.inputs[port]!));
  if (kind === 'structural' && sources.includes('ids')) return 'ids';
  return sources.every((source) => source === 'condition') ? 'condition' : undefined;
};

interface Before {
  readonly ids: readonly number[] | undefined;
  readonly kind: Kind;
  readonly ports: readonly number[];
  readonly depth: number;
  readonly first: boolean;
}

/** Positions of all nodes, by name. */
export const positionsOf = (typed: TypedGraph, facts: ReadonlyMap<string, Fact>): ReadonlyMap<string, Position> => {
  const constantsAt = constantsOf(facts);
  const depths = new Map<string, number>();
  const open = new Set(typed.graph.inputs.map(({ name }) => name));
  const before = new Map<string, Before>();
  const given = new Set(typed.graph.inputs.map(({ name }) => name));

  const come = new Map<string, Come>();
  const startFrom = (name: string, type: string | undefined): void => {
    if (facts.get(name)?.way === 'counted') come.set(name, type === 'bool' ? 'condition' : 'ids');
  };
  for (const { name, type } of typed.graph.inputs) startFrom(name, type);

  const comeFrom = (name: string): Come | undefined => come.get(name);

  const forward = (part: TypedGraph): void => {
    for (const node of part.graph.nodes) {
      if (facts.get(node.name)?.constant === true) continue;
      const constant = constantsAt(node);
      const ids = idsIn(node, part, constant, comeFrom);
      const kind = kindIn(node, part, constant, (name) => given.has(name), ids);
      if (kind === 'structural' && node.inputs.every((name, port) => given.has(name) || (port > 0 && constant(name)))) {
        for (const output of outputsOf(node)) given.add(output);
      }
      const body = part.bodies.get(node.name);
      const hand = (from: string, to: string): void => {
        depths.set(to, Math.max(depths.get(to) ?? 0, depths.get(from) ?? 0));
        if (open.has(from)) open.add(to);
      };
      if (body !== undefined) {
        body.graph.inputs.forEach(({ name }, i) => {
          hand(node.inputs[i]!, name);
          // What a step hands on is no input's any more.
          const source = i < scanShape(node).states ? undefined : come.get(node.inputs[i]!);
          if (source !== undefined) come.set(name, source);
        });
        forward(body);
        outputsOf(node).forEach((output, i) => hand(body.graph.outputs[i]!, output));
        before.set(node.name, { ids, kind, ports: [], depth: depths.get(node.name) ?? 0, first: false });
        continue;
      }
      const ports = ids ?? carryingPorts(node, kind, constant);
      const sources = ports.map((port) => node.inputs[port]!);
      const depth = greatest(
        sources.map((name) => depths.get(name) ?? 0),
        0,
      );
      const clear = sources.some((name) => open.has(name));
      const weighted = kind === 'weighted';
      for (const output of outputsOf(node)) {
        depths.set(output, depth + (weighted ? 1 : 0));
        if (clear && !weighted) open.add(output);
      }
      const source = comeOf(node, kind, part, constant, comeFrom, ports);
      if (source !== undefined) for (const output of outputsOf(node)) come.set(output, source);
      before.set(node.name, { ids, kind, ports, depth, first: weighted && clear });
    }
  };
  forward(typed);

  const reached = new Set(typed.graph.outputs);
  const openBelow = new Set(typed.graph.outputs);
  const positions = new Map<string, Position>();
  const backward = (part: TypedGraph): void => {
    for (let i = part.graph.nodes.length - 1; i >= 0; i--) {
      const node = part.graph.nodes[i]!;
      const known = before.get(node.name);
      if (known === undefined) continue;
      const outputs = outputsOf(node);
      const live = outputs.some((name) => reached.has(name));
      const clear = outputs.some((name) => openBelow.has(name));
      const body = part.bodies.get(node.name);
      if (body !== undefined && live) {
        const { states } = scanShape(node);
        body.graph.outputs.forEach((name, k) => {
          if (k < states || reached.has(outputs[k] ?? '')) reached.add(name);
          if (openBelow.has(outputs[k] ?? '')) openBelow.add(name);
        });
        backward(body);
        body.graph.inputs.forEach(({ name }, k) => {
          if (reached.has(name)) reached.add(node.inputs[k]!);
          if (openBelow.has(name)) openBelow.add(node.inputs[k]!);
        });
      }
      const { ids, kind, ports, depth, first } = known;
      const weighted = kind === 'weighted';
      for (const port of ports) {
        if (live) reached.add(node.inputs[port]!);
        if (clear && !weighted) openBelow.add(node.inputs[port]!);
      }
      positions.set(node.name, { kind, depth, first, live, last: weighted && clear, ids });
    }
  };
  backward(typed);
  return positions;
};
