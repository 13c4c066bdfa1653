import { attributesOf, int, makerOf, sizeOf, transposedWindowOf, windowOf } from '@kirchhoff/graph';
import type { WriteOut } from './computed-weight.js';

/** Along one axis: the element of the input that kernel element `k` brings to output `o`, at `k · outputs + o`; −1 in padding. */
type Places = readonly number[];

interface Axis {
  readonly size: number;
  readonly kernel: number;
  readonly outputs: number;
  readonly stride: number;
  readonly dilation: number;
  /** The pad before the axis. */
  readonly pad: number;
}

const placesOf = (transposed: boolean, { size, kernel, outputs, stride, dilation, pad }: Axis): Places =>
  Array.from({ length: kernel * outputs }, (_, at) => {
    const o = at % outputs;
    const k = (at - o) / outputs;
    const place = transposed ? (o + pad - k * dilation) / stride : o * stride - pad + k * dilation;
    return Number.isInteger(place) && place >= 0 && place < size ? place : -1;
  });

/**
 * Conv and ConvTranspose: each output's sources, laid side by side, times the weight as a matrix. What lies outside the
 * input, and between the elements that a stride of ConvTranspose moves apart, is read from one zero behind each axis.
 */
export const writtenOutConvolution: WriteOut = (node, view, draft) => {
  const [x = '', weight = '', bias = ''] = node.inputs;
  const transposed = node.op === 'ConvTranspose';
  const attrs = attributesOf(node);
  const [dims, weightDims, outDims] = [x, weight, node.name].map((name) => view.type(name)!.shape) as [
    readonly number[],
    readonly number[],
    readonly number[],
  ];
  if (![...dims.slice(1), ...weightDims, ...outDims.slice(1)].every((dim) => typeof dim === 'number')) return undefined;
  const [, channels = 1, ...sizes] = dims;
  const [, outChannels = 1, ...outputs] = outDims;
  const kernel = weightDims.slice(2);
  const { strides, dilations, pads } = (transposed ? transposedWindowOf : windowOf)(attrs, sizes, kernel);
  if (pads === undefined) return undefined;
  const group = int(attrs, 'group');
  const places = sizes.map((size, i) =>
    placesOf(transposed, {
      size,
      kernel: kernel[i]!,
      outputs: outputs[i]!,
      stride: strides[i]!,
      dilation: dilations[i]!,
      pad: pads[i]!,
    }),
  );

  const { make, tensor, ending } = makerOf(view.fresh, `${node.name}.`, { tensors: draft.tensors });
  const integers = (part: string, shape: readonly number[], data: readonly number[]): string =>
    tensor(part, { type: 'int64', shape, data });
  const reshape = (part: string, tensor: string, shape: readonly number[]): string =>
    make(part, 'Reshape', [tensor, integers(`${part}.shape`, [shape.length], shape)]);

  const open = places.map((list) => (list.includes(-1) ? 1 : 0));
  let source = x;
  if (open.includes(1)) {
    const all = [0, 0, ...sizes.map(() => 0), 0, 0, ...open];
    source = make('padded', 'Pad', [x, integers('pads', [all.length], all)]);
  }
  places.forEach((list, i) => {
    const indices = list.map((place) => (place < 0 ? sizes[i]! : place));
    source = make('sources', 'Gather', [source, integers('places', [kernel[i]!, outputs[i]!], indices)], {
      axis: 2 + 2 * i,
    });
  });
  const pairs = kernel.flatMap((k, i) => [k, outputs[i]!]);
  const grouped = reshape('grouped', source, [0, group, channels / group, ...pairs]);
  const perm = [0, 1, ...sizes.map((_, i) => 4 + 2 * i), 2, ...sizes.map((_, i) => 3 + 2 * i)];
  const taken = (channels / group) * sizeOf(kernel);
  const rows = reshape('rows', make('turned', 'Transpose', [grouped], { perm }), [0, group, sizeOf(outputs), taken]);

  const perGroup = outChannels / group;
  const matrix = transposed
    ? reshape(
        'matrix',
        make(
          'weight.turned',
          'Transpose',
          [reshape('weight', weight, [group, channels / group, perGroup, sizeOf(kernel)])],
          { perm: [0, 1, 3, 2] },
        ),
        [group, taken, perGroup],
      )
    : make('matrix', 'Transpose', [reshape('weight', weight, [group, perGroup, taken])], { perm: [0, 2, 1] });

  const product = make('product', 'MatMul', [rows, matrix], {}, node.roles);
  const moved = make('channels', 'Transpose', [product], { perm: [0, 1, 3, 2] });
  const total = reshape('total', moved, [0, outChannels, ...outputs]);
  if (bias !== '') make('sum', 'Add', [total, reshape('bias', bias, [outChannels, ...outputs.map(() => 1)])]);
  return ending(node.name);
};
