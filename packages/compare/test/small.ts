import type { Tensor } from '@kirchhoff/graph';
import { right } from '../../relevance/test/support.js';
import {
  openForward,
  openMethod,
  winnersOf,
  type Attribution,
  type MethodRequest,
  type Subject,
} from '../src/index.js';

/** Explains the given classes, by default those that win. */
export const run = async (
  subject: Subject,
  request: Partial<MethodRequest> & { readonly name: string },
  x: Tensor,
  targets?: readonly number[],
): Promise<Attribution> => {
  const forward = await openForward(subject);
  const chosen = targets ?? winnersOf(await forward.run(x));
  await forward.close();
  const method = right(await openMethod(subject, { settings: {}, ...request }));
  return method.run(x, chosen).finally(method.close);
};

/** The largest difference, as a part of the largest of what is expected. */
export const far = (a: ArrayLike<number>, b: ArrayLike<number>): number => {
  const size = Math.max(...Array.from(b, Math.abs));
  return Math.max(...Array.from(a, (value, i) => Math.abs(value - b[i]!))) / size;
};
