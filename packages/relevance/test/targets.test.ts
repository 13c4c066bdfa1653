import type { Target } from '@kirchhoff/relevance';
import { describe, expect, test } from 'vitest';
import { explainRun, floats, graphOf, inline, input, node, planOf, typedOf } from './support.js';

const graph = graphOf([input('x', ['N', 2])], [node('y', 'Gemm', ['x', 'W'])], {
  W: inline([2, 3], [1, 2, -1, 0, 1, 3]),
});
// y = (1, 4, 5) and (2, 3, −5).
const inputs = { x: floats([2, 2], [1, 2, 2, -1]) };

const targets: readonly (readonly [string, Target, readonly number[]])[] = [
  ['argmax', { kind: 'argmax' }, [5, 3]],
  ['1', { kind: 'index', index: 1 }, [4, 3]],
  ['0+2', { kind: 'mask', indices: [0, 2] }, [6, -3]],
  ['2-0', { kind: 'contrast', of: 2, against: 0 }, [4, -7]],
  ['argmax-rest', { kind: 'contrast', of: 'argmax', against: 'rest' }, [5 - 2.5, 3 - -1.5]],
];

describe.each(['reference', 'ort'] as const)('targets on %s', (backend) => {
  test('several at once are each explained as if alone', async () => {
    const typed = typedOf(graph);
    const plan = planOf(typed, 'standard', { rule: { name: 'zero', parameters: {} } });
    const [first, ...further] = targets.map(([, target]) => target);
    const together = await explainRun(typed, plan, inputs, { target: first!, further }, backend);
    const views = [together.explanation, ...together.explanation.further];
    for (const [i, [name, target, scores]] of targets.entries()) {
      const alone = await explainRun(typed, plan, inputs, { target }, backend);
      const view = views[i]!;
      expect(view.asked).toBe(name);
      expect(together.of(view.relevance['x']!)).toEqual(alone.at('x'));
      scores.forEach((score, n) => expect(together.of(view.score!)[n]).toBeCloseTo(score, 5));
      scores.forEach((score, n) => expect(alone.at('x')[2 * n]! + alone.at('x')[2 * n + 1]!).toBeCloseTo(score, 5));
    }
  });

  test('a tensor given at run time is the relevance of the output', async () => {
    const typed = typedOf(graph);
    const plan = planOf(typed, 'standard', { rule: { name: 'zero', parameters: {} } });
    const given = { ...inputs, target: floats([2, 3], [1, 0, 0, 0, 0, 2]) };
    const { at } = await explainRun(typed, plan, given, { target: { kind: 'tensor' } }, backend);
    expect(Array.from(at('x'))).toEqual([1, 0, 2 * (-2 / -5), 2 * (-3 / -5)].map((v) => expect.closeTo(v, 5)));
  });
});
