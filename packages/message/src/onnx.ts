import { didYouMean } from './nearest.js';

export const unknownAttribute = (op: string, name: string, known: readonly string[]): string =>
  `${op} has no attribute "${name}"${didYouMean(name, known)}; it has: ${known.length === 0 ? 'none' : known.join(', ')}`;

export const missingTensor = (name: string, file: string): string =>
  `tensor "${name}" of ${file} is not loaded; load that file before writing the model`;

export const unwritableOpset = (opset: number, oldest: number, newest: number): string =>
  `opset ${opset} cannot be written; give one from ${oldest} to ${newest}`;

export const needsOpset = (op: string, opset: number, since: number): string =>
  `${op} cannot be written in opset ${opset} as this node uses it; write opset ${since} or newer`;
