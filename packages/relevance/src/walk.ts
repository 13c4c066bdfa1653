import {
  infiniteValues,
  intAttribute,
  lookups,
  outputsOf,
  type Kind,
  type Node,
  type TypedGraph,
} from '@kirchhoff/graph';
import { refuse, relevanceSays } from '@kirchhoff/message';
import { constantsOf, type Plan } from '@kirchhoff/rule';
import { crossAffine } from './affine.js';
import type { Builder } from './builder.js';
import { anySupport, noPasses, type Crossed, type Crossing, type RuledCrossing, type Support } from './crossing.js';
import { crossAxis } from './axis.js';
import { crossCounted } from './counted.js';
import { crossContraction } from './contraction.js';
import { crossElementwise } from './elementwise.js';
import { finish } from './finish.js';
import { finitely } from './finite.js';
import { crossFragment } from './fragment.js';
import { enter, leakSums, type LeakSum, type LedgerEntry } from './ledger.js';
import { crossMaximum } from './maximum.js';
import { crossProduct } from './product.js';
import { crossPullback, isPullback } from './pullback.js';
import type { Sampling } from './per-sample.js';
import type { NodePasses, RelevanceOptions } from './options.js';
import { crossScan } from './scan.js';
import { meetingOf, repetitionOf, type Meeting, type Repetition, type Shared } from './shared.js';
import { crossStructural } from './structural.js';
import { summedNodes } from './summed.js';
import { sameDims } from './value.js';

const cross: { readonly [K in Kind]: (crossing: RuledCrossing) => Crossed } = {
  weighted: crossAffine,
  plain: (crossing) => crossAffine(finitely(crossing)),
  elementwise: crossElementwise,
  maximum: crossMaximum,
  product: (crossing) => crossProduct(finitely(crossing)),
  quotient: (crossing) => crossProduct(finitely(crossing)),
  contraction: crossContraction,
  axis: crossAxis,
  other: ({ node }) => refuse(node.name, relevanceSays.noCrossing(node.op)),
  structural: crossStructural,
  discrete: () => refuse('', ''),
};

/** What a walk needs to know, whatever graph it goes through. */
export interface Way {
  readonly plan: Plan;
  readonly options: RelevanceOptions;
  readonly sampling: Sampling;
}

/** The relevance of every tensor of a graph, and how it came about. */
export interface Walked {
  readonly relevanceOf: (tensor: string) => string | undefined;
  readonly ledger: readonly LedgerEntry[];
  /** What leaked at each node, where no more of the ledger is asked for. */
  readonly leaked: readonly LeakSum[];
  readonly passes: readonly NodePasses[];
  /** For ids, the embedding that they choose the rows of, where it is one and nothing else receives relevance from them. */
  readonly carriers: ReadonlyMap<string, string | undefined>;
  /** What ids that are given as floats carry, where the plan finishes the map: it is finished by then. */
  readonly finished: readonly (readonly [tensor: string, R: string])[];
  /** What goes on for each sample by itself, since all samples share it. */
  readonly shared: Shared;
}

