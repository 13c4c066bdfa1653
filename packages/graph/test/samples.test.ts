import { findBatch, type Attributes, type Dim, type Graph, type Input, type Node, type OpName } from '@kirchhoff/graph';
import { printProblems } from '@kirchhoff/message';
import * as E from 'fp-ts/lib/Either.js';
import { describe, expect, test } from 'vitest';
import { floats, graphOf, ints, node } from './small.js';

const input = (name: string, shape: readonly Dim[]): Input => ({ name, type: 'float32', shape });

type Stated = Parameters<typeof findBatch>[2];

/** What is found, as a text: the axes and what was opened, or why there is one sample. */
const found = (graph: Graph, stated?: Stated): string => {
  const result = findBatch(graph, new Map(), stated);
  if (E.isLeft(result)) return printProblems(result.left);
  const { batch } = result.right;
  if (batch.kind === 'single') return `one: ${batch.why}`;
  return [
    [...batch.axes].map(([name, axis]) => `${name}:${axis}`).join(' ') + ` as ${batch.symbol}`,
    ...batch.changes,
  ].join('\n');
};

const x = (...shape: readonly Dim[]): Input => input('x', shape);
const zeros = (...shape: readonly number[]) => ({
  type: 'float32' as const,
  shape,
  data: Array<number>(shape.reduce((a, b) => a * b, 1)).fill(0),
});
const chain = (
  from: Input,
  ...steps: readonly (readonly [OpName, readonly string[], Attributes?])[]
): readonly Node[] =>
  steps.map(([op, rest, attrs], i) => node(`n${i}`, op, [i === 0 ? from.name : `n${i - 1}`, ...rest], attrs));

