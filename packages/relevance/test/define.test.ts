import { defineRule, withRules } from '@kirchhoff/rule';
import { describe, expect, test } from 'vitest';
import {
  book,
  explainRun,
  floats,
  graphOf,
  inline,
  input,
  node,
  planOf,
  problemsOf,
  right,
  typedOf,
} from './support.js';

const graph = graphOf(
  [input('x', ['N', 2])],
  [node('hidden', 'Gemm', ['x', 'W']), node('active', 'Tanh', ['hidden']), node('y', 'Gemm', ['active', 'V'])],
  { W: inline([2, 2], [1, -1, 2, 1]), V: inline([2, 1], [1, 1]) },
);
const inputs = { x: floats([2, 2], [0.5, -0.25, 1, 2]) };
const target = { kind: 'index', index: 0 } as const;

describe('rules from TypeScript', () => {
  test('the same document as in a file', async () => {
    const mine = right(
      defineRule({
        rule: 'mine',
        summary: 'z, written here.',
        on: 'affine',
        let: { D: 'total(x*w) + b' },
        message: 'ratio(x*w, D) * R',
        leaks: { bias: 'ratio(b, D) * R', dead: '(D == 0) * R' },
      }),
    );
    const typed = typedOf(graph);
    const plan = (name: string) =>
      planOf(typed, 'standard', { rule: { name, parameters: {} } }, withRules(book, [mine]));
    const ours = await explainRun(typed, plan('mine'), inputs, { target }, 'reference');
    const zero = await explainRun(typed, plan('zero'), inputs, { target }, 'reference');
    expect(ours.at('x')).toEqual(zero.at('x'));
  });

  test.each(['reference', 'ort'] as const)('a function that makes a graph fragment, on %s', async (backend) => {
    const half = right(
      defineRule({
        rule: 'half-pass',
        summary: 'An activation hands on half; the other half is a leak.',
        on: 'elementwise',
        fragment: (_node, _facts, R) => ({
          nodes: [node('half', 'Mul', [R, 'factor'])],
          tensors: { factor: inline([], [0.5]) },
          messages: { 0: 'half' },
          leaks: { withheld: 'half' },
        }),
      }),
    );
    const composite = {
      ...book.composites.get('standard')!,
      name: 'mine',
      rows: [
        { match: { kind: 'elementwise' as const }, rule: 'half-pass', parameters: {}, place: 'mine entry 1' },
        { match: { kind: 'affine' as const }, rule: 'zero', parameters: {}, place: 'mine entry 2' },
      ],
    };
    const rules = withRules({ ...book, composites: new Map([...book.composites, ['mine', composite]]) }, [half]);
    const typed = typedOf(graph);
    const found = await explainRun(typed, planOf(typed, 'mine', {}, rules), inputs, { target }, backend);
    const score = found.of(found.explanation.score!);
    const sums = [0, 1].map((n) => found.at('x')[2 * n]! + found.at('x')[2 * n + 1]!);
    sums.forEach((sum, n) => expect(sum).toBeCloseTo(score[n]! / 2, 5));
    const entry = found.explanation.ledger.find((one) => one.node === 'active')!;
    expect(Array.from(found.of(entry.leaks['withheld']!))).toEqual(Array.from(found.of(entry.out!)));
  });

  test('what is wrong with a fragment is said by name', () => {
    const broken = right(
      defineRule({
        rule: 'lost',
        summary: 'Reads what is not there.',
        on: 'elementwise',
        fragment: (_node, _facts, R) => ({ nodes: [node('sum', 'Add', [R, 'nowhere'])], messages: { 0: 'sum' } }),
      }),
    );
    expect(problemsOf(defineRule({ rule: 'x', summary: '', on: 'affine', message: 'x*v*R', leaks: {} }))).toBe(
      '/message column 3: unknown symbol "v" (did you mean "x"?); allowed here: x, w, b, y, R, low, high',
    );
    const composite = {
      ...book.composites.get('standard')!,
      rows: [
        { match: { kind: 'elementwise' as const }, rule: 'lost', parameters: {}, place: 'entry 1' },
        { match: {}, rule: 'epsilon', parameters: {}, place: 'entry 2' },
      ],
    };
    const rules = withRules({ ...book, composites: new Map([['standard', composite]]) }, [broken]);
    const typed = typedOf(graph);
    const plan = planOf(typed, 'standard', {}, rules);
    return expect(explainRun(typed, plan, inputs, { target }, 'reference')).rejects.toThrow(
      'active (rule lost): the fragment\'s "sum" reads "nowhere", which is neither made before it nor a tensor of the graph',
    );
  });
});
