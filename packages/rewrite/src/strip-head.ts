import { kindOf, outputsOf, type Graph, type Node, type OpName } from '@kirchhoff/graph';
import type { Draft } from 'immer';
import { draftNode, insertAfter, removeUnread, type Rewrite, type View } from './rewrite.js';

/** What a value after a head holds: probabilities, or their logarithms. */
type Domain = 'probability' | 'log';

/** Takes the first step from a score to what the output shows. */
type Heads = { readonly [Op in OpName]?: Domain };

/** Moves elements, or changes their type: what is done to a probability can be done to its score. */
const movers: readonly OpName[] = [
  'Reshape',
  'Flatten',
  'Squeeze',
  'Unsqueeze',
  'Identity',
  'Dropout',
  'Cast',
  'Transpose',
  'Slice',
  'Gather',
  'Split',
  'Concat',
];

/** A smaller number beside a probability keeps its logarithm finite. */
const small = 1e-3;

const isFloat = (view: View, name: string): boolean => view.type(name)?.type.startsWith('float') ?? false;

/** The one computed operand of a node with constants beside it, and the number among them. */
const besideConstant = (node: Node, view: View): { readonly value: string; readonly number: number | undefined } => {
  const port = node.inputs.findIndex((name) => name !== '' && !view.constant(name));
  const others = node.inputs.filter((name, i) => i !== port && name !== '');
  const fixed = others.every((name) => view.constant(name));
  return { value: fixed ? (node.inputs[port] ?? '') : '', number: view.scalar(others[0] ?? '') };
};

/** The value that a node shows in another measure that rises with it: clipped, scaled, kept off 0. */
const heldBack = (node: Node, view: View): string | undefined => {
  const { value, number } = besideConstant(node, view);
  if (value === '') return undefined;
  switch (node.op) {
    case 'Clip':
      return value === node.inputs[0] ? value : undefined;
    case 'Max':
    case 'Min':
      return node.inputs.length === 2 ? value : undefined;
    case 'Add':
      return number !== undefined && Math.abs(number) <= small ? value : undefined;
    case 'Mul':
    case 'Div':
      return number !== undefined && number > 0 && (node.op === 'Mul' || value === node.inputs[0]) ? value : undefined;
    default:
      return undefined;
  }
};

/** p of 1 − p, and the node of −p where it is written with one. */
const complementOf = (node: Node, view: View): { readonly of: string; readonly negative?: Node } | undefined => {
  const { value, number } = besideConstant(node, view);
  if (number !== 1) return undefined;
  if (node.op === 'Sub') return value === node.inputs[1] ? { of: value } : undefined;
  const negative = node.op === 'Add' ? view.node(value) : undefined;
  if (negative === undefined) return undefined;
  const scaled = besideConstant(negative, view);
  const turns = negative.op === 'Neg' || (negative.op === 'Mul' && scaled.number === -1);
  return turns ? { of: scaled.value, negative } : undefined;
};

/** One node on the way from a head to an output. */
type Step =
  | { readonly kind: 'head'; readonly node: Node; readonly domain: Domain; readonly score: string }
  | {
      readonly kind: 'mover' | 'measure' | 'complement';
      readonly node: Node;
      readonly domain: Domain;
      readonly from: readonly string[];
      /** A further node that the step is written with. */
      readonly with?: Node | undefined;
    };

