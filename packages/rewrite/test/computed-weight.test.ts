import { node, testSoundness } from './soundness.js';

const axes = { axes: [0] };

/** A weight that is made of the input, the same for all samples. */
const weight = node('mean', 'ReduceMean', ['x', 'axes'], { keepdims: 0 });

testSoundness([
  {
    name: 'a Gemm of matrices that the input made',
    rewrite: 'write-out-computed-weights',
    shape: [3],
    nodes: [node('y', 'Gemm', ['x', 'x', 'b'], { transB: 1, alpha: 2, beta: 0.5 })],
    weights: { b: [1] },
    left: ['Transpose', 'MatMul', 'Mul', 'Add'],
  },
  {
    name: 'a Conv whose weight the input made',
    rewrite: 'write-out-computed-weights',
    shape: [4, 6],
    nodes: [
      weight,
      node('w', 'Reshape', ['mean', 'size']),
      node('y', 'Conv', ['x', 'w', 'b'], { group: 2, auto_pad: 'SAME_UPPER', strides: [2] }),
    ],
    weights: { b: [4] },
    ints: { ...axes, size: [4, 2, 3] },
    left: [
      'ReduceMean',
      'Pad',
      'Gather',
      'Reshape',
      'Transpose',
      'Reshape',
      'Reshape',
      'Transpose',
      'MatMul',
      'Transpose',
      'Reshape',
      'Add',
    ],
  },
  {
    name: 'a ConvTranspose whose weight the input made, of the size that is asked for',
    rewrite: 'write-out-computed-weights',
    shape: [4, 6],
    nodes: [
      weight,
      node('w', 'Reshape', ['mean', 'size']),
      node('y', 'ConvTranspose', ['x', 'w'], { group: 2, output_shape: [12], strides: [2] }),
    ],
    ints: { ...axes, size: [4, 2, 3] },
    left: [
      'ReduceMean',
      'Pad',
      'Gather',
      'Reshape',
      'Transpose',
      'Reshape',
      'Reshape',
      'Transpose',
      'Reshape',
      'MatMul',
      'Transpose',
      'Reshape',
    ],
  },
]);
