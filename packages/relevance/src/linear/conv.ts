import {
  attributesOf,
  intAttribute,
  intsAttribute,
  transposedWindowOf,
  windowOf,
  type Attributes,
} from '@kirchhoff/graph';
import { refuse, relevanceSays } from '@kirchhoff/message';
import type { Builder } from '../builder.js';
import { shapeTensor, sizeAt } from '../value.js';
import { inputAt, isGiven, sourceTensor, weightTensor, type LinearContext, type LinearMap } from './map.js';

interface Window {
  readonly strides: readonly number[];
  readonly dilations: readonly number[];
  readonly begins: readonly number[];
  readonly ends: readonly number[];
  readonly kernel: readonly number[];
  readonly group: number;
}

/** Strides, dilations, pads and kernel of a Conv or ConvTranspose, whether its pads are written out or automatic. */
const windowAt = ({ b, node }: LinearContext, place: typeof windowOf): Window => {
  const attrs = attributesOf(node);
  const kernel = b.dims(inputAt(node, 1)).slice(2).map(Number);
  const spatial = b.dims(inputAt(node, 0)).slice(2);
  const { strides, dilations, pads } = place(attrs, spatial, kernel);
  if (pads === undefined) {
    return refuse(node.name, relevanceSays.symbolicStride(String(spatial.find((dim) => typeof dim === 'string'))));
  }
  return {
    strides,
    dilations,
    begins: pads.slice(0, kernel.length),
    ends: pads.slice(kernel.length),
    kernel,
    group: intAttribute(node, 'group'),
  };
};

const attributes = ({ strides, dilations, begins, ends, group }: Window): Attributes => ({
  strides,
  dilations,
  pads: [...begins, ...ends],
  group,
});

/** W as the weight of the opposite convolution: channels swapped within each group, space flipped. */
const flipped = (b: Builder, weight: string, { kernel, group }: Window, hint: string): string => {
  const [out = 0, inPerGroup = 0] = b.dims(weight).map(Number);
  const space = kernel.map((_, i) => i);
  let swapped: string;
  if (group === 1) {
    swapped = b.emit(hint, 'Transpose', [weight], { perm: [1, 0, ...space.map((i) => i + 2)] });
  } else {
    const split = b.emit(hint, 'Reshape', [weight, b.ints([group, out / group, inPerGroup, ...kernel])]);
    const turned = b.emit(hint, 'Transpose', [split], { perm: [0, 2, 1, ...space.map((i) => i + 3)] });
    swapped = b.emit(hint, 'Reshape', [turned, b.ints([group * inPerGroup, out / group, ...kernel])]);
  }
  if (kernel.every((k) => k === 1)) return swapped;
  return b.emit(hint, 'Slice', [
    swapped,
    b.ints(space.map(() => -1)),
    b.ints(space.map(() => -(2 ** 31))),
    b.ints(space.map((i) => i + 2)),
    b.ints(space.map(() => -1)),
  ]);
};

/** The adjoint of a convolution with these windows: from the shape of its output to the spatial shape of `x`. */
export const convAdjoint = (b: Builder, d: string, weight: string, window: Window, x: string, hint: string): string => {
  const { strides, dilations, begins, ends, kernel, group } = window;
  const reach = kernel.map((k, i) => dilations[i]! * (k - 1));
  const flat = strides.every((s) => s === 1) && reach.every((r, i) => begins[i]! <= r && ends[i]! <= r);
  if (flat) {
    const pads = [...reach.map((r, i) => r - begins[i]!), ...reach.map((r, i) => r - ends[i]!)];
    return b.emit(hint, 'Conv', [d, flipped(b, weight, window, `${hint}.flipped`)], { pads, dilations, group });
  }
  const from = b.dims(d).slice(2);
  const to = b.dims(x).slice(2);
  const open = strides.map((stride, i) => stride !== 1 && [from[i], to[i]].some((dim) => typeof dim !== 'number'));
  const outputPadding = strides.map((stride, i) => {
    if (stride === 1) return 0;
    if (open[i]) return stride - 1;
    return Number(to[i]) - ((Number(from[i]) - 1) * stride - begins[i]! - ends[i]! + reach[i]! + 1);
  });
  const placed = {
    ...window,
    begins: begins.map((pad, i) => (open[i] ? 0 : pad)),
    ends: ends.map((pad, i) => (open[i] ? 0 : pad)),
  };
  const made = b.emit(hint, 'ConvTranspose', [d, weight], { ...attributes(placed), output_padding: outputPadding });
  return open.some(Boolean) ? cutOpen(b, made, x, begins, open, hint) : made;
};

