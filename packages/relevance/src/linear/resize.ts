import { symbolsOf, type Expr } from '@kirchhoff/formula';
import { attributesOf, type Node } from '@kirchhoff/graph';
import { refuse, relevanceSays } from '@kirchhoff/message';
import type { Builder } from '../builder.js';
import { emitExpr } from '../expression.js';
import { asTensor } from '../value.js';
import { inputAt, sourceTensor, type LinearContext, type LinearMap } from './map.js';

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
  const scales = b.known(inputAt(node, 2))?.values.map(Number);
  return from.flatMap((size, axis) => {
    const target = to[axis]!;
    if (size === target) return [];
    if (typeof size !== 'number' || typeof target !== 'number' || axis === 0) {
      return refuse(node.name, relevanceSays.symbolicResize(String(size)));
    }
    const hint = `${node.name}/axis${axis}`;
    const eye = b.emit(hint, 'EyeLike', [b.emit(hint, 'Expand', [b.scalar(0), b.ints([size, size])])]);
    const shape = from.map((_, i) => (i === 0 || i === axis ? size : 1));
    const basis = b.emit(hint, 'Reshape', [eye, b.ints(shape)]);
    const attrs = { ...node.attrs };
    const resized =
      scales === undefined || scales.length === 0
        ? b.emit(hint, 'Resize', [basis, '', '', b.ints(shape.map((dim, i) => (i === axis ? target : dim)))], attrs)
        : b.emit(
            hint,
            'Resize',
            [
              basis,
              '',
              b.constant(
                'float32',
                [shape.length],
                shape.map((_, i) => (i === axis ? scales[axis]! : 1)),
              ),
            ],
            attrs,
          );
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

/** c(w) by axis: a weight is the product of its axes' weights, so c must be a number or a power of w. */
const factorOf = (b: Builder, connection: Expr, matrix: string, node: Node, hint: string): string => {
  const power =
    connection.kind === 'symbol' ||
    (connection.kind === 'apply' && connection.fn === 'pow' && connection.args[0]!.kind === 'symbol');
  if (power) return asTensor(b, emitExpr(b, connection, { w: { tensor: matrix } }, hint), hint);
  if (symbolsOf(connection).length > 0) return refuse(node.name, relevanceSays.resizeWeights);
  const touched = b.emit(hint, 'Not', [b.emit(hint, 'Equal', [matrix, b.scalar(0)])]);
  return b.emit(hint, 'Where', [touched, b.scalar(1), b.scalar(0)]);
};

/** Resize, nearest or linear: a weighted sum over neighbours along each resized axis, with weights that are known. */
export const resizeMap = (context: LinearContext): LinearMap => {
  const { b, node } = context;
  const x = inputAt(node, 0);
  if (!['nearest', 'linear'].includes(attributesOf(node)['mode'] as string)) {
    return refuse(node.name, relevanceSays.resizeWeights);
  }
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
  return {
    ports: [0],
    bias: undefined,
    weight: { low: 0, high: 1 },
    total: (source, connection, hint) => {
      let value = sourceTensor(context, source(0), x, `${hint}.source`);
      for (const { axis, matrix } of axes) {
        value = along(b, value, axis, factorOf(b, connection, matrix, node, `${hint}.weight`), hint);
      }
      return { tensor: scaled(value, connection, hint) };
    },
    adjoint: (d, connection, _port, hint) => {
      let value = d;
      for (const { axis, matrix } of axes) {
        const factor = factorOf(b, connection, matrix, node, `${hint}.weight`);
        value = along(b, value, axis, b.emit(`${hint}.turned`, 'Transpose', [factor], { perm: [1, 0] }), hint);
      }
      return scaled(value, connection, hint);
    },
  };
};
