import {
  facts,
  toNumbers,
  attributesOf,
  freshNames,
  isGraphValue,
  isInline,
  namesIn,
  optionalFloat,
  optionalFloats,
  optionalTensor,
  outputsOf,
  readsOf,
  sizeOf,
  type Dim,
  type Fact,
  type Fresh,
  type Graph,
  type Node,
  type TypedGraph,
  type ValueType,
} from '@kirchhoff/graph';
import {
  applyPatches,
  castDraft,
  castImmutable,
  enablePatches,
  produceWithPatches,
  type Draft,
  type Patch,
} from 'immer';

enablePatches();

/** A sound change of a graph into another with the same values. */
export interface Rewrite {
  readonly name: string;
  /** Edits the draft; returns one line for each change it made. */
  readonly edit: (draft: Draft<Graph>, view: View) => readonly string[];
}

/** What a rewrite may ask of the graph it starts from. */
export interface View {
  /** The nodes as they were before the rewrite. */
  readonly nodes: readonly Node[];
  readonly node: (output: string) => Node | undefined;
  readonly type: (name: string) => ValueType | undefined;
  readonly constant: (name: string) => boolean;
  /** The one node that reads `name`, if exactly one does and the graph does not give it out. */
  readonly onlyReader: (name: string) => Node | undefined;
  /** All nodes that read `name`. */
  readonly readers: (name: string) => readonly Node[];
  /** Whether any node reads `name`. */
  readonly isRead: (name: string) => boolean;
  /** Whether the graph gives `name` out. */
  readonly isOutput: (name: string) => boolean;
  /** Small integers known from constants. */
  readonly integers: (name: string) => readonly number[] | undefined;
  /** The value of a constant of one element. */
  readonly scalar: (name: string) => number | undefined;
  /** The elements of a constant that is written down, or filled with one number (which then stands for all). */
  readonly numbers: (name: string) => readonly number[] | undefined;
  /** What is known of every value without data. */
  readonly facts: () => ReadonlyMap<string, Fact>;
  /** A name that nothing bears yet. */
  readonly fresh: Fresh;
}

/** What a rewrite changed: in words, and as immer's patches, which replay it on the graph before. */
export interface LogEntry {
  readonly rewrite: string;
  readonly changes: readonly string[];
  readonly patches: readonly Patch[];
}

/** The elements of a tensor of at most one element, or of what is known of a value; else none. */
const constantOf = ({ graph, store, known }: TypedGraph, name: string): readonly Dim[] => {
  const found = known.get(name);
  if (found !== undefined) return found.values;
  const entry = graph.tensors[name];
  if (entry === undefined) return [];
  if (isInline(entry)) return sizeOf(entry.shape) === 1 ? entry.data : [];
  const stored = store.get(name);
  return stored !== undefined && sizeOf(stored.shape) === 1 ? [...toNumbers(stored.read())] : [];
};

/** The elements of a tensor of the document, of a Constant, or the one number that fills a constant. */
const numbersIn = (
  { graph, store }: TypedGraph,
  name: string,
  maker: Node | undefined,
): readonly number[] | undefined => {
  const entry = graph.tensors[name];
  const stored = store.get(name);
  if (entry !== undefined && isInline(entry)) return entry.data;
  if (stored !== undefined) return [...toNumbers(stored.read())];
  if (maker === undefined) return undefined;
  const attrs = attributesOf(maker);
  const value = optionalTensor(attrs, 'value')?.data;
  if (maker.op === 'ConstantOfShape') return value ?? [0];
  if (maker.op !== 'Constant') return undefined;
  const one = optionalFloat(attrs, 'value_float');
  return value ?? (one === undefined ? optionalFloats(attrs, 'value_floats') : [one]);
};

/** Views of a graph. What they know is found out once; each hands out names of its own. */
export const viewsOf = (typed: TypedGraph): (() => View) => {
  const { graph, types, known } = typed;
  const makers = new Map<string, Node>();
  const readers = new Map<string, Set<Node>>();
  const constants = new Set(Object.keys(graph.tensors));
  for (const node of graph.nodes) {
    const read = [...readsOf(node)];
    if (read.every((name) => constants.has(name))) outputsOf(node).forEach((name) => constants.add(name));
    outputsOf(node).forEach((name) => makers.set(name, node));
    for (const name of read) readers.set(name, (readers.get(name) ?? new Set()).add(node));
  }
  const taken = namesIn(graph);
  let found: ReadonlyMap<string, Fact> | undefined;
  const shared: Omit<View, 'fresh'> = {
    nodes: graph.nodes,
    node: (output) => makers.get(output),
    type: (name) => types.get(name),
    constant: (name) => constants.has(name),
    onlyReader: (name) => {
      const found = readers.get(name);
      return found?.size === 1 && !graph.outputs.includes(name) ? [...found][0] : undefined;
    },
    readers: (name) => [...(readers.get(name) ?? [])],
    isRead: (name) => readers.has(name),
    isOutput: (name) => graph.outputs.includes(name),
    integers: (name) => {
      const values = known.get(name)?.values;
      return values?.every((value) => typeof value === 'number') ? values : undefined;
    },
    scalar: (name) => {
      const [value, ...more] = constantOf(typed, name);
      return typeof value === 'number' && more.length === 0 ? value : undefined;
    },
    numbers: (name) => numbersIn(typed, name, makers.get(name)),
    facts: () => (found ??= facts(typed)),
  };
  return () => ({ ...shared, fresh: freshNames(taken) });
};

