import { writeNpy } from '@kirchhoff/explain';
import type { ElementType, Tensor, TypedArray } from '@kirchhoff/graph';

/** Numbers in a shape, row by row. */
export interface NumberArray {
  readonly type: ElementType;
  readonly shape: readonly number[];
  readonly data: TypedArray;
  /** The same as the bytes of a `.npy` file. */
  readonly npy: () => Uint8Array<ArrayBuffer>;
}

export const arrayOf = (tensor: Tensor): NumberArray => ({ ...tensor, npy: () => writeNpy(tensor) });