describe('where the samples are', () => {
  test('a symbol that leads, whatever it is called', () => {
    expect(found(graphOf([x('T', 3)], [node('y', 'Relu', ['x'])]))).toBe('x:0 as T');
  });

  test('a fixed size gets a symbol that is free', () => {
    expect(found(graphOf([x(2, 3)], [node('y', 'Relu', ['x'])]))).toBe('x:0 as N');
    const points = x(1, 'N', 3);
    const graph = graphOf([points], chain(points, ['MatMul', ['w']], ['ReduceMax', ['axes']]), {
      w: zeros(3, 4),
      axes: ints(1),
    });
    expect(found(graph)).toBe('x:0 as N_2');
  });

  test('time-major layers have them at axis 1, as a symbol or as a fixed size', () => {
    const lstm = (shape: Input): Graph =>
      graphOf(
        [shape],
        [node('y', 'LSTM', ['x', 'W', 'R'], { hidden_size: 2 }, ['h']), node('z', 'Squeeze', ['h', 'axes'])],
        { W: zeros(1, 8, 3), R: zeros(1, 8, 2), axes: ints(0) },
      );
    expect(found(lstm(x('T', 'N', 3)))).toBe('x:1 as N');
    expect(found(lstm(x(6, 'N', 3)))).toBe('x:1 as N');
    expect(found(lstm(x('T', 1, 3)))).toBe('x:1 as N');
    expect(found(lstm(x(6, 2, 3)))).toBe('x:1 as N');
    expect(found(lstm(x('N', 4, 3)))).toBe('x:1 as N_2');
  });

  test('initial states of a fixed batch are read once for each sample', () => {
    const graph = graphOf(
      [x(6, 1, 3)],
      [node('y', 'GRU', ['x', 'W', 'R', '', '', 'h0'], { hidden_size: 2 }, ['h']), node('z', 'Squeeze', ['h', 'axes'])],
      { W: zeros(1, 6, 3), R: zeros(1, 6, 2), h0: zeros(1, 1, 2), axes: ints(0) },
    );
    expect(found(graph)).toMatchInlineSnapshot(`
      "x:1 as N
      "h0", equal for all samples along axis 1, is read by "y" once for each"
    `);
  });

  test('tokens that attend to one another are no samples', () => {
    const graph = graphOf(
      [x('N', 4)],
      [
        node('t', 'Transpose', ['x']),
        node('s', 'MatMul', ['x', 't']),
        node('p', 'Softmax', ['s']),
        node('y', 'MatMul', ['p', 'x']),
      ],
    );
    expect(found(graph)).toMatchInlineSnapshot(
      `"one: node "s" (MatMul) reads operands whose samples lie at different places (axes 0 and 1 of its output)"`,
    );
  });

  test('a free axis of channels is none of samples', () => {
    const mean = graphOf([x('N', 4, 6)], [node('y', 'ReduceMean', ['x', 'axes'])], { axes: ints(0) });
    expect(found(mean)).toMatchInlineSnapshot(`"one: node "y" (ReduceMean) takes all samples of axis 0 together"`);
  });

  test('heads and windows merged with the samples', () => {
    const from = x('N', 6, 4);
    const graph = graphOf(
      [from],
      chain(
        from,
        ['Reshape', ['windows']],
        ['Softmax', [], { axis: 1 }],
        ['Reshape', ['back']],
        ['ReduceMean', ['axes'], { keepdims: 0 }],
      ),
      { windows: ints(-1, 3, 4), back: ints(-1, 6, 4), axes: ints(1) },
    );
    expect(found(graph)).toBe('x:0 as N');
  });

  test('sizes of an example batch in shapes are opened', () => {
    const from = x(2, 3, 4);
    const graph = graphOf(
      [from],
      chain(
        from,
        ['Reshape', ['rows']],
        ['MatMul', ['w']],
        ['Reshape', ['heads']],
        ['Transpose', [], { perm: [0, 2, 1, 3] }],
      ),
      { rows: ints(6, 4), w: zeros(4, 4), heads: ints(2, 3, 2, 2) },
    );
    expect(found(graph)).toMatchInlineSnapshot(`
      "x:0 as N
      the shape of "n0" was [6, 4] for one number of samples, and is [-1, 4]
      the shape of "n2" was [2, 3, 2, 2] for one number of samples, and is [-1, 3, 2, 2]"
    `);
  });

  test('a class token and a mask that were repeated for the example batch', () => {
    const graph = graphOf(
      [x(2, 3, 4)],
      [node('all', 'Concat', ['token', 'x'], { axis: 1 }), node('y', 'Add', ['all', 'mask'])],
      { token: zeros(2, 1, 4), mask: zeros(2, 4, 4) },
    );
    expect(found(graph)).toMatchInlineSnapshot(`
      "x:0 as N
      "token", equal for all samples along axis 0, is read by "all" once for each
      "mask", equal for all samples along axis 0, is read by "y" once for each"
    `);
  });

  test('a constant that differs by sample stays what it is', () => {
    const graph = graphOf([x(2, 1)], [node('y', 'Add', ['x', 'each'])], { each: { ...floats(1, 2), shape: [2, 1] } });
    expect(found(graph)).toBe('one: node "y" (Add) reads a constant that has a number of samples, 2, at axis 0');
  });

  test('two inputs: under one symbol, apart, one without samples, and one that has them elsewhere', () => {
    const sum = (a: Input, b: Input, ...before: readonly Node[]): Graph =>
      graphOf([a, b], [...before, node('z', 'Add', [before.at(-1)?.name ?? 'x', 'y'])]);
    expect(found(sum(x('N', 3), input('y', ['N', 3])))).toBe('x:0 y:0 as N');
    expect(found(sum(x('a', 3), input('y', ['b', 3])))).toBe('x:0 y:0 as N');
    expect(found(sum(x('N', 3), input('y', [3])))).toBe('x:0 as N');
    const turned = node('t', 'Transpose', ['x']);
    expect(found(sum(x(3, 'N'), input('y', ['N', 3]), turned))).toBe('x:1 y:0 as N');
  });

  test('the number of samples in what is computed is no keeping apart', () => {
    const graph = graphOf(
      [x('N', 3)],
      [node('s', 'Shape', ['x'], { end: 1 }), node('f', 'Cast', ['s'], { to: 1 }), node('y', 'Div', ['x', 'f'])],
    );
    expect(found(graph)).toMatchInlineSnapshot(`"one: node "y" (Div) computes with the number of samples"`);
  });

  test('a token expanded to the batch by its size', () => {
    const graph = graphOf(
      [x('N', 3, 4)],
      [
        node('n', 'Shape', ['x'], { end: 1 }),
        node('shape', 'Concat', ['n', 'rest'], { axis: 0 }),
        node('each', 'Expand', ['token', 'shape']),
        node('y', 'Concat', ['each', 'x'], { axis: 1 }),
      ],
      { token: zeros(1, 1, 4), rest: ints(1, 4) },
    );
    expect(found(graph)).toBe('x:0 as N');
  });

  test('inside a Scan, and along it', () => {
    const body = {
      name: 'body',
      inputs: [input('h', ['B', 2]), input('xt', ['B', 2])],
      nodes: [node('sum', 'Add', ['h', 'xt'])],
      outputs: ['sum'],
      tensors: {},
    };
    const over = (axis: number): Graph =>
      graphOf(
        [input('h0', ['N', 2]), x(axis === 0 ? 'T' : 'N', axis === 0 ? 'N' : 'T', 2)],
        [node('y', 'Scan', ['h0', 'x'], { body, num_scan_inputs: 1, scan_input_axes: [axis] })],
      );
    expect(found(over(0))).toBe('h0:0 x:1 as N');
    expect(found(over(1))).toBe('h0:0 x:0 as N');
  });
});