/** Crosses every node that relevance reaches, last to first. */
export const walk = (
  way: Way,
  b: Builder,
  typed: TypedGraph,
  seeds: readonly (readonly [tensor: string, R: string])[],
): Walked => {
  const { plan, options, sampling } = way;
  const constantsAt = constantsOf(plan.facts);
  const discrete = (name: string): boolean => plan.positions.get(name)?.kind === 'discrete';
  const ranges = new Map(typed.graph.inputs.flatMap(({ name, range }) => (range ? [[name, range] as const] : [])));
  const infinite = infiniteValues(typed, plan.facts);
  const summed = summedNodes(typed.graph, constantsAt);
  const asked = options.ledger ?? true;
  const wanted = asked === true && plan.quantity === 'relevance';
  const total = asked === 'total' && plan.quantity === 'relevance';
  const arrived = new Map<string, string>();
  const ledger: LedgerEntry[] = [];
  const leaked: LeakSum[] = [];
  const passes: NodePasses[] = [];
  const supports = new Map<string, Support>();
  const arrive = (tensor: string, R: string, support = anySupport): void => {
    const before = arrived.get(tensor);
    supports.set(tensor, before === undefined ? support : eitherSupport(supports.get(tensor)!, support));
    arrived.set(tensor, before === undefined ? R : b.emit(`${tensor}/relevance`, 'Add', [before, R]));
  };
  for (const [tensor, R] of seeds) arrive(tensor, R);
  const carriers = new Map<string, string | undefined>();
  const isFloat = (name: string): boolean => b.type(name).type.startsWith('float');
  const finished: (readonly [string, string])[] = [];
  const repetitions: Repetition[] = [];
  const meetings: Meeting[] = [];
  const mapsAdd = plan.finish === undefined || plan.finished === 'relevance';
  const carrierOf = (node: Node): string | undefined => {
    const [id, ...others] = plan.positions.get(node.name)?.ids ?? [];
    const inPlace = id !== undefined && others.length === 0 && sameDims(b.dims(node.inputs[id]!), b.dims(node.name));
    if (node.op === 'Cast' || inPlace) return carriers.get(node.name);
    return node.op === 'Gather' && isFloat(node.name) && intAttribute(node, 'axis') === 0 ? node.name : undefined;
  };
  const send = (node: Node, port: number, message: string, support?: Support): void => {
    const input = node.inputs[port]!;
    if (!isFloat(input)) carriers.set(input, carriers.has(input) ? undefined : carrierOf(node));
    if (plan.finish !== undefined && isFloat(input) && holdsIds(b, plan, node.name)) finished.push([input, message]);
    else arrive(input, message, support);
  };

  for (const node of [...typed.graph.nodes].reverse()) {
    const relevances = outputsOf(node).map((name) => arrived.get(name));
    const received = relevances.filter((R) => R !== undefined);
    const position = plan.positions.get(node.name);
    if (received.length === 0 || position === undefined) continue;
    const constant = constantsAt(node);
    const chosen = idsOf(node, constant);
    const leavesNumbers = chosen !== undefined && isFloat(node.name) && holdsIds(b, plan, chosen);
    const crossing: Crossing = {
      b,
      node,
      facts: plan.facts,
      constant,
      discrete,
      summed,
      infinite,
      ranges,
      batch: sampling.symbol,
      relevance: leavesNumbers ? [finish(b, plan, node.name, received[0]!)] : relevances,
      support: outputsOf(node)
        .flatMap((name) => supports.get(name) ?? [])
        .reduce(eitherSupport),
      useFacts: options.facts !== false,
      literal: options.literal ?? false,
    };
    const body = typed.bodies.get(node.name);
    const isOutermost = b.redefinable;
    const repetition = isOutermost ? repetitionOf(crossing, sampling) : undefined;
    const meeting =
      isOutermost && mapsAdd && repetition === undefined ? meetingOf(crossing, body, sampling) : undefined;
    if (meeting !== undefined) {
      meetings.push(meeting);
      continue;
    }
    if (body !== undefined) {
      const crossed = crossScan(crossing, body, (inside, inner) => walk(way, inside, body, inner));
      for (const [port, message] of crossed.messages) send(node, port, message);
      for (const [name, message] of crossed.captured) {
        carriers.set(name, undefined);
        arrive(name, message);
      }
      if (wanted)
        for (const one of [...initialEntry(b, node, crossed, sampling), ...crossed.ledger.toReversed()])
          ledger.push(one);
      if (total) for (const one of [...leakSums(b, node.name, crossed, sampling), ...crossed.leaked]) leaked.push(one);
      for (const one of [...crossed.passes].reverse()) passes.push(one);
      continue;
    }
    if (repetition !== undefined) {
      repetitions.push(repetition);
      const handed: Crossed = { messages: new Map([[0, repetition.R]]), leaks: [], passes: noPasses };
      const copies = { name: node.name, inputs: [node.name] };
      if (wanted) ledger.push(enter(b, copies, 'structural', received, handed, sampling));
      continue;
    }
    const { crossed, rule } = crossOutputs(crossing, position.kind, plan);
    if (position.kind === 'weighted' || position.kind === 'plain') passes.push(passesOf(node, crossed));
    for (const [port, message] of crossed.messages) send(node, port, message, crossed.support);
    if (wanted) ledger.push(enter(b, node, rule, received, crossed, sampling));
    if (total) for (const one of leakSums(b, node.name, crossed, sampling)) leaked.push(one);
  }
  return {
    relevanceOf: (tensor) => arrived.get(tensor),
    ledger: ledger.reverse(),
    leaked,
    passes: passes.reverse(),
    carriers,
    finished,
    shared: { repetitions, meetings },
  };
};

