import { greatest, outputsOf, type Input, type Node, type Tensor } from '@kirchhoff/graph';
import { compareSays, problem, refuse, type Result } from '@kirchhoff/message';
import type { Rulebook } from '@kirchhoff/rule';
import * as E from 'fp-ts/lib/Either.js';
import { badValue, batchAxis, type Model } from '@kirchhoff/explain';
import { batchOf, floats } from './rows.js';

/** A model with one input of real numbers, as methods see it: samples along the first axis, scores [N, K]. */
export interface Subject {
  readonly model: Model;
  readonly book: Rulebook;
  readonly input: Input;
  readonly output: string;
  readonly classes: number;
  /** What a part of the input is replaced by when it is removed, and where paths to the input begin. */
  readonly baseline: number;
  /** Samples that methods may learn from: patterns are estimated from them. */
  readonly data?: Tensor | undefined;
}

/** Refuses models that methods cannot be compared on: several inputs, token ids, no batch axis, no scores by class. */
export const makeSubject = (model: Model, book: Rulebook, baseline = 0): Result<Subject> => {
  const { graph, types } = model.typed;
  const [input, ...others] = graph.inputs;
  const refused = (says: string) => E.left([problem(model.name, says)]);
  if (input === undefined || others.length > 0 || !input.type.startsWith('float'))
    return refused(compareSays.oneRealInput(graph.inputs.map(({ name }) => name)));
  if (batchAxis(graph, input.shape) !== 0) return refused(compareSays.noBatch(input.name, input.shape));
  const output = graph.outputs[0]!;
  const [, classes, ...more] = types.get(output)?.shape ?? [];
  if (typeof classes !== 'number' || more.length > 0) return refused(compareSays.scoresPerSample(output));
  return E.right({ model, book, input, output, classes, baseline });
};

/** The subject with samples to learn from. Refuses an array that is no batch in the input's shape, or whose values are none of its. */
export const withData = (subject: Subject, data: Tensor): Result<Subject> => {
  const { name, shape } = subject.input;
  const fits =
    data.shape.length === shape.length &&
    data.shape.every((dim, i) => dim > 0 && (i === 0 || typeof shape[i] === 'string' || shape[i] === dim));
  if (!fits) return E.left([problem('', compareSays.dataDiffer(name, data.shape, shape))]);
  const given = batchOf(data.shape, floats(data));
  const said = badValue(subject.input, given);
  return said === undefined ? E.right({ ...subject, data: given }) : E.left([problem('', said)]);
};

/** The nodes that depend on the input; the others make constants, such as weights with a batch normalisation folded in. */
export const computedNodes = ({ model: { typed }, input }: Subject): readonly Node[] => {
  const computed = new Set([input.name]);
  return typed.graph.nodes.filter((node) => {
    if (!node.inputs.some((name) => computed.has(name))) return false;
    for (const name of outputsOf(node)) computed.add(name);
    return true;
  });
};

/** The index of each sample's greatest score; the first of equal ones. */
export const winnersOf = ({ shape, data }: Tensor): readonly number[] => {
  const [count = 0, classes = 0] = shape;
  return Array.from({ length: count }, (_, n) => {
    let best = 0;
    for (let k = 1; k < classes; k++) if (data[n * classes + k]! > data[n * classes + best]!) best = k;
    return best;
  });
};

/** The score of each sample's target. */
export const scoresOf = ({ shape, data }: Tensor, targets: readonly number[]): Float64Array => {
  const classes = shape[1] ?? refuse('', compareSays.scoresPerSample(''));
  return Float64Array.from(targets, (target, n) => Number(data[n * classes + target]));
};

/** The softmax probability of each sample's target; the logistic function of a score that stands alone. */
export const sharesOf = ({ shape, data }: Tensor, targets: readonly number[]): Float64Array => {
  const classes = shape[1] ?? 0;
  return Float64Array.from(targets, (target, n) => {
    const scores = Array.from({ length: classes }, (_, k) => Number(data[n * classes + k]));
    const row = classes === 1 ? [...scores, 0] : scores;
    const top = greatest(row);
    return Math.exp(row[target]! - top) / row.reduce((sum, value) => sum + Math.exp(value - top), 0);
  });
};