describe('the numbers of the samples themselves', () => {
  const scalar = (value: number) => ({ type: 'int64' as const, shape: [], data: [value] });
  const tensors = { zero: scalar(0), one: scalar(1), first: ints(0), last: ints(-1) };
  const numbers = (from: string): readonly Node[] => [
    node('count', 'Shape', ['x'], { start: 0, end: 1 }),
    node('size', 'Squeeze', ['count', 'first']),
    node('numbers', 'Range', [from, 'size', 'one']),
    node('column', 'Unsqueeze', ['numbers', 'last']),
  ];
  const picked = (...parts: readonly string[]): readonly Node[] => [
    node('wide', 'ReduceMax', ['x', 'last'], { keepdims: 0 }),
    node('place', 'ArgMax', ['wide'], { axis: 1 }),
    node('index', 'Concat', parts, { axis: -1 }),
    node('y', 'GatherND', ['x', 'index']),
  ];

  test('lead each sample to itself, as an index into the axis of samples', () => {
    const graph = (from: readonly Node[], ...parts: readonly string[]): Graph =>
      graphOf([x('N', 4, 3)], [...from, ...picked(...parts)], tensors);
    expect(found(graph(numbers('zero'), 'column', 'place'))).toBe('x:0 as N');
    expect(found(graph(numbers('zero'), 'place', 'column'))).toContain('one: node "y" (GatherND)');
    const gathered = graphOf([x('N', 3)], [...numbers('zero'), node('y', 'Gather', ['x', 'numbers'])], tensors);
    expect(found(gathered)).toBe('x:0 as N');
  });

  test('lead updates of each sample to itself', () => {
    const nodes = [
      ...numbers('zero'),
      ...picked('column', 'place').slice(0, 3),
      node('most', 'ReduceMax', ['x', 'rows'], { keepdims: 0 }),
      node('y', 'ScatterND', ['x', 'index', 'most']),
    ];
    expect(found(graphOf([x('N', 4, 3)], nodes, { ...tensors, rows: ints(1) }))).toBe('x:0 as N');
  });

  test('are no values to compute with', () => {
    const float = node('float', 'Cast', ['column'], { to: 1 });
    const graph = graphOf([x('N', 3)], [...numbers('zero'), float, node('y', 'Add', ['x', 'float'])], tensors);
    expect(found(graph)).toBe('one: node "y" (Add) computes with the place of each sample in the batch');
  });
});

