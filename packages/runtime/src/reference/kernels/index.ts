import type { OpName } from '@kirchhoff/graph';
import type { Kernel } from '../kernel.js';
import { arithmeticKernels } from './arithmetic.js';
import { bitwiseKernels } from './bitwise.js';
import { convolutionKernels } from './convolution.js';
import { elementwiseKernels } from './elementwise.js';
import { gatherKernels } from './gather.js';
import { generateKernels } from './generate.js';
import { matrixKernels } from './matrix.js';
import { normaliseKernels } from './normalise.js';
import { poolKernels } from './pool.js';
import { recurrentKernels } from './recurrent.js';
import { reduceKernels } from './reduce.js';
import { resizeKernels } from './resize.js';
import { scanKernels } from './scan.js';
import { structureKernels } from './structure.js';

/** The meaning of every operator of the language, in float64. */
export const kernels: { readonly [Op in OpName]: Kernel } = {
  ...arithmeticKernels,
  ...bitwiseKernels,
  ...convolutionKernels,
  ...elementwiseKernels,
  ...gatherKernels,
  ...generateKernels,
  ...matrixKernels,
  ...normaliseKernels,
  ...poolKernels,
  ...recurrentKernels,
  ...reduceKernels,
  ...resizeKernels,
  ...scanKernels,
  ...structureKernels,
};
