import { axisAttribute, intAttribute } from '@kirchhoff/graph';
import type { Builder } from './builder.js';
import { relocated } from './relocation.js';
import type { Structural } from './structural.js';
import { expandLike, reshapeTo, sizeAt, sizesOf, zerosLike } from './value.js';

/** Sums away all axes but these, in the shape of `like`: what the features of a token received, it received. */
const summedInto = (b: Builder, value: string, first: number, like: string, hint: string): string => {
  const count = b.dims(like).length;
  const axes = b.dims(value).flatMap((_, axis) => (axis < first || axis >= first + count ? [axis] : []));
  return axes.length === 0 ? value : b.emit(hint, 'ReduceSum', [value, b.ints(axes)], { keepdims: 0 });
};

/** Gather: relevance goes back to the rows it was read from; that of a constant table's rows to the ids that chose them. */
export const gathered: Structural = ({ b, node, constant, relevance }) => {
  const [data = '', indices = ''] = node.inputs;
  const rank = b.dims(data).length;
  const axis = axisAttribute(node, rank);
  const hint = `${node.name}/message`;
  if (constant(data)) return new Map([[1, summedInto(b, relevance[0]!, axis, indices, hint)]]);
  const rest = sizesOf(b, data);
  const flat = b.emit(hint, 'Reshape', [indices, b.ints([-1])]);
  const value = reshapeTo(
    b,
    relevance[0]!,
    [...rest.slice(0, axis), sizeAt(b, flat, 0), ...rest.slice(axis + 1)],
    hint,
  );
  const column = b.emit(hint, 'Reshape', [
    flat,
    b.ints([...Array<number>(axis).fill(1), -1, ...Array<number>(rank - axis - 1).fill(1)]),
  ]);
  const index = expandLike(b, column, value, hint);
  return new Map([
    [0, b.emit(hint, 'ScatterElements', [zerosLike(b, data, hint), index, value], { axis, reduction: 'add' })],
  ]);
};

export const gatheredElements: Structural = ({ b, node, constant, relevance }) => {
  const [data = '', indices = ''] = node.inputs;
  if (constant(data)) return new Map([[1, relevance[0]!]]);
  const axis = intAttribute(node, 'axis');
  const hint = `${node.name}/message`;
  const made = b.emit(hint, 'ScatterElements', [zerosLike(b, data, hint), indices, relevance[0]!], {
    axis,
    reduction: 'add',
  });
  return new Map([[0, made]]);
};

/** OneHot: the row belongs to the index that chose it. */
export const oneHot: Structural = ({ b, node, relevance }) => {
  const rank = b.dims(node.name).length;
  const axis = axisAttribute(node, rank);
  return new Map([[0, b.emit(`${node.name}/message`, 'ReduceSum', [relevance[0]!, b.ints([axis])], { keepdims: 0 })]]);
};

/** GatherND: as Gather; the coordinates of a place in a constant table carry equal parts of what was read there. */
export const gatheredPlaces: Structural = (crossing) => {
  const { b, node, constant, relevance } = crossing;
  const [data = '', indices = ''] = node.inputs;
  if (!constant(data)) return relocated(crossing, [0]);
  const hint = `${node.name}/message`;
  const lead = b.dims(indices).length - 1;
  const coordinates = Number(b.dims(indices)[lead]);
  const axes = b.dims(node.name).flatMap((_, axis) => (axis < lead ? [] : [axis]));
  const summed =
    axes.length === 0 ? relevance[0]! : b.emit(hint, 'ReduceSum', [relevance[0]!, b.ints(axes)], { keepdims: 0 });
  const column = b.emit(hint, 'Unsqueeze', [summed, b.ints([-1])]);
  const part = coordinates === 1 ? column : b.emit(hint, 'Mul', [column, b.scalar(1 / coordinates)]);
  return new Map([[1, expandLike(b, part, indices, hint)]]);
};
