import { describe, expect, test } from 'vitest';
import { cnn, pictures } from './networks.js';
import { book, difference, draws, explainRun, floats, greatest, planOf, typedOf } from './support.js';

/** Rules for every weighted node, those for inputs with bounds left out: deeper layers declare none. */
const rules = [...book.rules.values()]
  .filter(
    ({ name, quantity, cases }) =>
      quantity === 'relevance' &&
      name !== 'z-box' &&
      cases.some(({ on, ops }) => (on === 'affine' || on === 'weighted') && !ops),
  )
  .map(({ name }) => name);

describe('facts change what a map costs, never what it says', () => {
  test.each(rules)('%s', (name) =>
    draws(2, async (draw) => {
      const typed = typedOf(cnn(draw));
      const plan = planOf(typed, 'standard', { rule: { name, parameters: {} } });
      const inputs = { image: floats([2, 2, 6, 6], pictures(draw, 2)) };
      const options = { target: { kind: 'argmax' } } as const;
      const cheap = await explainRun(typed, plan, inputs, options, 'reference');
      const dear = await explainRun(typed, plan, inputs, { ...options, facts: false }, 'reference');
      const wanted = dear.at('image');
      const passed = dear.explanation.ledger.map(({ magnitude }) => dear.of(magnitude));
      expect(difference(cheap.at('image'), wanted, 1e-9 * Math.max(1, greatest(wanted, ...passed)))).toBeUndefined();
      const [few, many] = [cheap, dear].map(({ explanation }) =>
        explanation.passes.reduce((sum, { forward, adjoint }) => sum + forward + adjoint, 0),
      );
      expect(few).toBeLessThanOrEqual(many!);
    }),
  );
});
