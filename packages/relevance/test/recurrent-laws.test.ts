import {
  infer,
  outputsOf,
  printGraph,
  scanShape,
  tensor,
  toNumbers,
  type Graph,
  type TypedGraph,
} from '@kirchhoff/graph';
import { relevance, type Explanation, type TargetView } from '@kirchhoff/relevance';
import { describe, expect, test } from 'vitest';
import { canonical, classifier, member, unroll, type Recipe, type RecurrentOp } from './recurrences.js';
import {
  difference,
  draws,
  explainRun,
  graphOf,
  greatest,
  inline,
  input,
  integers,
  node,
  planOf,
  right,
  run,
  typedOf,
  type Draw,
  type Run,
  type Values,
} from './support.js';

const ops = ['LSTM', 'GRU', 'RNN'] as const;
const gateComposites = [
  'lstm-signal-take-all',
  'lstm-uniform',
  'lstm-gate-half',
  'lstm-gate-absolute',
  'lstm-gate-proportional',
] as const;
const gradients = ['gradient', 'gradient-times-input', 'sensitivity'] as const;
const close = 1e-9;

const drawRecipe = (draw: Draw, op: RecurrentOp = draw.pick(ops)): Recipe => ({
  op,
  direction: draw.pick(['forward', 'reverse', 'bidirectional']),
  layers: draw.pick([1, 2]),
  initial: draw.pick(['absent', 'constant', 'given']),
  lengths: draw.integer(0, 2) === 0,
});

const sum = (values: Iterable<number>): number => [...values].reduce((total, value) => total + value, 0);

const explained = (typed: TypedGraph, composite: string, inputs: Values): Promise<Run> =>
  explainRun(typed, planOf(typed, composite), inputs, { target: { kind: 'argmax' } }, 'reference');

/** Inputs and leaks of one run's ledger, over the whole batch, and by how much they miss the seed, relative. */
const balance = ({ of }: Pick<Run, 'of'>, { seed, relevance: maps, ledger }: TargetView) => {
  const leaks = ledger.flatMap((entry) =>
    Object.entries(entry.leaks).map(([cause, name]) => ({ cause, sum: sum(of(name)) })),
  );
  const arrived = Object.values(maps).map((name) => sum(of(name)));
  const seeded = sum(of(seed));
  const passed = Math.max(...ledger.map(({ magnitude }) => sum(of(magnitude))));
  const missing = seeded - sum(arrived) - sum(leaks.map((leak) => leak.sum));
  return { leaks, relative: Math.abs(missing) / Math.max(Math.abs(seeded), passed) };
};

/** Every entry sends on, by messages and leaks, what it received. */
const expectNodesClosed = ({ of }: Run, { ledger }: Explanation): void => {
  for (const entry of ledger) {
    const sent = entry.out === undefined ? 0 : sum(of(entry.out));
    const leaked = sum(Object.values(entry.leaks).map((name) => sum(of(name))));
    const off = Math.abs(sum(of(entry.in)) - sent - leaked);
    expect(off, entry.node).toBeLessThanOrEqual(close * Math.max(sum(of(entry.magnitude)), Math.abs(sent)));
  }
};

