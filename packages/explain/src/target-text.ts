import { toNumbers, type Tensor } from '@kirchhoff/graph';
import { cliSays, problem, type Result } from '@kirchhoff/message';
import { classAxisOf, type Place, type Selection, type Spot, type Target } from '@kirchhoff/relevance';
import * as E from 'fp-ts/lib/Either.js';
import { batchAxis } from './batch.js';
import { classAxisIn } from './class-axis.js';
import type { Model } from './model.js';

type Parsed<A> = Result<A>;

/** The output that a target speaks of. */
export interface About {
  /** The number of axes of one sample. */
  readonly rank: number;
  /** Which of them is that of the classes. */
  readonly classAxis?: number;
  /** Names of the classes. */
  readonly labels: readonly string[];
}

const refuse = (message: string): Result<never> => E.left([problem('target', message)]);

/** Parts of a text between these characters, those in brackets left whole. */
const cut = (text: string, separator: string): readonly string[] => {
  const parts: string[] = [''];
  let depth = 0;
  for (const c of text) {
    if (c === '[') depth++;
    if (c === ']') depth--;
    if (c === separator && depth === 0) parts.push('');
    else parts[parts.length - 1] += c;
  }
  return parts.map((part) => part.trim());
};

const integer = (text: string): number | undefined => (/^\d+$/.test(text) ? Number(text) : undefined);

const placeOf = (text: string, axis: number, { rank, labels, classAxis }: About): Place | undefined => {
  if (text === 'last' || text === 'argmax') return text;
  const label = axis === classAxisOf(rank, [], classAxis) ? labels.indexOf(text) : -1;
  return integer(text) ?? (label < 0 ? undefined : label);
};

/** `7`, `cat`, `last`, `2:5`, `last:cat`, `[2,5]`. */
const spotOf = (text: string, about: About): Spot | undefined => {
  const bracketed = /^\[(.*)\]$/.exec(text);
  const words = bracketed ? cut(bracketed[1]!, ',') : cut(text, ':');
  if (words.length === 1 && !bracketed) {
    if (text === 'last' && about.rank === 2)
      return classAxisOf(2, [], about.classAxis) === 0 ? ['argmax', 'last'] : ['last', 'argmax'];
    if (text === 'last') return undefined;
    const label = about.rank === 1 ? about.labels.indexOf(text) : -1;
    return integer(text) ?? (label < 0 ? undefined : label);
  }
  const places = words.map((word, axis) => placeOf(word, axis, about));
  return places.every((place) => place !== undefined) ? places : undefined;
};

const selectionOf = (text: string, about: About): Selection | undefined =>
  text === 'argmax' ? text : spotOf(text, about);

const contrastOf = (text: string, about: About): Target | undefined => {
  const parts = cut(text, '-');
  for (let i = 1; i < parts.length; i++) {
    const of = selectionOf(parts.slice(0, i).join('-'), about);
    const rest = parts.slice(i).join('-');
    const against = rest === 'rest' ? rest : spotOf(rest, about);
    if (of !== undefined && against !== undefined) return { kind: 'contrast', of, against };
  }
  return undefined;
};

/** Weights as a target, in the shape of one sample of the output (an axis of one before it is left out). */
export const weightsTarget = (name: string, { shape, data }: Tensor, { rank }: Pick<About, 'rank'>): Target => {
  const own = shape.length === rank + 1 && shape[0] === 1 ? shape.slice(1) : shape;
  return { kind: 'weights', name, shape: own, data: [...toNumbers(data)] };
};

/** Reads the weights that a target names by a file. */
export type ReadWeights = (file: string) => Parsed<Tensor>;

const targetOf = (text: string, about: About, read?: ReadWeights): Parsed<Target> => {
  if (read !== undefined && text.endsWith('.npy'))
    return E.map((weights: Tensor) => weightsTarget(text, weights, about))(read(text));
  if (text === 'argmax') return E.right({ kind: 'argmax' });
  const spot = spotOf(text, about);
  if (spot !== undefined) return E.right({ kind: 'index', index: spot });
  const together = cut(text, '+').map((part) => spotOf(part, about));
  if (together.length > 1 && together.every((one) => one !== undefined))
    return E.right({ kind: 'mask', indices: together });
  const contrast = contrastOf(text, about);
  if (contrast !== undefined) return E.right(contrast);
  return about.rank > 1 && (text === 'last' || about.labels.includes(text))
    ? refuse(cliSays.noPosition(text, about.rank))
    : refuse(cliSays.noTarget(text, about.labels));
};

/** All of them, or every problem. */
const all = (targets: readonly Parsed<Target>[]): Parsed<readonly Target[]> => {
  const problems = targets.flatMap((one) => (E.isLeft(one) ? one.left : []));
  return problems.length > 0
    ? E.left(problems)
    : E.right(targets.flatMap((one) => (E.isRight(one) ? [one.right] : [])));
};

/**
 * What is explained, in words: one target, or several separated by commas. Where a sample of the output has several axes, a place on each of
 * them is one target (`2,5`), as it is in brackets.
 */
export const parseTargets = (text: string, about: About, read?: ReadWeights): Parsed<readonly Target[]> => {
  if (about.labels.includes(text)) return E.map((one: Target) => [one])(targetOf(text, about, read));
  const parts = [...new Set(cut(text, ','))];
  const places = cut(text, ',').map((part) => (part === 'last' ? part : integer(part)));
  if (about.rank > 1 && places.length === about.rank && places.every((place) => place !== undefined))
    return E.right([{ kind: 'index', index: places }]);
  return all(parts.map((part) => targetOf(part, about, read)));
};

/** What targets of a model may speak of: the axes of the output that is explained, and its classes. */
export const aboutOf = (model: Model): About => {
  const { typed, document } = model;
  const shape = typed.types.get(typed.graph.outputs[0]!)?.shape ?? [];
  const rank = shape.filter((_, axis) => axis !== batchAxis(typed.graph, shape)).length;
  return { rank, classAxis: classAxisIn(model), labels: document?.labels ?? [] };
};
