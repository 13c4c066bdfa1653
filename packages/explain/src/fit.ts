import type { Tensor } from '@kirchhoff/graph';
import type { Problem } from '@kirchhoff/message';
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
import { batchAxis } from './batch.js';
import { fitModel, type Model } from './model.js';
import { openSizes, oversteps, shapesOf, sizesOf, type Shapes } from './sizes.js';

/** A model with as many of its sizes known as its explanation needs, and that explanation. */
export interface Fitted {
  readonly model: Model;
  readonly prepared: Prepared;
}

/** Whether sizes that the model takes for one are not so in inputs of these shapes, or what it takes to be there is not. */
const contradict = ({ typed }: Model, shapes: Shapes): boolean => {
  const sizes = sizesOf(typed.graph.inputs, shapes);
  return sizes === undefined || oversteps(typed, sizes);
};

const prepareFitted = (
  model: Model,
  composite: Composite,
  book: Rulebook,
  options: ExplainOptions,
): E.Either<readonly Problem[], Fitted> =>
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
): E.Either<readonly Problem[], Fitted> => {
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
): Promise<E.Either<readonly Problem[], Explained>> => {
  const fitted = prepareFor(model, composite, book, shapesOf(inputs), options);
  const wrong = wrongValues(model, inputs);
  if (E.isLeft(fitted) || wrong.length > 0) return E.left([...(E.isLeft(fitted) ? fitted.left : []), ...wrong]);
  return explainPrepared(fitted.right.model, fitted.right.prepared, inputs, options);
};

/** So many compiled graphs are kept, each for other sizes. */
const most = 8;

type Opening = Promise<E.Either<readonly Problem[], Explainer>>;

/** Compiled graphs by the sizes that they are made for; the one that was used longest ago makes room. */
const fittedExplainers = (model: Model, composite: Composite, book: Rulebook, options: ExplainOptions) => {
  const made = new Map<string, Opening>();
  const open = async (shapes: Shapes): Opening => {
    const fitted = fitModel(model, shapes);
    if (E.isLeft(fitted)) return fitted;
    const prepared = prepare(fitted.right, composite, book, options);
    return E.isLeft(prepared) ? prepared : openExplainer(fitted.right, prepared.right, options);
  };
  const close = async (one: Opening | undefined): Promise<void> => {
    const explainer = await one;
    if (explainer !== undefined && E.isRight(explainer)) await explainer.right.close();
  };
  return {
    at: async (shapes: Shapes): Opening => {
      const { graph } = model.typed;
      const sizes = graph.inputs.map(({ name, shape }) =>
        shapes[name]?.filter((_, axis) => axis !== batchAxis(graph, shape)),
      );
      const key = JSON.stringify(sizes);
      const found = made.get(key) ?? open(shapes);
      made.delete(key);
      made.set(key, found);
      const [oldest] = made.keys();
      if (made.size > most && oldest !== undefined) {
        const old = made.get(oldest);
        made.delete(oldest);
        await close(old);
      }
      return found;
    },
    close: async (): Promise<void> => {
      for (const one of made.values()) await close(one);
    },
  };
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
): Promise<E.Either<readonly Problem[], Explainer>> => {
  const prepared = prepare(model, composite, book, options);
  const isOpen = openSizes(model.typed.graph).length > 0 || model.equations.length > 0;
  if (E.isLeft(prepared) && !isOpen) return prepared;
  const whole = E.isLeft(prepared) ? prepared : await openExplainer(model, prepared.right, options);
  if (!isOpen) return whole;
  const fitting = fittedExplainers(model, composite, book, options);
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
