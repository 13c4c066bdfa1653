import { graphSays, refuse } from '@kirchhoff/message';
import { equalDim } from '../dim.js';
import type { Dim } from '../graph.js';
import {
  atLeast,
  choice,
  flag,
  int,
  ints,
  optional,
  optionalInt,
  repeat,
  required,
  string,
  subgraph,
} from './attribute.js';
import { unknown } from './bounds.js';
import { row, type Row } from './row.js';
import type { AttributeSpec, InferContext, Port, ValueType } from './row.js';
import { axisOf, input, numeric, optionalPort, port, requireRank, sameShape, variadicPort } from './shape.js';
import { anyTypes, floatTypes } from './types.js';

const activationsPerDirection = { 1: 1, 3: 2, 4: 3 } as const;

const activationWords: readonly string[] = [
  'Relu',
  'Tanh',
  'Sigmoid',
  'Affine',
  'LeakyRelu',
  'ThresholdedRelu',
  'ScaledTanh',
  'HardSigmoid',
  'Elu',
  'Softsign',
  'Softplus',
];

/** Activations are words of the standard, in any case, and as many as the layer has. */
const checkActivations = (context: InferContext, count: number): void => {
  const written = context.attrs['activations'];
  if (!Array.isArray(written)) return;
  if (written.length !== count) refuse(context.name, graphSays.wrongLength('activations', written.length, count));
  const known = activationWords.map((word) => word.toLowerCase());
  const wrong = written.map(String).find((word) => !known.includes(word.toLowerCase()));
  if (wrong !== undefined)
    refuse(context.name, graphSays.badAttribute('activations', graphSays.notOneOf(wrong, activationWords)));
};

/** Shapes of a recurrent layer whose weights hold `gates` blocks of hidden_size rows. */
const inferRecurrent =
  (gates: 1 | 3 | 4) =>
  (context: InferContext): readonly ValueType[] => {
    const [x, w, r] = [input(context, 0), input(context, 1), input(context, 2)];
    requireRank(context, 'input X', x.shape, 3, 3);
    requireRank(context, 'weight W', w.shape, 3, 3);
    requireRank(context, 'recurrence R', r.shape, 3, 3);
    const batchFirst = int(context.attrs, 'layout') === 1;
    const [first = 1, second = 1, size = 1] = x.shape;
    const [time, batch] = batchFirst ? [second, first] : [first, second];
    const directions = string(context.attrs, 'direction') === 'bidirectional' ? 2 : 1;
    const hidden = optionalInt(context.attrs, 'hidden_size') ?? numeric(context, r.shape[2], 'hidden size');
    const stateShape: readonly Dim[] = batchFirst ? [batch, directions, hidden] : [directions, batch, hidden];
    checkActivations(context, directions * activationsPerDirection[gates]);
    const expected: readonly (readonly [number, string, readonly Dim[]])[] = [
      [1, 'weight W', [directions, gates * hidden, size]],
      [2, 'recurrence R', [directions, gates * hidden, hidden]],
      [3, 'bias B', [directions, 2 * gates * hidden]],
      [4, 'sequence_lens', [batch]],
      [5, 'initial_h', stateShape],
      [6, 'initial_c', stateShape],
      [7, 'peepholes P', [directions, 3 * hidden]],
    ];
    for (const [index, what, shape] of expected) {
      const found = context.inputs[index];
      if (found !== undefined && !sameShape(found.shape, shape)) {
        refuse(context.name, graphSays.dimensionClash(what, found.shape, shape));
      }
    }
    const all: ValueType = {
      type: x.type,
      shape: batchFirst ? [batch, time, directions, hidden] : [time, directions, batch, hidden],
    };
    const state: ValueType = { type: x.type, shape: stateShape };
    return [all, state, state].slice(0, context.outputCount);
  };

const recurrentAttrs = {
  activation_alpha: optional('floats'),
  activation_beta: optional('floats'),
  activations: optional('strings'),
  clip: optional('float'),
  direction: choice('forward', 'reverse', 'bidirectional'),
  hidden_size: atLeast(1, optional('int')),
  layout: flag(0),
} satisfies Record<string, AttributeSpec>;

const recurrentPorts: readonly Port[] = [
  port('X'),
  port('W'),
  port('R'),
  optionalPort('B'),
  optionalPort('sequence_lens', 'T1'),
  optionalPort('initial_h'),
];

const recurrentTypes: Row['types'] = { T: floatTypes, T1: ['int32'] };

/** Which inputs of a Scan are states, and along which axis each other input is cut. */
export interface ScanParts {
  readonly states: number;
  readonly axes: readonly number[];
  /** 1 where a scanned input runs backwards. */
  readonly directions: readonly number[];
}

export const scanPartsOf = (context: Pick<InferContext, 'attrs' | 'inputs' | 'name'>): ScanParts => {
  const scanned = int(context.attrs, 'num_scan_inputs');
  const states = context.inputs.length - scanned;
  if (states < 0 || scanned < 1) refuse(context.name, graphSays.sequenceCount(scanned, context.inputs.length));
  return {
    states,
    axes: listOf(context, 'scan_input_axes', scanned),
    directions: directionsOf(context, 'scan_input_directions', scanned),
  };
};

