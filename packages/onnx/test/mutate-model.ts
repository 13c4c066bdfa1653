import { clone, create, fromBinary, toBinary, type Message } from '@bufbuild/protobuf';
import { ModelProtoSchema, type ModelProto } from '../src/generated/onnx_pb.js';

/** Whole numbers from 0 to below `n`. */
type Below = (n: number) => number;
type Holder = Record<string, unknown>;
interface Slot {
  readonly holder: Holder;
  readonly key: string;
  readonly value: unknown;
}

const pick = <A>(of: readonly A[], next: Below): A => of[next(of.length)]!;

const isHolder = (value: unknown): value is Holder =>
  typeof value === 'object' && value !== null && !(value instanceof Uint8Array);

const isMessage = (value: unknown): value is Message => isHolder(value) && typeof value['$typeName'] === 'string';

/** Everything that a message says, of whatever kind, and where. */
const slotsOf = (root: Holder): readonly Slot[] => {
  const slots: Slot[] = [];
  const stack = [root];
  for (let holder = stack.pop(); holder !== undefined; holder = stack.pop())
    for (const [key, value] of Object.entries(holder)) {
      if (key.startsWith('$')) continue;
      if (!Array.isArray(holder) || value !== undefined) slots.push({ holder, key, value });
      if (isHolder(value)) stack.push(value);
    }
  return slots;
};

const words = [
  '',
  ' ',
  '\0\u001b[31m',
  '__proto__',
  'constructor',
  '..',
  '/etc/passwd',
  'ai.onnx.ml',
  'N',
  'a'.repeat(5000),
];
const integers = [0n, 1n, -1n, 2n, 3n, 64n, 2n ** 31n, 2n ** 53n, 2n ** 63n - 1n, -(2n ** 63n), 10n ** 9n];
const numbers = [0, 1, -1, 2, 7, 16, 99, 2 ** 31 - 1, -(2 ** 31), 0.5, NaN, Infinity, -Infinity, 1e38];

const otherBytes = (bytes: Uint8Array, next: Below): Uint8Array => {
  const at = next(bytes.length + 1);
  switch (next(4)) {
    case 0:
      return bytes.slice(0, at);
    case 1:
      return Uint8Array.from([...bytes, ...bytes.subarray(at), 0xff]);
    case 2:
      return bytes.map((byte, i) => (i === at ? byte ^ (1 << next(8)) : byte));
    default:
      return new Uint8Array(bytes.length).fill(pick([0, 1, 0x7f, 0x80, 0xff], next));
  }
};

const typeOf = (value: unknown): string => (isMessage(value) ? value.$typeName : typeof value);

/** Items of a list left out, said again, moved, or taken from a list of the same name elsewhere. */
const otherList = (list: readonly unknown[], key: string, slots: readonly Slot[], next: Below): unknown[] => {
  const at = next(list.length + 1);
  const kind = typeOf(list[0]);
  const alike = slots.filter(
    (slot) => slot.key === key && Array.isArray(slot.value) && [kind, 'undefined'].includes(typeOf(slot.value[0])),
  );
  switch (next(6)) {
    case 0:
      return list.filter((_, i) => i !== at);
    case 1:
      return [...list.slice(0, at), ...list.slice(at, at + 1), ...list.slice(at)];
    case 2:
      return list.toReversed();
    case 3:
      return [];
    case 4:
      return list.length === 0 ? [] : Array<unknown>(1 + next(300)).fill(pick(list, next));
    default:
      return [...(pick(alike, next).value as readonly unknown[])];
  }
};

const otherValue = ({ key, value, holder }: Slot, slots: readonly Slot[], next: Below): unknown => {
  const alike = slots.filter((slot) => typeof slot.value === typeof value);
  if (typeof value === 'string') return next(2) === 0 ? pick(words, next) : pick(alike, next).value;
  if (typeof value === 'bigint')
    return pick([pick(integers, next), value + 1n, value - 1n, -value, pick(alike, next).value], next);
  if (typeof value === 'number')
    return pick([pick(numbers, next), value + 1, value - 1, pick(alike, next).value], next);
  if (typeof value === 'boolean') return !value;
  if (value instanceof Uint8Array) return otherBytes(value, next);
  if (Array.isArray(value)) return otherList(value, key, slots, next);
  if (isMessage(value)) {
    const type = value.$typeName;
    const same = slots.filter((slot) => isMessage(slot.value) && slot.value.$typeName === type);
    return next(2) === 0 && !Array.isArray(holder) ? undefined : pick(same, next).value;
  }
  return next(2) === 0 ? { case: undefined } : value;
};

const spoilt = (bytes: Uint8Array, next: Below): Uint8Array => {
  const model: ModelProto = clone(ModelProtoSchema, fromBinary(ModelProtoSchema, bytes));
  for (let left = 1 + next(3); left > 0; left--) {
    const slots = slotsOf(model as Message & Holder);
    const slot = pick(slots, next);
    slot.holder[slot.key] = otherValue(slot, slots, next);
  }
  return toBinary(ModelProtoSchema, create(ModelProtoSchema, model));
};

/**
 * A model with one to three of its fields changed: dimensions, names, attributes, types, raw bytes, whole nodes. It always is a
 * model that can be decoded, which few are of whose bytes some are changed.
 */
export const mutateModel = (bytes: Uint8Array, next: Below): Uint8Array => {
  for (;;) {
    try {
      return spoilt(bytes, next);
    } catch {
      continue;
    }
  }
};