/** Every step from heads to these outputs, by node; outputs that no head leads to add none. */
const stepsTo = (outputs: readonly string[], heads: Heads, view: View): ReadonlyMap<Node, Step> => {
  const steps = new Map<Node, Step>();
  const done = new Set<Node>();
  const domainOf = (name: string): Domain | undefined => {
    const node = view.node(name);
    return node === undefined ? undefined : steps.get(node)?.domain;
  };
  const movedFrom = (node: Node): readonly string[] => {
    const misses =
      (node.op === 'Cast' && !isFloat(view, node.name)) || (node.op === 'Gather' && !view.constant(node.inputs[1]!));
    if (misses) return [];
    return node.op === 'Concat' ? node.inputs : node.inputs.slice(0, 1);
  };
  const heldIn = (node: Node): string | undefined =>
    node.op === 'Log' || node.op === 'Exp' ? node.inputs[0] : heldBack(node, view);
  const sourcesOf = (node: Node): readonly string[] => {
    if (heads[node.op] !== undefined) return [];
    if (movers.includes(node.op)) return movedFrom(node);
    return [complementOf(node, view)?.of, heldIn(node)].filter((name) => name !== undefined);
  };
  const stepAt = (node: Node): Step | undefined => {
    const own = heads[node.op];
    if (own !== undefined) {
      return isInner(node, view) ? undefined : { kind: 'head', node, domain: own, score: node.inputs[0]! };
    }
    if (movers.includes(node.op)) {
      const from = movedFrom(node);
      const domains = new Set(from.map(domainOf));
      const [domain] = domains;
      return domain !== undefined && domains.size === 1 ? { kind: 'mover', node, domain, from } : undefined;
    }
    const one = complementOf(node, view);
    if (one !== undefined && domainOf(one.of) === 'probability' && Object.hasOwn(heads, 'Sigmoid'))
      return { kind: 'complement', node, domain: 'probability', from: [one.of], with: one.negative };
    const held = heldIn(node);
    const domain = held === undefined ? undefined : domainOf(held);
    if (held === undefined || domain === undefined) return undefined;
    if (node.op !== 'Log' && node.op !== 'Exp') return { kind: 'measure', node, domain, from: [held] };
    if ((node.op === 'Log') !== (domain === 'probability')) return undefined;
    return { kind: 'measure', node, domain: node.op === 'Log' ? 'log' : 'probability', from: [held] };
  };
  const path: { readonly node: Node; readonly sources: string[] }[] = [];
  const enter = (name: string): void => {
    const node = view.node(name);
    if (node === undefined || done.has(node)) return;
    done.add(node);
    path.push({ node, sources: [...sourcesOf(node)] });
  };
  for (const output of outputs) {
    enter(output);
    for (let top = path.at(-1); top !== undefined; top = path.at(-1)) {
      const source = top.sources.shift();
      if (source !== undefined) {
        enter(source);
        continue;
      }
      path.pop();
      const step = stepAt(top.node);
      if (step !== undefined) steps.set(top.node, step);
    }
  }
  return steps;
};

/** Whether a layer further on works with what the node gives: then it is part of the network, like attention weights. */
const isInner = (head: Node, view: View): boolean => {
  const after = new Set(outputsOf(head));
  return view.nodes.some((node) => {
    const reads = node.inputs.filter((name) => after.has(name));
    if (reads.length === 0) return false;
    const kind = kindOf(node, view.constant);
    if (kind === 'discrete') return false;
    outputsOf(node).forEach((name) => after.add(name));
    if (kind === 'product') return node.inputs.some((name) => !after.has(name));
    return kind === 'weighted' || kind === 'contraction' || node.op === 'Scan';
  });
};

/** Nodes that must stay as they are, since something else reads what they give. */
const keptAmong = (steps: ReadonlyMap<Node, Step>, view: View): ReadonlySet<Node> => {
  const kept = new Set<Node>();
  const own = new Set([...steps.values()].flatMap((step) => (step.kind === 'head' || !step.with ? [] : [step.with])));
  for (const node of view.nodes.toReversed()) {
    if (!steps.has(node)) continue;
    const read = outputsOf(node).flatMap((name) => view.readers(name));
    if (read.some((reader) => !(steps.has(reader) || own.has(reader)) || kept.has(reader))) kept.add(node);
  }
  return kept;
};

