import { sym } from '@kirchhoff/formula';
import {
  axisAttribute,
  fromFront,
  intAttribute,
  intsAttribute,
  textAttribute,
  type Dim,
  type OpName,
} from '@kirchhoff/graph';
import { refuse, relevanceSays } from '@kirchhoff/message';
import { noPasses, type Crossed, type Crossing, type Leak } from './crossing.js';
import { relocated } from './relocation.js';
import { resizeMap } from './linear/resize.js';
import { gathered, gatheredElements, gatheredPlaces, oneHot } from './lookup.js';
import {
  expandLike,
  reduceLike,
  reshapeLike,
  reshapeTo,
  sizeAt,
  sizesOf,
  sizeTensor,
  zerosLike,
  zerosOf,
  type Size,
} from './value.js';

/** Relevance of the value at each port, computed or constant; what a constant receives becomes the leak `constant`. */
export type Structural = (crossing: Crossing) => ReadonlyMap<number, string>;

const hintOf = ({ node }: Crossing): string => `${node.name}/message`;

const only = (crossing: Crossing): string => crossing.relevance[0]!;

const reshaped: Structural = (crossing) =>
  new Map([[0, reshapeLike(crossing.b, only(crossing), crossing.node.inputs[0]!, hintOf(crossing))]]);

const passed: Structural = (crossing) => new Map([[0, only(crossing)]]);

const transposed: Structural = (crossing) => {
  const { b, node } = crossing;
  const rank = b.dims(node.name).length;
  const written = intsAttribute(node, 'perm');
  const perm = written && written.length > 0 ? written : Array.from({ length: rank }, (_, i) => rank - 1 - i);
  const inverse = perm.map((_, i) => perm.indexOf(i));
  return new Map([[0, b.emit(hintOf(crossing), 'Transpose', [only(crossing)], { perm: inverse })]]);
};

const concatenated: Structural = (crossing) => {
  const { b, node } = crossing;
  const rank = b.dims(node.name).length;
  const axis = axisAttribute(node, rank);
  const hint = hintOf(crossing);
  let start: Size | string = 0;
  return new Map(
    node.inputs.map((input, port) => {
      const from = typeof start === 'string' ? start : sizeTensor(b, start);
      const size = sizeAt(b, input, axis);
      start =
        typeof start === 'number' && typeof size === 'number'
          ? start + size
          : b.emit(`${hint}.end`, 'Add', [from, sizeTensor(b, size)]);
      const to = typeof start === 'string' ? start : sizeTensor(b, start);
      return [port, b.emit(hint, 'Slice', [only(crossing), from, to, b.ints([axis])])];
    }),
  );
};

/** A Slice of one axis, the one at `index` in its lists. */
interface Cut {
  readonly axis: number;
  readonly index: number;
  readonly start: Dim;
  readonly step: number;
}

/** Slice: what was cut away gets 0. Each sliced axis is scattered back to where it came from, those of unknown size last. */
const sliced: Structural = (crossing) => {
  const { b, node } = crossing;
  const x = node.inputs[0]!;
  const rank = b.dims(x).length;
  const [starts, givenAxes, givenSteps] = [1, 3, 4].map((port) =>
    node.inputs[port] ? b.known(node.inputs[port])?.values : undefined,
  );
  if (starts === undefined) return refuse(node.name, relevanceSays.unknownSlice);
  const cuts = starts.map((start, index): Cut => {
    const axis = Number(givenAxes?.[index] ?? index);
    return { axis: fromFront(axis, rank), index, start, step: Number(givenSteps?.[index] ?? 1) };
  });
  const isFixed = ({ axis, start }: Cut): boolean =>
    typeof start === 'number' && [x, node.name].every((name) => typeof b.dims(name)[axis] === 'number');
  const open = cuts.filter(
    (cut) => !isFixed(cut) && !(cut.step === 1 && b.dims(x)[cut.axis] === b.dims(node.name)[cut.axis]),
  );
  const restored = cuts.filter(isFixed).reduce((value, cut) => restoreFixed(crossing, cut, value), only(crossing));
  return new Map([[0, open.reduce((value, cut) => restoreOpen(crossing, cut, value), restored)]]);
};

