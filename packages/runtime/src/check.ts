import { bindDim, isFloatType, sizeOf, type Dim, type ElementType, type Input, type Tensor } from '@kirchhoff/graph';
import { problem, Refusal, runtimeSays, type Problem } from '@kirchhoff/message';

const indexOf = (position: number, shape: readonly number[]): readonly number[] => {
  const index: number[] = [];
  let rest = position;
  for (const dim of shape.toReversed()) {
    index.unshift(rest % dim);
    rest = Math.floor(rest / dim);
  }
  return index;
};

/** Position of the first NaN, or −1. */
export const firstNaN = ({ type, data }: Tensor): number => {
  if (!isFloatType(type) || data instanceof BigInt64Array) return -1;
  for (let i = 0; i < data.length; i++) if (Number.isNaN(data[i]!)) return i;
  return -1;
};

const isSymbol = (dim: Dim): dim is string => typeof dim === 'string' && /^\w+$/.test(dim);

/** The symbols of all inputs given, each with the first number found for it. */
const bindSymbols = (declared: readonly Input[], given: Readonly<Record<string, Tensor>>): Map<string, number> => {
  const bound = new Map<string, number>();
  for (const { name, shape } of declared) {
    for (const [axis, dim] of shape.entries()) {
      const size = given[name]?.shape[axis];
      if (isSymbol(dim) && size !== undefined && !bound.has(dim)) bound.set(dim, size);
    }
  }
  return bound;
};

/** What is wrong with a shape; a symbol means one number in all inputs, an expression what its symbols make of it. */
const shapeClash = (
  { name, shape }: Input,
  found: readonly number[],
  bound: ReadonlyMap<string, number>,
): string | undefined => {
  const wrong = runtimeSays.wrongInputShape(name, found, shape);
  if (found.length !== shape.length) return wrong;
  for (const [axis, dim] of shape.entries()) {
    const expected = bindDim(dim, bound);
    if (typeof expected === 'string' || expected === found[axis]) continue;
    return typeof dim === 'number' ? wrong : runtimeSays.clashingSymbol(name, dim, axis, found[axis]!, expected);
  }
  return undefined;
};

const checkTensor = (input: Input, given: Tensor, bound: ReadonlyMap<string, number>): string | undefined => {
  if (given.type !== input.type && !(isFloatType(given.type) && isFloatType(input.type)))
    return runtimeSays.wrongInputType(input.name, given.type, input.type);
  if (given.data.length !== sizeOf(given.shape))
    return runtimeSays.wrongInputLength(input.name, given.data.length, given.shape);
  const clash = shapeClash(input, given.shape, bound);
  if (clash !== undefined) return clash;
  const nan = firstNaN(given);
  return nan < 0 ? undefined : runtimeSays.inputHoldsNaN(input.name, indexOf(nan, given.shape));
};

/**
 * Holds the inputs given against those declared: nothing needed is missing, nothing unknown is there, types and shapes
 * agree (a symbol means the same number everywhere), and no element is NaN.
 * @throws Refusal with everything that is wrong.
 */
export const checkInputs = (
  declared: readonly Input[],
  needed: ReadonlySet<string>,
  given: Readonly<Record<string, Tensor>>,
): void => {
  const names = declared.map(({ name }) => name);
  const bound = bindSymbols(declared, given);
  const problems: Problem[] = Object.keys(given)
    .filter((name) => !names.includes(name))
    .map((name) => problem('', runtimeSays.unknownInput(name, names)));
  for (const input of declared) {
    const value = given[input.name];
    const message =
      value !== undefined
        ? checkTensor(input, value, bound)
        : needed.has(input.name)
          ? runtimeSays.missingInput(input.name, Object.keys(given))
          : undefined;
    if (message !== undefined) problems.push(problem('', message));
  }
  if (problems.length > 0) throw new Refusal(problems);
};

/** The least number that float32 rounds to ∞. */
const beyondFloat32 = 2 ** 128 - 2 ** 103;

/** Position of the first number that is ±∞ in a tensor of that type, or −1. */
const firstInfinite = (type: ElementType, { data }: Tensor): number => {
  if (!isFloatType(type) || data instanceof BigInt64Array) return -1;
  const limit = type === 'float32' ? beyondFloat32 : Infinity;
  for (let i = 0; i < data.length; i++) if (Math.abs(data[i]!) >= limit) return i;
  return -1;
};

/** What is asked of outputs. */
export interface OutputCheck {
  /** The type in which the graph gives an output out. */
  readonly typeOf: (name: string) => ElementType;
  readonly finite: boolean;
  /** The node that made what is no finite number in an output, if that is known. */
  readonly origin?: (name: string) => string | undefined;
}

/** @throws Refusal where an output holds NaN, or ±∞ where it may not; the place is the node where it arose, if known. */
export const checkOutputs = (
  outputs: Readonly<Record<string, Tensor>>,
  { typeOf, finite, origin = () => undefined }: OutputCheck,
): void => {
  for (const [name, output] of Object.entries(outputs)) {
    const nan = firstNaN(output);
    const from = origin(name);
    const at = (position: number): readonly number[] => indexOf(position, output.shape);
    if (nan >= 0) throw new Refusal([problem(from ?? '', runtimeSays.outputHoldsNaN(name, at(nan), from))]);
    const infinite = finite ? firstInfinite(typeOf(name), output) : -1;
    if (infinite < 0) continue;
    const value = Number(output.data[infinite]);
    throw new Refusal([problem(from ?? '', runtimeSays.outputOverflows(name, at(infinite), value, from))]);
  }
};
