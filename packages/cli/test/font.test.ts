import { expect, test } from 'vitest';
import { notoSans } from '../src/font.js';

test('Noto Sans is found beside the picture package and draws Latin and Greek', () => {
  const font = notoSans();
  expect(font.width('ε = 0.1', 12)).toBeGreaterThan(30);
  expect(font.path('ε', 0, 10, 12)).not.toBe(font.path('0', 0, 10, 12));
  expect(font.width('Title', 12, 'bold')).toBeGreaterThan(font.width('Title', 12));
});
