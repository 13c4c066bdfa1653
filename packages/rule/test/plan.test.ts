import { infer, resolveTensors, type Graph, type Node, type TypedGraph } from '@kirchhoff/graph';
import { option, printProblems, type Problem } from '@kirchhoff/message';
import * as E from 'fp-ts/lib/Either.js';
import { describe, expect, test } from 'vitest';
import { makePlan, makeRulebook, type Plan, type PlanOptions, type Rulebook } from '../src/index.js';

const right = <A>(either: E.Either<readonly Problem[], A>): A => {
  if (E.isLeft(either)) throw new Error(printProblems(either.left));
  return either.right;
};

const said = (either: E.Either<readonly Problem[], unknown>): string =>
  E.isLeft(either) ? printProblems(either.left) : 'no problem';

const affine = (rule: string, parameters: object = {}): object => ({
  rule,
  summary: '',
  on: 'affine',
  parameters,
  message: 'ratio(x*w, y) * R',
  leaks: { bias: 'ratio(b, y) * R', dead: '(y == 0) * R' },
});
const on = (rule: string, kind: string, message: string): object => ({
  rule,
  summary: '',
  on: kind,
  message,
  leaks: {},
});
const gradient = { rule: 'slope', summary: '', quantity: 'gradient', on: 'affine', message: 'w*R' };

const rules = [
  affine('zero'),
  affine('special'),
  affine('soft', { epsilon: { default: 0.5, minimum: 0 } }),
  on('pass', 'elementwise', 'R'),
  on('winner', 'maximum', 'winner*R'),
  { ...affine('heavy'), on: 'weighted' },
  { ...affine('dense'), on: { op: ['Gemm'] } },
  gradient,
].map((json) => ({ place: 'rules', json }));

const rest = [
  { match: { kind: 'affine' }, rule: 'zero' },
  { match: { kind: 'elementwise' }, rule: 'pass' },
  { match: { kind: 'maximum' }, rule: 'winner' },
];

const bookOf = (...composites: readonly object[]): Rulebook =>
  right(
    makeRulebook(
      rules,
      composites.map((json) => ({ place: 'composites', json })),
    ),
  );

const composite = (name: string, entries: readonly object[]): object => ({
  composite: name,
  summary: '',
  rules: entries,
});

const float = (shape: readonly number[]) => ({
  type: 'float32' as const,
  shape,
  data: Array<number>(shape.reduce((n, d) => n * d, 1)).fill(1),
});

/** Two branches of unlike depth: image → conv1 → relu1 → conv2 → sum ← conv3 ← image, then pool → flat → head. */
const branching: Graph = {
  name: 'branching',
  inputs: [{ name: 'image', type: 'float32', shape: ['N', 1, 4, 4], range: { low: 0, high: 1 } }],
  nodes: [
    { name: 'conv1', op: 'Conv', inputs: ['image', 'k'] },
    { name: 'relu1', op: 'Relu', inputs: ['conv1'] },
    { name: 'conv2', op: 'Conv', inputs: ['relu1', 'k'] },
    { name: 'conv3', op: 'Conv', inputs: ['image', 'k'] },
    { name: 'sum', op: 'Add', inputs: ['conv2', 'conv3'] },
    { name: 'pool', op: 'MaxPool', inputs: ['sum'], attrs: { kernel_shape: [2, 2], strides: [2, 2] } },
    { name: 'flat', op: 'Flatten', inputs: ['pool'] },
    { name: 'head', op: 'Gemm', inputs: ['flat', 'W'] },
    { name: 'side', op: 'Gemm', inputs: ['flat', 'W'] },
  ],
  outputs: ['head'],
  tensors: { k: float([1, 1, 1, 1]), W: float([4, 2]) },
};

const typedOf = (graph: Graph): TypedGraph => right(infer(graph, right(resolveTensors(graph, () => E.left([])))));
const typed = typedOf(branching);

const planned = (
  entries: readonly object[],
  options: PlanOptions = {},
  graph = typed,
): E.Either<readonly Problem[], Plan> => {
  const book = bookOf(composite('c', entries));
  return makePlan(graph, book.composites.get('c')!, book, options);
};

const rulesOf = (plan: Plan): Record<string, string> =>
  Object.fromEntries([...plan.assignments].map(([node, { rule }]) => [node, rule.name]));

