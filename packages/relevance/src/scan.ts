import type { Builder, Inside } from './builder.js';
import type { Crossing, Leak } from './crossing.js';
import { mapEntry, tensorsOf, type LeakSum, type LedgerEntry } from './ledger.js';
import {
  freeNames,
  fromFront,
  mapBodies,
  needed,
  outputsOf,
  scanAttributes,
  scanShape,
  type Dim,
  type Graph,
  type Node,
  type TypedGraph,
  type ValueType,
} from '@kirchhoff/graph';
import type { NodePasses } from './options.js';
import { zerosLike } from './value.js';

/** What crossing the nodes of a body gives: the relevance of its values, by the rules of its nodes. */
export interface WalkedBody {
  readonly relevanceOf: (tensor: string) => string | undefined;
  readonly ledger: readonly LedgerEntry[];
  readonly leaked: readonly LeakSum[];
  readonly passes: readonly NodePasses[];
}

export interface CrossedScan {
  readonly messages: ReadonlyMap<number, string>;
  /** Relevance of values around the Scan that its body reads, over all steps. */
  readonly captured: ReadonlyMap<string, string>;
  readonly leaks: readonly Leak[];
  /** Relevance that arrived at each initial state. */
  readonly initial: ReadonlyMap<number, string>;
  readonly ledger: readonly LedgerEntry[];
  readonly leaked: readonly LeakSum[];
  readonly passes: readonly NodePasses[];
}

/** A value of the reverse Scan's body that is scanned: where it comes from outside, and which way it is read. */
interface Scanned {
  readonly name: string;
  readonly outer: string;
  readonly axis: number;
  readonly direction: number;
}

/** A result of each step, put together along an axis. */
interface Gathered {
  readonly value: string;
  readonly axis: number;
  readonly direction: number;
}

const opposite = (direction: number): number => 1 - direction;

/** A node that reads other names, inside its bodies, too. */
const renameReads = (node: Node, names: ReadonlyMap<string, string>): Node => {
  const renamed = (name: string): string => names.get(name) ?? name;
  const own = mapBodies(node, (body) => ({
    ...body,
    nodes: body.nodes.map((one) => renameReads(one, names)),
    outputs: body.outputs.map(renamed),
  }));
  return { ...own, inputs: node.inputs.map(renamed) };
};

const stacked = ({ type, shape }: ValueType, length: Dim, axis: number): ValueType => ({
  type,
  shape: shape.toSpliced(fromFront(axis, shape.length + 1), 0, length),
});

/** Whether relevance that reaches an initial state goes no further: a constant, or zeros made from a shape. */
const isConstantState = ({ constant, discrete }: Crossing, name: string): boolean => constant(name) || discrete(name);

/**
 * Relevance through time: a Scan's relevance is a Scan the other way round that carries the relevance of the states.
 *
 *   forward Scan:   h₀ ─▶ body ─▶ h₁ ─▶ body ─▶ …  hₜ        emits y, and just those values of the body that the
 *                         ▲ x₁          ▲ x₂                  relevance of the body reads
 *   reverse Scan:   R(h₀) ◀─ R(body) ◀─ R(h₁) ◀─ R(body) ◀─ … R(hₜ)
 *                            ▼ R(x₁)             ▼ R(x₂)      reads R(y), x and the emitted values from the other end
 */
