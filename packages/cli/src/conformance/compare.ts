import { isFloatType, sizeOf, toNumbers, type Tensor } from '@kirchhoff/graph';
import { cliSays } from '@kirchhoff/message';

/** How far apart numbers may lie: those of ONNX's own test runner. */
const relative = 1e-3;
const absolute = 1e-7;

const close = (found: number, wanted: number): boolean =>
  Object.is(found, wanted) ||
  found === wanted ||
  (Number.isNaN(found) && Number.isNaN(wanted)) ||
  Math.abs(found - wanted) <= absolute + relative * Math.abs(wanted);

const sameShape = (a: readonly number[], b: readonly number[]): boolean =>
  a.length === b.length && a.every((d, i) => d === b[i]);

/** What sets an output apart from the one wanted; undefined where they agree. The width of floats is not compared. */
export const difference = (name: string, found: Tensor | undefined, wanted: Tensor): string | undefined => {
  if (found === undefined) return cliSays.outputMissing(name);
  if (found.type !== wanted.type && !(isFloatType(found.type) && isFloatType(wanted.type)))
    return cliSays.outputType(name, found.type, wanted.type);
  if (!sameShape(found.shape, wanted.shape)) return cliSays.outputShape(name, found.shape, wanted.shape);
  const left = toNumbers(found.data);
  const right = toNumbers(wanted.data);
  for (let i = 0; i < sizeOf(wanted.shape); i++) {
    if (!close(left[i]!, right[i]!)) return cliSays.outputValue(name, i, left[i]!, right[i]!);
  }
  return undefined;
};