/** Puts a sliced axis back in its place, both sizes being known. */
const restoreFixed = (crossing: Crossing, { axis, start: written, step }: Cut, value: string): string => {
  const { b, node } = crossing;
  const start = Number(written);
  const size = b.dims(node.inputs[0]!)[axis] as number;
  const count = b.dims(node.name)[axis] as number;
  const hint = hintOf(crossing);
  const from = start < 0 ? Math.max(start + size, step < 0 ? -1 : 0) : Math.min(start, step < 0 ? size - 1 : size);
  if (step === 1) {
    const pads = [from, size - from - count];
    return pads.every((pad) => pad === 0) ? value : b.emit(hint, 'Pad', [value, b.ints(pads), '', b.ints([axis])]);
  }
  const places = b.ints(Array.from({ length: count }, (_, k) => from + k * step));
  const gap = b.emit(hint, 'Pad', [value, b.ints([0, size - count]), '', b.ints([axis])]);
  return scatterAlong(crossing, axis, places, value, zerosLike(b, gap, hint));
};

/** Puts a sliced axis of open size back: its places are what the same Slice leaves of 0, 1, 2, … */
const restoreOpen = (crossing: Crossing, { axis, index, step }: Cut, value: string): string => {
  const { b, node } = crossing;
  const [x = '', starts = '', ends = ''] = node.inputs;
  const hint = hintOf(crossing);
  const size = b.emit(hint, 'Squeeze', [b.emit(hint, 'Shape', [x], { start: axis, end: axis + 1 }), b.ints([0])]);
  const integer = (number: number): string => b.constant('int64', [], [number]);
  const all = b.emit(hint, 'Range', [integer(0), size, integer(1)]);
  const own = (list: string): string => {
    const known = b.known(list)?.values[index];
    return typeof known === 'number'
      ? b.ints([known])
      : b.emit(hint, 'Slice', [list, b.ints([index]), b.ints([index + 1]), b.ints([0])]);
  };
  const places = b.emit(hint, 'Slice', [all, own(starts), own(ends), b.ints([0]), b.ints([step])]);
  const whole = sizesOf(b, value).map((one, at) => (at === axis ? sizeAt(b, x, axis) : one));
  return scatterAlong(crossing, axis, places, value, zerosOf(b, whole, hint));
};

/** `value` at these places of an axis, among these zeros. */
const scatterAlong = (crossing: Crossing, axis: number, places: string, value: string, zeros: string): string => {
  const { b } = crossing;
  const hint = hintOf(crossing);
  const rank = b.dims(value).length;
  const column = b.emit(hint, 'Reshape', [
    places,
    b.ints(Array.from({ length: rank }, (_, k) => (k === axis ? -1 : 1))),
  ]);
  const index = expandLike(b, column, value, `${hint}.index`);
  return b.emit(hint, 'ScatterElements', [zeros, index, value], { axis });
};

/** What of `R` a padding received: everything outside the padded value. */
const outside = (crossing: Crossing): string => {
  const { b, node } = crossing;
  const hint = `${node.name}/leak.constant`;
  const inside = b.emit(hint, 'Pad', [
    expandLike(b, b.scalar(1), node.inputs[0]!, hint),
    node.inputs[1]!,
    '',
    ...(node.inputs[3] ? [node.inputs[3]] : []),
  ]);
  return b.emit(hint, 'Where', [b.emit(hint, 'Equal', [inside, b.scalar(0)]), only(crossing), b.scalar(0)]);
};