/** The nodes that an entry with this match takes. */
const taken = (match: object): readonly string[] =>
  Object.entries(rulesOf(right(planned([{ match, rule: 'special' }, ...rest]))))
    .filter(([, rule]) => rule === 'special')
    .map(([node]) => node);

describe('matching', () => {
  test.each<[string, object, readonly string[]]>([
    ['op', { op: ['Conv', 'Add'] }, ['conv1', 'conv2', 'conv3', 'sum']],
    ['kind', { kind: 'plain' }, ['sum']],
    ['kind affine', { kind: 'affine' }, ['conv1', 'conv2', 'conv3', 'sum', 'head']],
    ['weighted', { weighted: true }, ['conv1', 'conv2', 'conv3', 'head']],
    ['not weighted', { kind: 'affine', weighted: false }, ['sum']],
    ['name', { name: 'conv*' }, ['conv1', 'conv2', 'conv3']],
    ['name in the middle', { name: '*on*2' }, ['conv2']],
    ['name without a star', { name: 'conv' }, []],
    ['first, on either branch', { first: true }, ['conv1', 'conv3']],
    ['last', { last: true }, ['head']],
    ['depth on the longest path', { kind: 'affine', depth: { minimum: 2 } }, ['sum', 'head']],
    ['depth between', { kind: 'affine', depth: { minimum: 1, maximum: 1 } }, ['conv2']],
    [
      'facts of the inputs',
      { kind: 'affine', facts: { x: { minimum: 0 } } },
      ['conv1', 'conv2', 'conv3', 'sum', 'head'],
    ],
    ['several at once', { weighted: true, first: true, name: '*3' }, ['conv3']],
  ])('by %s', (_, match, nodes) => {
    expect([...taken(match)].sort()).toEqual([...nodes].sort());
  });

  test('facts hold only where they are proven', () => {
    const negative = typedOf({ ...branching, inputs: [{ ...branching.inputs[0]!, range: { low: -1, high: 1 } }] });
    const entries = [{ match: { kind: 'affine', facts: { x: { minimum: 0 } } }, rule: 'special' }, ...rest];
    const found = rulesOf(right(planned(entries, {}, negative)));
    expect(Object.keys(found).filter((node) => found[node] === 'special')).toEqual(['conv2']);
  });

  test('the first entry that matches governs, and says so', () => {
    const plan = right(
      planned([
        { match: { name: 'conv1' }, rule: 'soft', parameters: { epsilon: 2 } },
        { match: { op: ['Conv'] }, rule: 'special' },
        ...rest,
      ]),
    );
    expect(rulesOf(plan)).toMatchObject({ conv1: 'soft', conv2: 'special', conv3: 'special', head: 'zero' });
    expect(plan.assignments.get('conv1')).toMatchObject({ place: 'c entry 1', parameters: { epsilon: 2 } });
    expect(plan.assignments.get('conv2')!.place).toBe('c entry 2');
  });

  test('nodes that the output does not depend on need no rule', () => {
    expect(right(planned(rest)).assignments.has('side')).toBe(false);
  });

  test('a rule given by the caller goes before the composite, on weighted nodes alone', () => {
    const plan = right(planned(rest, { rule: { name: 'soft', parameters: {} }, set: { epsilon: 3 } }));
    expect(rulesOf(plan)).toMatchObject({ conv1: 'soft', head: 'soft', sum: 'zero', relu1: 'pass' });
    expect(plan.assignments.get('conv1')!.parameters).toEqual({ epsilon: 3 });
  });
});

describe('includes', () => {
  test('stand where they are written', () => {
    const book = bookOf(
      composite('c', [{ match: { first: true }, rule: 'special' }, { include: 'd' }]),
      composite('d', rest),
    );
    const plan = right(makePlan(typed, book.composites.get('c')!, book));
    expect(rulesOf(plan)).toMatchObject({ conv1: 'special', conv2: 'zero', relu1: 'pass' });
    expect(plan.assignments.get('conv2')!.place).toBe('d entry 1');
  });

  test('must not go round in a circle', () => {
    const book = bookOf(composite('a', [{ include: 'b' }]), composite('b', [{ include: 'a' }]));
    expect(said(makePlan(typed, book.composites.get('a')!, book))).toBe(
      'a: composites include one another in a circle: a → b → a',
    );
  });

  test('must exist', () => {
    expect(said(planned([{ include: 'standart' }]))).toBe('c entry 1: unknown composite "standart"; there are: c');
  });
});

