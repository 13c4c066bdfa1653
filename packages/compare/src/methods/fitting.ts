import { contradict, fitModel, openBySizes, openSizes, type Model, type Shapes } from '@kirchhoff/explain';
import type { Tensor } from '@kirchhoff/graph';
import type { Result } from '@kirchhoff/message';
import * as E from 'fp-ts/lib/Either.js';
import { openForward, orThrow, type Forward } from './engine.js';
import { makeSubject, type Subject } from './subject.js';
import { openMethod, type MethodRequest, type OpenMethod } from './named.js';

type Shape = readonly number[];

const isOpen = ({ typed, equations }: Model): boolean => openSizes(typed.graph).length > 0 || equations.length > 0;

const shapesFor = ({ input }: Subject, shape: Shape): Shapes => ({ [input.name]: shape });

/** The subject with the sizes that a sample of this shape has; it learns from data of that shape alone. */
const fitSubject = (subject: Subject, shape: Shape): Result<Subject> => {
  const { model, book, baseline, data } = subject;
  const fitted = E.chain((one: Model) => makeSubject(one, book, baseline))(fitModel(model, shapesFor(subject, shape)));
  const fits = data !== undefined && data.shape.slice(1).join() === shape.slice(1).join();
  return fits ? E.map((one: Subject): Subject => ({ ...one, data }))(fitted) : fitted;
};

/**
 * Opens a method on samples of these shapes. As far as it applies with the model's sizes open, one compiled graph serves all of
 * them; else there is one for each set of sizes, made when it is first asked for. Refuses what does not apply to the first.
 */
export const openMethodFor = async (
  subject: Subject,
  request: MethodRequest,
  shapes: readonly Shape[],
): Promise<Result<OpenMethod>> => {
  const whole = await openMethod(subject, request);
  if (!isOpen(subject.model)) return whole;
  const fits = (shape: Shape): boolean => E.isRight(whole) && !contradict(subject.model, shapesFor(subject, shape));
  const odd = shapes.find((shape) => !fits(shape));
  if (odd === undefined) return whole;
  const fitted = openBySizes(subject.model, async (asked): Promise<Result<OpenMethod>> => {
    const own = fitSubject(subject, asked[subject.input.name]!);
    return E.isLeft(own) ? own : openMethod(own.right, request);
  });
  const at = (shape: Shape): Promise<Result<OpenMethod>> => fitted.at(shapesFor(subject, shape));
  const close = async (): Promise<void> => {
    if (E.isRight(whole)) await whole.right.close();
    await fitted.close();
  };
  const first = await at(odd);
  if (E.isLeft(first)) {
    await close();
    return first;
  }
  return E.right({
    ...(E.isRight(whole) ? whole.right : first.right),
    run: async (x, targets, progress) => {
      const method = E.isRight(whole) && fits(x.shape) ? whole.right : orThrow(await at(x.shape));
      return method.run(x, targets, progress);
    },
    close,
  });
};

/** The forward pass on samples of any sizes. */
export const openForwardFor = async (subject: Subject): Promise<Forward> => {
  const whole = await openForward(subject);
  if (!isOpen(subject.model)) return whole;
  const fitted = openBySizes(subject.model, async (asked): Promise<Result<Forward>> => {
    const own = fitSubject(subject, asked[subject.input.name]!);
    return E.isLeft(own) ? own : E.right(await openForward(own.right));
  });
  return {
    run: async (x: Tensor) => {
      const shapes = shapesFor(subject, x.shape);
      return contradict(subject.model, shapes) ? orThrow(await fitted.at(shapes)).run(x) : whole.run(x);
    },
    close: async () => {
      await whole.close();
      await fitted.close();
    },
  };
};
