import type { Result } from '@kirchhoff/message';
import * as E from 'fp-ts/lib/Either.js';
import { batchAxis } from './batch.js';
import type { Model } from './model.js';
import type { Shapes } from './sizes.js';

/** So many are kept, each for other sizes. */
const most = 8;

interface Closable {
  readonly close: () => Promise<void>;
}

/** What is open for inputs of these shapes, and closes all that is. */
export interface BySizes<A extends Closable> extends Closable {
  readonly at: (shapes: Shapes) => Promise<Result<A>>;
}

/**
 * What is opened once for each set of sizes that inputs have, however many samples there are: compiled graphs, mostly. The
 * one that was used longest ago makes room.
 */
export const openBySizes = <A extends Closable>(
  { typed: { graph } }: Model,
  open: (shapes: Shapes) => Promise<Result<A>>,
): BySizes<A> => {
  const made = new Map<string, Promise<Result<A>>>();
  const close = async (one: Promise<Result<A>> | undefined): Promise<void> => {
    const opened = await one;
    if (opened !== undefined && E.isRight(opened)) await opened.right.close();
  };
  return {
    at: async (shapes) => {
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
    close: async () => {
      for (const one of made.values()) await close(one);
    },
  };
};