describe('what a plan refuses', () => {
  test('nodes that no entry matches, all of them at once', () => {
    expect(said(planned([{ match: { weighted: true }, rule: 'zero' }]))).toBe(
      [
        '/nodes/1 (relu1): no rule: Relu (elementwise) is matched by no entry of composite "c"; add an entry with one of: pass',
        '/nodes/4 (sum): no rule: Add (plain) is matched by no entry of composite "c"; add an entry with one of: zero, special, soft, slope',
        '/nodes/5 (pool): no rule: MaxPool (maximum) is matched by no entry of composite "c"; add an entry with one of: winner',
      ].join('\n'),
    );
  });

  test('a rule on nodes that it is not for', () => {
    expect(
      said(planned([{ match: { name: 'sum' }, rule: 'heavy' }, { match: { name: 'conv1' }, rule: 'dense' }, ...rest])),
    ).toBe(
      [
        '/nodes/0 (conv1): c entry 2 puts rule "dense" (on Gemm) on Conv, which is weighted; narrow its match or name another rule',
        '/nodes/4 (sum): c entry 1 puts rule "heavy" (on weighted) on Add, which is plain; narrow its match or name another rule',
      ].join('\n'),
    );
  });

  test.each<[string, readonly object[], PlanOptions, string]>([
    [
      'an unknown rule',
      [{ match: {}, rule: 'zeroo' }],
      {},
      'c entry 1: unknown rule "zeroo" (did you mean "zero"?); there are: dense, heavy, pass, slope, soft, special, winner, zero',
    ],
    [
      'an unknown parameter',
      [{ match: { first: true }, rule: 'soft', parameters: { epsilom: 1 } }, ...rest],
      {},
      'c entry 1: rule "soft" has no parameter "epsilom" (did you mean "epsilon"?); it has epsilon',
    ],
    [
      'a parameter of a rule without any',
      [{ match: { first: true }, rule: 'special', parameters: { epsilon: 1 } }, ...rest],
      {},
      'c entry 1: rule "special" has no parameter "epsilon": it has none',
    ],
    [
      'a parameter out of bounds',
      [{ match: { first: true }, rule: 'soft', parameters: { epsilon: -1 } }, ...rest],
      {},
      'c entry 1: rule "soft": parameter epsilon = -1 is out of bounds; allowed: 0 to ∞',
    ],
    [
      'a setting that no rule of the plan has',
      rest,
      { set: { gamma: 1 } },
      'set: no rule that composite "c" puts on this graph has a parameter "gamma"; they have none',
    ],
    [
      'relevance and gradients in one plan',
      [{ match: { first: true }, rule: 'slope' }, ...rest],
      {},
      `rules that hand on relevance (pass, zero, winner) and rules that hand on gradients (slope) cannot be mixed in one plan; a gradient is asked for by a composite, such as ${option('composite')} gradient`,
    ],
  ])('%s', (_, entries, options, message) => {
    expect(said(planned(entries, options))).toBe(message);
  });

  test('a product that has no rule yet', () => {
    const gated: Node[] = [
      { name: 's', op: 'Sigmoid', inputs: ['image'] },
      { name: 'm', op: 'Mul', inputs: ['image', 's'] },
    ];
    const graph = typedOf({ ...branching, nodes: gated, outputs: ['m'] });
    expect(said(planned(rest, {}, graph))).toBe(
      '/nodes/1 (m): no rule: Mul (product) is matched by no entry of composite "c"; there is no rule for product nodes yet: write one ("on": "product") and add an entry for it',
    );
  });

  test('names given twice, and documents that are wrong, by their file', () => {
    const documents = [
      { place: 'a.json', json: affine('zero') },
      { place: 'b.json', json: affine('zero') },
      { place: 'c.json', json: { ...affine('one'), message: 'v' } },
    ];
    expect(said(makeRulebook(documents, []))).toBe(
      [
        'b.json: rule "zero" is already defined by a.json',
        'c.json /message column 1: unknown symbol "v" (did you mean "x"?); allowed here: x, w, b, y, R, low, high',
      ].join('\n'),
    );
  });
});
