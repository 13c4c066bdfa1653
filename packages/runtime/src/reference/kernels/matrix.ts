import { float, isOn, sizeOf } from '@kirchhoff/graph';
import { broadcastPositions, broadcastShape, spread } from '../broadcast.js';
import { given, type Kernel } from '../kernel.js';
import { zeros } from '../value.js';

/** y = alpha · A′ · B′ + beta · C, where A′ and B′ are transposed on request and C is broadcast. */
const Gemm: Kernel = (call) => {
  const [a, b, c] = [given(call, 0), given(call, 1), call.inputs[2]];
  const [transA, transB] = [isOn(call.attrs, 'transA'), isOn(call.attrs, 'transB')];
  const [alpha, beta] = [float(call.attrs, 'alpha'), float(call.attrs, 'beta')];
  const [rows, inner] = (transA ? [a.shape[1], a.shape[0]] : a.shape) as [number, number];
  const columns = b.shape[transB ? 0 : 1]!;
  const [aRow, aInner] = transA ? [1, rows] : [inner, 1];
  const [bInner, bColumn] = transB ? [1, inner] : [columns, 1];
  const y = zeros(a.type, [rows, columns]);
  const bias = c === undefined ? undefined : spread(c, y.shape);
  for (let i = 0; i < rows; i++) {
    for (let j = 0; j < columns; j++) {
      let sum = 0;
      for (let k = 0; k < inner; k++) sum += a.data[i * aRow + k * aInner]! * b.data[k * bInner + j * bColumn]!;
      const at = i * columns + j;
      y.data[at] = alpha * sum + (bias === undefined ? 0 : beta * bias[at]!);
    }
  }
  return [y];
};

/** The product of matrices over broadcast leading axes; a vector is a row on the left and a column on the right. */
const MatMul: Kernel = (call) => {
  const [a, b] = [given(call, 0), given(call, 1)];
  const left = a.shape.length === 1 ? [1, ...a.shape] : a.shape;
  const right = b.shape.length === 1 ? [...b.shape, 1] : b.shape;
  const [rows, inner, columns] = [left.at(-2)!, left.at(-1)!, right.at(-1)!];
  const [leftBatch, rightBatch] = [left.slice(0, -2), right.slice(0, -2)];
  const batch = broadcastShape([leftBatch, rightBatch]);
  const [leftMatrix, rightMatrix] = [broadcastPositions(leftBatch, batch), broadcastPositions(rightBatch, batch)];
  const shape = [...batch, ...(a.shape.length === 1 ? [] : [rows]), ...(b.shape.length === 1 ? [] : [columns])];
  const y = zeros(a.type, shape);
  for (let n = 0; n < sizeOf(batch); n++) {
    const [fromA, fromB] = [leftMatrix[n]! * rows * inner, rightMatrix[n]! * inner * columns];
    for (let i = 0; i < rows; i++) {
      for (let j = 0; j < columns; j++) {
        let sum = 0;
        for (let k = 0; k < inner; k++) sum += a.data[fromA + i * inner + k]! * b.data[fromB + k * columns + j]!;
        y.data[(n * rows + i) * columns + j] = sum;
      }
    }
  }
  return [y];
};

export const matrixKernels = { Gemm, MatMul } satisfies Record<string, Kernel>;
