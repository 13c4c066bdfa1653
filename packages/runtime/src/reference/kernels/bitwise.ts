import { given, type Call, type Kernel } from '../kernel.js';
import { combine } from './arithmetic.js';

type OnBits = (a: bigint, b: bigint) => bigint;

const onBits =
  (f: OnBits): ((a: number, b: number) => number) =>
  (a, b) =>
    Number(f(BigInt(a), BigInt(b)));

const binary =
  (f: OnBits): Kernel =>
  (call) => [combine(given(call, 0), given(call, 1), onBits(f))];

const complement = (call: Call): ReturnType<Kernel> => {
  const x = given(call, 0);
  return [{ ...x, data: x.data.map((value) => (x.type === 'uint8' ? 255 - value : -1 - value)) }];
};

export const bitwiseKernels = {
  BitwiseAnd: binary((a, b) => a & b),
  BitwiseOr: binary((a, b) => a | b),
  BitwiseXor: binary((a, b) => a ^ b),
  BitwiseNot: complement,
  BitShift: (call) => {
    const shift = call.attrs['direction'] === 'LEFT' ? (a: bigint, b: bigint) => (a << b) & 255n : undefined;
    return [combine(given(call, 0), given(call, 1), onBits(shift ?? ((a, b) => a >> b)))];
  },
} satisfies Record<string, Kernel>;