/** Whether a value is counted, not measured: ids, positions, conditions. Bytes are measured. */
export const holdsIds = (b: Builder, { facts }: Plan, name: string): boolean =>
  !b.type(name).type.startsWith('float') && facts.get(name)?.way === 'counted';

/** The ids that a node takes for the numbers it makes of them, or for rows of a constant table. */
const idsOf = ({ op, inputs }: Node, constant: (name: string) => boolean): string | undefined => {
  if (op === 'Cast' || op === 'OneHot') return inputs[0];
  return lookups.includes(op) && constant(inputs[0]!) ? inputs[1] : undefined;
};

/** What is known of the sum of two relevances. */
const eitherSupport = (a: Support, b: Support): Support => ({
  rooted: a.rooted && b.rooted,
  standIn: a.standIn === b.standIn ? a.standIn : undefined,
});

/** The Scan itself in the ledger: what its initial states received, and where that went. Its steps are the entries of its body. */
const initialEntry = (
  b: Builder,
  node: Node,
  { initial, messages, leaks }: ReturnType<typeof crossScan>,
  sampling: Sampling,
): readonly LedgerEntry[] => {
  if (initial.size === 0) return [];
  const sent = new Map([...messages].filter(([port]) => initial.has(port)));
  const crossed: Crossed = { messages: sent, leaks, passes: noPasses };
  return [enter(b, node, 'structural', [...initial.values()], crossed, sampling)];
};

/** What further outputs of integers and conditions received (positions, masks) is discrete; the others are crossed. */
const crossOutputs = (
  crossing: Crossing,
  kind: Kind,
  plan: Plan,
): { readonly crossed: Crossed; readonly rule: string } => {
  const { b, node, relevance } = crossing;
  const isCounted = (i: number): boolean => i > 0 && !b.type(outputsOf(node)[i]!).type.startsWith('float');
  const counted = relevance.flatMap((R, i) => (R !== undefined && isCounted(i) ? [R] : []));
  if (counted.length === 0)
    return crossNode(
      crossing,
      kind,
      plan,
      relevance.find((R) => R !== undefined)!,
    );
  const leaks = counted.map((R) => ({ cause: 'discrete', value: { tensor: R } }));
  const others = relevance.map((R, i) => (isCounted(i) ? undefined : R));
  const first = others.find((R) => R !== undefined);
  if (first === undefined) return { crossed: { messages: new Map(), leaks, passes: noPasses }, rule: 'discrete' };
  const { crossed, rule } = crossNode({ ...crossing, relevance: others }, kind, plan, first);
  return { crossed: { ...crossed, leaks: [...crossed.leaks, ...leaks] }, rule };
};

const crossNode = (
  crossing: Crossing,
  kind: Kind,
  plan: Plan,
  R: string,
): { readonly crossed: Crossed; readonly rule: string } => {
  if (plan.preamble.has(crossing.node.name)) {
    const port = crossing.node.inputs.findIndex((name) => !crossing.constant(name));
    return { crossed: { messages: new Map([[port, R]]), leaks: [], passes: noPasses }, rule: 'preamble' };
  }
  const ids = plan.positions.get(crossing.node.name)?.ids;
  if (ids !== undefined) return { crossed: crossCounted(crossing, ids), rule: 'structural' };
  if (kind === 'structural') return { crossed: crossStructural(crossing), rule: 'structural' };
  if (kind === 'discrete') {
    const leaks = [{ cause: 'discrete', value: { tensor: R } }];
    return {
      crossed: { messages: new Map(), leaks, passes: noPasses },
      rule: 'discrete',
    };
  }
  const assignment = plan.assignments.get(crossing.node.name);
  if (assignment === undefined) return refuse(crossing.node.name, relevanceSays.notPlanned);
  const ruled: RuledCrossing = { ...crossing, assignment, R };
  const { fragment } = assignment.ruleCase;
  const rule = assignment.rule.name;
  if (fragment) return { crossed: crossFragment(ruled, fragment), rule };
  return { crossed: isPullback(ruled) ? crossPullback(ruled) : cross[kind](ruled), rule };
};

const passesOf = (node: Node, { passes }: Crossed): NodePasses => ({
  node: node.name,
  forward: passes.forward + (passes.savesForward ? 0 : 1),
  adjoint: passes.adjoint,
});