describe('what an example batch leaves in a graph', () => {
  const times = (shape: Input, steps: Parameters<typeof chain>[1][], tensors: Graph['tensors']): string =>
    found(graphOf([shape], chain(shape, ...steps), tensors));

  test('the sizes of a Resize', () => {
    const grown = times(x(2, 3, 4), [['Resize', ['', '', 'sizes'], { mode: 'nearest' }]], { sizes: ints(2, 3, 8) });
    expect(grown).toMatchInlineSnapshot(`
      "x:0 as N
      "n0" was told [2, 3, 8] for one number of samples, and is told [samples, 3, 8]"
    `);
  });

  test('the ends of a Slice, and the sizes of a Split', () => {
    const tensors = {
      zero: ints(0),
      two: ints(2),
      four: ints(4),
      halves: ints(2, 2),
      whole: ints(2),
      shape: ints(4, 3),
    };
    expect(times(x(2, 3), [['Slice', ['zero', 'two', 'zero']]], tensors)).toMatchInlineSnapshot(`
      "x:0 as N
      "n0" was told [2] for one number of samples, and is told [samples]"
    `);
    const both = graphOf(
      [x(2, 3)],
      [
        node('twice', 'Concat', ['x', 'x'], { axis: 0 }),
        node('a', 'Split', ['twice', 'halves'], { axis: 0 }, ['b']),
        node('y', 'Sub', ['a', 'b']),
      ],
      tensors,
    );
    expect(found(both)).toMatchInlineSnapshot(`
      "x:0 as N
      "a" was told [2, 2] for one number of samples, and is told [samples, samples]"
    `);
    const uneven = { ...tensors, halves: ints(1, 3) };
    const cut = graphOf([x(2, 3)], [...both.nodes.slice(0, 2), node('y', 'ReduceSum', ['a', 'zero'])], uneven);
    expect(found(cut)).toContain('one: ');
  });

  test('shapes and states inside a Scan', () => {
    const body = graphOf(
      [input('h', [2, 2]), input('e', [2, 2])],
      [
        node('flat', 'Reshape', ['e', 'flatly']),
        node('wide', 'Reshape', ['flat', 'widely']),
        node('next', 'Add', ['h', 'wide']),
      ],
      { flatly: ints(4), widely: ints(2, 2) },
    );
    const scanned = graphOf([x(5, 2, 2)], [node('y', 'Scan', ['start', 'x'], { body, num_scan_inputs: 1 })], {
      start: zeros(2, 2),
    });
    expect(found(scanned, { x: 1 })).toMatchInlineSnapshot(`
      "x:1 as N
      the shape of "flat" was [4] for one number of samples, and is [-1]
      the shape of "wide" was [2, 2] for one number of samples, and is [-1, 2]
      "start", equal for all samples along axis 0, is read by "y" once for each"
    `);
  });

  test('constants that repeat where samples are merged with others', () => {
    const shape = ints(6, 4);
    const rows = [0, 1, 2].flatMap((t) => [t, t, t, t]);
    const mask = { type: 'float32' as const, shape: [6, 4], data: [...rows, ...rows] };
    const odd = { ...mask, data: [...rows, ...rows.toReversed()] };
    const steps: Parameters<typeof times>[1] = [
      ['Reshape', ['shape']],
      ['Add', ['mask']],
    ];
    expect(times(x(2, 3, 4), steps, { shape, mask })).toMatchInlineSnapshot(`
      "x:0 as N
      the shape of "n0" was [6, 4] for one number of samples, and is [-1, 4]
      "mask", equal for all samples along axis 0, is read by "n1" once for each"
    `);
    expect(times(x(2, 3, 4), steps, { shape, mask: odd })).toContain('one: ');
  });

  test('places of each sample in all of them: a constant, or reckoned', () => {
    const flat = (...places: readonly number[]): string =>
      times(
        x(2, 3, 4),
        [
          ['Reshape', ['shape']],
          ['Gather', ['places'], { axis: 0 }],
        ],
        { shape: ints(6, 4), places: { type: 'int64', shape: [2, places.length / 2], data: places } },
      );
    expect(flat(0, 3)).toMatchInlineSnapshot(`
      "x:0 as N
      the shape of "n0" was [6, 4] for one number of samples, and is [-1, 4]
      "places", which leads each sample to itself, is reckoned from its number where "n1" reads it"
    `);
    expect(flat(2, 0, 5, 3)).toContain('as N');
    expect(flat(0, 4)).toContain('one: ');
    expect(flat(3, 0)).toContain('one: ');
    const reckoned = (last: readonly Node[], step: number): string =>
      found(
        graphOf(
          [x('N', 3, 4)],
          [
            node('count', 'Shape', ['x'], { start: 0, end: 1 }),
            node('size', 'Squeeze', ['count', 'zeroth']),
            node('numbers', 'Range', ['zero', 'size', 'one']),
            node('starts', 'Mul', ['numbers', 'step']),
            node('flat', 'Reshape', ['x', 'shape']),
            ...last,
            node('y', 'Gather', ['flat', 'places'], { axis: 0 }),
          ],
          {
            zeroth: ints(0),
            wide: ints(2),
            zero: { type: 'int64', shape: [], data: [0] },
            one: { type: 'int64', shape: [], data: [1] },
            two: ints(2),
            three: ints(3),
            step: ints(step),
            shape: ints(-1, 4),
          },
        ),
      );
    const plus = (name: string): readonly Node[] => [node('places', 'Add', ['starts', name])];
    expect(reckoned(plus('two'), 3)).toBe('x:0 as N');
    expect(reckoned(plus('three'), 3)).toContain('one: ');
    expect(reckoned(plus('two'), 2)).toContain('one: ');
    const likeliest = [
      node('scores', 'ReduceSum', ['x', 'wide'], { keepdims: 0 }),
      node('best', 'ArgMax', ['scores'], { axis: 1, keepdims: 0 }),
      node('places', 'Add', ['starts', 'best']),
    ];
    expect(reckoned(likeliest, 3)).toBe('x:0 as N');
  });
});

describe('what is stated', () => {
  const graph = graphOf([x('N', 3)], [node('y', 'Relu', ['x'])]);

  test('is taken where it holds', () => {
    expect(found(graph, { x: 1 })).toBe('x:1 as N_2');
    expect(found(graph, { x: 'none' })).toBe('one: no input is said to have samples');
  });

  test('is refused where it does not, with the node', () => {
    const mixing = graphOf([x('N', 3)], [node('y', 'Softmax', ['x'])]);
    expect(found(mixing, { x: 1 })).toMatchInlineSnapshot(
      `"batch-axis: samples do not lie apart along axis 1 of "x": node "y" (Softmax) takes all samples of axis 1 together; leave the axis out, or write NAME=none for a model of one sample"`,
    );
    expect(found(mixing, { z: 1 })).toMatchInlineSnapshot(
      `"batch-axis: the model has no input "z" (did you mean "x"?)"`,
    );
    expect(found(mixing, { x: 2 })).toMatchInlineSnapshot(
      `"batch-axis: axis 2 is outside shape [N, 3]; allowed: -2 to 1"`,
    );
  });
});
