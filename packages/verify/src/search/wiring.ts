import { fromFront } from '@kirchhoff/graph';

/** One source that meets one weight at one output. */
export interface Connection {
  readonly port: number;
  /** Flat position in the operand at `port`. */
  readonly source: number;
  readonly w: number;
}

/** Every connection of an output of an affine node, and the bias there. */
export interface Meeting {
  readonly connections: readonly Connection[];
  readonly b: number;
}

/** A function of the affine node's operands, written out: one meeting for each output, row-major. */
export interface Wiring {
  readonly shape: readonly number[];
  readonly meetings: readonly Meeting[];
}

export const stepsOf = (shape: readonly number[]): readonly number[] => {
  const steps = shape.map(() => 1);
  for (let i = shape.length - 2; i >= 0; i--) steps[i] = steps[i + 1]! * shape[i + 1]!;
  return steps;
};

export const flatOf = (index: readonly number[], shape: readonly number[]): number => {
  const steps = stepsOf(shape);
  return index.reduce((flat, at, axis) => flat + at * steps[axis]!, 0);
};

/** The position under broadcasting: axes of size 1 repeat, missing leading axes too. */
export const broadcastAt = (index: readonly number[], shape: readonly number[]): number =>
  flatOf(
    shape.map((size, axis) => (size === 1 ? 0 : index[axis + index.length - shape.length]!)),
    shape,
  );

/** All indices of a shape, row-major. */
export function* indices(shape: readonly number[]): Generator<readonly number[]> {
  const steps = stepsOf(shape);
  const size = shape.reduce((n, d) => n * d, 1);
  for (let flat = 0; flat < size; flat++) yield shape.map((d, axis) => Math.floor(flat / steps[axis]!) % d);
}

const wiring = (shape: readonly number[], at: (index: readonly number[]) => Meeting): Wiring => ({
  shape,
  meetings: [...indices(shape)].map(at),
});

export interface Geometry {
  readonly kernel: readonly number[];
  readonly strides: readonly number[];
  readonly dilations: readonly number[];
  readonly begins: readonly number[];
  readonly ends: readonly number[];
}

/** y[n,o,p] = Σ W[o,i,k]·x[n, g·I + i, p·s − begin + k·d] + b[o]. */
export const wireConv = (
  x: readonly number[],
  W: { readonly shape: readonly number[]; readonly data: readonly number[] },
  bias: readonly number[] | undefined,
  group: number,
  { kernel, strides, dilations, begins, ends }: Geometry,
): Wiring => {
  const [N, , ...space] = x as [number, number, ...number[]];
  const [O, perGroup] = W.shape as [number, number];
  const out = space.map(
    (size, a) => Math.floor((size + begins[a]! + ends[a]! - dilations[a]! * (kernel[a]! - 1) - 1) / strides[a]!) + 1,
  );
  return wiring([N, O, ...out], ([n, o, ...p]) => {
    const g = Math.floor(o! / (O / group));
    const connections: Connection[] = [];
    for (let i = 0; i < perGroup; i++) {
      for (const k of indices(kernel)) {
        const at = k.map((tap, a) => p[a]! * strides[a]! - begins[a]! + tap * dilations[a]!);
        if (at.some((v, a) => v < 0 || v >= space[a]!)) continue;
        connections.push({
          port: 0,
          source: flatOf([n!, g * perGroup + i, ...at], x),
          w: W.data[flatOf([o!, i, ...k], W.shape)]!,
        });
      }
    }
    return { connections, b: bias?.[o!] ?? 0 };
  });
};

