import type { Method } from './method.js';
import { normalFrom } from '@kirchhoff/explain';
import { batchOf, rowSize } from './rows.js';

/** Numbers that know nothing of the model: what every method must beat. */
export const chance: Method = {
  summary: 'Random numbers: what every method must beat.',
  cite: [],
  needs: ['seed'],
  complete: 'no',
  parameters: { seed: { default: 1, minimum: 0, summary: 'of the numbers' } },
  open: async (_, { seed = 1 }) => ({
    passes: 0,
    plan: [],
    close: async () => {},
    run: async (x, targets) => {
      const size = rowSize(x);
      const out = new Float32Array(x.data.length);
      targets.forEach((__, n) => {
        const next = normalFrom(seed + 7919 * n);
        for (let i = 0; i < size; i++) out[n * size + i] = next();
      });
      return { map: batchOf(x.shape, out), ledgers: targets.map(() => null) };
    },
  }),
};
