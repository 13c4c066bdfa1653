import { arithmetic } from './arithmetic.js';
import { bitwise } from './bitwise.js';
import { constant } from './constant.js';
import { elementwise } from './elementwise.js';
import { gather } from './gather.js';
import { linear } from './linear.js';
import { logic } from './logic.js';
import { move } from './move.js';
import { normalize } from './normalize.js';
import { pool } from './pool.js';
import { recurrent } from './recurrent.js';
import { reduce } from './reduce.js';
import { reshape } from './reshape.js';
import { resize } from './resize.js';
import type { Row } from './row.js';
import { trigonometry } from './trigonometry.js';

const rows = {
  ...linear,
  ...arithmetic,
  ...elementwise,
  ...trigonometry,
  ...pool,
  ...normalize,
  ...reduce,
  ...reshape,
  ...move,
  ...gather,
  ...resize,
  ...logic,
  ...bitwise,
  ...constant,
  ...recurrent,
} satisfies Record<string, Row>;

/** The name of an operator that Kirchhoff knows: ONNX's. */
export type OpName = keyof typeof rows;

/** The operator table: total over OpName. */
export const operators: { readonly [Op in OpName]: Row } = rows;

/** All names, in the order of the table. */
export const opNames: readonly OpName[] = Object.keys(rows) as OpName[];

/** Whether a word is the name of an operator. */
export const isOpName = (name: string): name is OpName => Object.hasOwn(rows, name);