describe('the ledger closes through time', () => {
  const recipes = ops.flatMap((op) =>
    (['forward', 'bidirectional'] as const).flatMap((direction) =>
      ([1, 2] as const).flatMap((layers) =>
        (['absent', 'constant', 'given'] as const).map((initial, i): Recipe => ({
          op,
          direction,
          layers,
          initial,
          lengths: i === layers,
        })),
      ),
    ),
  );
  const named = recipes.map((recipe) => [Object.values(recipe).join(' '), recipe] as const);

  test.each(named)('%s', async (_, recipe) => {
    await draws(1, async (draw) => {
      const { graph, inputs } = classifier(draw, recipe, { steps: 4, batch: 2 });
      const ran = await explained(canonical(graph), 'lstm-signal-take-all', inputs);
      const { leaks, relative } = balance(ran, ran.explanation);
      expect(relative).toBeLessThanOrEqual(close);
      const causes = new Set(leaks.map(({ cause }) => cause));
      const named = [
        'bias',
        // A second layer reads on where a sequence has ended: its zeros are constants.
        ...(recipe.lengths && recipe.layers === 2 ? ['constant'] : []),
        ...(recipe.initial === 'given' && recipe.layers === 1 ? [] : ['initial-state']),
        'stabilizer',
      ];
      expect([...causes].sort()).toEqual(named);
      for (const cause of ['bias', 'stabilizer'])
        expect(greatest(leaks.filter((leak) => leak.cause === cause).map((leak) => leak.sum))).toBeGreaterThan(0);
      const fromStates = ran.explanation.ledger.filter((entry) => entry.leaks['initial-state'] !== undefined);
      expect(fromStates.every(({ node }) => ran.explanation.graph.nodes.some((one) => one.name === node))).toBe(true);
      const arrived = Object.keys(inputs).filter((name) => /^[hc]0$/.test(name));
      for (const name of arrived) expect(greatest(ran.at(name)), name).toBeGreaterThan(0);
      expectNodesClosed(ran, ran.explanation);
    });
  });

  test.each(gateComposites)('%s, whatever the layers', async (composite) => {
    await draws(8, async (draw) => {
      const { graph, inputs } = classifier(draw, drawRecipe(draw), { steps: draw.integer(1, 4), batch: 2 });
      const ran = await explained(canonical(graph), composite, inputs);
      expect(balance(ran, ran.explanation).relative).toBeLessThanOrEqual(close);
      expectNodesClosed(ran, ran.explanation);
    });
  });

  test('signal-take-all loses nothing at a gate', async () => {
    await draws(8, async (draw) => {
      const recipe = drawRecipe(draw, draw.pick(['LSTM', 'GRU']));
      const { graph, inputs } = classifier(draw, recipe, { steps: 3, batch: 2 });
      const typed = canonical(graph);
      const products = [...typed.bodies.values()].flatMap((body) =>
        body.graph.nodes.filter(({ op }) => op === 'Mul').map(({ name }) => name),
      );
      const { explanation, of } = await explained(typed, 'lstm-signal-take-all', inputs);
      const gates = explanation.ledger.filter(({ rule }) => rule === 'signal-take-all');
      expect(gates.map(({ node }) => node).sort()).toEqual(
        products.filter((name) => gates.some(({ node }) => node === name)).sort(),
      );
      expect(gates.length).toBeGreaterThanOrEqual(2);
      for (const { in: received, out, leaks } of gates) {
        expect(leaks).toEqual({});
        expect(difference(of(out!), of(received), 1e-12 * Math.max(1, greatest(of(received))))).toBeUndefined();
      }
    });
  });
});

describe('a Scan is its steps written out', () => {
  /** The steps' own tensors, to compare what arrives at each: the inputs of the graph. */
  const expectSame = async (graph: TypedGraph, steps: number, composite: string, inputs: Values): Promise<void> => {
    const written = typedOf(unroll(graph.graph, steps));
    const [scanned, unrolled] = [
      await explained(graph, composite, inputs),
      await explained(written, composite, inputs),
    ];
    for (const { name } of graph.graph.inputs) {
      const wanted = unrolled.at(name);
      expect(difference(scanned.at(name), wanted, close * Math.max(1, greatest(wanted))), name).toBeUndefined();
    }
    for (const of of [scanned, unrolled])
      expect(of.explanation.graph.nodes.some(({ op }) => op === 'Scan')).toBe(of === scanned);
  };

  test('values', async () => {
    await draws(8, async (draw) => {
      const steps = draw.integer(1, 4);
      const { graph, inputs } = classifier(draw, drawRecipe(draw), { steps, batch: 2 });
      const typed = canonical(graph);
      const written = unroll(typed.graph, steps);
      const [scanned, unrolled] = [
        await run(typed.graph, typed.store, inputs, 'reference'),
        await run(written, typedOf(written).store, inputs, 'reference'),
      ];
      expect(
        difference(toNumbers(scanned['logits']!.data), toNumbers(unrolled['logits']!.data), 1e-12),
      ).toBeUndefined();
    });
  });

  test.each([...gateComposites, ...gradients])('relevance by %s', async (composite) => {
    await draws(6, async (draw) => {
      const steps = draw.integer(1, 4);
      // Written out, a constant state would be the weight of the first step's products, and no signal.
      const recipe = { ...drawRecipe(draw), initial: draw.pick(['absent', 'given'] as const) };
      const { graph, inputs } = classifier(draw, recipe, { steps, batch: 2 });
      await expectSame(canonical(graph), steps, composite, inputs);
    });
  });
});

