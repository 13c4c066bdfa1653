import { explainSays, problem, samplesSays, type Result } from '@kirchhoff/message';
import { facts, findBatch, prune, samplesIn, type Batched, type TypedGraph } from '@kirchhoff/graph';
import * as E from 'fp-ts/lib/Either.js';
import type { Model } from './model.js';

/** An output of a model: its name as the model was given, and the value of the canonical graph. */
interface Output {
  readonly name: string;
  readonly value: string;
  readonly type: string;
}

const outputsOf = ({ original, typed }: Model): readonly Output[] =>
  typed.graph.outputs.map((value, i) => ({
    name: original.outputs[i] ?? value,
    value,
    type: typed.types.get(value)?.type ?? '',
  }));

/** Whether relevance can start at a value: real numbers that depend on an input. */
const canBeExplained = (typed: TypedGraph): ((value: string) => boolean) => {
  const known = facts(typed);
  return (value) => typed.types.get(value)?.type.startsWith('float') === true && known.get(value)?.constant === false;
};

/**
 * The model with one output alone, of which everything else is then told (first and last nodes, what a composite must
 * govern): the one asked for, by its name in the model or in its canonical graph, else the first of real numbers. Problems:
 * an output that is not there (place `output`), or that holds no real numbers.
 */
export const chooseOutput = (model: Model, asked?: string): Result<Model> => {
  const { typed } = model;
  const outputs = outputsOf(model);
  const [only] = outputs;
  if (asked === undefined && outputs.length === 1 && only!.type.startsWith('float')) return E.right(model);
  const suits = canBeExplained(typed);
  const real = outputs.filter(({ value }) => suits(value));
  if (asked === undefined) {
    const [first] = real;
    return first === undefined
      ? E.left([problem('output', explainSays.noRealOutput(outputs.map(({ name, type }) => [name, type])))])
      : withOutput(model, first.value, outputs);
  }
  const found = outputs.find(({ name }) => name === asked) ?? outputs.find(({ value }) => value === asked);
  const value = found?.value ?? asked;
  const type = typed.types.get(value)?.type;
  if (type === undefined || Object.hasOwn(typed.graph.tensors, value))
    return E.left([
      problem(
        'output',
        explainSays.unknownOutput(
          asked,
          outputs.map(({ name }) => name),
        ),
      ),
    ]);
  return suits(value)
    ? withOutput(model, value, outputs)
    : E.left([
        problem(
          'output',
          explainSays.unrealOutput(
            asked,
            type,
            real.map(({ name }) => name),
          ),
        ),
      ]);
};

const withOutput = (model: Model, value: string, outputs: readonly Output[]): Result<Model> => {
  const { typed, original, statedAxes, deciding } = model;
  if (typed.graph.outputs.length === 1 && typed.graph.outputs[0] === value) return E.right(model);
  const own = outputs.find((one) => one.value === value)?.name ?? value;
  const samples = samplesIn(typed, typed.graph.batch ?? undefined);
  const others = outputs
    .filter((one) => one.value !== value)
    .map((one) => samplesSays.otherOutput(one.name, one.type, samples.get(one.value)?.kind === 'mixed'));
  const { batch: _, ...alone } = prune({ ...typed.graph, outputs: [value] });
  return E.map((found: Batched): Model => ({
    ...model,
    ...found,
    original: { ...original, outputs: [own] },
    others: [...(model.others ?? []), ...others],
  }))(findBatch(alone, typed.store, statedAxes, deciding));
};