/** Along axes of open size: the part of a padded axis that is the axis of `x` itself, `begins` places after its start. */
const cutOpen = (
  b: Builder,
  padded: string,
  x: string,
  begins: readonly number[],
  open: readonly boolean[],
  hint: string,
): string => {
  const axes = open.flatMap((isOpen, i) => (isOpen ? [i] : []));
  const starts = b.ints(axes.map((i) => begins[i]!));
  const sizes = shapeTensor(
    b,
    axes.map((i) => sizeAt(b, x, i + 2)),
    `${hint}.end`,
  );
  const ends = b.emit(`${hint}.end`, 'Add', [sizes, starts]);
  return b.emit(hint, 'Slice', [padded, starts, ends, b.ints(axes.map((i) => i + 2))]);
};

export const convMap = (context: LinearContext): LinearMap => {
  const { b, node } = context;
  const x = inputAt(node, 0);
  const weight = inputAt(node, 1);
  const window = windowAt(context, windowOf);
  return {
    ports: [0],
    bias: isGiven(node, 2) ? channelwise(b, inputAt(node, 2), window.kernel.length) : undefined,
    weight: context.boundOf(weight),
    total: (source, connection, hint) => ({
      tensor: b.emit(
        hint,
        'Conv',
        [sourceTensor(context, source(0), x, `${hint}.source`), weightTensor(b, connection, weight, hint)],
        attributes(window),
      ),
    }),
    adjoint: (d, connection, _port, hint) =>
      convAdjoint(b, d, weightTensor(b, connection, weight, hint), window, x, hint),
  };
};

/** How far the output of a ConvTranspose goes beyond what its windows cover. */
const beyond = (
  { b, node }: LinearContext,
  { strides, dilations, begins, ends, kernel }: Window,
): readonly number[] => {
  const written = intsAttribute(node, 'output_padding') ?? [];
  const from = b.dims(inputAt(node, 0)).slice(2);
  const to = b.dims(node.name).slice(2);
  return kernel.map((k, i) => {
    const [size, count] = [from[i], to[i]];
    if (typeof size !== 'number' || typeof count !== 'number') return written[i] ?? 0;
    return count - ((size - 1) * strides[i]! + dilations[i]! * (k - 1) + 1 - begins[i]! - ends[i]!);
  });
};

export const convTransposeMap = (context: LinearContext): LinearMap => {
  const { b, node } = context;
  const x = inputAt(node, 0);
  const weight = inputAt(node, 1);
  const window = windowAt(context, transposedWindowOf);
  const outputPadding = beyond(context, window);
  return {
    ports: [0],
    bias: isGiven(node, 2) ? channelwise(b, inputAt(node, 2), window.kernel.length) : undefined,
    weight: context.boundOf(weight),
    total: (source, connection, hint) => ({
      tensor: b.emit(
        hint,
        'ConvTranspose',
        [sourceTensor(context, source(0), x, `${hint}.source`), weightTensor(b, connection, weight, hint)],
        { ...attributes(window), output_padding: outputPadding },
      ),
    }),
    adjoint: (d, connection, _port, hint) =>
      b.emit(hint, 'Conv', [d, weightTensor(b, connection, weight, hint)], attributes(window)),
  };
};

/** A vector over channels as [1, C, 1, 1], for broadcasting against an output. */
export const channelwise = (b: Builder, vector: string, space: number): string =>
  b.emit(`${vector}.channelwise`, 'Reshape', [vector, b.ints([1, -1, ...Array.from({ length: space }, () => 1)])]);