/** One number for each sequence; zeros where none are written. */
const listOf = (context: Pick<InferContext, 'attrs' | 'name'>, attribute: string, count: number): readonly number[] => {
  const written = ints(context.attrs, attribute, []);
  if (written.length === 0) return repeat(0, count);
  if (written.length !== count) refuse(context.name, graphSays.wrongLength(attribute, written.length, count));
  return written;
};

const directionsOf = (
  context: Pick<InferContext, 'attrs' | 'name'>,
  attribute: string,
  count: number,
): readonly number[] => {
  const directions = listOf(context, attribute, count);
  const odd = directions.find((direction) => direction !== 0 && direction !== 1);
  return odd === undefined ? directions : refuse(context.name, graphSays.scanDirection(attribute, odd));
};

const inferScan = (context: InferContext): readonly ValueType[] => {
  const body = subgraph(context.attrs, 'body');
  const { states, axes } = scanPartsOf(context);
  let time: Dim | undefined;
  const inner = context.inputs.map((_, i): ValueType => {
    const { type, shape } = input(context, i);
    if (i < states) return { type, shape };
    const axis = axisOf(context, axes[i - states] ?? 0, shape);
    const length = shape[axis] ?? 1;
    if (time !== undefined && !equalDim(time, length)) {
      refuse(context.name, graphSays.dimensionClash(`scan input ${i - states}`, [length], [time]));
    }
    time ??= length;
    return { type, shape: shape.filter((_d, at) => at !== axis) };
  });
  if (body.inputs.length !== inner.length) {
    const needs = graphSays.scanInputs(states, inner.length - states);
    refuse(context.name, `${graphSays.bodyArity('inputs', body.inputs.length, inner.length)}: ${needs}`);
  }
  const results = context.inferBody(body, inner);
  if (results.length < states || results.length < context.outputCount) {
    refuse(context.name, graphSays.bodyArity('outputs', results.length, Math.max(states, context.outputCount)));
  }
  const outAxes = listOf(context, 'scan_output_axes', results.length - states);
  directionsOf(context, 'scan_output_directions', results.length - states);
  const length: Dim = time ?? 1;
  return results.map((result, i): ValueType => {
    const before = inner[i];
    if (i < states && before !== undefined) {
      if (before.type !== result.type || !sameShape(before.shape, result.shape)) {
        refuse(context.name, graphSays.stateClash(body.inputs[i]?.name ?? '', before.shape, result.shape));
      }
      return before;
    }
    const axis = axisOf(context, outAxes[i - states] ?? 0, result.shape, result.shape.length + 1);
    return { type: result.type, shape: [...result.shape.slice(0, axis), length, ...result.shape.slice(axis)] };
  });
};

/** Recurrence. The fused layers are rewritten into Scan before rules are matched. */
export const recurrent = {
  LSTM: row({
    summary: 'Long short-term memory (Hochreiter & Schmidhuber 1997); gates in the order i, o, f, c.',
    inputs: [...recurrentPorts, optionalPort('initial_c'), optionalPort('P')],
    types: recurrentTypes,
    outputs: ['Y', 'Y_h', 'Y_c'],
    attrs: { ...recurrentAttrs, input_forget: flag(0) },
    kind: 'other',
    infer: inferRecurrent(4),
    facts: unknown,
  }),
  GRU: row({
    summary: 'Gated recurrent unit (Cho et al. 2014); gates in the order z, r, h.',
    inputs: recurrentPorts,
    types: recurrentTypes,
    outputs: ['Y', 'Y_h'],
    attrs: { ...recurrentAttrs, linear_before_reset: flag(0) },
    kind: 'other',
    infer: inferRecurrent(3),
    facts: unknown,
  }),
  RNN: row({
    summary: 'Plain recurrent layer (Elman 1990).',
    inputs: recurrentPorts,
    types: recurrentTypes,
    outputs: ['Y', 'Y_h'],
    attrs: recurrentAttrs,
    kind: 'other',
    infer: inferRecurrent(1),
    facts: unknown,
  }),
  Scan: row({
    summary: 'A nested graph run once per element of the scanned axes; states go from one run to the next.',
    inputs: [{ ...variadicPort('initial_state_and_scan_inputs', 'V'), mixed: true }],
    types: { V: anyTypes },
    outputs: ['final_state_and_scan_outputs'],
    variadicOutputs: true,
    attrs: {
      body: required('graph'),
      num_scan_inputs: atLeast(1, required('int')),
      scan_input_axes: optional('ints'),
      scan_input_directions: optional('ints'),
      scan_output_axes: optional('ints'),
      scan_output_directions: optional('ints'),
    },
    kind: 'structural',
    infer: inferScan,
    facts: unknown,
  }),
} satisfies Record<string, Row>;
