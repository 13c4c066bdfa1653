import type { Expr } from '@kirchhoff/formula';
import { floatAttribute, intAttribute } from '@kirchhoff/graph';
import type { Builder } from '../builder.js';
import { asTensor, expandLike, reduceLike, reshapeLike } from '../value.js';
import {
  inputAt,
  isGiven,
  sourceTensor,
  weightNumber,
  weightTensor,
  type LinearContext,
  type LinearMap,
} from './map.js';

const scaled = (b: Builder, tensor: string, factor: number): string =>
  factor === 1 ? tensor : b.emit(`${tensor}.scaled`, 'Mul', [tensor, b.scalar(factor)]);

/** Gemm with one constant factor: alpha is taken into the weight, beta into the bias; a dense weight is never transposed. */
export const gemmMap = (context: LinearContext): LinearMap => {
  const { b, node, constant } = context;
  const [alpha, beta] = [floatAttribute(node, 'alpha'), floatAttribute(node, 'beta')];
  const [transA, transB] = [intAttribute(node, 'transA'), intAttribute(node, 'transB')];
  const port = constant(inputAt(node, 0)) ? 1 : 0;
  const x = inputAt(node, port);
  const weight = scaled(b, inputAt(node, 1 - port), alpha);
  const bias = isGiven(node, 2) ? scaled(b, inputAt(node, 2), beta) : undefined;
  const gemm = (hint: string, left: string, right: string, leftT: number, rightT: number): string =>
    b.emit(hint, 'Gemm', [left, right], {
      ...(leftT !== 0 && { transA: 1 }),
      ...(rightT !== 0 && { transB: 1 }),
    });
  return {
    ports: [port],
    bias,
    weight: context.boundOf(weight),
    total: (source, connection, hint) => {
      const s = sourceTensor(context, source(port), x, `${hint}.source`);
      const w = weightTensor(b, connection, weight, hint);
      return { tensor: port === 0 ? gemm(hint, s, w, transA, transB) : gemm(hint, w, s, transA, transB) };
    },
    adjoint: (d, connection, _port, hint) => {
      const w = weightTensor(b, connection, weight, hint);
      if (port === 0) return transA ? gemm(hint, w, d, transB, 1) : gemm(hint, d, w, 0, 1 - transB);
      return transB ? gemm(hint, d, w, 1, transA) : gemm(hint, w, d, 1 - transA, 0);
    },
  };
};

const turned = (b: Builder, tensor: string, hint: string): string => {
  const rank = b.dims(tensor).length;
  const perm = [...Array.from({ length: rank - 2 }, (_, i) => i), rank - 1, rank - 2];
  return b.emit(`${hint}.turned`, 'Transpose', [tensor], { perm });
};

/** MatMul with one constant factor, on either side, with numpy's broadcasting; vectors become one-row or one-column matrices. */
export const matMulMap = (context: LinearContext): LinearMap =>
  matMulMapAt(context, context.constant(inputAt(context.node, 0)) ? 1 : 0);

/** MatMul as a linear map of the operand at `port`; the other one, constant or computed, is the weight. */
export const matMulMapAt = (context: LinearContext, port: 0 | 1): LinearMap => {
  const { b, node } = context;
  const x = inputAt(node, port);
  const weight = inputAt(node, 1 - port);
  const matrix = (tensor: string, side: number): string =>
    b.dims(tensor).length > 1
      ? tensor
      : b.emit(`${tensor}.matrix`, 'Unsqueeze', [tensor, b.ints([side === 0 ? 0 : 1])]);
  const matrixOfOutput = (d: string): string => {
    const axes = [
      ...(b.dims(inputAt(node, 1)).length === 1 ? [-1] : []),
      ...(b.dims(inputAt(node, 0)).length === 1 ? [-2] : []),
    ];
    return axes.reduce((tensor, axis) => b.emit(`${tensor}.matrix`, 'Unsqueeze', [tensor, b.ints([axis])]), d);
  };
  return {
    ports: [port],
    bias: undefined,
    weight: context.boundOf(weight),
    total: (source, connection, hint) => {
      const s = sourceTensor(context, source(port), x, `${hint}.source`);
      const w = weightTensor(b, connection, weight, hint);
      return { tensor: b.emit(hint, 'MatMul', port === 0 ? [s, w] : [w, s]) };
    },
    adjoint: (d, connection, _port, hint) => {
      const w = matrix(weightTensor(b, connection, weight, hint), 1 - port);
      const dm = matrixOfOutput(d);
      const xm = matrix(x, port);
      const plain = b.dims(w).length === 2 && b.dims(dm).length === 2;
      const made = plain
        ? b.emit(hint, 'Gemm', port === 0 ? [dm, w] : [w, dm], port === 0 ? { transB: 1 } : { transA: 1 })
        : b.emit(hint, 'MatMul', port === 0 ? [dm, turned(b, w, hint)] : [turned(b, w, hint), dm]);
      return reshapeLike(b, reduceLike(b, made, xm, hint), x, hint);
    },
  };
};

/** A map whose third operand, the bias, is computed: one more source, with weight `share`. */
export const withComputedBias = (context: LinearContext, map: LinearMap, biasPort: number, share = 1): LinearMap => {
  const { b, node } = context;
  const bias = map.bias;
  if (bias === undefined || context.constant(inputAt(node, biasPort))) return map;
  const factorOf = (connection: Expr, hint: string): string =>
    b.scalar(weightNumber(b, connection, share, `${hint}.bias`));
  return {
    ports: [...map.ports, biasPort],
    bias: undefined,
    weight: { low: Math.min(share, map.weight.low), high: Math.max(share, map.weight.high) },
    total: (source, connection, hint) => {
      const own = expandLike(b, asTensor(b, source(biasPort), hint), inputAt(node, biasPort), hint);
      const moved = b.emit(hint, 'Mul', [reshapeLike(b, own, bias, hint), factorOf(connection, hint)]);
      return { tensor: b.emit(hint, 'Add', [asTensor(b, map.total(source, connection, hint), hint), moved]) };
    },
    adjoint: (d, connection, port, hint) => {
      if (port !== biasPort) return map.adjoint(d, connection, port, hint);
      const full = b.emit(hint, 'Mul', [d, factorOf(connection, hint)]);
      return reshapeLike(b, reduceLike(b, full, bias, hint), inputAt(node, biasPort), hint);
    },
  };
};
