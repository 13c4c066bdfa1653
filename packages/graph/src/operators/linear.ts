import { graphSays, refuse } from '@kirchhoff/message';
import { equalDim, mulDim } from '../dim.js';
import type { Dim } from '../graph.js';
import { atLeast, flag, float, floatDefault, int, intDefault, optional, optionalInts } from './attribute.js';
import { addBounds, bounds, dotBounds, mulBounds, point } from './bounds.js';
import { row, type Row } from './row.js';
import type { FactsContext, InferContext, Kind, KindContext, ValueType } from './row.js';
import {
  broadcast,
  input,
  numeric,
  optionalPort,
  port,
  requireEqual,
  requireRank,
  requireSameShape,
  sameShape,
} from './shape.js';
import { floatTypes, wideTypes } from './types.js';
import { groupOf, transposedWindowOf, windowAttrs, windowOf } from './window.js';

const byWeight = ({ constant }: KindContext): Kind => (constant[1] === true ? 'weighted' : 'contraction');

/** A matrix product is weighted by whichever side is constant. */
const byEitherSide = ({ constant }: KindContext): Kind =>
  constant[0] === true || constant[1] === true ? 'weighted' : 'contraction';

const convFacts = (context: FactsContext) =>
  dotBounds(bounds(context, 0), bounds(context, 1), context.inputs[2] ?? point(0));

const kernelOfWeight = (context: InferContext, weight: ValueType): readonly number[] => {
  const kernel = weight.shape.slice(2).map((d) => numeric(context, d, 'kernel size'));
  const stated = optionalInts(context.attrs, 'kernel_shape');
  if (stated !== undefined && !sameShape(stated, kernel))
    refuse(context.name, graphSays.kernelClash(stated, weight.shape));
  return kernel;
};

const checkBias = (context: InferContext, channels: Dim): void => {
  const bias = context.inputs[2];
  if (bias !== undefined && !sameShape(bias.shape, [channels])) {
    refuse(context.name, graphSays.dimensionClash('bias', bias.shape, [channels]));
  }
};

const inferConv = (context: InferContext): readonly ValueType[] => {
  const x = input(context, 0);
  const w = input(context, 1);
  const { type } = x;
  requireRank(context, 'input', x.shape, 3);
  requireRank(context, 'weight', w.shape, x.shape.length, x.shape.length);
  const [batch = 1, channels = 1, ...spatial] = x.shape;
  const [outputs = 1, perGroup = 1] = w.shape;
  const group = groupOf(context.attrs);
  if (!equalDim(channels, mulDim(perGroup, group))) {
    refuse(context.name, graphSays.channelClash(channels, x.shape, w.shape, perGroup, group));
  }
  if (typeof outputs === 'number' && outputs % group !== 0) refuse(context.name, graphSays.groupClash(outputs, group));
  checkBias(context, outputs);
  const { output } = windowOf(context.attrs, spatial, kernelOfWeight(context, w));
  return [{ type, shape: [batch, outputs, ...output] }];
};

const inferConvTranspose = (context: InferContext): readonly ValueType[] => {
  const x = input(context, 0);
  const w = input(context, 1);
  const { type } = x;
  requireRank(context, 'input', x.shape, 3);
  requireRank(context, 'weight', w.shape, x.shape.length, x.shape.length);
  const [batch = 1, channels = 1, ...spatial] = x.shape;
  const [inputs = 1, perGroup = 1] = w.shape;
  const group = groupOf(context.attrs);
  if (!equalDim(channels, inputs)) refuse(context.name, graphSays.channelClash(channels, x.shape, w.shape, inputs, 1));
  if (typeof inputs === 'number' && inputs % group !== 0) refuse(context.name, graphSays.groupClash(inputs, group));
  const outputs = mulDim(perGroup, group);
  checkBias(context, outputs);
  const { output } = transposedWindowOf(context.attrs, spatial, kernelOfWeight(context, w));
  return [{ type, shape: [batch, outputs, ...output] }];
};

