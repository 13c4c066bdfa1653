import { aboutOf, parseTargets, weightsTarget, type Model } from '@kirchhoff/explain';
import type { Tensor } from '@kirchhoff/graph';
import { each, type Result } from '@kirchhoff/message';
import type { Target } from '@kirchhoff/relevance';
import * as E from 'fp-ts/lib/Either.js';

/** An output: the index of its class, the class by its name, or a place such as `last:7` where there are several axes. */
export type Class = number | string;

/**
 * What is explained: a class (`281`, `'cat'`, `'argmax'`), a contrast (`{ of: 7, against: 1 }`, or against the `'rest'`), a
 * mask of classes together (`{ mask: [3, 5] }`), or weights in the shape of one sample of the output (`{ weights }`).
 */
export type AskedTarget =
  | Class
  | { readonly of: Class; readonly against: Class }
  | { readonly mask: readonly Class[] }
  | { readonly weights: Tensor; readonly name?: string };

const textOf = (asked: Exclude<AskedTarget, { readonly weights: Tensor }>): string => {
  if (typeof asked !== 'object') return String(asked);
  return 'mask' in asked ? asked.mask.join('+') : `${asked.of}-${asked.against}`;
};

const targetsOf = (model: Model, asked: AskedTarget): Result<readonly Target[]> => {
  const about = aboutOf(model);
  return typeof asked === 'object' && 'weights' in asked
    ? E.right([weightsTarget(asked.name ?? 'weights', asked.weights, about)])
    : parseTargets(textOf(asked), about);
};

const isMany = (asked: AskedTarget | readonly AskedTarget[]): asked is readonly AskedTarget[] => Array.isArray(asked);

/** One target, or several, of a model. */
export const readTargets = (
  model: Model,
  asked: AskedTarget | readonly AskedTarget[] = 'argmax',
): Result<readonly Target[]> => {
  const many = isMany(asked) ? asked : [asked];
  return E.map((found: readonly (readonly Target[])[]) => found.flat())(each(many.map((one) => targetsOf(model, one))));
};
