import {
  attributesOf,
  infer,
  outputsOf,
  type Graph,
  type Node,
  type StoredTensor,
  type Tensor,
} from '@kirchhoff/graph';
import { compareSays, problem, refuse, Refusal } from '@kirchhoff/message';
import { backends } from '@kirchhoff/runtime';
import { most as batch, oneHot, openForward, openPropagator, orThrow } from './engine.js';
import type { Attribution, Attributor, Method, Parameter } from './method.js';
import { estimatePattern, isGated, type PatternEstimator } from './patterns.js';
import { batchOf, floats, rowsOf, stackRows } from './rows.js';
import { computedNodes, scoresOf, type Subject } from './subject.js';

const offset = (name: string): string => `${name}/offset`;
const through = (name: string): string => `${name}/pattern`;

const weightedNodes = (subject: Subject, method: string): readonly Node[] => {
  const { types } = subject.model.typed;
  const computed = computedNodes(subject);
  const made = new Set([subject.input.name, ...computed.flatMap(outputsOf)]);
  const weighted = computed.filter(({ op }) => ['Conv', 'ConvTranspose', 'Gemm', 'MatMul', 'Scan'].includes(op));
  const wrong = weighted.filter((node) => {
    const attrs = attributesOf(node);
    const rank = types.get(node.name)?.shape.length;
    const plain =
      (node.op === 'Conv' && attrs['group'] === 1 && rank === 4) ||
      (node.op === 'Gemm' && attrs['transA'] === 0 && attrs['alpha'] === 1 && attrs['beta'] === 1) ||
      (node.op === 'MatMul' && rank === 2);
    return !plain || made.has(node.inputs[1]!);
  });
  if (wrong.length > 0)
    throw new Refusal(wrong.map(({ name, op }) => problem(method, compareSays.noPattern(method, name, op))));
  return weighted;
};

/**
 * The model whose weighted nodes hand back along `replace(w, pattern)`: y = P(x) + (y − P(x)), the second part an input, so
 * that every value, and with it every winner and every gate, stays what it was.
 */
const alongPatterns = (
  subject: Subject,
  weighted: readonly Node[],
  patterns: ReadonlyMap<string, Tensor>,
): { readonly changed: Subject; readonly parts: Graph; readonly store: ReadonlyMap<string, StoredTensor> } => {
  const { graph, store, types } = subject.model.typed;
  const chosen = new Set(weighted);
  const more = new Map<string, StoredTensor>(store);
  const tensors = { ...graph.tensors };
  for (const [name, { type, shape, data }] of patterns) {
    more.set(`${name}/weights`, { type, shape, read: () => data });
    tensors[`${name}/weights`] = { type, shape, data: [...floats({ type, shape, data })] };
  }
  const linear = (node: Node): Node => ({
    ...node,
    name: through(node.name),
    inputs: [node.inputs[0]!, `${node.name}/weights`],
  });
  const parts: Graph = { ...graph, tensors, nodes: [...graph.nodes, ...weighted.map(linear)] };
  const nodes = graph.nodes.flatMap((node): readonly Node[] =>
    chosen.has(node)
      ? [linear(node), { name: node.name, op: 'Add', inputs: [through(node.name), offset(node.name)] }]
      : [node],
  );
  const given = weighted.map(({ name }) => ({
    name: offset(name),
    type: 'float32' as const,
    shape: types.get(name)!.shape,
  }));
  const whole: Graph = { ...graph, tensors, nodes, inputs: [...graph.inputs, ...given] };
  const changed = { ...subject, model: { ...subject.model, typed: orThrow(infer(whole, more)) } };
  return { changed, parts, store: more };
};