describe('sequences', () => {
  test.each(['lstm-signal-take-all', 'lstm-gate-absolute', 'gradient'])(
    'a batch is its members one by one: %s',
    async (composite) => {
      await draws(5, async (draw) => {
        const recipe = { ...drawRecipe(draw), initial: draw.pick(['absent', 'given'] as const) };
        const { graph, inputs } = classifier(draw, recipe, { steps: 3, batch: 3 });
        const typed = canonical(graph);
        const all = await explained(typed, composite, inputs);
        for (let n = 0; n < 3; n++) {
          const alone = await explained(typed, composite, member(inputs, n));
          const wanted = toNumbers(member({ x: all.values[all.explanation.relevance['x']!]! }, n)['x']!.data);
          expect(difference(alone.at('x'), wanted, close * Math.max(1, greatest(wanted)))).toBeUndefined();
        }
      });
    },
  );
});

/** Values x [T, N, width], last step first. */
const reversed = (x: Float64Array, steps: number): Float64Array => {
  const step = x.length / steps;
  return x.map((_, i) => x[(steps - 1 - Math.floor(i / step)) * step + (i % step)]!);
};

describe('time has no direction of its own', () => {
  const steps = 4;
  const backwards = (graph: Graph, times: number): Graph => {
    const slices = Array.from({ length: times }, (_, i) =>
      node(`backwards${i}`, 'Slice', [i === 0 ? 'x' : `backwards${i - 1}`, 'from', 'to', 'axis', 'step']),
    );
    const rest = graph.nodes.map((one) => ({
      ...one,
      inputs: one.inputs.map((name) => (name === 'x' ? slices.at(-1)!.name : name)),
    }));
    const tensors = {
      ...graph.tensors,
      from: integers(-1),
      to: integers(Number.MIN_SAFE_INTEGER),
      axis: integers(0),
      step: integers(-1),
    };
    return { ...graph, nodes: [...slices, ...rest], tensors };
  };
  const drawOneWay = (draw: Draw) => {
    const recipe: Recipe = { ...drawRecipe(draw), direction: 'forward', lengths: false, layers: 1 };
    return { recipe, ...classifier(draw, recipe, { steps, batch: 2 }) };
  };

  test.each(['lstm-signal-take-all', 'lstm-gate-half', 'gradient'])('reversed twice: %s', async (composite) => {
    await draws(4, async (draw) => {
      const { graph, inputs } = drawOneWay(draw);
      const once = await explained(canonical(graph), composite, inputs);
      const again = await explained(canonical(backwards(graph, 2)), composite, inputs);
      expect(difference(again.at('x'), once.at('x'), close * Math.max(1, greatest(once.at('x'))))).toBeUndefined();
    });
  });

  test.each(['lstm-signal-take-all', 'lstm-gate-half', 'gradient'])(
    'a layer that reads backwards: %s',
    async (composite) => {
      await draws(4, async (draw) => {
        const { graph, inputs } = drawOneWay(draw);
        const reading: Graph = {
          ...graph,
          nodes: graph.nodes.map((one) =>
            one.op === 'LSTM' || one.op === 'GRU' || one.op === 'RNN'
              ? { ...one, attrs: { ...one.attrs, direction: 'reverse' } }
              : one,
          ),
        };
        const forward = await explained(canonical(graph), composite, inputs);
        const x = {
          ...inputs,
          x: tensor('float32', inputs['x']!.shape, reversed(toNumbers(inputs['x']!.data), steps)),
        };
        const reverse = await explained(canonical(reading), composite, x);
        const wanted = reversed(forward.at('x'), steps);
        expect(difference(reverse.at('x'), wanted, close * Math.max(1, greatest(wanted)))).toBeUndefined();
      });
    },
  );
});

