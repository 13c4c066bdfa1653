import { float, type Exporter } from './exporter.js';

export interface ConvOptions {
  readonly stride?: number;
  readonly group?: number;
  /** Default: half of the kernel. */
  readonly pad?: number;
  readonly bias?: boolean;
}

/** The layers of classifiers, each as an exporter of the given opset writes it. */
export const layersOf = (g: Exporter) => {
  const { put, opset } = g;

  /** A kernel is square, or height × width. */
  const conv = (
    x: string,
    from: number,
    to: number,
    kernel: number | readonly [number, number],
    { stride = 1, group = 1, pad, bias = true }: ConvOptions = {},
  ): string => {
    const size = typeof kernel === 'number' ? [kernel, kernel] : [...kernel];
    const pads = size.map((k) => pad ?? k >> 1);
    const fan = (from / group) * size[0]! * size[1]!;
    const inputs = [x, g.weight([to, from / group, ...size], Math.sqrt(6 / fan))];
    return put('Conv', bias ? [...inputs, g.weight([to], 0.1)] : inputs, {
      dilations: [1, 1],
      group,
      kernel_shape: size,
      pads: [...pads, ...pads],
      strides: [stride, stride],
    });
  };
  const norm = (x: string, c: number): string =>
    put(
      'BatchNormalization',
      [x, g.weight([c], 0.2, 1), g.weight([c], 0.1), g.weight([c], 0.1), g.weight([c], 0.2, 1)],
      {
        epsilon: float(1e-5),
        momentum: float(0.9),
        ...(opset < 9 && { spatial: 1 }),
      },
    );
  const relu = (x: string): string => put('Relu', [x]);
  const add = (a: string, b: string): string => put('Add', [a, b]);
  const concat = (...parts: readonly string[]): string => put('Concat', parts, { axis: 1 });
  const dense = (x: string, from: number, to: number): string =>
    put('Gemm', [x, g.weight([to, from], Math.sqrt(3 / from)), g.weight([to], 0.1)], {
      alpha: float(1),
      beta: float(1),
      transB: 1,
    });
  /** As MatMul and Add, over the last of any number of axes. */
  const linear = (x: string, from: number, to: number): string =>
    put('Add', [g.weight([to], 0.1), put('MatMul', [x, g.weight([from, to], Math.sqrt(3 / from))])]);
  const pool = (op: 'MaxPool' | 'AveragePool', x: string, kernel: number, stride: number, pad = 0, ceil = 0): string =>
    put(op, [x], {
      kernel_shape: [kernel, kernel],
      pads: [pad, pad, pad, pad],
      strides: [stride, stride],
      ...(ceil === 1 && { ceil_mode: 1 }),
      ...(op === 'AveragePool' && pad > 0 && { count_include_pad: 1 }),
    });
  const maxPool = (x: string, kernel: number, stride: number, pad = 0, ceil = 0): string =>
    pool('MaxPool', x, kernel, stride, pad, ceil);
  const averagePool = (x: string, kernel: number, stride: number, pad = 0): string =>
    pool('AveragePool', x, kernel, stride, pad);
  const globalPool = (x: string): string => put('GlobalAveragePool', [x]);
  const flatten = (x: string): string => put('Flatten', [x], { axis: 1 });
  const unsqueeze = (x: string, ...axes: readonly number[]): string => g.listed('Unsqueeze', x, 'axes', axes, 13);
  const squeeze = (x: string, ...axes: readonly number[]): string => g.listed('Squeeze', x, 'axes', axes, 13);
  const mean = (x: string, axes: readonly number[], keepdims: number): string =>
    g.listed('ReduceMean', x, 'axes', axes, 18, { keepdims });
  const transpose = (x: string, ...perm: readonly number[]): string => put('Transpose', [x], { perm });
  /** One dimension of x, as PyTorch's tracer asks for it. */
  const size = (x: string, axis: number): string =>
    unsqueeze(put('Gather', [put('Shape', [x]), g.int(axis)], { axis: 0 }), 0);
  /** x.view(x.size(0), -1), as PyTorch's tracer writes it. */
  const view = (x: string): string =>
    put('Reshape', [x, put('Concat', [size(x, 0), unsqueeze(g.int(-1), 0)], { axis: 0 })]);
  const reshape = (x: string, ...shape: readonly number[]): string => put('Reshape', [x, g.ints(...shape)]);
  const dropout = (x: string): string =>
    opset < 12 ? put('Dropout', [x], { ratio: float(0.5) }) : put('Dropout', [x, g.number(0.5)]);
  const clip = (x: string, low: number, high: number): string =>
    opset < 11
      ? put('Clip', [x], { min: float(low), max: float(high) })
      : put('Clip', [x, g.number(low), g.number(high)]);
  const split = (x: string, axis: number, ...sizes: readonly number[]): readonly string[] =>
    opset < 13
      ? g.putAll('Split', [x], { axis, split: sizes }, sizes.length)
      : g.putAll('Split', [x, g.ints(...sizes)], { axis }, sizes.length);
  const slice = (x: string, axis: number, start: number, end: number): string =>
    opset < 10
      ? put('Slice', [x], { axes: [axis], starts: [start], ends: [end] })
      : put('Slice', [x, g.ints(start), g.ints(end), g.ints(axis), g.ints(1)]);

  // Activations and normalisations: operators where the opset has them, else written out as exporters do.
  const swish = (x: string): string => put('Mul', [x, put('Sigmoid', [x])]);
  const shiftedClip = (x: string): string => clip(put('Add', [x, g.number(3)]), 0, 6);
  const hardSwish = (x: string): string =>
    opset < 14 ? put('Div', [put('Mul', [x, shiftedClip(x)]), g.number(6)]) : put('HardSwish', [x]);
  const hardSigmoid = (x: string): string =>
    opset < 14 ? put('Div', [shiftedClip(x), g.number(6)]) : put('HardSigmoid', [x], { alpha: float(1 / 6) });
  const gelu = (x: string): string => {
    if (opset >= 20) return put('Gelu', [x]);
    const erf = put('Erf', [put('Div', [x, g.number(Math.SQRT2)])]);
    return put('Mul', [put('Mul', [x, put('Add', [erf, g.number(1)])]), g.number(0.5)]);
  };
  const layerNorm = (x: string, c: number): string => {
    const [scale, shift] = [g.weight([c], 0.2, 1), g.weight([c], 0.1)];
    if (opset >= 17) return put('LayerNormalization', [x, scale, shift], { axis: -1, epsilon: float(1e-6) });
    const centred = put('Sub', [x, mean(x, [-1], 1)]);
    const variance = mean(put('Pow', [centred, g.number(2)]), [-1], 1);
    const deviation = put('Sqrt', [put('Add', [variance, g.number(1e-6)])]);
    return put('Add', [put('Mul', [put('Div', [centred, deviation]), scale]), shift]);
  };

  return {
    conv,
    norm,
    relu,
    add,
    concat,
    dense,
    linear,
    maxPool,
    averagePool,
    globalPool,
    flatten,
    unsqueeze,
    squeeze,
    mean,
    transpose,
    size,
    view,
    reshape,
    dropout,
    clip,
    split,
    slice,
    swish,
    hardSwish,
    hardSigmoid,
    gelu,
    layerNorm,
  };
};

export type Layers = ReturnType<typeof layersOf>;
