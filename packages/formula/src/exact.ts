import { formulaSays, refuse } from '@kirchhoff/message';
import { Fraction } from 'fraction.js';

/** The exact value of a decimal literal such as `-12.5e-3`: mantissa times a power of ten. */
export const fractionOfText = (text: string): Fraction => {
  const [mantissa = '0', exponent = '0'] = text.toLowerCase().split('e');
  const [whole = '', part = ''] = mantissa.split('.');
  const digits = BigInt(whole + part);
  const power = Number(exponent) - part.length;
  return power >= 0 ? new Fraction(digits * 10n ** BigInt(power), 1n) : new Fraction(digits, 10n ** BigInt(-power));
};

/** The decimal that `String(value)` shows, exactly. Throws `Refusal` for NaN and infinities. */
export const fractionOf = (value: number): Fraction =>
  Number.isFinite(value) ? fractionOfText(String(value)) : refuse('', formulaSays.notFinite(value));

const timesDivisible = (value: bigint, by: bigint): readonly [times: number, rest: bigint] => {
  let times = 0;
  let rest = value;
  while (rest % by === 0n) {
    rest /= by;
    times += 1;
  }
  return [times, rest];
};

const placed = (digits: string, power: number): string => {
  const point = digits.length + power;
  if (power >= 0 && point <= 21) return digits + '0'.repeat(power);
  if (power < 0 && point > 0) return `${digits.slice(0, point)}.${digits.slice(point)}`;
  if (power < 0 && point > -4) return `0.${'0'.repeat(-point)}${digits}`;
  return `${digits.slice(0, 1)}${digits.length > 1 ? `.${digits.slice(1)}` : ''}e${point - 1}`;
};

/** A fraction as an exact decimal literal, or undefined where it has none (1/3). */
export const decimalOf = (value: Fraction): string | undefined => {
  if (value.n === 0n) return '0';
  const [twos, odd] = timesDivisible(value.d, 2n);
  const [fives, rest] = timesDivisible(odd, 5n);
  if (rest !== 1n) return undefined;
  const places = Math.max(twos, fives);
  const scaled = value.n * 2n ** BigInt(places - twos) * 5n ** BigInt(places - fives);
  const [zeros, digits] = timesDivisible(scaled, 10n);
  return (value.s < 0n ? '-' : '') + placed(String(digits), zeros - places);
};

/** The float64 nearest to a fraction. */
export const numberOf = (value: Fraction): number => {
  const decimal = decimalOf(value);
  return decimal === undefined ? (Number(value.s) * Number(value.n)) / Number(value.d) : Number(decimal);
};