describe('several targets at once', () => {
  test('each as it is alone, in one graph with one forward Scan', async () => {
    await draws(4, async (draw) => {
      const { graph, inputs } = classifier(draw, { ...drawRecipe(draw), direction: 'forward' }, { steps: 3, batch: 2 });
      const typed = canonical(graph);
      const targets = [{ kind: 'argmax' }, { kind: 'index', index: 0 }, { kind: 'index', index: 1 }] as const;
      for (const composite of ['lstm-signal-take-all', 'lstm-gate-half'] as const) {
        const plan = planOf(typed, composite);
        const [target, ...further] = targets;
        const all = await explainRun(typed, plan, inputs, { target, further }, 'reference');
        const views = [all.explanation, ...all.explanation.further];
        for (const [i, view] of views.entries()) {
          const alone = await explainRun(typed, plan, inputs, { target: targets[i]! }, 'reference');
          const found = all.of(view.relevance['x']!);
          expect(difference(found, alone.at('x'), close * Math.max(1, greatest(found)))).toBeUndefined();
          expect(balance(all, view).relative).toBeLessThanOrEqual(close);
        }
        const scans = all.explanation.graph.nodes.filter(({ op }) => op === 'Scan').length;
        expect(scans).toBe((1 + targets.length) * typed.bodies.size);
      }
    });
  });
});

