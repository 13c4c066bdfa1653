import { bytesPerElement, rawBytes, sizeOf, type Tensor } from '@kirchhoff/graph';
import { createHash } from 'node:crypto';
import { closeSync, fsyncSync, ftruncateSync } from 'node:fs';
import { npyHeader } from '../../npy.js';
import { createFile, reopenFile, writeBytes } from '../writing.js';
import type { Kind, Step } from './journal.js';
import { hashPart, type Whole } from './whole.js';

/** Bytes that the header of an array has, however many rows it will say. */
const headerSize = 128;

const rowBytes = ({ type, shape }: Kind): number => sizeOf(shape) * bytesPerElement[type];

/** A .npy that grows row by row. Its checksum is that of the whole file, as it will be with all its samples. */
export interface GrowingArray {
  readonly kind: Kind;
  /** Writes rows behind those that are there. @returns the checksum up to there */
  readonly append: (rows: Tensor) => string;
  /** Whether rows that are there are those of a step; if so, the next step's may be asked for. */
  readonly holds: (step: Step, sum: string) => boolean;
  /** Says in its head how many rows it has, and brings it to the disk. @returns its size and checksum */
  readonly finish: () => Whole;
  readonly close: () => void;
}

/** @param samples how many rows there will be, as far as one knows */
export const growingArray = (path: string, kind: Kind, samples: number, isNew: boolean): GrowingArray => {
  const handle = isNew ? createFile(path) : reopenFile(path);
  const header = (rows: number): Uint8Array => npyHeader(kind.type, [rows, ...kind.shape], headerSize);
  let sum = createHash('sha256').update(header(samples));
  let rows = 0;
  const end = (): number => headerSize + rows * rowBytes(kind);
  return {
    kind,
    append: (tensor) => {
      const bytes = rawBytes(tensor.data);
      writeBytes(handle, bytes, end());
      sum.update(bytes);
      rows += tensor.shape[0]!;
      return sum.copy().digest('hex');
    },
    holds: ({ rows: count }, wanted) => {
      const next = sum.copy();
      if (!hashPart(next, handle, end(), end() + count * rowBytes(kind)) || next.copy().digest('hex') !== wanted)
        return false;
      sum = next;
      rows += count;
      return true;
    },
    finish: () => {
      writeBytes(handle, header(rows), 0);
      ftruncateSync(handle, end());
      fsyncSync(handle);
      if (rows === samples) return { bytes: end(), sha256: sum.copy().digest('hex') };
      const whole = createHash('sha256').update(header(rows));
      hashPart(whole, handle, headerSize, end());
      return { bytes: end(), sha256: whole.digest('hex') };
    },
    close: () => closeSync(handle),
  };
};
