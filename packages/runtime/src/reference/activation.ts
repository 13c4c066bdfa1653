import { optionalFloats, optionalStrings, type Attributes } from '@kirchhoff/graph';
import { refuse, runtimeSays } from '@kirchhoff/message';

type Scalar = (x: number) => number;

/** An activation of a recurrent operator; `defaults` holds as many numbers (alpha, beta) as it takes. */
interface Activation {
  readonly defaults: readonly number[];
  readonly of: (alpha: number, beta: number) => Scalar;
}

const activations: Readonly<Record<string, Activation>> = {
  sigmoid: { defaults: [], of: () => (x) => 1 / (1 + Math.exp(-x)) },
  tanh: { defaults: [], of: () => Math.tanh },
  relu: { defaults: [], of: () => (x) => Math.max(x, 0) },
  softsign: { defaults: [], of: () => (x) => x / (1 + Math.abs(x)) },
  softplus: { defaults: [], of: () => (x) => Math.max(x, 0) + Math.log1p(Math.exp(-Math.abs(x))) },
  affine: { defaults: [1, 0], of: (alpha, beta) => (x) => alpha * x + beta },
  leakyrelu: { defaults: [0.01], of: (alpha) => (x) => (x >= 0 ? x : alpha * x) },
  thresholdedrelu: { defaults: [1], of: (alpha) => (x) => (x >= alpha ? x : 0) },
  scaledtanh: { defaults: [1, 1], of: (alpha, beta) => (x) => alpha * Math.tanh(beta * x) },
  hardsigmoid: { defaults: [0.2, 0.5], of: (alpha, beta) => (x) => Math.min(Math.max(alpha * x + beta, 0), 1) },
  elu: { defaults: [1], of: (alpha) => (x) => (x > 0 ? x : alpha * Math.expm1(x)) },
};

/**
 * The activations of a recurrent node, those of the first direction before those of the second. `activation_alpha` and
 * `activation_beta` are dealt out in order to the activations that take one.
 */
export const activationsOf = (
  node: string,
  attrs: Attributes,
  otherwise: readonly string[],
  directions: number,
): readonly Scalar[] => {
  const names = optionalStrings(attrs, 'activations') ?? Array.from({ length: directions }, () => otherwise).flat();
  const alphas = [...(optionalFloats(attrs, 'activation_alpha') ?? [])];
  const betas = [...(optionalFloats(attrs, 'activation_beta') ?? [])];
  return names.map((name) => {
    const activation =
      activations[name.toLowerCase()] ?? refuse(node, runtimeSays.unknownActivation(name, Object.keys(activations)));
    const [alpha, beta] = activation.defaults;
    return activation.of(
      alpha === undefined ? 0 : (alphas.shift() ?? alpha),
      beta === undefined ? 0 : (betas.shift() ?? beta),
    );
  });
};
