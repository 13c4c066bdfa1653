import { isFloatType, isOn, sizeOf, type ElementType } from '@kirchhoff/graph';
import { broadcastShape, spread } from '../broadcast.js';
import { allGiven, given, type Kernel } from '../kernel.js';
import { zeros, type Value } from '../value.js';

type Binary = (a: number, b: number) => number;

/** Combines two values element by element after broadcasting; the result has the type of the first unless named. */
export const combine = (a: Value, b: Value, f: Binary, type: ElementType = a.type): Value => {
  const shape = broadcastShape([a.shape, b.shape]);
  const [left, right] = [spread(a, shape), spread(b, shape)];
  const out = zeros(type, shape);
  for (let i = 0; i < out.data.length; i++) out.data[i] = f(left[i]!, right[i]!);
  return out;
};

const binary =
  (f: Binary): Kernel =>
  (call) => [combine(given(call, 0), given(call, 1), f)];

/** A different function for integers, whose division and powers drop the fraction. */
const binaryByType =
  (float: Binary, integer: Binary): Kernel =>
  (call) => {
    const a = given(call, 0);
    return [combine(a, given(call, 1), isFloatType(a.type) ? float : integer)];
  };

const predicate =
  (f: (a: number, b: number) => boolean): Kernel =>
  (call) => [combine(given(call, 0), given(call, 1), (a, b) => (f(a, b) ? 1 : 0), 'bool')];

const fold = (values: readonly Value[], f: Binary): Value => values.reduce((left, right) => combine(left, right, f));

const variadic =
  (f: Binary): Kernel =>
  (call) => [fold(allGiven(call), f)];

const add: Binary = (a, b) => a + b;

/** The remainder with the sign of the divisor (Python's `%`). */
const floorMod: Binary = (a, b) => a - b * Math.floor(a / b);

export const arithmeticKernels = {
  Add: binary(add),
  Sub: binary((a, b) => a - b),
  Mul: binary((a, b) => a * b),
  Div: binaryByType(
    (a, b) => a / b,
    (a, b) => Math.trunc(a / b),
  ),
  Pow: binaryByType(
    (a, b) => a ** b,
    (a, b) => Math.trunc(a ** b),
  ),
  Mod: (call) => [combine(given(call, 0), given(call, 1), isOn(call.attrs, 'fmod') ? (a, b) => a % b : floorMod)],
  PRelu: binary((x, slope) => (x >= 0 ? x : slope * x)),
  Min: variadic(Math.min),
  Max: variadic(Math.max),
  Sum: variadic(add),
  Mean: (call) => {
    const total = fold(allGiven(call), add);
    return [{ ...total, data: total.data.map((sum) => sum / call.inputs.length) }];
  },
  Equal: predicate((a, b) => a === b),
  Less: predicate((a, b) => a < b),
  LessOrEqual: predicate((a, b) => a <= b),
  Greater: predicate((a, b) => a > b),
  GreaterOrEqual: predicate((a, b) => a >= b),
  And: predicate((a, b) => a !== 0 && b !== 0),
  Or: predicate((a, b) => a !== 0 || b !== 0),
  Xor: predicate((a, b) => (a !== 0) !== (b !== 0)),
  Clip: (call) => {
    const x = given(call, 0);
    const low = call.inputs[1]?.data[0] ?? -Infinity;
    const high = call.inputs[2]?.data[0] ?? Infinity;
    return [{ ...x, data: x.data.map((v) => Math.min(Math.max(v, low), high)) }];
  },
  Where: (call) => {
    const [condition, yes, no] = [given(call, 0), given(call, 1), given(call, 2)];
    const shape = broadcastShape([condition.shape, yes.shape, no.shape]);
    const [test, left, right] = [spread(condition, shape), spread(yes, shape), spread(no, shape)];
    const data = Float64Array.from({ length: sizeOf(shape) }, (_, i) => (test[i] === 0 ? right[i]! : left[i]!));
    return [{ type: yes.type, shape, data }];
  },
} satisfies Record<string, Kernel>;
