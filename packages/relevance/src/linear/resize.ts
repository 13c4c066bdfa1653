import { symbolsOf, type Expr } from '@kirchhoff/formula';
import { attributesOf, type Node } from '@kirchhoff/graph';
import { refuse, relevanceSays } from '@kirchhoff/message';
import type { Builder } from '../builder.js';
import { emitExpr } from '../expression.js';
import { asTensor, reshapeTo, sizesOf } from '../value.js';
import { anyWeight, inputAt, sourceTensor, type LinearContext, type LinearMap } from './map.js';

/** An axis that is resized: the matrix [from, to] of the weights by which its old places make its new ones. */
interface Axis {
  readonly axis: number;
  readonly matrix: string;
}

/**
 * The matrices of a Resize, one for each axis whose size changes: interpolation works axis by axis. Each is what the
 * operator itself makes of a unit matrix, so that every coordinate transformation is the backend's own.
 */
const axesOf = (b: Builder, node: Node): readonly Axis[] => {
  const x = inputAt(node, 0);
  const from = b.dims(x);
  const to = b.dims(node.name);
  const { axes, keep_aspect_ratio_policy: policy, ...attrs } = attributesOf(node);
  const named = Array.isArray(axes)
    ? axes.map((axis) => (Number(axis) + from.length) % from.length)
    : from.map((_, i) => i);
  const scales = b.known(inputAt(node, 2))?.values.map(Number);
  const scaled = scales !== undefined && scales.length > 0;
  if (attrs['coordinate_transformation_mode'] === 'tf_crop_and_resize' || (!scaled && policy !== 'stretch'))
    return refuse(node.name, relevanceSays.resizeRegion);
  return from.flatMap((size, axis) => {
    const target = to[axis]!;
    const scale = scaled && named.includes(axis) ? scales[named.indexOf(axis)]! : undefined;
    if (size === target) {
      if (scale === undefined || scale === 1) return [];
      return refuse(node.name, relevanceSays.resizeRegion);
    }
    if (typeof size !== 'number' || typeof target !== 'number' || axis === 0) {
      return refuse(node.name, relevanceSays.symbolicResize(String(size)));
    }
    const hint = `${node.name}/axis${axis}`;
    const eye = b.emit(hint, 'EyeLike', [b.emit(hint, 'Expand', [b.scalar(0), b.ints([size, size])])]);
    const shape = from.map((_, i) => (i === 0 || i === axis ? size : 1));
    const basis = b.emit(hint, 'Reshape', [eye, b.ints(shape)]);
    const place =
      scale === undefined
        ? ['', '', b.ints(shape.map((dim, i) => (i === axis ? target : dim)))]
        : [
            '',
            b.constant(
              'float32',
              [shape.length],
              shape.map((_, i) => (i === axis ? scale : 1)),
            ),
          ];
    const resized = b.emit(hint, 'Resize', [basis, ...place], attrs);
    return [{ axis, matrix: b.emit(hint, 'Reshape', [resized, b.ints([size, target])]) }];
  });
};

/** Applies a matrix [from, to] along an axis. */
const along = (b: Builder, tensor: string, axis: number, matrix: string, hint: string): string => {
  const rank = b.dims(tensor).length;
  if (axis === rank - 1) return b.emit(hint, 'MatMul', [tensor, matrix]);
  const perm = Array.from({ length: rank }, (_, i) => (i === axis ? rank - 1 : i === rank - 1 ? axis : i));
  const turned = b.emit(hint, 'Transpose', [tensor], { perm });
  return b.emit(hint, 'Transpose', [b.emit(hint, 'MatMul', [turned, matrix])], { perm });
};

/** Matrices of weights of at most so many elements are written out over several axes at once. */
const largestMatrix = 2 ** 24;

/** Whether c(w) is the product of what c makes of each axis' weights: a number or a power of w. */
const isSeparable = (connection: Expr): boolean =>
  symbolsOf(connection).length === 0 ||
  connection.kind === 'symbol' ||
  (connection.kind === 'apply' && connection.fn === 'pow' && connection.args[0]!.kind === 'symbol');

