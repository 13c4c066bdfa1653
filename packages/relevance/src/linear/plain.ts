import { floatAttribute, greatest, least } from '@kirchhoff/graph';
import type { Builder } from '../builder.js';
import { emitExpr } from '../expression.js';
import { asTensor, reduceLike, type Value } from '../value.js';
import { channelwise } from './conv.js';
import { inputAt, weightNumber, type LinearContext, type LinearMap } from './map.js';
import type { Expr } from '@kirchhoff/formula';

const plus = (b: Builder, left: Value, right: Value, hint: string): Value => {
  if (typeof left === 'number' && typeof right === 'number') return left + right;
  if (left === 0) return right;
  if (right === 0) return left;
  return { tensor: b.emit(hint, 'Add', [asTensor(b, left, hint), asTensor(b, right, hint)]) };
};

const times = (b: Builder, value: Value, factor: number, hint: string): Value => {
  if (typeof value === 'number') return value * factor;
  if (factor === 0) return 0;
  if (factor === 1) return value;
  return { tensor: b.emit(hint, 'Mul', [asTensor(b, value, hint), b.scalar(factor)]) };
};

/** A sum of operands, each with a number for its weight: Add, Sub, Sum, Mean, Neg. Constant operands are the bias. */
const sumMap =
  (weightOf: (port: number, count: number) => number) =>
  (context: LinearContext): LinearMap => {
    const { b, node, constant } = context;
    const all = node.inputs.map((_, port) => port);
    const weight = (port: number): number => weightOf(port, all.length);
    const ports = all.filter((port) => !constant(inputAt(node, port)));
    let bias: Value = 0;
    for (const port of all.filter((port) => constant(inputAt(node, port)))) {
      bias = plus(
        b,
        bias,
        times(b, { tensor: inputAt(node, port) }, weight(port), `${node.name}.bias`),
        `${node.name}.bias`,
      );
    }
    const weights = ports.map(weight);
    return {
      ports,
      bias: bias === 0 ? undefined : asTensor(b, bias, `${node.name}.bias`),
      weight: { low: least(weights), high: greatest(weights) },
      total: (source, connection, hint) => {
        let sum: Value = 0;
        for (const port of ports) {
          sum = plus(b, sum, times(b, source(port), weightNumber(b, connection, weight(port), hint), hint), hint);
        }
        return sum;
      },
      adjoint: (d, connection, port, hint) => {
        const value = times(b, { tensor: d }, weightNumber(b, connection, weight(port), hint), hint);
        const full = value === 0 ? b.emit(hint, 'Mul', [d, b.scalar(0)]) : asTensor(b, value, hint);
        return reduceLike(b, full, inputAt(node, port), hint);
      },
    };
  };

export const addMap = sumMap(() => 1);
export const subMap = sumMap((port) => (port === 0 ? 1 : -1));
export const negMap = sumMap(() => -1);
export const meanMap = sumMap((_, count) => 1 / count);

/** Every element times its own constant: the weight is a tensor that broadcasts against the output. */
const scaleBy = (context: LinearContext, port: number, weight: string, bias: string | undefined): LinearMap => {
  const { b, node } = context;
  const factor = (connection: Expr, hint: string): Value => emitExpr(b, connection, { w: { tensor: weight } }, hint);
  const product = (left: Value, right: Value, hint: string): Value =>
    typeof right === 'number'
      ? times(b, left, right, hint)
      : typeof left === 'number'
        ? times(b, right, left, hint)
        : { tensor: b.emit(hint, 'Mul', [asTensor(b, left, hint), asTensor(b, right, hint)]) };
  return {
    ports: [port],
    bias,
    weight: context.boundOf(weight),
    total: (source, connection, hint) => product(source(port), factor(connection, hint), hint),
    adjoint: (d, connection, _port, hint) =>
      reduceLike(
        b,
        asTensor(b, product({ tensor: d }, factor(connection, hint), hint), hint),
        inputAt(node, port),
        hint,
      ),
  };
};

export const mulMap = (context: LinearContext): LinearMap => {
  const port = context.constant(inputAt(context.node, 0)) ? 1 : 0;
  return scaleBy(context, port, inputAt(context.node, 1 - port), undefined);
};

export const divMap = (context: LinearContext): LinearMap => {
  const { b, node } = context;
  const divisor = inputAt(node, 1);
  return scaleBy(context, 0, b.emit(`${divisor}.inverse`, 'Div', [b.scalar(1), divisor]), undefined);
};

/** BatchNormalization with constant statistics: w = γ/√(σ² + ε), b = β − μ·w, per channel. */
export const batchNormalizationMap = (context: LinearContext): LinearMap => {
  const { b, node } = context;
  const [x = '', gamma = '', beta = '', mean = '', variance = ''] = node.inputs;
  const epsilon = floatAttribute(node, 'epsilon');
  const hint = `${node.name}.affine`;
  const deviation = b.emit(hint, 'Sqrt', [b.emit(hint, 'Add', [variance, b.scalar(epsilon)])]);
  const weight = b.emit(hint, 'Div', [gamma, deviation]);
  const bias = b.emit(hint, 'Sub', [beta, b.emit(hint, 'Mul', [mean, weight])]);
  const space = b.dims(x).length - 2;
  return scaleBy(context, 0, channelwise(b, weight, space), channelwise(b, bias, space));
};
