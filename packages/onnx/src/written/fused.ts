import { onnxSays } from '@kirchhoff/message';
import type { NodeDocument } from '../read-node.js';
import { numberOf, numbersOf } from '../respelled.js';
import type { OldNode, Upgrade, Workshop } from '../upgrade.js';
import { rootMeanSquare } from './normalization.js';
import { writeOut } from './writer.js';

const int = { type: 'int', optional: true } as const;
const float = { type: 'float', optional: true } as const;
const ints = { type: 'ints', optional: true } as const;
const text = { type: 'string', optional: true } as const;

/** Gelu of x and a bias; FastGelu by the hyperbolic tangent. */
const gelu = (node: OldNode, shop: Workshop): readonly NodeDocument[] =>
  writeOut(node, shop, ({ input, step }) => {
    const x = input(1) === '' ? input(0) : step('sum', 'Add', [input(0), input(1)]);
    const isFast = node.op.endsWith('FastGelu');
    return step('gelu', 'Gelu', [x], isFast ? { approximate: 'tanh' } : {});
  });

/** A normalisation of the sum of a value and what went past it; the sum is a further output. */
const skip = (node: OldNode, shop: Workshop): readonly NodeDocument[] => {
  const isSimple = node.op.includes('Simplified');
  if (node.outputs.slice(0, 2).some((name) => name !== '')) return shop.refuse(onnxSays.trainingOutputs(node.op));
  return writeOut(node, shop, (writer) => {
    const { input, step, output } = writer;
    const both = step('both', 'Add', [input(0), input(1)]);
    const bias = input(isSimple ? 3 : 4);
    const sum = bias === '' ? both : step('sum', 'Add', [both, bias]);
    output(2, sum);
    const epsilon = numberOf(node.attrs['epsilon']) ?? 1e-12;
    const type = shop.type(input(0))?.type ?? 'float32';
    return isSimple
      ? rootMeanSquare(writer, sum, input(2), [-1], epsilon, type)
      : step('normalised', 'LayerNormalization', [sum, input(2), input(3)], { axis: -1, epsilon });
  });
};

const matMul = (node: OldNode, shop: Workshop): readonly NodeDocument[] => {
  if (['transBatchA', 'transBatchB'].some((name) => (numberOf(node.attrs[name]) ?? 0) !== 0))
    return shop.refuse(onnxSays.unreadSetting(node.op, 'transBatchA or transBatchB'));
  const turned = ['transA', 'transB'].map((name) => numberOf(node.attrs[name]) === 1);
  const ranks = [0, 1].map((port) => shop.type(node.inputs[port] ?? '')?.shape.length);
  if (turned.some((one, port) => one && ranks[port] === undefined)) return shop.refuse(onnxSays.needsShape(node.op));
  return writeOut(node, shop, ({ input, step, number }) => {
    const operand = (port: number): string => {
      if (turned[port] !== true) return input(port);
      const axes = Array.from({ length: ranks[port]! }, (_, axis) => axis);
      return step(`turned-${port}`, 'Transpose', [input(port)], {
        perm: [...axes.slice(0, -2), ...axes.slice(-2).reverse()],
      });
    };
    const product = step('product', 'MatMul', [operand(0), operand(1)]);
    const alpha = numberOf(node.attrs['alpha']) ?? 1;
    const type = shop.type(input(0))?.type ?? 'float32';
    return alpha === 1 ? product : step('scaled', 'Mul', [product, number('alpha', alpha, type)]);
  });
};

/** The activation that onnxruntime's optimiser put into a node: its name, and its numbers in the order of its attributes. */
const activations: Readonly<Record<string, readonly string[]>> = {
  HardSigmoid: ['alpha', 'beta'],
  LeakyRelu: ['alpha'],
  Relu: [],
  Sigmoid: [],
  Tanh: [],
};

const convolution = (node: OldNode, shop: Workshop): readonly NodeDocument[] => {
  const { activation, activation_params: given, ...attrs } = node.attrs;
  const op = String(activation ?? '');
  const values = numbersOf(given) ?? [];
  const names = activations[op];
  if (op !== '' && op !== 'Clip' && names === undefined)
    return shop.refuse(onnxSays.unreadSetting(node.op, `activation "${op}"`));
  return writeOut(node, shop, ({ input, step, number }) => {
    const [x, w, bias, past] = [0, 1, 2, 3].map(input);
    const conv = step('conv', 'Conv', [x!, w!, bias!], attrs);
    const sum = past === '' ? conv : step('sum', 'Add', [conv, past!]);
    if (op === '') return sum;
    if (op === 'Clip')
      return step('clip', 'Clip', [sum, number('low', values[0] ?? 0), number('high', values[1] ?? 0)]);
    return step('activation', op, [sum], Object.fromEntries((names ?? []).map((name, i) => [name, values[i] ?? 0])));
  });
};

/** Operators into which onnxruntime's optimisers put several of the standard's. */
export const fusedUpgrades: readonly Upgrade[] = [
  {
    name: 'write-out-fused',
    summary: 'BiasGelu and FastGelu are a Gelu, after an Add.',
    ops: ['com.microsoft.BiasGelu', 'com.microsoft.FastGelu'],
    before: Infinity,
    attrs: {},
    apply: gelu,
  },
  {
    name: 'write-out-fused',
    summary: 'SkipLayerNormalization and its simplified kin are a normalisation of a sum.',
    ops: ['com.microsoft.SkipLayerNormalization', 'com.microsoft.SkipSimplifiedLayerNormalization'],
    before: Infinity,
    attrs: { epsilon: float },
    apply: skip,
  },
  {
    name: 'write-out-fused',
    summary: 'FusedMatMul is a MatMul of what is transposed first, times a number.',
    ops: ['com.microsoft.FusedMatMul', 'com.microsoft.TransposeMatMul'],
    before: Infinity,
    attrs: { alpha: float, transA: int, transB: int, transBatchA: int, transBatchB: int },
    apply: matMul,
  },
  {
    name: 'write-out-fused',
    summary: 'FusedConv is a Conv, a sum with what went past it, and an activation.',
    ops: ['com.microsoft.FusedConv'],
    before: Infinity,
    attrs: {
      activation: text,
      activation_params: { type: 'floats', optional: true },
      auto_pad: text,
      dilations: ints,
      group: int,
      kernel_shape: ints,
      pads: ints,
      strides: ints,
    },
    apply: convolution,
  },
];
