import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import {
  decodeGraph,
  encodeGraph,
  infer,
  printGraph,
  resolveTensors,
  tensor,
  toNumbers,
  type Attributes,
  type AttributeValue,
  type Graph,
  type Input,
  type OpName,
  type Tensor,
  type TensorEntry,
} from '@kirchhoff/graph';
import { decodeOnnx, encodeOnnx } from '@kirchhoff/onnx';
import { canonize } from '@kirchhoff/rewrite';
import { backends } from '@kirchhoff/runtime';
import * as E from 'fp-ts/lib/Either.js';
import { describe, expect, test } from 'vitest';
import { readNpy } from '../src/npy.js';
import {
  difference,
  draws,
  floats,
  graphOf,
  greatest,
  inline,
  input,
  node,
  right,
  run,
  sizeOf,
  typedOf,
  type Draw,
  type Values,
} from './support.js';

/** A graph with one recurrent node, values for its inputs, and whether onnxruntime's own operator takes its options. */
interface Layer {
  readonly graph: Graph;
  readonly inputs: Values;
  readonly native: boolean;
}

const kinds = {
  LSTM: { gates: 4, outputs: ['h', 'c'], activations: 3 },
  GRU: { gates: 3, outputs: ['h'], activations: 2 },
  RNN: { gates: 1, outputs: ['h'], activations: 1 },
} as const;

const takesBeta = ['HardSigmoid', 'Affine', 'ScaledTanh'];
const takesAlpha = ['LeakyRelu', 'Elu', ...takesBeta];
const activations = ['Sigmoid', 'Tanh', 'Relu', 'Softsign', 'Softplus', ...takesAlpha];

/** Activations of all directions, and alphas and betas for those that take them. */
const drawActivations = (draw: Draw, count: number): Attributes => {
  const names = Array.from({ length: count }, () => draw.pick(activations));
  const alphas = names.filter((name) => takesAlpha.includes(name));
  const betas = names.filter((name) => takesBeta.includes(name));
  return {
    activations: names,
    ...(alphas.length > 0 && { activation_alpha: draw.fine(alphas.length, 0.25, 1) }),
    ...(betas.length > 0 && { activation_beta: draw.fine(betas.length, 0.25, 1) }),
  };
};