const padded: Structural = (crossing) => {
  const { b, node, constant } = crossing;
  if (textAttribute(node, 'mode') !== 'constant') return relocated(crossing, [0]);
  const [, given = '', value = '', named = ''] = node.inputs;
  const rank = b.dims(node.name).length;
  const pads = b.known(given)?.values;
  if (!pads?.every((pad) => typeof pad === 'number')) return refuse(node.name, relevanceSays.unknownPad);
  const axesGiven = named === '' ? undefined : b.known(named)?.values.map(Number);
  const axes = (axesGiven ?? Array.from({ length: rank }, (_, i) => i)).map((axis) => fromFront(axis, rank));
  const hint = hintOf(crossing);
  const inverse = pads.map((pad) => -pad);
  const kept = b.emit(hint, 'Pad', [only(crossing), b.ints(inverse), '', b.ints(axes)]);
  return new Map(
    constant(value)
      ? [[0, kept]]
      : [
          [0, kept],
          [2, reduceLike(b, outside(crossing), value, hint)],
        ],
  );
};

/** Where: each element's relevance belongs to the operand it was taken from. */
const chosen: Structural = (crossing) => {
  const { b, node, constant } = crossing;
  const [condition = '', then = '', otherwise = ''] = node.inputs;
  const hint = hintOf(crossing);
  const R = expandLike(b, only(crossing), node.name, hint);
  const share = (operand: string, value: string): string =>
    constant(operand) ? value : reduceLike(b, value, operand, hint);
  return new Map([
    [1, share(then, b.emit(hint, 'Where', [condition, R, b.scalar(0)]))],
    [2, share(otherwise, b.emit(hint, 'Where', [condition, b.scalar(0), R]))],
  ]);
};

/** What a repeated constant receives stays where it arrived: summed up, it could not be told apart by sample. */
const expanded: Structural = (crossing) => {
  const { b, node, constant } = crossing;
  const [x = ''] = node.inputs;
  return new Map([[0, constant(x) ? only(crossing) : reduceLike(b, only(crossing), x, hintOf(crossing))]]);
};

const tiled: Structural = (crossing) => {
  const { b, node, constant } = crossing;
  const x = node.inputs[0]!;
  if (constant(x)) return new Map([[0, only(crossing)]]);
  const repeats = b.known(node.inputs[1]!)?.values;
  if (!repeats?.every((count) => typeof count === 'number')) return refuse(node.name, relevanceSays.unknownTile);
  const split = sizesOf(b, x).flatMap((size, i) => [repeats[i]!, size]);
  const hint = hintOf(crossing);
  const wide = reshapeTo(b, only(crossing), split, hint);
  const summed = b.emit(hint, 'ReduceSum', [wide, b.ints(repeats.map((_, i) => 2 * i))], { keepdims: 0 });
  return new Map([[0, summed]]);
};

const split: Structural = (crossing) => {
  const { b, node, relevance } = crossing;
  const names = [node.name, ...(node.outputs ?? [])];
  const hint = hintOf(crossing);
  const parts = names.map((name, i) => relevance[i] ?? zerosLike(b, name, hint));
  return new Map([[0, b.emit(hint, 'Concat', parts, { axis: intAttribute(node, 'axis') })]]);
};

/** Nearest Resize: each place gets back what its copies received. */
const resized: Structural = (crossing) => {
  const { b, node, constant, batch } = crossing;
  const map = resizeMap({ b, node, constant, batch, boundOf: () => ({ low: 0, high: 1 }) });
  return new Map([[0, map.adjoint(only(crossing), sym('w'), 0, hintOf(crossing))]]);
};

/** Trilu: a triangle is its own adjoint. */
const triangle: Structural = (crossing) => {
  const { b, node } = crossing;
  const inputs = [only(crossing), ...node.inputs.slice(1)];
  return new Map([[0, b.emit(hintOf(crossing), 'Trilu', inputs, node.attrs)]]);
};

/** TopK: each value belongs to the place that its index names. */
const chosenFew: Structural = (crossing) => {
  const { b, node } = crossing;
  const hint = hintOf(crossing);
  const axis = intAttribute(node, 'axis');
  const places = b.furtherOutput(node.name, 1);
  const zeros = zerosLike(b, node.inputs[0]!, hint);
  return new Map([[0, b.emit(hint, 'ScatterElements', [zeros, places, only(crossing)], { axis })]]);
};

