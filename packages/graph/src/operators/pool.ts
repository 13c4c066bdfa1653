import { bounds, passing, withZero } from './bounds.js';
import { atLeast, flag, int, ints, required } from './attribute.js';
import { row, type Row } from './row.js';
import type { FactsContext, InferContext, Interval, ValueType } from './row.js';
import { input, port, requireRank } from './shape.js';
import { floatTypes } from './types.js';
import { kernelOf, windowAttrs, windowOf } from './window.js';

const inferPool = (context: InferContext): ValueType => {
  const x = input(context, 0);
  requireRank(context, 'input', x.shape, 3);
  const [batch = 1, channels = 1, ...spatial] = x.shape;
  const { output } = windowOf(context.attrs, spatial, kernelOf(context.attrs, spatial.length));
  return { type: x.type, shape: [batch, channels, ...output] };
};

const inferMaxPool = (context: InferContext): readonly ValueType[] => {
  const y = inferPool(context);
  return context.outputCount > 1 ? [y, { type: 'int64', shape: y.shape }] : [y];
};

const inferGlobal = (context: InferContext): readonly ValueType[] => {
  const x = input(context, 0);
  requireRank(context, 'input', x.shape, 3);
  return [{ type: x.type, shape: x.shape.map((d, i) => (i < 2 ? d : 1)) }];
};

/** Counted zero padding takes part in the mean. */
const averageFacts = (context: FactsContext): Interval => {
  const padded = context.attrs['auto_pad'] !== 'VALID' && ints(context.attrs, 'pads', []).some((p) => p > 0);
  const counted = int(context.attrs, 'count_include_pad') === 1;
  const automatic = String(context.attrs['auto_pad']).startsWith('SAME');
  return counted && (padded || automatic || int(context.attrs, 'ceil_mode') === 1)
    ? withZero(bounds(context, 0))
    : bounds(context, 0);
};

const poolAttrs = { ...windowAttrs, ceil_mode: flag(0), kernel_shape: atLeast(1, required('ints')) };

/** Sliding and global windows over the spatial axes of [N, C, …]. */
export const pool = {
  MaxPool: row({
    summary: 'Largest element of each window; the second output names its flat position in the input.',
    inputs: [port('X')],
    types: { T: ['float32', 'float64', 'uint8', 'int8'] },
    outputs: ['Y', 'Indices'],
    attrs: { ...poolAttrs, storage_order: flag(0) },
    kind: 'maximum',
    infer: inferMaxPool,
    facts: passing,
  }),
  AveragePool: row({
    summary: 'Mean of each window.',
    inputs: [port('X')],
    types: { T: floatTypes },
    outputs: ['Y'],
    attrs: { ...poolAttrs, count_include_pad: flag(0) },
    kind: 'plain',
    infer: (context) => [inferPool(context)],
    facts: averageFacts,
  }),
  GlobalAveragePool: row({
    summary: 'Mean over all spatial axes.',
    inputs: [port('X')],
    types: { T: floatTypes },
    outputs: ['Y'],
    attrs: {},
    kind: 'plain',
    infer: inferGlobal,
    facts: passing,
  }),
  GlobalMaxPool: row({
    summary: 'Largest element over all spatial axes.',
    inputs: [port('X')],
    types: { T: floatTypes },
    outputs: ['Y'],
    attrs: {},
    kind: 'maximum',
    infer: inferGlobal,
    facts: passing,
  }),
} satisfies Record<string, Row>;