const drawLayer = (draw: Draw, op: keyof typeof kinds): Layer => {
  const { gates, outputs, activations: perDirection } = kinds[op];
  const [steps, batch, width, hidden] = [
    draw.integer(1, 5),
    draw.integer(1, 5),
    draw.integer(1, 3),
    draw.integer(1, 3),
  ];
  const direction = draw.pick(['forward', 'reverse', 'bidirectional']);
  const directions = direction === 'bidirectional' ? 2 : 1;
  const batchFirst = draw.integer(0, 3) === 0;
  const swap = <T>([first, second, ...rest]: readonly T[]): readonly T[] => [second!, first!, ...rest];
  const arranged = <T>(shape: readonly T[]): readonly T[] => (batchFirst ? swap(shape) : shape);
  const declared: Input[] = [];
  const tensors: Record<string, TensorEntry> = {};
  const values: Record<string, Tensor> = {};
  const given = (name: string, shape: readonly (number | string)[], value: Tensor): string => {
    declared.push({ name, type: value.type, shape });
    values[name] = value;
    return name;
  };
  const fixed = (name: string, shape: readonly number[]): string => {
    tensors[name] = inline(shape, draw.fine(sizeOf(shape), -1, 1));
    return name;
  };
  const state = (name: string): string => {
    if (draw.flag()) return '';
    const shape = arranged([directions, batch, hidden]);
    const symbols = arranged<number | string>([directions, 'N', hidden]);
    return given(name, symbols, floats(shape, draw.fine(sizeOf(shape), -1, 1)));
  };
  const lengths = (): string => {
    const data = Array.from({ length: batch }, () => draw.integer(batchFirst ? 0 : 1, steps));
    if (draw.flag()) return '';
    if (draw.flag()) return given('lengths', ['N'], tensor('int32', [batch], data));
    tensors['lengths'] = { type: 'int32', shape: [batch], data };
    return 'lengths';
  };
  const fixedLengths = draw.fine(steps * batch * width, -1, 1);
  const x = given('x', arranged(['T', 'N', width]), floats(arranged([steps, batch, width]), fixedLengths));
  const inputs = [
    x,
    fixed('W', [directions, gates * hidden, width]),
    fixed('R', [directions, gates * hidden, hidden]),
    draw.flag() ? fixed('B', [directions, 2 * gates * hidden]) : '',
    lengths(),
    state('h0'),
    ...(op === 'LSTM' ? [state('c0'), draw.integer(0, 3) === 0 ? fixed('P', [directions, 3 * hidden]) : ''] : []),
  ];
  if ('lengths' in tensors) declared[0] = { ...declared[0]!, shape: arranged(['T', batch, width]) };
  const states = declared.map((each) =>
    'lengths' in tensors ? { ...each, shape: each.shape.map((dim) => (dim === 'N' ? batch : dim)) } : each,
  );
  const attrs: Record<string, AttributeValue> = {
    hidden_size: hidden,
    ...(direction !== 'forward' && { direction }),
    ...(batchFirst && { layout: 1 }),
    ...(op === 'GRU' && draw.flag() && { linear_before_reset: 1 }),
    ...(draw.integer(0, 3) === 0 && { clip: draw.integer(1, 4) / 4 }),
    ...(op === 'LSTM' && draw.integer(0, 3) === 0 && { input_forget: 1 }),
    ...(draw.integer(0, 3) === 0 && drawActivations(draw, directions * perDirection)),
  };
  const names = ['layer', ...outputs.map((name) => `last_${name}`)];
  const used = names.filter(() => draw.flag());
  const graph: Graph = {
    ...graphOf(states, [node('layer', op, inputs, attrs, names.slice(1))], tensors),
    outputs: used.length > 0 ? used : names,
  };
  return { graph, inputs: values, native: !batchFirst };
};

const expectClose = (found: Values, wanted: Values, what: string): void => {
  expect(Object.keys(found)).toEqual(Object.keys(wanted));
  for (const [name, value] of Object.entries(wanted)) {
    expect(found[name]!.shape, `${what}: shape of ${name}`).toEqual(value.shape);
    const numbers = toNumbers(value.data);
    // Unbounded activations grow from step to step: their rounding is relative to what they grew to.
    const off = difference(toNumbers(found[name]!.data), numbers, 1e-5 * Math.max(1, greatest(numbers)));
    expect(off, `${what}: ${name}`).toBeUndefined();
  }
};

/** All operators of a graph, those of bodies among them. */
const opsOf = (graph: Graph): readonly OpName[] =>
  graph.nodes.flatMap(({ op, attrs = {} }) => [
    op,
    ...Object.values(attrs).flatMap((value) => (typeof value === 'object' && 'nodes' in value ? opsOf(value) : [])),
  ]);

