import type { Tensor } from '@kirchhoff/graph';
import type { Result } from '@kirchhoff/message';
import type { Composite, Rulebook } from '@kirchhoff/rule';
import * as E from 'fp-ts/lib/Either.js';
import {
  explainPrepared,
  openExplainer,
  prepare,
  wrongValues,
  type Explained,
  type Explainer,
  type ExplainOptions,
  type Prepared,
} from './explain.js';
import { openBySizes } from './by-sizes.js';
import { fitModel, type Model } from './model.js';
import { openSizes, oversteps, shapesOf, sizesOf, type Shapes } from './sizes.js';

/** A model with as many of its sizes known as its explanation needs, and that explanation. */
export interface Fitted {
  readonly model: Model;
  readonly prepared: Prepared;
}

/** Whether sizes that the model takes for one are not so in inputs of these shapes, or what it takes to be there is not. */
export const contradict = ({ typed }: Model, shapes: Shapes): boolean => {
  const sizes = sizesOf(typed.graph.inputs, shapes);
  return sizes === undefined || oversteps(typed, sizes);
};

const prepareFitted = (model: Model, composite: Composite, book: Rulebook, options: ExplainOptions): Result<Fitted> =>
  E.map((prepared: Prepared): Fitted => ({ model, prepared }))(prepare(model, composite, book, options));

/**
 * What `prepare` makes of the model as it is; where that is refused and sizes are open, of the model with the sizes that
 * inputs of these shapes have.
 */
export const prepareFor = (
  model: Model,
  composite: Composite,
  book: Rulebook,
  shapes: Shapes,
  options: ExplainOptions = {},
): Result<Fitted> => {
  if (!contradict(model, shapes)) {
    const open = prepareFitted(model, composite, book, options);
    if (E.isRight(open) || openSizes(model.typed.graph).length === 0) return open;
  }
  const fitted = fitModel(model, shapes);
  return E.isLeft(fitted) ? fitted : prepareFitted(fitted.right, composite, book, options);
};

/**
 * Explains a batch: which inputs the chosen output rests on.
 * @param inputs one tensor for each input of the graph, of its declared type and shape
 * Refuses, with every problem found: a plan that cannot be made, inputs that do not fit, values that are not finite.
 */
export const explain = async (
  model: Model,
  composite: Composite,
  book: Rulebook,
  inputs: Readonly<Record<string, Tensor>>,
  options: ExplainOptions = {},
): Promise<Result<Explained>> => {
  const fitted = prepareFor(model, composite, book, shapesOf(inputs), options);
  const wrong = wrongValues(model, inputs);
  if (E.isLeft(fitted) || wrong.length > 0) return E.left([...(E.isLeft(fitted) ? fitted.left : []), ...wrong]);
  return explainPrepared(fitted.right.model, fitted.right.prepared, inputs, options);
};

/**
 * An explainer of inputs of any sizes. As far as the model can be explained with its sizes open, one compiled graph serves
 * them all; else there is one for each set of sizes.
 */
export const openFitting = async (
  model: Model,
  composite: Composite,
  book: Rulebook,
  options: ExplainOptions = {},
): Promise<Result<Explainer>> => {
  const prepared = prepare(model, composite, book, options);
  const isOpen = openSizes(model.typed.graph).length > 0 || model.equations.length > 0;
  if (E.isLeft(prepared) && !isOpen) return prepared;
  const whole = E.isLeft(prepared) ? prepared : await openExplainer(model, prepared.right, options);
  if (!isOpen) return whole;
  const fitting = openBySizes(model, async (shapes): Promise<Result<Explainer>> => {
    const fitted = fitModel(model, shapes);
    if (E.isLeft(fitted)) return fitted;
    const made = prepare(fitted.right, composite, book, options);
    return E.isLeft(made) ? made : openExplainer(fitted.right, made.right, options);
  });
  return E.right({
    run: async (inputs) => {
      const shapes = shapesOf(inputs);
      if (E.isRight(whole) && !contradict(model, shapes)) return whole.right.run(inputs);
      const wrong = wrongValues(model, inputs);
      if (wrong.length > 0) return E.left(wrong);
      const explainer = await fitting.at(shapes);
      return E.isLeft(explainer) ? explainer : explainer.right.run(inputs);
    },
    close: async () => {
      if (E.isRight(whole)) await whole.right.close();
      await fitting.close();
    },
  });
};