describe('what the forward Scan emits', () => {
  const tiny: Graph = graphOf(
    [input('x', ['T', 'N', 1])],
    [
      node('lstm', 'LSTM', ['x', 'W', 'R', 'B'], { hidden_size: 1 }, ['last']),
      node('features', 'Squeeze', ['last', 'first']),
      node('logits', 'Gemm', ['features', 'head']),
    ],
    {
      W: inline([1, 4, 1], [1, -1, 0.5, 2]),
      R: inline([1, 4, 1], [0.5, 1, -0.5, 1]),
      B: inline([1, 8], [0, 0.5, 1, 0.25, 0, 0, 0, 0]),
      head: inline([1, 2], [1, -1]),
      first: integers(0),
    },
  );

  test('a tiny LSTM explained, printed', () => {
    const typed = canonical(tiny);
    const plan = planOf(typed, 'lstm-signal-take-all');
    const { graph } = right(relevance(typed, plan, { target: { kind: 'index', index: 0 }, ledger: false }));
    expect(printGraph(graph, right(infer(graph, typed.store)))).toMatchInlineSnapshot(`
      "graph test-explained
        input x: float32[T,N,1]
        tensor W: float32[1,4,1] = 1,-1,0.5,2
        tensor R: float32[1,4,1] = 0.5,1,-0.5,1
        tensor B: float32[1,8] = 0,0.5,1,0.25,0,0,0,0
        tensor head: float32[1,2] = 1,-1
        tensor const.0: int64[] = 0
        tensor const.int64.0_1: int64[1,2] = 0,1
        tensor const.1: float32[] = 1
        tensor const.0.2: float32[] = 0
        tensor const.-1: int64[1] = -1
        tensor const.1.2: int64[1] = 1
        tensor const.0.001: float32[] = 0.001
        tensor const.-0.001: float32[] = -0.001
        tensor const.0.3: int64[1] = 0
        tensor const.2: int64[1] = 2
        lstm/batch: int64[1] = Shape(x) start=1 end=2
        lstm/ints_1: int64[1] = Constant() value_ints=[1]
        lstm/initial_shape: int64[2] = Concat(lstm/batch, lstm/ints_1) axis=0
        lstm/initial: float32[N,1] = ConstantOfShape(lstm/initial_shape) value=float32[1]{0}
        lstm/weights: float32[1,4,2] = Concat(R, W) axis=2
        lstm/ints_0: int64[1] = Constant() value_ints=[0]
        lstm/weight: float32[4,2] = Squeeze(lstm/weights, lstm/ints_0)
        lstm/ints_3_1: int64[2] = Constant() value_ints=[3,1]
        lstm/gates_weight: float32[3,2], lstm/candidate_weight: float32[1,2] = Split(lstm/weight, lstm/ints_3_1)
        lstm/bias: float32[8] = Squeeze(B, lstm/ints_0)
        lstm/ints_3_1_3_1: int64[4] = Constant() value_ints=[3,1,3,1]
        lstm/gates_input_bias: float32[3], lstm/candidate_input_bias: float32[1], lstm/gates_state_bias: float32[3], lstm/candidate_state_bias: float32[1] = Split(lstm/bias, lstm/ints_3_1_3_1)
        lstm/gates_bias: float32[3] = Add(lstm/gates_input_bias, lstm/gates_state_bias)
        lstm/ints_1_1_1: int64[3] = Constant() value_ints=[1,1,1]
        lstm/candidate_bias: float32[1] = Add(lstm/candidate_input_bias, lstm/candidate_state_bias)
        lstm/scan: float32[N,1], lstm/last_c: float32[N,1], lstm/scan.lstm/hx.steps: float32[T,N,2], lstm/scan.lstm/write.steps: float32[T,N,1], lstm/scan.lstm/cell.emitted.steps: float32[T,N,1], lstm/scan.lstm/candidate_pre.steps: float32[T,N,1], lstm/scan.lstm/keep.steps: float32[T,N,1] = Scan(lstm/initial, lstm/initial, x) num_scan_inputs=1 scan_input_axes=[0] scan_input_directions=[0] scan_output_axes=[0,0,0,0,0] scan_output_directions=[0,0,0,0,0]
          body:
            input lstm/h: float32[N,1]
            input lstm/c: float32[N,1]
            input lstm/x: float32[N,1]
            lstm/hx: float32[N,2] = Concat(lstm/h, lstm/x) axis=1
            lstm/gates_pre: float32[N,3] = Gemm(lstm/hx, lstm/gates_weight, lstm/gates_bias) transB=1
            lstm/pre_i: float32[N,1], lstm/pre_o: float32[N,1], lstm/pre_f: float32[N,1] = Split(lstm/gates_pre, lstm/ints_1_1_1) axis=1
            lstm/gate_i: float32[N,1] = Sigmoid(lstm/pre_i)
            lstm/gate_f: float32[N,1] = Sigmoid(lstm/pre_f)
            lstm/candidate_pre: float32[N,1] = Gemm(lstm/hx, lstm/candidate_weight, lstm/candidate_bias) transB=1
            lstm/candidate: float32[N,1] = Tanh(lstm/candidate_pre)
            lstm/keep: float32[N,1] = Mul(lstm/gate_f, lstm/c) gate=0 signal=1
            lstm/write: float32[N,1] = Mul(lstm/gate_i, lstm/candidate) gate=0 signal=1
            lstm/cell: float32[N,1] = Add(lstm/keep, lstm/write)
            lstm/gate_o: float32[N,1] = Sigmoid(lstm/pre_o)
            lstm/cell_out: float32[N,1] = Tanh(lstm/cell)
            lstm/hidden: float32[N,1] = Mul(lstm/gate_o, lstm/cell_out) gate=0 signal=1
            lstm/cell.emitted: float32[N,1] = Identity(lstm/cell)
            output lstm/hidden, lstm/cell, lstm/hx, lstm/write, lstm/cell.emitted, lstm/candidate_pre, lstm/keep
        logits: float32[N,2] = Gemm(lstm/scan, head)
        target.argmax: int64[N,1] = ArgMax(logits) axis=1 keepdims=1
        target.zero: int64[N,1] = Mul(target.argmax, const.0)
        target.index: int64[N,1] = Add(target.zero, const.0)
        target.chosen: bool[N,2] = Equal(const.int64.0_1, target.index)
        target.mask: float32[N,2] = Where(target.chosen, const.1, const.0.2)
        target.value: float32[N,2] = Mul(target.mask, logits)
        logits/share.stab: bool[N,2] = GreaterOrEqual(logits, const.0.2)
        logits/share.stab.2: float32[N,2] = Where(logits/share.stab, const.0.001, const.-0.001)
        logits/share.stab.3: float32[N,2] = Add(logits, logits/share.stab.2)
        logits/share.divide: float32[N,2] = Div(target.value, logits/share.stab.3)
        logits/message.adjoint: float32[N,1] = Gemm(logits/share.divide, head) transB=1
        logits/message.scaled: float32[N,1] = Mul(lstm/scan, logits/message.adjoint)
        lstm/initial.shape: int64[2] = Shape(lstm/initial)
        lstm/scan/zeros: float32[N,1] = ConstantOfShape(lstm/initial.shape) value=float32[1]{0}
        lstm/scan/relevance: float32[N,1], lstm/scan/relevance.1: float32[N,1], lstm/scan/relevance.2: float32[T,N,1] = Scan(logits/message.scaled, lstm/scan/zeros, lstm/scan.lstm/hx.steps, lstm/scan.lstm/write.steps, lstm/scan.lstm/cell.emitted.steps, lstm/scan.lstm/candidate_pre.steps, lstm/scan.lstm/keep.steps) num_scan_inputs=5 scan_input_axes=[0,0,0,0,0] scan_input_directions=[1,1,1,1,1] scan_output_axes=[0] scan_output_directions=[1]
          body:
            input lstm/scan/R.lstm/h: float32[N,1]
            input lstm/scan/R.lstm/c: float32[N,1]
            input lstm/hx.again: float32[N,2]
            input lstm/write.again: float32[N,1]
            input lstm/cell.again: float32[N,1]
            input lstm/candidate_pre.again: float32[N,1]
            input lstm/keep.again: float32[N,1]
            lstm/cell/relevance: float32[N,1] = Add(lstm/scan/R.lstm/c, lstm/scan/R.lstm/h)
            lstm/cell/share.stab: bool[N,1] = GreaterOrEqual(lstm/cell.again, const.0.2)
            lstm/cell/share.stab.2: float32[N,1] = Where(lstm/cell/share.stab, const.0.001, const.-0.001)
            lstm/cell/share.stab.3: float32[N,1] = Add(lstm/cell.again, lstm/cell/share.stab.2)
            lstm/cell/share.divide: float32[N,1] = Div(lstm/cell/relevance, lstm/cell/share.stab.3)
            lstm/cell/message1.scaled: float32[N,1] = Mul(lstm/write.again, lstm/cell/share.divide)
            lstm/candidate_pre/share.stab: bool[N,1] = GreaterOrEqual(lstm/candidate_pre.again, const.0.2)
            lstm/candidate_pre/share.stab.2: float32[N,1] = Where(lstm/candidate_pre/share.stab, const.0.001, const.-0.001)
            lstm/candidate_pre/share.stab.3: float32[N,1] = Add(lstm/candidate_pre.again, lstm/candidate_pre/share.stab.2)
            lstm/candidate_pre/share.divide: float32[N,1] = Div(lstm/cell/message1.scaled, lstm/candidate_pre/share.stab.3)
            lstm/candidate_pre/message.adjoint: float32[N,2] = Gemm(lstm/candidate_pre/share.divide, lstm/candidate_weight)
            lstm/candidate_pre/message.scaled: float32[N,2] = Mul(lstm/hx.again, lstm/candidate_pre/message.adjoint)
            lstm/hx/message: float32[N,1] = Slice(lstm/candidate_pre/message.scaled, const.0.3, const.1.2, const.1.2)
            lstm/cell/message0.scaled: float32[N,1] = Mul(lstm/keep.again, lstm/cell/share.divide)
            lstm/hx/message.2: float32[N,1] = Slice(lstm/candidate_pre/message.scaled, const.1.2, const.2, const.1.2)
            output lstm/hx/message, lstm/cell/message0.scaled, lstm/hx/message.2
        relevance.x: float32[T,N,1] = Identity(lstm/scan/relevance.2)
        target.flat: int64[N] = Reshape(target.index, const.-1)
        target.class: int64[N] = Identity(target.flat)
        target.score: float32[N] = ReduceSum(target.value, const.1.2) keepdims=0
        score: float32[N] = Identity(target.score)
        output logits, relevance.x, target.class, score"
    `);
  });

  test.each([...gateComposites, 'gradient'])('just what its relevance reads: %s', async (composite) => {
    await draws(4, async (draw) => {
      const { graph } = classifier(draw, drawRecipe(draw), { steps: 2, batch: 1 });
      const typed = canonical(graph);
      const { graph: explanation } = right(
        relevance(typed, planOf(typed, composite), { target: { kind: 'argmax' }, ledger: draw.flag() }),
      );
      const made = new Map(explanation.nodes.map((one) => [one.name, one]));
      for (const name of typed.bodies.keys()) {
        const forward = made.get(name)!;
        const before = typed.graph.nodes.find((one) => one.name === name)!;
        const reverse = explanation.nodes.filter(
          (one) => one.op === 'Scan' && one.name.startsWith(`${name}/relevance`),
        );
        expect(reverse).toHaveLength(1);
        const { body, states } = scanShape(reverse[0]!);
        const emitted = outputsOf(forward).slice(outputsOf(before).length);
        const scanned = reverse[0]!.inputs.slice(states);
        const readInside = new Set([...body.nodes.flatMap(({ inputs }) => inputs), ...body.outputs]);
        for (const value of emitted) {
          expect(scanned.filter((one) => one === value)).toHaveLength(1);
          expect(readInside.has(body.inputs[states + scanned.indexOf(value)]!.name)).toBe(true);
        }
        expect(body.inputs.slice(states).filter((one) => !readInside.has(one.name))).toEqual([]);
      }
    });
  });
});