const inferGemm = (context: InferContext): readonly ValueType[] => {
  const a = input(context, 0);
  const b = input(context, 1);
  const { type } = a;
  requireRank(context, 'input A', a.shape, 2, 2);
  requireRank(context, 'input B', b.shape, 2, 2);
  const [m = 1, k = 1] = int(context.attrs, 'transA') === 0 ? a.shape : a.shape.toReversed();
  const [l = 1, n = 1] = int(context.attrs, 'transB') === 0 ? b.shape : b.shape.toReversed();
  requireEqual(context, k, l, graphSays.contractionClash([m, k], [l, n], k, l));
  const c = context.inputs[2];
  if (c !== undefined)
    requireSameShape(
      context,
      broadcast(context, [[m, n], c.shape]),
      [m, n],
      graphSays.dimensionClash('input C', c.shape, [m, n]),
    );
  return [{ type, shape: [m, n] }];
};

const inferMatMul = (context: InferContext): readonly ValueType[] => {
  const a = input(context, 0);
  const b = input(context, 1);
  const { type } = a;
  requireRank(context, 'input A', a.shape, 1);
  requireRank(context, 'input B', b.shape, 1);
  const left = a.shape.length === 1 ? [1, ...a.shape] : a.shape;
  const right = b.shape.length === 1 ? [...b.shape, 1] : b.shape;
  const [m = 1, k = 1] = left.slice(-2);
  const [l = 1, n = 1] = right.slice(-2);
  requireEqual(context, k, l, graphSays.contractionClash(a.shape, b.shape, k, l));
  const batch = broadcast(context, [left.slice(0, -2), right.slice(0, -2)]);
  const shape = [...batch, ...(a.shape.length === 1 ? [] : [m]), ...(b.shape.length === 1 ? [] : [n])];
  return [{ type, shape }];
};

const gemmFacts = (context: FactsContext) => {
  const scaled = mulBounds(dotBounds(bounds(context, 0), bounds(context, 1)), point(float(context.attrs, 'alpha')));
  const bias = context.inputs[2];
  return bias === undefined ? scaled : addBounds(scaled, mulBounds(bias, point(float(context.attrs, 'beta'))));
};

const convolutionAttrs = {
  ...windowAttrs,
  group: atLeast(1, intDefault(1)),
  kernel_shape: atLeast(1, optional('ints')),
};

/** Weighted sums. */
export const linear = {
  Conv: row({
    summary: 'Convolution of [N, C, …] with a weight [M, C/group, …] and an optional bias [M].',
    inputs: [port('X'), port('W'), optionalPort('B')],
    types: { T: floatTypes },
    outputs: ['Y'],
    attrs: convolutionAttrs,
    kind: byWeight,
    infer: inferConv,
    facts: convFacts,
  }),
  ConvTranspose: row({
    summary: 'Transposed convolution of [N, C, …] with a weight [C, M/group, …]: the adjoint of Conv.',
    inputs: [port('X'), port('W'), optionalPort('B')],
    types: { T: floatTypes },
    outputs: ['Y'],
    attrs: {
      ...convolutionAttrs,
      output_padding: atLeast(0, optional('ints')),
      output_shape: atLeast(1, optional('ints')),
    },
    kind: byWeight,
    infer: inferConvTranspose,
    facts: convFacts,
  }),
  Gemm: row({
    summary: 'alpha · A B + beta · C on matrices; transA and transB transpose first.',
    inputs: [port('A'), port('B'), optionalPort('C')],
    types: { T: wideTypes },
    outputs: ['Y'],
    attrs: { alpha: floatDefault(1), beta: floatDefault(1), transA: flag(0), transB: flag(0) },
    kind: byEitherSide,
    infer: inferGemm,
    facts: gemmFacts,
  }),
  MatMul: row({
    summary: 'Matrix product over the last two axes, the others broadcast.',
    inputs: [port('A'), port('B')],
    types: { T: wideTypes },
    outputs: ['Y'],
    attrs: {},
    kind: byEitherSide,
    infer: inferMatMul,
    facts: (context) => dotBounds(bounds(context, 0), bounds(context, 1)),
  }),
} satisfies Record<string, Row>;
