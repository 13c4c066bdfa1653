import { graphSays, refuse } from '@kirchhoff/message';
import { equalDim, exactDivDim, mulDim, productDim } from '../dim.js';
import type { Dim } from '../graph.js';
import { atLeast, choice, flag, int, intDefault, optional, optionalInts, required } from './attribute.js';
import { passing } from './bounds.js';
import { elementAt, rebuild, reshaped } from './known.js';
import { row, type Row } from './row.js';
import type { InferContext, KnownTensor, ValueType } from './row.js';
import { axesOnce, axisOf, input, numbersOf, optionalPort, port, requireKnown, requireRank } from './shape.js';
import { anyTypes } from './types.js';

/** The target of Reshape: 0 copies the input's dimension, one -1 takes what is left. */
const reshapeTarget = (context: InferContext): readonly Dim[] => {
  const { shape } = input(context, 0);
  const asked = requireKnown(context, 1, 'shape').values;
  const copies = int(context.attrs, 'allowzero') === 0;
  const target = asked.map((d, i) =>
    d === 0 && copies ? (shape[i] ?? refuse(context.name, graphSays.reshapeZero(i, shape))) : d,
  );
  const free = target.indexOf(-1);
  if (free < 0) {
    if (!equalDim(productDim(shape), productDim(target))) refuse(context.name, graphSays.reshapeClash(shape, target));
    return target;
  }
  if (target.lastIndexOf(-1) !== free) refuse(context.name, graphSays.reshapeTwice(target));
  const others = productDim(target.filter((_, i) => i !== free));
  const total = productDim(shape);
  const left = others === 0 ? 0 : exactDivDim(total, others);
  return target.map((d, i) => (i === free ? (left ?? refuse(context.name, graphSays.reshapeClash(shape, target))) : d));
};

/** A negative axis counts from the rank; the rank itself is allowed and leaves [all, 1]. */
const flattened = (context: InferContext): readonly Dim[] => {
  const { shape } = input(context, 0);
  const axis = int(context.attrs, 'axis');
  const cut = axis === shape.length ? axis : axisOf(context, axis, shape);
  return [productDim(shape.slice(0, cut)), productDim(shape.slice(cut))];
};

const permutation = (context: InferContext): readonly number[] => {
  const { shape } = input(context, 0);
  const perm = optionalInts(context.attrs, 'perm') ?? shape.map((_, i) => shape.length - 1 - i);
  const complete = perm.length === shape.length && shape.every((_, i) => perm.includes(i));
  return complete ? perm : refuse(context.name, graphSays.badPermutation(perm, shape));
};

const evaluateTranspose = (context: InferContext): KnownTensor | undefined => {
  const known = context.known(0);
  if (known === undefined) return undefined;
  const perm = permutation(context);
  return rebuild(
    perm.map((axis) => known.shape[axis] ?? 1),
    (index) =>
      elementAt(
        known,
        known.shape.map((_, axis) => index[perm.indexOf(axis)] ?? 0),
      ),
  );
};

/** Axes named by the optional second input, counted against `slots` places. */
const namedAxes = (context: InferContext, slots: number): readonly number[] | undefined => {
  if (context.inputs[1] === undefined) return undefined;
  const { shape } = input(context, 0);
  return axesOnce(context, numbersOf(context, requireKnown(context, 1, 'axes'), 'an axis'), shape, slots);
};

const squeezed = (context: InferContext): readonly Dim[] => {
  const { shape } = input(context, 0);
  const axes = namedAxes(context, shape.length) ?? shape.flatMap((d, i) => (d === 1 ? [i] : []));
  const wrong = axes.find((a) => shape[a] !== 1);
  if (wrong !== undefined) refuse(context.name, graphSays.notSqueezable(wrong, shape));
  return shape.filter((_, i) => !axes.includes(i));
};

const unsqueezed = (context: InferContext): readonly Dim[] => {
  const { shape } = input(context, 0);
  const rank = shape.length + requireKnown(context, 1, 'axes').values.length;
  const axes = namedAxes(context, rank) ?? [];
  let from = 0;
  return Array.from({ length: rank }, (_, i) => (axes.includes(i) ? 1 : (shape[from++] ?? 1)));
};

/** A row that keeps every value and its order, and only names the axes anew. */
const relabel = (
  summary: string,
  inputs: Row['inputs'],
  attrs: Row['attrs'],
  shapeOf: (context: InferContext) => readonly Dim[],
): Row =>
  row({
    summary,
    inputs,
    types: { T: anyTypes },
    outputs: ['output'],
    attrs,
    kind: 'structural',
    infer: (context) => [{ type: input(context, 0).type, shape: shapeOf(context) }],
    evaluate: (context) => reshaped(context, shapeOf(context)),
    facts: passing,
  });

const divided = (context: InferContext, what: string, value: Dim, by: number): Dim =>
  exactDivDim(value, by) ?? refuse(context.name, graphSays.notDivisible(what, value, by));

const inferBlocks =
  (toDepth: boolean) =>
  (context: InferContext): readonly ValueType[] => {
    const { type, shape } = input(context, 0);
    requireRank(context, 'input', shape, 4, 4);
    const [n = 1, c = 1, h = 1, w = 1] = shape;
    const size = int(context.attrs, 'blocksize');
    const area = size * size;
    return [
      {
        type,
        shape: toDepth
          ? [n, mulDim(c, area), divided(context, 'height', h, size), divided(context, 'width', w, size)]
          : [n, divided(context, 'the number of channels', c, area), mulDim(h, size), mulDim(w, size)],
      },
    ];
  };

/** Operators that give the same values another shape or order. */
export const reshape = {
  Reshape: relabel(
    'The same values under another shape; 0 copies a dimension (unless allowzero), -1 takes what is left.',
    [port('data'), port('shape', 'int64')],
    { allowzero: flag(0) },
    reshapeTarget,
  ),
  Flatten: relabel(
    'A matrix: the axes before `axis` by the others.',
    [port('input')],
    { axis: intDefault(1) },
    flattened,
  ),
  Squeeze: relabel(
    'Without the named axes of size 1 (all of them where none is named).',
    [port('data'), optionalPort('axes', 'int64')],
    {},
    squeezed,
  ),
  Unsqueeze: relabel(
    'With new axes of size 1 at the named places of the output.',
    [port('data'), port('axes', 'int64')],
    {},
    unsqueezed,
  ),
  Transpose: row({
    summary: 'Axes in another order (reversed where perm is left out).',
    inputs: [port('data')],
    types: { T: anyTypes },
    outputs: ['transposed'],
    attrs: { perm: optional('ints') },
    kind: 'structural',
    infer: (context) => {
      const { type, shape } = input(context, 0);
      return [{ type, shape: permutation(context).map((axis) => shape[axis] ?? 1) }];
    },
    evaluate: evaluateTranspose,
    facts: passing,
  }),
  DepthToSpace: row({
    summary: 'Blocks of channels become blocks of height × width.',
    inputs: [port('input')],
    types: { T: anyTypes },
    outputs: ['output'],
    attrs: { blocksize: atLeast(1, required('int')), mode: choice('DCR', 'CRD') },
    kind: 'structural',
    infer: inferBlocks(false),
    facts: passing,
  }),
  SpaceToDepth: row({
    summary: 'Blocks of height × width become channels.',
    inputs: [port('input')],
    types: { T: anyTypes },
    outputs: ['output'],
    attrs: { blocksize: atLeast(1, required('int')) },
    kind: 'structural',
    infer: inferBlocks(true),
    facts: passing,
  }),
} satisfies Record<string, Row>;