export const crossScan = (
  crossing: Crossing,
  body: TypedGraph,
  walkBody: (inside: Inside, seeds: readonly (readonly [string, string])[]) => WalkedBody,
): CrossedScan => {
  const { b, node } = crossing;
  const shape = scanShape(node);
  const { states } = shape;
  const inside = b.inside(body);
  const ins = body.graph.inputs.map(({ name }) => name);
  const outs = body.graph.outputs;
  const length = b.dims(node.inputs[states]!).at(shape.inputAxes[0]!)!;

  const carried = Array.from({ length: states }, (_, k) => k).filter((k) => inside.type(ins[k]!).type === b.float);
  const carriers = carried.map((k) => inside.input(`${node.name}/R.${ins[k]}`, b.float, inside.dims(outs[k]!)));
  const received: Scanned[] = [];
  outs.slice(states).forEach((name, j) => {
    const outer = crossing.relevance[states + j];
    if (outer === undefined) return;
    const own = inside.input(`${node.name}/R.${name}`, b.float, inside.dims(name));
    received.push({ name: own, outer, axis: shape.outputAxes[j]!, direction: opposite(shape.outputDirections[j]!) });
  });
  const arriving = outs
    .slice(states)
    .flatMap((name, j) => (crossing.relevance[states + j] === undefined ? [] : [name]));
  const walked = walkBody(inside, [
    ...carried.map((k, i) => [outs[k]!, carriers[i]!] as const),
    ...arriving.map((name, i) => [name, received[i]!.name] as const),
  ]);

  const carry = carried.map((k) => walked.relevanceOf(ins[k]!) ?? zerosLike(inside, ins[k]!, `${node.name}/zeros`));
  const scanned = ins.slice(states).flatMap((name, j) => {
    const R = walked.relevanceOf(name);
    return R === undefined
      ? []
      : [{ port: states + j, value: R, axis: shape.inputAxes[j]!, direction: opposite(shape.inputDirections[j]!) }];
  });
  const kept = [...walked.ledger.flatMap(tensorsOf), ...walked.leaked.map(({ sum }) => sum)];
  const sums = [...new Set(kept)].map((value): Gathered => ({
    value,
    axis: 0,
    direction: 0,
  }));
  const captured = [...freeNames(body.graph)].flatMap((name) => {
    const value = walked.relevanceOf(name);
    return value === undefined ? [] : [{ name, value, axis: 0, direction: 0 }];
  });
  const gathered: readonly Gathered[] = [...scanned, ...captured, ...sums];
  const results = [...carry, ...gathered.map(({ value }) => value)];
  const backward = needed(inside.emitted(), results);

  const own = new Set([...ins, ...inside.original().flatMap(outputsOf)]);
  // A Scan counts its steps by a sequence: one is scanned again even where no message reads any.
  const counted = received.length > 0 || [...backward.reads].some((name) => own.has(name));
  const reads = counted ? backward.reads : new Set([...backward.reads, ins[states]!]);
  const again = cutValues({ b, node, inside, ins, states, reads, length, shape });
  const names = new Map(again.map(({ value, scan }) => [value, scan.name]));
  const renamed = backward.nodes.map((one) => renameReads(one, names));
  const outputs = distinctOutputs(
    b,
    results.map((value) => names.get(value) ?? value),
    renamed,
  );
  const inputs = [...received, ...again.map(({ scan }) => scan)];
  const typeOf = (name: string): ValueType => inside.type(name);
  const reverseBody: Graph = {
    name: `${node.name}-relevance`,
    inputs: [
      ...carriers.map((name) => ({ name, ...typeOf(name) })),
      ...received.map(({ name }) => ({ name, ...typeOf(name) })),
      ...again.map(({ value, scan }) => ({ name: scan.name, ...typeOf(value) })),
    ],
    nodes: [...renamed, ...outputs.aliases],
    outputs: outputs.names,
    tensors: {},
  };
  const start = carried.map((k) => crossing.relevance[k] ?? zerosLike(b, node.inputs[k]!, `${node.name}/zeros`));
  const finals = results.map((_, i) => b.fresh(i === 0 ? `${node.name}/relevance` : `${node.name}/relevance.${i}`));
  b.define(
    {
      name: finals[0]!,
      op: 'Scan',
      inputs: [...start, ...inputs.map(({ outer }) => outer)],
      outputs: finals.slice(1),
      attrs: scanAttributes({
        body: reverseBody,
        states: carried.length,
        inputAxes: inputs.map(({ axis }) => axis),
        inputDirections: inputs.map(({ direction }) => direction),
        outputAxes: gathered.map(({ axis }) => axis),
        outputDirections: gathered.map(({ direction }) => direction),
      }),
    },
    results.map((value, i) => {
      const step = typeOf(value);
      const along = gathered[i - carry.length];
      return along === undefined ? step : stacked(step, length, along.axis);
    }),
  );

  const messages = new Map<number, string>();
  const leaks: Leak[] = [];
  const initial = new Map<number, string>();
  carried.forEach((k, i) => {
    initial.set(k, finals[i]!);
    if (isConstantState(crossing, node.inputs[k]!))
      leaks.push({ cause: 'initial-state', value: { tensor: finals[i]! } });
    else messages.set(k, finals[i]!);
  });
  scanned.forEach(({ port }, i) => messages.set(port, finals[carry.length + i]!));
  const stepsOf = finals.slice(carry.length + scanned.length);
  const total = (value: string, i: number): string => sumOverTime(b, stepsOf[i]!, `${value}.sum`);
  const overTime = new Map(sums.map(({ value }, i) => [value, total(value, captured.length + i)]));
  const steps = new Map(sums.map(({ value }, i) => [value, stepsOf[captured.length + i]!]));
  return {
    messages,
    captured: new Map(captured.map(({ name, value }, i) => [name, total(value, i)])),
    leaks,
    initial,
    ledger: walked.ledger.map((entry) => ({
      ...mapEntry(entry, overTime),
      peak: entry.peak && largestStep(b, steps.get(entry.peak)!, `${entry.peak}.peak`),
      shapes: entry.shapes.map((dims) => [length, ...dims]),
    })),
    leaked: walked.leaked.map(({ cause, sum }) => ({ cause, sum: overTime.get(sum)! })),
    passes: walked.passes,
  };
};

interface Cut {
  readonly b: Builder;
  readonly node: Node;
  readonly inside: Inside;
  readonly ins: readonly string[];
  readonly states: number;
  readonly reads: ReadonlySet<string>;
  readonly length: Dim;
  readonly shape: ReturnType<typeof scanShape>;
}