const estimate = async (
  subject: Subject,
  weighted: readonly Node[],
  data: Tensor,
  attribute: boolean,
): Promise<ReadonlyMap<string, Tensor>> => {
  const { graph, store } = subject.model.typed;
  const { name: input } = subject.input;
  const needed = new Set(weighted.flatMap(({ name, inputs }) => [inputs[0]!, inputs[1]!, name]));
  const outputs = [...needed].filter((name) => name !== input && !store.has(name));
  const session = await backends.ort.compile(graph, store, { outputs });
  const weightOf = (name: string, values: Readonly<Record<string, Tensor>>): Tensor => {
    const stored = store.get(name);
    return stored === undefined ? values[name]! : { type: stored.type, shape: stored.shape, data: stored.read() };
  };
  const learnt = new Map<Node, { readonly weight: Tensor; readonly estimator: PatternEstimator }>();
  const count = data.shape[0]!;
  for (let from = 0; from < count; from += batch) {
    const part = rowsOf(data, from, Math.min(count, from + batch));
    const values = { ...(await session.run({ [input]: part })), [input]: part };
    for (const node of weighted) {
      const weight = learnt.get(node)?.weight ?? weightOf(node.inputs[1]!, values);
      const estimator = learnt.get(node)?.estimator ?? estimatePattern(node, isGated(graph, node), weight);
      estimator.add(values[node.inputs[0]!]!, values[node.name]!);
      learnt.set(node, { weight, estimator });
    }
  }
  await session.close();
  return new Map(
    [...learnt].map(([{ name }, { weight, estimator }]) => {
      const pattern = estimator.pattern();
      if (!attribute) return [name, pattern] as const;
      const [w, a] = [floats(weight), floats(pattern)];
      return [name, { ...pattern, data: w.map((value, i) => value * a[i]!) }] as const;
    }),
  );
};

const openPattern = async (subject: Subject, method: string, attribute: boolean, most: number): Promise<Attributor> => {
  const weighted = weightedNodes(subject, method);
  const data = subject.data ?? refuse(method, compareSays.noData(method));
  const first = rowsOf(data, 0, Math.min(most, data.shape[0]!));
  const patterns = await estimate(subject, weighted, first, attribute);
  const { changed, parts, store } = alongPatterns(subject, weighted, patterns);
  const names = weighted.flatMap(({ name }) => [name, through(name)]);
  const inner = await backends.ort.compile(parts, store, { outputs: names });
  const gradient = await openPropagator(changed, 'gradient');
  const scores = await openForward(subject);
  return {
    passes: gradient.passes * 2,
    plan: [],
    close: async () => {
      await inner.close();
      await scores.close();
      await gradient.close();
    },
    run: async (x, targets): Promise<Attribution> => {
      const maps: Tensor[] = [];
      for (let from = 0; from < targets.length; from += batch) {
        const part = rowsOf(x, from, Math.min(targets.length, from + batch));
        const chosen = targets.slice(from, from + batch);
        const values = await inner.run({ [subject.input.name]: part });
        const offsets = weighted.map(({ name }) => {
          const [y, along] = [floats(values[name]!), floats(values[through(name)]!)];
          return [
            offset(name),
            batchOf(
              values[name]!.shape,
              y.map((value, i) => value - along[i]!),
            ),
          ] as const;
        });
        const seed = oneHot(chosen, subject.classes, scoresOf(await scores.run(part), chosen));
        maps.push((await gradient.run(part, seed, Object.fromEntries(offsets))).map);
      }
      const [one, ...others] = maps;
      return { map: stackRows([one!, ...others]), ledgers: targets.map(() => null) };
    },
  };
};

const source = 'Kindermans et al. 2018, Learning how to explain neural networks: PatternNet and PatternAttribution';

const most = 256;
const parameters: Readonly<Record<string, Parameter>> = {
  most: {
    default: most,
    minimum: 2,
    summary: 'samples that patterns are learnt from, at the most; the first of the data',
  },
};

/** The signal that the score responds to: backwards along patterns in place of weights (Kindermans et al. 2018). */
export const patternNet: Method = {
  summary: 'The score handed back along the directions in the data that each neuron responds to.',
  cite: [source],
  needs: ['data'],
  complete: 'no',
  parameters,
  open: (subject, settings) => openPattern(subject, 'patternnet', false, settings['most'] ?? most),
};

/** How much of the score each part of the signal makes: backwards along weight × pattern (Kindermans et al. 2018). */
export const patternAttribution: Method = {
  summary: 'The score handed back along weights times the directions in the data that each neuron responds to.',
  cite: [source],
  needs: ['data'],
  complete: 'no',
  parameters,
  open: (subject, settings) => openPattern(subject, 'pattern-attribution', true, settings['most'] ?? most),
};