const toDepth: Structural = (crossing) =>
  new Map([[0, crossing.b.emit(hintOf(crossing), 'DepthToSpace', [only(crossing)], crossing.node.attrs)]]);

/** DepthToSpace: SpaceToDepth puts the place in the block before the channel, as mode DCR has it; CRD has it after. */
const toSpace: Structural = (crossing) => {
  const { b, node } = crossing;
  const blocksize = intAttribute(node, 'blocksize');
  const hint = hintOf(crossing);
  const deep = b.emit(hint, 'SpaceToDepth', [only(crossing)], { blocksize });
  if (textAttribute(node, 'mode') === 'DCR') return new Map([[0, deep]]);
  const [, channels] = b.dims(node.inputs[0]!);
  if (typeof channels !== 'number') return refuse(node.name, relevanceSays.symbolicChannels(String(channels)));
  const area = blocksize * blocksize;
  const order = Array.from({ length: channels }, (_, q) => (q % area) * (channels / area) + Math.floor(q / area));
  return new Map([[0, b.emit(hint, 'Gather', [deep, b.ints(order)], { axis: 1 })]]);
};

/** ReverseSequence: turned round once more, everything is where it was. */
const turnedBack: Structural = (crossing) => {
  const { b, node } = crossing;
  return new Map([[0, b.emit(hintOf(crossing), 'ReverseSequence', [only(crossing), node.inputs[1]!], node.attrs)]]);
};

const from =
  (...ports: readonly number[]): Structural =>
  (crossing) =>
    relocated(crossing, ports);

/** How relevance crosses the operators that only move values about. */
const table: Partial<{ readonly [Op in OpName]: Structural }> = {
  Identity: passed,
  Dropout: passed,
  Cast: passed,
  Reshape: reshaped,
  Flatten: reshaped,
  Squeeze: reshaped,
  Unsqueeze: reshaped,
  Transpose: transposed,
  Concat: concatenated,
  Slice: sliced,
  Pad: padded,
  Where: chosen,
  Expand: expanded,
  Tile: tiled,
  Gather: gathered,
  GatherElements: gatheredElements,
  OneHot: oneHot,
  Split: split,
  Resize: resized,
  Trilu: triangle,
  TopK: chosenFew,
  DepthToSpace: toSpace,
  SpaceToDepth: toDepth,
  ReverseSequence: turnedBack,
  GatherND: gatheredPlaces,
  ScatterElements: from(0, 2),
  ScatterND: from(0, 2),
  Compress: from(0),
};

/** What of `R` the zeros beside a triangle received. */
const beside = (crossing: Crossing): string => {
  const kept = triangle(crossing).get(0)!;
  return crossing.b.emit(`${crossing.node.name}/leak.constant`, 'Sub', [only(crossing), kept]);
};

/** What of `R` belongs to no operand: to elements that the operator itself puts in. */
const fillings: Partial<{ readonly [Op in OpName]: (crossing: Crossing) => string | undefined }> = {
  Pad: (crossing) =>
    textAttribute(crossing.node, 'mode') === 'constant' && crossing.constant(crossing.node.inputs[2] ?? '')
      ? outside(crossing)
      : undefined,
  Trilu: beside,
};

/** Relevance across a structural node: it follows the value it belongs to. */
export const crossStructural = (crossing: Crossing): Crossed => {
  const { node, constant } = crossing;
  const cross = table[node.op];
  if (cross === undefined) return refuse(node.name, relevanceSays.noCrossing(node.op));
  const messages = new Map<number, string>();
  const filling = fillings[node.op]?.(crossing);
  const leaks: Leak[] = filling === undefined ? [] : [{ cause: 'constant', value: { tensor: filling } }];
  for (const [port, message] of cross(crossing)) {
    if (constant(node.inputs[port]!)) leaks.push({ cause: 'constant', value: { tensor: message } });
    else messages.set(port, message);
  }
  return { messages, support: { rooted: crossing.support.rooted }, leaks, passes: noPasses };
};
