import { floatAttribute, type OpName } from '@kirchhoff/graph';
import { convMap, convTransposeMap } from './conv.js';
import { gemmMap, matMulMap, withComputedBias } from './dense.js';
import type { LinearFactory } from './map.js';
import { addMap, batchNormalizationMap, divMap, meanMap, mulMap, negMap, subMap } from './plain.js';
import { averagePoolMap, cumSumMap, globalAveragePoolMap, reduceMeanMap, reduceSumMap } from './pool.js';
import { resizeMap } from './resize.js';
import { scatterMap } from './scatter.js';

/** The linear map of every operator that can be affine; null where it never is. */
export const linearMaps: Partial<{ readonly [Op in OpName]: LinearFactory }> = {
  Conv: (context) => withComputedBias(context, convMap(context), 2),
  ConvTranspose: (context) => withComputedBias(context, convTransposeMap(context), 2),
  Gemm: (context) => withComputedBias(context, gemmMap(context), 2, floatAttribute(context.node, 'beta')),
  MatMul: matMulMap,
  Add: addMap,
  Sum: addMap,
  Sub: subMap,
  Neg: negMap,
  Mean: meanMap,
  Mul: mulMap,
  Div: divMap,
  BatchNormalization: batchNormalizationMap,
  AveragePool: averagePoolMap,
  GlobalAveragePool: globalAveragePoolMap,
  ReduceSum: reduceSumMap,
  ReduceMean: reduceMeanMap,
  CumSum: cumSumMap,
  Resize: resizeMap,
  ScatterElements: scatterMap,
  ScatterND: scatterMap,
};