/** The axes as one, the last of them running fastest: every weight of the map, none of them a product of others. */
const together = (b: Builder, node: Node, axes: readonly Axis[], hint: string): string => {
  const dims = axes.map(({ matrix }) => b.dims(matrix).map(Number));
  const [from, to] = [0, 1].map((side) => dims.reduce((n, sizes) => n * sizes[side]!, 1)) as [number, number];
  if (from * to > largestMatrix) return refuse(node.name, relevanceSays.resizeWeights(from * to, largestMatrix));
  const all = axes.length;
  const spread = axes.map(({ matrix }, i) => {
    const shape = Array<number>(2 * all).fill(1);
    [shape[i], shape[all + i]] = dims[i] as [number, number];
    return b.emit(hint, 'Reshape', [matrix, b.ints(shape)]);
  });
  return b.emit(hint, 'Reshape', [
    spread.reduce((product, one) => b.emit(hint, 'Mul', [product, one])),
    b.ints([from, to]),
  ]);
};

/** Applies a matrix over several axes at once. */
const over = (
  b: Builder,
  tensor: string,
  axes: readonly number[],
  sizes: readonly number[],
  matrix: string,
  hint: string,
): string => {
  const rest = b
    .dims(tensor)
    .map((_, i) => i)
    .filter((i) => !axes.includes(i));
  const perm = [...rest, ...axes];
  const turned = b.emit(hint, 'Transpose', [tensor], { perm });
  const lead = sizesOf(b, turned).slice(0, rest.length);
  const flat = reshapeTo(b, turned, [...lead, b.dims(matrix)[0] as number], hint);
  const made = reshapeTo(b, b.emit(hint, 'MatMul', [flat, matrix]), [...lead, ...sizes], hint);
  return b.emit(hint, 'Transpose', [made], { perm: perm.map((_, i) => perm.indexOf(i)) });
};

/** c(w) by axis; where c is a number, of the weights that are not 0. */
const factorOf = (b: Builder, connection: Expr, matrix: string, hint: string): string => {
  if (symbolsOf(connection).length > 0)
    return asTensor(b, emitExpr(b, connection, { w: { tensor: matrix } }, hint), hint);
  const touched = b.emit(hint, 'Not', [b.emit(hint, 'Equal', [matrix, b.scalar(0)])]);
  return b.emit(hint, 'Where', [touched, b.scalar(1), b.scalar(0)]);
};

/** Resize: a weighted sum over neighbours along each resized axis, with weights that are known. */
export const resizeMap = (context: LinearContext): LinearMap => {
  const { b, node } = context;
  const x = inputAt(node, 0);
  const axes = axesOf(b, node);
  const constantOf = (connection: Expr, hint: string): string | undefined => {
    if (symbolsOf(connection).length > 0) return undefined;
    const value = emitExpr(b, connection, {}, hint);
    return value === 1 ? undefined : asTensor(b, value, hint);
  };
  const scaled = (tensor: string, connection: Expr, hint: string): string => {
    const factor = constantOf(connection, hint);
    return factor === undefined ? tensor : b.emit(hint, 'Mul', [tensor, factor]);
  };
  const turn = (matrix: string, hint: string, back: boolean): string =>
    back ? b.emit(`${hint}.turned`, 'Transpose', [matrix], { perm: [1, 0] }) : matrix;
  const applied = (tensor: string, connection: Expr, hint: string, back: boolean): string => {
    if (axes.length < 2 || isSeparable(connection)) {
      return axes.reduce((value, { axis, matrix }) => {
        const factor = factorOf(b, connection, matrix, `${hint}.weight`);
        return along(b, value, axis, turn(factor, hint, back), hint);
      }, tensor);
    }
    const whole = factorOf(b, connection, together(b, node, axes, `${node.name}.weights`), `${hint}.weight`);
    const sizes = axes.map(({ matrix }) => b.dims(matrix)[back ? 0 : 1] as number);
    return over(
      b,
      tensor,
      axes.map(({ axis }) => axis),
      sizes,
      turn(whole, hint, back),
      hint,
    );
  };
  return {
    ports: [0],
    bias: undefined,
    weight: attributesOf(node)['mode'] === 'cubic' ? anyWeight : { low: 0, high: 1 },
    total: (source, connection, hint) => {
      const value = sourceTensor(context, source(0), x, `${hint}.source`);
      return { tensor: scaled(applied(value, connection, hint, false), connection, hint) };
    },
    adjoint: (d, connection, _port, hint) => scaled(applied(d, connection, hint, true), connection, hint),
  };
};