/**
 * The body's own values that its relevance reads. Scanned inputs are scanned again; everything else is emitted by the
 * forward Scan, which is extended by just these outputs.
 */
const cutValues = (cut: Cut): readonly { readonly value: string; readonly scan: Scanned }[] => {
  const { b, node, inside, ins, states, reads, shape } = cut;
  const own = new Set([...ins, ...inside.original().flatMap(outputsOf)]);
  const values = [...reads].filter((name) => own.has(name));
  const rescanned = (name: string): number => ins.indexOf(name, states);
  const outer = emitSteps(
    cut,
    values.filter((name) => rescanned(name) < 0),
  );
  return values.map((value) => {
    const j = rescanned(value);
    const name = b.fresh(`${value}.again`);
    if (j < 0) return { value, scan: { name, outer: outer.get(value)!, axis: 0, direction: 1 } };
    const direction = opposite(shape.inputDirections[j - states]!);
    return { value, scan: { name, outer: node.inputs[j]!, axis: shape.inputAxes[j - states]!, direction } };
  });
};

/** Extends the forward Scan by outputs that hold these values at every step; those it already gives are used again. */
const emitSteps = (
  { b, node, inside, states, length }: Cut,
  values: readonly string[],
): ReadonlyMap<string, string> => {
  const current = b.node(node.name) ?? node;
  const shape = scanShape(current);
  const given = scanShape(node).body.outputs.length;
  const copies = new Map(
    shape.body.nodes.filter(({ op }) => op === 'Identity').map(({ name, inputs }) => [name, inputs[0]!]),
  );
  const inputs = shape.body.inputs.map(({ name }) => name);
  const outputs = [...shape.body.outputs];
  const listed = [...outputsOf(current)];
  const aliases: Node[] = [];
  const places = values.map((value) => {
    const before = outputs.findIndex((name, i) => i >= given && (name === value || copies.get(name) === value));
    if (before >= 0) return before;
    if (inputs.includes(value) || outputs.includes(value)) {
      const alias = b.fresh(`${value}.emitted`);
      aliases.push({ name: alias, op: 'Identity', inputs: [value] });
      outputs.push(alias);
    } else {
      outputs.push(value);
    }
    return outputs.length - 1;
  });
  const names = outputs.map((name, i) => listed[i] || b.fresh(`${node.name}.${name}.steps`));
  const extra = outputs.length - shape.body.outputs.length;
  if (extra > 0) {
    const zeros = Array<number>(extra).fill(0);
    const own = new Map(aliases.map(({ name, inputs: [value] }) => [name, value!]));
    const stepType = (i: number): ValueType =>
      inside.type(own.get(outputs[i]!) ?? copies.get(outputs[i]!) ?? outputs[i]!);
    b.define(
      {
        ...node,
        outputs: names.slice(1),
        attrs: scanAttributes({
          ...shape,
          body: {
            ...shape.body,
            nodes: [...inside.original(), ...keptAliases(shape.body, inside), ...aliases],
            outputs,
          },
          outputAxes: [...shape.outputAxes, ...zeros],
          outputDirections: [...shape.outputDirections, ...zeros],
        }),
      },
      names.map((name, i) => {
        if (b.has(name)) return b.type(name);
        return i < states ? stepType(i) : stacked(stepType(i), length, shape.outputAxes[i - states] ?? 0);
      }),
    );
  }
  return new Map(values.map((value, i) => [value, names[places[i]!]!]));
};

/** Aliases that an earlier extension added to the body. */
const keptAliases = (body: Graph, inside: Inside): readonly Node[] => {
  const original = new Set(inside.original().map(({ name }) => name));
  return body.nodes.filter(({ name }) => !original.has(name));
};

/** A graph's outputs are distinct, and made inside it: aliases where a value is given out twice or comes from elsewhere. */
export const distinctOutputs = (
  b: Builder,
  values: readonly string[],
  nodes: readonly Node[],
): { readonly names: readonly string[]; readonly aliases: readonly Node[] } => {
  const made = new Set(nodes.flatMap(outputsOf));
  const seen = new Set<string>();
  const aliases: Node[] = [];
  const names = values.map((value) => {
    if (made.has(value) && !seen.has(value)) {
      seen.add(value);
      return value;
    }
    const alias = b.fresh(`${value}.out`);
    aliases.push({ name: alias, op: 'Identity', inputs: [value] });
    return alias;
  });
  return { names, aliases };
};

const sumOverTime = (b: Builder, steps: string, hint: string): string =>
  b.emit(hint, 'ReduceSum', [steps, b.ints([0])], { keepdims: 0 });

const largestStep = (b: Builder, steps: string, hint: string): string =>
  b.emit(hint, 'ReduceMax', [steps, b.ints([0])], { keepdims: 0 });