/** Puts the scores in the place of these outputs; returns the line that says so for each. */
const strip = (draft: Draft<Graph>, heads: Heads, view: View): readonly string[] => {
  const steps = stepsTo(draft.outputs, heads, view);
  const kept = keptAmong(steps, view);
  const scores = new Map<string, string>();
  const scoreOf = (name: string): string => scores.get(name) ?? name;
  for (const node of view.nodes) {
    const step = steps.get(node);
    if (step === undefined) continue;
    if (step.kind === 'head') scores.set(node.name, step.score);
    else if (step.kind === 'measure') scores.set(node.name, scoreOf(step.from[0]!));
    else {
      const renamed = kept.has(node) ? (name: string) => view.fresh(`${name}.score`) : (name: string) => name;
      const [name, ...outputs] = outputsOf(node).map((output) => (output === '' ? '' : renamed(output)));
      outputsOf(node).forEach((output, i) => scores.set(output, [name!, ...outputs][i]!));
      const inputs = draftNode(draft, node.name).inputs.map((input) =>
        step.from.includes(input) ? scoreOf(input) : input,
      );
      const written: Node =
        step.kind === 'complement'
          ? { name: name!, op: 'Neg', inputs: [scoreOf(step.from[0]!)] }
          : { ...node, name: name!, inputs, ...(outputs.length > 0 && { outputs }) };
      insertAfter(draft, node.name, [written]);
      if (!kept.has(node))
        draft.nodes.splice(
          draft.nodes.findIndex((old) => old.name === node.name),
          1,
        );
    }
  }
  const outputs = [...draft.outputs];
  const lines = outputs.flatMap((output, at) => {
    if (!scores.has(output)) return [];
    const score = scoreOf(output);
    draft.outputs[at] = draft.outputs.includes(score) && score !== output ? alias(draft, output, score, view) : score;
    return [lineFor(output, score, steps, view)];
  });
  removeUnread(
    draft,
    [...steps.values()].flatMap((step) => [
      step.node.name,
      ...(step.kind === 'head' || !step.with ? [] : [step.with.name]),
    ]),
  );
  return lines;
};

/** Another name for a score that is an output already. */
const alias = (draft: Draft<Graph>, output: string, score: string, view: View): string => {
  const name = view.fresh(`${output}.score`);
  draft.nodes.push({ name, op: 'Identity', inputs: [score] });
  return name;
};

/** What was taken off between the score and the output. */
const lineFor = (output: string, score: string, steps: ReadonlyMap<Node, Step>, view: View): string => {
  const gone = new Set<string>();
  const turned = new Set<string>();
  const follow = (name: string): void => {
    const node = view.node(name)!;
    const step = steps.get(node);
    if (step === undefined) return;
    if (step.kind !== 'head') step.from.forEach(follow);
    if (step.kind === 'complement') turned.add(node.name);
    else if (step.kind !== 'mover') gone.add(`${node.name} (${node.op})`);
  };
  follow(output);
  const negative =
    turned.size === 0 ? '' : `; the score of 1 − p is that of p with its sign turned (${[...turned].join(', ')})`;
  return `${[...gone].join(', ')} taken off; ${
    score === output ? `the output ${output} is now the score` : `the output is now ${score}`
  }${negative}`;
};

const stripping = (name: string, heads: Heads): Rewrite => ({
  name,
  edit: (draft, view) => strip(draft, heads, view),
});

/** Softmax and LogSoftmax normalise the output and no more: what is explained are the scores before them. */
export const stripSoftmaxHead = stripping('strip-softmax-head', { Softmax: 'probability', LogSoftmax: 'log' });

/** A Sigmoid at the output turns the sign of no score; passing its value on would. */
export const stripSigmoidHead = stripping('strip-sigmoid-head', { Sigmoid: 'probability' });

/** Rewrites after which another value is explained, and by which value: all others keep every value. */
export const headRewrites: readonly string[] = [stripSoftmaxHead.name, stripSigmoidHead.name];
