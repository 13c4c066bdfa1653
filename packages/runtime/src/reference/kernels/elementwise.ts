import { float, isOn, string, type Attributes, type ElementType } from '@kirchhoff/graph';
import { erf } from '../erf.js';
import { given, type Kernel } from '../kernel.js';
import { zeros } from '../value.js';

type Scalar = (x: number) => number;

/** Applies one function of a number to every element; the attributes are read once. */
const elementwise =
  (of: (attrs: Attributes) => Scalar, type?: ElementType): Kernel =>
  (call) => {
    const x = given(call, 0);
    const f = of(call.attrs);
    const y = zeros(type ?? x.type, x.shape);
    for (let i = 0; i < y.data.length; i++) y.data[i] = f(x.data[i]!);
    return [y];
  };

const plain = (f: Scalar): Kernel => elementwise(() => f);

const clamp01 = (x: number): number => Math.min(Math.max(x, 0), 1);
const softplus: Scalar = (x) => Math.max(x, 0) + Math.log1p(Math.exp(-Math.abs(x)));

/** The nearest integer; halves go to the even one. */
const roundEven: Scalar = (x) => {
  const below = Math.floor(x);
  return x - below === 0.5 ? 2 * Math.round(x / 2) : Math.round(x);
};

const infinite = ({ up, down }: { readonly up: boolean; readonly down: boolean }): Scalar => {
  const [above, below] = [Number(up), Number(down)];
  return (x) => (x === Infinity ? above : x === -Infinity ? below : 0);
};

export const elementwiseKernels = {
  Relu: plain((x) => Math.max(x, 0)),
  Sigmoid: plain((x) => 1 / (1 + Math.exp(-x))),
  Tanh: plain(Math.tanh),
  Exp: plain(Math.exp),
  Log: plain(Math.log),
  Sqrt: plain(Math.sqrt),
  Abs: plain(Math.abs),
  Sign: plain(Math.sign),
  Erf: plain(erf),
  Neg: plain((x) => 0 - x),
  Reciprocal: plain((x) => 1 / x),
  Floor: plain(Math.floor),
  Ceil: plain(Math.ceil),
  Round: plain(roundEven),
  Sin: plain(Math.sin),
  Cos: plain(Math.cos),
  Tan: plain(Math.tan),
  Asin: plain(Math.asin),
  Acos: plain(Math.acos),
  Atan: plain(Math.atan),
  Sinh: plain(Math.sinh),
  Cosh: plain(Math.cosh),
  Asinh: plain(Math.asinh),
  Acosh: plain(Math.acosh),
  Atanh: plain(Math.atanh),
  IsNaN: elementwise(() => (x) => Number(Number.isNaN(x)), 'bool'),
  IsInf: elementwise(
    (attrs) => infinite({ up: isOn(attrs, 'detect_positive'), down: isOn(attrs, 'detect_negative') }),
    'bool',
  ),
  Not: plain((x) => (x === 0 ? 1 : 0)),
  Softplus: plain(softplus),
  Softsign: plain((x) => x / (1 + Math.abs(x))),
  Mish: plain((x) => x * Math.tanh(softplus(x))),
  HardSwish: plain((x) => x * clamp01(x / 6 + 0.5)),
  LeakyRelu: elementwise((attrs) => {
    const alpha = float(attrs, 'alpha');
    return (x) => (x >= 0 ? x : alpha * x);
  }),
  ThresholdedRelu: elementwise((attrs) => {
    const alpha = float(attrs, 'alpha');
    return (x) => (x > alpha ? x : 0);
  }),
  Elu: elementwise((attrs) => {
    const alpha = float(attrs, 'alpha');
    return (x) => (x > 0 ? x : alpha * Math.expm1(x));
  }),
  Celu: elementwise((attrs) => {
    const alpha = float(attrs, 'alpha');
    return (x) => (x > 0 ? x : alpha * Math.expm1(x / alpha));
  }),
  Selu: elementwise((attrs) => {
    const alpha = float(attrs, 'alpha');
    const gamma = float(attrs, 'gamma');
    return (x) => gamma * (x > 0 ? x : alpha * Math.expm1(x));
  }),
  HardSigmoid: elementwise((attrs) => {
    const alpha = float(attrs, 'alpha');
    const beta = float(attrs, 'beta');
    return (x) => clamp01(alpha * x + beta);
  }),
  Gelu: elementwise((attrs) =>
    string(attrs, 'approximate') === 'tanh'
      ? (x) => 0.5 * x * (1 + Math.tanh(Math.sqrt(2 / Math.PI) * (x + 0.044715 * x ** 3)))
      : (x) => 0.5 * x * (1 + erf(x / Math.SQRT2)),
  ),
} satisfies Record<string, Kernel>;
