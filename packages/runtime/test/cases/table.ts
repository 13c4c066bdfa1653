import type { OpName } from '@kirchhoff/graph';
import type { Case } from './build.js';
import { elementwiseCases } from './elementwise.js';
import { movedCases } from './moved.js';
import { recurrentCases } from './recurrent.js';
import { structureCases } from './structure.js';
import { trigonometryCases } from './trigonometry.js';
import { windowCases } from './window.js';

/** Cases for every operator of the language: one without a case does not compile. */
export const cases: { readonly [Op in OpName]: readonly Case[] } = {
  ...elementwiseCases,
  ...windowCases,
  ...structureCases,
  ...recurrentCases,
  ...trigonometryCases,
  ...movedCases,
};