describe('recurrent layers written as Scan over gates', () => {
  test.each(['LSTM', 'GRU', 'RNN'] as const)('%s, every option: as the operator', async (op) => {
    await draws(60, async (draw) => {
      const { graph, inputs, native } = drawLayer(draw, op);
      const typed = typedOf(graph);
      const canonical = right(canonize(typed)).typed;
      expect(opsOf(canonical.graph)).toContain('Scan');
      expect(opsOf(canonical.graph)).not.toContain(op);
      for (const output of graph.outputs) expect(canonical.types.get(output)).toEqual(typed.types.get(output));
      const wanted = await run(graph, typed.store, inputs, native ? 'ort' : 'reference');
      for (const on of ['reference', 'ort'] as const)
        expectClose(await run(canonical.graph, typed.store, inputs, on), wanted, on);
    });
  });

  test('the graph survives its document and its ONNX model', async () => {
    await draws(12, async (draw) => {
      const { graph, inputs } = drawLayer(draw, draw.pick(['LSTM', 'GRU', 'RNN']));
      const { typed } = right(canonize(typedOf(graph)));
      const wanted = await run(typed.graph, typed.store, inputs, 'ort');
      const document = right(decodeGraph(JSON.parse(JSON.stringify(encodeGraph(typed.graph)))));
      expect(document).toEqual(typed.graph);
      const bytes = encodeOnnx(typed.graph, typed.store, { types: typed.types });
      const model = right(decodeOnnx(bytes, { place: 'model.onnx' }));
      right(infer(model.graph, model.store));
      expectClose(await run(model.graph, model.store, inputs, 'ort'), wanted, 'model');
      const store = right(resolveTensors(document, () => E.left([])));
      expectClose(await run(document, store, inputs, 'reference'), wanted, 'document');
    });
  });

  const small = (op: OpName, gates: number, attrs: Attributes = {}, further: readonly string[] = []): Graph => {
    const directions = attrs['direction'] === 'bidirectional' ? 2 : 1;
    const weights = (shape: readonly number[]) => inline(shape, Array<number>(sizeOf(shape)).fill(0.5));
    return graphOf(
      [input('x', ['T', 'N', 3])],
      [node('layer', op, ['x', 'W', 'R', 'B', ...further], { hidden_size: 2, ...attrs })],
      {
        W: weights([directions, gates * 2, 3]),
        R: weights([directions, gates * 2, 2]),
        B: weights([directions, gates * 4]),
      },
    );
  };

  test('a small LSTM, printed', () => {
    const { typed } = right(canonize(typedOf(small('LSTM', 4))));
    expect(printGraph(typed.graph, typed)).toMatchInlineSnapshot(`
      "graph test
        input x: float32[T,N,3]
        tensor W: float32[1,8,3] = 0.5,0.5,0.5,0.5,0.5,0.5,0.5,0.5,… (24)
        tensor R: float32[1,8,2] = 0.5,0.5,0.5,0.5,0.5,0.5,0.5,0.5,… (16)
        tensor B: float32[1,16] = 0.5,0.5,0.5,0.5,0.5,0.5,0.5,0.5,… (16)
        layer/weights: float32[1,8,5] = Concat(R, W) axis=2
        layer/ints_0: int64[1] = Constant() value_ints=[0]
        layer/weight: float32[8,5] = Squeeze(layer/weights, layer/ints_0)
        layer/bias: float32[16] = Squeeze(B, layer/ints_0)
        layer/batch: int64[1] = Shape(x) start=1 end=2
        layer/ints_2: int64[1] = Constant() value_ints=[2]
        layer/initial_shape: int64[2] = Concat(layer/batch, layer/ints_2) axis=0
        layer/initial: float32[N,2] = ConstantOfShape(layer/initial_shape) value=float32[1]{0}
        layer/ints_6_2: int64[2] = Constant() value_ints=[6,2]
        layer/gates_weight: float32[6,5], layer/candidate_weight: float32[2,5] = Split(layer/weight, layer/ints_6_2)
        layer/ints_6_2_6_2: int64[4] = Constant() value_ints=[6,2,6,2]
        layer/gates_input_bias: float32[6], layer/candidate_input_bias: float32[2], layer/gates_state_bias: float32[6], layer/candidate_state_bias: float32[2] = Split(layer/bias, layer/ints_6_2_6_2)
        layer/gates_bias: float32[6] = Add(layer/gates_input_bias, layer/gates_state_bias)
        layer/candidate_bias: float32[2] = Add(layer/candidate_input_bias, layer/candidate_state_bias)
        layer/ints_2_2_2: int64[3] = Constant() value_ints=[2,2,2]
        layer/scan: float32[N,2], layer/last_c: float32[N,2], layer/steps: float32[T,N,2] = Scan(layer/initial, layer/initial, x) num_scan_inputs=1
          body:
            input layer/h: float32[N,2]
            input layer/c: float32[N,2]
            input layer/x: float32[N,3]
            layer/hx: float32[N,5] = Concat(layer/h, layer/x) axis=1
            layer/gates_pre: float32[N,6] = Gemm(layer/hx, layer/gates_weight, layer/gates_bias) transB=1
            layer/pre_i: float32[N,2], layer/pre_o: float32[N,2], layer/pre_f: float32[N,2] = Split(layer/gates_pre, layer/ints_2_2_2) axis=1
            layer/gate_i: float32[N,2] = Sigmoid(layer/pre_i)
            layer/gate_f: float32[N,2] = Sigmoid(layer/pre_f)
            layer/candidate_pre: float32[N,2] = Gemm(layer/hx, layer/candidate_weight, layer/candidate_bias) transB=1
            layer/candidate: float32[N,2] = Tanh(layer/candidate_pre)
            layer/keep: float32[N,2] = Mul(layer/gate_f, layer/c) gate=0 signal=1
            layer/write: float32[N,2] = Mul(layer/gate_i, layer/candidate) gate=0 signal=1
            layer/cell: float32[N,2] = Add(layer/keep, layer/write)
            layer/gate_o: float32[N,2] = Sigmoid(layer/pre_o)
            layer/cell_out: float32[N,2] = Tanh(layer/cell)
            layer/hidden: float32[N,2] = Mul(layer/gate_o, layer/cell_out) gate=0 signal=1
            layer/step: float32[N,2] = Identity(layer/hidden)
            output layer/hidden, layer/cell, layer/step
        layer/ints_1: int64[1] = Constant() value_ints=[1]
        layer: float32[T,1,N,2] = Unsqueeze(layer/steps, layer/ints_1)
        output layer"
    `);
  });

  test('the log names layer, operator and direction', () => {
    const { log } = right(canonize(typedOf(small('LSTM', 4, { direction: 'bidirectional' }))));
    expect(log.flatMap(({ changes }) => changes)).toEqual(['layer (LSTM, bidirectional) written as Scan over gates']);
  });

  test('every product of a gate and a signal bears its roles', () => {
    for (const [op, gates, attrs, count] of [
      ['LSTM', 4, {}, 3],
      ['GRU', 3, {}, 3],
      ['GRU', 3, { linear_before_reset: 1 }, 3],
    ] as const) {
      const { typed } = right(canonize(typedOf(small(op, gates, attrs))));
      const products = [...typed.bodies.values()].flatMap(({ graph }) =>
        graph.nodes.filter((each) => each.op === 'Mul'),
      );
      expect(products).toHaveLength(count);
      expect(products.every(({ roles }) => roles?.gate === 0 && roles.signal === 1)).toBe(true);
      expect(products.every(({ inputs }) => inputs[0]!.startsWith('layer/gate_'))).toBe(true);
    }
  });

  test.each([
    ['RNN', ['Affine'], { activation_alpha: [0.5], activation_beta: [0.25] }, ['Mul', 'Add']],
    ['RNN', ['Affine'], {}, ['Identity']],
    ['RNN', ['ScaledTanh'], { activation_alpha: [1.7159], activation_beta: [0.6667] }, ['Mul', 'Tanh', 'Mul']],
    ['GRU', ['Sigmoid', 'scaledtanh'], {}, ['Tanh']],
    ['LSTM', ['Affine', 'Affine', 'Tanh'], { activation_alpha: [1, 0.5] }, ['Mul']],
  ] as const)('%s with %j and %j is written with what they are made of', (op, names, numbers, made) => {
    const graph = small(op, { LSTM: 4, GRU: 3, RNN: 1 }[op], { activations: names, ...numbers });
    const { typed } = right(canonize(typedOf(graph)));
    const [body] = [...typed.bodies.values()];
    const written = body!.graph.nodes.filter(
      ({ name, roles }) => /\/(candidate|hidden)(_(mul|tanh))?$/.test(name) && !roles,
    );
    const ops = written.map((each) => each.op);
    expect(op === 'RNN' ? ops : ops.filter((each) => each !== 'Add')).toEqual(made);
  });

  test('names of activations count without regard to case, alpha and beta go to those that take them', () => {
    const named = ['hardsigmoid', 'TANH', 'ThresholdedRelu'];
    const attrs = { activations: named, activation_alpha: [0.25, 0.5], activation_beta: [0.75] };
    const { typed } = right(canonize(typedOf(small('LSTM', 4, attrs))));
    const body = typed.bodies.get('layer/scan')!.graph;
    const written = (name: string) => body.nodes.find((each) => each.name === `layer/${name}`);
    expect(written('gate_f')).toMatchObject({ op: 'HardSigmoid', attrs: { alpha: 0.25, beta: 0.75 } });
    expect(written('gate_o')).toEqual({ ...written('gate_f'), name: 'layer/gate_o', inputs: ['layer/pre_o'] });
    expect(written('candidate')).toMatchObject({ op: 'Tanh' });
    expect(written('cell_out')).toMatchObject({ op: 'ThresholdedRelu', attrs: { alpha: 0.5 } });
  });

  test('float64, and computed weights', async () => {
    const double = (name: string, shape: readonly (number | string)[]): Input => ({ name, type: 'float64', shape });
    const shapes = { x: [3, 2, 2], W: [1, 9, 2], R: [1, 9, 3] } as const;
    const graph = graphOf(
      [double('x', ['T', 'N', 2]), double('W', shapes.W), double('R', shapes.R)],
      [node('layer', 'GRU', ['x', 'W', 'R'], { hidden_size: 3 })],
    );
    const typed = typedOf(graph);
    const canonical = right(canonize(typed)).typed;
    await draws(3, async (draw) => {
      const values = Object.fromEntries(
        Object.entries(shapes).map(([name, shape]) => [name, tensor('float64', shape, draw.fine(sizeOf(shape)))]),
      );
      const wanted = await run(graph, typed.store, values, 'reference');
      const found = await run(canonical.graph, typed.store, values, 'reference');
      expect(difference(toNumbers(found['layer']!.data), toNumbers(wanted['layer']!.data), 1e-14)).toBeUndefined();
    });
  });

  test('two layers, and a name that is taken: every name in the document is its own', () => {
    const one = small('LSTM', 4);
    const graph: Graph = {
      ...one,
      nodes: [
        node('layer/gate_f', 'Relu', ['x']),
        node('layer', 'LSTM', ['layer/gate_f', 'W', 'R', 'B'], { hidden_size: 2 }),
        node('squeezed', 'Squeeze', ['layer', 'axis']),
        node('second', 'LSTM', ['squeezed', 'W2', 'R', 'B'], { hidden_size: 2 }),
      ],
      outputs: ['second'],
      tensors: {
        ...one.tensors,
        W2: inline([1, 8, 2], Array<number>(16).fill(0.25)),
        axis: { type: 'int64', shape: [1], data: [1] },
      },
    };
    const { typed } = right(canonize(typedOf(graph)));
    expect([...typed.bodies.keys()]).toEqual(['layer/scan', 'second/scan']);
    expect(typed.bodies.get('layer/scan')!.types.has('layer/gate_f.2')).toBe(true);
    expect(right(decodeGraph(JSON.parse(JSON.stringify(encodeGraph(typed.graph)))))).toEqual(typed.graph);
  });
});

describe('bilstm-small', () => {
  const folder = fileURLToPath(new URL('../../../specs/golden/bilstm-small', import.meta.url));
  const npy = (name: string): Tensor => right(readNpy(readFileSync(`${folder}/${name}.npy`), name));

  test.each(Object.values(backends))('gives its logits from gates on $name', async (backend) => {
    const place = 'model.onnx';
    const { graph, store } = right(decodeOnnx(readFileSync(`${folder}/${place}`), { place }));
    const { typed } = right(canonize(right(infer(graph, store))));
    expect(opsOf(typed.graph)).not.toContain('LSTM');
    const session = await backend.compile(typed.graph, typed.store, { threads: 1 });
    for (const sequence of ['00', '01', '02', '03']) {
      const outputs = await session.run({ [graph.inputs[0]!.name]: npy(`${sequence}-tokens`) });
      const found = toNumbers(outputs[graph.outputs[0]!]!.data);
      const wanted = toNumbers(npy(`${sequence}-logits`).data);
      expect(difference(found, wanted, backend.name === 'ort' ? 1e-5 : 1e-9)).toBeUndefined();
    }
    await session.close();
  });
});