const sameNode = (a: Node, b: Node): boolean =>
  a.name === b.name &&
  a.op === b.op &&
  a.inputs === b.inputs &&
  a.outputs === b.outputs &&
  a.attrs === b.attrs &&
  a.roles === b.roles &&
  a.preamble === b.preamble;

/**
 * Applies one rewrite; undefined where it found nothing to change. Its edit works on a plain copy, since a draft watches
 * every node that is so much as looked at; nodes that it left alone stay the same objects.
 */
export const applyRewrite = (
  rewrite: Rewrite,
  { graph: before }: TypedGraph,
  view: View,
): { graph: Graph; entry: LogEntry } | undefined => {
  const nodes = before.nodes.map((node): Node => ({ ...node }));
  const origins = new Map(nodes.map((copy, i) => [copy, before.nodes[i]!]));
  const edited = castDraft<Graph>({
    ...before,
    nodes,
    outputs: [...before.outputs],
    tensors: { ...before.tensors },
  });
  const changes = rewrite.edit(edited, view);
  if (changes.length === 0) return undefined;
  const kept = castImmutable(edited).nodes.map((node) => {
    const origin = origins.get(node);
    return origin !== undefined && sameNode(origin, node) ? origin : node;
  });
  const [graph, patches] = produceWithPatches(before, (draft) => {
    const outputs = edited.outputs.join('\n') === before.outputs.join('\n') ? before.outputs : edited.outputs;
    const { tensors, ...rest } = edited;
    Object.assign(draft, rest, { nodes: kept, outputs });
    for (const name of Object.keys(before.tensors)) if (!Object.hasOwn(tensors, name)) delete draft.tensors[name];
    for (const [name, tensor] of Object.entries(tensors))
      if (tensor !== before.tensors[name]) draft.tensors[name] = tensor;
  });
  return { graph, entry: { rewrite: rewrite.name, changes, patches } };
};

/** The graph that a logged rewrite made of `graph`. */
export const replay = (graph: Graph, { patches }: LogEntry): Graph => applyPatches(graph, [...patches]);

/** A graph in which every reader of `from` reads `to` instead. */
const redirected = (graph: Graph, from: string, to: string): Graph => {
  const draft = castDraft<Graph>({ ...graph, nodes: graph.nodes.map((node) => ({ ...node })) });
  redirect(draft, from, to);
  return castImmutable(draft);
};

/** Makes every reader of `from`, those inside bodies included, and the graph's outputs, read `to` instead. */
export const redirect = (draft: Draft<Graph>, from: string, to: string): void => {
  const renamed = (names: readonly string[]): string[] => names.map((name) => (name === from ? to : name));
  for (const node of draft.nodes) {
    if (node.inputs.includes(from)) node.inputs = renamed(node.inputs);
    for (const [key, value] of Object.entries(node.attrs ?? {})) {
      if (isGraphValue(value) && readsOf(castImmutable(node)).has(from))
        node.attrs = { ...node.attrs, [key]: castDraft(redirected(castImmutable(value), from, to)) };
    }
  }
  if (draft.outputs.includes(from)) draft.outputs = renamed(draft.outputs);
};

export const removeNode = (draft: Draft<Graph>, name: string): void => {
  draft.nodes = draft.nodes.filter((node) => node.name !== name);
};

export const draftNode = (draft: Draft<Graph>, name: string): Draft<Node> =>
  draft.nodes.find((node) => node.name === name)!;

/** Removes those of these nodes that nothing reads any more, and so on. */
export const removeUnread = (draft: Draft<Graph>, names: readonly string[]): void => {
  const read = new Set([...draft.outputs, ...draft.nodes.flatMap((node) => [...readsOf(node)])]);
  const unread = draft.nodes.filter(
    (node) => names.includes(node.name) && !outputsOf(node).some((output) => read.has(output)),
  );
  if (unread.length === 0) return;
  for (const { name } of unread) removeNode(draft, name);
  removeUnread(draft, names);
};

/** Puts nodes in the place of the node called `name`; one of them may bear its name. */
export const replaceNode = (draft: Draft<Graph>, name: string, nodes: readonly Node[]): void => {
  const at = draft.nodes.findIndex((node) => node.name === name);
  draft.nodes.splice(at, 1, ...(nodes as Draft<Node>[]));
};

/**
 * Puts `made`, the last of which replaces `linear`, where `reader` stood, which alone read it: whatever either of them
 * read is there by then. Inputs that an earlier change has redirected stay so.
 */
export const mergePair = (draft: Draft<Graph>, linear: Node, reader: string, made: readonly Node[]): void => {
  const now = draftNode(draft, linear.name).inputs;
  const renamed = new Map(linear.inputs.map((name, i) => [name, now[i]!]));
  const nodes = made.map((node) => ({ ...node, inputs: node.inputs.map((name) => renamed.get(name) ?? name) }));
  removeNode(draft, linear.name);
  insertBefore(draft, reader, nodes);
  removeNode(draft, reader);
  redirect(draft, reader, linear.name);
};

/** Inserts nodes directly before the node called `name`. */
export const insertBefore = (draft: Draft<Graph>, name: string, nodes: readonly Node[]): void => {
  const at = draft.nodes.findIndex((node) => node.name === name);
  draft.nodes.splice(at, 0, ...(nodes as Draft<Node>[]));
};

/** Inserts nodes directly after the node called `name`. */
export const insertAfter = (draft: Draft<Graph>, name: string, nodes: readonly Node[]): void => {
  const at = draft.nodes.findIndex((node) => node.name === name);
  draft.nodes.splice(at + 1, 0, ...(nodes as Draft<Node>[]));
};