/** x[n,i,p] reaches y[n, g·O + o, p·s + k·d − begin] by W[i,o,k]. */
export const wireConvTranspose = (
  x: readonly number[],
  W: { readonly shape: readonly number[]; readonly data: readonly number[] },
  bias: readonly number[] | undefined,
  group: number,
  { kernel, strides, dilations, begins, ends }: Geometry,
  outputPadding: readonly number[],
): Wiring => {
  const [N, C, ...space] = x as [number, number, ...number[]];
  const perGroup = W.shape[1]!;
  const out = space.map(
    (size, a) =>
      (size - 1) * strides[a]! + dilations[a]! * (kernel[a]! - 1) + 1 + outputPadding[a]! - begins[a]! - ends[a]!,
  );
  const shape = [N, perGroup * group, ...out];
  const lists: Connection[][] = [...indices(shape)].map(() => []);
  for (const [n, i, ...p] of indices(x)) {
    const g = Math.floor(i! / (C / group));
    for (let o = 0; o < perGroup; o++) {
      for (const k of indices(kernel)) {
        const at = k.map((tap, a) => p[a]! * strides[a]! + tap * dilations[a]! - begins[a]!);
        if (at.some((v, a) => v < 0 || v >= out[a]!)) continue;
        const connection = { port: 0, source: flatOf([n!, i!, ...p], x), w: W.data[flatOf([i!, o, ...k], W.shape)]! };
        lists[flatOf([n!, g * perGroup + o, ...at], shape)]!.push(connection);
      }
    }
  }
  return wiring(shape, (index) => ({ connections: lists[flatOf(index, shape)]!, b: bias?.[index[1]!] ?? 0 }));
};

/** Windows over the spatial axes; `count` says what the sum is divided by, from the real and the padded positions of a window. */
export const wireAveragePool = (
  x: readonly number[],
  { kernel, strides, dilations, begins, ends }: Geometry,
  ceil: boolean,
  includePad: boolean,
): Wiring => {
  const [N, C, ...space] = x as [number, number, ...number[]];
  const out = space.map((size, a) => {
    const room = (size + begins[a]! + ends[a]! - dilations[a]! * (kernel[a]! - 1) - 1) / strides[a]!;
    const count = (ceil ? Math.ceil(room) : Math.floor(room)) + 1;
    return ceil && (count - 1) * strides[a]! >= size + begins[a]! ? count - 1 : count;
  });
  return wiring([N, C, ...out], ([n, c, ...p]) => {
    const sources: number[] = [];
    let counted = 0;
    for (const k of indices(kernel)) {
      const at = k.map((tap, a) => p[a]! * strides[a]! - begins[a]! + tap * dilations[a]!);
      const real = at.every((v, a) => v >= 0 && v < space[a]!);
      if (real) sources.push(flatOf([n!, c!, ...at], x));
      if (real || (includePad && at.every((v, a) => v < space[a]! + ends[a]!))) counted += 1;
    }
    return { connections: sources.map((source) => ({ port: 0, source, w: 1 / counted })), b: 0 };
  });
};

/** Sums (or means) over `axes`. */
export const wireReduce = (x: readonly number[], axes: readonly number[], keep: boolean, mean: boolean): Wiring => {
  const gone = new Set(axes.map((axis) => fromFront(axis, x.length)));
  const count = [...gone].reduce((n, axis) => n * x[axis]!, 1);
  const kept = x.map((size, axis) => (gone.has(axis) ? 1 : size));
  const { meetings } = wiring(kept, (index) => {
    const connections: Connection[] = [];
    for (const at of indices(x)) {
      if (at.every((v, axis) => gone.has(axis) || v === index[axis])) {
        connections.push({ port: 0, source: flatOf(at, x), w: mean ? 1 / count : 1 });
      }
    }
    return { connections, b: 0 };
  });
  return { shape: keep ? kept : x.filter((_, axis) => !gone.has(axis)), meetings };
};

/** y[…,m,n] = Σ_k A[…,m,k]·B[…,k,n] with one side constant; `of` says where in A and B the factors of (index, k) lie. */
export const wireProduct = (
  shape: readonly number[],
  inner: number,
  port: number,
  weight: readonly number[],
  of: (index: readonly number[], k: number) => readonly [number, number],
  bias: (index: readonly number[]) => number,
): Wiring =>
  wiring(shape, (index) => ({
    connections: Array.from({ length: inner }, (_, k) => {
      const at = of(index, k);
      return { port, source: at[port]!, w: weight[at[1 - port]!]! };
    }),
    b: bias(index),
  }));

/** Every output is a weighted sum of one element of each operand, under broadcasting. */
export const wireElementwise = (
  shape: readonly number[],
  operands: readonly {
    readonly port: number;
    readonly shape: readonly number[];
    readonly w: (index: readonly number[]) => number;
  }[],
  bias: (index: readonly number[]) => number,
): Wiring =>
  wiring(shape, (index) => ({
    connections: operands.map(({ port, shape: own, w }) => ({ port, source: broadcastAt(index, own), w: w(index) })),
    b: bias(index),
  }));
